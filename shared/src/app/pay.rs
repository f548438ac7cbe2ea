//! Charging a linked account, or opening DOKU's page for a card.

mod freezing;
mod order;
mod payer;

pub use order::{AccountOrder, PayCommand, PayMethod, RecurringOrder, WalletOrder};

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub(super) use payer::{Payer, token_context};

use freezing::{body_context, name};

use super::answer::Answer;
use super::asking::IfAbsent;
use super::channel_headers::payment_headers;
use super::recording::{Along, pause, put_back};
use super::sending::{NonSnapOrder, Order, Sent};
use super::{Actor, App, AppError, Deadline, Idempotency, device, view};
use crate::doku::reading::Reading;
use crate::doku::wire::card::page;
use crate::doku::wire::payment as wire;
use crate::doku::wire::recurring;
use crate::doku::wire::with_token;
use crate::domain::card::Card;
use crate::domain::channel::{CARD, Call, Confirmation, Family};
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::operation::{Operation, OperationKind, Step};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Payment, PaymentStatus, Source};
use crate::domain::reference;
use crate::domain::sealed::Sealed;
use crate::domain::watch::Watch;
use crate::secrets::Secrets;
use crate::store::{Claim, Rejected, Target, TokenRecord, Write};

/// Added to a lease beyond the function's deadline: a process that is being killed may still have
/// a write on its way.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// What DOKU says of a token that is gone.
const TOKEN_NOT_FOUND: &str = "TOKEN_NOT_FOUND";

/// How often another reference is tried because the one before it is taken.
const SALTS: u32 = 8;

