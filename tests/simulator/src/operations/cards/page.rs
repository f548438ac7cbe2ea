//! Payment page: hands out the page on which the customer pays by card.

use serde_json::{Value, json};

use super::order;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::random;
use crate::world::cards::page::{Page, PageOrder, PageStatus};

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let order = order::read(work)?;
    card_of_customer(work, &order)?;
    invoice_is_free(work, &order.invoice)?;
    let page = Page {
        request_id: work.request_id.to_owned(),
        path_id: random::alphanumeric(40),
        session_id: random::alphanumeric(32),
        status: PageStatus::Open,
        challenge: None,
        wrong_codes: 0,
        declined: Vec::new(),
        created_at: work.now(),
        changed_at: work.now(),
        order,
    };
    let answer = answer(work, &page);
    work.world.cards.pages.insert(work.request_id, page);
    Ok(answer)
}

/// A saved card is one of this customer's, and not deleted.
fn card_of_customer(work: &mut Work<'_>, order: &PageOrder) -> Result<(), Refusal> {
    let Some(id) = &order.token else {
        return Ok(());
    };
    let token = work.world.cards.tokens.get(id).filter(|token| token.active);
    let owner = token.map(|token| token.customer_id.clone());
    if owner.is_some() && owner == order.customer.id {
        return Ok(());
    }
    if let Some(owner) = owner {
        let user = order.customer.id.as_deref().unwrap_or_default();
        let detail = format!("card.token of {owner}, used for {user}");
        work.violation("card_of_another_customer", detail);
    }
    Err(Refusal::parameter("Invalid Field Format card.token"))
}

/// An invoice that is paid or authorised gets no second page. One whose page is still open gets
/// one, but nobody careful asks for it: the customer now holds two.
fn invoice_is_free(work: &mut Work<'_>, invoice: &str) -> Result<(), Refusal> {
    match work.world.cards.page_of(invoice).map(|page| page.status) {
        Some(PageStatus::Charged) => {
            work.violation("page_for_a_paid_invoice", format!("invoice {invoice}"));
            Err(Refusal::used_invoice("Invoice Number Already Paid"))
        }
        Some(PageStatus::Open | PageStatus::Challenged) => {
            work.violation("second_page_for_an_invoice", format!("invoice {invoice}"));
            Ok(())
        }
        None if work.world.bri.payment_of(invoice).is_some() => {
            work.violation("page_for_a_recurring_charge", format!("invoice {invoice}"));
            Err(Refusal::used_invoice("Invoice Number Already Used"))
        }
        Some(PageStatus::Expired) | None => Ok(()),
    }
}

fn answer(work: &Work<'_>, page: &Page) -> Value {
    let mut order = json!({
        "invoice_number": page.order.invoice,
        "session_id": page.session_id,
    });
    if !page.order.line_items.is_null() {
        order["line_items"] = page.order.line_items.clone();
    }
    let info = &page.order.additional_info;
    json!({
        "order": order,
        "credit_card_payment_page": {
            "url": format!("{}/credit-card/ui/payment/{}", work.page_base, page.path_id),
        },
        "additional_info": if info.is_null() { json!({}) } else { info.clone() },
    })
}
