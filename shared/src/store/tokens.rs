//! DOKU's tokens, sealed, each behind a lock: a second token may void the first, so that processes
//! must not mint on their own.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::keys::Key;
use super::write::{from_item, unavailable};
use super::{Store, StoreError, Write};
use crate::clock::Timestamp;
use crate::domain::ids::BindingId;
use crate::domain::sealed::Sealed;
use crate::retry;

/// Whose token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// The merchant's B2B token, by client id.
    Merchant(String),
    /// A customer's B2B2C token, by binding: never shared between bindings.
    Customer(BindingId),
}

impl Grantee {
    fn key(&self) -> Key {
        match self {
            Self::Merchant(client_id) => Key::b2b_token(client_id),
            Self::Customer(binding) => Key::customer_token(*binding),
        }
    }

    /// What the sealed values are bound to: a ciphertext moved to another item does not open.
    pub fn context(&self, what: &str) -> String {
        let key = self.key();
        format!("{}/{}/{what}", key.pk, key.sk)
    }
}

/// A sealed token with its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedToken {
    /// The token.
    pub value: Sealed,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is known of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRecord {
    /// The code that buys it (customers only).
    pub auth_code: Option<Sealed>,
    /// The token.
    pub access: Option<SealedToken>,
    /// Buys the next one, where DOKU gave one.
    pub refresh: Option<SealedToken>,
    /// Counts tokens: whoever found one bad names which one it was.
    pub generation: u64,
    /// When DOKU last sold a token (customers only); removed when it refuses to.
    pub confirmed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenItem {
    auth_code: Option<ByteBuf>,
    access: Option<ByteBuf>,
    access_expires_at: Option<i64>,
    refresh: Option<ByteBuf>,
    refresh_expires_at: Option<i64>,
    #[serde(default)]
    generation: u64,
    #[serde(default)]
    confirmed_at: Option<i64>,
}

impl TokenItem {
    pub fn read(self) -> TokenRecord {
        let token = |value: Option<ByteBuf>, until: Option<i64>| {
            value.zip(until).map(|(value, until)| SealedToken {
                value: Sealed(value.into_vec()),
                expires_at: Timestamp::from_millis(until),
            })
        };
        TokenRecord {
            auth_code: self.auth_code.map(|code| Sealed(code.into_vec())),
            access: token(self.access, self.access_expires_at),
            refresh: token(self.refresh, self.refresh_expires_at),
            generation: self.generation,
            confirmed_at: self.confirmed_at.map(Timestamp::from_millis),
        }
    }
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

impl Store {
    /// What is known of a token.
    pub async fn token(&self, grantee: &Grantee) -> Result<TokenRecord, StoreError> {
        let item = self.get(&grantee.key()).await?;
        Ok(item
            .map(from_item::<TokenItem>)
            .transpose()?
            .map(TokenItem::read)
            .unwrap_or_default())
    }

    /// Takes the lock until `until`, if nobody holds it and the token is still the one of
    /// `generation`. `holder` names this attempt.
    pub async fn lock_token(
        &self,
        grantee: &Grantee,
        generation: u64,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(grantee.key().attributes()))
            .update_expression("SET lockUntil = :until, lockHolder = :holder")
            // Our own lock counts as free: the SDK may have repeated a request that worked.
            .condition_expression(
                "(attribute_not_exists(lockUntil) OR lockUntil < :now OR lockHolder = :holder) \
                 AND (attribute_not_exists(generation) OR generation = :generation)",
            )
            .expression_attribute_values(":until", number(until.millis()))
            .expression_attribute_values(":holder", AttributeValue::S(holder.to_owned()))
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":generation", number(generation));
        done_or_refused(retry::call(|| update.clone().send()).await)
    }

    /// Stores a new token and gives the lock back. False when the lock was lost meanwhile: then
    /// another token is in force, and this one must not be used.
    pub async fn put_token(
        &self,
        grantee: &Grantee,
        holder: &str,
        access: &SealedToken,
        refresh: Option<&SealedToken>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut expression = "SET access = :access, accessExpiresAt = :accessEnd".to_owned();
        let mut values = HashMap::from([
            (":holder".to_owned(), AttributeValue::S(holder.to_owned())),
            (":one".to_owned(), number(1)),
            (
                ":access".to_owned(),
                AttributeValue::B(access.value.0.clone().into()),
            ),
            (":accessEnd".to_owned(), number(access.expires_at.millis())),
        ]);
        if matches!(grantee, Grantee::Customer(_)) {
            expression.push_str(", confirmedAt = :now");
            values.insert(":now".to_owned(), number(now.millis()));
        }
        if let Some(refresh) = refresh {
            expression.push_str(", refresh = :refresh, refreshExpiresAt = :refreshEnd");
            values.insert(
                ":refresh".to_owned(),
                AttributeValue::B(refresh.value.0.clone().into()),
            );
            values.insert(
                ":refreshEnd".to_owned(),
                number(refresh.expires_at.millis()),
            );
        }
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(grantee.key().attributes()))
            .update_expression(format!(
                "{expression} REMOVE lockUntil, lockHolder ADD generation :one"
            ))
            .condition_expression("lockHolder = :holder")
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let sent = retry::call(|| update.clone().send()).await;
        // An attempt whose answer was lost may have stored it: then the lock is gone, and the token is
        // ours.
        if let Err(error) = &sent
            && let Some(UpdateItemError::ConditionalCheckFailedException(refused)) =
                error.as_service_error()
            && let Some(AttributeValue::B(stored)) =
                refused.item().and_then(|item| item.get("access"))
            && stored.as_ref() == access.value.0
        {
            return Ok(true);
        }
        done_or_refused(sent)
    }

    /// Gives the lock back without a token. `refused`: DOKU does not sell one any more.
    pub async fn unlock_token(
        &self,
        grantee: &Grantee,
        holder: &str,
        refused: bool,
    ) -> Result<(), StoreError> {
        let confirmed = if refused { ", confirmedAt" } else { "" };
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(grantee.key().attributes()))
            .update_expression(format!("REMOVE lockUntil, lockHolder{confirmed}"))
            .condition_expression("lockHolder = :holder")
            .expression_attribute_values(":holder", AttributeValue::S(holder.to_owned()));
        done_or_refused(retry::call(|| update.clone().send()).await).map(drop)
    }
}

