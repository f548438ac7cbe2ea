//! Members that are missing, of another type, or somewhere else.

use reqwest::Method;
use serde_json::{Value, json};

use super::story::story;
use crate::support::{Shop, fresh};

/// Every shape of every operation's success that must be read: what is laid over the answer (`set`),
/// printed as it is (`literals`), or its HTTP status. Each story meets one of each operation.
const SHAPES: [(&str, [(&str, &str); 6]); 8] = [
    (
        "b2b",
        [
            ("life as text", r#"{"set":{"expiresIn":"900"}}"#),
            ("no life", r#"{"set":{"expiresIn":null}}"#),
            (
                "bare",
                r#"{"set":{"tokenType":null,"additionalInfo":null}}"#,
            ),
            (
                "created",
                r#"{"set":{"responseCode":"2017300"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2007300"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
    (
        "b2b2c",
        [
            (
                "no refreshing",
                r#"{"set":{"refreshToken":null,"refreshTokenExpiryTime":null}}"#,
            ),
            ("no end", r#"{"set":{"accessTokenExpiryTime":null}}"#),
            ("bare", r#"{"set":{"tokenType":null,"additionalInfo":""}}"#),
            (
                "created",
                r#"{"set":{"responseCode":"2017400"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2007400"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
    (
        "binding",
        [
            ("no reference", r#"{"set":{"referenceNo":null}}"#),
            (
                "the code alone",
                r#"{"set":{"additionalInfo":{"custIdMerchant":null,"status":null}}}"#,
            ),
            ("a number for a reference", r#"{"set":{"referenceNo":7}}"#),
            (
                "created",
                r#"{"set":{"responseCode":"2010700"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2000700"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
    (
        "payment",
        [
            ("no reference", r#"{"set":{"referenceNo":null}}"#),
            (
                "no page, no echo",
                r#"{"set":{"webRedirectUrl":null,"partnerReferenceNo":null}}"#,
            ),
            ("empty text inside", r#"{"set":{"additionalInfo":""}}"#),
            (
                "created",
                r#"{"set":{"responseCode":"2015400"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2005400"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
    (
        "otp",
        [
            ("no echo", r#"{"set":{"originalReferenceNo":null}}"#),
            ("empty text inside", r#"{"set":{"additionalInfo":""}}"#),
            ("nothing inside", r#"{"set":{"additionalInfo":{}}}"#),
            (
                "created",
                r#"{"set":{"responseCode":"2010400"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2000400"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
    (
        "refund",
        [
            (
                "no number, no time",
                r#"{"set":{"refundNo":null,"refundTime":null}}"#,
            ),
            ("no amount", r#"{"set":{"refundAmount":null}}"#),
            ("a number as amount", r#"{"literals":{"value":"4000.00"}}"#),
            (
                "no decimals",
                r#"{"set":{"refundAmount":{"value":"4000"}}}"#,
            ),
            (
                "no zone",
                r#"{"set":{"refundTime":"2020-08-05T11:28:00.000"}}"#,
            ),
            (
                "no echo",
                r#"{"set":{"originalPartnerReferenceNo":null,"originalReferenceNo":null}}"#,
            ),
        ],
    ),
    (
        "status",
        [
            (
                "no references",
                r#"{"set":{"originalReferenceNo":null,"originalExternalId":null}}"#,
            ),
            ("no amount", r#"{"set":{"transAmount":null}}"#),
            ("no time", r#"{"set":{"paidTime":null}}"#),
            (
                "an acquirer by name",
                r#"{"set":{"additionalInfo":{"acquirer":"CIMB"}}}"#,
            ),
            (
                "two spellings",
                r#"{"set":{"requestID":"1","requestId":"2"}}"#,
            ),
            (
                "created",
                r#"{"set":{"responseCode":"2015500"},"httpStatus":201}"#,
            ),
        ],
    ),
    (
        "unbinding",
        [
            ("no reference", r#"{"set":{"referenceNo":null}}"#),
            ("as a card's", r#"{"set":{"responseCode":"2000500"}}"#),
            ("as an account's", r#"{"set":{"responseCode":"2000900"}}"#),
            (
                "created",
                r#"{"set":{"responseCode":"2010500"},"httpStatus":201}"#,
            ),
            ("a number", r#"{"literals":{"responseCode":"2000900"}}"#),
            ("no message", r#"{"set":{"responseMessage":null}}"#),
        ],
    ),
];

#[tokio::test]
async fn what_is_missing_or_of_another_type_is_no_obstacle() {
    let shop = Shop::open().await;
    for number in 0..6 {
        let mut told = Vec::new();
        for (operation, shapes) in &SHAPES {
            let (why, change) = shapes[number];
            let mut fault: Value = serde_json::from_str(change).unwrap();
            fault["operation"] = json!(operation);
            fault["kind"] = json!("alter");
            shop.doku.order("faults", fault).await;
            told.push(format!("{operation}: {why}"));
            if *operation == "b2b" {
                // All functions get to know the new token before anything else is different.
                shop.doku.order("tokens/void", json!({})).await;
                story(&shop, &told[0]).await;
            }
        }
        story(&shop, &told.join("; ")).await;
        every_one_was_seen(&shop).await;
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_page_of_a_payment_is_found_where_it_is() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let page = format!("{}/direct-debit/ui/payment/core/1", shop.doku.base_url);
    let elsewhere = json!({"webRedirectUrl": null, "additionalInfo": {"webRedirectUrl": page}});
    let stranger = json!({"webRedirectUrl": "https://evil.example/"});
    let number = json!({"webRedirectUrl": 7});
    // What is laid over the answer, and what the customer can do.
    let table = [
        ("at the top", json!({}), "redirect"),
        ("inside", elsewhere, "redirect"),
        (
            "beside an empty text",
            json!({"additionalInfo": ""}),
            "redirect",
        ),
        ("beside a list", json!({"additionalInfo": []}), "redirect"),
        (
            "beside no reference",
            json!({"referenceNo": null}),
            "redirect",
        ),
        ("nowhere", json!({"webRedirectUrl": null}), "wait"),
        ("a stranger's", stranger, "wait"),
        ("a number", number, "wait"),
    ];
    for (why, set, action) in table {
        let fault = json!({"operation": "payment", "kind": "alter", "set": set});
        shop.doku.order("faults", fault).await;
        let mut body = shop.payment_body(&binding, 10_000);
        body["method"]["confirmation"] = json!("page");
        let answer = shop
            .merchant
            .post_with(&fresh("page"), "/v1/payments", &body)
            .await;
        assert_eq!(
            answer.expect(201).body["nextAction"]["type"],
            action,
            "{why}"
        );
        let reference = &answer.body["gateway"]["referenceNo"];
        assert_eq!(reference.is_string(), why != "beside no reference", "{why}");
        // Whatever was seen of it, DOKU took it, and tells when it is paid.
        let invoice = body["invoiceNumber"].as_str().unwrap();
        let approve = format!("payments/{invoice}/approve");
        shop.doku.order(&approve, json!({})).await;
        let paid = shop.wait_until_paid(&answer.word("paymentId")).await;
        shop.doku.charged_once(&paid).await;
    }
    every_one_was_seen(&shop).await;
}

async fn every_one_was_seen(shop: &Shop) {
    let left = shop.doku.admin(Method::GET, "faults", None).await;
    assert_eq!(left, json!([]));
}
