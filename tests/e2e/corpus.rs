//! Bodies that DOKU sends, as published sources show them and made in their likeness, each delivered to
//! the real function: `tests/corpus`, a file each.
//!
//! A file begins with what is known of the body and what is expected of it; behind an empty line follows the
//! body. `about` says for which payment it is news: its values that `own` names take the place of the
//! published ones first.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::channels::scene::{
    ALLO_CORE, BRI_CORE, CARDS_CORE, CIMB_CORE, DANA_CORE, OVO_CORE, SHOPEE_PAY_CORE, Scene,
};
use crate::support::{Message, Payment, Shop, fresh, idr};

/// Metrics that alarm, or that say what became of a notification.
const METRICS: [&str; 9] = [
    "AmountMismatch",
    "DeadLetter",
    "ForeignNews",
    "NotificationKept",
    "NotificationNotOurs",
    "NotificationRejected",
    "NotificationUnmatched",
    "ProductUnrecognised",
    "StatusUnrecognised",
];

/// One file.
struct Entry {
    name: String,
    known: BTreeMap<String, String>,
    body: String,
}

impl Entry {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        let known = head.lines().map(|line| {
            let (key, value) = line.split_once(": ").unwrap();
            (key.to_owned(), value.to_owned())
        });
        let entry = Self {
            known: known.collect(),
            body: body.trim_end_matches('\n').to_owned(),
            name,
        };
        for key in ["source", "date", "published", "family"] {
            assert!(!entry.get(key).is_empty(), "{}: no {key}", entry.name);
        }
        entry
    }

    fn get(&self, key: &str) -> &str {
        self.known.get(key).map_or("", String::as_str)
    }

    fn is_published(&self) -> bool {
        self.get("published") == "yes"
    }

    /// The payment that it is news of: it waits for its customer, or was paid before (`is: paid`).
    async fn payment(&self, shop: &Shop) -> Option<Payment> {
        let (payment, scene) = self.waiting_payment(shop).await?;
        if self.get("is") == "paid" {
            scene.confirm(shop, &payment).await;
        }
        Some(payment)
    }

    async fn waiting_payment(&self, shop: &Shop) -> Option<(Payment, Scene)> {
        let about = self.get("about");
        if about == "nothing" {
            return None;
        }
        let rupiah = self.get("amount").parse().unwrap();
        if let Some(kind) = about.strip_prefix("card ") {
            let page = shop.open_page(&shop.card_body_of(kind, rupiah)).await;
            return Some((page, CARDS_CORE));
        }
        let scene: Scene = match about {
            "cimb" => CIMB_CORE,
            "bri" => BRI_CORE,
            "allo" => ALLO_CORE,
            "ovo" => OVO_CORE,
            "dana" => DANA_CORE,
            "shopeepay" => SHOPEE_PAY_CORE,
            other => panic!("nothing is known of {other}"),
        };
        let binding = scene.link(shop, &fresh("cust")).await;
        let mut body = scene.payment_body(shop, &binding);
        body["amount"] = idr(rupiah);
        Some((scene.pay(shop, &body, scene.ways[0]).await, scene))
    }

    /// The body with the payment's own values.
    fn body_for(&self, payment: Option<&Payment>) -> String {
        let mut body = self.body.clone();
        for pair in self.get("own").split_whitespace() {
            let (published, own) = pair.split_once('=').unwrap();
            let gateway = &payment.unwrap().body["gateway"];
            let value = match own {
                "reference" => &gateway["partnerReferenceNo"],
                "referenceNo" => &gateway["referenceNo"],
                "requestId" => &gateway["requestId"],
                other => panic!("{}: {other}", self.name),
            };
            let value = value.as_str().unwrap();
            assert!(body.contains(published), "{}: no {published}", self.name);
            body = body.replace(published, value);
        }
        body
    }
}

/// Every file, in the order of their names.
fn entries() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Entry::read(path)).collect()
}

