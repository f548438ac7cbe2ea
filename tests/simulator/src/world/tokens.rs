//! The tokens DOKU has issued.

use std::collections::HashMap;
use std::time::Duration;

use doku_shared::clock::Timestamp;

use crate::random;

/// Life of a B2B token and of a customer's token.
pub const ACCESS_LIFE: Duration = Duration::from_mins(15);
/// Life of a refresh token.
pub const REFRESH_LIFE: Duration = Duration::from_hours(7 * 24);
/// How every token begins, so that one is recognised wherever it turns up.
pub const TOKEN_PREFIX: &str = "eyJhbGciOiJSUzI1NiJ9.";
/// How every `chargeToken` begins, likewise.
pub const CHARGE_TOKEN_PREFIX: &str = "chtk";
/// How every token of a card registered with BRI's non-SNAP family begins, likewise.
pub const BRI_TOKEN_PREFIX: &str = "brtk-";
/// Life of a `bankCardToken`.
pub const CARD_LIFE: Duration = Duration::from_hours(5 * 365 * 24);

/// What a token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The merchant's token.
    Merchant,
    /// A customer's token for the binding of that `authCode`.
    Customer {
        /// The binding.
        auth_code: String,
    },
    /// Buys a new customer's token.
    Refresh {
        /// The binding.
        auth_code: String,
    },
    /// A registered card (`bankCardToken`), good for as long as the registration.
    Card {
        /// The binding.
        auth_code: String,
    },
}

#[derive(Debug, Clone)]
struct Issued {
    grant: Grant,
    expires_at: Timestamp,
    voided: bool,
}

/// A customer's pair of tokens.
#[derive(Debug, Clone)]
pub struct CustomerTokens {
    /// The B2B2C token.
    pub access: String,
    /// When it ends.
    pub access_expires_at: Timestamp,
    /// The refresh token.
    pub refresh: String,
    /// When it ends.
    pub refresh_expires_at: Timestamp,
}

/// Every token issued, by its text.
#[derive(Debug, Clone, Default)]
pub struct Tokens(HashMap<String, Issued>);

impl Tokens {
    /// Mints a B2B token; with `voids_older` it is the only live one.
    pub fn mint_merchant(&mut self, now: Timestamp, voids_older: bool) -> String {
        if voids_older {
            self.void_where(|grant| *grant == Grant::Merchant);
        }
        self.issue(Grant::Merchant, now.plus(ACCESS_LIFE))
    }

    /// Mints a customer's pair.
    pub fn mint_customer(&mut self, auth_code: &str, now: Timestamp) -> CustomerTokens {
        let auth_code = auth_code.to_owned();
        let access_expires_at = now.plus(ACCESS_LIFE);
        let refresh_expires_at = now.plus(REFRESH_LIFE);
        let grant = Grant::Customer {
            auth_code: auth_code.clone(),
        };
        CustomerTokens {
            access: self.issue(grant, access_expires_at),
            access_expires_at,
            refresh: self.issue(Grant::Refresh { auth_code }, refresh_expires_at),
            refresh_expires_at,
        }
    }

    /// Mints the `bankCardToken` of a registration: at most 128 characters.
    pub fn mint_card(&mut self, auth_code: &str, now: Timestamp) -> String {
        let auth_code = auth_code.to_owned();
        self.issue(Grant::Card { auth_code }, now.plus(CARD_LIFE))
    }

    /// What the token was issued as, live or not.
    pub fn issued_as(&self, token: &str) -> Option<&Grant> {
        self.0.get(token).map(|issued| &issued.grant)
    }

    /// What the token is worth now: none when unknown, expired or voided.
    pub fn live(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        let issued = self.0.get(token)?;
        (!issued.voided && now < issued.expires_at).then_some(&issued.grant)
    }

    /// Ends one token.
    pub fn void(&mut self, token: &str) {
        if let Some(issued) = self.0.get_mut(token) {
            issued.voided = true;
        }
    }

    /// Ends all B2B tokens.
    pub fn void_merchant(&mut self) {
        self.void_where(|grant| *grant == Grant::Merchant);
    }

    /// Ends all customers' access tokens; refresh tokens and `authCode`s stay good.
    pub fn void_customers(&mut self) {
        self.void_where(|grant| matches!(grant, Grant::Customer { .. }));
    }

    /// Ends everything issued for one binding.
    pub fn void_binding(&mut self, ended: &str) {
        self.void_where(|grant| match grant {
            Grant::Customer { auth_code }
            | Grant::Refresh { auth_code }
            | Grant::Card { auth_code } => auth_code == ended,
            Grant::Merchant => false,
        });
    }

    fn void_where(&mut self, applies: impl Fn(&Grant) -> bool) {
        for issued in self.0.values_mut().filter(|issued| applies(&issued.grant)) {
            issued.voided = true;
        }
    }

    fn issue(&mut self, grant: Grant, expires_at: Timestamp) -> String {
        let token = format!(
            "{TOKEN_PREFIX}{}.{}",
            random::alphanumeric(60),
            random::alphanumeric(43)
        );
        self.0.insert(
            token.clone(),
            Issued {
                grant,
                expires_at,
                voided: false,
            },
        );
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_token_lives_900_seconds() {
        let mut tokens = Tokens::default();
        let token = tokens.mint_merchant(NOW, true);
        let at = |seconds| NOW.plus(Duration::from_secs(seconds));
        assert_eq!(tokens.live(&token, at(899)), Some(&Grant::Merchant));
        assert_eq!(tokens.live(&token, at(900)), None);
    }

    #[test]
    fn the_newest_token_voids_older_ones_only_when_asked_to() {
        for voids in [true, false] {
            let mut tokens = Tokens::default();
            let older = tokens.mint_merchant(NOW, voids);
            let newer = tokens.mint_merchant(NOW, voids);
            assert_eq!(tokens.live(&older, NOW).is_none(), voids);
            assert!(tokens.live(&newer, NOW).is_some());
        }
    }

    #[test]
    fn ending_a_binding_ends_its_tokens_only() {
        let mut tokens = Tokens::default();
        let one = tokens.mint_customer("1", NOW);
        let other = tokens.mint_customer("2", NOW);
        tokens.void_binding("1");
        assert!(tokens.live(&one.access, NOW).is_none());
        assert!(tokens.live(&one.refresh, NOW).is_none());
        assert!(tokens.live(&other.access, NOW).is_some());
    }
}
