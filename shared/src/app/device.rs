//! The customer's device, kept for the calls that are made when the customer is not there: refunds,
//! balances, unlinking.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{App, AppError};
use crate::domain::binding::Binding;
use crate::domain::device::Device;
use crate::domain::ids::{BindingId, PaymentId};
use crate::domain::payment::Payment;
use crate::domain::sealed::Sealed;
use crate::seal::Keyring;

/// What of a device later calls carry.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Option<String>,
    ip: Option<String>,
}

/// What a binding's device is sealed for.
pub(super) fn of_binding(id: BindingId) -> String {
    format!("BINDING#{id}/device")
}

/// What a payment's device is sealed for.
pub(super) fn of_payment(id: PaymentId) -> String {
    format!("PAYMENT#{id}/device")
}

/// Seals what is known; nothing where nothing is.
pub(super) fn seal(keyring: &Keyring, context: &str, device: &Device) -> Option<Sealed> {
    let kept = Kept {
        id: device.id.clone(),
        ip: device.ip_address.clone(),
    };
    if kept.id.is_none() && kept.ip.is_none() {
        return None;
    }
    let text = serde_json::to_vec(&kept).unwrap_or_default();
    Some(Sealed(keyring.seal(context, &text)))
}

impl App {
    /// The device that a binding was made with.
    pub(super) async fn device_of_binding(&self, binding: &Binding) -> Result<Device, AppError> {
        self.open_device(&of_binding(binding.id), binding.device.as_ref())
            .await
    }

    /// The device that a payment was made with.
    pub(super) async fn device_of_payment(&self, payment: &Payment) -> Result<Device, AppError> {
        self.open_device(&of_payment(payment.id), payment.device.as_ref())
            .await
    }

    async fn open_device(
        &self,
        context: &str,
        sealed: Option<&Sealed>,
    ) -> Result<Device, AppError> {
        let Some(sealed) = sealed else {
            return Ok(Device::default());
        };
        let text = self.open(context, sealed).await?;
        let kept: Kept = serde_json::from_slice(text.expose_secret())
            .map_err(|_| AppError::Internal("a sealed device is none"))?;
        Ok(Device {
            id: kept.id,
            ip_address: kept.ip,
            ..Device::default()
        })
    }
}
