//! When a customer's token ends, in every form that DOKU writes times.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::offset;
use time::{OffsetDateTime, UtcOffset};

use crate::support::{Shop, fresh};

/// How long DOKU says that a token lives; really it lives fifteen minutes.
const LIFE: Duration = Duration::from_mins(10);
/// After that it must still be used …
const USED: Duration = Duration::from_mins(8);
/// … and this much later no more: none is used in its last minute, lest it end on the way.
const NOT_USED: Duration = Duration::from_secs(90);
/// The same for the fifteen minutes that are supposed where DOKU does not say.
const NOT_USED_EITHER: Duration = Duration::from_mins(5);

const WIB: UtcOffset = offset!(+7);

/// A token whose end was told in some form.
struct Linked {
    why: &'static str,
    binding: String,
    /// Whether the form was understood.
    told: bool,
}

#[tokio::test]
async fn a_token_lives_as_long_as_doku_says_in_every_form_of_a_time() {
    let shop = Shop::open().await;
    let now = shop.doku.admin(Method::GET, "clock", None).await;
    let now = OffsetDateTime::parse(now["now"].as_str().unwrap(), &Rfc3339).unwrap();
    let end = now.replace_nanosecond(0).unwrap() + LIFE;
    let at = |offset| end.to_offset(offset).format(&Rfc3339).unwrap();
    let (wib, utc) = (at(WIB), at(UtcOffset::UTC));
    let here = wib.trim_end_matches("+07:00").to_owned();
    let there = utc.trim_end_matches('Z').to_owned();
    // What DOKU prints, and whether it tells anything.
    let table = [
        ("western Indonesian time", json!(wib), true),
        (
            "the same with milliseconds",
            json!(format!("{here}.000+07:00")),
            true,
        ),
        ("UTC", json!(utc), true),
        (
            "UTC with milliseconds",
            json!(format!("{there}.000Z")),
            true,
        ),
        ("UTC as an offset", json!(format!("{there}+00:00")), true),
        ("another offset", json!(at(offset!(-3))), true),
        ("no zone: western Indonesian time", json!(here), true),
        (
            "the same with milliseconds",
            json!(format!("{here}.000")),
            true,
        ),
        ("nothing", Value::Null, false),
        ("no time", json!("soon"), false),
        ("a number", json!(900), false),
    ];
    let mut linked = Vec::new();
    for (why, end, told) in table {
        let set = json!({"accessTokenExpiryTime": end, "refreshTokenExpiryTime": end});
        let fault = json!({"operation": "b2b2c", "kind": "alter", "set": set});
        shop.doku.order("faults", fault).await;
        let binding = shop.link_account(&fresh("cust")).await;
        linked.push(Linked { why, binding, told });
    }
    shop.doku.time_passes(USED).await;
    for Linked { why, binding, .. } in &linked {
        assert_eq!(bought(&shop, binding).await, 0, "{why}: thought expired");
    }
    shop.doku.time_passes(NOT_USED).await;
    for Linked { why, binding, told } in &linked {
        assert_eq!(bought(&shop, binding).await, usize::from(*told), "{why}");
    }
    shop.doku.time_passes(NOT_USED_EITHER).await;
    for Linked { why, binding, told } in &linked {
        assert_eq!(bought(&shop, binding).await, usize::from(!told), "{why}");
    }
}

/// Pays, and says how many tokens were bought for that. DOKU refuses none of those that are used.
async fn bought(shop: &Shop, binding: &str) -> usize {
    shop.doku.forget_calls().await;
    shop.pay(binding, 10_000).await;
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
    shop.doku.calls("b2b2c").await.len()
}
