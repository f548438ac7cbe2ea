//! Every channel of ours, and news of every other service under the same number and amount.

use serde_json::{Value, json};

use super::{counted, kept, told, told_snap};
use crate::channels::scene::{
    ALLO_CORE, BRI_CORE, CARDS_CORE, CIMB_CORE, DANA_CORE, MANDIRI_CORE, OVO_CORE, SHOPEE_PAY_CORE,
    Scene,
};
use crate::support::{A_MINUTE, Payment, Shop, count};

const OURS: [Scene; 8] = [
    CIMB_CORE,
    BRI_CORE,
    MANDIRI_CORE,
    ALLO_CORE,
    OVO_CORE,
    DANA_CORE,
    SHOPEE_PAY_CORE,
    CARDS_CORE,
];

/// A product that no payment here is of.
struct Product {
    service: &'static str,
    channel: &'static str,
    acquirer: &'static str,
    /// The block of the body that has its details.
    block: &'static str,
}

const fn product(
    service: &'static str,
    channel: &'static str,
    acquirer: &'static str,
    block: &'static str,
) -> Product {
    Product {
        service,
        channel,
        acquirer,
        block,
    }
}

const FOREIGN: [Product; 10] = [
    product(
        "VIRTUAL_ACCOUNT",
        "VIRTUAL_ACCOUNT_BCA",
        "BCA",
        "virtual_account_info",
    ),
    product(
        "VIRTUAL_ACCOUNT",
        "VIRTUAL_ACCOUNT_BRI",
        "BRI",
        "virtual_account_info",
    ),
    product("QRIS", "QRIS_DOKU", "93600899", "emoney_payment"),
    product(
        "ONLINE_TO_OFFLINE",
        "ONLINE_TO_OFFLINE_ALFA",
        "ALFAMART",
        "online_to_offline_info",
    ),
    product(
        "ONLINE_TO_OFFLINE",
        "ONLINE_TO_OFFLINE_INDOMARET",
        "INDOMARET",
        "online_to_offline_info",
    ),
    product(
        "PEER_TO_PEER",
        "PEER_TO_PEER_AKULAKU",
        "AKULAKU",
        "peer_to_peer_info",
    ),
    product(
        "PEER_TO_PEER",
        "PEER_TO_PEER_KREDIVO",
        "KREDIVO",
        "peer_to_peer_info",
    ),
    product("EMONEY", "EMONEY_LINKAJA", "LINKAJA", "wallet"),
    product(
        "INTERNET_BANKING",
        "OCTO_CLICKS",
        "CIMB",
        "internet_banking_payment",
    ),
    product("GOOGLE_PAY", "GOOGLE_PAY", "BANK_CIMB", "googlepay_payment"),
];

/// A payment that waits for its customer.
struct Waiting {
    scene: Scene,
    payment: Payment,
}

impl Waiting {
    fn reference(&self) -> &Value {
        &self.payment.body["gateway"]["partnerReferenceNo"]
    }

    /// The same number and amount, in the older family's words.
    fn news(&self, product: &Product, status: &str) -> Value {
        let mut body = json!({
            "service": {"id": product.service},
            "acquirer": {"id": product.acquirer},
            "channel": {"id": product.channel},
            "order": {"invoice_number": self.reference(), "amount": 10_000},
            "transaction": {"status": status, "date": "2026-11-28T01:15:30Z"},
        });
        body[product.block] = json!({"reference_number": "0001"});
        body
    }

    /// The same in SNAP's words.
    fn snap_news(&self, product: &Product, status: &str) -> Value {
        json!({
            "originalPartnerReferenceNo": self.reference(),
            "originalReferenceNo": "DK-OF-ANOTHER",
            "latestTransactionStatus": status,
            "amount": {"value": "10000.00", "currency": "IDR"},
            "additionalInfo": {"channelId": product.channel, "acquirerId": product.acquirer},
        })
    }
}

/// A payment of every channel, which waits.
async fn payments(shop: &Shop) -> Vec<Waiting> {
    let mut all = Vec::new();
    for scene in OURS {
        let binding = scene.link(shop, &format!("cust-{}", all.len())).await;
        let body = scene.payment_body(shop, &binding);
        let payment = scene.pay(shop, &body, scene.ways[0]).await;
        all.push(Waiting { scene, payment });
    }
    all
}

