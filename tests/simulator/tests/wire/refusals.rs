//! Every refusal, table-driven: what was altered, and the code it must be answered with.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{self, B2B, B2B2C, BINDING, Draft, OTP, PAYMENT, REFUND, STATUS, UNBINDING};
use crate::world::World;

/// Whether a row signs again after its change: with yes, the change itself is what is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signs {
    Again,
    No,
}
use Signs::{Again, No};

type Change = fn(&mut Draft);
type Row = (&'static str, Signs, Change, &'static str, &'static str);

/// Sends a right payment with one thing altered; the last column is part of the message.
const HEADERS: &[Row] = &[
    (
        "no timestamp",
        No,
        |d| d.without("X-TIMESTAMP"),
        "4005402",
        "X-TIMESTAMP",
    ),
    (
        "no signature",
        No,
        |d| d.without("X-SIGNATURE"),
        "4005402",
        "X-SIGNATURE",
    ),
    (
        "no partner",
        No,
        |d| d.without("X-PARTNER-ID"),
        "4005402",
        "X-PARTNER-ID",
    ),
    (
        "no external id",
        No,
        |d| d.without("X-EXTERNAL-ID"),
        "4005402",
        "X-EXTERNAL-ID",
    ),
    (
        "no token",
        No,
        |d| d.without("Authorization"),
        "4005402",
        "Authorization",
    ),
    (
        "no content type",
        No,
        |d| d.without("Content-Type"),
        "4005402",
        "Content-Type",
    ),
    (
        "no customer",
        No,
        |d| d.without("Authorization-customer"),
        "4005402",
        "Authorization-customer",
    ),
    (
        "other content type",
        No,
        |d| d.set("Content-Type", "text/plain"),
        "4005401",
        "Content-Type",
    ),
    (
        "letters in the id",
        Again,
        |d| d.set("X-EXTERNAL-ID", "12ab"),
        "4005401",
        "X-EXTERNAL-ID",
    ),
    (
        "37 digits",
        Again,
        |d| d.set("X-EXTERNAL-ID", &"1".repeat(37)),
        "4005401",
        "X-EXTERNAL-ID",
    ),
    (
        "milliseconds",
        Again,
        |d| d.set("X-TIMESTAMP", "2026-11-20T01:15:30.000Z"),
        "4005401",
        "X-TIMESTAMP",
    ),
    (
        "long ago",
        Again,
        |d| d.set("X-TIMESTAMP", "2020-01-01T00:00:00Z"),
        "4015400",
        "X-TIMESTAMP",
    ),
    (
        "in the future",
        Again,
        |d| d.set("X-TIMESTAMP", "2090-01-01T00:00:00Z"),
        "4015400",
        "X-TIMESTAMP",
    ),
    (
        "another partner",
        Again,
        |d| d.set("X-PARTNER-ID", "BRN-OTHER"),
        "4015400",
        "Client",
    ),
    (
        "token of nobody",
        Again,
        |d| d.set("Authorization", "Bearer abc"),
        "4015401",
        "Token",
    ),
    (
        "no word Bearer",
        No,
        |d| d.set("Authorization", "abc"),
        "4015401",
        "Token",
    ),
    (
        "customer of nobody",
        No,
        |d| d.set("Authorization-customer", "Bearer abc"),
        "4015402",
        "Customer",
    ),
    (
        "bare customer token",
        No,
        bare_customer_token,
        "4015402",
        "Customer",
    ),
    (
        "merchant's as customer's",
        No,
        merchant_as_customer,
        "4015402",
        "Customer",
    ),
    (
        "unknown channel header",
        No,
        |d| d.set("X-CHANNEL-ID", "SDK"),
        "4005401",
        "X-CHANNEL-ID",
    ),
    (
        "short IP address",
        No,
        |d| d.set("X-IP-ADDRESS", "8.8.8.8"),
        "4005401",
        "X-IP-ADDRESS",
    ),
    (
        "device id with symbols",
        No,
        |d| d.set("X-DEVICE-ID", "a-b"),
        "4005401",
        "X-DEVICE-ID",
    ),
];

const SIGNATURE: &[Row] = &[
    (
        "body altered",
        No,
        |d| d.body = d.body.replace("10000.00", "10001.00"),
        "4015400",
        "Signature",
    ),
    (
        "space inside a string",
        No,
        |d| d.body = d.body.replace("Order 1", "Order  1"),
        "4015400",
        "Signature",
    ),
    (
        "timestamp altered",
        No,
        other_timestamp,
        "4015400",
        "Signature",
    ),
    (
        "query added",
        No,
        |d| d.path.push_str("?x=1"),
        "4015400",
        "Signature",
    ),
    ("first character", No, flip_first, "4015400", "Signature"),
    ("lower case", No, |d| lower(d), "4015400", "Signature"),
    (
        "hexadecimal",
        No,
        |d| d.set("X-SIGNATURE", &"ab".repeat(64)),
        "4015400",
        "Signature",
    ),
    (
        "cut short",
        No,
        |d| d.set("X-SIGNATURE", "AAAA"),
        "4015400",
        "Signature",
    ),
];

const PAYMENT_FIELDS: &[Row] = &[
    (
        "no JSON",
        Again,
        |d| d.body = "{".into(),
        "4005400",
        "Bad Request",
    ),
    (
        "an array",
        Again,
        |d| d.body = "[]".into(),
        "4005400",
        "Bad Request",
    ),
    (
        "no reference",
        Again,
        |d| d.edit("/partnerReferenceNo", Value::Null),
        "4005402",
        "partnerReferenceNo",
    ),
    (
        "13 characters",
        Again,
        |d| d.edit("/partnerReferenceNo", json!("INV-123456789")),
        "4005401",
        "partnerReferenceNo",
    ),
    (
        "a number",
        Again,
        |d| d.edit("/partnerReferenceNo", json!(1)),
        "4005401",
        "partnerReferenceNo",
    ),
    (
        "no decimals",
        Again,
        |d| d.edit("/amount/value", json!("10000")),
        "4005401",
        "amount.value",
    ),
    (
        "one decimal",
        Again,
        |d| d.edit("/amount/value", json!("10000.0")),
        "4005401",
        "amount.value",
    ),
    (
        "negative",
        Again,
        |d| d.edit("/amount/value", json!("-10.00")),
        "4005401",
        "amount.value",
    ),
    (
        "zero",
        Again,
        |d| d.edit("/amount/value", json!("0.00")),
        "4005401",
        "amount.value",
    ),
    (
        "bare number",
        Again,
        |d| d.edit("/amount/value", json!(10000)),
        "4005401",
        "amount.value",
    ),
    (
        "dollars",
        Again,
        |d| d.edit("/amount/currency", json!("USD")),
        "4005401",
        "amount.currency",
    ),
    (
        "no amount",
        Again,
        |d| d.edit("/amount", Value::Null),
        "4005402",
        "amount",
    ),
    (
        "no remarks",
        Again,
        |d| d.edit("/additionalInfo/remarks", json!("")),
        "4005402",
        "additionalInfo.remarks",
    ),
    (
        "41 characters",
        Again,
        |d| d.edit("/additionalInfo/remarks", json!("r".repeat(41))),
        "4005401",
        "additionalInfo.remarks",
    ),
    (
        "no address",
        Again,
        |d| d.edit("/additionalInfo/failedPaymentUrl", json!("shop")),
        "4005401",
        "additionalInfo.failedPaymentUrl",
    ),
    (
        "no success address",
        Again,
        |d| d.edit("/additionalInfo/successPaymentUrl", Value::Null),
        "4005402",
        "additionalInfo.successPaymentUrl",
    ),
    (
        "unknown channel",
        Again,
        |d| d.edit("/additionalInfo/channel", json!("DIRECT_DEBIT_X")),
        "4005401",
        "additionalInfo.channel",
    ),
    (
        "misspelt member",
        Again,
        |d| d.edit("/additionalInfo/remark", json!("x")),
        "4005401",
        "additionalInfo.remark",
    ),
];

const BINDING_FIELDS: &[Row] = &[
    (
        "eight digits",
        Again,
        |d| d.edit("/phoneNo", json!("62812345")),
        "4000701",
        "phoneNo",
    ),
    (
        "a plus",
        Again,
        |d| d.edit("/phoneNo", json!("+6281200000")),
        "4000701",
        "phoneNo",
    ),
    (
        "no customer",
        Again,
        |d| d.edit("/additionalInfo/custIdMerchant", Value::Null),
        "4000702",
        "additionalInfo.custIdMerchant",
    ),
    (
        "65 characters",
        Again,
        |d| d.edit("/additionalInfo/custIdMerchant", json!("c".repeat(65))),
        "4000701",
        "additionalInfo.custIdMerchant",
    ),
    (
        "71 characters",
        Again,
        |d| d.edit("/additionalInfo/customerName", json!("n".repeat(71))),
        "4000701",
        "additionalInfo.customerName",
    ),
    (
        "no mail",
        Again,
        |d| d.edit("/additionalInfo/email", json!("siti")),
        "4000701",
        "additionalInfo.email",
    ),
    (
        "a short date",
        Again,
        |d| d.edit("/additionalInfo/dateOfBirth", json!("990101")),
        "4000701",
        "additionalInfo.dateOfBirth",
    ),
    (
        "no failed address",
        Again,
        |d| d.edit("/additionalInfo/failedRegistrationUrl", Value::Null),
        "4000702",
        "additionalInfo.failedRegistrationUrl",
    ),
];

const OTP_FIELDS: &[Row] = &[
    (
        "five digits",
        Again,
        |d| d.edit("/otp", json!("11100")),
        "4000401",
        "otp",
    ),
    (
        "letters",
        Again,
        |d| d.edit("/otp", json!("11100a")),
        "4000401",
        "otp",
    ),
    (
        "another action",
        Again,
        |d| d.edit("/action", json!("otp")),
        "4000401",
        "action",
    ),
    (
        "no token",
        Again,
        |d| d.edit("/additionalInfo/bankCardToken", Value::Null),
        "4000402",
        "additionalInfo.bankCardToken",
    ),
    (
        "no payment",
        Again,
        |d| d.edit("/originalPartnerReferenceNo", json!("INV-9")),
        "4040401",
        "Not Found",
    ),
];

const REFUND_FIELDS: &[Row] = &[
    (
        "no refund number",
        Again,
        |d| d.edit("/partnerRefundNo", Value::Null),
        "4005802",
        "partnerRefundNo",
    ),
    (
        "13 characters",
        Again,
        |d| d.edit("/partnerRefundNo", json!("R".repeat(13))),
        "4005801",
        "partnerRefundNo",
    ),
    (
        "long reason",
        Again,
        |d| d.edit("/reason", json!("r".repeat(256))),
        "4005801",
        "reason",
    ),
    (
        "no payment",
        Again,
        |d| d.edit("/originalPartnerReferenceNo", json!("INV-9")),
        "4045801",
        "Not Found",
    ),
    (
        "another external id",
        Again,
        |d| d.edit("/originalExternalId", json!("99")),
        "4045801",
        "originalExternalId",
    ),
    (
        "too much",
        Again,
        |d| d.edit("/refundAmount/value", json!("10000.01")),
        "4045813",
        "Amount",
    ),
];

const STATUS_FIELDS: &[Row] = &[
    (
        "no service code",
        Again,
        |d| d.edit("/serviceCode", Value::Null),
        "4005502",
        "serviceCode",
    ),
    (
        "ASPI's service code",
        Again,
        |d| d.edit("/serviceCode", json!("54")),
        "4005501",
        "serviceCode",
    ),
    (
        "no reference",
        Again,
        |d| d.edit("/originalPartnerReferenceNo", Value::Null),
        "4005502",
        "originalPartnerReferenceNo",
    ),
    (
        "no payment",
        Again,
        |d| d.edit("/originalPartnerReferenceNo", json!("INV-9")),
        "4045501",
        "Not Found",
    ),
    (
        "another reference",
        Again,
        |d| d.edit("/originalReferenceNo", json!("DK9")),
        "4045501",
        "Not Found",
    ),
    (
        "another amount",
        Again,
        |d| d.edit("/amount", json!({"value": "1.00", "currency": "IDR"})),
        "4045513",
        "Amount",
    ),
    (
        "no date",
        Again,
        |d| d.edit("/transactionDate", json!("2026-11-20")),
        "4005501",
        "transactionDate",
    ),
];

fn bare_customer_token(draft: &mut Draft) {
    let token = draft.headers["Authorization-customer"]
        .trim_start_matches("Bearer ")
        .to_owned();
    draft.set("Authorization-customer", &token);
}

fn merchant_as_customer(draft: &mut Draft) {
    let token = draft.headers["Authorization"].clone();
    draft.set("Authorization-customer", &token);
}

/// The same moment, written in another way than was signed.
fn other_timestamp(draft: &mut Draft) {
    let text = draft.headers["X-TIMESTAMP"].replace('Z', "+00:00");
    draft.set("X-TIMESTAMP", &text);
}

fn flip_first(draft: &mut Draft) {
    let signature = draft.headers["X-SIGNATURE"].clone();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    draft.set("X-SIGNATURE", &format!("{first}{}", &signature[1..]));
}

fn lower(draft: &mut Draft) {
    let signature = draft.headers["X-SIGNATURE"].to_lowercase();
    draft.set("X-SIGNATURE", &signature);
}

async fn refuses(world: &World, table: &[Row], right: impl Fn() -> Draft) {
    for (why, signs, change, code, message) in table {
        let mut draft = right();
        change(&mut draft);
        if *signs == Again {
            draft.sign();
        }
        let answer = world.send(&draft).await.unwrap();
        let path = &draft.path;
        assert_eq!(answer.code(), *code, "{path}, {why}: {answer:?}");
        assert_eq!(answer.status.to_string(), code[..3], "{path}, {why}");
        let told = answer.text("/responseMessage");
        assert!(told.contains(message), "{path}, {why}: {told:?}");
    }
}

#[tokio::test]
async fn a_call_with_one_thing_wrong_is_refused_by_its_code_and_changes_nothing() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.paid("INV-0001", &token).await;
    let before = world.ledger().await;

    let new_payment = || {
        world.draft(
            PAYMENT,
            &client::payment("INV-0002", "10000.00"),
            Some(&token),
        )
    };
    refuses(&world, HEADERS, new_payment).await;
    refuses(&world, SIGNATURE, new_payment).await;
    refuses(&world, PAYMENT_FIELDS, new_payment).await;
    refuses(&world, BINDING_FIELDS, || {
        world.draft(BINDING, &client::binding("cust-002"), None)
    })
    .await;
    refuses(&world, OTP_FIELDS, || {
        world.draft(
            OTP,
            &client::otp("INV-0001", &token, "111000"),
            Some(&token),
        )
    })
    .await;
    refuses(&world, REFUND_FIELDS, || {
        world.draft(
            REFUND,
            &client::refund("INV-0001", "RFD-0001", "1.00"),
            Some(&token),
        )
    })
    .await;
    refuses(&world, STATUS_FIELDS, || {
        world.draft(STATUS, &client::status("INV-0001"), None)
    })
    .await;

    let mut after = world.ledger().await;
    let violations = after["violations"].take();
    assert_eq!(violations.as_array().unwrap().len(), 1, "{violations}");
    assert_eq!(violations[0]["kind"], "merchant_token_as_customer_token");
    let mut before = before;
    before["violations"].take();
    assert_eq!(after, before, "a refused call changes nothing");
    let rows = [
        HEADERS,
        SIGNATURE,
        PAYMENT_FIELDS,
        BINDING_FIELDS,
        OTP_FIELDS,
        REFUND_FIELDS,
        STATUS_FIELDS,
    ];
    assert_eq!(rows.iter().map(|table| table.len()).sum::<usize>(), 74);
}

