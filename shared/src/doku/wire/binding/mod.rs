//! Linking an account, service 07, or a card, service 01.
//!
//! Sources: see the file of each spelling.

mod account;
mod card_digits;
mod encrypted_card;
mod page;
#[cfg(test)]
mod sample;

use secrecy::SecretString;
use serde::Serialize;

use super::Unreadable;
use crate::domain::card_registration::LinkedCard;
use crate::domain::channel::{Channel, Registration};
use crate::domain::contact::{
    Address, Country, DateOfBirth, Email, IdCard, PersonName, Phone, Profile,
};
use crate::domain::device::Device;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path(match channel.registration {
        Some(Registration::EncryptedCard | Registration::CardDigits) => "registration-card-bind",
        // A channel that links nothing is not asked to.
        Some(Registration::Account) | None => "registration-account-binding",
    })
}

/// What a binding asks for.
pub struct BindingOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Our name for the customer towards DOKU (`custIdMerchant`), as the channel takes it.
    pub customer: &'a str,
    /// The phone number that the bank knows.
    pub phone: &'a Phone,
    /// Who the customer is.
    pub profile: &'a Profile,
    /// The customer's device.
    pub device: &'a Device,
    /// The card, where one is linked.
    pub card: Option<&'a LinkedCard>,
    /// Where the browser goes when the customer agreed.
    pub success_url: &'a str,
    /// Where it goes otherwise.
    pub failed_url: &'a str,
}

/// The body to send.
pub fn request(order: &BindingOrder<'_>) -> Vec<u8> {
    match order.channel.registration {
        Some(Registration::Account) | None => account::request(order),
        Some(Registration::EncryptedCard) => encrypted_card::request(order),
        Some(Registration::CardDigits) => card_digits::request(order),
    }
}

/// Who the customer is and where the browser goes, as both registrations by page have it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_card: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<&'a str>,
    success_registration_url: &'a str,
    failed_registration_url: &'a str,
}

impl<'a> From<&BindingOrder<'a>> for Person<'a> {
    fn from(order: &BindingOrder<'a>) -> Self {
        let profile = order.profile;
        Self {
            customer_name: profile.name.as_ref().map(PersonName::expose),
            email: profile.email.as_ref().map(Email::expose),
            id_card: profile.id_card.as_ref().map(IdCard::expose),
            country: profile.country.as_ref().map(Country::expose),
            address: profile.address.as_ref().map(Address::expose),
            date_of_birth: profile.date_of_birth.as_ref().map(DateOfBirth::expose),
            success_registration_url: order.success_url,
            failed_registration_url: order.failed_url,
        }
    }
}

/// What a successful answer holds. Not for printing: a page's address may end in the code.
pub struct Linked {
    /// What the customer has to do.
    pub next: Next,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// What goes with every payment by the card, if it is told already.
    pub charge_token: Option<SecretString>,
}

/// What the customer has to do before an account or card is linked.
pub enum Next {
    /// Agree on DOKU's page.
    Page {
        /// Its address.
        url: String,
        /// Buys the customer's token once the customer agreed.
        auth_code: SecretString,
    },
    /// Give an OTP.
    Otp {
        /// Stands for the card once the OTP was right (`bankCardToken`).
        token: SecretString,
    },
}

/// Reads a successful answer.
pub fn read(channel: &Channel, body: &[u8]) -> Result<Linked, Unreadable> {
    match channel.registration {
        Some(Registration::CardDigits) => card_digits::read(body),
        Some(Registration::Account | Registration::EncryptedCard) | None => page::read(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{ALLO_ARCHIVED, BRI, BRI_ARCHIVED, CIMB};

    #[test]
    fn an_account_and_a_card_are_linked_at_different_paths() {
        let table = [
            (&CIMB, "/direct-debit/core/v1/registration-account-binding"),
            (
                &ALLO_ARCHIVED,
                "/direct-debit/merchant/allo/v1.0/registration-account-binding",
            ),
            (&BRI, "/direct-debit/core/v1/registration-card-bind"),
            (
                &BRI_ARCHIVED,
                "/wtd-direct-debit-snap-bri/snap/v1.0/registration-card-bind",
            ),
        ];
        for (channel, wanted) in table {
            assert_eq!(path(channel), wanted);
        }
    }
}
