//! Payments from before a restore of the table, checked at DOKU before their next refund or capture: a
//! new key is no name that DOKU could know the forgotten one by.

use std::sync::Arc;

use super::super::asking::{Asked, Told};
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::doku::wire::status::{Found, Latest};
use crate::domain::channel::Family;
use crate::domain::ids::{ExternalId, Reference, RefundId};
use crate::domain::money::{Rupiah, StatedAmount};
use crate::domain::movement::{MovementStatus, RefundKind};
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::domain::stored::Stored;
use crate::domain::watch::Watch;
use crate::secrets::Secrets;
use crate::store::Rejected;

/// How often refunds are booked again because another instance wrote first.
const TRIES: u32 = 4;

/// A refund that DOKU has.
struct Reported {
    /// Our name for it, where DOKU says it.
    name: Option<String>,
    /// DOKU's name for it.
    refund_no: Option<String>,
    amount: Rupiah,
    outcome: RefundOutcome,
}

impl App {
    /// Checks a payment from before a restore at DOKU, once: what is known there of it, its capture and
    /// its refunds is taken over. That it was checked is stored by the write that the caller makes. An
    /// error when DOKU does not say how it stands: then nothing may be sent.
    pub(in crate::app) async fn check_after_restore(
        &self,
        secrets: &Arc<Secrets>,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        if !payment.needs_check(self.config.restored_at) {
            return Ok(payment);
        }
        let now = self.clock.now();
        let found = match self.ask(secrets, &payment, deadline).await? {
            Asked::Found(found) => found,
            Asked::NotFound | Asked::Nothing => return Err(AppError::Unreachable),
        };
        let id = payment.id;
        self.adopt_reported(secrets, &payment, &found, now).await?;
        let again = self.store.payment(id).await?;
        let payment = again.ok_or(AppError::PaymentNotFound)?;
        self.record_found(secrets, payment, found, &Along::only(None))
            .await?;
        let again = self.store.payment(id).await?;
        let mut payment = again.ok_or(AppError::PaymentNotFound)?;
        payment.checked_at = Some(now);
        Ok(payment)
    }