#[tokio::test]
async fn a_right_payment_is_right() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let mut draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    draft.body = draft.body.replace(':', " :\n\t");
    draft.set("X-IP-ADDRESS", "192.0.2.100");
    draft.set("X-DEVICE-ID", "0123456789abcdef");
    let answer = world.send(&draft).await.unwrap();
    assert_eq!(
        answer.code(),
        "4015400",
        "spaces inside strings are signed: {answer:?}"
    );

    let mut draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    draft.body = draft.body.replace("\":", "\" :\n\t");
    let answer = world.send(&draft).await.unwrap();
    assert_eq!(
        answer.code(),
        "2005400",
        "spaces between tokens are not: {answer:?}"
    );
}

#[tokio::test]
async fn token_requests() {
    let world = World::start().await;
    let credentials = json!({"grantType": "client_credentials"});
    let cut: Change = |d| d.set("X-SIGNATURE", "AAAA");
    let offset: Change = |d| {
        let text = d.headers["X-TIMESTAMP"].replace('Z', "+00:00");
        d.set("X-TIMESTAMP", &text);
    };
    let later: Change = |d| {
        let other = if d.headers["X-TIMESTAMP"].ends_with("0Z") {
            "1Z"
        } else {
            "0Z"
        };
        let text = format!("{}{other}", &d.headers["X-TIMESTAMP"][..18]);
        d.set("X-TIMESTAMP", &text);
    };
    let table: [(&str, &str, Value, Change, &str); 11] = [
        ("right", B2B, credentials.clone(), |_| {}, "2007300"),
        (
            "no client",
            B2B,
            credentials.clone(),
            |d| d.without("X-CLIENT-KEY"),
            "4007302",
        ),
        (
            "another client",
            B2B,
            credentials.clone(),
            |d| d.set("X-CLIENT-KEY", "BRN-X"),
            "4017300",
        ),
        ("signature", B2B, credentials.clone(), cut, "4017300"),
        (
            "signed another time",
            B2B,
            credentials.clone(),
            later,
            "4017300",
        ),
        ("not UTC", B2B, credentials.clone(), offset, "4007301"),
        (
            "another grant",
            B2B,
            json!({"grantType": "password"}),
            |_| {},
            "4007301",
        ),
        ("no grant", B2B, json!({}), |_| {}, "4007302"),
        (
            "no code",
            B2B2C,
            json!({"grantType": "authorization_code"}),
            |_| {},
            "4007402",
        ),
        (
            "code of nobody",
            B2B2C,
            json!({"grantType": "authorization_code", "authCode": "1"}),
            |_| {},
            "4017400",
        ),
        (
            "refresh of nobody",
            B2B2C,
            json!({"grantType": "refresh_token", "refreshToken": "1"}),
            |_| {},
            "4017400",
        ),
    ];
    for (why, path, body, change, code) in table {
        let mut draft = world.token_draft(path, &body);
        change(&mut draft);
        let answer = world.send(&draft).await.unwrap();
        assert_eq!(answer.code(), code, "{why}: {answer:?}");
    }
}

