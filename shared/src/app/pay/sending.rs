//! Sending a payment, and what DOKU's answer to it comes to.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::adopting::{Earlier, Resolved, doubt_about};
use super::super::answer::Answer;
use super::super::asking::Told as StatusReport;
use super::super::channel_headers::payment_headers;
use super::super::context::Context;
use super::super::recording::{Along, put_back};
use super::super::sending::{NonSnapOrder, Order, Sent};
use super::super::{App, AppError, Deadline, view};
use super::freezing::body_context;
use crate::doku::exchange;
use crate::doku::reading::Reading;
use crate::doku::wire::card::page;
use crate::doku::wire::payment as wire;
use crate::doku::wire::recurring;
use crate::doku::wire::with_token;
use crate::domain::channel::{Call, Confirmation, Family};
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::operation::Operation;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Payment, Source};
use crate::domain::sealed::Sealed;
use crate::secrets::Secrets;
use crate::store::TokenRecord;

/// What DOKU says of a token that is gone.
const TOKEN_NOT_FOUND: &str = "TOKEN_NOT_FOUND";

/// What the answer to a payment that DOKU took tells of it.
struct Told {
    /// DOKU's id of it.
    reference_no: Option<String>,
    /// Which payment it is about, where it says so.
    invoice: Option<String>,
    /// Where the customer confirms it.
    page: Option<String>,
}

impl Told {
    fn read(payment: &Payment, body: &[u8]) -> Self {
        match payment.source {
            Source::Token => {
                let told = recurring::read(body);
                Self {
                    reference_no: told.payment_id,
                    invoice: told.invoice,
                    page: None,
                }
            }
            Source::Account(_) | Source::Wallet => {
                let content = wire::read(body);
                Self {
                    reference_no: content.reference_no,
                    invoice: None,
                    page: content.redirect_url,
                }
            }
            Source::Card(_) => {
                let opened = page::read(body);
                Self {
                    reference_no: None,
                    invoice: opened.invoice,
                    page: opened.url,
                }
            }
        }
    }
}

impl App {
    /// The linked account that a payment is charged to, with its customer's tokens.
    pub(in crate::app) async fn account_of(
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
    pub(in crate::app) async fn send_payment(
        &self,
        ctx: &Context,
        payment: Payment,
        token: Option<TokenRecord>,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        match self.earlier_payment(&ctx.secrets, &payment, deadline).await {
            Earlier::None => {}
            Earlier::Found(found) => {
                let found = StatusReport::Card(found);
                return self.record_earlier(ctx, payment, found).await;
            }
            Earlier::NoAnswer(error) => return self.put_back_payment(payment, error).await,
        }
        let sent = self
            .transmit(&ctx.secrets, &payment, token, deadline)
            .await?;
        let now = self.clock.now();
        let (mut outcome, external_id) = match sent.in_all(&payment.operation) {
            Sent::NotTaken(error) => return self.put_back_payment(payment, error).await,
            Sent::CustomerGone => (
                Outcome::new(Verdict::Failed(Failure::BindingLost), now),
                None,
            ),
            Sent::Lost(id) => (Outcome::new(Verdict::Unknown, now), Some(id)),
            Sent::Answered(answer, id) => {
                let resolved = match doubt_about(&payment, &answer) {
                    Some(doubt) => self.resolve_doubt(ctx, &payment, doubt, deadline).await?,
                    None => None,
                };
                let outcome = match resolved {
                    Some(Resolved::Found(found)) => {
                        return self.record_earlier(ctx, payment, *found).await;
                    }
                    Some(Resolved::Unknown) => {
                        let mut outcome = Outcome::new(Verdict::Unknown, now);
                        outcome.response_code = answer.response_code;
                        outcome
                    }
                    None => self.outcome_of(&ctx.secrets, &payment, answer),
                };
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
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        Ok(self.with_advice(recorded.answer))
    }

    /// What DOKU's answer to a payment comes to.
    fn outcome_of(
        &self,
        secrets: &Secrets,
        payment: &Payment,
        answer: exchange::Answer,
    ) -> Outcome {
        let verdict = match (answer.reading, &payment.source) {
            // Of the token, says DOKU, and not of the path.
            (Reading::NotFound, Source::Token)
                if answer.response_code.as_deref() == Some(TOKEN_NOT_FOUND) =>
            {
                Verdict::Failed(Failure::BindingLost)
            }
            (reading, _) => verdict(reading, &payment.operation),
        };
        let mut outcome = Outcome::new(verdict, self.clock.now());
        outcome.response_code = answer.response_code;
        if outcome.verdict != Verdict::Accepted {
            return outcome;
        }
        let told = Told::read(payment, &answer.body);
        outcome.reference_no = told.reference_no;
        let own = payment.reference.as_str();
        if told.invoice.is_some_and(|invoice| invoice != own) {
            tracing::error!("DOKU answered about another payment");
            outcome.verdict = Verdict::Unknown;
        }
        outcome.redirect_url = self.own_page(secrets, payment, told.page);
        if outcome.redirect_url.is_none() && payment.card().is_some() {
            // Nobody could pay: the same request again brings the same answer, whole.
            outcome.verdict = Verdict::Unknown;
        }
        outcome
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
}

/// What an answer to a payment says about it.
fn verdict(reading: Reading, operation: &Operation) -> Verdict {
    match reading {
        // "Not in this state" may be about the attempt before.
        Reading::WrongState if operation.resent => Verdict::Unknown,
        Reading::NotFound if operation.family == Family::NonSnap => {
            Verdict::Failed(Failure::GatewayRejected)
        }
        Reading::Success | Reading::OtpSent => Verdict::Accepted,
        Reading::Refused(failure) | Reading::OtpRejected(failure) => Verdict::Failed(failure),
        Reading::NotFound => Verdict::Failed(Failure::AccountUnavailable),
        Reading::WrongState => Verdict::Failed(Failure::WrongState),
        // Whether what is in progress may be confirmed already is for DOKU to say: asking tells.
        // "Known with other parameters" may be about an earlier attempt, and DOKU was asked before.
        // Renewed, throttled and misconfigured attempts were not taken and do not come here.
        Reading::InProgress
        | Reading::Inconsistent
        | Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => Verdict::Unknown,
    }
}
