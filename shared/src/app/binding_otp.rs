//! Confirming the linking of a card with the customer's OTP.

use secrecy::SecretString;

use crate::domain::ids::BindingId;

/// An OTP for a binding.
pub struct BindingOtpCommand {
    /// Which binding.
    pub binding: BindingId,
    /// 1–18 digits; how many, the channel says.
    pub otp: SecretString,
}
