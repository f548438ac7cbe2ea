//! Notifications in the spelling of each channel, and as the settings want them.

use serde_json::{Value, json};

use super::scene::{ALLO, BRI, CIMB, DANA, FLAVOURS, OVO, WTD_BRI, reference};
use crate::world::World;

/// What the merchant got of a payment of each channel.
async fn notice(world: &World, flavour: super::scene::Flavour, number: usize) -> Value {
    let linked = world.link(flavour, &format!("cust{number}")).await;
    let reference = reference(flavour, number);
    world.confirmed(flavour, &reference, &linked).await;
    for _ in 0..400 {
        for (body, _) in world.merchant.taken() {
            if body["originalPartnerReferenceNo"] == *reference {
                return body;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no notification of {reference}");
}

#[tokio::test]
async fn each_channel_has_its_spelling() {
    let world = World::start().await;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        let notice = notice(&world, flavour, number).await;
        let info = &notice["additionalInfo"];
        let wallet = flavour.code.starts_with("EMONEY");
        let (key, other) = if wallet {
            ("channel", "channelId")
        } else {
            ("channelId", "channel")
        };
        assert_eq!(info[key], flavour.code, "{notice}");
        assert!(info.get(other).is_none(), "{notice}");
        let kind = if wallet { "EMONEY" } else { "DIRECT_DEBIT" };
        assert_eq!(info["accountType"], kind);
        assert_eq!(info.get("custIdMerchant").is_some(), flavour.binds());
        let items = [ALLO, WTD_BRI].contains(&flavour);
        let spelling = if flavour == ALLO {
            "lineItems"
        } else {
            "LineItems"
        };
        assert_eq!(info.get(spelling).is_some(), items, "{notice}");
    }
}

#[tokio::test]
async fn the_spelling_can_be_ordered() {
    let world = World::start().await;
    let settings = json!({"noticeChannelKey": "channel", "noticeItems": "top"});
    world.admin("/admin/settings", &settings).await;
    let notice_of_allo = notice(&world, ALLO, 1).await;
    assert_eq!(notice_of_allo["additionalInfo"]["channel"], ALLO.code);
    assert_eq!(notice_of_allo["lineItems"][0]["name"], "Vitamin C");
    let settings = json!({"noticeChannelKey": null, "noticeItems": null});
    world.admin("/admin/settings", &settings).await;
    let notice_of_cimb = notice(&world, CIMB, 2).await;
    assert_eq!(notice_of_cimb["additionalInfo"]["channelId"], CIMB.code);

    let order = json!({
        "partnerReferenceNo": "INV-9", "channel": OVO.code, "channelKey": "channelId",
        "lineItems": [], "items": "inside",
    });
    let built = world.admin("/admin/notifications/build", &order).await;
    let body: Value = serde_json::from_str(built["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["additionalInfo"]["channelId"], OVO.code);
    assert_eq!(body["additionalInfo"]["acquirerId"], "OVO");
    assert_eq!(body["additionalInfo"]["lineItems"], json!([]));
}

#[tokio::test]
async fn those_of_one_channel_can_be_released() {
    let world = World::start().await;
    world
        .fault(json!({"operation": "notification", "kind": "hold", "times": 2}))
        .await;
    for flavour in [BRI, DANA] {
        let linked = world.link(flavour, "cust1").await;
        world.confirmed(flavour, "INV-1", &linked).await;
    }
    let only = json!({"channel": DANA.code});
    let released = world.admin("/admin/notifications/release", &only).await;
    assert_eq!(released["released"], 1);
    assert_eq!(world.deliveries(1).await[0]["channel"], DANA.code);
}
