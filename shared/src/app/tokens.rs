//! DOKU's tokens, shared by the whole deployment.
//!
//! A token lies sealed in the table behind a lock; a process keeps the merchant's one in memory
//! while it lasts. A customer's token is never kept in memory: it is read together with its
//! binding, so that one customer's token cannot be used for another.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::doku::token::{CustomerTokens, Grant, TokenError};
use crate::domain::sealed::Sealed;
use crate::seal::Keyring;
use crate::secrets::Secrets;
use crate::store::{Grantee, SealedToken, TokenRecord};

/// A token is renewed this long before its end, so that it does not end on the way.
const EARLY: Duration = Duration::from_mins(1);

/// How long a process may take to buy a token before another one tries.
const LOCK: Duration = Duration::from_secs(8);

/// How long to wait for another process's token before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A token in use.
#[derive(Clone)]
pub(super) struct Held {
    grantee: Grantee,
    pub value: SecretString,
    expires_at: Timestamp,
    /// Which one it is: named when it turns out to be bad.
    pub generation: u64,
}

/// Why there is no token.
#[derive(Debug)]
pub(super) enum NoToken {
    /// DOKU says no.
    Refused,
    /// Everything else.
    Because(AppError),
}

impl<E: Into<AppError>> From<E> for NoToken {
    fn from(error: E) -> Self {
        Self::Because(error.into())
    }
}

impl App {
    /// The merchant's token. `bad` is the one that DOKU did not accept.
    pub(super) async fn merchant_token(
        &self,
        secrets: &Secrets,
        bad: Option<u64>,
        deadline: Deadline,
    ) -> Result<Held, NoToken> {
        let grantee = Grantee::Merchant(secrets.client_id().to_owned());
        let mut held = self.b2b.lock().await;
        if let Some(held) = held.as_ref()
            && held.grantee == grantee
            && Some(held.generation) != bad
            && self.lasts(held.expires_at)
        {
            return Ok(held.clone());
        }
        let token = self.obtain(secrets, grantee, None, bad, deadline).await?;
        *held = Some(token.clone());
        Ok(token)
    }

    /// A customer's token. `record` is what was read with the binding; `bad` as above.
    pub(super) async fn customer_token(
        &self,
        secrets: &Secrets,
        grantee: Grantee,
        record: TokenRecord,
        bad: Option<u64>,
        deadline: Deadline,
    ) -> Result<Held, NoToken> {
        self.obtain(secrets, grantee, Some(record), bad, deadline)
            .await
    }

    fn lasts(&self, expires_at: Timestamp) -> bool {
        expires_at > self.clock.now().plus(EARLY)
    }

