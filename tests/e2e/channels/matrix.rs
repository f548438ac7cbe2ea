//! Channels × operations, through the API: each cell works, or is refused before DOKU hears of it.

use serde_json::{Value, json};

use super::row::{COLUMNS, Cells, LACKS, Row, UNCONFIRMED, WORKS, cell};
use super::scene::{
    ALLO_ARCHIVED, ALLO_CORE, BRI_ACQUIRER, BRI_ARCHIVED, BRI_CORE, CARDS_CORE, CIMB_ARCHIVED,
    CIMB_CORE, DANA_CORE, MANDIRI_CORE, OVO_ARCHIVED, OVO_CORE, SHOPEE_PAY_ARCHIVED,
    SHOPEE_PAY_CORE, Scene,
};
use crate::support::{RIGHT_OTP, Shop, fresh};

/// ✓ works, – the channel lacks it, ? only where the deployment has confirmed it with DOKU.
const PICTURE: &str = "
                   bind bindotp pay payotp capture refund part balance unbind lost notice
CIMB               ✓    –       ✓   ✓      –       ✓      ✓    –       ✓      ✓    ✓
BRI                ✓    ?       ✓   ?      –       ✓      ✓    –       ✓      ✓    ✓
Mandiri            ?    ?       ?   ?      –       ?      ?    –       ?      ?    ?
Allo               ✓    –       ✓   –      –       ✓      ✓    ✓       ✓      ✓    ✓
OVO                ✓    –       ✓   –      –       ✓      ✓    ✓       ✓      ✓    ✓
DANA               –    –       ✓   –      –       ✓      ✓    –       –      ✓    ✓
ShopeePay          –    –       ✓   –      –       ✓      ✓    –       –      ✓    ✓
cards              –    –       ✓   –      ✓       ✓      ✓    –       –      ✓    ✓
CIMB archived      ✓    –       ✓   ✓      –       ✓      ✓    ✓       –      ✓    ✓
OVO archived       ✓    –       ✓   –      –       ✓      ✓    ✓       –      ✓    ✓
Allo archived      ✓    –       ✓   –      –       ✓      ✓    ✓       –      ✓    ✓
BRI archived       ✓    –       ✓   ✓      –       ✓      ✓    ✓       –      ✓    ✓
ShopeePay archived –    –       ✓   –      –       ✓      ✓    –       –      ✓    ✓
BRI archived-bri   ✓    ✓       ✓   ✓      –       ✓      –    –       ✓      ✓    ✓
";

const CORE: [(&str, Scene); 8] = [
    ("CIMB", CIMB_CORE),
    ("BRI", BRI_CORE),
    ("Mandiri", MANDIRI_CORE),
    ("Allo", ALLO_CORE),
    ("OVO", OVO_CORE),
    ("DANA", DANA_CORE),
    ("ShopeePay", SHOPEE_PAY_CORE),
    ("cards", CARDS_CORE),
];
const ARCHIVED: [(&str, Scene); 5] = [
    ("CIMB archived", CIMB_ARCHIVED),
    ("OVO archived", OVO_ARCHIVED),
    ("Allo archived", ALLO_ARCHIVED),
    ("BRI archived", BRI_ACQUIRER),
    ("ShopeePay archived", SHOPEE_PAY_ARCHIVED),
];
const ARCHIVED_BRI: [(&str, Scene); 1] = [("BRI archived-bri", BRI_ARCHIVED)];

#[tokio::test]
async fn every_channel_does_what_it_says_and_nothing_else() {
    let setting = |name: &'static str, value: String| {
        Shop::open_with(move |options| {
            options.parameters.extend([(name.to_owned(), value)]);
        })
    };
    let paths = |scenes: &[(&str, Scene)], version: &str| -> String {
        let all: Vec<_> = scenes
            .iter()
            .map(|(_, scene)| format!("{}={version}", scene.code))
            .collect();
        all.join(",")
    };
    let confirmed = format!("{},{}", MANDIRI_CORE.code, BRI_CORE.code);
    let archived = paths(&ARCHIVED, "archived");
    let archived_bri = paths(&ARCHIVED_BRI, "archived-bri");
    let (mut core, archived, archived_bri) = tokio::join!(
        async {
            let shop = setting("UnconfirmedChannels", confirmed).await;
            (table(&shop, &CORE).await, shop)
        },
        async { table(&setting("ChannelPaths", archived).await, &ARCHIVED).await },
        async { table(&setting("ChannelPaths", archived_bri).await, &ARCHIVED_BRI).await },
    );
    let bare = core.1.another_deployment(|_| {}).await;
    for ((name, scene), cells) in CORE.iter().zip(&mut core.0) {
        let item = listed(&bare, *scene).await;
        if item["unconfirmed"] != json!([]) {
            without_the_setting(&core.1, &bare, *scene, cells).await;
        }
        assert_eq!(*cells, announced(&item), "{name}: what the API says of it");
    }
    let names = CORE.iter().chain(&ARCHIVED).chain(&ARCHIVED_BRI);
    let lines = core.0.iter().chain(&archived).chain(&archived_bri);
    let picture = picture(names.map(|(name, _)| *name).zip(lines));
    println!("{picture}");
    assert_eq!(picture.trim(), PICTURE.trim());
}

