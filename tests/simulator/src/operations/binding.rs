//! Account binding: hands out the page on which the customer agrees.

use serde_json::json;

use super::Work;
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::random;
use crate::world::binding::{Binding, BindingStatus};

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    let phone = body.text("phoneNo", 9..=16, fields::digits)?;
    let (info, channel) = work.channel(&body)?;
    let cust_id = info.text("custIdMerchant", 1..=64, fields::any)?;
    let success_url = info.text("successRegistrationUrl", 1..=2048, fields::web_address)?;
    let failed_url = info.text("failedRegistrationUrl", 1..=2048, fields::web_address)?;
    info.optional_text("customerName", 1..=70, fields::any)?;
    info.optional_text("email", 1..=64, fields::email)?;
    info.optional_text("idCard", 1..=20, fields::any)?;
    info.optional_text("country", 1..=60, fields::any)?;
    info.optional_text("address", 1..=255, fields::any)?;
    info.optional_text("dateOfBirth", 8..=8, fields::digits)?;
    info.close()?;
    body.close()?;

    let auth_code = random::digits(40);
    let reference_no = format!("BIND-{}", random::digits(12));
    work.world.bindings.insert(
        &auth_code,
        Binding {
            auth_code: auth_code.clone(),
            reference_no: reference_no.clone(),
            channel,
            cust_id: cust_id.to_owned(),
            phone: phone.to_owned(),
            success_url: success_url.to_owned(),
            failed_url: failed_url.to_owned(),
            status: BindingStatus::Pending,
            wrong_otps: 0,
        },
    );
    let answer = Answer::success(
        work.operation,
        json!({
            "referenceNo": reference_no,
            "redirectUrl":
                format!("{}/direct-debit/ui/binding/core/{auth_code}", work.page_base),
            "additionalInfo": {
                "custIdMerchant": cust_id,
                "status": "PENDING",
                "authCode": auth_code,
            },
        }),
    );
    Ok(if work.world.settings.auth_code_as_integer {
        answer.with_integer("authCode")
    } else {
        answer
    })
}
