//! The routes of the template, each with what it needs to be called for one customer's things.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::routes::{self, Described, RouteName};
use crate::support::{Answer, Caller, RIGHT_OTP, Shop, fresh, idr};

pub(super) const ALL_SCOPES: &str = "bindings:write bindings:read payments:write payments:read captures:write \
     refunds:write subscriptions:write subscriptions:read";

/// What there is to be got at: everything belongs to the customer `cust-owner`.
pub(super) struct Possessions {
    pub binding: String,
    pub payment: String,
    pub refund: String,
    pub invoice: String,
    pub wallet: String,
    pub subscription: String,
}

/// One route, with what it needs to be called for the owner's things.
pub(super) struct Row {
    /// The path of the owner's thing.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// The answer to another customer's app.
    pub stranger: (u16, &'static str),
    /// The paths with an id that nothing has, and the code they are answered with.
    pub absent: Vec<String>,
    pub absent_code: &'static str,
    /// Queries that are refused, and the parameters named.
    pub queries: &'static [(&'static str, &'static [&'static str])],
}

const PAGE_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0", &["limit"]),
    ("limit=101", &["limit"]),
    ("limit=ten", &["limit"]),
    ("limit=1&limit=2", &["limit"]),
    ("cursor=!", &["cursor"]),
    ("limit=x&cursor=!", &["limit", "cursor"]),
    ("surprise=1", &["surprise"]),
];

/// Of what is given all at once: it has no pages.
const NO_QUERIES: &[(&str, &[&str])] = &[
    ("limit=5", &["limit"]),
    ("cursor=x", &["cursor"]),
    ("limit=5&cursor=x", &["cursor", "limit"]),
    ("surprise=1", &["surprise"]),
];

const FIND_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0&customerId=cust-owner", &["limit"]),
    ("cursor=!&customerId=cust-owner", &["cursor"]),
    ("surprise=1&customerId=cust-owner", &["surprise"]),
    ("customerId=", &["customerId"]),
    ("customerId=a%20b", &["customerId"]),
    ("customerId=a&customerId=b", &["customerId"]),
    ("invoiceNumber=", &["invoiceNumber"]),
    ("invoiceNumber=a%20b", &["invoiceNumber"]),
    ("invoiceNumber=A&customerId=cust-owner", &["invoiceNumber"]),
    ("", &["invoiceNumber"]),
];

const LIST_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0&customerId=cust-owner", &["limit"]),
    ("cursor=!&customerId=cust-owner", &["cursor"]),
    ("surprise=1&customerId=cust-owner", &["surprise"]),
    ("customerId=", &["customerId"]),
    ("customerId=a%20b", &["customerId"]),
    ("customerId=a&customerId=b", &["customerId"]),
    ("", &["customerId"]),
];

const CANCEL_QUERIES: &[(&str, &[&str])] = &[
    ("at=", &["at"]),
    ("at=later", &["at"]),
    ("at=now&at=period_end", &["at"]),
    // A slip of the pen must not end at once what was to run out.
    ("At=period_end", &["At"]),
    ("at=period_end&surprise=1", &["surprise"]),
];

/// An id in the right form that nothing has.
pub(super) const UNKNOWN_ID: &str = "01JD0000000000000000000000";