/// Every operation of every channel of one deployment; then DOKU's books are looked at.
async fn table(shop: &Shop, scenes: &[(&str, Scene)]) -> Vec<Cells> {
    let mut lines = Vec::new();
    for (name, scene) in scenes {
        let mut row = Row::new(shop, *scene);
        let cells = row.cells().await;
        let item = listed(shop, *scene).await;
        assert_eq!(item["unconfirmed"], json!([]), "{name}");
        assert_eq!(cells, announced(&item), "{name}: what the API says of it");
        assert_eq!(item["registration"], json!(scene.linked_by), "{name}");
        assert_eq!(item["requires"]["binding"], json!(scene.binding), "{name}");
        assert_eq!(item["requires"]["payment"], json!(scene.payment), "{name}");
        assert_eq!(item["confirmations"], json!(scene.ways), "{name}");
        row.judge().await;
        lines.push(cells);
    }
    shop.doku.saw_no_violation().await;
    lines
}

/// What works under the setting only becomes `?`. A deployment without it gets to see what one with it
/// has begun, since there is no other way to get that far.
async fn without_the_setting(with: &Shop, bare: &Shop, scene: Scene, cells: &mut Cells) {
    let binding = scene.link(with, &fresh("cust")).await;
    let waiting = scene.begin_link(with, &fresh("cust")).await;
    let waiting = waiting["bindingId"].as_str().unwrap();
    let body = scene.payment_body(with, &binding);
    let payment = scene.pay(with, &body, "otp").await;

    let link = scene.binding_body(bare, &fresh("cust"));
    let (bind, _) = cell(bare, bare.merchant.post("/v1/bindings", &link)).await;
    let (bindotp, _) = cell(bare, bare.give_binding_otp(waiting, RIGHT_OTP)).await;
    let body = scene.payment_body(bare, &binding);
    let (pay, _) = cell(bare, bare.merchant.post("/v1/payments", &body)).await;
    let mut body = scene.payment_body(bare, &binding);
    body["method"]["confirmation"] = json!("otp");
    let (by_otp, _) = cell(bare, bare.merchant.post("/v1/payments", &body)).await;
    let (payotp, _) = cell(bare, bare.give_otp(&payment.id, RIGHT_OTP)).await;
    assert_eq!(by_otp, payotp, "{}", scene.code);
    // What cannot be begun cannot be gone on with.
    for (column, refused) in [
        ("bind", bind),
        ("bindotp", bindotp),
        ("unbind", bind),
        ("pay", pay),
        ("payotp", payotp),
        ("refund", pay),
        ("part", pay),
        ("lost", pay),
        ("notice", pay),
    ] {
        let place = COLUMNS.iter().position(|name| *name == column).unwrap();
        assert_eq!(cells[place], WORKS, "{} {column}", scene.code);
        cells[place] = refused;
    }
}

/// What the API says of a channel.
async fn listed(shop: &Shop, scene: Scene) -> Value {
    let mut items = shop.channels().await.into_iter();
    items.find(|item| item["channel"] == scene.code).unwrap()
}

/// The same as cells. It does not speak of lost answers and notifications: those go with payments.
fn announced(item: &Value) -> Cells {
    let holds = |part: &str, word: &str| item[part].as_array().unwrap().contains(&json!(word));
    let cell = |words: &[&str]| {
        if words.iter().any(|word| holds("unconfirmed", word)) {
            UNCONFIRMED
        } else if words.iter().any(|word| holds("operations", word)) {
            WORKS
        } else {
            LACKS
        }
    };
    let pay = cell(&["pay"]);
    [
        cell(&["bind_account", "bind_card"]),
        cell(&["binding_otp"]),
        pay,
        cell(&["payment_otp"]),
        cell(&["capture"]),
        cell(&["full_refund"]),
        cell(&["partial_refund"]),
        cell(&["balance"]),
        cell(&["unbind_account", "unbind_card"]),
        pay,
        pay,
    ]
}

/// The lines under their columns.
fn picture<'a>(lines: impl Iterator<Item = (&'a str, &'a Cells)>) -> String {
    let mut picture = vec![format!("{:19}{}", "", COLUMNS.join(" "))];
    for (name, cells) in lines {
        let columns = COLUMNS.iter().zip(cells);
        let cells = columns.map(|(column, cell)| format!("{cell:<width$}", width = column.len()));
        let cells: Vec<_> = cells.collect();
        let line = format!("{name:19}{}", cells.join(" "));
        picture.push(line.trim_end().to_owned());
    }
    picture.join("\n")
}
