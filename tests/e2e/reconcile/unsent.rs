//! What did not reach DOKU: it is sent when somebody asks for it again, and by nobody else.

use std::sync::Arc;
use std::time::Duration;

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{Answer, Relay, Shop, fresh};

const FIVE_MINUTES: Duration = Duration::from_secs(301);

async fn until_it_ends(shop: &Shop, id: &str) {
    for time in [MAY_ASK, FIVE_MINUTES, FIVE_MINUTES, FIVE_MINUTES] {
        shop.looks_after(time).await;
        if shop.read(id).await["status"] != "unknown" {
            break;
        }
    }
}

fn not_sent(answer: &Answer) {
    assert_eq!(answer.expect(201).body["status"], "failed");
    assert_eq!(answer.body["failure"]["code"], "not_sent");
}

#[tokio::test]
async fn what_could_not_be_sent_may_be_asked_for_again_for_a_day() {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.extend([
            ("DokuBaseUrl".to_owned(), url),
            ("DueShards".to_owned(), "1".to_owned()),
        ]);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let binding = shop.link_account("cust-1").await;
    for asked_again in [true, false] {
        let body = shop.payment_body(&binding, AMOUNT);
        let key = fresh("unsent");
        let calls = shop.doku.called("payment").await;
        relay.hangs_up().await;
        shop.world.kill("pay").await;
        let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
        send().await.expect_problem(502, "gateway_unreachable");
        relay.picks_up().await;
        for hours in [1, 5, 10] {
            shop.looks_after(Duration::from_hours(hours)).await;
        }
        assert_eq!(shop.doku.called("payment").await, calls, "nobody asked");
        if asked_again {
            let answer = send().await;
            assert_eq!(answer.expect(201).body["status"], "otp_required");
            shop.confirm(&answer.word("paymentId")).await;
            shop.wait_until_paid(&answer.word("paymentId")).await;
        } else {
            shop.looks_after(Duration::from_hours(9)).await;
            not_sent(&send().await);
            assert_eq!(shop.doku.called("payment").await, calls);
        }
    }
}

#[tokio::test]
async fn what_doku_never_got_is_not_sent_by_reconciliation() {
    let shop = Shop::open_with(|options| {
        options.doku_timeout = Some(Duration::from_secs(1));
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    let binding = shop.link_account("cust-1").await;
    for asked_again in [true, false] {
        let body = shop.payment_body(&binding, AMOUNT);
        let key = fresh("absent");
        let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
        let calls = shop.doku.called("payment").await;
        shop.doku.goes_wrong("payment", "hang").await;
        let lost = send().await;
        let id = lost.expect(202).word("paymentId");
        shop.looks_after(MAY_ASK).await;
        assert_eq!(shop.read(&id).await["status"], "unknown");
        if asked_again {
            shop.doku.time_passes(FIVE_MINUTES).await;
            let answer = send().await;
            assert_eq!(answer.expect(201).body["status"], "otp_required");
            assert_eq!(shop.doku.called("payment").await, calls + 2);
            shop.confirm(&id).await;
            shop.doku
                .charged_once(&shop.wait_until_paid(&id).await)
                .await;
        } else {
            until_it_ends(&shop, &id).await;
            not_sent(&send().await);
            assert_eq!(shop.doku.called("payment").await, calls + 1);
        }
    }
    assert_eq!(shop.looks_after(A_DAY).await["due"], 0);
}
