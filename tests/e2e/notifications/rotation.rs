//! While the secret is being rotated, DOKU may sign with the one before it.

use std::time::Duration;

use serde_json::json;

use super::{Message, about, expect_code, expect_taken, id, tell, waiting_payment};
use crate::support::Shop;
use crate::support::leaks::plant;
use crate::support::signer::symmetric;

/// Longer than a secret is used without being read again.
const SECRET_LIFE: Duration = Duration::from_secs(301);

/// Replaces the secret key; the simulator goes on with the one before.
fn rotate(shop: &Shop, name: &str) -> String {
    let mut secret = shop.world.secrets().current();
    plant(secret["secretKey"].as_str().unwrap());
    let key = plant(format!("SK-ROTATED-{name}-8c1f2d"));
    secret["secretKey"] = json!(key);
    shop.world.secrets().rotate(&secret);
    key
}

#[tokio::test]
async fn the_secret_before_still_verifies_while_it_is_awsprevious() {
    let shop = Shop::open().await;
    let [first, second, third] = [
        waiting_payment(&shop).await,
        waiting_payment(&shop).await,
        waiting_payment(&shop).await,
    ];
    tell(&shop, about(&first, "00")).await;
    rotate(&shop, "once");
    tell(&shop, about(&first, "06")).await;
    // The functions learn of the rotation, and DOKU's token ends: both are asked for again.
    shop.doku.time_passes(SECRET_LIFE * 3).await;
    tell(&shop, about(&second, "00")).await;
    assert_eq!(shop.read(id(&second)).await["status"], "paid");

    rotate(&shop, "twice");
    shop.doku.time_passes(SECRET_LIFE).await;
    let late = Message::signed(&shop, &about(&third, "00")).await;
    expect_code(&late.to(&shop).await, "4015600", "two rotations ago");
    assert_eq!(shop.read(id(&third)).await["status"], "otp_required");
}

#[tokio::test]
async fn a_new_secret_verifies_at_once() {
    let shop = Shop::open().await;
    let payment = waiting_payment(&shop).await;
    let old = Message::signed(&shop, &about(&payment, "00")).await;
    expect_taken(&old.to(&shop).await, "before");
    let key = rotate(&shop, "now");
    // Refused signatures make us look for a newer secret, at most every ten seconds.
    shop.doku.time_passes(Duration::from_secs(11)).await;
    let other = waiting_payment(&shop).await;
    let built = Message::signed(&shop, &about(&other, "00")).await;
    let at = built.header("x-timestamp").to_owned();
    let signature = symmetric(&key, &built.path, built.token(), &built.body, &at);
    let new = built.with("x-signature", signature);
    expect_taken(&new.to(&shop).await, "signed with the new secret");
    assert_eq!(shop.read(id(&other)).await["status"], "paid");
}