/// Ids for one place in a path: in the right form, and in all kinds of wrong ones.
fn absent(prefix: &str, path: impl Fn(&str) -> String) -> Vec<String> {
    let ids = [
        format!("{prefix}{UNKNOWN_ID}"),
        format!("{prefix}{}", UNKNOWN_ID.to_lowercase()),
        format!("{prefix}{UNKNOWN_ID}0"),
        format!("{prefix}81JD0000000000000000000000"),
        UNKNOWN_ID.to_owned(),
        "x".to_owned(),
        "%00".to_owned(),
        "..%2F..%2Fv1".to_owned(),
        "%F0%9F%92%B8".to_owned(),
        "a".repeat(2000),
    ];
    ids.iter().map(|id| path(id)).collect()
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn row(route: &RouteName, things: &Possessions) -> Row {
    let Possessions {
        binding,
        payment,
        refund,
        wallet,
        subscription,
        ..
    } = things;
    let plain = |path: String, body, absent_code| Row {
        path,
        body,
        stranger: (404, absent_code),
        absent: Vec::new(),
        absent_code,
        queries: &[],
    };
    let no_binding = "binding_not_found";
    let no_payment = "payment_not_found";
    let no_card = "card_not_found";
    let no_subscription = "subscription_not_found";
    let of_subscription = |tail: &str, body| Row {
        absent: absent("sub_", |id| format!("/v1/subscriptions/{id}{tail}")),
        ..plain(
            format!("/v1/subscriptions/{subscription}{tail}"),
            body,
            no_subscription,
        )
    };
    match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/v1/bindings") => Row {
            // A request on behalf of a customer, and no resource: there is nothing to hide.
            stranger: (403, "forbidden"),
            ..plain(
                "/v1/bindings".into(),
                Some(json!({
                    "customer": {"id": "cust-owner", "phone": "6281234567890"},
                    "channel": crate::support::CHANNEL,
                    "returnUrl": "https://shop.example/linked",
                })),
                no_binding,
            )
        },
        ("GET" | "DELETE", "/v1/bindings/{bindingId}") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}")),
            ..plain(format!("/v1/bindings/{binding}"), None, no_binding)
        },
        ("POST", "/v1/bindings/{bindingId}/otp") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}/otp")),
            ..plain(
                format!("/v1/bindings/{binding}/otp"),
                Some(json!({"otp": RIGHT_OTP})),
                no_binding,
            )
        },
        ("POST", "/v1/bindings/{bindingId}/confirm") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}/confirm")),
            ..plain(
                format!("/v1/bindings/{binding}/confirm"),
                Some(json!({"returnCode": "3f2a"})),
                no_binding,
            )
        },
        ("GET", "/v1/bindings/{bindingId}/balance") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}/balance")),
            ..plain(format!("/v1/bindings/{binding}/balance"), None, no_binding)
        },
        ("GET", "/v1/customers/{customerId}/bindings") => Row {
            absent: ["a%20b", "%2F", &"c".repeat(65)]
                .map(|id| format!("/v1/customers/{id}/bindings"))
                .into(),
            queries: PAGE_QUERIES,
            ..plain("/v1/customers/cust-owner/bindings".into(), None, no_binding)
        },
        ("GET", "/v1/channels") => Row {
            // The same for every caller.
            stranger: (200, ""),
            queries: NO_QUERIES,
            ..plain("/v1/channels".into(), None, "not_found")
        },
        ("GET", "/v1/customers/{customerId}/cards") => Row {
            absent: ["a%20b", "%2F", &"c".repeat(65)]
                .map(|id| format!("/v1/customers/{id}/cards"))
                .into(),
            queries: NO_QUERIES,
            ..plain("/v1/customers/cust-owner/cards".into(), None, no_card)
        },
        ("DELETE", "/v1/customers/{customerId}/cards/{tokenId}") => Row {
            // DOKU is asked for those in the right form.
            absent: ["a%20b", "%00", "..%2F..%2Fv1", &"t".repeat(65)]
                .map(|id| format!("/v1/customers/cust-owner/cards/{id}"))
                .into(),
            ..plain(
                format!("/v1/customers/cust-owner/cards/{UNKNOWN_ID}"),
                None,
                no_card,
            )
        },
        ("POST", "/v1/payments") => Row {
            // Who sets the price is the merchant.
            stranger: (403, "merchant_only"),
            ..plain(
                "/v1/payments".into(),
                Some(json!({
                    "invoiceNumber": fresh("AUTH"),
                    "amount": idr(1_000),
                    "method": {"type": "direct_debit", "bindingId": binding},
                    "returnUrl": "https://shop.example/paid",
                })),
                no_binding,
            )
        },
        ("GET", "/v1/payments") => Row {
            queries: FIND_QUERIES,
            ..plain(
                "/v1/payments?customerId=cust-owner".into(),
                None,
                no_payment,
            )
        },
        ("GET", "/v1/payments/{paymentId}") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}")),
            ..plain(format!("/v1/payments/{payment}"), None, no_payment)
        },
        ("GET", "/v1/payments/{paymentId}/events") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/events")),
            queries: PAGE_QUERIES,
            ..plain(format!("/v1/payments/{payment}/events"), None, no_payment)
        },
        ("POST", "/v1/payments/{paymentId}/otp") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/otp")),
            ..plain(
                format!("/v1/payments/{payment}/otp"),
                Some(json!({"otp": RIGHT_OTP})),
                no_payment,
            )
        },
        ("POST", "/v1/payments/{paymentId}/capture") => Row {
            stranger: (403, "merchant_only"),
            absent: absent("pay_", |id| format!("/v1/payments/{id}/capture")),
            ..plain(
                format!("/v1/payments/{payment}/capture"),
                Some(json!({"amount": idr(1)})),
                no_payment,
            )
        },
        ("POST", "/v1/payments/{paymentId}/refunds") => Row {
            // A customer's app learns that it may never do this, and nothing about the payment.
            stranger: (403, "merchant_only"),
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds")),
            ..plain(
                format!("/v1/payments/{payment}/refunds"),
                Some(json!({"amount": idr(1)})),
                no_payment,
            )
        },
        ("GET", "/v1/payments/{paymentId}/refunds") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds")),
            queries: PAGE_QUERIES,
            ..plain(format!("/v1/payments/{payment}/refunds"), None, no_payment)
        },
        ("GET", "/v1/payments/{paymentId}/refunds/{refundId}") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds/{refund}")),
            ..plain(
                format!("/v1/payments/{payment}/refunds/{refund}"),
                None,
                no_payment,
            )
        },
        ("POST", "/v1/subscriptions") => Row {
            // What a customer is charged is never the customer's app's to say.
            stranger: (403, "merchant_only"),
            ..plain(
                "/v1/subscriptions".into(),
                Some(json!({
                    "customerId": "cust-owner",
                    "amount": idr(1_000),
                    "method": {"type": "direct_debit", "bindingId": wallet},
                    "interval": {"unit": "month"},
                    "startDate": "2096-01-31",
                })),
                no_binding,
            )
        },
        ("GET", "/v1/subscriptions") => Row {
            queries: LIST_QUERIES,
            ..plain(
                "/v1/subscriptions?customerId=cust-owner".into(),
                None,
                no_subscription,
            )
        },
        ("GET", "/v1/subscriptions/{subscriptionId}") => of_subscription("", None),
        ("PATCH", "/v1/subscriptions/{subscriptionId}") => Row {
            stranger: (403, "merchant_only"),
            ..of_subscription("", Some(json!({"description": "Vitamins"})))
        },
        ("DELETE", "/v1/subscriptions/{subscriptionId}") => Row {
            stranger: (403, "merchant_only"),
            queries: CANCEL_QUERIES,
            ..of_subscription("", None)
        },
        ("GET", "/v1/subscriptions/{subscriptionId}/charges") => Row {
            queries: PAGE_QUERIES,
            ..of_subscription("/charges", None)
        },
        ("GET", "/v1/subscriptions/{subscriptionId}/events") => Row {
            queries: PAGE_QUERIES,
            ..of_subscription("/events", None)
        },
        _ => panic!("{route} has no row in this table"),
    }
}

