//! Where DOKU's page sends the customer's browser back.
//!
//! The browser's word proves nothing: a binding becomes active when DOKU sells the customer's token
//! for the authorisation code, and not before. One that waits for a confirmation does not even ask for the
//! token: see [`super::binding_confirm`].

use super::bind::BindingChange;
use super::context::Context;
use super::tokens::NoToken;
use super::{App, AppError, Deadline};
use crate::domain::attribution::Attribution;
use crate::domain::binding::{Binding, BindingStatus, Return};
use crate::domain::channel::Registration;
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::return_url::ReturnUrl;
use crate::seal::Keyring;
use crate::secrets::Secrets;
use crate::store::{Grantee, TokenRecord};

/// What the browser says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnOutcome {
    /// The customer agreed.
    Success,
    /// The customer did not.
    Failed,
}

/// The browser that came back, as far as it can be told from another one.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Browser {
    /// The cookie that the first return was answered with.
    pub cookie: Option<String>,
    /// Its `User-Agent`.
    pub agent: String,
    /// Its address in the Internet.
    pub address: String,
}

/// Where to send the browser, and the cookie by which it is known when it repeats the request.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnTo {
    /// The merchant's address; `None` where this deployment does not allow it any more.
    pub address: Option<String>,
    /// The value of the cookie.
    pub cookie: String,
}

/// What a browser's cookie is made from. Known to who holds the key only.
fn cookie_text(binding: &Binding) -> String {
    format!("return cookie\n{}", binding.state)
}

/// What the code is made from that a browser brings to the merchant, where the binding waits for it.
pub(super) fn code_text(binding: &Binding) -> String {
    format!("return code\n{}", binding.state)
}

/// The `state` of the address for a customer who did not agree: who has it can end the binding, and does not get to
/// know the `state` of the other address, nor the code that comes with it. From the fingerprint of that `state`.
pub(super) fn failed_state(keyring: &Keyring, fingerprint: &str) -> String {
    token(keyring, &failed_text(fingerprint))
}

fn failed_text(fingerprint: &str) -> String {
    format!("return failed\n{fingerprint}")
}

/// A text that only the holder of a key can make, fit for a cookie and an address.
fn token(keyring: &Keyring, text: &str) -> String {
    keyring.fingerprint(text.as_bytes()).replacen(':', "-", 1)
}

/// Whether that is such a text.
fn is_token(keyring: &Keyring, token: &str, text: &str) -> Option<()> {
    let fingerprint = token.replacen('-', ":", 1);
    keyring
        .fingerprint_matches(&fingerprint, text.as_bytes())
        .then_some(())
}

impl App {
    /// Takes the browser back, finds out whether the binding came about, and sends it on to the
    /// merchant.
    ///
    /// The `state` works once. The same browser may repeat the request for ten minutes, since it may not have
    /// got the answer; for any other one, and afterwards, it is `BindingNotFound`.
    pub async fn binding_return(
        &self,
        id: BindingId,
        outcome: ReturnOutcome,
        state: &str,
        browser: &Browser,
        deadline: Deadline,
    ) -> Result<ReturnTo, AppError> {
        let ctx = self.context(Attribution::browser()).await?;
        let (binding, token) = self
            .store
            .binding(id)
            .await?
            .ok_or(AppError::BindingNotFound)?;
        if !self.is_state(&binding, outcome, state).await? {
            return Err(AppError::BindingNotFound);
        }
        let first = Return {
            at: self.clock.now(),
            by: ctx
                .secrets
                .keyring()
                .fingerprint(traits(browser).as_bytes()),
        };
        self.check_browser(&binding, browser).await?;
        // A card that is confirmed by OTP has its token from the start, and no page to come back from.
        let by_page = binding.channel.registration != Some(Registration::CardDigits);
        let refused = (outcome == ReturnOutcome::Failed).then_some(Failure::CancelledByCustomer);
        let binding = match (by_page && binding.status == BindingStatus::Pending, refused) {
            (false, _) => binding,
            (true, None) if binding.confirm => binding,
            (true, Some(failure)) if binding.confirm => {
                self.refuse_return(&ctx, binding, failure, &first).await?
            }
            (true, refused) => {
                self.settle_return(&ctx, binding, token, refused, Some(&first), deadline)
                    .await?
            }
        };
        // What became of the binding was stored together with the return, if anything became of it.
        let binding = if binding.returned.is_some() {
            binding
        } else {
            self.note_return(&ctx, binding, &first).await?
        };
        self.check_browser(&binding, browser).await?;
        let address = ReturnUrl::parse_stored(&binding.return_url, &self.config.return_urls);
        if address.is_none() {
            tracing::warn!(bindingId = %id, "the browser is not sent on: RETURN_URLS does not allow the address (any more)");
        }
        let (id, code) = (binding.id.to_string(), self.code(&ctx.secrets, &binding));
        let mut parameters = vec![("bindingId", &*id), ("status", binding.status.as_str())];
        parameters.extend(code.as_deref().map(|code| ("returnCode", code)));
        Ok(ReturnTo {
            address: address.map(|address| address.with(&parameters)),
            cookie: token_of(&ctx.secrets, &binding),
        })
    }