/// A payment to be stored.
pub(super) struct NewPayment<'a> {
    pub command: &'a PayCommand,
    pub payer: &'a Payer,
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
        let secrets = self.secrets.current().await?;
        let payer = match self
            .payer(&secrets, actor, command, idempotency, deadline)
            .await
        {
            Ok(Some(payer)) => payer,
            found => {
                return match (self.earlier(idempotency).await?, found) {
                    (Some(claim), _) => {
                        self.resume_pay(&secrets, idempotency, claim, deadline)
                            .await
                    }
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
                idempotency,
                also: &|_, _| {},
            };
            match self.open_payment(&secrets, &new, deadline).await? {
                Opened::Stored(payment) => break *payment,
                Opened::Decided(payment) => return self.conclude_pay(&secrets, *payment).await,
                Opened::Before(claim) => {
                    return self
                        .resume_pay(&secrets, idempotency, claim, deadline)
                        .await;
                }
                Opened::LookAgain if round < 20 && !deadline.is_near() => {
                    pause(round).await;
                    round += 1;
                }
                Opened::LookAgain => return Err(AppError::of_write(Rejected::Stale)),
            }
        };
        let token = payer.customer_token();
        self.send_payment(&secrets, payment, token, deadline).await
    }

    /// Stores a payment that is about to be sent, under names that nobody else has.
    pub(super) async fn open_payment(
        &self,
        secrets: &Arc<Secrets>,
        new: &NewPayment<'_>,
        deadline: Deadline,
    ) -> Result<Opened, AppError> {
        let NewPayment {
            command,
            payer,
            idempotency,
            also,
        } = new;
        let mut payment = self.draft(command, payer, secrets, idempotency, deadline)?;
        let claim = idempotency.claim(secrets, Target::Pay(payment.id), payment.created_at);
        let mut early = Vec::new();
        let mut salt = 0;
        loop {
            let mut write = self.store.write();
            write.claim(&claim).new_payment(&payment);
            for name in names(&payment) {
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
                Err(Rejected::Referenced { text, .. }) if text == payment.invoice.as_str() => {
                    return Err(AppError::InvoiceUsed);
                }
                Err(Rejected::Referenced { .. }) if salt < SALTS => {
                    salt += 1;
                    name(&mut payment, command, payer, secrets, salt);
                }
                Err(Rejected::Stale) => return Ok(Opened::LookAgain),
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        if !early.is_empty() {
            // DOKU told of this payment before we knew it: what it said decides.
            payment = self.join_waiting(secrets, payment).await?;
            if !payment.status.is_open() {
                return Ok(Opened::Decided(Box::new(payment)));
            }
        }
        Ok(Opened::Stored(Box::new(payment)))
    }

    fn draft(
        &self,
        command: &PayCommand,
        payer: &Payer,
        secrets: &Secrets,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        let now = self.clock.now();
        let (customer, channel, source, wanted) = match (&command.method, payer) {
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
        };
        let confirmation = wanted
            .or_else(|| channel.confirmations.first().copied())
            .ok_or(AppError::NotSupported)?;
        let operation = self.intend(
            OperationKind::Pay,
            channel.family,
            idempotency.claim_key(),
            deadline,
        )?;
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
            reference: reference::for_invoice(&command.invoice, channel.payment_reference, 0),
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
            flags: Vec::new(),
            redirect_url: None,
            device: None,
            description: command.description.clone(),
            metadata: command.metadata.clone(),
            created_at: now,
            updated_at: now,
            paid_at: None,
            operation,
            otp: None,
            capture: None,
            watch: Watch::default(),
            version: 1,
        };
        let device = command.device_for(payer.device());
        let context = device::of_payment(payment.id);
        payment.device = device::seal(secrets.keyring(), &context, &device);
        name(&mut payment, command, payer, secrets, 0);
        Ok(payment)
    }

    /// The linked account that a payment is charged to, with its customer's tokens.
    pub(super) async fn account_of(
        &self,
        payment: &Payment,
    ) -> Result<(BindingId, TokenRecord), AppError> {
        let binding = payment
            .binding()
            .ok_or(AppError::Internal("a payment from no account"))?;
        let found = self.store.binding(binding).await?;
        let (_, token) = found.ok_or(AppError::Internal("a payment without its binding"))?;
        Ok((binding, token))
    }

    /// Sends the frozen body of a payment in the protocol of its channel. `token` is the customer's,
    /// if it was read already.
    async fn transmit(
        &self,
        secrets: &Arc<Secrets>,
        payment: &Payment,
        token: Option<TokenRecord>,
        deadline: Deadline,
    ) -> Result<Sent, AppError> {
        let Some(sealed) = &payment.operation.body else {
            return Err(AppError::Internal("a payment to be sent has no body"));
        };
        let body = self.open(&body_context(payment.id), sealed).await?;
        if payment.channel.family == Family::NonSnap {
            let order = NonSnapOrder {
                path: match payment.source {
                    Source::Token => recurring::PATH,
                    _ => page::PATH,
                },
                request_id: &payment.operation.external_id,
                body: Some(body.expose_secret()),
            };
            return Ok(self.send_non_snap(secrets, order, deadline).await);
        }
        let customer = match (payment.binding(), token) {
            (Some(binding), Some(token)) => Some((binding, token)),
            (Some(_), None) => Some(self.account_of(payment).await?),
            (None, _) => None,
        };
        let device = self.device_of_payment(payment).await?;
        let order = Order {
            path: wire::path(payment.channel),
            headers: payment_headers(payment.channel, payment.confirmation, &device),
            external_id: payment.operation.external_id.clone(),
            customer,
            customer_header: payment.channel.in_header(Call::Pay),
            body: &|token: Option<&SecretString>| with_token(body.expose_secret(), token),
        };
        Ok(self.send(secrets, order, deadline).await)
    }

    /// Sends the frozen body and records how it went.
    pub(super) async fn send_payment(
        &self,
        secrets: &Arc<Secrets>,
        payment: Payment,
        token: Option<TokenRecord>,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let sent = self.transmit(secrets, &payment, token, deadline).await?;
        let now = self.clock.now();
        let (mut outcome, external_id) = match sent.in_all(&payment.operation) {
            Sent::NotTaken(error) => return self.put_back_payment(payment, error).await,
            Sent::CustomerGone => (
                Outcome::new(Verdict::Failed(Failure::BindingLost), now),
                None,
            ),
            Sent::Lost(id) => (Outcome::new(Verdict::Unknown, now), Some(id)),
            Sent::Answered(answer, id) => {
                let verdict = match (answer.reading, &payment.source) {
                    // Of the token, says DOKU, and not of the path.
                    (Reading::NotFound, Source::Token)
                        if answer.response_code.as_deref() == Some(TOKEN_NOT_FOUND) =>
                    {
                        Verdict::Failed(Failure::BindingLost)
                    }
                    (reading, _) => verdict(reading, &payment.operation),
                };
                let mut outcome = Outcome::new(verdict, now);
                outcome.response_code = answer.response_code;
                if outcome.verdict == Verdict::Accepted {
                    let own = payment.reference.as_str();
                    let about_another = |invoice: Option<String>| {
                        let other = invoice.is_some_and(|invoice| invoice != own);
                        if other {
                            tracing::error!("DOKU answered about another payment");
                        }
                        other
                    };
                    let page = match payment.source {
                        Source::Token => {
                            let told = recurring::read(&answer.body);
                            outcome.reference_no = told.payment_id;
                            if about_another(told.invoice) {
                                outcome.verdict = Verdict::Unknown;
                            }
                            None
                        }
                        Source::Account(_) | Source::Wallet => {
                            let content = wire::read(&answer.body);
                            outcome.reference_no = content.reference_no;
                            content.redirect_url
                        }
                        Source::Card(_) => {
                            let opened = page::read(&answer.body);
                            if about_another(opened.invoice) {
                                outcome.verdict = Verdict::Unknown;
                            }
                            opened.url
                        }
                    };
                    outcome.redirect_url = self.own_page(secrets, &payment, page);
                    let lost = outcome.redirect_url.is_none();
                    if lost && payment.card().is_some() {
                        // Nobody could pay: the same request again brings the same answer, whole.
                        outcome.verdict = Verdict::Unknown;
                    }
                }
                (outcome, Some(id))
            }
        };
        if payment.confirmation != Confirmation::Page {
            // The page would offer a second way to confirm what the app is about to confirm.
            outcome.redirect_url = None;
        }
        let lost = outcome.verdict == Verdict::Unknown;
        let settle = |payment: &mut Payment| {
            if let Some(id) = &external_id {
                payment.operation.external_id = id.clone();
                if !lost {
                    payment.taken_external_id = Some(id.clone());
                }
            }
            if lost {
                payment.operation.leave_unknown(now);
            } else {
                payment.operation.finish();
            }
        };
        let claim = payment.operation.claim.clone();
        let along = Along {
            settle: &settle,
            claim: Some((&claim, 201)),
            seen: None,
        };
        let recorded = self
            .record_payment(secrets, payment, &outcome, &along)
            .await?;
        Ok(self.with_advice(recorded.answer))
    }

    fn own_page(
        &self,
        secrets: &Secrets,
        payment: &Payment,
        address: Option<String>,
    ) -> Option<Sealed> {
        let address = address.filter(|address| {
            let own = self.doku.is_own_page(address);
            if !own {
                tracing::error!("DOKU answered with a page that is not DOKU's; it is not used");
            }
            own
        })?;
        let context = view::payment_page(payment.id);
        Some(Sealed(secrets.keyring().seal(&context, address.as_bytes())))
    }

    /// Notes that nothing was sent, so that a repeat of the request may send it.
    async fn put_back_payment(
        &self,
        mut payment: Payment,
        error: AppError,
    ) -> Result<Answer, AppError> {
        payment.operation.put_back(self.clock.now());
        put_back(self.store.write().payment(&payment).commit().await, error)
    }

    /// Continues, or answers again, what the same request began before, although it could not be begun
    /// now; `None` where nothing was.
    pub async fn pay_again(
        &self,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Option<Answer>, AppError> {
        let Some((secrets, claim)) = self.same_before(idempotency).await? else {
            return Ok(None);
        };
        let answer = self.resume_pay(&secrets, idempotency, claim, deadline);
        answer.await.map(Some)
    }

    /// Continues, or answers again, what an earlier request with the same key began.
    async fn resume_pay(
        &self,
        secrets: &Arc<Secrets>,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let Target::Pay(id) = claim.target else {
            return Err(AppError::Internal("a claim of another kind"));
        };
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::Internal("a claim without its payment"))?;
        self.continue_payment(secrets, payment, deadline).await
    }

    /// Continues a payment that somebody else began.
    pub(super) async fn continue_payment(
        &self,
        secrets: &Arc<Secrets>,
        mut payment: Payment,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let step = payment.next_step(now, self.patience());
        match step {
            Step::Busy(wait) => return Err(AppError::InProgress(wait)),
            // Decided by a notification, or by whoever asked.
            _ if !payment.status.is_open() => return self.conclude_pay(secrets, payment).await,
            Step::Done => return self.conclude_pay(secrets, payment).await,
            Step::TooEarly(wait) => {
                let answer = self.payment_answer(&payment, 201).await?;
                return Ok(answer.ask_again_after(wait));
            }
            Step::Send | Step::Ask => {
                // Whoever began may have died before it took in what DOKU had told us already.
                payment = self.join_waiting(secrets, payment).await?;
                if !payment.status.is_open() {
                    return self.conclude_pay(secrets, payment).await;
                }
                match payment.next_step(now, self.patience()) {
                    same if same == step => {}
                    // Somebody else went on with it meanwhile.
                    Step::Done => return self.conclude_pay(secrets, payment).await,
                    _ => return Err(AppError::InProgress(Duration::from_secs(1))),
                }
            }
        }
        if step == Step::Send {
            return self.resend_payment(secrets, payment, deadline).await;
        }
        payment.operation.lease_until = now.plus(deadline.remaining() + GRACE);
        let payment = self.lease(payment).await?;
        self.ask_about_payment(secrets, payment, IfAbsent::Send, deadline)
            .await
    }

    /// Stores a payment whose lease was taken; `in_progress` when somebody else was faster.
    pub(super) async fn lease(&self, mut payment: Payment) -> Result<Payment, AppError> {
        let stored = self.store.write().payment(&payment).commit().await;
        stored.map_err(AppError::of_write)?;
        payment.version += 1;
        Ok(payment)
    }

    /// Answers a request whose payment is decided, and ends its operation.
    pub(super) async fn conclude_pay(
        &self,
        secrets: &Secrets,
        payment: Payment,
    ) -> Result<Answer, AppError> {
        let claim = payment.operation.claim.clone();
        if let Some(answer) = self.answered_meanwhile(&claim).await? {
            return Ok(answer);
        }
        let along = Along {
            settle: &|payment: &mut Payment| payment.operation.finish(),
            claim: Some((&claim, 201)),
            seen: None,
        };
        let outcome = Outcome::new(Verdict::NoNews, self.clock.now());
        Ok(self
            .record_payment(secrets, payment, &outcome, &along)
            .await?
            .answer)
    }

    /// Adds to a 202 when it makes sense to ask again.
    pub(super) fn with_advice(&self, answer: Answer) -> Answer {
        if answer.status == 202 {
            let wait = self.config.status_check_after;
            answer.ask_again_after(wait)
        } else {
            answer
        }
    }
}

