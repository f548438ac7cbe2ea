//! What status checks are known to find: the facts that a deployment learns before it believes an
//! absence.

use serde_json::{Value, json};

use super::Shop;

/// Every channel, with the path versions it is served under.
const CHANNELS: [(&str, &[&str]); 9] = [
    ("CREDIT_CARD", &["core"]),
    ("DIRECT_DEBIT_ALLO_SNAP", &["core", "archived"]),
    ("DIRECT_DEBIT_BRI", &["core"]),
    (
        "DIRECT_DEBIT_BRI_SNAP",
        &["core", "archived", "archived-bri"],
    ),
    ("DIRECT_DEBIT_CIMB_SNAP", &["core", "archived"]),
    ("DIRECT_DEBIT_MANDIRI_SNAP", &["core"]),
    ("EMONEY_DANA_SNAP", &["core"]),
    ("EMONEY_OVO_SNAP", &["core", "archived"]),
    ("EMONEY_SHOPEE_PAY_SNAP", &["core", "archived"]),
];

const KINDS: [&str; 4] = ["payment", "otp", "capture", "refund"];

/// The evidence of a deployment that has run for a while: enough finds, a minute late at most.
pub fn learned() -> Vec<Value> {
    let mut items = Vec::new();
    for (channel, versions) in CHANNELS {
        for version in versions {
            for kind in KINDS {
                items.push(json!({
                    "pk": {"S": "DEPLOYMENT"},
                    "sk": {"S": format!("EVIDENCE#{kind}#{channel}#{version}")},
                    "found": {"N": "3"},
                    "longestDelayMs": {"N": "60000"},
                    "samples": {"L": []},
                    "wake": {"BOOL": false},
                    "version": {"N": "1"},
                }));
            }
        }
    }
    items
}

impl Shop {
    /// Gives the deployment the evidence of one that has run for a while. What it has learned by itself
    /// stays.
    pub async fn has_learned(&self) {
        self.puts_new_items(learned()).await;
    }

    /// What the deployment has learned of that kind on a channel under the present paths: the number of
    /// finds, and the longest delay in milliseconds.
    pub async fn evidence(&self, kind: &str, channel: &str) -> (u64, u64) {
        let name = format!("EVIDENCE#{kind}#{channel}#core");
        let items = self.items("DEPLOYMENT").await;
        let item = items.iter().find(|item| item["sk"]["S"] == name.as_str());
        let number = |member: &str| {
            let text = item.and_then(|item| item[member]["N"].as_str());
            text.map_or(0, |text| text.parse().unwrap())
        };
        (number("found"), number("longestDelayMs"))
    }
}
