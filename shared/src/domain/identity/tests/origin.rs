//! Statements whose reference is not known.

use super::*;

#[test]
fn a_reference_that_is_not_known_is_ours_by_its_product() {
    let channels = || [&CIMB, &OVO, &CARD, &BRI_TOKEN].into_iter();
    let ours = Origin::Ours;
    let card = nothing(&CARD);
    let debit = nothing(&CIMB);
    let table = [
        (
            "a card",
            Statement {
                service: Some("CREDIT_CARD"),
                ..card
            },
            false,
            ours,
        ),
        (
            "a BRI token",
            Statement {
                service: Some("DIRECT_DEBIT"),
                acquirers: [Some("BRI"), None],
                ..card
            },
            false,
            ours,
        ),
        (
            "an account",
            Statement {
                channels: [Some("DIRECT_DEBIT_CIMB_SNAP"), None],
                ..debit
            },
            false,
            ours,
        ),
        ("nothing, in SNAP", debit, false, ours),
        ("nothing, with a card's details", card, true, ours),
        ("nothing", card, false, Origin::Foreign("NONE")),
        (
            "a virtual account",
            Statement {
                service: Some("VIRTUAL_ACCOUNT"),
                ..card
            },
            true,
            Origin::Foreign("VIRTUAL_ACCOUNT"),
        ),
        (
            "by a block",
            Statement {
                method: Some(Service::Qris),
                ..card
            },
            false,
            Origin::Foreign("QRIS"),
        ),
        (
            "a wallet that is not offered",
            Statement {
                channels: [Some("EMONEY_LINKAJA"), None],
                ..debit
            },
            false,
            Origin::Foreign("EMONEY"),
        ),
        (
            "a new service",
            Statement {
                service: Some("MOON_PAY"),
                ..card
            },
            false,
            Origin::Foreign("OTHER"),
        ),
    ];
    for (why, stated, has_card, wanted) in table {
        assert_eq!(origin(&stated, channels(), has_card), wanted, "{why}");
    }
}

#[test]
fn what_is_not_known_is_foreign_where_it_cannot_be_read() {
    let channels = || [&CIMB, &OVO, &CARD, &BRI_TOKEN].into_iter();
    let card = nothing(&CARD);
    let of = |service| Statement {
        service: Some(service),
        ..card
    };
    let table = [
        ("silence", card, false, false),
        ("a service that is not known", of("MOON_PAY"), false, true),
        (
            "the same with a card's details",
            of("MOON_PAY"),
            true,
            false,
        ),
        ("another service", of("QRIS"), false, true),
        ("the same with a card's details", of("QRIS"), true, true),
        (
            "a new word for ours",
            of("CREDIT_CARD_OF_TOMORROW"),
            false,
            false,
        ),
    ];
    for (why, stated, has_own_details, wanted) in table {
        assert_eq!(
            is_foreign(&stated, channels(), has_own_details),
            wanted,
            "{why}"
        );
    }
}

#[test]
fn a_card_is_ours_through_whichever_bank() {
    let card = nothing(&CARD);
    let table = [
        (None, "BANK_MANDIRI", Origin::Ours),
        (None, "BANK OF NOWHERE", Origin::Ours),
        (Some("CREDIT_CARD"), "BANK OF NOWHERE", Origin::Ours),
        (None, "AKULAKU", Origin::Foreign("OTHER")),
    ];
    for (service, acquirer, wanted) in table {
        let stated = Statement {
            service,
            acquirers: [Some(acquirer), None],
            ..card
        };
        let channels = [&CIMB, &OVO, &CARD, &BRI_TOKEN].into_iter();
        assert_eq!(
            origin(&stated, channels, true),
            wanted,
            "{service:?} {acquirer}"
        );
    }
}
