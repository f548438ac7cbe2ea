//! What a deployment decides about its channels, and what happens to what was begun before.

use serde_json::{Value, json};

use super::scene::{
    BRI, BRI_ARCHIVED, BRI_CORE, CIMB, CIMB_CORE, MANDIRI, MANDIRI_CORE, OVO, OVO_ARCHIVED,
    OVO_CORE, SHOPEE_PAY, SHOPEE_PAY_CORE, Scene,
};
use crate::support::{A_MINUTE, Payment, Relay, Shop, fresh};

const CORE: &str = "/direct-debit/core/v1";
const ARCHIVED_OVO: &str = "/direct-debit/ovo/v1.0";
const ARCHIVED_BRI: &str = "/wtd-direct-debit-snap-bri/snap/v1.0";

/// Insists that every call of a channel since the last time went under that path; the question what
/// became of a payment has one of its own.
async fn spoke_under(shop: &Shop, prefix: &str) {
    let calls = shop.doku.admin(reqwest::Method::GET, "calls", None).await;
    let calls = calls.as_array().unwrap().iter();
    let paths = calls.filter(|call| call["channel"] != Value::Null);
    let paths: Vec<_> = paths.map(|call| call["path"].as_str().unwrap()).collect();
    assert!(!paths.is_empty());
    assert!(
        paths.iter().all(|path| path.starts_with(prefix)),
        "{paths:?}"
    );
    shop.doku.forget_calls().await;
}

/// Everything that can be done with a binding and its payments until it is unlinked.
async fn is_used_up(shop: &Shop, scene: Scene, unlinks: bool, binding: &str, waiting: &Payment) {
    let begun_before = scene.confirm(shop, waiting).await;
    let new = scene.paid(shop, binding).await;
    for paid in [begun_before, new] {
        shop.doku.charged_once(&paid).await;
        let id = paid["paymentId"].as_str().unwrap();
        let path = format!("/v1/payments/{id}/refunds");
        let refund = shop.merchant.post(&path, &json!({})).await;
        assert_eq!(refund.expect(201).body["status"], "succeeded");
        shop.wait_until(id, "refunded").await;
    }
    let path = format!("/v1/bindings/{binding}");
    let answer = shop.merchant.delete_with(&fresh("unbind"), &path).await;
    if unlinks {
        assert_eq!(answer.expect(200).body["status"], "unbound");
    } else {
        answer.expect_problem(400, "operation_not_supported");
    }
}

/// An active binding and a payment that waits for its customer.
async fn begun(shop: &Shop, scene: Scene) -> (String, Payment) {
    let binding = scene.link(shop, &fresh("cust")).await;
    let body = scene.payment_body(shop, &binding);
    let payment = scene.pay(shop, &body, scene.ways[0]).await;
    (binding, payment)
}