    /// The token in the table, or a new one bought under the lock.
    async fn obtain(
        &self,
        secrets: &Secrets,
        grantee: Grantee,
        record: Option<TokenRecord>,
        bad: Option<u64>,
        deadline: Deadline,
    ) -> Result<Held, NoToken> {
        let holder = self.ulid()?.to_string();
        let mut known = record;
        loop {
            let record = match known.take() {
                Some(record) => record,
                None => self.store.token(&grantee).await?,
            };
            if let Some(access) = &record.access
                && Some(record.generation) != bad
                && self.lasts(access.expires_at)
            {
                let value = self
                    .open_text(&grantee.context("access"), &access.value)
                    .await?;
                return Ok(Held {
                    grantee,
                    value,
                    expires_at: access.expires_at,
                    generation: record.generation,
                });
            }
            let now = self.clock.now();
            let until = now.plus(LOCK);
            let locked = self
                .store
                .lock_token(&grantee, record.generation, &holder, now, until)
                .await?;
            if locked {
                return self.buy(secrets, grantee, &record, &holder, deadline).await;
            }
            if deadline.is_near() {
                return Err(AppError::Unreachable.into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Buys a token while holding the lock, stores it and gives the lock back.
    async fn buy(
        &self,
        secrets: &Secrets,
        grantee: Grantee,
        record: &TokenRecord,
        holder: &str,
        deadline: Deadline,
    ) -> Result<Held, NoToken> {
        let patience = deadline.for_call().min(LOCK);
        let bought = self.mint(secrets, &grantee, record, patience).await;
        let tokens = match bought {
            Ok(tokens) => tokens,
            Err(error) => {
                // If this fails too, the lock runs out by itself.
                let refused = matches!(error, NoToken::Refused);
                let _ = self.store.unlock_token(&grantee, holder, refused).await;
                return Err(error);
            }
        };
        // Not with that of `secrets`, which may be the version before, whose key leaves first.
        let current = self.secrets.current().await?;
        let seal = |what: &str, token: &crate::doku::token::Token| SealedToken {
            value: Sealed(current.keyring().seal(
                &grantee.context(what),
                token.value.expose_secret().as_bytes(),
            )),
            expires_at: token.expires_at,
        };
        let access = seal("access", &tokens.access);
        let refresh = tokens.refresh.as_ref().map(|token| seal("refresh", token));
        let stored = self
            .store
            .put_token(
                &grantee,
                holder,
                &access,
                refresh.as_ref(),
                self.clock.now(),
            )
            .await?;
        if !stored {
            // The lock ran out and somebody else bought a newer one, which voids ours.
            return Err(AppError::Unreachable.into());
        }
        Ok(Held {
            value: tokens.access.value,
            expires_at: tokens.access.expires_at,
            generation: record.generation + 1,
            grantee,
        })
    }

    async fn mint(
        &self,
        secrets: &Secrets,
        grantee: &Grantee,
        record: &TokenRecord,
        patience: Duration,
    ) -> Result<CustomerTokens, NoToken> {
        let client_id = secrets.client_id();
        let key = secrets.merchant_key()?;
        if matches!(grantee, Grantee::Merchant(_)) {
            let access = self.doku.mint_b2b(client_id, key, patience).await;
            return match access {
                Ok(access) => Ok(CustomerTokens {
                    access,
                    refresh: None,
                }),
                Err(error) => Err(no_token(error)),
            };
        }
        if let Some(refresh) = &record.refresh
            && self.lasts(refresh.expires_at)
        {
            let token = self
                .open_text(&grantee.context("refresh"), &refresh.value)
                .await?;
            let grant = Grant::Refresh(&token);
            match self
                .doku
                .exchange_customer(client_id, key, grant, patience)
                .await
            {
                // The code that the customer's consent gave may still be good.
                Err(TokenError::Refused) => {}
                Err(error) => return Err(no_token(error)),
                Ok(tokens) => return Ok(tokens),
            }
        }
        let Some(code) = &record.auth_code else {
            return Err(NoToken::Refused);
        };
        let code = self.open_text(&grantee.context("authCode"), code).await?;
        let grant = Grant::AuthCode(&code);
        self.doku
            .exchange_customer(client_id, key, grant, patience)
            .await
            .map_err(no_token)
    }

    /// Opens what was sealed, with the secret of now or the one before it.
    pub(super) async fn open(
        &self,
        context: &str,
        sealed: &Sealed,
    ) -> Result<SecretSlice<u8>, AppError> {
        let open = |keyring: &Keyring| keyring.open(context, &sealed.0).ok();
        if let Some(opened) = self.with_any_keyring(open).await? {
            return Ok(opened);
        }
        // It lies in our own table: whoever sealed it has read a newer secret than we have, however
        // short a time ago that was.
        let newest = self.secrets.read_again().await?;
        open(newest.keyring()).ok_or(AppError::Internal("a sealed value does not open"))
    }

    /// What the keys of now make of something; else those before them, which may not be named any
    /// more; else, if another process knows newer ones already, those.
    pub(super) async fn with_any_keyring<T>(
        &self,
        attempt: impl Fn(&Keyring) -> Option<T>,
    ) -> Result<Option<T>, AppError> {
        let current = self.secrets.current().await?;
        if let Some(found) = attempt(current.keyring()) {
            return Ok(Some(found));
        }
        if let Ok(Some(previous)) = self.secrets.previous().await
            && let Some(found) = attempt(previous.keyring())
        {
            return Ok(Some(found));
        }
        let newer = self.secrets.refresh().await?;
        Ok(attempt(newer.keyring()))
    }

    pub(super) async fn open_text(
        &self,
        context: &str,
        sealed: &Sealed,
    ) -> Result<SecretString, AppError> {
        let bytes = self.open(context, sealed).await?;
        String::from_utf8(bytes.expose_secret().to_vec())
            .map(SecretString::from)
            .map_err(|_| AppError::Internal("a sealed text is not text"))
    }
}

fn no_token(error: TokenError) -> NoToken {
    match error {
        TokenError::Refused => NoToken::Refused,
        TokenError::Unreachable => AppError::Unreachable.into(),
        TokenError::Throttled => AppError::Throttled.into(),
        TokenError::Key => AppError::Misconfigured.into(),
    }
}
