//! Reading: one thing, or a page of many.

use super::answer::Answer;
use super::view::{self, ListView};
use super::{Actor, App, AppError};
use crate::domain::ids::{BindingId, CustomerId, InvoiceNumber, PaymentId, RefundId};
use crate::domain::payment::Payment;

/// Which payments to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListBy {
    /// The one with this invoice number, if there is one.
    Invoice(InvoiceNumber),
    /// Every one of this customer.
    Customer(CustomerId),
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many.
    pub limit: usize,
    /// Behind this entry: the `nextCursor` of the page before, decoded.
    pub after: Option<String>,
}

impl App {
    /// One binding.
    pub async fn read_binding(&self, actor: &Actor, id: BindingId) -> Result<Answer, AppError> {
        let found = self.store.binding(id).await?;
        let (binding, _) = found
            .filter(|(binding, _)| actor.may_touch(&binding.customer))
            .ok_or(AppError::BindingNotFound)?;
        Answer::new(200, &self.binding_view(&binding).await?)
    }

    /// A customer's bindings, newest first.
    pub async fn list_bindings(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        if !actor.may_touch(customer) {
            return Err(AppError::BindingNotFound);
        }
        let page = self
            .store
            .bindings_of(customer, page.limit, page.after.as_deref())
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for binding in &page.items {
            items.push(self.binding_view(binding).await?);
        }
        Answer::new(200, &ListView::new(items, page.next))
    }

    /// One payment.
    pub async fn read_payment(&self, actor: &Actor, id: PaymentId) -> Result<Answer, AppError> {
        let payment = self.payment_for(actor, id).await?;
        Answer::new(200, &self.payment_view(&payment).await?)
    }

    /// Payments, newest first.
    pub async fn list_payments(
        &self,
        actor: &Actor,
        by: &ListBy,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        let (payments, next) = match by {
            ListBy::Invoice(invoice) => (self.by_invoice(actor, invoice).await?, None),
            ListBy::Customer(customer) => {
                if !actor.may_touch(customer) {
                    return Err(AppError::PaymentNotFound);
                }
                let after = page.after.as_deref();
                let page = self.store.payments_of(customer, page.limit, after).await?;
                (page.items, page.next)
            }
        };
        let mut items = Vec::with_capacity(payments.len());
        for payment in &payments {
            items.push(self.payment_view(payment).await?);
        }
        Answer::new(200, &ListView::new(items, next))
    }

    async fn by_invoice(
        &self,
        actor: &Actor,
        invoice: &InvoiceNumber,
    ) -> Result<Vec<Payment>, AppError> {
        let Some(id) = self.store.payment_id_of(invoice.as_str()).await? else {
            return Ok(Vec::new());
        };
        let payment = self.store.payment(id).await?;
        // References share the invoice numbers' space: one that only looks alike is not it.
        Ok(payment
            .filter(|payment| payment.invoice == *invoice && actor.may_touch(&payment.customer))
            .into_iter()
            .collect())
    }

    /// A payment's timeline, oldest first.
    pub async fn list_payment_events(
        &self,
        actor: &Actor,
        id: PaymentId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.payment_for(actor, id).await?;
        let page = self
            .store
            .payment_events(id, page.limit, page.after.as_deref())
            .await?;
        Answer::new(200, &view::events_view(&page, actor.customer.is_none())?)
    }

    /// A payment's refunds, oldest first.
    pub async fn list_refunds(
        &self,
        actor: &Actor,
        id: PaymentId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.payment_for(actor, id).await?;
        let refunds = self.store.refunds(id).await?;
        let mut rest: Vec<_> = refunds
            .iter()
            .filter(|refund| {
                page.after
                    .as_ref()
                    .is_none_or(|after| refund.id.to_string() > *after)
            })
            .collect();
        let more = rest.len() > page.limit;
        rest.truncate(page.limit);
        let last = rest.last().map(|refund| refund.id.to_string());
        let items = rest.into_iter().map(view::refund_view).collect();
        Answer::new(200, &ListView::new(items, last.filter(|_| more)))
    }

    /// One refund.
    pub async fn read_refund(
        &self,
        actor: &Actor,
        payment: PaymentId,
        id: RefundId,
    ) -> Result<Answer, AppError> {
        self.payment_for(actor, payment).await?;
        let refund = self
            .store
            .refund(payment, id)
            .await?
            .ok_or(AppError::RefundNotFound)?;
        Answer::new(200, &view::refund_view(&refund))
    }
}
