//! Payment host to host: accepts a payment, which the customer then confirms.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::settle::{self, Unpaid};
use super::{Order, Work, customer};
use crate::answer::{Answer, Refusal};
use crate::channel::Confirmed;
use crate::checks::table::Body;
use crate::money::Amount;
use crate::random;
use crate::world;
use crate::world::payment::{Confirmation, Payment, PaymentOrder, PaymentStatus};

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Result<Answer, Refusal> {
    let asked = asked(work, order)?;
    let key = world::key(asked.channel, &asked.partner_reference_no);
    if let Some(known) = work.world.payments.get(&key) {
        let owner = known.order.cust_id.clone();
        if let Some(customer) = &order.customer {
            customer::must_be(work, customer, &owner)?;
        }
        return repeated(work, &key, &asked);
    }
    check_card(work, order)?;
    let valid_until = order
        .body
        .text("validUpTo")
        .and_then(Timestamp::parse_rfc3339);
    let latest = order.place.version.open_for;
    let latest = latest.map(|longest| work.now().plus(longest));
    let too_late = |until| latest.is_some_and(|latest| until > latest);
    if valid_until.is_some_and(|until| until < work.now() || too_late(until)) {
        return Err(Refusal::format("validUpTo"));
    }
    let at_once = asked.confirmation == Confirmation::AtOnce;
    let auth_code = order.customer.as_ref();
    let payment = Payment {
        version: order.place.version,
        reference_no: format!("DK{}", random::alphanumeric(30)),
        page_id: random::digits(40),
        auth_code: auth_code.map_or_else(String::new, |customer| customer.auth_code.clone()),
        external_ids: vec![work.external_id.clone()],
        status: PaymentStatus::Initiated,
        declined: None,
        wrong_otps: 0,
        otp_sent: false,
        refunded: Amount::ZERO,
        valid_until,
        created_at: work.now(),
        paid_at: None,
        order: asked,
    };
    let answer = accepted(work, &payment);
    work.world.payments.insert(&key, payment);
    let now = work.now();
    if at_once {
        settle::pay(work.world, &key, now).map_err(Unpaid::refusal)?;
    }
    Ok(answer)
}

/// What the merchant asks for. BRI's archived payment has other names for the same.
fn asked(work: &Work<'_>, order: &Order<'_>) -> Result<PaymentOrder, Refusal> {
    let body = order.body;
    let reference = body.text("partnerReferenceNo");
    let reference = reference.unwrap_or_else(|| body.must("additionalInfo.merchantTrxId"));
    let amount = body.amount("amount").or_else(|| body.amount("transAmount"));
    let amount = amount.unwrap_or(Amount::ZERO);
    check_options(body, amount)?;
    // A wallet that the customer jumps to has one way back, whatever became of the payment.
    let back = body.list("urlParam").first();
    let back = back.and_then(|entry| entry["url"].as_str());
    let address = |name| body.text(name).or(back).unwrap_or_default().to_owned();
    let customer = order.customer.as_ref();
    Ok(PaymentOrder {
        partner_reference_no: reference.to_owned(),
        channel: order.place.channel,
        cust_id: customer.map_or_else(String::new, |customer| customer.cust_id.clone()),
        amount,
        remarks: body.must("additionalInfo.remarks").to_owned(),
        success_url: address("additionalInfo.successPaymentUrl"),
        failed_url: address("additionalInfo.failedPaymentUrl"),
        confirmation: confirmation(work, order)?,
        body: without_tokens(&work.call.body),
    })
}

/// Who confirms it. A table that is not known in full lets any member pass, but not this one,
/// which would charge the customer unasked.
fn confirmation(work: &Work<'_>, order: &Order<'_>) -> Result<Confirmation, Refusal> {
    let kind = order.body.text("additionalInfo.paymentType");
    if kind.is_some() && !order.place.offer.names("additionalInfo.paymentType") {
        return Err(Refusal::format("additionalInfo.paymentType"));
    }
    let recurring = kind == Some("RECURRING");
    let no_otp = order.body.text("additionalInfo.otpStatus") == Some("NO");
    if no_otp || (recurring && !work.world.settings.recurring_on_page) {
        return Ok(Confirmation::AtOnce);
    }
    Ok(match order.place.version.confirmed {
        Confirmed::ByHeader => match work.call.optional_header("X-CHANNEL-ID")? {
            Some("H2H") => Confirmation::HostToHost,
            _ => Confirmation::DokuHosted,
        },
        Confirmed::OnPage => Confirmation::DokuHosted,
        Confirmed::Either => Confirmation::Either,
        Confirmed::ByOtpStatus => Confirmation::HostToHost,
    })
}

