//! Faults that tests order.

use std::collections::BTreeMap;
use std::time::Duration;

use doku_shared::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::operation::{Family, Operation};

/// What a fault applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// Calls of one operation.
    Call(Operation),
    /// What DOKU sends.
    Outbound(Outbound),
}

/// The one outbound target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outbound {
    /// Notifications.
    Notification,
}

/// How it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Waits `delayMs`, then works and answers; works even if the client is gone by then.
    Slow,
    /// Holds the answer for `delayMs`, then breaks the connection. Nothing is done.
    Hang,
    /// Works, then holds the answer like `Hang`.
    AcceptThenHang,
    /// Breaks the connection. Nothing is done.
    Reset,
    /// Works, then breaks the connection.
    AcceptThenReset,
    /// 502 with an HTML page. Nothing is done.
    BadGateway,
    /// Works, then answers 502 with an HTML page.
    AcceptThenBadGateway,
    /// 200 with half a JSON text. Nothing is done.
    Garbage,
    /// Works, then answers 200 with half a JSON text.
    AcceptThenGarbage,
    /// Checks headers and signature, then answers `responseCode`. Nothing is done.
    Reject,
    /// Works, then answers `responseCode` like `Reject`: DOKU took it and says no.
    AcceptThenReject,
    /// Answers as if it were done. Nothing is done, and no answer is kept: DOKU says yes and
    /// forgets the call.
    AcknowledgeOnly,
    /// Check status: answers that there is no such thing.
    Miss,
    /// Check status: answers what was true `delayMs` ago; without `delayMs`, with the first state
    /// of payments, before anything came of them. What was not there by then is not found.
    Lag,
    /// Check status: answers as if nothing had been refunded. SNAP leaves `refundHistory` out.
    NoHistory,
    /// The same, but SNAP answers `refundHistory: []`.
    EmptyHistory,
    /// Non-SNAP: the bank refuses; the answer is a success that carries a failure, or that leaves
    /// it open.
    Decline,
    /// Capture, recurring charge: the bank has not decided yet; an order decides later.
    Pending,
    /// Non-SNAP: works, then answers without a signature.
    NoSignature,
    /// Non-SNAP: works, then answers with a signature over something else.
    WrongSignature,
    /// Non-SNAP: works, then answers, rightly signed, about another invoice and another amount.
    WrongEcho,
    /// Works, then answers, rightly signed, with `set` laid over the body. SNAP answers take
    /// `literals` and `httpStatus` as well.
    Alter,
    /// Notification: delivered once and `times` more, byte for byte the same.
    Duplicate,
    /// Notification: kept back until a later one has been delivered.
    Reorder,
    /// Notification: one attempt is lost on the wire; the retry schedule goes on.
    Lose,
    /// Notification: kept back until released.
    Hold,
}

impl FaultKind {
    /// Whether it belongs to notifications.
    pub const fn is_outbound(self) -> bool {
        matches!(
            self,
            Self::Duplicate | Self::Reorder | Self::Lose | Self::Hold
        )
    }

    /// Whether it applies to calls of that operation.
    const fn applies_to(self, operation: Operation) -> bool {
        match self {
            Self::Decline => matches!(
                operation,
                Operation::Capture
                    | Operation::CardRefund
                    | Operation::CardTokenDeletion
                    | Operation::BriRecurring
            ),
            Self::Pending => matches!(operation, Operation::Capture | Operation::BriRecurring),
            kind if kind.is_about_status() => {
                matches!(operation, Operation::Status | Operation::OrderStatus)
            }
            Self::NoSignature | Self::WrongSignature | Self::WrongEcho => {
                matches!(operation.family(), Family::NonSnap)
            }
            other => !other.is_outbound(),
        }
    }

    /// Whether the call is worked on as usual and the fault shows in the answer only.
    pub const fn is_answered(self) -> bool {
        matches!(
            self,
            Self::Reject
                | Self::AcceptThenReject
                | Self::AcknowledgeOnly
                | Self::Miss
                | Self::Lag
                | Self::NoHistory
                | Self::EmptyHistory
                | Self::Decline
                | Self::Pending
                | Self::NoSignature
                | Self::WrongSignature
                | Self::WrongEcho
                | Self::Alter
        )
    }

    /// Whether a status answers something else than what is true.
    pub const fn is_about_status(self) -> bool {
        matches!(
            self,
            Self::Miss | Self::Lag | Self::NoHistory | Self::EmptyHistory
        )
    }

    /// Whether what is answered and what is true disagree.
    pub const fn disagrees(self) -> bool {
        matches!(self, Self::AcceptThenReject | Self::AcknowledgeOnly) || self.is_about_status()
    }

