//! Products: services, channels, banks and wallets.

mod ids;
mod origin;

use super::*;
use crate::domain::channel::{ALLO, BRI, BRI_TOKEN, CARD, CIMB, DANA, OVO, SHOPEEPAY};
use crate::domain::payment::tests::payment as any_payment;

const NO_IDS: Ids<'_> = Ids::Snap {
    reference_no: None,
    external_id: None,
};

/// A payment through that channel, which DOKU has taken.
fn payment(channel: &'static Channel) -> Payment {
    let taken = any_payment();
    let id = taken.operation.external_id.clone();
    Payment {
        channel,
        reference_no: Some("DK-1".to_owned()),
        taken_external_id: Some(id),
        ..taken
    }
}

fn nothing(channel: &Channel) -> Statement<'static> {
    Statement {
        family: channel.family,
        reference: None,
        service: None,
        channels: [None; 2],
        acquirers: [None; 2],
        method: None,
        ids: match channel.family {
            Family::Snap => NO_IDS,
            Family::NonSnap => Ids::NonSnap {
                original_request_id: None,
                request_id: None,
                is_first_charge: true,
            },
        },
    }
}

/// What DOKU states of a channel in its own words: service, channel, acquirer.
const OWN: [(&Channel, [&[&str]; 3]); 8] = [
    (
        &CIMB,
        [
            &["DIRECT_DEBIT"],
            &[
                "DIRECT_DEBIT_CIMB_SNAP",
                "DIRECT_DEBIT_CIMB",
                "direct-debit-cimb",
                "DIRECT_DEBIT",
            ],
            &["CIMB", "BANK_CIMB", "CIMB_NIAGA", "CIMB Niaga"],
        ],
    ),
    (
        &BRI,
        [
            &["DIRECT_DEBIT"],
            &["DIRECT_DEBIT_BRI_SNAP"],
            &["BRI", "BANK_BRI"],
        ],
    ),
    (
        &ALLO,
        [
            &["DIRECT_DEBIT"],
            &["DIRECT_DEBIT_ALLO_SNAP"],
            &["ALLO", "ALLO_BANK", "ALLOBANK"],
        ],
    ),
    (
        &OVO,
        [&["EMONEY"], &["EMONEY_OVO_SNAP", "EMONEY_OVO"], &["OVO"]],
    ),
    (
        &DANA,
        [&["EMONEY", "WALLET"], &["EMONEY_DANA_SNAP"], &["DANA"]],
    ),
    (
        &SHOPEEPAY,
        [
            &["EMONEY"],
            &["EMONEY_SHOPEE_PAY_SNAP", "EMONEY_SHOPEEPAY_SNAP"],
            &["SHOPEE", "SHOPEE_PAY", "SHOPEEPAY"],
        ],
    ),
    (
        &CARD,
        [
            &["CREDIT_CARD"],
            &["CREDIT_CARD"],
            &["BANK_MANDIRI", "BRI", "BANK_CIMB", "BCA", "DOKU"],
        ],
    ),
    (
        &BRI_TOKEN,
        [
            &["DIRECT_DEBIT"],
            &["DIRECT_DEBIT", "DIRECT_DEBIT_BRI"],
            &["BRI"],
        ],
    ),
];

/// What DOKU states of other products.
const FOREIGN: [[&str; 3]; 17] = [
    ["VIRTUAL_ACCOUNT", "VIRTUAL_ACCOUNT_BCA", ""],
    ["VIRTUAL_ACCOUNT", "VIRTUAL_ACCOUNT_BANK_CIMB", ""],
    ["VIRTUAL_ACCOUNT", "VIRTUAL_ACCOUNT_BRI", ""],
    ["VIRTUAL_ACCOUNT", "VIRTUAL_ACCOUNT_A_NEW_BANK", ""],
    ["QRIS", "QRIS_DOKU", "93600899"],
    ["QRIS", "QRIS", "93600899"],
    ["ONLINE_TO_OFFLINE", "ONLINE_TO_OFFLINE_ALFA", "ALFA"],
    [
        "ONLINE_TO_OFFLINE",
        "ONLINE_TO_OFFLINE_INDOMARET",
        "INDOMARET",
    ],
    ["PEER_TO_PEER", "PEER_TO_PEER_AKULAKU", "AKULAKU"],
    ["PEER_TO_PEER", "PEER_TO_PEER_KREDIVO", "KREDIVO"],
    ["PEER_TO_PEER", "PEER_TO_PEER_INDODANA", "INDODANA"],
    ["EMONEY", "EMONEY_LINKAJA", "LINKAJA"],
    ["INTERNET_BANKING", "OCTO_CLICKS", ""],
    ["INTERNET_BANKING", "EPAY_BRI", ""],
    ["INTERNET_BANKING", "JENIUS_PAY", ""],
    ["GOOGLE_PAY", "GOOGLE_PAY", ""],
    ["KARTU_KREDIT_INDONESIA", "KARTU_KREDIT_INDONESIA", ""],
];

#[test]
fn a_channels_own_words_confirm_it() {
    for (channel, [services, channels, acquirers]) in OWN {
        let payment = payment(channel);
        let none = nothing(channel);
        assert_eq!(
            identify(&none, &payment),
            Identity::default(),
            "{}",
            channel.code
        );
        for service in services {
            let stated = Statement {
                service: Some(service),
                ..none
            };
            let identity = identify(&stated, &payment);
            assert!(identity.is_confirmed, "{} {service}", channel.code);
            assert_eq!(
                (identity.contradiction, identity.unknown),
                (None, 0),
                "{service}"
            );
        }
        for word in channels {
            let stated = Statement {
                channels: [Some(word), None],
                ..none
            };
            let identity = identify(&stated, &payment);
            assert!(identity.is_confirmed, "{} {word}", channel.code);
            assert_eq!(
                (identity.contradiction, identity.unknown),
                (None, 0),
                "{word}"
            );
        }
        for acquirer in acquirers {
            let stated = Statement {
                acquirers: [Some(acquirer), None],
                ..none
            };
            let identity = identify(&stated, &payment);
            assert_eq!(
                (identity.contradiction, identity.unknown),
                (None, 0),
                "{acquirer}"
            );
        }
    }
}