/// The names under which a payment can be found: the merchant's, and DOKU's where it differs.
fn names(payment: &Payment) -> Vec<&str> {
    let (invoice, reference) = (payment.invoice.as_str(), payment.reference.as_str());
    if invoice == reference {
        vec![invoice]
    } else {
        vec![invoice, reference]
    }
}

/// What an answer to a payment says about it.
fn verdict(reading: Reading, operation: &Operation) -> Verdict {
    match reading {
        // "Known already" and "not in this state" may be about the attempt before.
        Reading::Inconsistent | Reading::WrongState if operation.resent => Verdict::Unknown,
        Reading::NotFound if operation.family == Family::NonSnap => {
            Verdict::Failed(Failure::GatewayRejected)
        }
        Reading::Success | Reading::OtpSent => Verdict::Accepted,
        Reading::Refused(failure) | Reading::OtpRejected(failure) => Verdict::Failed(failure),
        Reading::Inconsistent => Verdict::Failed(Failure::DuplicateReference),
        Reading::NotFound => Verdict::Failed(Failure::AccountUnavailable),
        Reading::WrongState => Verdict::Failed(Failure::WrongState),
        // Whether what is in progress may be confirmed already is for DOKU to say: asking tells.
        // Renewed, throttled and misconfigured attempts were not taken and do not come here.
        Reading::InProgress
        | Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => Verdict::Unknown,
    }
}