    /// Whether it answers `responseCode`.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Reject | Self::AcceptThenReject)
    }

    /// Whether the work is done in full before the answer fails.
    pub const fn works_first(self) -> bool {
        matches!(
            self,
            Self::AcceptThenHang
                | Self::AcceptThenReset
                | Self::AcceptThenBadGateway
                | Self::AcceptThenGarbage
        )
    }
}

/// A fault as ordered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What it applies to.
    pub operation: Target,
    /// Only calls to, or notifications of, the channel of that code.
    #[serde(default)]
    pub channel: Option<String>,
    /// How it goes wrong.
    pub kind: FaultKind,
    /// How often; for `duplicate` how many copies.
    #[serde(default = "once")]
    pub times: u32,
    /// In force until the simulator's clock is that much further, however often, instead of
    /// `times`.
    #[serde(default)]
    pub for_ms: Option<u64>,
    /// How long `slow` and the hanging kinds take, and how far `lag` is behind.
    #[serde(default)]
    pub delay_ms: Option<u64>,
    /// What a refusal answers: seven digits, or for non-SNAP operations an HTTP status.
    #[serde(default)]
    pub response_code: Option<String>,
    /// `error.code` of what a refusal answers, for non-SNAP operations.
    #[serde(default)]
    pub error_code: Option<String>,
    /// What `alter` lays over the body: objects member by member, null takes a member away.
    #[serde(default = "nothing")]
    pub set: Value,
    /// What `alter` prints as the values of these members, wherever they stand in a SNAP answer:
    /// JSON texts, e.g. numbers that fit no number type.
    #[serde(default)]
    pub literals: BTreeMap<String, String>,
    /// HTTP status of what `alter` answers, for SNAP operations.
    #[serde(default)]
    pub http_status: Option<u16>,
}

impl Fault {
    /// The first three digits of what a refusal answers.
    pub fn rejected_status(&self) -> Option<u16> {
        self.response_code.as_deref()?.get(..3)?.parse().ok()
    }
}

