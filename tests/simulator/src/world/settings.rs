//! Choices where DOKU's documents disagree or say nothing.

use serde::{Deserialize, Serialize};

/// How the simulator behaves where the sources differ. Changed while running by the admin API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch"
)]
pub struct Settings {
    /// A newly minted B2B token voids the older ones (DOKU Wallet guide).
    pub newest_token_voids_older: bool,
    /// `authCode` of the binding answer as an integer literal (CIMB's sample) instead of text.
    pub auth_code_as_integer: bool,
    /// A refund succeeds with 2000700 (CIMB's sample) instead of 2005800.
    pub refund_succeeds_as_binding: bool,
    /// `responseCode` of the OTP answer as a number (CIMB's sample) instead of text.
    pub otp_code_as_integer: bool,
    /// Members that no table of DOKU's names are refused. DOKU is not known to do so; it is on
    /// because here such a member is a misspelling.
    pub refuse_unknown_fields: bool,
    /// The signature of an answer to a GET has a `Digest` line. DOKU's page says that the line is
    /// for POST only.
    pub digest_on_get_answers: bool,
    /// Refunds of settled card payments are done by DOKU's staff (`MANUAL_…`).
    pub manual_refunds: bool,
    /// A card authorisation with `auto_capture` is captured at once, instead of by order.
    pub auto_capture_at_once: bool,
    /// Where a card notification holds `authorize_id`.
    pub authorize_id_position: AuthorizeIdPosition,
    /// A refund of everything is notified as `FULL_REFUND` instead of `REFUND`.
    pub full_refund_named: bool,
    /// A card notification sent again keeps its `Request-Id`. DOKU does not say.
    pub retry_keeps_request_id: bool,
    /// How long a `Request-Id` is remembered; none is for ever. DOKU does not say, and once it is
    /// forgotten the same call is carried out a second time.
    pub request_ids_kept_seconds: Option<u64>,
}

/// Where a card notification holds `authorize_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizeIdPosition {
    /// At the top, as in a merchant's model.
    Top,
    /// In `card_payment`, as in the status answer.
    CardPayment,
    /// In `payment`, as the card guide words it.
    Payment,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            newest_token_voids_older: true,
            auth_code_as_integer: false,
            refund_succeeds_as_binding: false,
            otp_code_as_integer: false,
            refuse_unknown_fields: true,
            digest_on_get_answers: false,
            manual_refunds: false,
            auto_capture_at_once: true,
            authorize_id_position: AuthorizeIdPosition::Top,
            full_refund_named: false,
            retry_keeps_request_id: false,
            request_ids_kept_seconds: None,
        }
    }
}
