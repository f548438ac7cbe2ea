//! Charging a linked account, or opening DOKU's page for a card.

mod continuing;
mod freezing;
mod order;
mod payer;
mod sending;

pub use order::{AccountOrder, PayCommand, PayMethod, RecurringOrder, WalletOrder};

pub(super) use payer::{Payer, token_context};

use freezing::name;

use super::answer::Answer;
use super::context::Context;
use super::recording::pause;
use super::{Actor, App, AppError, Deadline, Idempotency, device};
use crate::domain::card::Card;
use crate::domain::channel::{CARD, Channel, Confirmation, Family};
use crate::domain::ids::{CustomerId, PaymentId};
use crate::domain::invoice::{InvoiceName, InvoiceScope};
use crate::domain::money::Rupiah;
use crate::domain::operation::OperationKind;
use crate::domain::payment::{Payment, PaymentStatus, Source};
use crate::domain::reference::{self, Subject};
use crate::domain::stored::Stored;
use crate::domain::watch::Watch;
use crate::store::{Claim, Rejected, Target, Write};

/// How often another reference is tried because the one before it is taken.
const SALTS: u32 = 8;

/// A payment to be stored.
pub(super) struct NewPayment<'a> {
    pub command: &'a PayCommand,
    pub payer: &'a Payer,
    /// Whose invoice number it has.
    pub invoice_scope: InvoiceScope,
    pub idempotency: &'a Idempotency,
    /// Adds to the write.
    pub also: &'a (dyn Fn(&mut Write<'_>, &Payment) + Sync),
}

/// How storing a payment went.
pub(super) enum Opened {
    /// It is stored: send it.
    Stored(Box<Payment>),
    /// It is stored, and DOKU has told already what became of it.
    Decided(Box<Payment>),
    /// The same key began it before: continue that.
    Before(Claim),
    /// Somebody else wrote first: look again whether it is possible.
    LookAgain,
}