/// Routes of DOKU's and of browsers; everything else wants a token.
pub(super) fn is_public(route: &RouteName) -> bool {
    matches!(
        route.path.as_str(),
        "/v1/bindings/{bindingId}/return/{outcome}"
            | "/v1.0/access-token/b2b"
            | "/v1.0/debit/notify"
            | "/v1/doku/notifications"
    )
}

pub(super) async fn call(caller: &Caller, route: &RouteName, path: &str, row: &Row) -> Answer {
    let method: Method = route.method.parse().unwrap();
    let body = row.body.as_ref().map(Value::to_string);
    let key = (method != Method::GET).then(|| fresh("auth"));
    caller.send(method, path, key.as_deref(), body).await
}

pub(super) async fn furnished() -> (Shop, Possessions) {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-owner").await;
    let payment = shop.pay(&binding, 50_000).await;
    shop.confirm(&payment.id).await;
    shop.wait_until_paid(&payment.id).await;
    let refund = shop.refund(&payment.id, 1_000).await;
    let wallet = shop.link_wallet("cust-owner").await;
    let body = shop.subscription_body("cust-owner", &wallet);
    let subscription = shop.merchant.post("/v1/subscriptions", &body).await;
    let things = Possessions {
        subscription: subscription.expect(201).word("subscriptionId"),
        wallet,
        refund: refund.expect(201).word("refundId"),
        invoice: payment.body["invoiceNumber"].as_str().unwrap().to_owned(),
        payment: payment.id,
        binding,
    };
    (shop, things)
}

pub(super) fn guarded() -> Vec<(RouteName, Described, String)> {
    let described: BTreeMap<_, _> = routes::described();
    let guarded = described.into_iter().filter(|(route, _)| !is_public(route));
    guarded
        .map(|(route, described)| {
            let scopes = described.scopes.clone();
            let scope = scopes.unwrap_or_default().pop();
            assert!(scope.is_some(), "{route} wants no scope");
            (route, described, scope.unwrap_or_default())
        })
        .collect()
}
