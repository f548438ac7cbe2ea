//! What DOKU's own libraries send: taken, and refused where DOKU is read strictly.

use doku_shared::signing::asymmetric;
use serde_json::{Value, json};

use super::bodies;
use super::scene::{BRI, CIMB, DANA, Linked, OVO, Op, SHOPEE_PAY};
use crate::client::{B2B, Draft};
use crate::world::{CLIENT_ID, World};

/// A difference, the settings under which it is refused, and the code of that refusal.
struct Difference {
    why: &'static str,
    setting: &'static str,
    draft: Draft,
    code: &'static str,
}

/// The same call, signed again under a new id.
fn fresh(world: &World, draft: &Draft) -> Draft {
    let mut again = world.draft(&draft.path, &Value::Null, None);
    let id = again.headers["X-EXTERNAL-ID"].clone();
    again.headers = draft.headers.clone();
    again.body.clone_from(&draft.body);
    again.set("X-EXTERNAL-ID", &id);
    again.sign();
    again
}

async fn differences(world: &World) -> Vec<Difference> {
    let none = Linked::default();
    let cimb = world.link(CIMB, "siti").await;
    let bri = world.link(BRI, "siti").await;
    let ovo = world.link(OVO, "siti").await;
    let call =
        |flavour, op, body: &Value, linked: &Linked| world.channel_draft(flavour, op, body, linked);
    let mut all = Vec::new();
    let mut add = |why, setting, draft, code| {
        all.push(Difference {
            why,
            setting,
            draft,
            code,
        });
    };
    let body = bodies::payment(CIMB, "INV-1", &cimb);
    let mut bare = call(CIMB, Op::Payment, &body, &cimb);
    let token = bare.headers["Authorization-customer"].replace("Bearer ", "");
    bare.set("Authorization-customer", &token);
    add(
        "a bare customer token",
        "customerTokenWithScheme",
        bare,
        "4015402",
    );
    let mut body = bodies::payment(CIMB, "INV-2", &cimb);
    body["chargeToken"] = Value::Null;
    body["additionalInfo"]["paymentType"] = Value::Null;
    let draft = call(CIMB, Op::Payment, &body, &cimb);
    add(
        "null members, also of other channels",
        "refuseEmptyMembers",
        draft,
        "4005401",
    );
    let mut body = bodies::payment(CIMB, "INV-3", &cimb);
    body["payOptionDetails"] = json!([]);
    body["additionalInfo"]["lineItems"] = json!([]);
    let draft = call(CIMB, Op::Payment, &body, &cimb);
    add(
        "empty lists, also of other channels",
        "refuseEmptyMembers",
        draft,
        "4005401",
    );
    let mut body = bodies::payment(BRI, "INV-4", &bri);
    body["chargeToken"] = json!("");
    let draft = call(BRI, Op::Payment, &body, &bri);
    add(
        "BRI without a chargeToken",
        "demandsOfLibraries",
        draft,
        "4005402",
    );
    let mut body = bodies::payment(OVO, "INV-5", &ovo);
    body["additionalInfo"]["remarks"] = Value::Null;
    let draft = call(OVO, Op::Payment, &body, &ovo);
    add(
        "OVO without remarks",
        "demandsOfLibraries",
        draft,
        "4005402",
    );
    for (wallet, reference) in [(DANA, "INV-6"), (SHOPEE_PAY, "INV-7")] {
        for (why, header) in [
            ("a wallet without the device's id", "X-DEVICE-ID"),
            ("a wallet without an address", "X-IP-ADDRESS"),
        ] {
            let body = bodies::payment(wallet, &format!("{reference}{}", &header[2..3]), &none);
            let mut draft = call(wallet, Op::Payment, &body, &none);
            draft.without(header);
            add(why, "demandsOfLibraries", draft, "4005402");
        }
    }
    all
}

#[tokio::test]
async fn what_dokus_libraries_send_is_taken_unless_doku_is_read_strictly() {
    let world = World::start().await;
    for Difference {
        why,
        setting,
        draft,
        code,
    } in differences(&world).await
    {
        world
            .admin("/admin/settings", &json!({setting: true}))
            .await;
        let refused = world.send(&fresh(&world, &draft)).await.unwrap();
        assert_eq!(refused.code(), code, "{why}, read strictly: {refused:?}");
        world
            .admin("/admin/settings", &json!({setting: false}))
            .await;
        let taken = world.send(&fresh(&world, &draft)).await.unwrap();
        assert_eq!(taken.code(), "2005400", "{why}: {taken:?}");
    }
}

#[tokio::test]
async fn a_token_request_may_carry_the_local_offset() {
    let world = World::start().await;
    let credentials = json!({"grantType": "client_credentials", "additionalInfo": ""});
    for (strict, code) in [(false, "2007300"), (true, "4007301")] {
        let switch = json!({"tokenTimesInUtcOnly": strict});
        world.admin("/admin/settings", &switch).await;
        let mut draft = world.token_draft(B2B, &credentials);
        let text = draft.headers["X-TIMESTAMP"].replace('Z', "+00:00");
        draft.set("X-TIMESTAMP", &text);
        let signed = asymmetric::token_string(CLIENT_ID, &text);
        draft.set("X-SIGNATURE", &world.merchant_key.sign(&signed).unwrap());
        assert_eq!(world.send(&draft).await.unwrap().code(), code);
    }
}
