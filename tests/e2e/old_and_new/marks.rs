//! What a newer release would add to the items of the table.

use serde_json::{Map, Value, json};

use crate::support::Shop;

/// Maps whose members are data, not attributes.
const DATA: [&str; 2] = ["metadata", "open"];

/// An attribute of each kind that the table knows.
fn marks() -> Map<String, Value> {
    let marks = json!({
        "newerText": {"S": "kept"},
        "newerNumber": {"N": "12345678901234567890123456789012345678"},
        "newerFraction": {"N": "-1234567890.0987654321"},
        "newerBytes": {"B": "AJ+Slg=="},
        "newerFlag": {"BOOL": true},
        "newerNothing": {"NULL": true},
        "newerTexts": {"SS": ["one", "two"]},
        "newerNumbers": {"NS": ["1", "98765432109876543210987654321098765432"]},
        "newerByteses": {"BS": ["AA==", "/w=="]},
        "newerList": {"L": [{"S": "first"}, {"NS": ["7", "8"]}, {"M": {"deep": {"N": "0.1"}}}]},
        "newerMap": {"M": {"inner": {"SS": ["x"]}, "status": {"S": "paid"}}},
    });
    marks.as_object().unwrap().clone()
}

fn mark(map: &mut Map<String, Value>) {
    for (name, value) in map.iter_mut() {
        if DATA.contains(&name.as_str()) || name.starts_with("newer") {
            continue;
        }
        if let Some(inner) = value["M"].as_object_mut() {
            mark(inner);
        }
        for element in value["L"].as_array_mut().into_iter().flatten() {
            if let Some(inner) = element["M"].as_object_mut() {
                mark(inner);
            }
        }
    }
    map.extend(marks());
}

/// Marks that were made, by item and by the path within it.
pub struct Marked(Vec<(Value, Value, String, Value)>);

impl Shop {
    /// Adds to every item whose partition key begins with `prefix`, and to the maps within it, what a
    /// newer release would.
    pub async fn marks(&self, prefix: &str) -> Marked {
        for mut item in self.items(prefix).await {
            mark(item.as_object_mut().unwrap());
            self.put_item(item).await;
        }
        let mut made = Vec::new();
        for item in self.items(prefix).await {
            found(&item, &mut |path, value| {
                let (pk, sk) = (item["pk"].clone(), item["sk"].clone());
                made.push((pk, sk, path.to_owned(), value.clone()));
            });
        }
        assert!(!made.is_empty(), "{prefix}");
        Marked(made)
    }
}

/// Goes through the marks of an item.
fn found(item: &Value, take: &mut impl FnMut(&str, &Value)) {
    fn walk(map: &Value, path: &str, take: &mut impl FnMut(&str, &Value)) {
        for (name, value) in map.as_object().unwrap() {
            let path = format!("{path}/{name}");
            if name.starts_with("newer") {
                take(&path, value);
                continue;
            }
            if DATA.contains(&name.as_str()) {
                continue;
            }
            if value["M"].is_object() {
                walk(&value["M"], &format!("{path}/M"), take);
            }
            let elements = value["L"].as_array().into_iter().flatten().enumerate();
            for (place, element) in elements.filter(|(_, element)| element["M"].is_object()) {
                walk(&element["M"], &format!("{path}/L/{place}/M"), take);
            }
        }
    }
    walk(item, "", take);
}

impl Marked {
    /// Insists that all of them are there still, with their exact values, though the item changed.
    pub async fn are_kept(&self, shop: &Shop, why: &str) {
        let table = shop.table().await;
        for (pk, sk, path, value) in &self.0 {
            let item = table
                .iter()
                .find(|item| item["pk"] == *pk && item["sk"] == *sk);
            let item = item.unwrap_or_else(|| panic!("{why}: {pk} {sk} is gone"));
            assert_eq!(item.pointer(path), Some(value), "{why}: {pk} {sk} {path}");
        }
    }
}
