//! A notification, signed and ready to send.

use doku_shared::signing::snap;
use serde::{Serialize, Serializer};
use serde_json::json;
use url::Url;

use crate::channel::Items;
use crate::merge::merge;
use crate::non_snap::signing::{Lines, Side};
use crate::random;
use crate::shared::Shared;
use crate::world::outbox::{DebitNotice, OrderNotice};

/// Address, headers and the exact body of a notification.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    /// Where it goes.
    #[serde(serialize_with = "as_text")]
    pub url: Url,
    /// Path of the merchant's endpoint, as signed.
    pub path: String,
    /// Headers.
    pub headers: Headers,
    /// The exact text.
    pub body: String,
}

/// Names and values of headers, in the order of DOKU's samples.
#[derive(Debug, Clone)]
pub struct Headers(pub Vec<(&'static str, String)>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn as_text<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(url)
}

/// Signs the notice afresh, with the merchant's token and the present time.
pub fn sign_debit(shared: &Shared, notice: &DebitNotice, url: Url, token: &str) -> Signed {
    let body = body(notice);
    let path = url.path().to_owned();
    let timestamp = shared.clock.now().rfc3339();
    let text = snap::string_to_sign("POST", &path, token, body.as_bytes(), &timestamp);
    Signed {
        headers: Headers(vec![
            ("Content-Type", "application/json".to_owned()),
            ("X-PARTNER-ID", shared.identity.client_id.clone()),
            ("X-EXTERNAL-ID", random::digits(32)),
            ("X-TIMESTAMP", timestamp),
            ("Authorization", format!("Bearer {token}")),
            ("X-SIGNATURE", snap::sign(&shared.identity.secret(), &text)),
        ]),
        url,
        path,
        body,
    }
}

/// Signs the notice afresh, with the present time. It needs no token.
pub fn sign_order(shared: &Shared, notice: &OrderNotice, url: Url) -> Signed {
    let body = notice.body.to_string();
    let path = url.path().to_owned();
    let timestamp = shared.clock.now().rfc3339();
    let request_id = notice.request_id.clone().unwrap_or_else(random::request_id);
    let signature = Lines {
        side: Side::Request,
        client_id: &shared.identity.client_id,
        request_id: &request_id,
        timestamp: &timestamp,
        target: &path,
        body: Some(body.as_bytes()),
    }
    .sign(&shared.identity.secret());
    Signed {
        headers: Headers(vec![
            ("Content-Type", "application/json".to_owned()),
            ("Client-Id", shared.identity.client_id.clone()),
            ("Request-Id", request_id),
            ("Request-Timestamp", timestamp),
            ("Signature", signature),
        ]),
        url,
        path,
        body,
    }
}

/// The body of DOKU's table, compact, absent fields left out.
fn body(notice: &DebitNotice) -> String {
    let mut info = json!({
        &*notice.channel_key: notice.channel,
        "acquirerId": notice.acquirer,
        "custIdMerchant": notice.cust_id,
        "accountType": notice.account_type,
    });
    if notice.cust_id.is_empty() {
        merge(&mut info, &json!({"custIdMerchant": null}));
    }
    if let Some(refund) = &notice.partner_refund_no {
        info["partnerRefundNo"] = json!(refund);
    }
    if let Some(number) = &notice.refund_no {
        info["refundNo"] = json!(number);
    }
    let mut body = json!({
        "originalPartnerReferenceNo": notice.partner_reference_no,
        "originalReferenceNo": notice.reference_no,
        "originalExternalId": notice.external_id,
        "latestTransactionStatus": notice.status,
        "transactionStatusDesc": notice.description,
        "amount": {"value": notice.amount, "currency": notice.currency},
        "additionalInfo": info,
    });
    if !notice.line_items.is_null() {
        let items = notice.line_items.clone();
        match notice.items {
            Items::Nowhere => {}
            Items::Inside => body["additionalInfo"]["lineItems"] = items,
            Items::InsideCapital => body["additionalInfo"]["LineItems"] = items,
            Items::Top => body["lineItems"] = items,
        }
    }
    body.to_string()
}
