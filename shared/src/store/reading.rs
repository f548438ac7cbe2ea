//! Reads of single items. All are consistent: a decision about money is not made on old news.

use super::items::{BindingItem, ClaimItem, PaymentItem, ReferenceItem, RefundItem};
use super::keys::{Key, REFUND_PREFIX};
use super::tokens::{TokenItem, TokenRecord};
use super::write::{Item, from_item, unavailable};
use super::{Claim, Shown, Store, StoreError};
use crate::domain::binding::Binding;
use crate::domain::ids::{BindingId, PaymentId, RefundId};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::retry;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

impl Store {
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(true);
        let found = retry::call(|| request.clone().send())
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(found.item)
    }

    /// One page of a query: of what one call finds, which is 1 MB at most.
    pub(super) async fn query_page(
        &self,
        query: &QueryFluentBuilder,
    ) -> Result<QueryOutput, StoreError> {
        retry::call(|| query.clone().send())
            .await
            .map_err(|error| unavailable(&error))
    }

    /// Everything that a query finds, page by page.
    pub(super) async fn query_all(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<Vec<Item>, StoreError> {
        let mut query = query;
        let mut items = Vec::new();
        loop {
            let page = self.query_page(&query).await?;
            items.extend(page.items.unwrap_or_default());
            if page.last_evaluated_key.is_none() {
                return Ok(items);
            }
            query = query.set_exclusive_start_key(page.last_evaluated_key);
        }
    }

    /// An idempotency claim.
    pub async fn claim(&self, key: &str) -> Result<Option<Claim>, StoreError> {
        let Some(item) = self.get(&Key::claim(key)).await? else {
            return Ok(None);
        };
        from_item::<ClaimItem>(item)?.read(key.to_owned()).map(Some)
    }

    /// A payment.
    pub async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.shown_payment(id).await?.map(Shown::known).transpose()
    }

    /// A payment to be shown.
    pub async fn shown_payment(&self, id: PaymentId) -> Result<Option<Shown<Payment>>, StoreError> {
        let item = self.get(&Key::payment(id)).await?;
        item.map(|item| self.shown::<PaymentItem>(item)).transpose()
    }

    /// The payment that has this reference or invoice number.
    pub async fn payment_id_of(&self, reference: &str) -> Result<Option<PaymentId>, StoreError> {
        let Some(item) = self.get(&Key::reference(reference)).await? else {
            return Ok(None);
        };
        let id = from_item::<ReferenceItem>(item)?.payment_id;
        Ok(id.and_then(|id| PaymentId::parse(&id).ok()))
    }

    /// A refund.
    pub async fn refund(
        &self,
        payment: PaymentId,
        id: RefundId,
    ) -> Result<Option<Refund>, StoreError> {
        let found = self.shown_refund(payment, id).await?;
        found.map(Shown::known).transpose()
    }

    /// A refund to be shown.
    pub async fn shown_refund(
        &self,
        payment: PaymentId,
        id: RefundId,
    ) -> Result<Option<Shown<Refund>>, StoreError> {
        let item = self.get(&Key::refund(payment, id)).await?;
        item.map(|item| self.shown::<RefundItem>(item)).transpose()
    }

    /// A payment with every refund of it, oldest first, in one read.
    pub async fn payment_with_refunds(
        &self,
        id: PaymentId,
    ) -> Result<Option<(Payment, Vec<Refund>)>, StoreError> {
        let Key { pk, sk } = Key::payment(id);
        // Refunds sort right behind their payment.
        let last = format!("{REFUND_PREFIX}~");
        let mut payment = None;
        let mut refunds = Vec::new();
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :payment AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":payment", AttributeValue::S(sk.clone()))
            .expression_attribute_values(":last", AttributeValue::S(last));
        for item in self.query_all(query).await? {
            let name = item.get("sk").and_then(|name| name.as_s().ok());
            if name.is_some_and(|name| *name == sk) {
                payment = Some(self.value_of::<PaymentItem>(item)?);
            } else if name.is_some_and(|name| name.starts_with(REFUND_PREFIX)) {
                refunds.push(self.value_of::<RefundItem>(item)?);
            }
        }
        Ok(payment.map(|payment| (payment, refunds)))
    }

    /// Every refund of a payment, oldest first.
    pub async fn refunds(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        let refunds = self.shown_refunds(payment).await?.into_iter();
        refunds.map(Shown::known).collect()
    }

    /// The same to be shown.
    pub async fn shown_refunds(
        &self,
        payment: PaymentId,
    ) -> Result<Vec<Shown<Refund>>, StoreError> {
        let pk = Key::payment(payment).pk;
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":prefix", AttributeValue::S(REFUND_PREFIX.to_owned()));
        let found = self.query_all(query).await?.into_iter();
        found.map(|item| self.shown::<RefundItem>(item)).collect()
    }

    /// A binding and its customer's tokens, in one read.
    pub async fn binding(
        &self,
        id: BindingId,
    ) -> Result<Option<(Binding, TokenRecord)>, StoreError> {
        let found = self.shown_binding(id).await?;
        found
            .map(|(binding, token)| Ok((binding.known()?, token)))
            .transpose()
    }

    /// The same with the binding to be shown.
    pub async fn shown_binding(
        &self,
        id: BindingId,
    ) -> Result<Option<(Shown<Binding>, TokenRecord)>, StoreError> {
        let key = Key::binding(id);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(key.pk))
            .expression_attribute_values(":prefix", AttributeValue::S(key.sk));
        let mut items = self.query_all(query).await?.into_iter();
        let Some(binding) = items.next() else {
            return Ok(None);
        };
        let binding = self.shown::<BindingItem>(binding)?;
        let token = match items.next() {
            Some(item) => from_item::<TokenItem>(item)?.read(),
            None => TokenRecord::default(),
        };
        Ok(Some((binding, token)))
    }
}
