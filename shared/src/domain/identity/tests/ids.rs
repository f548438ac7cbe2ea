//! Ids of requests and transactions.

use super::*;
use crate::domain::ids::ExternalId;

#[test]
fn ids_of_snap_confirm_and_another_request_refuses() {
    let own = payment(&CIMB);
    let id = own.operation.external_id.as_str();
    let resent = {
        let mut resent = own.clone();
        resent.operation.resent = true;
        resent
    };
    let untold = Payment {
        reference_no: None,
        taken_external_id: None,
        ..own.clone()
    };
    let misled = Payment {
        reference_no: None,
        taken_external_id: Some(ExternalId::trusted("9".to_owned())),
        ..own.clone()
    };
    let other = Some(Member::Ids);
    let table = [
        ("both absent", &own, None, None, None),
        ("both right", &own, Some("DK-1"), Some(id), None),
        ("another number alone", &own, Some("DK-2"), None, None),
        (
            "another number, sent again",
            &resent,
            Some("DK-2"),
            None,
            None,
        ),
        (
            "a number, none known here",
            &untold,
            Some("DK-2"),
            None,
            None,
        ),
        ("another id alone", &own, None, Some("9"), other),
        ("another number, our id", &own, Some("DK-2"), Some(id), None),
        (
            "our number, another id",
            &own,
            Some("DK-1"),
            Some("9"),
            None,
        ),
        ("both others", &own, Some("DK-2"), Some("9"), other),
        (
            "both others, sent again",
            &resent,
            Some("DK-2"),
            Some("9"),
            None,
        ),
        (
            "the id that was sent, and another was heard of",
            &misled,
            Some("DK-2"),
            Some(id),
            None,
        ),
        (
            "both others, none known here",
            &untold,
            Some("DK-2"),
            Some("9"),
            None,
        ),
    ];
    for (why, payment, reference_no, external_id, contradiction) in table {
        let stated = Statement {
            channels: [Some(CIMB.code), None],
            ids: Ids::Snap {
                reference_no,
                external_id,
            },
            ..nothing(&CIMB)
        };
        assert_eq!(
            identify(&stated, payment).contradiction,
            contradiction,
            "{why}"
        );
    }
}

#[test]
fn request_ids_refuse_a_first_charge_only() {
    let payment = payment(&CARD);
    let own = payment.operation.external_id.as_str();
    let other = Some(Member::Ids);
    let table = [
        ("absent", None, None, true, None),
        ("ours", Some(own), None, true, None),
        ("ours, by another call", Some(own), Some("R-2"), true, None),
        (
            "another's order, our call",
            Some("R-2"),
            Some(own),
            true,
            None,
        ),
        ("another's", Some("R-2"), None, true, other),
        ("another's twice", Some("R-2"), Some("R-3"), true, other),
        ("a call alone", None, Some("R-2"), true, None),
        ("not a first charge", Some("R-2"), Some("R-3"), false, None),
    ];
    for (why, original_request_id, request_id, is_first_charge, contradiction) in table {
        let stated = Statement {
            service: Some("CREDIT_CARD"),
            ids: Ids::NonSnap {
                original_request_id,
                request_id,
                is_first_charge,
            },
            ..nothing(&CARD)
        };
        assert_eq!(
            identify(&stated, &payment).contradiction,
            contradiction,
            "{why}"
        );
    }
}

#[test]
fn ids_are_compared_as_text() {
    let id = ExternalId::new("20261120000000", 1);
    assert_eq!(payment(&CIMB).taken_external_id, Some(id));
}
