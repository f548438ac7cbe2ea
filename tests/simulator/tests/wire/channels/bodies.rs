//! The body of every operation in the words of every channel, right as it is.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::scene::{Flavour, Form, Linked, Op, Paid, card, card_data};

static IV: AtomicU64 = AtomicU64::new(1);

/// The operation that links a customer.
pub fn registering(flavour: Flavour) -> Op {
    match flavour.form {
        Form::Bri | Form::Mandiri | Form::ArchivedBri => Op::CardBinding,
        _ => Op::Binding,
    }
}

fn money(value: &str) -> Value {
    json!({"value": value, "currency": "IDR"})
}

/// Names the channel where the path does not, and drops what is null.
fn with_channel(flavour: Flavour, mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    if flavour.is_core() {
        body["additionalInfo"]["channel"] = json!(flavour.code);
    }
    body
}

pub fn registration(flavour: Flavour, cust_id: &str) -> Value {
    let addresses = json!({
        "customerName": "Siti Aminah",
        "dateOfBirth": "19990101",
        "successRegistrationUrl": "https://merchant.example.com/bind/ok",
        "failedRegistrationUrl": "https://merchant.example.com/bind/failed",
    });
    let body = match flavour.form {
        Form::ArchivedBri => json!({
            "bankCardNo": "1234",
            "bankCardType": "D",
            "identificationNo": "3171000000000001",
            "identificationType": "01",
            "email": "siti@example.com",
            "expiryDate": "1228",
            "custIdMerchant": cust_id,
            "phoneNo": "6281200000000",
            "accountName": "Siti Aminah",
            "dateOfBirth": "19990101",
            "additionalInfo": {"customerEmail": "siti@example.com", "customerPhoneNo": "6281200000000"},
        }),
        Form::Bri | Form::Mandiri => {
            let mut iv = [0; 16];
            iv[..8].copy_from_slice(&IV.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            json!({
                "cardData": card_data(&card(), iv),
                "custIdMerchant": cust_id,
                "phoneNo": "6281200000000",
                "additionalInfo": addresses,
            })
        }
        form => {
            let mut info = addresses;
            info["custIdMerchant"] = json!(cust_id);
            if form == Form::Allo {
                info["deviceModel"] = json!("Pixel 9");
                info["osType"] = json!("android");
                info["channelId"] = json!("app");
            }
            json!({"phoneNo": "6281200000000", "additionalInfo": info})
        }
    };
    with_channel(flavour, body)
}

pub fn payment(flavour: Flavour, reference: &str, linked: &Linked) -> Value {
    let addresses = json!({
        "successPaymentUrl": "https://merchant.example.com/pay/ok",
        "failedPaymentUrl": "https://merchant.example.com/pay/failed",
    });
    let mut body = json!({
        "partnerReferenceNo": reference,
        "amount": money("10000.00"),
        "additionalInfo": addresses,
    });
    let option = |method: &str| json!([{"payMethod": method, "transAmount": money("10000.00"), "feeAmount": money("0.00")}]);
    let items = json!([{"name": "Vitamin C", "price": "10000.00", "quantity": "1"}]);
    match flavour.form {
        Form::Cimb => body["additionalInfo"]["remarks"] = json!("Order 1"),
        Form::Bri => body["chargeToken"] = json!(linked.charge_token),
        Form::Mandiri => {}
        Form::Allo => {
            body["additionalInfo"]["remarks"] = json!("Order 1");
            body["additionalInfo"]["lineItems"] = items;
            body["payOptionDetails"] = option("BALANCE");
        }
        Form::Ovo => {
            body["feeType"] = json!("OUR");
            body["payOptionDetails"] = option("CASH");
            body["additionalInfo"]["paymentType"] = json!("SALE");
            body["additionalInfo"]["remarks"] = json!("Order 1");
        }
        Form::Dana | Form::ShopeePay | Form::ArchivedShopeePay => {
            body["additionalInfo"] = Value::Null;
            body["pointOfInitiation"] = json!("app");
            body["urlParam"] = json!([{
                "url": "https://merchant.example.com/pay/return",
                "type": "PAY_RETURN",
                "isDeepLink": "N",
            }]);
        }
        Form::Archived => {
            body["additionalInfo"] = Value::Null;
            body["bankCardToken"] = json!(linked.token);
            body["feeType"] = json!("SHA|1000");
            body["payOptionDetails"] = option("CASH");
        }
        Form::ArchivedBri => {
            body = json!({
                "bankCardToken": linked.token,
                "merchantId": "12345",
                "transAmount": money("10000.00"),
                "additionalInfo": {
                    "lineItems": items,
                    "merchantTrxId": reference,
                    "otpStatus": "YES",
                },
            });
        }
    }
    with_channel(flavour, body)
}

/// OTP of a payment.
pub fn otp(flavour: Flavour, paid: &Paid, linked: &Linked, otp: &str) -> Value {
    let body = match flavour.form {
        Form::Cimb => json!({
            "originalPartnerReferenceNo": paid.reference,
            "otp": otp,
            "action": "otpPayment",
            "additionalInfo": {"bankCardToken": linked.token},
        }),
        Form::Archived => json!({
            "originalPartnerReferenceNo": paid.reference,
            "otp": otp,
            "type": "PAYMENT",
            "additionalInfo": {"bankCardToken": linked.token},
        }),
        _ => json!({
            "originalReferenceNo": paid.reference_no,
            "otp": otp,
            "type": "payment",
        }),
    };
    with_channel(flavour, body)
}

/// OTP of a card at BRI's archived paths.
pub fn card_otp(registration: &str, otp: &str) -> Value {
    json!({"originalReferenceNo": registration, "otp": otp, "type": "card"})
}

pub fn refund(flavour: Flavour, paid: &Paid, number: &str, linked: &Linked) -> Value {
    let mut body = json!({
        "originalPartnerReferenceNo": paid.reference,
        "originalExternalId": paid.external_id,
        "partnerRefundNo": number,
        "refundAmount": money("10000.00"),
        "reason": "Item returned",
    });
    match flavour.form {
        Form::Archived => body["additionalInfo"]["bankCardToken"] = json!(linked.token),
        Form::ArchivedBri => {
            body["originalPartnerReferenceNo"] = Value::Null;
            body["originalReferenceNo"] = json!(paid.reference_no);
            body["additionalInfo"]["merchantTrxId"] = json!(paid.reference);
        }
        _ => {}
    }
    with_channel(flavour, body)
}

pub fn unbinding(flavour: Flavour, linked: &Linked) -> Value {
    let field = match flavour.form {
        Form::ArchivedBri => "token",
        _ => "tokenId",
    };
    with_channel(flavour, json!({field: linked.token}))
}

pub fn balance(flavour: Flavour, linked: &Linked) -> Value {
    let body = match flavour.form {
        Form::Archived => json!({"bankCardToken": linked.token}),
        _ => json!({}),
    };
    with_channel(flavour, body)
}

pub fn status(flavour: Flavour, reference: &str) -> Value {
    json!({
        "originalPartnerReferenceNo": reference,
        "serviceCode": "55",
        "additionalInfo": {"channel": flavour.code},
    })
}