#[tokio::test]
async fn tokens_end() {
    let mut world = World::start().await;
    let (token, auth_code) = world.bound("cust-001").await;
    let pay = |reference: &str| client::payment(reference, "10000.00");

    let older = world.b2b.clone();
    world.mint_b2b().await;
    let newer = std::mem::replace(&mut world.b2b, older);
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-1"), Some(&token))
            .await
            .code(),
        "4015401",
        "older"
    );
    world.b2b = newer;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-1"), Some(&token))
            .await
            .code(),
        "2005400",
        "newer"
    );

    world.advance(Duration::from_secs(901)).await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "4015401",
        "B2B"
    );
    world.mint_b2b().await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "4015402",
        "B2B2C"
    );
    let renewed = world.exchange(&auth_code).await;
    let token = renewed.text("/accessToken");
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "2005400"
    );

    let refresh =
        json!({"grantType": "refresh_token", "refreshToken": renewed.text("/refreshToken")});
    assert_eq!(world.token(B2B2C, &refresh).await.code(), "2007400");
    assert_eq!(
        world.token(B2B2C, &refresh).await.code(),
        "4017400",
        "spent"
    );

    world
        .admin("/admin/tokens/void-customers", &json!({}))
        .await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-3"), Some(&token))
            .await
            .code(),
        "4015402",
        "voided"
    );
    world.admin("/admin/tokens/void", &json!({})).await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-3"), Some(&token))
            .await
            .code(),
        "4015401",
        "voided"
    );
}