/// Lets DOKU answer every status check with that product.
async fn status_answers(shop: &Shop, product: &Product, snap: &str, other: &str) {
    let set = json!({
        "latestTransactionStatus": snap,
        "additionalInfo": {"channel": product.channel, "acquirer": {"id": product.acquirer}},
    });
    let fault = json!({"operation": "status", "kind": "alter", "times": 100, "set": set});
    shop.doku.order("faults", fault).await;
    let set = json!({
        "service": {"id": product.service},
        "channel": {"id": product.channel},
        "acquirer": {"id": product.acquirer},
        "transaction": {"status": other},
        "card_payment": null,
    });
    let fault = json!({"operation": "order_status", "kind": "alter", "times": 100, "set": set});
    shop.doku.order("faults", fault).await;
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story")]
async fn news_of_another_product_decides_nothing_of_any_channel() {
    let confirmed = format!("{},{}", MANDIRI_CORE.code, BRI_CORE.code);
    let shop = Shop::open_with(|options| {
        let setting = ("UnconfirmedChannels".to_owned(), confirmed);
        options.parameters.extend([setting]);
    })
    .await;
    let all = payments(&shop).await;
    // Old enough that DOKU may be asked.
    shop.doku.time_passes(A_MINUTE).await;
    shop.tick().await;
    let mut cells = 0;
    println!(
        "{:<22}{:<30}notification  status answer",
        "channel", "news of"
    );
    for product in &FOREIGN {
        for waiting in &all {
            for (status, snap) in [("SUCCESS", "00"), ("EXPIRED", "05"), ("FAILED", "06")] {
                told(&shop, &waiting.news(product, status)).await;
                if !waiting.scene.is_cards() {
                    told_snap(&shop, &waiting.snap_news(product, snap)).await;
                }
            }
        }
        for (snap, other) in [("00", "SUCCESS"), ("05", "EXPIRED")] {
            // The news has brought the next check forward.
            let again = format!("{}-{snap}", product.channel);
            for waiting in &all {
                let mut news = waiting.news(product, "PENDING");
                news["card_payment"] = json!({"request_id": again});
                told(&shop, &news).await;
            }
            status_answers(&shop, product, snap, other).await;
            shop.doku.forget_calls().await;
            shop.doku.time_passes(A_MINUTE / 60).await;
            shop.tick().await;
            let asked = shop.doku.called("status").await + shop.doku.called("order_status").await;
            assert!(asked >= all.len(), "{}: {asked} checks", product.channel);
            shop.doku.recovers().await;
        }
        for waiting in &all {
            let now = shop.read(&waiting.payment.id).await;
            let why = format!("{} / {}", waiting.scene.code, product.channel);
            assert_eq!(now["status"], waiting.payment.status, "{why}: {now}");
            assert_eq!(now["flags"], json!(["foreign_news"]), "{why}");
            assert_eq!(now["failure"], Value::Null, "{why}");
            println!(
                "{:<22}{:<30}unchanged     unchanged",
                waiting.scene.code, product.channel
            );
            cells += 1;
        }
    }
    assert_eq!(cells, OURS.len() * FOREIGN.len());
    assert_eq!(kept(&shop).await, [] as [Value; 0]);
    assert_eq!(
        counted(&shop, "DeadLetter") + counted(&shop, "NotificationUnmatched"),
        0
    );
    assert_eq!(counted(&shop, "StatusUnrecognised"), 0);
    for waiting in &all {
        // What is theirs still counts.
        let paid = waiting.scene.confirm(&shop, &waiting.payment).await;
        let id = &waiting.payment.id;
        assert_eq!(count(&shop, id, "payment.foreign_news").await, 1, "{paid}");
        // Nor does a later expiry of another product change what is paid.
        told(&shop, &waiting.news(&FOREIGN[0], "EXPIRED")).await;
        assert_eq!(shop.read(id).await["status"], "paid");
    }
}

#[tokio::test]
async fn another_shops_card_page_is_known_by_its_request_id() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body("cust-1", 10_000)).await;
    let body = |request: &str| {
        json!({
            "service": {"id": "CREDIT_CARD"},
            "channel": {"id": "CREDIT_CARD"},
            "order": {"invoice_number": payment.invoice(), "amount": 10_000},
            "transaction": {
                "status": "SUCCESS", "type": "SALE", "original_request_id": request,
            },
            "card_payment": {"masked_card_number": "411111******1111", "response_code": "00"},
        })
    };
    told(&shop, &body("a-request-of-checkout")).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "redirect_required", "{now}");
    assert_eq!(now["flags"], json!(["foreign_news"]));
    // The payment's own news looks alike but for that id, and is no repeat.
    let own = now["gateway"]["requestId"].as_str().unwrap();
    told(&shop, &body(own)).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "paid", "{now}");
}