/// The parts that a customer pays from different purses make up the whole.
fn check_options(body: Body<'_>, amount: Amount) -> Result<(), Refusal> {
    let options = body.list("payOptionDetails");
    let sum = options.iter().try_fold(Amount::ZERO, |sum, option| {
        let part = option["transAmount"]["value"].as_str()?;
        sum.plus(Amount::parse(part)?)
    });
    if options.is_empty() || sum == Some(amount) {
        Ok(())
    } else {
        Err(Refusal::new(
            404,
            "13",
            "Invalid Amount. payOptionDetails differ from amount",
        ))
    }
}

/// Refuses a card that wrong OTPs have blocked, and another card's `chargeToken`.
fn check_card(work: &mut Work<'_>, order: &Order<'_>) -> Result<(), Refusal> {
    let Some(customer) = &order.customer else {
        return Ok(());
    };
    let Some(card) = work.world.bindings.get(&customer.auth_code) else {
        return Ok(());
    };
    if work.world.card_otps.is_blocked(card, work.call.arrived) {
        return Err(Refusal::new(403, "07", "Card Blocked"));
    }
    let given = order.body.text("chargeToken");
    let (Some(given), Some(right)) = (given, card.charge_token.as_deref()) else {
        return Ok(());
    };
    if given == right {
        return Ok(());
    }
    let mut bindings = work.world.bindings.iter();
    if bindings.any(|other| other.charge_token.as_deref() == Some(given)) {
        let detail = format!("used for {}", customer.cust_id);
        let now = work.now();
        work.world
            .violation("charge_token_of_another_card", work.operation, detail, now);
    }
    Err(Refusal::new(404, "11", "Invalid Card. chargeToken"))
}

/// The body as a repeat has to equal it.
fn without_tokens(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("bankCardToken");
        members.remove("chargeToken");
        if let Some(info) = members
            .get_mut("additionalInfo")
            .and_then(Value::as_object_mut)
        {
            info.remove("origin");
        }
    }
    body
}

/// A reference that came before: refused when anything differs or when it is paid, otherwise
/// answered or refused as the first time, without a second payment.
fn repeated(work: &mut Work<'_>, key: &str, asked: &PaymentOrder) -> Result<Answer, Refusal> {
    let external_id = work.external_id.clone();
    let Some(payment) = work.world.payments.get_mut(key) else {
        return Err(Refusal::new(500, "00", "General Error"));
    };
    if payment.order != *asked {
        return Err(Refusal::new(404, "18", "Inconsistent Request"));
    }
    if payment.status == PaymentStatus::Paid {
        return Err(Refusal::new(409, "01", "Duplicate partnerReferenceNo"));
    }
    if let Some(decline) = payment.refused_at_once() {
        return Err(decline.refusal());
    }
    payment.external_ids.push(external_id);
    let payment = payment.clone();
    Ok(accepted(work, &payment))
}

fn accepted(work: &Work<'_>, payment: &Payment) -> Answer {
    let reference = &payment.order.partner_reference_no;
    if payment.version.page.is_none() {
        return Answer::success(
            work.operation,
            json!({
                "referenceNo": payment.reference_no,
                "additionalInfo": {
                    "merchantTrxId": reference,
                    "transactionStatus": "PENDING",
                    "transactionStatusMessage": "Pending",
                },
            }),
        );
    }
    if payment.order.confirmation == Confirmation::AtOnce {
        return Answer::success(
            work.operation,
            json!({
                "partnerReferenceNo": reference,
                "referenceNo": payment.reference_no,
            }),
        );
    }
    let page_id = &payment.page_id;
    let core = if payment.version.is_core() {
        "core/"
    } else {
        ""
    };
    let page = format!("{}/direct-debit/ui/payment/{core}{page_id}", work.page_base);
    let mut fields = json!({
        "partnerReferenceNo": reference,
        "referenceNo": payment.reference_no,
        "webRedirectUrl": page,
    });
    let deep_link = "/additionalInfo/supportDeepLinkCheckoutUrl";
    if payment.order.body.pointer(deep_link) == Some(&Value::Bool(true)) {
        fields["additionalInfo"] = json!({"webRedirectUrl": page});
    }
    Answer::success(work.operation, fields)
}
