//! A merchant's client: builds, signs and sends calls, and lets a test alter any part.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use doku_shared::clock::Clock;
use doku_shared::signing::{asymmetric, snap};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{CLIENT_ID, SECRET, World};

pub const BINDING: &str = "/direct-debit/core/v1/registration-account-binding";
pub const PAYMENT: &str = "/direct-debit/core/v1/debit/payment-host-to-host";
pub const OTP: &str = "/direct-debit/core/v1/otp-verification";
pub const REFUND: &str = "/direct-debit/core/v1/debit/refund";
pub const UNBINDING: &str = "/direct-debit/core/v1/registration-account-unbinding";
pub const STATUS: &str = "/orders/v1.0/debit/status";
pub const B2B: &str = "/authorization/v1/access-token/b2b";
pub const B2B2C: &str = "/authorization/v1/access-token/b2b2c";
pub const CHANNEL: &str = "DIRECT_DEBIT_CIMB_SNAP";

/// An answer: HTTP status and JSON body (null when it is none).
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["responseCode"].as_str().unwrap_or("")
    }

    pub fn text(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }
}

/// A call that is not sent yet.
#[derive(Clone)]
pub struct Draft {
    pub path: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: String,
}

impl Draft {
    pub fn set(&mut self, header: &'static str, value: &str) {
        self.headers.insert(header, value.to_owned());
    }

    pub fn without(&mut self, header: &'static str) {
        self.headers.remove(header);
    }

    /// Replaces the value at `pointer`; null takes the member away.
    pub fn edit(&mut self, pointer: &str, value: Value) {
        let mut body: Value = serde_json::from_str(&self.body).unwrap();
        if value.is_null() {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(name);
        } else if let Some(place) = body.pointer_mut(pointer) {
            *place = value;
        } else {
            let mut names = pointer.trim_start_matches('/').split('/');
            *names
                .try_fold(&mut body, |place, name| Some(&mut place[name]))
                .unwrap() = value;
        }
        self.body = body.to_string();
    }

    /// Signs what the draft holds now.
    pub fn sign(&mut self) {
        let part = |name| self.headers.get(name).cloned().unwrap_or_default();
        let token = part("Authorization")
            .trim_start_matches("Bearer ")
            .to_owned();
        let timestamp = part("X-TIMESTAMP");
        let body = self.body.as_bytes();
        let text = snap::string_to_sign("POST", &self.path, &token, body, &timestamp);
        let signature = snap::sign(&SecretString::from(SECRET), &text);
        self.set("X-SIGNATURE", &signature);
    }
}

static EXTERNAL_ID: AtomicU64 = AtomicU64::new(1);

pub fn external_id() -> String {
    format!("2026{:028}", EXTERNAL_ID.fetch_add(1, Ordering::Relaxed))
}

impl World {
    /// The simulator's time, as a header.
    pub fn timestamp(&self) -> String {
        let offset = i64::try_from(self.advanced.as_millis()).unwrap();
        let now = Clock::system().now().millis() + offset;
        doku_shared::clock::Timestamp::from_millis(now).rfc3339()
    }

    /// A signed call that DOKU should accept.
    pub fn draft(&self, path: &str, body: &Value, customer: Option<&str>) -> Draft {
        let mut draft = Draft {
            path: path.to_owned(),
            headers: BTreeMap::new(),
            body: body.to_string(),
        };
        draft.set("Content-Type", "application/json");
        draft.set("X-PARTNER-ID", CLIENT_ID);
        draft.set("X-EXTERNAL-ID", &external_id());
        draft.set("X-TIMESTAMP", &self.timestamp());
        draft.set("Authorization", &format!("Bearer {}", self.b2b));
        if let Some(token) = customer {
            draft.set("Authorization-customer", &format!("Bearer {token}"));
        }
        draft.sign();
        draft
    }

