//! Checks what DOKU is known to have, to learn what its status checks find and with which delay; and,
//! with the first find of a kind, makes due again what waits for that evidence.

use super::super::asking::{Asked, Told};
use super::super::context::Context;
use super::super::refund::FoundRefund;
use super::super::{App, AppError, Deadline};
use super::rounds::each;
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::Meaning;
use crate::domain::channel::Channel;
use crate::domain::evidence::{Check, Evidence, EvidenceKind, EvidenceSubject, Sample};
use crate::domain::operation::Operation;
use crate::domain::outcome::Verdict;
use crate::domain::payment::Payment;
use crate::store::{Due, DueKind};

/// Number of entries that are read at a time.
const PAGE: usize = 100;

/// Part of a run's time that learning may take.
const SHARE: u32 = 4;

impl App {
    /// Checks the samples that are due, and wakes what waits for a first find. Never fails: the next run
    /// goes on with what is left.
    pub(super) async fn learn(&self, ctx: &Context, deadline: Deadline) {
        let until = Deadline::within(deadline.remaining() / SHARE);
        let all = match self.store.all_evidence().await {
            Ok(all) => all,
            Err(error) => {
                tracing::warn!(%error, "evidence was not read; no sample is checked in this run");
                return;
            }
        };
        for (subject, evidence) in all {
            if let Err(error) = self.learn_of(ctx, subject, evidence, until).await {
                let (kind, channel) = (subject.kind.as_str(), subject.channel);
                tracing::warn!(kind, channel, %error, "samples wait for the next run");
            }
        }
    }

    async fn learn_of(
        &self,
        ctx: &Context,
        subject: EvidenceSubject,
        mut evidence: Evidence,
        until: Deadline,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        let due = |sample: &Sample| sample.is_due(now);
        let samples: Vec<_> = evidence.samples.iter().copied().filter(due).collect();
        for sample in samples {
            if until.remaining().is_zero() {
                return Ok(());
            }
            let deadline = Deadline::within(each(self.config.doku_timeout));
            let check = self.check_sample(ctx, subject, &sample, deadline);
            let check = check.await.unwrap_or_else(|error| {
                tracing::info!(paymentId = %sample.payment, %error, "a sample was not checked");
                Check::NoAnswer
            });
            let now = self.clock.now();
            let noted = self.change_evidence(subject, |evidence| {
                evidence.note_check(&sample, check, now);
                true
            });
            evidence = noted.await?;
        }
        if evidence.wake && self.wake(subject, until).await? {
            let done = self.change_evidence(subject, |evidence| {
                let waking = evidence.wake;
                evidence.wake = false;
                waking
            });
            done.await?;
        }
        Ok(())
    }

    /// Asks DOKU about something that it has.
    async fn check_sample(
        &self,
        ctx: &Context,
        subject: EvidenceSubject,
        sample: &Sample,
        deadline: Deadline,
    ) -> Result<Check, AppError> {
        let Some(payment) = self.store.payment(sample.payment).await? else {
            return Ok(Check::Gone);
        };
        if let Some(id) = sample.refund {
            let Some(refund) = self.store.refund(payment.id, id).await? else {
                return Ok(Check::Gone);
            };
            let found = self.query_refund(ctx, &payment, &refund, deadline);
            return Ok(match found.await? {
                FoundRefund::Told(_) => Check::Found,
                FoundRefund::Absent | FoundRefund::Unlisted => Check::Missed,
                FoundRefund::Nothing => Check::NoAnswer,
            });
        }
        let asked = self.query(ctx, &payment, deadline).await?;
        if subject.kind == EvidenceKind::Payment
            && let Asked::Found(found) = &asked
        {
            self.note_otp_found(&payment, found).await;
        }
        Ok(match (subject.kind, asked) {
            (EvidenceKind::Capture, Asked::Found(found)) => {
                if found.says_captured() {
                    Check::Found
                } else {
                    Check::Missed
                }
            }
            (_, Asked::Found(_)) => Check::Found,
            (_, Asked::NotFound) => Check::Missed,
            (_, Asked::Nothing) => Check::NoAnswer,
        })
    }

    /// Makes due what was escalated, or waits after an absence, and is judged by this evidence. False
    /// when time ran out before everything was read.
    async fn wake(&self, subject: EvidenceSubject, until: Deadline) -> Result<bool, AppError> {
        let is_late = || until.remaining().is_zero();
        let mut after = None;
        loop {
            let page = self.store.attention(PAGE, after.as_deref()).await?;
            for item in page.items {
                if is_late() {
                    return Ok(false);
                }
                self.wake_one(subject, item.what, true).await;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let kind = match subject.kind {
            EvidenceKind::Refund => DueKind::Refund,
            EvidenceKind::Payment | EvidenceKind::Otp | EvidenceKind::Capture => DueKind::Payment,
        };
        // The plan asks once a day at the latest.
        let soon = self.clock.now().plus(std::time::Duration::from_hours(25));
        for shard in 0..self.store.shards_in_use().await? {
            let mut start = None;
            loop {
                let page = self.store.due(kind, shard, soon, PAGE, start).await?;
                for what in page.items {
                    if is_late() {
                        return Ok(false);
                    }
                    self.wake_one(subject, what, false).await;
                }
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(true)
    }

    /// Makes one thing due now, if it is judged by this evidence; without an absence only what was
    /// escalated.
    async fn wake_one(&self, subject: EvidenceSubject, what: Due, escalated: bool) {
        let woken = async {
            let waits = match (what, subject.kind) {
                (Due::Refund(payment, id), EvidenceKind::Refund) => {
                    let of = self.store.payment(payment).await?;
                    let refund = self.store.refund(payment, id).await?;
                    of.zip(refund).is_some_and(|(of, refund)| {
                        is_of(subject, of.channel)
                            && (escalated || was_absent(&refund.operation))
                            && is_later(refund.due_at(), self.clock.now())
                    })
                }
                (
                    Due::Payment(id),
                    EvidenceKind::Payment | EvidenceKind::Otp | EvidenceKind::Capture,
                ) => {
                    let payment = self.store.payment(id).await?;
                    payment.is_some_and(|payment| {
                        is_of(subject, payment.channel)
                            && (escalated || operations(&payment).any(was_absent))
                            && is_later(payment.due_at(), self.clock.now())
                    })
                }
                _ => false,
            };
            if waits {
                self.make_due(what).await?;
            }
            Ok::<_, AppError>(())
        };
        if let Err(error) = woken.await {
            // The plan, or an operator, comes to it.
            tracing::warn!(%what, %error, "what waits for evidence was not made due");
        }
    }
}

impl Told {
    /// True when it says that money was captured.
    pub(in crate::app) fn says_captured(&self) -> bool {
        match self {
            Self::Card(found) => {
                found.kind.is_some() && found.meaning() == Meaning::Payment(Verdict::Captured)
            }
            Self::Snap(_) => false,
        }
    }
}

fn is_of(subject: EvidenceSubject, channel: &Channel) -> bool {
    EvidenceSubject::new(subject.kind, channel) == subject
}

const fn was_absent(operation: &Operation) -> bool {
    operation.absent_since.is_some()
}

/// The calls of a payment that may wait after an absence.
fn operations(payment: &Payment) -> impl Iterator<Item = &Operation> {
    let capture = payment.capture.as_ref().map(|it| &it.operation);
    std::iter::once(&payment.operation)
        .chain(payment.otp.as_ref())
        .chain(capture)
}

/// True unless it is due already.
fn is_later(due_at: Option<Timestamp>, now: Timestamp) -> bool {
    due_at.is_none_or(|at| at > now)
}
