//! Values that a schema allows, most of them such as a merchant would send.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::schema::Schemas;

/// Draws values.
pub struct Drawer<'d> {
    schemas: &'d Schemas,
    rng: &'d mut Rng,
}

impl<'d> Drawer<'d> {
    /// Draws from the schemas of the document.
    pub const fn new(schemas: &'d Schemas, rng: &'d mut Rng) -> Self {
        Self { schemas, rng }
    }

    /// True so many times in a hundred.
    pub fn coin(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// One of these, to be provided by the scene.
    pub fn named(&mut self, names: &[&str]) -> String {
        let name = self.rng.choice(names).map_or("", |name| *name);
        format!("$({name})")
    }

    /// One of the document's examples as it is, but for what must be this world's own; half of the time none.
    pub fn example_of(&mut self, examples: &[Value]) -> Option<Value> {
        if examples.is_empty() || self.coin(45) {
            return None;
        }
        let mut example = self.rng.choice(examples)?.clone();
        self.localise(&mut example, "");
        Some(example)
    }

    fn localise(&mut self, value: &mut Value, name: &str) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.localise(value, name);
                }
            }
            Value::Array(elements) => elements
                .iter_mut()
                .for_each(|value| self.localise(value, name)),
            Value::String(text) => {
                let own = match (name, text.as_str()) {
                    ("invoiceNumber", _) => Some("$(new-invoice)".to_owned()),
                    (_, "cust-001") => Some("$(customer)".to_owned()),
                    ("bindingId", _) => Some(self.named(&["active-binding", "wallet-binding"])),
                    ("cardTokenId", _) => Some("$(card-token)".to_owned()),
                    ("tokenId", _) => Some("$(bri-token)".to_owned()),
                    ("validUntil", _) => Some("$(soon)".to_owned()),
                    ("returnCode", _) => Some("$(return-code)".to_owned()),
                    ("invoice_number" | "originalPartnerReferenceNo", _) => {
                        Some(self.named(&["known-invoice", "new-invoice"]))
                    }
                    _ => None,
                };
                if let Some(own) = own {
                    *text = own;
                }
            }
            _ => {}
        }
    }

    /// A value of a schema; `name` is the member's.
    pub fn value(&mut self, schema: &Value, name: &str) -> Value {
        if let Some(usual) = self.usual(schema, name) {
            return usual;
        }
        for _ in 0..20 {
            let value = self.any(schema, name);
            if self.schemas.is_valid(schema, &value) || value.is_object() || value.is_array() {
                return value;
            }
        }
        self.any(schema, name)
    }

    /// What a merchant sends there, most of the time.
    fn usual(&mut self, schema: &Value, name: &str) -> Option<Value> {
        if self.coin(12) {
            return None;
        }
        let reference = schema["$ref"].as_str().unwrap_or_default();
        let kind = reference.rsplit('/').next().unwrap_or_default();
        let one =
            |drawer: &mut Self, texts: &[&str]| drawer.rng.choice(texts).map(|text| json!(*text));
        match (kind, name) {
            ("BindingId", _) => {
                let names = [
                    "active-binding",
                    "active-binding.1",
                    "wallet-binding",
                    "wallet-binding",
                    "pending-binding",
                    "strangers-binding",
                ];
                Some(json!(self.named(&names)))
            }
            ("CustomerId", _) => {
                Some(json!(self.named(&[
                    "customer", "customer", "customer", "customer", "stranger"
                ])))
            }
            ("InvoiceNumber", _) => Some(json!(self.named(&[
                "new-invoice",
                "new-invoice",
                "new-invoice",
                "new-invoice",
                "known-invoice"
            ]))),
            ("CardTokenId", _) => Some(json!(self.named(&["card-token", "card-token.1"]))),
            ("Channel", _) => one(
                self,
                &[
                    "DIRECT_DEBIT_CIMB_SNAP",
                    "DIRECT_DEBIT_BRI_SNAP",
                    "DIRECT_DEBIT_MANDIRI_SNAP",
                    "DIRECT_DEBIT_ALLO_SNAP",
                    "EMONEY_OVO_SNAP",
                    "EMONEY_DANA_SNAP",
                    "EMONEY_SHOPEE_PAY_SNAP",
                    "CREDIT_CARD",
                    "DIRECT_DEBIT_BRI",
                ],
            ),
            ("Phone", _) => one(
                self,
                &[
                    "6281234567890",
                    "+62 812-3456-7890",
                    "0812 3456 7890",
                    "(0812) 3456.7890",
                ],
            ),
            ("ReturnUrl", _) => one(
                self,
                &[
                    "https://shop.example/paid",
                    "https://shop.example/linked?a=b&status=x",
                    "https://shop.example:8443/a%20b",
                    "https://other.example/",
                    "shopapp://paid",
                    "https://shop.example/#/paid",
                ],
            ),
            ("", "otp") => one(self, &["111000", "111000", "000000", "135790"]),
            ("", "returnCode") => Some(json!("$(return-code)")),
            ("", "timeZone") => one(
                self,
                &["Asia/Jakarta", "Asia/Makassar", "Europe/Berlin", "UTC"],
            ),
            ("", "startDate") => one(self, &["2096-01-31", "2096-02-29", "2096-12-31"]),
            ("", "endDate") => one(self, &["2097-01-31", "2099-12-31"]),
            ("", "validUntil") => Some(json!("$(soon)")),
            ("", "tokenId") => Some(json!(self.named(&["bri-token", "bri-token.1"]))),
            ("", "cardData") => Some(json!(
                "5cg2G719+jxU1RfcGmeCyQrLagUaAWJWWhLpmmb0wm4=|ABEiM0RVZneImaq7zN3u/w=="
            )),
            ("", "originalPartnerReferenceNo" | "invoice_number") => {
                Some(json!(self.named(&["known-invoice", "new-invoice"])))
            }
            ("", "latestTransactionStatus") => one(self, &["00", "03", "04", "05", "06"]),
            _ => None,
        }
    }

    fn any(&mut self, schema: &Value, name: &str) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.any(self.schemas.referred(reference), name);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(Value::Array(words)) = schema.get("enum") {
            return self.rng.choice(words).cloned().unwrap_or_default();
        }
        let choices = schema.get("oneOf").or_else(|| {
            schema
                .get("anyOf")
                .filter(|_| schema.get("properties").is_none())
        });
        if let Some(Value::Array(choices)) = choices {
            let some: Vec<&Value> = choices
                .iter()
                .filter(|choice| choice["type"] != "null")
                .collect();
            if some.len() < choices.len() && self.coin(15) {
                return Value::Null;
            }
            let choice = self.rng.choice(some);
            return choice
                .map(|choice| self.value(choice, name))
                .unwrap_or_default();
        }
        match self.kind(schema) {
            "boolean" => json!(self.rng.bool()),
            "integer" => {
                let (least, most) = (
                    schema["minimum"].as_i64().unwrap_or(0),
                    schema["maximum"].as_i64().unwrap_or(1_000),
                );
                let most = if self.coin(70) {
                    most.min(least + 10)
                } else {
                    most
                };
                json!(self.rng.i64(least..=most))
            }
            "number" => json!(self.rng.u32(1..1_000_000)),
            "string" => json!(self.text(schema)),
            "array" => {
                let most = schema["maxItems"].as_u64().unwrap_or(3);
                let most = if self.coin(85) { most.min(3) } else { most };
                let count = self.rng.u64(..=most);
                let mut elements: Vec<Value> = (0..count)
                    .map(|_| self.value(&schema["items"], name))
                    .collect();
                if schema["items"]["type"] == "integer" {
                    elements.sort_by_key(Value::as_i64);
                    elements.dedup();
                }
                Value::Array(elements)
            }
            "object" => self.object(schema),
            _ => Value::Null,
        }
    }

    fn kind<'s>(&mut self, schema: &'s Value) -> &'s str {
        match &schema["type"] {
            Value::Array(kinds) => {
                let some: Vec<&str> = kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|kind| *kind != "null")
                    .collect();
                if some.len() < kinds.len() && self.coin(15) {
                    return "null";
                }
                self.rng.choice(some).unwrap_or("null")
            }
            kind => kind.as_str().unwrap_or("null"),
        }
    }

    fn text(&mut self, schema: &Value) -> String {
        let limit = |name: &str| {
            schema[name]
                .as_u64()
                .and_then(|limit| usize::try_from(limit).ok())
        };
        let (least, most) = (
            limit("minLength").unwrap_or(0),
            limit("maxLength").unwrap_or(24),
        );
        let most = if self.coin(85) {
            most.min(least + 20)
        } else {
            most
        };
        match schema["format"].as_str() {
            Some("date") => format!(
                "{}-{:02}-{:02}",
                self.rng.u16(1950..2099),
                self.rng.u8(1..=12),
                self.rng.u8(1..=28)
            ),
            Some("date-time") => {
                let zone = self
                    .rng
                    .choice(["Z", "z", "+07:00", ".123Z", "-11:30"])
                    .unwrap_or("Z");
                let (day, hour) = (self.rng.u8(1..=28), self.rng.u8(..24));
                format!(
                    "{}-{:02}-{day:02}T{hour:02}:30:15{zone}",
                    self.rng.u16(1990..2099),
                    self.rng.u8(1..=12)
                )
            }
            Some("email") => {
                let (local, host) = (self.word(16), self.word(16));
                let end = self
                    .rng
                    .choice(["example", "co.id", "shop.example"])
                    .unwrap_or("example");
                let tag = self.rng.choice(["", "+a", ".b", "_c", "'d"]).unwrap_or("");
                format!("{local}{tag}@{host}.{end}")
            }
            Some("ipv4") => format!(
                "{}.{}.{}.{}",
                self.rng.u8(1..224),
                self.rng.u8(..),
                self.rng.u8(..),
                self.rng.u8(..)
            ),
            Some("uri") => {
                let protocol = self
                    .rng
                    .choice(["https", "https", "https", "shopapp", "http"])
                    .unwrap_or("https");
                let end = self
                    .rng
                    .choice(["/paid", "/a/b?c=d", "", "/#x", ":8443/a", "/%41"])
                    .unwrap_or("");
                format!("{protocol}://{}.example{end}", self.word(12))
            }
            _ => {
                let length = self.rng.usize(least.min(most)..=most);
                let pattern = schema["pattern"].as_str();
                match pattern.and_then(|text| self.schemas.pattern(text)) {
                    Some(pattern) => pattern.draw(self.rng, length),
                    None => self.word(length),
                }
            }
        }
    }

    fn word(&mut self, length: usize) -> String {
        (0..length.max(1)).map(|_| self.rng.lowercase()).collect()
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut members = Map::new();
        let mut wanted: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut narrowed = None;
        if let Some(Value::Array(choices)) = schema.get("anyOf")
            && let Some(choice) = self.rng.choice(choices)
        {
            wanted.extend(
                choice["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str),
            );
            narrowed = Some(choice);
        }
        for (name, own) in schema["properties"].as_object().into_iter().flatten() {
            let is_absent = own["$ref"]
                .as_str()
                .is_some_and(|reference| reference.ends_with("/Absent"));
            let percent = if is_absent { 3 } else { 35 };
            if wanted.contains(&name.as_str()) || self.coin(percent) {
                let mut value = self.value(own, name);
                // One of several members must be there, and not null.
                let narrow = narrowed.map(|choice| &choice["properties"][name.as_str()]);
                for _ in 0..20 {
                    if narrow.is_none_or(|narrow| self.schemas.is_valid(narrow, &value)) {
                        break;
                    }
                    value = self.value(own, name);
                }
                members.insert(name.clone(), value);
            }
        }
        if let Some(free @ Value::Object(_)) = schema.get("additionalProperties") {
            for _ in 0..self.rng.usize(..4) {
                let length = self.rng.usize(1..=12);
                let name = self.word(length);
                members.insert(name, self.value(free, ""));
            }
        }
        Value::Object(members)
    }
}
