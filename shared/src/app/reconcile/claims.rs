//! Claims of the release before, whose time ran from their start: while their work is open they must not
//! expire.
//!
//! Everything that is open is gone through twice, whenever it is to be checked: with the first sweep of
//! this release, and once more when no process of the release before is left that could make such a claim.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::super::idempotency::EARLIER_KEYS_FOR;
use super::super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::domain::operation::Operation;
use crate::domain::payment::Payment;
use crate::store::{Due, DueKind, StoreError};

/// How long processes of the release before may run beside this one.
const OVERLAP: Duration = Duration::from_hours(1);

/// Later than anything that is open is to be checked.
const ALL: Duration = Duration::from_hours(10 * 365 * 24);

const PAGE: usize = 100;
const AT_ONCE: usize = 8;

/// What is open through a subscription is found by the charge.
const KINDS: [DueKind; 4] = [
    DueKind::Payment,
    DueKind::Refund,
    DueKind::Binding,
    DueKind::Charge,
];

impl App {
    /// Removes the expiry of every open claim that has one, if that was not done yet.
    pub(super) async fn keep_open_claims(&self, deadline: Deadline) -> Result<(), AppError> {
        if self.open_claims_kept.get().is_some() {
            return Ok(());
        }
        let now = self.clock.now();
        let scope = self.store.claim_scope(now).await?;
        let again = scope.since.plus(OVERLAP);
        let is_over = now >= scope.since.plus(EARLIER_KEYS_FOR);
        if is_over || scope.kept.is_some_and(|kept| kept >= again) {
            self.open_claims_kept.get_or_init(|| ());
            return Ok(());
        }
        if scope.kept.is_some() && now < again {
            return Ok(());
        }
        if self.keep_all_open_claims(now, deadline).await? {
            self.store.note_open_claims_kept(now).await?;
        }
        Ok(())
    }

    /// False when time ran out, or something could not be read.
    async fn keep_all_open_claims(
        &self,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let mut complete = true;
        let shards = self.store.shards_in_use().await?;
        for kind in KINDS {
            for shard in 0..shards {
                let mut start = None;
                loop {
                    if deadline.is_near() {
                        return Ok(false);
                    }
                    let until = now.plus(ALL);
                    let page = self.store.due(kind, shard, until, PAGE, start).await?;
                    complete &= self.keep_claims_of(page.items).await;
                    start = page.next;
                    if start.is_none() {
                        break;
                    }
                }
            }
        }
        let mut after = None;
        loop {
            if deadline.is_near() {
                return Ok(false);
            }
            let page = self.store.attention(PAGE, after.as_deref()).await?;
            let items = page.items.iter().map(|item| item.what).collect();
            complete &= self.keep_claims_of(items).await;
            after = page.next;
            if after.is_none() {
                return Ok(complete);
            }
        }
    }

    /// False when one of them has to be gone through again.
    async fn keep_claims_of(&self, items: Vec<Due>) -> bool {
        stream::iter(items)
            .map(async |due| match self.keep_claims_of_one(due).await {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(%due, %error, "the idempotency claims of something open were not checked");
                    // What cannot be read now cannot be read the next time either.
                    !matches!(error, StoreError::Unavailable(_))
                }
            })
            .buffer_unordered(AT_ONCE)
            .fold(true, async |all, one| all && one)
            .await
    }

    async fn keep_claims_of_one(&self, due: Due) -> Result<(), StoreError> {
        let mut names = Vec::new();
        let mut add = |operation: &Operation| names.push(operation.claim.clone());
        match due {
            Due::Payment(id) => {
                let payment = self.store.payment(id).await?;
                payment.iter().flat_map(journals).for_each(&mut add);
            }
            Due::Refund(payment, id) => {
                let refund = self.store.refund(payment, id).await?;
                if let Some(refund) = &refund {
                    add(&refund.operation);
                }
            }
            Due::Binding(id) => {
                if let Some((binding, _)) = self.store.binding(id).await? {
                    add(&binding.operation);
                    let others = [&binding.otp, &binding.unbind];
                    others.into_iter().flatten().for_each(&mut add);
                }
            }
            Due::Charge(due) => {
                let Some(date) = due.period else {
                    return Ok(());
                };
                let charge = self.store.charge(due.subscription, date).await?;
                // The earlier ones are decided.
                let latest = charge.and_then(|charge| charge.payments.last().copied());
                if let Some(latest) = latest {
                    let payment = self.store.payment(latest).await?;
                    payment.iter().flat_map(journals).for_each(&mut add);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        self.store.keep_open_claims(&names).await
    }
}

/// The calls of a payment.
fn journals(payment: &Payment) -> impl Iterator<Item = &Operation> {
    let capture = payment.capture.as_ref().map(|capture| &capture.operation);
    let others = [payment.otp.as_ref(), capture];
    std::iter::once(&payment.operation).chain(others.into_iter().flatten())
}