    /// Books the refunds that DOKU has and our table has not.
    async fn adopt_reported(
        &self,
        secrets: &Secrets,
        payment: &Payment,
        found: &Told,
        now: Timestamp,
    ) -> Result<(), AppError> {
        for _ in 0..TRIES {
            let read = self.store.payment_with_refunds(payment.id).await?;
            let (payment, ours) = read.ok_or(AppError::PaymentNotFound)?;
            let unknown = match found {
                Told::Snap(found) => unknown_snap(&payment, &ours, found, now)?,
                Told::Card(found) => unknown_card(&payment, &ours, found, now)?,
            };
            let Some(reported) = unknown else {
                return Ok(());
            };
            let draft = self.draft_reported(&payment, &reported, now)?;
            let outcome = RefundOutcome {
                adopted: Some(reported.amount),
                ..reported.outcome
            };
            let booked = self.book_adopted(secrets, &payment, draft, &outcome, None);
            match booked.await? {
                // There may be more; or it was booked by another instance.
                Ok(()) | Err(Rejected::Stale) => {}
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::Unreachable)
    }

    fn draft_reported(
        &self,
        payment: &Payment,
        reported: &Reported,
        now: Timestamp,
    ) -> Result<Refund, AppError> {
        let mut operation = self.intend(
            OperationKind::Refund,
            payment.channel.family,
            String::new(),
            Deadline::within(std::time::Duration::ZERO),
        )?;
        // Without a name of ours it gets one that DOKU does not know.
        let own = operation.external_id.to_string();
        let reference = Reference::trusted(reported.name.clone().unwrap_or(own));
        if payment.channel.family == Family::NonSnap {
            operation.external_id = ExternalId::trusted(reference.to_string());
        }
        Ok(Refund {
            id: RefundId::new(self.ulid()?),
            payment: payment.id,
            amount: reported.amount,
            reason: None,
            reference,
            status: MovementStatus::Pending,
            taken: false,
            adopted: true,
            kind: reported.outcome.kind,
            failure: None,
            refund_no: reported.refund_no.clone(),
            response_code: None,
            created_at: now,
            updated_at: now,
            operation,
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        })
    }
}

/// The first refund of a SNAP payment that is none of ours. DOKU's "refunded" without a list of
/// refunds, where we know of none, says that there is one, and not which.
fn unknown_snap(
    payment: &Payment,
    ours: &[Refund],
    found: &Found,
    now: Timestamp,
) -> Result<Option<Reported>, AppError> {
    let listed = found.refunds.as_deref().unwrap_or_default();
    let is_known_refunded = payment.refunded > Rupiah::ZERO || payment.reserved > Rupiah::ZERO;
    if found.latest == Latest::Refunded && listed.is_empty() && !is_known_refunded {
        return Err(AppError::Unreachable);
    }
    for refund in listed {
        let is_ours = ours.iter().any(|own| {
            refund.reference.as_deref() == Some(own.reference.as_str())
                || refund.refund_no.is_some() && refund.refund_no == own.refund_no
        });
        let moves = matches!(
            refund.verdict,
            RefundVerdict::Succeeded | RefundVerdict::Pending
        );
        if is_ours || !moves {
            continue;
        }
        let stated = refund.amount.as_ref().and_then(StatedAmount::rupiah);
        // Of money that went back the amount has to be known.
        let amount = stated.ok_or(AppError::Unreachable)?;
        let mut outcome = RefundOutcome::new(refund.verdict, now);
        outcome.stated.clone_from(&refund.amount);
        outcome.refund_no.clone_from(&refund.refund_no);
        return Ok(Some(Reported {
            name: refund.reference.clone(),
            refund_no: refund.refund_no.clone(),
            amount,
            outcome,
        }));
    }
    Ok(None)
}

/// What went back of a card payment beyond our refunds. DOKU states the latest transaction: a refund by
/// its Request-Id, or the order with the sum of what went back.
fn unknown_card(
    payment: &Payment,
    ours: &[Refund],
    found: &Transaction,
    now: Timestamp,
) -> Result<Option<Reported>, AppError> {
    let (kind, is_whole) = match found.meaning() {
        Meaning::Refund {
            failed: Some(_), ..
        } => return Ok(None),
        Meaning::Refund { kind, failed: None } => (
            kind,
            matches!(kind, None | Some(RefundKind::Void | RefundKind::Full)),
        ),
        Meaning::Payment(_) | Meaning::Open => (None, false),
    };
    if kind == Some(RefundKind::Void) && !payment.status.is_settled() {
        // The hold was given up: no money had been taken.
        return Ok(None);
    }
    let stated = match &found.refund_amount {
        Some(amount) => amount.rupiah().ok_or(AppError::Unreachable)?,
        None if is_whole => payment.taken(),
        None => return Ok(None),
    };
    let named = found.request_id.as_deref();
    if ours
        .iter()
        .any(|own| named == Some(own.operation.external_id.as_str()))
    {
        return Ok(None);
    }
    let known = payment
        .refunded
        .plus(payment.reserved)
        .unwrap_or(payment.refunded);
    let is_refund = matches!(found.meaning(), Meaning::Refund { .. });
    let page = payment.operation.external_id.as_str();
    let name = named.filter(|id| is_refund && *id != page);
    let amount = match name {
        Some(_) => stated,
        None => match stated.minus(known) {
            Some(more) if !more.is_zero() => more,
            _ => return Ok(None),
        },
    };
    let mut outcome = RefundOutcome::new(RefundVerdict::Succeeded, now);
    outcome.kind = kind;
    Ok(Some(Reported {
        name: name.map(str::to_owned),
        refund_no: None,
        amount,
        outcome,
    }))
}