#[tokio::test]
async fn a_token_of_another_customer_is_refused_and_recorded() {
    let world = World::start().await;
    let (siti, _) = world.bound("siti").await;
    let (budi, _) = world.bound("budi").await;
    world.paid("INV-1", &siti).await;
    world.initiated("INV-2", &siti).await;

    let calls = [
        (OTP, client::otp("INV-2", &budi, "111000"), "4010402"),
        (OTP, client::otp("INV-2", &siti, "111000"), "4010402"),
        (REFUND, client::refund("INV-1", "RFD-1", "1.00"), "4015802"),
        (PAYMENT, client::payment("INV-2", "10000.00"), "4015402"),
    ];
    for (path, body, code) in calls {
        assert_eq!(
            world.call(path, &body, Some(&budi)).await.code(),
            code,
            "{path}"
        );
    }
    let violations = world.ledger().await["violations"].clone();
    let violations = violations.as_array().unwrap();
    assert_eq!(violations.len(), 4);
    for violation in violations {
        assert_eq!(violation["kind"], "customer_token_of_another_customer");
    }
}

#[tokio::test]
async fn tokens_and_phone_numbers_out_of_place_are_recorded() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let mut draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    draft.edit("/additionalInfo/remarks", json!("call 6281200000000"));
    draft.edit(
        "/additionalInfo/successPaymentUrl",
        json!(format!("https://a.example/{token}")),
    );
    draft.sign();
    world.send(&draft).await.unwrap();
    world
        .call(STATUS, &client::status("INV-1"), Some(&token))
        .await;
    let mut draft = world.draft(UNBINDING, &client::unbinding(&token), None);
    draft.set("Authorization", &format!("Bearer {token}"));
    draft.sign();
    assert_eq!(world.send(&draft).await.unwrap().code(), "4010501");

    let ledger = world.ledger().await;
    let mut kinds: Vec<_> = ledger["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let expected = [
        "customer_token_as_merchant_token",
        "customer_token_not_asked_for",
        "phone_outside_its_field",
        "token_outside_its_field",
    ];
    assert_eq!(kinds, expected);
    assert!(!ledger["violations"].to_string().contains(&token));
}
