//! A bank that nobody has heard of: one description, and everything works.

use doku_simulator::channel::{
    CORE, Channel, Confirmed, CustomerToken, Items, NoticeStyle, Offer, Page, TokenAt, Version,
    WrongOtps, tables,
};
use doku_simulator::operation::Operation;
use doku_simulator::table::{Form, must};
use serde_json::json;

use super::scene::{self, Flavour, Op};
use super::{bodies, scene::CIMB};
use crate::client::PAYMENT;
use crate::world::World;

const CONTOH: Channel = Channel {
    code: "DIRECT_DEBIT_CONTOH_SNAP",
    bank: "Bank Contoh",
    acquirer: "CONTOH",
    account_type: "DIRECT_DEBIT",
    notice: NoticeStyle {
        channel_key: "channel",
        items: Items::Nowhere,
    },
    balances: &["BALANCE"],
    status: Offer::new(Operation::Status, &[tables::CHANNEL, tables::STATUS]),
    versions: &[Version {
        prefixes: &[CORE],
        success: 200,
        token: CustomerToken::Exchanged,
        confirmed: Confirmed::OnPage,
        page: Some(Page::Agree),
        wrong_otps: WrongOtps {
            allowed: 3,
            block: None,
        },
        open_for: None,
        partial_refunds: false,
        offers: &[
            Offer::new(
                Operation::Binding,
                &[tables::CHANNEL, tables::BINDING, tables::REGISTRATION],
            ),
            Offer::new(
                Operation::Payment,
                &[
                    tables::CHANNEL,
                    &[must("partnerReferenceNo", Form::Text(20, 20))],
                    tables::AMOUNT,
                    tables::PAYMENT_ADDRESSES,
                ],
            )
            .tokens(&[TokenAt::Header]),
        ],
    }],
};

#[tokio::test]
async fn a_bank_takes_one_description() {
    let world = World::start_with(|config| config.channels.push(CONTOH)).await;
    let contoh = Flavour {
        code: CONTOH.code,
        ..scene::OVO
    };
    let linked = world.link(contoh, "cust1").await;
    let pay = |reference: &str| {
        let mut body = bodies::payment(CIMB, reference, &linked);
        body["additionalInfo"]["channel"] = json!(CONTOH.code);
        let info = body["additionalInfo"].as_object_mut().unwrap();
        info.remove("remarks");
        body
    };
    let right = pay("INV-2026112000000001");
    let answer = world
        .call(PAYMENT, &pay("INV-1"), Some(&linked.token))
        .await;
    assert_eq!(answer.code(), "4005401");
    let answer = world.call(PAYMENT, &right, Some(&linked.token)).await;
    assert_eq!(answer.code(), "2005400", "{answer:?}");
    let lacking = bodies::balance(contoh, &linked);
    let answer = world
        .channel_call(contoh, Op::Balance, &lacking, &linked)
        .await;
    assert_eq!(answer.code(), "4051101", "{answer:?}");
    let approve = "/admin/payments/INV-2026112000000001/approve";
    world.admin(approve, &json!({})).await;
    world.deliveries(1).await;
    let (notice, _) = &world.merchant.taken()[0];
    assert_eq!(notice["additionalInfo"]["channel"], CONTOH.code);
    assert_eq!(notice["additionalInfo"]["acquirerId"], "CONTOH");
}

#[tokio::test]
async fn one_like_another_is_made_up_while_it_runs() {
    let world = World::start().await;
    let made_up = json!({
        "code": "DIRECT_DEBIT_ANGAN_SNAP",
        "like": "DIRECT_DEBIT_CIMB_SNAP",
        "bank": "Bank Angan",
        "acquirer": "ANGAN",
        "lengths": {"partnerReferenceNo": [20, 20]},
    });
    let row = world.admin("/admin/channels", &made_up).await;
    assert_eq!(row["versions"].as_array().unwrap().len(), 1, "{row}");
    let angan = Flavour {
        code: "DIRECT_DEBIT_ANGAN_SNAP",
        ..CIMB
    };
    let linked = world.link(angan, "cust1").await;
    let short = bodies::payment(angan, "INV-1", &linked);
    let answer = world
        .channel_call(angan, Op::Payment, &short, &linked)
        .await;
    assert_eq!(answer.code(), "4005401");
    let reference = "INV-2026112000000001";
    world.confirmed(angan, reference, &linked).await;
    world.deliveries(1).await;
    let (notice, _) = &world.merchant.taken()[0];
    assert_eq!(notice["additionalInfo"]["acquirerId"], "ANGAN");
    let channels = world.look("/admin/channels").await;
    assert_eq!(channels.as_array().unwrap().len(), 8);
    let (status, _) = world
        .try_admin("/admin/channels", &json!({"code": "X", "like": "Y"}))
        .await;
    assert_eq!(status, 400);
}
