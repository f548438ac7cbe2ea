//! The key of a notification that waits for its payment.
//!
//! Two of them may look alike and be about different payments, of which one is a payment of ours: each is kept, by
//! what it states about its identity.

use crate::domain::identity::{Ids, Statement};
use crate::signing::sha256_hex;
use crate::store::SeenNotification;

/// Stands between the key of the news and that of its identity.
const MARK: &str = "|of:";

/// The key under which news waits.
pub(super) fn key(seen: &SeenNotification, statement: &Statement<'_>) -> String {
    let ids = match statement.ids {
        Ids::Snap {
            reference_no,
            external_id,
        } => [reference_no, external_id],
        Ids::NonSnap {
            original_request_id,
            request_id,
            ..
        } => [original_request_id, request_id],
    };
    let method = statement
        .method
        .map(crate::domain::identity::Service::as_str);
    let stated = [statement.service, method].into_iter();
    let stated = stated.chain(statement.channels).chain(statement.acquirers);
    let parts: Vec<_> = stated.chain(ids).map(Option::unwrap_or_default).collect();
    let identity = sha256_hex(parts.join("\n").as_bytes());
    format!("{}{MARK}{}", without_key(&seen.what), &identity[..16])
}

/// The key of the news itself.
fn without_key(what: &str) -> &str {
    what.rsplit_once(MARK).map_or(what, |(what, _)| what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::channel::Family;

    #[test]
    fn news_of_another_identity_has_another_key() {
        let seen = SeenNotification {
            reference: "INV-1".to_owned(),
            what: "00#1".to_owned(),
            family: Family::Snap,
            at: Timestamp::from_millis(0),
            waiting: None,
        };
        let of = |channel, reference_no| {
            let statement = Statement {
                family: Family::Snap,
                reference: Some("INV-1"),
                service: None,
                channels: [channel, None],
                acquirers: [None; 2],
                method: None,
                ids: Ids::Snap {
                    reference_no,
                    external_id: None,
                },
            };
            key(&seen, &statement)
        };
        let keys = [
            of(Some("EMONEY_OVO_SNAP"), None),
            of(Some("DIRECT_DEBIT_CIMB_SNAP"), None),
            of(None, Some("DK-1")),
            of(None, None),
        ];
        for (nth, one) in keys.iter().enumerate() {
            assert!(!keys[..nth].contains(one), "{one}");
            assert_eq!(without_key(one), "00#1");
        }
        assert_eq!(without_key("00#1"), "00#1");
    }
}