const fn once() -> u32 {
    1
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

/// Faults not used up, oldest first.
#[derive(Debug, Default)]
pub struct Faults(Vec<Standing>);

/// A fault in force.
#[derive(Debug)]
struct Standing {
    fault: Fault,
    /// When it ends by itself.
    until: Option<Timestamp>,
}

impl Faults {
    /// Adds one; the reason when it makes no sense.
    pub fn order(&mut self, fault: Fault, now: Timestamp) -> Result<(), &'static str> {
        let applies = match fault.operation {
            Target::Outbound(_) => fault.kind.is_outbound(),
            Target::Call(operation) => fault.kind.applies_to(operation),
        };
        if !applies {
            return Err("this kind of fault does not apply to this operation");
        }
        if let Target::Call(operation) = fault.operation
            && fault.kind.is_refusal()
        {
            let (length, wanted) = match operation.family() {
                Family::Snap => (7, "a refusal needs a responseCode of seven digits"),
                Family::NonSnap => (3, "a refusal needs a responseCode that is an HTTP status"),
            };
            let code = fault.response_code.as_deref().unwrap_or_default();
            if code.len() != length
                || !code.bytes().all(|byte| byte.is_ascii_digit())
                || !fault
                    .rejected_status()
                    .is_some_and(|status| (200..600).contains(&status))
            {
                return Err(wanted);
            }
        }
        let status = fault.http_status;
        if status.is_some_and(|status| !(200..600).contains(&status)) {
            return Err("httpStatus is no status of an answer");
        }
        if fault.times > 0 {
            let until = fault
                .for_ms
                .map(|millis| now.plus(Duration::from_millis(millis)));
            self.0.push(Standing { fault, until });
        }
        Ok(())
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    pub fn all(&self) -> Vec<&Fault> {
        self.0.iter().map(|standing| &standing.fault).collect()
    }

    /// Uses the oldest fault for a call of that operation, to that channel, once.
    pub fn for_call(
        &mut self,
        operation: Operation,
        channel: Option<&str>,
        now: Timestamp,
    ) -> Option<Fault> {
        self.take(Target::Call(operation), channel, now)
    }

    /// Uses the oldest fault for a notification. A `duplicate` is used up as a whole, because its
    /// count is the number of copies.
    pub fn for_notification(&mut self, channel: Option<&str>, now: Timestamp) -> Option<Fault> {
        self.take(Target::Outbound(Outbound::Notification), channel, now)
    }

    fn take(&mut self, target: Target, channel: Option<&str>, now: Timestamp) -> Option<Fault> {
        self.0
            .retain(|standing| standing.until.is_none_or(|until| now < until));
        let position = self.0.iter().position(|Standing { fault, .. }| {
            fault.operation == target
                && (fault.channel.is_none() || fault.channel.as_deref() == channel)
        })?;
        let standing = self.0.get_mut(position)?;
        let taken = standing.fault.clone();
        if standing.until.is_none() {
            standing.fault.times -= 1;
            if standing.fault.times == 0 || taken.kind == FaultKind::Duplicate {
                self.0.remove(position);
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn fault(order: serde_json::Value) -> Result<Faults, String> {
        let fault = serde_json::from_value(order).map_err(|error| error.to_string())?;
        let mut faults = Faults::default();
        faults.order(fault, NOW).map_err(str::to_owned)?;
        Ok(faults)
    }

    #[test]
    fn orders_that_make_sense_are_taken() {
        let table = [
            (
                "plain",
                json!({"operation": "payment", "kind": "hang"}),
                true,
            ),
            (
                "reject",
                json!({"operation": "otp", "kind": "reject", "responseCode": "4030405"}),
                true,
            ),
            (
                "reject, no code",
                json!({"operation": "otp", "kind": "reject"}),
                false,
            ),
            (
                "reject, odd code",
                json!({"operation": "otp", "kind": "reject", "responseCode": "40304"}),
                false,
            ),
            (
                "outbound",
                json!({"operation": "notification", "kind": "hold", "times": 3}),
                true,
            ),
            (
                "outbound kind on a call",
                json!({"operation": "payment", "kind": "hold"}),
                false,
            ),
            (
                "call kind on notifications",
                json!({"operation": "notification", "kind": "reset"}),
                false,
            ),
            (
                "reject of a card call",
                json!({"operation": "capture", "kind": "reject", "responseCode": "503"}),
                true,
            ),
            (
                "a SNAP code on a card call",
                json!({"operation": "capture", "kind": "reject", "responseCode": "4030405"}),
                false,
            ),
            (
                "a card kind on a SNAP call",
                json!({"operation": "payment", "kind": "no_signature"}),
                false,
            ),
            (
                "a bank that refuses a page",
                json!({"operation": "payment_page", "kind": "decline"}),
                false,
            ),
            (
                "a status that is behind",
                json!({"operation": "order_status", "kind": "lag", "delayMs": 1000}),
                true,
            ),
            (
                "a payment that is behind",
                json!({"operation": "payment", "kind": "lag"}),
                false,
            ),
            (
                "a refusal after the work, no code",
                json!({"operation": "refund", "kind": "accept_then_reject"}),
                false,
            ),
            (
                "unknown operation",
                json!({"operation": "pay", "kind": "reset"}),
                false,
            ),
            (
                "unknown member",
                json!({"operation": "payment", "kind": "reset", "time": 2}),
                false,
            ),
        ];
        for (why, order, taken) in table {
            assert_eq!(fault(order).is_ok(), taken, "{why}");
        }
    }

    #[test]
    fn a_fault_is_used_up() {
        let mut faults =
            fault(json!({"operation": "payment", "kind": "reset", "times": 2})).unwrap();
        assert!(faults.for_call(Operation::Otp, None, NOW).is_none());
        assert!(faults.for_call(Operation::Payment, None, NOW).is_some());
        assert!(
            faults
                .for_call(Operation::Payment, Some("X"), NOW)
                .is_some()
        );
        assert!(faults.for_call(Operation::Payment, None, NOW).is_none());
    }

    #[test]
    fn a_fault_for_a_time_ends_with_it() {
        let order = json!({"operation": "status", "kind": "miss", "forMs": 500});
        let mut faults = fault(order).unwrap();
        for (millis, in_force) in [(1_000, true), (1_499, true), (1_500, false), (1_000, false)] {
            let now = Timestamp::from_millis(millis);
            let taken = faults.for_call(Operation::Status, None, now);
            assert_eq!(taken.is_some(), in_force, "{millis}");
        }
    }

    #[test]
    fn a_fault_of_one_channel_leaves_the_others_alone() {
        let order = json!({"operation": "payment", "kind": "reset", "channel": "X"});
        let mut faults = fault(order).unwrap();
        assert!(faults.for_call(Operation::Payment, None, NOW).is_none());
        assert!(
            faults
                .for_call(Operation::Payment, Some("Y"), NOW)
                .is_none()
        );
        assert!(
            faults
                .for_call(Operation::Payment, Some("X"), NOW)
                .is_some()
        );
    }
}
