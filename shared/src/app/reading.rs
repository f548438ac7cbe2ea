//! Reading: one thing, or a page of many.

use super::answer::Answer;
use super::list::{List, PageRequest};
use super::shown::{ShownView, shown};
use super::view::{self, BindingView, PaymentView, RefundView};
use super::{Actor, App, AppError};
use crate::domain::binding::Binding;
use crate::domain::ids::{BindingId, CustomerId, InvoiceNumber, PaymentId, RefundId};
use crate::domain::invoice::InvoiceName;
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::store::Shown;

/// Which payments to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListBy {
    /// Those with this invoice number: the merchant's, and for a customer's app its customer's own. At most
    /// one in each name space.
    Invoice(InvoiceNumber),
    /// Every one of this customer.
    Customer(CustomerId),
}

impl App {
    /// One binding.
    pub async fn read_binding(&self, actor: &Actor, id: BindingId) -> Result<Answer, AppError> {
        let found = self.store.shown_binding(id).await?;
        let (binding, _) = found
            .filter(|(binding, _)| actor.may_touch(&binding.value().customer))
            .ok_or(AppError::BindingNotFound)?;
        Answer::new(200, &self.shown_binding(&binding).await?)
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
        let list = List::new("bindings by customer", customer.as_str());
        let after = list.after(page)?;
        let page = self
            .store
            .bindings_of(customer, page.limit, after.as_deref())
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for binding in &page.items {
            items.push(self.shown_binding(binding).await?);
        }
        Answer::new(200, &list.view(items, page.next.as_deref()))
    }

    /// One payment.
    pub async fn read_payment(&self, actor: &Actor, id: PaymentId) -> Result<Answer, AppError> {
        let payment = self.shown_payment_for(actor, id).await?;
        Answer::new(200, &self.shown_payment(&payment).await?)
    }

    /// Payments, newest first.
    pub async fn list_payments(
        &self,
        actor: &Actor,
        by: &ListBy,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        let list = match by {
            ListBy::Invoice(invoice) => List::new("payments by invoice", invoice.as_str()),
            ListBy::Customer(customer) => List::new("payments by customer", customer.as_str()),
        };
        let (payments, next) = match by {
            ListBy::Invoice(invoice) => {
                // One at most: no page of it has a cursor.
                list.after(page)?;
                (self.by_invoice(actor, invoice).await?, None)
            }
            ListBy::Customer(customer) => {
                if !actor.may_touch(customer) {
                    return Err(AppError::PaymentNotFound);
                }
                let after = list.after(page)?;
                let after = after.as_deref();
                let page = self.store.payments_of(customer, page.limit, after).await?;
                (page.items, page.next)
            }
        };
        let mut items = Vec::with_capacity(payments.len());
        for payment in &payments {
            items.push(self.shown_payment(payment).await?);
        }
        Answer::new(200, &list.view(items, next.as_deref()))
    }

    async fn by_invoice(
        &self,
        actor: &Actor,
        invoice: &InvoiceNumber,
    ) -> Result<Vec<Shown<Payment>>, AppError> {
        let merchants = InvoiceName::Merchant(invoice);
        let own = actor.customer.as_ref();
        let own = own.map(|customer| InvoiceName::Customer(customer, invoice));
        let mut found = Vec::new();
        for name in std::iter::once(merchants).chain(own) {
            let Some(id) = self.store.payment_id_of(&name.lookup()).await? else {
                continue;
            };
            // References share the invoice numbers' space: one that only looks alike is not it.
            let is_meant = |payment: &Payment| {
                payment.invoice_name() == name && actor.may_touch(&payment.customer)
            };
            let payment = self.store.shown_payment(id).await?;
            found.extend(payment.filter(|payment| is_meant(payment.value())));
        }
        found.sort_by_key(|payment| std::cmp::Reverse(payment.value().id));
        Ok(found)
    }

    /// A payment to be shown, if this actor may see it.
    pub(super) async fn shown_payment_for(
        &self,
        actor: &Actor,
        id: PaymentId,
    ) -> Result<Shown<Payment>, AppError> {
        self.store
            .shown_payment(id)
            .await?
            .filter(|payment| actor.may_touch(&payment.value().customer))
            .ok_or(AppError::PaymentNotFound)
    }

    async fn shown_payment<'a>(
        &self,
        payment: &'a Shown<Payment>,
    ) -> Result<ShownView<PaymentView<'a>>, AppError> {
        let view = self.payment_view(payment.value()).await?;
        shown(view, payment.unknown())
    }

    async fn shown_binding<'a>(
        &self,
        binding: &'a Shown<Binding>,
    ) -> Result<ShownView<BindingView<'a>>, AppError> {
        let view = self.binding_view(binding.value()).await?;
        shown(view, binding.unknown())
    }

    /// A payment's timeline, oldest first.
    pub async fn list_payment_events(
        &self,
        actor: &Actor,
        id: PaymentId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.shown_payment_for(actor, id).await?;
        let name = id.to_string();
        let list = List::new("events by payment", &name);
        let after = list.after(page)?;
        let page = self.store.payment_events(id, page.limit, after.as_deref());
        let page = page.await?;
        Answer::new(
            200,
            &view::events_view(list, &page, actor.customer.is_none())?,
        )
    }

    /// A payment's refunds, oldest first.
    pub async fn list_refunds(
        &self,
        actor: &Actor,
        id: PaymentId,
        page: &PageRequest,
    ) -> Result<Answer, AppError> {
        self.shown_payment_for(actor, id).await?;
        let name = id.to_string();
        let list = List::new("refunds by payment", &name);
        let after = list.after(page)?;
        let refunds = self.store.shown_refunds(id).await?;
        let mut rest: Vec<_> = refunds
            .iter()
            .filter(|refund| {
                after
                    .as_ref()
                    .is_none_or(|after| refund.value().id.to_string() > *after)
            })
            .collect();
        let more = rest.len() > page.limit;
        rest.truncate(page.limit);
        let end = rest.last().map(|refund| refund.value().id.to_string());
        let items = rest.into_iter().map(shown_refund);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Answer::new(200, &list.view(items, end.filter(|_| more).as_deref()))
    }

    /// One refund.
    pub async fn read_refund(
        &self,
        actor: &Actor,
        payment: PaymentId,
        id: RefundId,
    ) -> Result<Answer, AppError> {
        self.shown_payment_for(actor, payment).await?;
        let refund = self
            .store
            .shown_refund(payment, id)
            .await?
            .ok_or(AppError::RefundNotFound)?;
        Answer::new(200, &shown_refund(&refund)?)
    }
}

fn shown_refund(refund: &Shown<Refund>) -> Result<ShownView<RefundView<'_>>, AppError> {
    shown(view::refund_view(refund.value()), refund.unknown())
}