#[tokio::test]
async fn what_is_null_absent_or_unknown_contradicts_nothing() {
    let shop = Shop::open().await;
    for (service, channel, acquirer) in [
        (Value::Null, Value::Null, Value::Null),
        (json!({"id": null}), json!({}), json!("text")),
        (
            json!({"id": "CARD_OF_TOMORROW"}),
            json!({"id": "C"}),
            json!({"id": "BANK_OF_TOMORROW"}),
        ),
    ] {
        let payment = shop.open_page(&shop.card_body("cust-1", 10_000)).await;
        let why = format!("{service} {channel} {acquirer}");
        let body = json!({
            "service": service,
            "channel": channel,
            "acquirer": acquirer,
            "order": {"invoice_number": payment.invoice(), "amount": 10_000},
            "transaction": {"status": "SUCCESS"},
        });
        told(&shop, &body).await;
        let now = shop.read(&payment.id).await;
        assert_eq!(now["status"], "paid", "{why}");
        assert_eq!(now["flags"], json!([]), "{why}");
    }
    // A text is an id that is not known.
    assert_eq!(counted(&shop, "ProductUnrecognised"), 4);
    let binding = shop.link_account("cust-1").await;
    for info in [
        Value::Null,
        json!({"channelId": null}),
        json!({"channelId": "DIRECT_DEBIT_CIMB"}),
        json!({"channel": "DIRECT_DEBIT_NEW_SNAP", "acquirerId": "NEW"}),
    ] {
        let payment = shop.pay(&binding, 10_000).await;
        let body = json!({
            "originalPartnerReferenceNo": payment.body["gateway"]["partnerReferenceNo"],
            "originalReferenceNo": "DK-NOT-OURS",
            "latestTransactionStatus": "00",
            "amount": {"value": "10000.00", "currency": "IDR"},
            "additionalInfo": info,
        });
        told_snap(&shop, &body).await;
        assert_eq!(shop.read(&payment.id).await["status"], "paid", "{body}");
    }
}

#[tokio::test]
async fn what_came_before_its_payment_is_adopted() {
    let shop = Shop::open().await;
    let body = shop.card_body("cust-1", 10_000);
    let early = json!({
        "service": {"id": "CREDIT_CARD"},
        "order": {"invoice_number": body["invoiceNumber"], "amount": 10_000},
        "transaction": {"status": "SUCCESS", "type": "SALE"},
    });
    told(&shop, &early).await;
    let answer = shop.merchant.post("/v1/payments", &body).await;
    let id = answer.expect(201).word("paymentId");
    let now = shop.read(&id).await;
    // The customer paid it in a life that the table has forgotten: nothing is charged again.
    assert_eq!(now["status"], "paid", "{now}");
    assert_eq!(now["adopted"], true, "{now}");
    assert_eq!(count(&shop, &id, "payment.adopted").await, 1);
    assert_eq!(
        now["updatedAt"], now["createdAt"],
        "never before it was made"
    );
}

#[tokio::test]
async fn what_came_first_of_two_products_is_kept_of_both() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for own_first in [true, false] {
        let body = shop.payment_body(&binding, 10_000);
        let news = |channel: &str| {
            json!({
                "originalPartnerReferenceNo": body["invoiceNumber"],
                "latestTransactionStatus": "00",
                "amount": {"value": "10000.00", "currency": "IDR"},
                "additionalInfo": {"channelId": channel},
            })
        };
        let mut both = [news("DIRECT_DEBIT_CIMB_SNAP"), news("EMONEY_OVO_SNAP")];
        if !own_first {
            both.reverse();
        }
        for body in &both {
            told_snap(&shop, body).await;
            // Told again, it is kept once.
            told_snap(&shop, body).await;
        }
        assert_eq!(kept(&shop).await.len(), 2, "{own_first}");
        let answer = shop.merchant.post("/v1/payments", &body).await;
        let now = shop.read(&answer.expect(201).word("paymentId")).await;
        assert_eq!(now["status"], "paid", "{own_first}: {now}");
        assert_eq!(now["flags"], json!(["foreign_news"]), "{own_first}");
        assert_eq!(kept(&shop).await, [] as [Value; 0], "{own_first}");
        for body in &both {
            told_snap(&shop, body).await;
        }
        let after = shop.read(now["paymentId"].as_str().unwrap()).await;
        assert_eq!(after["status"], "paid", "{own_first}: {after}");
    }
}

#[tokio::test]
async fn what_came_before_its_payment_is_compared_as_well() {
    let shop = Shop::open().await;
    // Another shop's card page under an invoice number that is used here later.
    let body = shop.card_body("cust-1", 10_000);
    let early = json!({
        "service": {"id": "CREDIT_CARD"},
        "order": {"invoice_number": body["invoiceNumber"], "amount": 10_000},
        "transaction": {
            "status": "SUCCESS", "type": "SALE", "original_request_id": "a-request-of-checkout",
        },
    });
    told(&shop, &early).await;
    assert_eq!(
        kept(&shop).await.len(),
        1,
        "it may be of a payment that is forgotten"
    );
    let payment = shop.open_page(&body).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["flags"], json!(["foreign_news"]), "{now}");
    assert_eq!(
        kept(&shop).await,
        [] as [Value; 0],
        "it waits for nothing any more"
    );
    shop.holder_pays(&payment, "approve").await;
    shop.wait_until_paid(&payment.id).await;
}
