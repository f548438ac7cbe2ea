//! The customer of DOKU's samples, for the tests of every spelling.

use super::{BindingOrder, request};
use crate::domain::card_registration::LinkedCard;
use crate::domain::channel::Channel;
use crate::domain::contact::{
    Address, Country, DateOfBirth, Email, IdCard, PersonName, Phone, Profile,
};
use crate::domain::device::Device;

pub(super) fn name() -> Option<PersonName> {
    PersonName::parse("Siti Aminah").ok()
}

pub(super) fn email() -> Option<Email> {
    Email::parse("siti@example.com").ok()
}

pub(super) fn date_of_birth() -> Option<DateOfBirth> {
    DateOfBirth::parse("1999-01-01").ok()
}

pub(super) fn whole_profile() -> Profile {
    Profile {
        name: name(),
        email: email(),
        id_card: IdCard::parse("3171000000000001").ok(),
        country: Country::parse("Indonesia").ok(),
        address: Address::parse("Jl. Mawar 1").ok(),
        date_of_birth: date_of_birth(),
    }
}

pub(super) fn body(
    channel: &'static Channel,
    customer: &str,
    profile: &Profile,
    device: &Device,
    card: Option<&LinkedCard>,
) -> String {
    let body = request(&BindingOrder {
        channel,
        customer,
        phone: &Phone::parse("6281200000000").unwrap(),
        profile,
        device,
        card,
        success_url: "https://merchant.example.com/bind/ok",
        failed_url: "https://merchant.example.com/bind/failed",
    });
    String::from_utf8(body).unwrap()
}
