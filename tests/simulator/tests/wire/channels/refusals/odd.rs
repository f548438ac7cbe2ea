//! Values that no length or absence tells apart.

use serde_json::{Value, json};

use super::super::scene::{
    ALLO, BRI, CIMB, DANA, Flavour, MANDIRI, OLD_OVO, OVO, Op, SHOPEE_PAY, WTD_BRI, card, card_data,
};
use super::{Scene, dotted, refuses};
use crate::world::World;

const CHANNEL: &str = "/additionalInfo/channel";

/// Why, in which channel and operation, where, the new value, the case.
type Row = (
    &'static str,
    Flavour,
    Op,
    &'static str,
    fn() -> Value,
    &'static str,
);

const ODD: &[Row] = &[
    (
        "another OS",
        ALLO,
        Op::Binding,
        "/additionalInfo/osType",
        || json!("windows"),
        "40001",
    ),
    (
        "another channelId",
        ALLO,
        Op::Binding,
        "/additionalInfo/channelId",
        || json!("sms"),
        "40001",
    ),
    (
        "no items",
        ALLO,
        Op::Payment,
        "/additionalInfo/lineItems",
        || json!([]),
        "40002",
    ),
    (
        "a number as price",
        ALLO,
        Op::Payment,
        "/additionalInfo/lineItems/0/price",
        || json!(10_000),
        "40001",
    ),
    (
        "no decimals",
        ALLO,
        Op::Payment,
        "/additionalInfo/lineItems/0/price",
        || json!("10000"),
        "40001",
    ),
    (
        "a number as quantity",
        ALLO,
        Op::Payment,
        "/additionalInfo/lineItems/0/quantity",
        || json!(1),
        "40001",
    ),
    (
        "OVO's purse",
        ALLO,
        Op::Payment,
        "/payOptionDetails/0/payMethod",
        || json!("CASH"),
        "40001",
    ),
    (
        "Allo's purse",
        OVO,
        Op::Payment,
        "/payOptionDetails/0/payMethod",
        || json!("BALANCE"),
        "40001",
    ),
    (
        "another sum",
        OVO,
        Op::Payment,
        "/payOptionDetails/0/transAmount/value",
        || json!("9999.00"),
        "40413",
    ),
    (
        "an archived fee",
        OVO,
        Op::Payment,
        "/feeType",
        || json!("SHA|1000"),
        "40001",
    ),
    (
        "another type",
        OVO,
        Op::Payment,
        "/additionalInfo/paymentType",
        || json!("ONCE"),
        "40001",
    ),
    (
        "another type",
        BRI,
        Op::Payment,
        "/additionalInfo/paymentType",
        || json!("ONCE"),
        "40001",
    ),
    (
        "a charge token of nobody",
        BRI,
        Op::Payment,
        "/chargeToken",
        || json!("0123456789abcdef"),
        "40411",
    ),
    (
        "a number abroad",
        BRI,
        Op::CardBinding,
        "/phoneNo",
        || json!("6581200000000"),
        "40001",
    ),
    (
        "a dash",
        BRI,
        Op::CardBinding,
        "/custIdMerchant",
        || json!("cust-1"),
        "40001",
    ),
    (
        "plain text",
        BRI,
        Op::CardBinding,
        "/cardData",
        || json!("5221840000001234"),
        "40001",
    ),
    (
        "another key",
        BRI,
        Op::CardBinding,
        "/cardData",
        || json!("YLAqG+Kg7oe1K63pSMH+FQ==|AAECAwQFBgcICQoLDA0ODw=="),
        "40001",
    ),
    (
        "no card number",
        BRI,
        Op::CardBinding,
        "/cardData",
        || without("bankCardNo"),
        "40002",
    ),
    (
        "no type",
        BRI,
        Op::CardBinding,
        "/cardData",
        || without("bankCardType"),
        "40002",
    ),
    (
        "no expiry",
        BRI,
        Op::CardBinding,
        "/cardData",
        || without("expiryDate"),
        "40002",
    ),
    (
        "year and month",
        BRI,
        Op::CardBinding,
        "/cardData",
        || with("expiryDate", "2812"),
        "40001",
    ),
    (
        "21 digits",
        BRI,
        Op::CardBinding,
        "/cardData",
        || with("bankCardNo", "123456789012345678901"),
        "40001",
    ),
    (
        "another type",
        BRI,
        Op::Otp,
        "/type",
        || json!("PAYMENT"),
        "40001",
    ),
    (
        "no payment",
        BRI,
        Op::Otp,
        "/originalReferenceNo",
        || json!("DK1"),
        "40401",
    ),
    (
        "unknown field",
        MANDIRI,
        Op::Payment,
        "/additionalInfo/remarks",
        || json!("r".repeat(41)),
        "40001",
    ),
    (
        "another OTP",
        MANDIRI,
        Op::Otp,
        "/otp",
        || json!("000000"),
        "40415",
    ),
    (
        "another type",
        DANA,
        Op::Payment,
        "/urlParam/0/type",
        || json!("NOTIFICATION"),
        "40001",
    ),
    (
        "neither Y nor N",
        DANA,
        Op::Payment,
        "/urlParam/0/isDeepLink",
        || json!("yes"),
        "40001",
    ),
    (
        "no address",
        DANA,
        Op::Payment,
        "/urlParam/0/url",
        || json!("shop"),
        "40001",
    ),
    (
        "another device",
        DANA,
        Op::Payment,
        "/pointOfInitiation",
        || json!("phone"),
        "40001",
    ),
    (
        "no zone",
        DANA,
        Op::Payment,
        "/validUpTo",
        || json!("2090-11-20T09:15:30"),
        "40001",
    ),
    (
        "a word",
        DANA,
        Op::Payment,
        "/additionalInfo/supportDeepLinkCheckoutUrl",
        || json!("true"),
        "40001",
    ),
    (
        "DANA's field",
        SHOPEE_PAY,
        Op::Payment,
        "/additionalInfo/orderTitle",
        || json!("Order"),
        "40001",
    ),
    (
        "dollars",
        SHOPEE_PAY,
        Op::Refund,
        "/refundAmount/currency",
        || json!("USD"),
        "40001",
    ),
    (
        "too much",
        SHOPEE_PAY,
        Op::Refund,
        "/refundAmount/value",
        || json!("10000.01"),
        "40413",
    ),
    (
        "another channel than the path's",
        OLD_OVO,
        Op::Balance,
        CHANNEL,
        || json!("DIRECT_DEBIT_CIMB_SNAP"),
        "40001",
    ),
    (
        "another fee",
        OLD_OVO,
        Op::Payment,
        "/feeType",
        || json!("SHA|"),
        "40001",
    ),
    (
        "another type",
        OLD_OVO,
        Op::Otp,
        "/type",
        || json!("payment"),
        "40001",
    ),
    (
        "core's field",
        OLD_OVO,
        Op::Balance,
        "/tokenId",
        || json!("1"),
        "40001",
    ),
    (
        "a whole card number",
        WTD_BRI,
        Op::CardBinding,
        "/bankCardNo",
        || json!("5221840000001234"),
        "40001",
    ),
    (
        "another type",
        WTD_BRI,
        Op::CardBinding,
        "/bankCardType",
        || json!("X"),
        "40001",
    ),
    (
        "another document",
        WTD_BRI,
        Op::CardBinding,
        "/identificationType",
        || json!("05"),
        "40001",
    ),
    (
        "a month too many",
        WTD_BRI,
        Op::CardBinding,
        "/expiryDate",
        || json!("1328"),
        "40001",
    ),
    (
        "neither YES nor NO",
        WTD_BRI,
        Op::Payment,
        "/additionalInfo/otpStatus",
        || json!("MAYBE"),
        "40001",
    ),
    (
        "core's field",
        WTD_BRI,
        Op::Payment,
        "/partnerReferenceNo",
        || json!("INV-1"),
        "40001",
    ),
    (
        "a part",
        WTD_BRI,
        Op::Refund,
        "/refundAmount/value",
        || json!("9999.00"),
        "40413",
    ),
    (
        "another transaction",
        WTD_BRI,
        Op::Refund,
        "/additionalInfo/merchantTrxId",
        || json!("INV-9"),
        "40401",
    ),
    (
        "another call",
        WTD_BRI,
        Op::Refund,
        "/originalExternalId",
        || json!("99"),
        "40401",
    ),
    (
        "a part that DOKU does not have",
        CIMB,
        Op::Otp,
        "/type",
        || json!("payment"),
        "40001",
    ),
];

fn without(name: &str) -> Value {
    let mut card = card();
    card.as_object_mut().unwrap().remove(name);
    json!(card_data(&card, [1; 16]))
}

fn with(name: &str, value: &str) -> Value {
    let mut card = card();
    card[name] = json!(value);
    json!(card_data(&card, [1; 16]))
}

#[tokio::test]
async fn odd_values_are_refused_by_their_codes() {
    let world = World::start_strict().await;
    for (number, (why, flavour, op, pointer, value, case)) in ODD.iter().enumerate() {
        let scene = Scene::of(&world, *flavour, 100 + number).await;
        let mut draft = scene.right(&world, *op, 900 + number);
        draft.edit(pointer, value());
        let told = if case.starts_with("400") {
            dotted(pointer).rsplit('.').next().unwrap().to_owned()
        } else {
            String::new()
        };
        refuses(&world, why, *op, draft, case, &told).await;
    }
}