    /// The code that the merchant's app confirms the binding with, where it waits for that.
    fn code(&self, secrets: &Secrets, binding: &Binding) -> Option<String> {
        let waits = binding.waits_for_confirmation(self.clock.now());
        waits.then(|| token(secrets.keyring(), &code_text(binding)))
    }

    /// Whether that is the code of a binding.
    pub(super) async fn is_code(&self, binding: &Binding, code: &str) -> Result<bool, AppError> {
        let text = code_text(binding);
        let same = |keyring: &Keyring| is_token(keyring, code, &text);
        Ok(self.with_any_keyring(same).await?.is_some())
    }

    /// Whether that is the `state` of the address for this outcome. Bindings of releases before have one for both.
    async fn is_state(
        &self,
        binding: &Binding,
        outcome: ReturnOutcome,
        state: &str,
    ) -> Result<bool, AppError> {
        let failed = (outcome == ReturnOutcome::Failed).then(|| failed_text(&binding.state));
        let same = |keyring: &Keyring| {
            let is_whole = keyring.fingerprint_matches(&binding.state, state.as_bytes());
            let failed = failed.as_deref();
            let is_failed = failed.and_then(|text| is_token(keyring, state, text));
            is_whole.then_some(()).or(is_failed)
        };
        Ok(self.with_any_keyring(same).await?.is_some())
    }

    /// Stores that a browser came back, unless another one was first.
    async fn note_return(
        &self,
        ctx: &Context,
        binding: Binding,
        first: &Return,
    ) -> Result<Binding, AppError> {
        let change = BindingChange {
            change: &|binding| {
                binding.returned.get_or_insert_with(|| first.clone());
                None
            },
            also: &|_, _| {},
            claim: None,
        };
        Ok(self.record_binding(ctx, binding, &change).await?.0)
    }

    /// Insists that the browser is the one that came back first, if one did, and that it was not long ago.
    async fn check_browser(&self, binding: &Binding, browser: &Browser) -> Result<(), AppError> {
        let Some(first) = &binding.returned else {
            return Ok(());
        };
        if !first.is_open(self.clock.now()) {
            return Err(AppError::BindingNotFound);
        }
        let (cookie, traits) = (cookie_text(binding), traits(browser));
        let same = |keyring: &Keyring| {
            let by_cookie = browser.cookie.as_deref();
            let by_cookie = by_cookie.and_then(|value| is_token(keyring, value, &cookie));
            let by_traits = keyring.fingerprint_matches(&first.by, traits.as_bytes());
            by_cookie.or_else(|| by_traits.then_some(()))
        };
        let same = self.with_any_keyring(same).await?;
        same.ok_or(AppError::BindingNotFound)
    }

    /// Ends a binding that its customer did not agree to, without asking DOKU for the token.
    async fn refuse_return(
        &self,
        ctx: &Context,
        binding: Binding,
        failure: Failure,
        first: &Return,
    ) -> Result<Binding, AppError> {
        let (id, now) = (binding.id, self.clock.now());
        let change = BindingChange {
            change: &|binding| {
                binding.returned.get_or_insert_with(|| first.clone());
                binding.advance(BindingStatus::Failed, Some(failure), now)
            },
            also: &|write, binding| {
                // Unless it was finished at this very moment.
                if binding.status == BindingStatus::Failed {
                    write.forget_customer_token(id);
                }
            },
            claim: None,
        };
        Ok(self.record_binding(ctx, binding, &change).await?.0)
    }

    /// Finds out whether the customer agreed. `refused`: what it failed by if not; `None` leaves it
    /// open.
    pub(super) async fn settle_binding(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        refused: Option<Failure>,
        deadline: Deadline,
    ) -> Result<Binding, AppError> {
        self.settle_return(ctx, binding, token, refused, None, deadline)
            .await
    }

    /// The same, storing the return along with what became of the binding.
    async fn settle_return(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        refused: Option<Failure>,
        first: Option<&Return>,
        deadline: Deadline,
    ) -> Result<Binding, AppError> {
        let grantee = Grantee::Customer(binding.id);
        let bought = self
            .customer_token(&ctx.secrets, grantee, token, None, deadline)
            .await;
        let (status, failure) = match bought {
            Ok(_) => (BindingStatus::Active, None),
            Err(NoToken::Refused) if refused.is_some() => (BindingStatus::Failed, refused),
            // The customer may still be at it, or DOKU a moment behind.
            Err(NoToken::Refused) => return Ok(binding),
            Err(NoToken::Because(error)) => {
                tracing::warn!(%error, "a binding could not be settled when the browser came back");
                return Ok(binding);
            }
        };
        let now = self.clock.now();
        let change = BindingChange {
            change: &|binding| {
                if let Some(first) = first {
                    binding.returned.get_or_insert_with(|| first.clone());
                }
                binding.advance(status, failure, now)
            },
            also: &|_, _| {},
            claim: None,
        };
        Ok(self.record_binding(ctx, binding, &change).await?.0)
    }
}

/// What a browser is known by that brings no cookie.
fn traits(browser: &Browser) -> String {
    format!("browser\n{}\n{}", browser.agent, browser.address)
}

fn token_of(secrets: &Secrets, binding: &Binding) -> String {
    token(secrets.keyring(), &cookie_text(binding))
}
