//! Evidence of what a status check can find: what makes an absence believable.
//!
//! That DOKU does not list something proves nothing until this deployment has *found* something of
//! that kind on that channel. The delay until a find is remembered as well: an absence counts only once
//! it is older than the longest delay.

use std::time::Duration;

use crate::clock::Timestamp;

use super::channel::{Channel, PathVersion};
use super::ids::{PaymentId, RefundId};
use super::watch::Watch;

/// Finds after which nothing more is learned.
pub const ENOUGH: u32 = 3;

/// Most samples that wait for their check at a time.
pub const SAMPLES: usize = 3;

/// Age up to which a first check that finds something counts as a delay: a later one says only that it
/// could have been found earlier.
const COUNTED_AGE: Duration = Duration::from_hours(1);

/// A kind of thing that a status check may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// A payment, found by its reference.
    Payment,
    /// The confirmation of a payment by OTP, seen as a payment that is paid.
    Otp,
    /// A capture, seen as captured.
    Capture,
    /// A refund, found by its reference or its Request-Id.
    Refund,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Payment, Self::Otp, Self::Capture, Self::Refund];

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Otp => "otp",
            Self::Capture => "capture",
            Self::Refund => "refund",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a piece of evidence is about: a kind of thing, on one channel under one path version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EvidenceSubject {
    /// The kind.
    pub kind: EvidenceKind,
    /// The channel's code.
    pub channel: &'static str,
    /// Under which paths.
    pub version: PathVersion,
}

impl EvidenceSubject {
    /// The subject of that kind on a channel.
    pub const fn new(kind: EvidenceKind, channel: &Channel) -> Self {
        Self {
            kind,
            channel: channel.code,
            version: channel.version,
        }
    }
}

/// Something that DOKU is known to have and that a status check therefore has to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The payment, or the payment of the refund.
    pub payment: PaymentId,
    /// The refund.
    pub refund: Option<RefundId>,
    /// When it was sent to DOKU.
    pub since: Timestamp,
    /// True once a status check did not find it.
    pub missed: bool,
    /// When it is checked.
    pub watch: Watch,
}

impl Sample {
    /// A sample that was sent at `since` and not checked yet.
    pub fn new(payment: PaymentId, refund: Option<RefundId>, since: Timestamp) -> Self {
        Self {
            payment,
            refund,
            since,
            missed: false,
            watch: Watch::default(),
        }
    }

    /// True when it has to be checked.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.watch.due_at(self.since).is_some_and(|due| due <= now)
    }

    fn is(&self, other: &Self) -> bool {
        (self.payment, self.refund) == (other.payment, other.refund)
    }
}

/// Result of checking a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// DOKU names it.
    Found,
    /// DOKU answers, and does not name it.
    Missed,
    /// No usable answer.
    NoAnswer,
    /// It cannot be checked any more.
    Gone,
}

/// What this deployment has found by status checks, of one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Number of finds, counted up to [`ENOUGH`].
    pub found: u32,
    /// The longest delay seen until something was found.
    pub longest_delay: Duration,
    /// What waits to be checked.
    pub samples: Vec<Sample>,
    /// True from the first find until everything that waits for it was made due again.
    pub wake: bool,
    /// Counts writes.
    pub version: u64,
}

impl Evidence {
    /// True when the absence of something that was absent since `since` proves that DOKU does not have
    /// it.
    pub fn proves_absence(&self, since: Timestamp, now: Timestamp) -> bool {
        self.found > 0 && now.since(since) > self.longest_delay
    }

    /// True when nothing more has to be learned.
    pub const fn is_enough(&self) -> bool {
        self.found >= ENOUGH
    }

    /// True when one more sample would be taken.
    pub const fn wants_samples(&self) -> bool {
        !self.is_enough() && self.samples.len() < SAMPLES
    }

    /// Takes a sample, if one is wanted and it is not one already.
    pub fn register(&mut self, sample: Sample) -> bool {
        let wanted = self.wants_samples() && !self.samples.iter().any(|known| known.is(&sample));
        if wanted {
            self.samples.push(sample);
        }
        wanted
    }

    /// Notes that something sent at `since` was found at `now`; `missed` when an earlier check did not
    /// find it.
    pub fn note_found(&mut self, since: Timestamp, missed: bool, now: Timestamp) {
        let age = now.since(since);
        if missed || age <= COUNTED_AGE {
            self.longest_delay = self.longest_delay.max(age);
        }
        self.wake |= self.found == 0;
        self.found = (self.found + 1).min(ENOUGH);
    }

    /// True when noting this find would change something.
    pub fn would_learn(&self, since: Timestamp, missed: bool, now: Timestamp) -> bool {
        let age = now.since(since);
        !self.is_enough() || missed && age > self.longest_delay
    }

