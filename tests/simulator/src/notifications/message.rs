//! A notification, signed and ready to send.

use doku_shared::signing::snap;
use serde::Serialize;
use serde_json::json;

use crate::random;
use crate::shared::Shared;
use crate::world::outbox::Notice;

/// Path, headers and the exact body of a notification.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    /// Path of the merchant's endpoint, as signed.
    pub path: String,
    /// Headers.
    pub headers: Headers,
    /// The exact text.
    pub body: String,
}

/// The headers of a notification, by their names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub struct Headers {
    /// Always JSON.
    #[serde(rename = "Content-Type")]
    pub content_type: &'static str,
    /// The merchant's client id.
    pub x_partner_id: String,
    /// Digits, new for every attempt.
    pub x_external_id: String,
    /// UTC, whole seconds.
    pub x_timestamp: String,
    /// `Bearer ` and the token the merchant issued.
    #[serde(rename = "Authorization")]
    pub authorization: String,
    /// Symmetric signature.
    pub x_signature: String,
}

impl Headers {
    /// Names and values, in the order of DOKU's sample.
    pub fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("Content-Type", self.content_type),
            ("X-PARTNER-ID", &self.x_partner_id),
            ("X-EXTERNAL-ID", &self.x_external_id),
            ("X-TIMESTAMP", &self.x_timestamp),
            ("Authorization", &self.authorization),
            ("X-SIGNATURE", &self.x_signature),
        ]
    }
}

/// Signs the notice afresh, with the merchant's token and the present time.
pub fn sign(shared: &Shared, notice: &Notice, path: &str, token: &str) -> Signed {
    let body = body(notice);
    let timestamp = shared.clock.now().rfc3339();
    let text = snap::string_to_sign("POST", path, token, body.as_bytes(), &timestamp);
    Signed {
        path: path.to_owned(),
        headers: Headers {
            content_type: "application/json",
            x_partner_id: shared.identity.client_id.clone(),
            x_external_id: random::digits(32),
            x_signature: snap::sign(&shared.identity.secret, &text),
            x_timestamp: timestamp,
            authorization: format!("Bearer {token}"),
        },
        body,
    }
}

/// The body of DOKU's table, compact, absent fields left out.
fn body(notice: &Notice) -> String {
    let mut body = json!({
        "originalPartnerReferenceNo": notice.partner_reference_no,
        "originalReferenceNo": notice.reference_no,
        "originalExternalId": notice.external_id,
        "latestTransactionStatus": notice.status,
        "transactionStatusDesc": notice.description,
        "amount": {"value": notice.amount, "currency": notice.currency},
        "additionalInfo": {
            "channelId": notice.channel,
            "acquirerId": notice.acquirer,
            "custIdMerchant": notice.cust_id,
            "accountType": notice.account_type,
        },
    });
    if let Some(refund) = &notice.partner_refund_no {
        body["additionalInfo"]["partnerRefundNo"] = json!(refund);
    }
    body.to_string()
}
