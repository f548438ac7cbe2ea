//! Idempotency claims of earlier releases, and since when this one has its own way of naming them.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::items::{ClaimItem, Keyed};
use super::keys::Key;
use super::listing::text;
use super::write::{from_item, unavailable};
use super::{Claim, Store, StoreError};
use crate::clock::Timestamp;
use crate::retry;

/// Since when claims are named by the merchant or the customer, and no longer by the token's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimScope {
    /// The first start of a release that names them so.
    pub since: Timestamp,
    /// When the claims of everything that is open were last gone through, so that none expires.
    pub kept: Option<Timestamp>,
}

/// Claims that an earlier release made.
#[derive(Debug)]
pub struct EarlierClaims {
    /// The claims.
    pub claims: Vec<Claim>,
    /// Since when claims are named otherwise, once that is stored.
    pub scope: Option<ClaimScope>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeItem {
    since: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<i64>,
}

impl ScopeItem {
    fn read(&self) -> ClaimScope {
        ClaimScope {
            since: Timestamp::from_millis(self.since),
            kept: self.kept.map(Timestamp::from_millis),
        }
    }
}

impl Store {
    /// The claims of these names, and since when claims are named otherwise if that is `asked`, in one
    /// read.
    pub async fn claims_of_earlier(
        &self,
        names: &[String],
        asked: bool,
    ) -> Result<EarlierClaims, StoreError> {
        let mut keys: Vec<Key> = names.iter().map(|name| Key::claim(name)).collect();
        keys.extend(asked.then(Key::claim_scope));
        let mut found = EarlierClaims {
            claims: Vec::new(),
            scope: None,
        };
        for item in self.get_all(&keys).await? {
            let pk = text(&item, "pk").unwrap_or_default();
            let name = pk
                .strip_prefix(super::keys::CLAIM_PREFIX)
                .map(str::to_owned);
            match name {
                Some(name) => found.claims.push(from_item::<ClaimItem>(item)?.read(name)?),
                None => found.scope = Some(from_item::<ScopeItem>(item)?.read()),
            }
        }
        Ok(found)
    }

    /// Since when claims are named this way: from `now` on, if that was not noted before.
    pub async fn claim_scope(&self, now: Timestamp) -> Result<ClaimScope, StoreError> {
        match self.get(&Key::claim_scope()).await? {
            Some(item) => Ok(from_item::<ScopeItem>(item)?.read()),
            None => self.begin_claim_scope(now).await,
        }
    }

    /// Notes when the claims of everything that is open were gone through.
    pub async fn note_open_claims_kept(&self, at: Timestamp) -> Result<(), StoreError> {
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(Key::claim_scope().attributes()))
            .update_expression("SET kept = :at")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":at", AttributeValue::N(at.millis().to_string()));
        retry::call(|| update.clone().send())
            .await
            .map(drop)
            .map_err(|error| unavailable(&error))
    }

    /// Removes the expiry of those of these claims that have no final answer and may expire all the same.
    pub async fn keep_open_claims(&self, names: &[String]) -> Result<(), StoreError> {
        let keys: Vec<Key> = names.iter().map(|name| Key::claim(name)).collect();
        for item in self.get_all(&keys).await? {
            let open = !item.contains_key("answerStatus");
            let (Some(pk), true, true) = (text(&item, "pk"), open, item.contains_key("expiresAt"))
            else {
                continue;
            };
            let kept = self
                .client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(Key::of(pk, "CLAIM").attributes()))
                .update_expression("REMOVE expiresAt")
                .condition_expression(
                    "attribute_exists(pk) AND attribute_not_exists(answerStatus)",
                );
            match retry::call(|| kept.clone().send()).await {
                Ok(_) => {}
                // Answered at this moment: its time is right.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {}
                Err(error) => return Err(unavailable(&error)),
            }
        }
        Ok(())
    }

    /// Notes that claims are named this way from `now` on; gives when that was noted first.
    pub async fn begin_claim_scope(&self, now: Timestamp) -> Result<ClaimScope, StoreError> {
        let item = Keyed::new(
            Key::claim_scope(),
            ScopeItem {
                since: now.millis(),
                kept: None,
            },
        );
        let item = serde_dynamo::to_item(item)
            .map_err(|error: serde_dynamo::Error| StoreError::Corrupt(error.to_string()))?;
        let put = self
            .client()
            .put_item()
            .table_name(self.table())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)");
        match retry::call(|| put.clone().send()).await {
            Ok(_) => Ok(ClaimScope {
                since: now,
                kept: None,
            }),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                let item = self.get(&Key::claim_scope()).await?;
                let item = item.ok_or_else(|| StoreError::Corrupt("claim scope".to_owned()))?;
                Ok(from_item::<ScopeItem>(item)?.read())
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}
