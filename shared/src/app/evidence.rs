//! Learning what status checks find, and judging whether an absence proves something.
//!
//! A success that becomes known by an answer or a notification is registered as a sample while too
//! little is known of its kind; `reconcile` checks the samples. Any other status check that finds
//! something counts as well. Nothing here fails an operation: what was not learned is learned later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::asking::Told;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::evidence::{Evidence, EvidenceKind, EvidenceSubject, Sample};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::refund::Refund;
use crate::store::StoreError;

/// How often a change is tried again because another instance wrote first.
const TRIES: usize = 4;

/// How long evidence that takes no more samples now is believed to be unchanged.
const CACHED_FOR: Duration = Duration::from_mins(10);

/// What this process knows of the evidence in the table.
#[derive(Default)]
pub(super) struct EvidenceCache(Mutex<HashMap<EvidenceSubject, (Evidence, Timestamp)>>);

impl EvidenceCache {
    fn get(&self, subject: EvidenceSubject, now: Timestamp) -> Option<Evidence> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (evidence, read_at) = known.get(&subject)?;
        // Enough stays enough.
        let is_usable = evidence.is_enough() || now < read_at.plus(CACHED_FOR);
        is_usable.then(|| evidence.clone())
    }

    fn put(&self, subject: EvidenceSubject, evidence: Evidence, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(subject, (evidence, now));
    }

    fn forget(&self, subject: EvidenceSubject) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&subject);
    }
}

impl App {
    /// True when a status check that does not find something of that kind proves that DOKU does not have
    /// it. `since` is when it was sent for the last time, or when it was found absent first after that.
    ///
    /// Needed wherever an absence ends something or frees money; sending the same reference again needs
    /// no proof.
    pub(super) async fn absence_is_proven(
        &self,
        kind: EvidenceKind,
        channel: &Channel,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        if !channel.absence_is_proof {
            return Ok(false);
        }
        // Read, not cached: another instance may have seen a longer delay.
        let evidence = self
            .store
            .evidence(EvidenceSubject::new(kind, channel))
            .await?;
        Ok(evidence.proves_absence(since, now))
    }

    /// Registers what became known to be at DOKU, between a payment as it was and as it is.
    pub(super) async fn learn_from_change(&self, was: &Payment, is: &Payment) {
        let known = |payment: &Payment| {
            payment.status.is_settled() || payment.status == PaymentStatus::Authorized
        };
        if known(is) && !known(was) {
            self.learn_from_payment(EvidenceKind::Payment, is).await;
        }
        if is.captured.is_some() && was.captured.is_none() {
            self.learn_from_payment(EvidenceKind::Capture, is).await;
        }
    }

    /// Registers a payment that DOKU is known to have, by its answer or its notification, as a sample of
    /// that kind.
    async fn learn_from_payment(&self, kind: EvidenceKind, payment: &Payment) {
        let since = match kind {
            EvidenceKind::Payment => payment.operation.started_at,
            EvidenceKind::Capture => match &payment.capture {
                Some(capture) => capture.operation.started_at,
                None => return,
            },
            // Learned from the payment itself, and from refunds.
            EvidenceKind::Otp | EvidenceKind::Refund => return,
        };
        let sample = Sample::new(payment.id, None, since);
        self.register(EvidenceSubject::new(kind, payment.channel), sample)
            .await;
    }

    /// Registers a refund that DOKU is known to have, by its answer or its notification, as a sample.
    pub(super) async fn learn_from_refund(&self, payment: &Payment, refund: &Refund) {
        let sample = Sample::new(payment.id, Some(refund.id), refund.operation.started_at);
        let subject = EvidenceSubject::new(EvidenceKind::Refund, payment.channel);
        self.register(subject, sample).await;
    }

    async fn register(&self, subject: EvidenceSubject, sample: Sample) {
        let now = self.clock.now();
        if let Some(known) = self.evidence_cache.get(subject, now)
            && !known.wants_samples()
        {
            return;
        }
        let registered = self.change_evidence(subject, |evidence| evidence.register(sample));
        if let Err(error) = registered.await {
            tracing::warn!(channel = subject.channel, %error, "a sample was not registered");
        }
    }

    /// Notes that a status check found something of that kind, which was sent at `since`; `missed` when
    /// an earlier check did not find it.
    pub(super) async fn note_found(
        &self,
        kind: EvidenceKind,
        channel: &Channel,
        since: Timestamp,
        missed: bool,
    ) {
        let subject = EvidenceSubject::new(kind, channel);
        let now = self.clock.now();
        let known = self.evidence_cache.get(subject, now);
        if known.is_some_and(|known| !known.would_learn(since, missed, now)) {
            return;
        }
        let noted = self.change_evidence(subject, |evidence| {
            let learns = evidence.would_learn(since, missed, now);
            if learns {
                evidence.note_found(since, missed, now);
            }
            learns
        });
        if let Err(error) = noted.await {
            tracing::warn!(channel = subject.channel, %error, "a find was not noted");
        }
    }

    /// Notes what a status check says of a payment that was found: of the payment, of an OTP that was
    /// given, and of a capture.
    pub(super) async fn note_payment_found(&self, payment: &Payment, found: &Told) {
        let channel = payment.channel;
        let operation = &payment.operation;
        let missed = operation.absent_since.is_some();
        self.note_found(EvidenceKind::Payment, channel, operation.started_at, missed)
            .await;
        self.note_otp_found(payment, found).await;
        if let Some(capture) = payment.capture.as_ref().filter(|_| found.says_captured()) {
            let operation = &capture.operation;
            let missed = operation.absent_since.is_some();
            self.note_found(EvidenceKind::Capture, channel, operation.started_at, missed)
                .await;
        }
    }

    /// Notes that a status check shows what an OTP has come to.
    pub(super) async fn note_otp_found(&self, payment: &Payment, found: &Told) {
        if let Some(otp) = payment.otp.as_ref().filter(|_| found.says_paid()) {
            let missed = otp.absent_since.is_some();
            self.note_found(EvidenceKind::Otp, payment.channel, otp.started_at, missed)
                .await;
        }
    }

    /// Changes the evidence of a subject, as long as `change` finds something to change.
    pub(super) async fn change_evidence(
        &self,
        subject: EvidenceSubject,
        mut change: impl FnMut(&mut Evidence) -> bool,
    ) -> Result<Evidence, StoreError> {
        let now = self.clock.now();
        let mut known = self.evidence_cache.get(subject, now);
        for _ in 0..TRIES {
            let mut evidence = match known.take() {
                Some(known) => known,
                None => self.store.evidence(subject).await?,
            };
            if !change(&mut evidence) {
                self.evidence_cache.put(subject, evidence.clone(), now);
                return Ok(evidence);
            }
            if self.store.put_evidence(subject, &evidence).await? {
                evidence.version += 1;
                self.evidence_cache.put(subject, evidence.clone(), now);
                return Ok(evidence);
            }
            self.evidence_cache.forget(subject);
        }
        // Other instances write it all the time: what they learn is as good.
        self.store.evidence(subject).await
    }
}
