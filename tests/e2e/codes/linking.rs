//! The same codes for what is done with a binding. It moves no money: where nobody knows, it is simply
//! asked for again.

use serde_json::Value;

use super::case::{Fault, Kind, Told, calls, names, order, ways};
use super::operations::{cases, picked, run};
use super::table::Row;
use crate::channels::scene::{BRI, BRI_ARCHIVED, CIMB_CORE, OVO_CORE, Scene};
use crate::support::{RIGHT_OTP, Shop, fresh};

/// A shop whose cards are linked by their last digits.
async fn archived() -> Shop {
    Shop::open_with(|options| {
        let paths = ("ChannelPaths".to_owned(), format!("{BRI}=archived-bri"));
        options.parameters.extend([paths]);
    })
    .await
}

/// Linking, by account and by card.
pub async fn bindings(rows: &[Row]) {
    let account = async {
        let shop = Shop::open().await;
        registrations(&shop, CIMB_CORE, Kind::BINDING, "07", rows).await;
    };
    let card = async {
        let kind = Kind {
            operation: "card_binding",
            ..Kind::BINDING
        };
        registrations(&archived().await, BRI_ARCHIVED, kind, "01", rows).await;
    };
    tokio::join!(account, card);
}

async fn registrations(shop: &Shop, scene: Scene, kind: Kind, service: &str, rows: &[Row]) {
    let mut cases = cases(shop, kind, service, &picked(rows, |row| row.binding));
    for case in &mut cases {
        case.path = String::from("/v1/bindings");
        case.body = scene.binding_body(shop, &fresh("cust"));
    }
    run(shop, &mut cases).await;
    for case in &cases {
        let waits = !case.answer().body["nextAction"].is_null();
        assert_eq!(waits, case.takes_effect(), "{}", case.why);
    }
}

/// The OTP of a linking, which nobody can be asked about: the same OTP again tells.
pub async fn linking_otps(rows: &[Row]) {
    let shop = &archived().await;
    let kind = Kind {
        operation: "otp",
        status: 200,
        works: &["active"],
        doubt: Some("otp_outcome_unknown"),
        ..Kind::BINDING
    };
    let mut cases = cases(shop, kind, "04", &picked(rows, of_linking));
    for case in &mut cases {
        let binding = BRI_ARCHIVED.begin_link(shop, &fresh("cust")).await;
        case.path = format!(
            "/v1/bindings/{}/otp",
            binding["bindingId"].as_str().unwrap()
        );
        case.body = serde_json::json!({"otp": RIGHT_OTP});
    }
    run(shop, &mut cases).await;
    for case in &cases {
        let path = case.path.strip_suffix("/otp").unwrap();
        let now = shop.merchant.get(path).await;
        let active = now.expect(200).body["status"] == "active";
        assert_eq!(active, case.takes_effect(), "{}", case.why);
    }
}

/// What a code means for such an OTP, as against that of a payment.
fn of_linking(row: &Row) -> Option<Told> {
    Some(match row.otp? {
        Told::RenewsCustomer => return None, // no customer's token goes with it
        Told::Ends("otp_required", why) => Told::Ends("pending", why),
        Told::Asks if [404, 405].contains(&row.http) => Told::Ends("failed", "wrong_state"),
        Told::Asks | Told::Waits => Told::Again,
        told => told,
    })
}

/// Unlinking: what is gone is what was asked for, what is refused leaves the account linked.
pub async fn unlinkings(rows: &[Row]) {
    let shop = &Shop::open().await;
    let kind = Kind {
        operation: "unbinding",
        status: 200,
        works: &["unbound"],
        unknown: "unbinding",
        ..Kind::BINDING
    };
    let mut cases = cases(shop, kind, "09", &picked(rows, of_unlinking));
    for case in &mut cases {
        let binding = shop.link_account(&fresh("cust")).await;
        case.path = format!("/v1/bindings/{binding}");
        case.body = Value::Null;
    }
    run(shop, &mut cases).await;
    for case in &cases {
        let now = shop.merchant.get(&case.path).await;
        let status = if case.takes_effect() {
            "unbound"
        } else {
            "active"
        };
        assert_eq!(now.expect(200).body["status"], status, "{}", case.why);
    }
}

/// What a code means for unlinking, as against a charge.
fn of_unlinking(row: &Row) -> Option<Told> {
    Some(match row.payment? {
        Told::RenewsCustomer => return None, // one that is gone is as good as unlinked
        Told::Asks if row.http / 100 == 2 => Told::Works,
        Told::Asks | Told::Ends(_, "duplicate_reference") => Told::Again,
        Told::Works if row.http == 403 => Told::Ends("active", "wrong_state"),
        Told::Ends(_, "account_unavailable") => Told::Works,
        Told::Ends(_, why) => Told::Ends("active", why),
        told => told,
    })
}

/// Why a charge fails that is no reason to tell nothing.
const NO_NEWS: [&str; 4] = [
    "duplicate_reference",
    "otp_blocked",
    "otp_expired",
    "otp_incorrect",
];
const UNREACHABLE: (u16, &str) = (502, "gateway_unreachable");

/// What an account holds: an answer or none, and nothing to be repeated.
pub async fn balances(rows: &[Row]) {
    let shop = &Shop::open().await;
    let binding = OVO_CORE.link(shop, "cust-1").await;
    let path = format!("/v1/bindings/{binding}/balance");
    shop.merchant.get(&path).await.expect(200);
    for (row, told) in picked(rows, |row| row.payment) {
        for way in ways(row.http, told) {
            let times = match way.fault {
                Fault::Refuses(times) => times,
                // Without the work there is nothing to read either way.
                _ if row.http == 200 && row.case == "00" => continue,
                _ => 1,
            };
            let code = format!("{}11{}", row.http, row.case);
            let why = format!("{}: balance answered {code} ({times} times)", row.why);
            calls(shop).await;
            order(shop, "balance", &code, &Fault::Refuses(times)).await;
            let answer = shop.merchant.get(&path).await;
            let made = calls(shop).await;
            match (way.token, way.told) {
                (Some(token), _) => {
                    assert_eq!(names(&made), ["balance", token, "balance"], "{why}");
                }
                (None, _) if code == "4011100" => assert!(made.len() <= 2, "{why}: {made:?}"),
                (None, _) => assert_eq!(names(&made), ["balance"], "{why}"),
            }
            shop.doku.recovers().await;
            let (status, problem) = match way.told {
                Told::Works if way.token.is_some() => {
                    answer.expect(200);
                    continue;
                }
                Told::Refused(status, problem) => (status, problem),
                Told::Ends(_, why) if NO_NEWS.contains(&why) => UNREACHABLE,
                Told::Works | Told::Asks => UNREACHABLE,
                _ => (409, "illegal_transition"),
            };
            answer.expect_problem(status, problem);
        }
    }
}
