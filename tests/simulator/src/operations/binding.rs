//! Account binding: hands out the page on which the customer agrees.

use serde_json::{Value, json};

use super::{Order, Work};
use crate::answer::Answer;
use crate::channel::Place;
use crate::random;
use crate::world::binding::{Binding, BindingStatus};

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Answer {
    let body = order.body;
    let binding = Binding {
        cust_id: body.must("additionalInfo.custIdMerchant").to_owned(),
        phone: body.must("phoneNo").to_owned(),
        reference_no: format!("BIND-{}", random::digits(12)),
        ..pending(order)
    };
    let fields = registered(work, &order.place, &binding);
    work.world
        .bindings
        .insert(&binding.auth_code.clone(), binding);
    answer(work, fields)
}

/// A binding that waits for the customer, with the addresses of the body.
pub fn pending(order: &Order<'_>) -> Binding {
    let address = |name| order.body.must(name).to_owned();
    Binding {
        auth_code: random::digits(40),
        reference_no: String::new(),
        channel: order.place.channel,
        page: order.place.version.page,
        cust_id: String::new(),
        phone: String::new(),
        card: None,
        charge_token: None,
        success_url: address("additionalInfo.successRegistrationUrl"),
        failed_url: address("additionalInfo.failedRegistrationUrl"),
        status: BindingStatus::Pending,
        wrong_otps: 0,
    }
}

/// What a registration answers that has a page.
pub fn registered(work: &Work<'_>, place: &Place, binding: &Binding) -> Value {
    let auth_code = &binding.auth_code;
    let mut info = json!({
        "custIdMerchant": binding.cust_id,
        "authCode": auth_code,
    });
    let status = if work.world.settings.binding_status_as_account_status {
        "accountStatus"
    } else {
        "status"
    };
    info[status] = json!("PENDING");
    let core = if place.version.is_core() { "core/" } else { "" };
    json!({
        "referenceNo": binding.reference_no,
        "redirectUrl": format!("{}/direct-debit/ui/binding/{core}{auth_code}", work.page_base),
        "additionalInfo": info,
    })
}

/// The answer, with the `authCode` as the settings want it.
pub fn answer(work: &Work<'_>, fields: Value) -> Answer {
    let answer = Answer::success(work.operation, fields);
    let settings = &work.world.settings;
    if settings.auth_code_as_float {
        answer.with_float("authCode")
    } else if settings.auth_code_as_integer {
        answer.with_integer("authCode")
    } else {
        answer
    }
}
