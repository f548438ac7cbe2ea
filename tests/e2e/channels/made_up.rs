//! A bank that nobody has heard of: DOKU adds it, the deployment describes it in one setting, and
//! everything works.

use serde_json::{Value, json};

use super::scene::{CIMB, CIMB_CORE, DANA, DANA_CORE, Scene};
use crate::support::{Answer, Shop};

const BANK: Scene = Scene {
    code: "DIRECT_DEBIT_ANGAN_SNAP",
    ..CIMB_CORE
};
const WALLET: Scene = Scene {
    code: "EMONEY_ANGAN_SNAP",
    ..DANA_CORE
};

/// A shop whose deployment and whose DOKU know both.
async fn open() -> Shop {
    let more = json!([
        {
            "code": BANK.code,
            "like": CIMB,
            "acquirer": "ANGAN",
            "paymentReference": [20, 20],
            "refundReference": [16, 16],
        },
        {"code": WALLET.code, "like": DANA, "acquirer": "ANGAN", "operations": ["pay"]},
    ]);
    let shop = Shop::open_with(|options| {
        let more = ("MoreChannels".to_owned(), more.to_string());
        options.parameters.extend([more]);
    })
    .await;
    let bank = json!({
        "code": BANK.code,
        "like": CIMB,
        "acquirer": "ANGAN",
        "lengths": {
            "partnerReferenceNo": [20, 20],
            "originalPartnerReferenceNo": [20, 20],
            "partnerRefundNo": [16, 16],
        },
    });
    shop.doku.order("channels", bank).await;
    let wallet = json!({"code": WALLET.code, "like": DANA, "acquirer": "ANGAN"});
    shop.doku.order("channels", wallet).await;
    shop
}

fn reference(of: &Value) -> &str {
    of["gateway"]["partnerReferenceNo"].as_str().unwrap()
}

#[tokio::test]
async fn a_made_up_bank_from_the_linking_to_the_unlinking() {
    let shop = open().await;
    let items = shop.channels().await;
    let item = items.iter().find(|item| item["channel"] == BANK.code);
    let like = items.iter().find(|item| item["channel"] == CIMB);
    let mut expected = like.unwrap().clone();
    expected["channel"] = json!(BANK.code);
    expected["acquirer"] = json!("ANGAN");
    assert_eq!(item, Some(&expected));

    let binding = BANK.link(&shop, "cust-1").await;
    for way in BANK.ways {
        let short = BANK.payment_body(&shop, &binding);
        let mut fitting = BANK.payment_body(&shop, &binding);
        fitting["invoiceNumber"] = json!(format!("INV-20261120-{way:0>7}"));
        for (body, kept) in [(&short, false), (&fitting, true)] {
            let payment = BANK.pay(&shop, body, way).await;
            let reference = reference(&payment.body);
            assert_eq!(reference.len(), 20, "{way}");
            assert_eq!(body["invoiceNumber"] == reference, kept, "{way}");
            let paid = BANK.confirm(&shop, &payment).await;
            assert_eq!(paid["channel"], BANK.code);
            shop.doku.charged_once(&paid).await;
            for rupiah in [4_000, 6_000] {
                let refund = shop.refund(&payment.id, rupiah).await;
                assert_eq!(refund.expect(201).body["status"], "succeeded");
                let number = refund.word_at("/gateway/partnerRefundNo");
                assert_eq!(number.len(), 16, "{way}");
            }
            shop.wait_until(&payment.id, "refunded").await;
        }
    }
    let path = format!("/v1/bindings/{binding}");
    let unbound = shop.merchant.delete_with("unbind", &path).await;
    assert_eq!(unbound.expect(200).body["status"], "unbound");
    let payments = shop.doku.ledger().await["payments"].clone();
    let payments = payments.as_array().unwrap();
    assert_eq!(payments.len(), 4);
    assert!(payments.iter().all(|row| row["channel"] == BANK.code));
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_made_up_wallet_does_what_its_description_says_and_no_more() {
    let shop = open().await;
    let paid = WALLET.paid(&shop, "").await;
    shop.doku.charged_once(&paid).await;
    let calls = shop.doku.call_count().await;
    let refund: Answer = shop
        .refund(paid["paymentId"].as_str().unwrap(), 4_000)
        .await;
    refund.expect_problem(400, "operation_not_supported");
    assert_eq!(shop.doku.call_count().await, calls);
    shop.doku.saw_no_violation().await;
}
