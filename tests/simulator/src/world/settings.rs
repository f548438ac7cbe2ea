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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            newest_token_voids_older: true,
            auth_code_as_integer: false,
            refund_succeeds_as_binding: false,
            otp_code_as_integer: false,
            refuse_unknown_fields: true,
        }
    }
}
