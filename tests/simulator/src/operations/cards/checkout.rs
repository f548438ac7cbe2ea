//! What the customer does on the card page, and what the bank says.

use doku_shared::clock::Timestamp;

use super::capture;
use super::transaction::Transaction;
use crate::operations::settle::{RIGHT_OTP, WRONG_OTPS_ALLOWED};
use crate::random;
use crate::test_cards::{TestCard, Verdict};
use crate::world::World;
use crate::world::cards::charge::Charge;
use crate::world::cards::page::{Choice, Declined, Page, PageStatus, PaymentType};
use crate::world::cards::token::CardToken;

const UNKNOWN: &str = "This address is not known.";
const PAID: &str = "This has been paid already.";
const EXPIRED: &str = "This page has expired.";

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Charged or authorised.
    Approved,
    /// The bank refused, for this reason; the page stays open.
    Declined(&'static str),
    /// The bank asks the holder.
    Challenged,
    /// The holder gave a wrong code and may try again.
    WrongCode,
}

/// Pays the page of that `Request-Id`. The error is a sentence for the customer, and nothing has
/// happened then.
pub fn pay(
    world: &mut World,
    key: &str,
    mut choice: Choice,
    now: Timestamp,
) -> Result<Attempt, &'static str> {
    let page = payable(world, key)?;
    if page.status != PageStatus::Open {
        return Err("The bank is asking already.");
    }
    if !page.order.takes(choice.card) {
        return Err("This card cannot be used here.");
    }
    let tenors = page.order.tenors();
    let kind = page.order.kind;
    choice.tenor = choice.tenor.or(page.order.tenor);
    if choice.tenor.is_some_and(|tenor| !tenors.contains(&tenor)) {
        return Err("This number of months is not offered.");
    }
    choice.save &= page.order.save;
    match choice.card.verdict {
        Verdict::Decline(code, message) => {
            decline(world, key, choice, (code, message), now);
            Ok(Attempt::Declined(message))
        }
        Verdict::Challenge if kind.is_none_or(PaymentType::has_challenge) => {
            if let Some(page) = world.cards.pages.get_mut(key) {
                page.status = PageStatus::Challenged;
                page.challenge = Some(choice);
                page.wrong_codes = 0;
                page.changed_at = now;
            }
            Ok(Attempt::Challenged)
        }
        Verdict::Challenge | Verdict::Approve => {
            charge(world, key, choice, now);
            Ok(Attempt::Approved)
        }
    }
}

/// Answers the bank's question with a code. Too many wrong ones, or giving up (no code), make it
/// a refused attempt.
pub fn answer_challenge(
    world: &mut World,
    key: &str,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Attempt, &'static str> {
    payable(world, key)?;
    let page = world.cards.pages.get_mut(key).ok_or(UNKNOWN)?;
    if page.status != PageStatus::Challenged {
        return Err("The bank asks nothing.");
    }
    if code.is_some_and(|code| code != RIGHT_OTP) {
        page.wrong_codes += 1;
        if page.wrong_codes < WRONG_OTPS_ALLOWED {
            return Ok(Attempt::WrongCode);
        }
    }
    page.status = PageStatus::Open;
    let choice = page.challenge.take().ok_or("The bank asks nothing.")?;
    if code == Some(RIGHT_OTP) {
        charge(world, key, choice, now);
        return Ok(Attempt::Approved);
    }
    let message = "3D SECURE AUTHENTICATION FAILED";
    decline(world, key, choice, ("05", message), now);
    Ok(Attempt::Declined(message))
}

/// Nothing can be paid on the page any more. `notify` tells the merchant.
pub fn expire(
    world: &mut World,
    key: &str,
    notify: bool,
    now: Timestamp,
) -> Result<(), &'static str> {
    payable(world, key)?;
    if let Some(page) = world.cards.pages.get_mut(key) {
        page.status = PageStatus::Expired;
        page.challenge = None;
        page.changed_at = now;
    }
    if notify && let Some(page) = world.cards.pages.get(key) {
        let notice = Transaction::of_page(page, "EXPIRED").notice(world);
        world.outbox.fresh.push(notice);
    }
    Ok(())
}

/// The saved form of a card, new or as it was.
pub fn save(world: &mut World, customer_id: &str, choice: &Choice) -> String {
    let known = world.cards.tokens.iter().find(|token| {
        token.active && token.customer_id == customer_id && token.card == choice.card
    });
    if let Some(known) = known {
        return known.id.clone();
    }
    let id = random::alphanumeric(32);
    world.cards.tokens.insert(
        &id,
        CardToken {
            id: id.clone(),
            customer_id: customer_id.to_owned(),
            card: choice.card,
            holder: choice.holder.clone(),
            expiry: choice.expiry.clone(),
            active: true,
        },
    );
    id
}