impl App {
    /// Charges an account or opens a card page, or continues what the same request began before.
    pub async fn pay(
        &self,
        actor: &Actor,
        command: &PayCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if actor.customer.is_some() && !self.config.callers.customers_may_pay {
            return Err(AppError::MerchantOnly);
        }
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self.resume_pay(&ctx, idempotency, claim, deadline).await;
        }
        let payer = match self
            .payer(&ctx.secrets, actor, command, idempotency, deadline)
            .await
        {
            Ok(Some(payer)) => payer,
            found => {
                return match (self.earlier(idempotency).await?, found) {
                    (Some(claim), _) => self.resume_pay(&ctx, idempotency, claim, deadline).await,
                    (None, Err(error)) => Err(error),
                    (None, Ok(_)) => Err(AppError::Internal("a claim vanished")),
                };
            }
        };
        let mut round = 0;
        let payment = loop {
            let new = NewPayment {
                command,
                payer: &payer,
                invoice_scope: actor.invoice_scope(),
                idempotency,
                also: &|_, _| {},
            };
            match self.open_payment(&ctx, &new, deadline).await? {
                Opened::Stored(payment) => break *payment,
                Opened::Decided(payment) => return self.conclude_pay(&ctx, *payment).await,
                Opened::Before(claim) => {
                    return self.resume_pay(&ctx, idempotency, claim, deadline).await;
                }
                Opened::LookAgain if round < 20 && !deadline.is_near() => {
                    pause(round).await;
                    round += 1;
                }
                Opened::LookAgain => return Err(AppError::of_write(Rejected::Stale)),
            }
        };
        let token = payer.customer_token();
        self.send_payment(&ctx, payment, token, deadline).await
    }

    /// Stores a payment that is about to be sent, under names that nobody else has.
    pub(super) async fn open_payment(
        &self,
        ctx: &Context,
        new: &NewPayment<'_>,
        deadline: Deadline,
    ) -> Result<Opened, AppError> {
        let NewPayment {
            command,
            payer,
            idempotency,
            also,
            ..
        } = new;
        let mut payment = self.draft(ctx, new, deadline)?;
        let invoice = payment.invoice_name().lookup();
        let claim = idempotency.claim(&ctx.secrets, Target::Pay(payment.id), payment.created_at);
        let mut early = Vec::new();
        let mut salt = 0;
        loop {
            let mut write = self.store.write();
            write.claim(&claim).new_payment(&payment);
            // The payment can be found by its invoice number, and by DOKU's name for it where that differs.
            let reference = Some(payment.reference.as_str());
            let reference = reference.filter(|reference| *reference != invoice);
            for name in std::iter::once(invoice.as_str()).chain(reference) {
                write.reference(name, payment.id, early.iter().any(|text| text == name));
            }
            also(&mut write, &payment);
            match write.commit().await {
                Ok(()) => break,
                Err(Rejected::Claimed(claim)) => return Ok(Opened::Before(*claim)),
                Err(Rejected::Referenced {
                    text,
                    payment: None,
                }) => early.push(text),
                Err(Rejected::Referenced { text, .. }) if text == invoice => {
                    return Err(AppError::InvoiceUsed);
                }
                Err(Rejected::Referenced { .. }) if salt < SALTS => {
                    salt += 1;
                    name(&mut payment, command, payer, &ctx.secrets, salt);
                }
                Err(Rejected::Stale) => return Ok(Opened::LookAgain),
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        if !early.is_empty() {
            // DOKU told of this payment before we knew it: what it said decides.
            payment = self.join_waiting(ctx, payment).await?;
            if !payment.status.is_open() {
                return Ok(Opened::Decided(Box::new(payment)));
            }
        }
        Ok(Opened::Stored(Box::new(payment)))
    }

    fn draft(
        &self,
        ctx: &Context,
        new: &NewPayment<'_>,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        let NewPayment {
            command,
            payer,
            idempotency,
            ..
        } = *new;
        let now = self.clock.now();
        let (customer, channel, source, wanted) = charged(command, payer)?;
        let confirmation = wanted
            .or_else(|| channel.confirmations.first().copied())
            .ok_or(AppError::Internal("a channel without a confirmation"))?;
        let invoice = InvoiceName::new(new.invoice_scope, customer, &command.invoice);
        let mut operation = self.intend(
            OperationKind::Pay,
            channel.family,
            idempotency.claim_key(),
            deadline,
        )?;
        if channel.family == Family::NonSnap {
            operation.external_id = reference::for_request(
                OperationKind::Pay,
                Subject::Invoice(invoice),
                &idempotency.key,
                1,
            );
        }
        let mut payment = Payment {
            id: PaymentId::new(self.ulid()?),
            customer: customer.clone(),
            source,
            period: match &command.method {
                PayMethod::Recurring(order) => Some(order.period),
                _ => None,
            },
            channel,
            invoice: command.invoice.clone(),
            invoice_scope: new.invoice_scope,
            reference: reference::for_invoice(invoice, channel.payment_reference, 0),
            amount: command.amount,
            charged: command.amount,
            captured: None,
            refunded: Rupiah::ZERO,
            reserved: Rupiah::ZERO,
            status: PaymentStatus::Created,
            confirmation,
            otp_attempts_left: match payer {
                Payer::Account(account) => account.otps_left,
                Payer::Wallet | Payer::Card | Payer::Token(_) => 0,
            },
            reference_no: None,
            taken_external_id: None,
            response_code: None,
            failure: None,
            checked_at: None,
            flags: Vec::new(),
            adopted: false,
            redirect_url: None,
            device: None,
            description: command.description.clone(),
            metadata: command.metadata.clone(),
            created_at: now,
            updated_at: now,
            paid_at: None,
            taken_at: None,
            refunds_unclear_since: None,
            operation,
            otp: None,
            capture: None,
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        };
        let device = command.device_for(payer.device());
        let context = device::of_payment(payment.id);
        payment.device = device::seal(ctx.secrets.keyring(), &context, &device);
        name(&mut payment, command, payer, &ctx.secrets, 0);
        Ok(payment)
    }
}

/// The customer, channel and source of a payment, and the confirmation that it asks for, if it asks for one.
type Charged<'a> = (
    &'a CustomerId,
    &'static Channel,
    Source,
    Option<Confirmation>,
);

/// What a payment charges.
fn charged<'a>(command: &'a PayCommand, payer: &'a Payer) -> Result<Charged<'a>, AppError> {
    Ok(match (&command.method, payer) {
        (PayMethod::Account(order), Payer::Account(account)) => {
            let binding = &account.binding;
            let source = Source::Account(binding.id);
            let confirmation = order.confirmation(binding.channel);
            (&binding.customer, binding.channel, source, confirmation)
        }
        (PayMethod::Wallet(order), _) => (&order.customer, order.channel, Source::Wallet, None),
        (PayMethod::Card(order), _) => (
            &order.customer.id,
            &CARD,
            Source::Card(Box::new(Card::ordered(order))),
            None,
        ),
        (PayMethod::Recurring(order), Payer::Account(account)) => {
            let source = Source::Account(account.binding.id);
            (
                &order.customer,
                order.channel,
                source,
                Some(Confirmation::Unasked),
            )
        }
        (PayMethod::Recurring(order), Payer::Token(_)) => {
            let unasked = Some(Confirmation::Unasked);
            (&order.customer, order.channel, Source::Token, unasked)
        }
        (PayMethod::Account(_) | PayMethod::Recurring(_), _) => {
            return Err(AppError::Internal("a payer of another kind"));
        }
    })
}
