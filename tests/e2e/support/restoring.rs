//! The table as it was at an earlier moment.

use std::collections::HashSet;

use serde_json::Value;

use super::Shop;

/// Every item of a table at one moment.
pub struct Backup(Vec<Value>);

impl Shop {
    /// Takes every item.
    pub async fn backs_up(&self) -> Backup {
        Backup(self.table().await)
    }

    /// Puts the items back as they were, and takes away what came later: what restoring a table to that
    /// moment comes to. DOKU knows nothing of it.
    pub async fn is_restored(&self, backup: &Backup) {
        let name = |item: &Value| (item["pk"].to_string(), item["sk"].to_string());
        let kept: HashSet<_> = backup.0.iter().map(name).collect();
        for item in self.table().await {
            if !kept.contains(&name(&item)) {
                self.delete_item(&item).await;
            }
        }
        for item in &backup.0 {
            self.put_item(item.clone()).await;
        }
    }
}