/// A choice of a card with nothing else said.
pub fn plain(card: &'static TestCard) -> Choice {
    Choice {
        card,
        token_id: None,
        holder: "SITI AMINAH".to_owned(),
        expiry: "1230".to_owned(),
        save: false,
        tenor: None,
    }
}

/// The choice of a saved card.
pub fn saved(world: &World, id: &str) -> Option<Choice> {
    let token = world.cards.tokens.get(id).filter(|token| token.active)?;
    Some(Choice {
        token_id: Some(token.id.clone()),
        holder: token.holder.clone(),
        expiry: token.expiry.clone(),
        ..plain(token.card)
    })
}

/// The page, when it can still be paid. An invoice that was paid on another page is paid.
fn payable<'a>(world: &'a World, key: &str) -> Result<&'a Page, &'static str> {
    let page = world.cards.pages.get(key).ok_or(UNKNOWN)?;
    let paid = world.cards.charge_of(&page.order.invoice).is_some();
    match page.status {
        PageStatus::Charged => Err(PAID),
        PageStatus::Expired => Err(EXPIRED),
        PageStatus::Open | PageStatus::Challenged if paid => Err(PAID),
        PageStatus::Open | PageStatus::Challenged => Ok(page),
    }
}

fn decline(
    world: &mut World,
    key: &str,
    choice: Choice,
    (code, message): (&'static str, &'static str),
    now: Timestamp,
) {
    let Some(page) = world.cards.pages.get_mut(key) else {
        return;
    };
    page.changed_at = now;
    page.declined.push(Declined {
        amount: page.order.charged(choice.card),
        choice,
        code,
        message,
        at: now,
    });
    if let Some(page) = world.cards.pages.get(key)
        && let Some(refused) = refused(page)
    {
        let notice = refused.notice(world);
        world.outbox.fresh.push(notice);
    }
}

/// The latest refused attempt on a page.
pub fn refused(page: &Page) -> Option<Transaction<'_>> {
    let last = page.declined.last()?;
    Some(Transaction {
        kind: kind_of(page, &last.choice).word(),
        amount: last.amount,
        at: last.at,
        choice: Some(&last.choice),
        decision: Some((last.code, last.message)),
        ..Transaction::of_page(page, "FAILED")
    })
}

/// What kind of payment a choice makes of a page: months chosen make it an instalment.
fn kind_of(page: &Page, choice: &Choice) -> PaymentType {
    match (page.order.kind, choice.tenor) {
        (Some(kind), _) => kind,
        (None, Some(_)) => PaymentType::Installment,
        (None, None) => PaymentType::Sale,
    }
}

fn charge(world: &mut World, key: &str, mut choice: Choice, now: Timestamp) {
    let Some(page) = world.cards.pages.get(key) else {
        return;
    };
    let order = page.order.clone();
    let kind = kind_of(page, &choice);
    if choice.save
        && choice.token_id.is_none()
        && let Some(customer_id) = &order.customer.id
    {
        choice.token_id = Some(save(world, customer_id, &choice));
    }
    let amount = order.charged(choice.card);
    let reserved = kind == PaymentType::Authorize;
    let charge = Charge {
        invoice: order.invoice.clone(),
        request_id: key.to_owned(),
        kind,
        amount,
        discount: order.amount - amount,
        choice,
        authorize_id: reserved.then(|| random::digits(14)),
        approval_code: random::digits(6),
        authentication_id: kind.has_challenge().then(|| random::digits(20)),
        at: now,
        captured: if reserved { 0 } else { amount },
        captured_at: (!reserved).then_some(now),
        settled: false,
        refunded: 0,
        voided: false,
    };
    if let Some(page) = world.cards.pages.get_mut(key) {
        page.status = PageStatus::Charged;
        page.challenge = None;
        page.changed_at = now;
    }
    world.cards.charges.insert(key, charge);
    if let (Some(page), Some(charge)) = (world.cards.pages.get(key), world.cards.charges.get(key)) {
        let notice = Transaction::of_charge(page, charge).notice(world);
        world.outbox.fresh.push(notice);
    }
    if reserved && order.auto_capture && world.settings.auto_capture_at_once {
        // A fresh authorisation can always be captured as a whole.
        let _ = capture::by_doku(world, key, None, now);
    }
}