    /// Applies the result of checking `checked` at `now`. A sample that was found, cannot be checked, or
    /// was missed for the whole plan, makes room for another one.
    pub fn note_check(&mut self, checked: &Sample, check: Check, now: Timestamp) {
        let Some(at) = self.samples.iter().position(|known| known.is(checked)) else {
            return;
        };
        let Some(sample) = self.samples.get_mut(at) else {
            return;
        };
        match check {
            Check::Found => {
                let (since, missed) = (sample.since, sample.missed);
                self.samples.remove(at);
                self.note_found(since, missed, now);
                if self.is_enough() {
                    self.samples.clear();
                }
            }
            Check::Gone => {
                self.samples.remove(at);
            }
            Check::Missed | Check::NoAnswer => {
                sample.missed |= check == Check::Missed;
                if sample.watch.note_look(sample.since, now, Duration::ZERO) {
                    self.samples.remove(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ulid::Ulid;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).plus(Duration::from_secs(seconds))
    }

    fn sample(n: u64, since: u64) -> Sample {
        Sample::new(PaymentId::new(Ulid::from_parts(n, 1)), None, at(since))
    }

    #[test]
    fn nothing_is_proven_before_something_was_found() {
        let mut evidence = Evidence::default();
        assert!(!evidence.proves_absence(at(0), at(1_000_000)));
        evidence.note_found(at(0), false, at(60));
        assert!(!evidence.proves_absence(at(100), at(160)));
        assert!(evidence.proves_absence(at(100), at(161)));
    }

    #[test]
    fn a_miss_makes_the_delay_the_age_at_the_find() {
        let mut evidence = Evidence::default();
        let lagging = sample(1, 0);
        assert!(evidence.register(lagging));
        assert!(!evidence.register(lagging), "once");
        evidence.note_check(&lagging, Check::Missed, at(60));
        assert!(!evidence.wake);
        evidence.note_check(&lagging, Check::Found, at(7_200));
        assert_eq!(evidence.longest_delay, Duration::from_hours(2));
        assert!(evidence.wake && evidence.samples.is_empty());
    }

    #[test]
    fn a_first_check_counts_its_age_within_an_hour_only() {
        for (age, delay) in [(60, 60), (3_600, 3_600), (3_601, 0)] {
            let mut evidence = Evidence::default();
            evidence.note_found(at(0), false, at(age));
            assert_eq!(evidence.found, 1);
            assert_eq!(evidence.longest_delay, Duration::from_secs(delay), "{age}");
        }
    }

    #[test]
    fn a_sample_that_is_never_found_makes_room_after_the_plan() {
        let mut evidence = Evidence::default();
        let lost = sample(1, 0);
        evidence.register(lost);
        let mut checks = 0;
        while let Some(due) = evidence
            .samples
            .first()
            .and_then(|it| it.watch.due_at(it.since))
        {
            evidence.note_check(&lost, Check::Missed, due);
            checks += 1;
        }
        assert!(checks > 10 && evidence.samples.is_empty() && evidence.found == 0);
    }

    #[test]
    fn kinds_have_words() {
        for kind in EvidenceKind::ALL {
            assert_eq!(EvidenceKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EvidenceKind::parse("order"), None);
    }

    proptest! {
        #[test]
        fn evidence_only_grows(steps in proptest::collection::vec((0u64..6, 0u8..5, 0u64..20_000), 0..60)) {
            let mut evidence = Evidence::default();
            let mut now = 0;
            let mut finds = 0u32;
            for (n, step, later) in steps {
                let before = evidence.clone();
                now += later;
                let one = sample(n, now.saturating_sub(later));
                let known = evidence.samples.iter().any(|it| it.is(&one));
                match step {
                    0 | 1 => { evidence.register(one); }
                    2 => {
                        finds += u32::from(known);
                        evidence.note_check(&one, Check::Found, at(now));
                    }
                    3 => evidence.note_check(&one, Check::Missed, at(now)),
                    _ => evidence.note_check(&one, Check::Gone, at(now)),
                }
                prop_assert!(evidence.found >= before.found);
                prop_assert!(evidence.longest_delay >= before.longest_delay);
                prop_assert_eq!(evidence.found, finds.min(ENOUGH));
                prop_assert!(evidence.samples.len() <= SAMPLES);
                prop_assert!(!evidence.is_enough() || evidence.samples.is_empty());
                // Whatever it proves has been absent for longer than any delay seen.
                let proven = evidence.proves_absence(at(0), at(now));
                prop_assert_eq!(proven, finds > 0 && Duration::from_secs(now) > evidence.longest_delay);
                // An absence that is not proven yet stays unproven for a shorter time.
                prop_assert!(proven || !evidence.proves_absence(at(1), at(now)));
            }
        }
    }
}
