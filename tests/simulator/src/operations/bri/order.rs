//! Reads the order of a recurring charge, against every rule DOKU's table names.

use crate::answer::Refusal as FieldRefusal;
use crate::checks::fields::{self, Fields};
use crate::checks::items;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::{Work, override_works};
use crate::world::bri::payment::RecurringOrder;

/// The order, complete and consistent.
pub fn read(work: &Work<'_>) -> Result<RecurringOrder, Refusal> {
    let body = work.body()?;
    let customer = body.object("customer")?;
    let customer_id = customer.text("id", 1..=50, fields::any)?;
    check_customer(&customer)?;
    let order = body.object("order")?;
    let invoice = order.text("invoice_number", 1..=64, fields::any)?;
    let amount = order.integer("amount", 1..=items::AMOUNT_MAX)?;
    let total = items::total(&order.objects("line_items")?)?;
    order.optional_text("session_id", 1..=255, fields::any)?;
    order.close()?;
    let payment = body.object("payment")?;
    let token_id = payment.text("token_id", 1..=255, fields::any)?;
    payment.ignore(&["otp_expiration_timestamp"]);
    payment.close()?;
    for (name, constant) in [("channel", "DIRECT_DEBIT"), ("acquirer", "BRI")] {
        if let Some(object) = body.optional_object(name)? {
            object.constant("id", constant)?;
            object.close()?;
        }
    }
    // What else it may hold is not documented, so it is not closed.
    let info = body.optional_object("additional_info")?;
    let notification_url = info
        .map(|info| info.optional_text("override_notification_url", 1..=2048, fields::web_address))
        .transpose()?
        .flatten();
    body.close()?;
    if total.is_some_and(|total| total != amount) {
        return Err(Refusal::parameter(
            "Invalid Field Format order.line_items. The total is not order.amount",
        ));
    }
    if !override_works(notification_url, work.registered.as_ref()) {
        return Err(Refusal::parameter(
            "Invalid Field Format additional_info.override_notification_url. Another path than \
             the registered one",
        ));
    }
    Ok(RecurringOrder {
        invoice: invoice.to_owned(),
        amount,
        customer_id: customer_id.to_owned(),
        token_id: token_id.to_owned(),
        customer: work.call.body["customer"].clone(),
        order: work.call.body["order"].clone(),
        notification_url: notification_url.map(str::to_owned),
    })
}

/// What may be said of the customer besides the id.
fn check_customer(customer: &Fields<'_>) -> Result<(), FieldRefusal> {
    customer.optional_text("name", 1..=70, fields::letters)?;
    customer.optional_text("email", 1..=64, fields::email)?;
    customer.optional_text("phone", 1..=20, fields::phone)?;
    customer.optional_text("address", 1..=255, fields::any)?;
    customer.optional_text("country", 2..=2, fields::country)?;
    customer.optional_text("id_card", 1..=20, fields::any)?;
    customer.optional_text("date_of_birth", 10..=10, fields::day_month_year)?;
    customer.ignore(&["additional_info"]);
    customer.close()
}
