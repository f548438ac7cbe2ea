//! `POST /v1/bindings`.

use serde_json::Value;

use super::device::{device, headers_of};
use super::{InputRules, Parsed, done};
use crate::app::BindCommand;
use crate::domain::card_registration::{self, CardDigits, CardKind, Identification, LinkedCard};
use crate::domain::channel::{Call, Channel, DeviceRules, Registration};
use crate::domain::contact::{
    Address, Country, DateOfBirth, Email, IdCard, PersonName, Phone, Profile,
};
use crate::domain::ids::CustomerId;
use crate::domain::text;
use crate::http::fields::{self, Fields};

const NOT_FOR_IT: &str = "is not for this channel";

/// Who the customer is, and the phone number that the bank knows.
struct Customer {
    id: CustomerId,
    phone: Phone,
    profile: Profile,
}

/// Reads a binding. What of the card and of the device has to be there is the channel's to say: where
/// there is none of that code, nothing of it is judged.
pub fn bind(value: &Value, public_base_url: String, rules: &InputRules<'_>) -> Parsed<BindCommand> {
    let channels = rules.channels;
    let mut fields = Fields::under(rules.fields, value);
    let customer = fields.object("customer", customer).flatten();
    let channel = fields.required("channel", |code| channels.parse(code));
    fields.suggest("channel", || {
        channels.codes(|channel| channel.registration.is_some())
    });
    let relink = fields.flag("relink");
    let return_url = fields.required_return_url("returnUrl");
    let card = card(&mut fields, channel);
    let needed = channel.map(|channel| of_device(&channel.device));
    let device = device(&mut fields, &needed.unwrap_or_default());
    let command = (|| {
        let Customer { id, phone, profile } = customer?;
        Some(BindCommand {
            customer: id,
            profile,
            phone,
            card,
            device,
            channel: channel?,
            relink,
            return_url: return_url?,
            public_base_url,
        })
    })();
    done(fields, command)
}

fn customer(fields: &mut Fields<'_>) -> Option<Customer> {
    let id = fields.required_identifier("id", CustomerId::parse);
    let phone = fields.required_reference("phone", Phone::parse);
    let profile = Profile {
        name: fields.optional("name", PersonName::parse),
        email: fields.optional("email", Email::parse),
        id_card: fields.optional_reference("idCard", |raw| {
            fields::no_card_but_identity(raw)?;
            IdCard::parse(raw)
        }),
        country: fields.optional("country", Country::parse),
        address: fields.optional("address", Address::parse),
        date_of_birth: fields.optional("dateOfBirth", DateOfBirth::parse),
    };
    Some(Customer {
        id: id?,
        phone: phone?,
        profile,
    })
}

/// The members of `device` that a channel has to know when it links.
fn of_device(rules: &DeviceRules) -> Vec<&'static str> {
    let mut needed = headers_of(rules, Call::OF_BINDINGS);
    if rules.details {
        needed.extend(["model", "os", "app"]);
    }
    needed
}

/// `cardData` or `card`, whichever the channel registers by. `None` where there is none, and where an
/// error was noted.
fn card(fields: &mut Fields<'_>, channel: Option<&Channel>) -> Option<LinkedCard> {
    let both = fields.has("cardData") && fields.has("card");
    if both {
        fields.refuse("card", "must not come together with cardData");
    }
    let Some(registration) = channel.and_then(|channel| channel.registration) else {
        fields.leave(&["cardData", "card"]);
        return None;
    };
    if registration != Registration::EncryptedCard {
        fields.forbid(&["cardData"], NOT_FOR_IT);
    }
    if both {
        fields.leave(&["card"]);
    } else if registration != Registration::CardDigits {
        fields.forbid(&["card"], NOT_FOR_IT);
    }
    match registration {
        Registration::Account => None,
        Registration::EncryptedCard => fields
            .required_reference("cardData", |raw| {
                let data = card_registration::card_data(raw)?;
                fields::no_card(raw).map(|()| data)
            })
            .map(LinkedCard::Encrypted),
        Registration::CardDigits => fields
            .object("card", digits)
            .flatten()
            .map(|digits| LinkedCard::Digits(digits.into())),
    }
}

fn digits(fields: &mut Fields<'_>) -> Option<CardDigits> {
    let last_four = fields.required_reference("lastFour", card_registration::last_four);
    let kind = fields.optional("type", CardKind::parse);
    let expiry = fields.optional("expiry", card_registration::expiry);
    let identification = fields.optional_object("identification", |fields| {
        let kind = fields.required("type", card_registration::identification_kind);
        let number = fields.required_reference("number", |raw| {
            fields::no_card_but_identity(raw)?;
            text::plain(raw, 1, 20).map(|()| raw.to_owned())
        });
        Some(Identification {
            kind: kind?,
            number: number?,
        })
    });
    Some(CardDigits {
        last_four: last_four?,
        kind,
        expiry,
        identification: identification.flatten(),
    })
}

#[cfg(test)]
mod tests;
