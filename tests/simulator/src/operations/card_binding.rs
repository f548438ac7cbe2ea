//! Card registration: with the encrypted card and a page, or at BRI's archived paths with its
//! last four digits and an OTP that the merchant asks for.

use serde_json::{Value, json};

use super::{Order, Work, binding};
use crate::answer::{Answer, Refusal};
use crate::card_data;
use crate::channel::{CustomerToken, tables};
use crate::checks::strictness::Strictness;
use crate::checks::table::Body;
use crate::clock::printed;
use crate::random;
use crate::world::binding::Binding;
use crate::world::tokens::{CARD_LIFE, CHARGE_TOKEN_PREFIX};

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Result<Answer, Refusal> {
    let body = order.body;
    let by_otp = order.place.version.token == CustomerToken::Card;
    let card = if by_otp {
        body.text("bankCardNo").map(str::to_owned)
    } else {
        Some(last_digits(work, body.must("cardData"))?)
    };
    let mut binding = Binding {
        cust_id: body.must("custIdMerchant").to_owned(),
        phone: body.must("phoneNo").to_owned(),
        reference_no: format!("CARD-{}", random::digits(12)),
        card,
        ..binding::pending(order)
    };
    let now = work.now();
    if work.world.card_otps.is_blocked(&binding, now) {
        return Err(Refusal::new(403, "07", "Card Blocked"));
    }
    let fields = if by_otp {
        waiting_for_otp(work, &binding)
    } else {
        waiting_for_page(work, order, &mut binding)
    };
    work.world
        .bindings
        .insert(&binding.auth_code.clone(), binding);
    Ok(binding::answer(work, fields))
}

fn waiting_for_otp(work: &mut Work<'_>, binding: &Binding) -> Value {
    let now = work.now();
    let token = work.world.tokens.mint_card(&binding.auth_code, now);
    let mut info = json!({
        "tokenStatus": "PENDING",
        "tokenStatusMessage": "OTP Sent To Cardholder",
    });
    if work.world.settings.archived_registration_answers_auth_code {
        info["authCode"] = json!(binding.auth_code);
    }
    json!({
        "referenceNo": binding.reference_no,
        "bankCardToken": token,
        "additionalInfo": info,
    })
}

fn waiting_for_page(work: &mut Work<'_>, order: &Order<'_>, binding: &mut Binding) -> Value {
    let mut fields = binding::registered(work, &order.place, binding);
    if work.world.settings.card_registration_answers_tokens {
        let now = work.now();
        let charge_token = format!("{CHARGE_TOKEN_PREFIX}{}", random::alphanumeric(28));
        fields["bankCardToken"] = json!(work.world.tokens.mint_card(&binding.auth_code, now));
        fields["chargeToken"] = json!(charge_token);
        fields["randomString"] = json!(random::alphanumeric(32));
        let ends = printed(now.plus(CARD_LIFE), work.world.settings.times);
        fields["tokenExpiryTime"] = json!(ends);
        binding.charge_token = Some(charge_token);
    }
    fields
}

/// Opens `cardData` and checks the card; its last four digits are all that is kept. A refusal
/// names the field and says nothing about the card.
fn last_digits(work: &mut Work<'_>, card_data: &str) -> Result<String, Refusal> {
    let refused = |_| Refusal::format("cardData");
    let card = card_data::of(work.secret, card_data).map_err(refused)?;
    let card: Value = serde_json::from_str(&card).map_err(|_| Refusal::format("cardData"))?;
    let strictness = Strictness::of_snap(&work.world.settings);
    let checked = Body::checked(&card, &[tables::CARD], strictness).map_err(|refusal| {
        let message = refusal.message.replace("Field ", "Field cardData: ");
        Refusal { message, ..refusal }
    })?;
    let number = checked.must("bankCardNo");
    let digits = number.get(number.len().saturating_sub(4)..);
    let digits = digits.unwrap_or_default().to_owned();
    note_iv(work, card_data);
    Ok(digits)
}

/// Two cards under one IV show what they have in common. The same text twice is a repeat.
fn note_iv(work: &mut Work<'_>, card_data: &str) {
    let Some((ciphertext, iv)) = card_data.split_once('|') else {
        return;
    };
    let known = work.world.card_data.entry(iv.to_owned());
    let known = known.or_insert_with(|| ciphertext.to_owned());
    if known != ciphertext {
        let now = work.now();
        work.world
            .violation("card_data_with_a_used_iv", work.operation, "cardData", now);
    }
}