    pub async fn send(&self, draft: &Draft) -> Result<Answer, reqwest::Error> {
        let url = format!("{}{}", self.base(), draft.path);
        let mut request = self.http.post(url).body(draft.body.clone());
        for (name, value) in &draft.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    pub async fn call(&self, path: &str, body: &Value, customer: Option<&str>) -> Answer {
        self.send(&self.draft(path, body, customer)).await.unwrap()
    }

    /// A token request, signed asymmetrically.
    pub fn token_draft(&self, path: &str, body: &Value) -> Draft {
        let timestamp = self.timestamp();
        let signature = self
            .merchant_key
            .sign(&asymmetric::token_string(CLIENT_ID, &timestamp))
            .unwrap();
        let mut draft = Draft {
            path: path.to_owned(),
            headers: BTreeMap::new(),
            body: body.to_string(),
        };
        draft.set("Content-Type", "application/json");
        draft.set("X-CLIENT-KEY", CLIENT_ID);
        draft.set("X-TIMESTAMP", &timestamp);
        draft.set("X-SIGNATURE", &signature);
        draft
    }

    pub async fn token(&self, path: &str, body: &Value) -> Answer {
        self.send(&self.token_draft(path, body)).await.unwrap()
    }

    pub async fn mint_b2b(&mut self) {
        let answer = self
            .token(B2B, &json!({"grantType": "client_credentials"}))
            .await;
        assert_eq!(answer.code(), "2007300", "{answer:?}");
        self.b2b = answer.text("/accessToken");
    }

    pub async fn exchange(&self, auth_code: &str) -> Answer {
        let body = json!({"grantType": "authorization_code", "authCode": auth_code});
        self.token(B2B2C, &body).await
    }

    /// Binds a customer and approves it: the customer's token and the `authCode`.
    pub async fn bound(&self, cust_id: &str) -> (String, String) {
        let answer = self.call(BINDING, &binding(cust_id), None).await;
        assert_eq!(answer.code(), "2000700", "{answer:?}");
        let auth_code = answer.text("/additionalInfo/authCode");
        self.admin(&format!("/admin/bindings/{auth_code}/approve"), &json!({}))
            .await;
        let token = self.exchange(&auth_code).await;
        assert_eq!(token.code(), "2007400", "{token:?}");
        (token.text("/accessToken"), auth_code)
    }

    /// A payment that waits for OTP verification.
    pub async fn initiated(&self, reference: &str, token: &str) -> Answer {
        let mut draft = self.draft(PAYMENT, &payment(reference, "10000.00"), Some(token));
        draft.set("X-CHANNEL-ID", "H2H");
        let answer = self.send(&draft).await.unwrap();
        assert_eq!(answer.code(), "2005400", "{answer:?}");
        answer
    }

    /// A paid payment.
    pub async fn paid(&self, reference: &str, token: &str) {
        self.initiated(reference, token).await;
        let answer = self
            .call(OTP, &otp(reference, token, "111000"), Some(token))
            .await;
        assert_eq!(answer.code(), "2000400", "{answer:?}");
    }
}

pub fn binding(cust_id: &str) -> Value {
    json!({
        "phoneNo": "6281200000000",
        "additionalInfo": {
            "channel": CHANNEL,
            "custIdMerchant": cust_id,
            "customerName": "Siti Aminah",
            "email": "siti@example.com",
            "successRegistrationUrl": "https://merchant.example.com/bind/ok",
            "failedRegistrationUrl": "https://merchant.example.com/bind/failed",
        },
    })
}

pub fn payment(reference: &str, amount: &str) -> Value {
    json!({
        "partnerReferenceNo": reference,
        "amount": {"value": amount, "currency": "IDR"},
        "additionalInfo": {
            "channel": CHANNEL,
            "remarks": "Order 1",
            "successPaymentUrl": "https://merchant.example.com/pay/ok",
            "failedPaymentUrl": "https://merchant.example.com/pay/failed",
        },
    })
}

pub fn otp(reference: &str, token: &str, otp: &str) -> Value {
    json!({
        "originalPartnerReferenceNo": reference,
        "otp": otp,
        "action": "otpPayment",
        "additionalInfo": {"channel": CHANNEL, "bankCardToken": token},
    })
}

pub fn refund(reference: &str, refund_no: &str, amount: &str) -> Value {
    json!({
        "originalPartnerReferenceNo": reference,
        "partnerRefundNo": refund_no,
        "refundAmount": {"value": amount, "currency": "IDR"},
        "reason": "Item returned",
        "additionalInfo": {"channel": CHANNEL},
    })
}

pub fn unbinding(token: &str) -> Value {
    json!({"tokenId": token, "additionalInfo": {"channel": CHANNEL}})
}

pub fn status(reference: &str) -> Value {
    json!({
        "originalPartnerReferenceNo": reference,
        "serviceCode": "55",
        "additionalInfo": {"channel": CHANNEL},
    })
}
