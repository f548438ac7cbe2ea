//! The table from below.

use serde_json::{Value, json};

use super::Shop;

/// The embedded database checks no signature, but wants to see one.
const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=local/20261120/ap-southeast-1/dynamodb/aws4_request, \
     SignedHeaders=host, Signature=0";

impl Shop {
    /// Every item of the table, in the order of its keys.
    pub async fn table(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": self.world.table_name(), "ConsistentRead": true});
        loop {
            let page = self.database("Scan", &request).await;
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            match &page["LastEvaluatedKey"] {
                Value::Null => break,
                key => request["ExclusiveStartKey"] = key.clone(),
            }
        }
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        items
    }

    /// Puts an item there, as nobody who is tested would.
    pub async fn put_item(&self, item: Value) {
        let request = json!({"TableName": self.world.table_name(), "Item": item});
        assert_eq!(self.database("PutItem", &request).await, json!({}));
    }

    /// Puts items where none are yet.
    pub async fn puts_new_items(&self, items: Vec<Value>) {
        let table = self.world.table_name();
        for item in items {
            let request = json!({
                "TableName": table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            });
            self.database("PutItem", &request).await;
        }
    }

    /// Takes an item away, as nobody who is tested would.
    pub async fn delete_item(&self, item: &Value) {
        let key = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
        self.remove_item(&key("pk"), &key("sk")).await;
    }

    /// Removes an item, as nobody who is tested would.
    pub async fn remove_item(&self, pk: &str, sk: &str) {
        let key = json!({"pk": {"S": pk}, "sk": {"S": sk}});
        let request = json!({"TableName": self.world.table_name(), "Key": key});
        assert_eq!(self.database("DeleteItem", &request).await, json!({}));
    }

    async fn database(&self, operation: &str, request: &Value) -> Value {
        let response = self
            .http
            .post(self.world.dynamodb_url())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("authorization", CREDENTIAL)
            .header("x-amz-date", "20261120T000000Z")
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        let text = response.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The items whose partition key begins with `prefix`.
    pub async fn items(&self, prefix: &str) -> Vec<Value> {
        let all = self.table().await.into_iter();
        all.filter(|item| {
            let key = item["pk"]["S"].as_str().unwrap_or_default();
            key.starts_with(prefix)
        })
        .collect()
    }
}

/// The items that requests bring about. A process notes facts about its deployment once, by whichever request
/// comes first.
fn of_requests(mut items: Vec<Value>) -> Vec<Value> {
    items.retain(|item| item["pk"]["S"] != "DEPLOYMENT");
    items
}

/// The table and DOKU's list of calls as they were; nothing may have come to either since.
pub struct Untouched {
    table: Vec<Value>,
    calls: usize,
}

impl Untouched {
    /// Waits for what is still on its way, and remembers.
    pub async fn so_far(shop: &Shop) -> Self {
        shop.doku.falls_silent().await;
        Self {
            table: of_requests(shop.table().await),
            calls: shop.doku.call_count().await,
        }
    }

    /// Insists that nothing has happened; `why` is for the failure.
    pub async fn still(&self, shop: &Shop, why: &str) {
        let calls = shop.doku.call_count().await;
        assert_eq!(calls, self.calls, "{why}: DOKU was called");
        let table = of_requests(shop.table().await);
        let differs = |item: &&Value| !self.table.contains(item);
        let new: Vec<_> = table.iter().filter(differs).collect();
        assert!(new.is_empty(), "{why}: written: {new:?}");
        assert_eq!(table.len(), self.table.len(), "{why}: something is gone");
    }
}