fn done_or_refused<T, R: std::fmt::Debug + Send + Sync + 'static>(
    sent: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<bool, StoreError> {
    match sent {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(unavailable(&error)),
        },
    }
}

impl Store {
    /// Forgets that DOKU confirmed a binding: it sold a token and then did not accept it.
    pub async fn doubt_binding(&self, binding: BindingId) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::customer_token(binding).attributes()))
            .update_expression("REMOVE confirmedAt")
            .condition_expression("attribute_exists(confirmedAt)");
        done_or_refused(retry::call(|| update.clone().send()).await).map(drop)
    }
}

impl Write<'_> {
    /// Stores the code that buys a customer's token.
    pub fn auth_code(&mut self, binding: BindingId, code: &Sealed) -> &mut Self {
        self.update_token(binding, "SET authCode = :code", |update| {
            update.expression_attribute_values(":code", AttributeValue::B(code.0.clone().into()))
        })
    }

    /// Stores what stands for a customer's card. Nothing renews it.
    pub fn card_token(&mut self, binding: BindingId, token: &SealedToken) -> &mut Self {
        self.update_token(
            binding,
            "SET #access = :access, accessExpiresAt = :end, generation = :first",
            |update| {
                update
                    .expression_attribute_names("#access", "access")
                    .expression_attribute_values(
                        ":access",
                        AttributeValue::B(token.value.0.clone().into()),
                    )
                    .expression_attribute_values(":end", number(token.expires_at.millis()))
                    .expression_attribute_values(":first", number(1))
            },
        )
    }

    /// Forgets everything that gives access to a customer's account, and takes the lock from
    /// whoever is buying a token right now: what they bring is not stored any more.
    pub fn forget_customer_token(&mut self, binding: BindingId) -> &mut Self {
        self.update_token(
            binding,
            "REMOVE authCode, #access, accessExpiresAt, refresh, refreshExpiresAt, \
             confirmedAt, lockUntil, lockHolder",
            |update| update.expression_attribute_names("#access", "access"),
        )
    }

    fn update_token(
        &mut self,
        binding: BindingId,
        expression: &str,
        values: impl FnOnce(
            aws_sdk_dynamodb::types::builders::UpdateBuilder,
        ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> &mut Self {
        let update = Update::builder()
            .table_name(self.table())
            .set_key(Some(Key::customer_token(binding).attributes()))
            .update_expression(expression);
        match values(update).build() {
            Ok(update) => self.other(TransactWriteItem::builder().update(update).build()),
            Err(error) => self.fail(error.to_string()),
        }
    }
}
