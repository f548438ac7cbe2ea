//! Counting OTPs before the bank does: in the write that stores what is about to be sent.

use super::{App, AppError};
use crate::domain::binding::Binding;
use crate::domain::otp_count::OtpCount;

impl App {
    /// The OTPs that the bank may have counted of a binding's card, or of the binding.
    pub(super) async fn otp_count(&self, binding: &Binding) -> Result<OtpCount, AppError> {
        Ok(self.store.otp_count(binding.otp_count_name()).await?)
    }

    /// OTPs that may still be given; none where the channel knows none.
    pub(super) async fn otps_left(&self, binding: &Binding) -> Result<u8, AppError> {
        let Some(rules) = binding.channel.otp else {
            return Ok(0);
        };
        let count = self.otp_count(binding).await?;
        Ok(count.left(rules, self.clock.now()))
    }

    /// Notes that the OTP of this claim was right: the bank counts from nothing then. Should this not be
    /// stored, the customer has fewer attempts than the bank would allow, and no harm is done.
    pub(super) async fn forgive_otps(&self, binding: &Binding, claim: &str) {
        let Ok(mut count) = self.otp_count(binding).await else {
            return;
        };
        if count.forgive(claim) && self.store.write().otp_count(&count).commit().await.is_err() {
            tracing::warn!("the count of a card's OTPs was not reset");
        }
    }
}