#[test]
fn another_products_word_contradicts_in_any_member() {
    for (channel, _) in OWN {
        let payment = payment(channel);
        let none = nothing(channel);
        for [service, word, acquirer] in FOREIGN {
            let of_service = Statement {
                service: Some(service),
                ..none
            };
            let of_channel = Statement {
                channels: [Some(word), None],
                ..none
            };
            let mut all = vec![(Member::Channel, of_channel)];
            // A wallet is no other service for a wallet: the channel says which.
            if !(service == "EMONEY" && channel.code.starts_with("EMONEY")) {
                all.push((Member::Service, of_service));
            }
            if !acquirer.is_empty() {
                all.push((
                    Member::Acquirer,
                    Statement {
                        acquirers: [Some(acquirer), None],
                        ..none
                    },
                ));
            }
            for (member, stated) in all {
                let identity = identify(&stated, &payment);
                let why = format!("{}: {stated:?}", channel.code);
                assert_eq!(identity.contradiction, Some(member), "{why}");
            }
        }
    }
}

#[test]
fn our_channels_contradict_each_other() {
    for (channel, _) in OWN {
        let payment = payment(channel);
        for (other, _) in OWN.iter().filter(|(other, _)| other.code != channel.code) {
            let stated = Statement {
                family: other.family,
                channels: [Some(other.code), None],
                ..nothing(channel)
            };
            let contradiction = identify(&stated, &payment).contradiction;
            assert!(contradiction.is_some(), "{} {}", channel.code, other.code);
        }
    }
}

#[test]
fn an_unknown_spelling_is_counted_and_contradicts_nothing() {
    let table: [(&Channel, Statement<'_>); 7] = [
        (
            &CIMB,
            Statement {
                channels: [Some("DIRECT_DEBIT_SOMETHING"), None],
                ..nothing(&CIMB)
            },
        ),
        (
            &CIMB,
            Statement {
                channels: [Some("SNAP_DD"), None],
                ..nothing(&CIMB)
            },
        ),
        (
            &CIMB,
            Statement {
                service: Some("NEW_SERVICE"),
                ..nothing(&CIMB)
            },
        ),
        (
            &CIMB,
            Statement {
                acquirers: [Some("BANK OF NOWHERE"), None],
                ..nothing(&CIMB)
            },
        ),
        (
            &CARD,
            Statement {
                service: Some("CC"),
                ..nothing(&CARD)
            },
        ),
        (
            &CARD,
            Statement {
                channels: [Some("CREDIT_CARD_NEW"), None],
                ..nothing(&CARD)
            },
        ),
        (
            &OVO,
            Statement {
                channels: [Some("EMONEY_NEW_SNAP"), None],
                ..nothing(&OVO)
            },
        ),
    ];
    for (channel, stated) in table {
        let identity = identify(&stated, &payment(channel));
        assert_eq!(
            (identity.contradiction, identity.unknown),
            (None, 1),
            "{stated:?}"
        );
    }
}

#[test]
fn details_of_another_method_and_the_other_protocol_contradict() {
    let stated = Statement {
        method: Some(Service::VirtualAccount),
        ..nothing(&CARD)
    };
    let contradiction = |stated: &Statement<'_>| identify(stated, &payment(&CARD)).contradiction;
    assert_eq!(contradiction(&stated), Some(Member::Service));
    let stated = Statement {
        family: Family::Snap,
        ids: NO_IDS,
        ..nothing(&CARD)
    };
    assert_eq!(contradiction(&stated), Some(Member::Family));
    let stated = Statement {
        reference: Some("INV-0002"),
        ..nothing(&CARD)
    };
    assert_eq!(contradiction(&stated), Some(Member::Reference));
    let stated = Statement {
        reference: Some("INV-0001"),
        ..nothing(&CARD)
    };
    assert_eq!(contradiction(&stated), None);
}

#[test]
fn each_of_two_channels_and_of_two_banks_is_compared() {
    let own = payment(&CIMB);
    let va = "VIRTUAL_ACCOUNT_BCA";
    let table = [
        (
            [Some(CIMB.code), Some(va)],
            [None; 2],
            Some(Member::Channel),
        ),
        (
            [Some(va), Some(CIMB.code)],
            [None; 2],
            Some(Member::Channel),
        ),
        (
            [Some(CIMB.code); 2],
            [Some("CIMB"), Some("OVO")],
            Some(Member::Acquirer),
        ),
        (
            [Some(CIMB.code); 2],
            [Some("CIMB"), Some("BANK_CIMB")],
            None,
        ),
    ];
    for (channels, acquirers, contradiction) in table {
        let stated = Statement {
            channels,
            acquirers,
            ..nothing(&CIMB)
        };
        assert_eq!(
            identify(&stated, &own).contradiction,
            contradiction,
            "{stated:?}"
        );
    }
    let unknown = Statement {
        channels: [Some("NEW"); 2],
        ..nothing(&CIMB)
    };
    assert_eq!(
        identify(&unknown, &own).unknown,
        1,
        "the same word twice is one spelling"
    );
}