#[tokio::test]
async fn what_was_begun_under_one_path_version_is_finished_there() {
    let core = Shop::open().await;
    let archived = core
        .another_deployment(|options| {
            let paths = format!("{BRI}=archived-bri,{OVO}=archived");
            options
                .parameters
                .extend([("ChannelPaths".to_owned(), paths)]);
        })
        .await;
    for (present, past, unlinks, prefix) in [
        (BRI_CORE, BRI_ARCHIVED, true, ARCHIVED_BRI),
        (OVO_CORE, OVO_ARCHIVED, false, ARCHIVED_OVO),
    ] {
        core.doku.forget_calls().await;
        let (old, waiting) = begun(&core, present).await;
        spoke_under(&core, CORE).await;
        let (new, other) = begun(&archived, past).await;
        spoke_under(&core, prefix).await;

        is_used_up(&archived, present, true, &old, &waiting).await;
        spoke_under(&core, CORE).await;
        // And the other way round, should the deployment go back.
        is_used_up(&core, past, unlinks, &new, &other).await;
        spoke_under(&core, prefix).await;
    }
    core.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_check_of_status_carries_the_service_code_that_was_set() {
    let relay = Relay::start().await;
    let shop = Shop::open_with(|options| {
        let codes = ("StatusServiceCodes".to_owned(), format!("{CIMB}=54"));
        let address = ("DokuBaseUrl".to_owned(), relay.url());
        options.parameters.extend([codes, address]);
    })
    .await;
    relay.leads_to(shop.world.simulator_url());
    let heard = || relay.heard("/orders/v1.0/debit/status");
    // The simulator takes 55 only: a question that DOKU does not understand settles nothing.
    let table = [(CIMB_CORE, "54", 202), (OVO_CORE, "55", 201)];
    for (turn, (scene, code, status)) in table.into_iter().enumerate() {
        let binding = scene.link(&shop, &fresh("cust")).await;
        let body = scene.payment_body(&shop, &binding);
        let key = fresh("lost");
        shop.doku.goes_wrong("payment", "accept_then_garbage").await;
        let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
        assert_eq!(send().await.expect(202).body["status"], "unknown");
        shop.doku.time_passes(A_MINUTE).await;
        let answer = send().await;
        answer.expect(status);
        assert_eq!(heard().len(), turn + 1);
        let body: Value = serde_json::from_str(&heard()[turn]).unwrap();
        assert_eq!(body["serviceCode"], code);
        assert_eq!(shop.doku.calls("payment").await.len(), turn + 1);
    }
}

#[tokio::test]
async fn a_channel_taken_out_of_the_settings_hides_nothing_but_its_own() {
    const BANK: Scene = Scene {
        code: "DIRECT_DEBIT_ANGAN_SNAP",
        ..CIMB_CORE
    };
    let with = Shop::open_with(|options| {
        let more = json!([
            {"code": BANK.code, "like": CIMB},
            // A release brought a description of its own, and that is taken.
            {"code": OVO, "like": CIMB},
        ]);
        let more = ("MoreChannels".to_owned(), more.to_string());
        options.parameters.extend([more]);
    })
    .await;
    let without = with.another_deployment(|_| {}).await;
    let order = json!({"code": BANK.code, "like": CIMB});
    without.doku.order("channels", order).await;
    let ovo = OVO_CORE.link(&with, "cust-1").await;
    let cimb = CIMB_CORE.link(&with, "cust-1").await;
    let bank = BANK.link(&with, "cust-1").await;
    let (kept, gone) = (
        CIMB_CORE.paid(&with, &cimb).await,
        BANK.paid(&with, &bank).await,
    );
    let ids = |list: &Value, name: &str| -> Vec<Value> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item[name].clone()).collect()
    };
    let (bindings, payments) = (
        "/v1/customers/cust-1/bindings",
        "/v1/payments?customerId=cust-1",
    );
    for (shop, all) in [(&with, true), (&without, false)] {
        let list = shop.merchant.get(bindings).await;
        let mut expected = vec![json!(cimb), json!(ovo)];
        expected.splice(0..0, all.then(|| json!(bank)));
        assert_eq!(ids(&list.expect(200).body, "bindingId"), expected);
        let list = shop.merchant.get(payments).await;
        let mut expected = vec![kept["paymentId"].clone()];
        expected.splice(0..0, all.then(|| gone["paymentId"].clone()));
        assert_eq!(ids(&list.expect(200).body, "paymentId"), expected);
    }
    let payment = format!("/v1/payments/{}", gone["paymentId"].as_str().unwrap());
    for path in [format!("/v1/bindings/{bank}"), payment] {
        let alone = without.merchant.get(&path).await;
        alone.expect_problem(500, "channel_unknown");
        assert_eq!(alone.body["retryable"], false);
        assert_eq!(alone.retry_after(), None);
        with.merchant.get(&path).await.expect(200);
    }
    for said in ["is left out of a list", "\"ItemUnreadable\":1"] {
        let lines = without.world.logs();
        assert!(lines.iter().any(|line| line.text.contains(said)), "{said}");
    }
}

#[tokio::test]
async fn a_repeat_is_answered_although_the_settings_would_refuse_it_now() {
    const BANK: Scene = Scene {
        code: "DIRECT_DEBIT_ANGAN_SNAP",
        ..CIMB_CORE
    };
    let before = Shop::open_with(|options| {
        let more = json!([{"code": BANK.code, "like": CIMB}]);
        options.parameters.extend([
            ("MoreChannels".to_owned(), more.to_string()),
            ("UnconfirmedChannels".to_owned(), MANDIRI.to_owned()),
        ]);
    })
    .await;
    let order = json!({"code": BANK.code, "like": CIMB});
    before.doku.order("channels", order).await;
    let after = before
        .another_deployment(|options| {
            let paths = format!("{BRI}=archived-bri,{SHOPEE_PAY}=archived");
            options.parameters.insert("ChannelPaths".to_owned(), paths);
        })
        .await;
    // The archived paths cannot do without the device's id.
    let wallet = SHOPEE_PAY_CORE.payment_body(&before, "");
    let bindings = [BRI_CORE, MANDIRI_CORE, BANK]
        .map(|scene| ("/v1/bindings", scene.binding_body(&before, &fresh("cust"))));
    for (path, body) in bindings.into_iter().chain([("/v1/payments", wallet)]) {
        let key = fresh("key");
        let first = before.merchant.post_with(&key, path, &body).await;
        first.expect(201);
        let calls = before.doku.call_count().await;
        let again = after.merchant.post_with(&key, path, &body).await;
        assert!(again.expect(201).is_replayed(), "{body}");
        assert_eq!(again.text, first.text);
        let unknown_key = after.merchant.post(path, &body).await;
        unknown_key.expect(400);
        assert_eq!(before.doku.call_count().await, calls);
    }

    let key = fresh("key");
    let body = BRI_CORE.binding_body(&before, &fresh("cust"));
    before
        .doku
        .goes_wrong("card_binding", "accept_then_reset")
        .await;
    let lost = before.merchant.post_with(&key, "/v1/bindings", &body).await;
    lost.expect(202);
    let mut other = body.clone();
    other["customer"]["name"] = json!("Siti Aminah");
    let wrong = after.merchant.post_with(&key, "/v1/bindings", &other).await;
    wrong.expect_problem(400, "invalid_request");
    before.doku.forget_calls().await;
    let continued = after.merchant.post_with(&key, "/v1/bindings", &body).await;
    assert_eq!(continued.expect(201).body["nextAction"]["type"], "redirect");
    assert_eq!(continued.body["bindingId"], lost.body["bindingId"]);
    spoke_under(&before, CORE).await;
}