/// Counts by metric, and by service where a line names one.
fn metrics(shop: &Shop) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for line in shop.world.logs() {
        let Ok(line) = serde_json::from_str::<Value>(&line.text) else {
            continue;
        };
        for metric in METRICS {
            if let Some(by) = line[metric].as_u64().filter(|_| line["_aws"].is_object()) {
                let service = line["service"].as_str();
                let name = service.map_or(metric.to_owned(), |it| format!("{metric} {it}"));
                *all.entry(name).or_default() += by;
            }
        }
    }
    all
}

/// What grew.
fn grown(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> String {
    let grew = after
        .iter()
        .filter(|(name, count)| before.get(*name) != Some(count));
    let names: Vec<_> = grew.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    }
}

/// How many letters and waiting notifications the table holds.
async fn kept(shop: &Shop) -> (usize, usize) {
    let letters = shop.items("DEADLETTER").await.len();
    let seen = shop.items("NOTIFICATION#").await;
    let waiting = seen.iter().filter(|item| !item["waiting"].is_null());
    (letters, waiting.count())
}

/// What a delivery came to, in the words of the files.
struct Came {
    answer: String,
    payment: String,
    flags: String,
    metric: String,
    kept: &'static str,
    refunded: String,
}

impl Came {
    fn cells(&self) -> [(&'static str, &str); 6] {
        [
            ("answer", &self.answer),
            ("payment", &self.payment),
            ("flags", &self.flags),
            ("metric", &self.metric),
            ("kept", self.kept),
            ("refunded", &self.refunded),
        ]
    }
}

async fn deliver(shop: &Shop, entry: &Entry) -> Came {
    let payment = entry.payment(shop).await;
    let body = entry.body_for(payment.as_ref());
    let (before, held) = (metrics(shop), kept(shop).await);
    let message = if entry.get("family") == "snap" {
        Message::snap_of(shop, &body).await
    } else {
        Message::non_snap_of(shop, &body).await
    };
    let answer = message.to(shop).await;
    let (after, holds) = (metrics(shop), kept(shop).await);
    let nothing = || "-".to_owned();
    let (payment, flags, refunded) = match &payment {
        None => (nothing(), nothing(), String::new()),
        Some(payment) => {
            let now = shop.read(&payment.id).await;
            let flags = now["flags"].as_array().unwrap().iter();
            let flags: Vec<_> = flags.map(|flag| flag.as_str().unwrap()).collect();
            let flags = if flags.is_empty() {
                "-".to_owned()
            } else {
                flags.join(", ")
            };
            let status = now["status"].as_str().unwrap().to_owned();
            let refunded = now["refundedAmount"]["value"].as_str().unwrap_or("");
            (status, flags, refunded.replace("0.00", "0"))
        }
    };
    Came {
        answer: answer.status.to_string(),
        payment,
        flags,
        metric: grown(&before, &after),
        kept: match (holds.0 - held.0, holds.1 - held.1) {
            (0, 0) => "nothing",
            (1, 0) => "letter",
            (0, 1) => "waiting",
            _ => "more than one thing",
        },
        refunded,
    }
}

#[tokio::test]
async fn every_body_of_the_corpus_has_the_effect_that_its_file_says() {
    let shop = Shop::open().await;
    let all = entries();
    let published = all.iter().filter(|entry| entry.is_published()).count();
    assert!(all.len() >= 40, "{} bodies", all.len());
    assert!(published >= 15, "{published} published bodies");
    let mut table = String::new();
    let mut wrong = Vec::new();
    for entry in &all {
        let came = deliver(&shop, entry).await;
        let origin = if entry.is_published() {
            "published"
        } else {
            "constructed"
        };
        write!(
            table,
            "{:<34}{origin:<12}{:<9}",
            entry.name,
            entry.get("family")
        )
        .unwrap();
        for ((cell, came), width) in came.cells().into_iter().zip([4, 18, 16, 42, 8, 8]) {
            write!(table, " {came:<width$}").unwrap();
            let expected = entry.get(cell);
            // Of what is no refund a file need not say it.
            let is_said = cell != "refunded" || !expected.is_empty();
            if is_said && came != expected {
                wrong.push(json!([entry.name, cell, expected, came]));
            }
        }
        table.push('\n');
    }
    println!("{table}{} bodies, {published} of them published", all.len());
    assert_eq!(wrong, [] as [Value; 0], "file, cell, expected, came");
}
