//! What goes over the wire, byte for byte: the documented bodies of CIMB, of BRI's archived paths and of
//! the acquirers' refund, with our own ids, addresses and tokens masked.

use serde_json::{Value, json};

use crate::support::{RIGHT_OTP, Relay, Shop, idr};

/// A bundle with a line to DOKU that can be listened to.
async fn open(paths: &str) -> (Relay, Shop) {
    let relay = Relay::start().await;
    let shop = Shop::open_with(|options| {
        for (name, value) in [
            ("DokuBaseUrl", relay.url()),
            ("ChannelPaths", paths.to_owned()),
        ] {
            options.parameters.insert(name.to_owned(), value);
        }
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    (relay, shop)
}

/// The one call of that path, with what differs from run to run masked by `{name}`: the texts given,
/// and what stands at the JSON pointers given.
fn heard(relay: &Relay, path: &str, texts: &[(&str, &str)], members: &[(&str, &str)]) -> String {
    let bodies = relay.heard(path);
    assert_eq!(bodies.len(), 1, "{path}: {bodies:?}");
    let mut body = bodies[0].clone();
    let parsed: Value = serde_json::from_str(&body).unwrap();
    for (pointer, name) in members {
        let value = parsed.pointer(pointer).and_then(Value::as_str);
        let value = value.unwrap_or_else(|| panic!("{path} has no {pointer}"));
        assert!(!value.is_empty(), "{path} {pointer}");
        body = body.replacen(&format!("\"{value}\""), &format!("\"{{{name}}}\""), 1);
    }
    for (text, name) in texts {
        body = body.replace(text, &format!("{{{name}}}"));
    }
    body
}

/// The `state` of each return address: that of success, and that of failure.
fn states_of(body: &str) -> [String; 2] {
    let mut states = body.split("?state=").skip(1);
    [(); 2].map(|()| {
        let rest = states.next().unwrap();
        rest.split('"').next().unwrap().to_owned()
    })
}

#[tokio::test]
async fn cimb_as_documented() {
    let (relay, shop) = open("").await;
    let link = json!({
        "customer": {
            "id": "cust-001", "name": "Siti Aminah", "email": "siti@example.com",
            "phone": "6281200000000",
        },
        "channel": "DIRECT_DEBIT_CIMB_SNAP",
        "returnUrl": "https://merchant.example.com/bind",
    });
    let linking = shop.merchant.post("/v1/bindings", &link).await;
    let linking = linking.expect(201).body.clone();
    let binding = linking["bindingId"].as_str().unwrap();
    let core = "/direct-debit/core/v1";
    let path = format!("{core}/registration-account-binding");
    let own = shop.world.base_url().to_owned();
    let [state, failed] = states_of(&relay.heard(&path)[0]);
    assert_ne!(state, failed);
    let texts = [
        (own.as_str(), "us"),
        (binding, "binding"),
        (&state, "state"),
        (&failed, "failed"),
    ];
    assert_eq!(
        heard(&relay, &path, &texts, &[]),
        r#"{"phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","custIdMerchant":"cust-001","customerName":"Siti Aminah","email":"siti@example.com","successRegistrationUrl":"{us}/v1/bindings/{binding}/return/success?state={state}","failedRegistrationUrl":"{us}/v1/bindings/{binding}/return/failed?state={failed}"}}"#
    );
    shop.agree(&linking).await.expect(302);
    assert_eq!(
        heard(
            &relay,
            "/authorization/v1/access-token/b2b2c",
            &[],
            &[("/authCode", "authCode")]
        ),
        r#"{"grantType":"authorization_code","authCode":"{authCode}"}"#
    );

    let pay = json!({
        "invoiceNumber": "INV-0001", "amount": idr(10_000), "description": "Order 1",
        "method": {"type": "direct_debit", "bindingId": binding},
        "returnUrl": "https://merchant.example.com/pay",
    });
    let paying = shop.merchant.post("/v1/payments", &pay).await;
    let id = paying.expect(201).word("paymentId");
    assert_eq!(
        heard(
            &relay,
            &format!("{core}/debit/payment-host-to-host"),
            &[(&id, "payment")],
            &[]
        ),
        r#"{"partnerReferenceNo":"INV-0001","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay?paymentId={payment}&outcome=success","failedPaymentUrl":"https://merchant.example.com/pay?paymentId={payment}&outcome=failed"}}"#
    );
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    let token = [("/additionalInfo/bankCardToken", "token")];
    assert_eq!(
        heard(&relay, &format!("{core}/otp-verification"), &[], &token),
        r#"{"originalPartnerReferenceNo":"INV-0001","otp":"111000","action":"otpPayment","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","bankCardToken":"{token}"}}"#
    );

    let refund = json!({"amount": idr(5_000), "reason": "Item returned"});
    let path = format!("/v1/payments/{id}/refunds");
    shop.merchant.post(&path, &refund).await.expect(201);
    let ids = [
        ("/originalExternalId", "externalId"),
        ("/partnerRefundNo", "refund"),
    ];
    assert_eq!(
        heard(&relay, &format!("{core}/debit/refund"), &[], &ids),
        r#"{"originalPartnerReferenceNo":"INV-0001","originalExternalId":"{externalId}","partnerRefundNo":"{refund}","refundAmount":{"value":"5000.00","currency":"IDR"},"reason":"Item returned","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#
    );
    let path = format!("/v1/bindings/{binding}");
    shop.merchant.delete_with("unlink", &path).await.expect(200);
    assert_eq!(
        heard(
            &relay,
            &format!("{core}/registration-account-unbinding"),
            &[],
            &[("/tokenId", "token")]
        ),
        r#"{"tokenId":"{token}","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#
    );
}

#[tokio::test]
async fn a_lost_payment_is_asked_about_as_documented() {
    let relay = Relay::start().await;
    let shop = Shop::open_with(|options| {
        options
            .parameters
            .insert("DokuBaseUrl".to_owned(), relay.url());
        let service = "DIRECT_DEBIT_CIMB_SNAP=54".to_owned();
        options
            .parameters
            .insert("StatusServiceCodes".to_owned(), service);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let binding = shop.link_account("cust-001").await;
    let mut pay = shop.payment_body(&binding, 10_000);
    pay["invoiceNumber"] = json!("INV-0001");
    shop.doku
        .goes_wrong("payment", "accept_then_bad_gateway")
        .await;
    let lost = shop.merchant.post_with("key", "/v1/payments", &pay).await;
    assert_eq!(lost.expect(202).body["status"], "unknown");
    shop.doku.time_passes(crate::support::A_MINUTE).await;
    shop.merchant.post_with("key", "/v1/payments", &pay).await;
    assert_eq!(
        heard(&relay, "/orders/v1.0/debit/status", &[], &[]),
        r#"{"originalPartnerReferenceNo":"INV-0001","serviceCode":"54","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#,
        "with the serviceCode that the deployment chose"
    );
}

#[tokio::test]
async fn bris_archived_paths_as_documented() {
    let (relay, shop) = open("DIRECT_DEBIT_BRI_SNAP=archived-bri").await;
    let link = json!({
        "customer": {
            "id": "cust001", "name": "Siti Aminah", "email": "siti@example.com",
            "phone": "6281200000000", "dateOfBirth": "1999-01-01", "country": "Indonesia",
            "address": "Jalan Satu 1",
        },
        "card": {
            "lastFour": "1234", "type": "debit", "expiry": "1228",
            "identification": {"type": "01", "number": "3171000000000001"},
        },
        "device": {"id": "0123456789abcdef"},
        "channel": "DIRECT_DEBIT_BRI_SNAP",
        "returnUrl": "https://merchant.example.com/bind",
    });
    let linking = shop.merchant.post("/v1/bindings", &link).await;
    let binding = linking.expect(201).word("bindingId");
    let archived = "/wtd-direct-debit-snap-bri/snap/v1.0";
    assert_eq!(
        heard(
            &relay,
            &format!("{archived}/registration-card-bind"),
            &[],
            &[]
        ),
        r#"{"bankCardNo":"1234","bankCardType":"D","identificationNo":"3171000000000001","identificationType":"01","email":"siti@example.com","expiryDate":"1228","custIdMerchant":"cust001","phoneNo":"6281200000000","accountName":"Siti Aminah","dateOfBirth":"19990101","additionalInfo":{"customerEmail":"siti@example.com","customerPhoneNo":"6281200000000","customerCountry":"Indonesia","customerAddress":"Jalan Satu 1"}}"#
    );
    let otp = json!({"otp": RIGHT_OTP});
    let path = format!("/v1/bindings/{binding}/otp");
    let linked = shop.merchant.post(&path, &otp).await;
    assert_eq!(linked.expect(200).body["status"], "active");
    let number = [("/originalReferenceNo", "referenceNo")];
    let path = format!("{archived}/otp-verification");
    assert_eq!(
        heard(&relay, &path, &[], &number),
        r#"{"originalReferenceNo":"{referenceNo}","otp":"111000","type":"card"}"#
    );

    let pay = json!({
        "invoiceNumber": "INV-0001", "amount": idr(10_000),
        "items": [{"name": "Vitamin C", "price": "10000.00", "quantity": 1}],
        "method": {"type": "direct_debit", "bindingId": binding},
        "returnUrl": "https://merchant.example.com/pay",
    });
    let id = shop
        .merchant
        .post("/v1/payments", &pay)
        .await
        .expect(201)
        .word("paymentId");
    let token = [("/bankCardToken", "token"), ("/merchantId", "clientId")];
    let body = &relay.heard(&format!("{archived}/debit/payment-host-to-host"))[0];
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["merchantId"], shop.world.secrets().field("clientId"));
    assert_eq!(
        heard(
            &relay,
            &format!("{archived}/debit/payment-host-to-host"),
            &[],
            &token
        ),
        r#"{"bankCardToken":"{token}","merchantId":"{clientId}","transAmount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"lineItems":[{"name":"Vitamin C","price":"10000.00","quantity":"1"}],"merchantTrxId":"INV-0001","otpStatus":"YES"}}"#
    );
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    let second: Value = serde_json::from_str(&relay.heard(&path)[1]).unwrap();
    assert_eq!(
        (&second["otp"], &second["type"]),
        (&json!("111000"), &json!("payment"))
    );
    assert_eq!(second.as_object().unwrap().len(), 3, "{second}");

    let refund = json!({"reason": "Item returned"});
    let path = format!("/v1/payments/{id}/refunds");
    shop.merchant.post(&path, &refund).await.expect(201);
    let ids = [
        ("/originalReferenceNo", "referenceNo"),
        ("/partnerRefundNo", "refund"),
        ("/originalExternalId", "externalId"),
    ];
    assert_eq!(
        heard(&relay, &format!("{archived}/debit/refund"), &[], &ids),
        r#"{"originalReferenceNo":"{referenceNo}","partnerRefundNo":"{refund}","originalExternalId":"{externalId}","reason":"Item returned","refundAmount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"merchantTrxId":"INV-0001"}}"#
    );
    let path = format!("/v1/bindings/{binding}");
    shop.merchant.delete_with("unlink", &path).await.expect(200);
    assert_eq!(
        heard(
            &relay,
            &format!("{archived}/registration-card-unbind"),
            &[],
            &[("/token", "token")]
        ),
        r#"{"token":"{token}"}"#
    );
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_acquirers_refund_as_documented() {
    let acquirers = [
        ("EMONEY_OVO_SNAP", "/direct-debit/ovo/v1.0"),
        ("DIRECT_DEBIT_CIMB_SNAP", "/direct-debit/cimb/v1.0"),
        ("DIRECT_DEBIT_ALLO_SNAP", "/direct-debit/merchant/allo/v1.0"),
        ("DIRECT_DEBIT_BRI_SNAP", "/direct-debit/bri/v1.0"),
    ];
    let paths = acquirers.map(|(channel, _)| format!("{channel}=archived"));
    let (relay, shop) = open(&paths.join(",")).await;
    for (channel, archived) in acquirers {
        let mut link = shop.binding_body(&format!("cust-{}", &channel[7..]));
        link["channel"] = json!(channel);
        let device = ["DIRECT_DEBIT_CIMB_SNAP", "DIRECT_DEBIT_ALLO_SNAP"].contains(&channel);
        if device {
            link["device"] = json!({"id": "0123456789abcdef"});
        }
        let linking = shop.merchant.post("/v1/bindings", &link).await;
        let linking = linking.expect(201).body.clone();
        shop.agree(&linking).await.expect(302);
        let binding = linking["bindingId"].as_str().unwrap();
        let pay = shop.payment_body(binding, 10_000);
        let paying = shop.merchant.post("/v1/payments", &pay).await;
        let (id, reference) = (
            paying.expect(201).word("paymentId"),
            paying.word_at("/gateway/partnerReferenceNo"),
        );
        let approve = format!("payments/{reference}/approve?channel={channel}");
        shop.doku.order(&approve, json!({})).await;
        shop.wait_until_paid(&id).await;
        let refund = json!({"amount": idr(5_000), "reason": "Item returned"});
        let path = format!("/v1/payments/{id}/refunds");
        let refunded = shop.merchant.post(&path, &refund).await;
        assert_eq!(
            refunded.expect(201).body["status"],
            "succeeded",
            "an HTTP 201 at DOKU"
        );
        let ids = [
            ("/originalPartnerReferenceNo", "payment"),
            ("/partnerRefundNo", "refund"),
            ("/originalExternalId", "externalId"),
            ("/additionalInfo/bankCardToken", "token"),
        ];
        assert_eq!(
            heard(&relay, &format!("{archived}/debit/refund"), &[], &ids),
            r#"{"originalPartnerReferenceNo":"{payment}","originalExternalId":"{externalId}","partnerRefundNo":"{refund}","refundAmount":{"value":"5000.00","currency":"IDR"},"reason":"Item returned","additionalInfo":{"bankCardToken":"{token}"}}"#,
            "{channel}"
        );
    }
    shop.doku.saw_no_violation().await;
}
