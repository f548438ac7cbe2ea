//! Resources as callers see them. They live beside the use cases, not with HTTP, because an answer
//! is stored with the idempotency key and given again word for word.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::value::RawValue;

use super::list::List;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::card::{Acquirer, CardPaymentType, CardTokenId, Keeping, SavedCard, UsedCard};
use crate::domain::channel::{Family, Registration};
use crate::domain::contact::PersonName;
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, CustomerId, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::payment::{Capture, Payment, PaymentStatus, Source};
use crate::domain::refund::Refund;
use crate::domain::text::{Description, Metadata, Reason};
use crate::store::{Page, StoredActor, StoredEvent};

#[derive(Serialize)]
pub(super) struct MoneyView {
    value: String,
    currency: &'static str,
}

impl From<Rupiah> for MoneyView {
    fn from(amount: Rupiah) -> Self {
        Self {
            value: amount.to_snap(),
            currency: "IDR",
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum NextAction {
    Redirect {
        url: String,
    },
    #[serde(rename_all = "camelCase")]
    Otp {
        attempts_left: u8,
    },
    #[serde(rename_all = "camelCase")]
    Confirm {
        expires_at: String,
    },
    Wait,
}

#[derive(Serialize)]
pub(super) struct FailureView {
    code: &'static str,
    message: &'static str,
    retryable: bool,
}

impl From<Failure> for FailureView {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code(),
            message: failure.message(),
            retryable: failure.retryable(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentView<'a> {
    payment_id: String,
    invoice_number: &'a str,
    invoice_scope: &'static str,
    customer_id: &'a str,
    binding_id: Option<String>,
    subscription_id: Option<String>,
    period: Option<String>,
    channel: &'static str,
    amount: MoneyView,
    charged_amount: MoneyView,
    captured_amount: Option<MoneyView>,
    refunded_amount: MoneyView,
    refundable_amount: MoneyView,
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    next_action: Option<NextAction>,
    failure: Option<FailureView>,
    method: MethodView<'a>,
    capture: Option<CaptureView>,
    capture_before: Option<String>,
    gateway: PaymentGateway<'a>,
    flags: Vec<&'static str>,
    description: Option<&'a str>,
    metadata: &'a Metadata,
    created_at: String,
    updated_at: String,
    authorized_at: Option<String>,
    paid_at: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum MethodView<'a> {
    #[serde(rename_all = "camelCase")]
    DirectDebit {
        binding_id: String,
        confirmation: &'static str,
    },
    Wallet {
        channel: &'static str,
    },
    BriToken,
    #[serde(rename_all = "camelCase")]
    Card {
        payment_type: Option<&'static str>,
        auto_capture: bool,
        acquirer: Option<&'static str>,
        tenor: Option<u8>,
        save_card: bool,
        saved_card: bool,
        card: Option<UsedCardView<'a>>,
    },
}

impl<'a> MethodView<'a> {
    fn new(payment: &'a Payment) -> Self {
        match &payment.source {
            Source::Account(binding) => Self::DirectDebit {
                binding_id: binding.to_string(),
                confirmation: payment.confirmation.as_str(),
            },
            Source::Wallet => Self::Wallet {
                channel: payment.channel.code,
            },
            Source::Token => Self::BriToken,
            Source::Card(card) => Self::Card {
                payment_type: card.payment_type.map(CardPaymentType::as_str),
                auto_capture: card.auto_capture,
                acquirer: card.acquirer.map(Acquirer::as_str),
                tenor: card.tenor,
                save_card: card.keeping == Keeping::Saves,
                saved_card: card.keeping == Keeping::Saved,
                card: UsedCardView::new(&card.used),
            },
        }
    }
}

/// The card that was used, once DOKU told which.
#[derive(Serialize)]
struct UsedCardView<'a> {
    masked: Option<&'a str>,
    brand: Option<&'a str>,
    issuer: Option<&'a str>,
    r#type: Option<&'a str>,
}

impl<'a> UsedCardView<'a> {
    fn new(used: &'a UsedCard) -> Option<Self> {
        (*used != UsedCard::default()).then_some(Self {
            masked: used.masked.as_deref(),
            brand: used.brand.as_deref(),
            issuer: used.issuer.as_deref(),
            r#type: used.kind.as_deref(),
        })
    }
}

#[derive(Serialize)]
struct CaptureView {
    amount: MoneyView,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    failure: Option<FailureView>,
}

impl From<&Capture> for CaptureView {
    fn from(capture: &Capture) -> Self {
        Self {
            amount: capture.amount.into(),
            status: capture.status.as_str(),
            origin: None,
            adopted: capture.adopted,
            failure: capture.failure.map(FailureView::from),
        }
    }
}

impl CaptureView {
    /// The merchant's latest capture of a payment, else the one that DOKU made.
    fn of(payment: &Payment) -> Option<Self> {
        let own = payment.capture.as_ref().map(Self::from);
        own.or_else(|| {
            Some(Self {
                amount: payment.captured?.into(),
                status: MovementStatus::Succeeded.as_str(),
                origin: Some(Origin::Gateway.as_str()),
                adopted: false,
                failure: None,
            })
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentGateway<'a> {
    partner_reference_no: &'a str,
    reference_no: Option<&'a str>,
    request_id: Option<&'a str>,
    response_code: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardView<'a> {
    token_id: &'a str,
    masked: Option<&'a str>,
    brand: Option<&'a str>,
    issuer: Option<&'a str>,
    cardholder_name: Option<&'a str>,
    expiry: Option<&'a str>,
    country: Option<&'a str>,
}

pub(super) fn card_view(card: &SavedCard) -> CardView<'_> {
    CardView {
        token_id: card.token.expose(),
        masked: card.masked.as_deref(),
        brand: card.brand.as_deref(),
        issuer: card.issuer.as_deref(),
        cardholder_name: card.cardholder_name.as_ref().map(PersonName::expose),
        expiry: card.expiry.as_deref(),
        country: card.country.as_deref(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedCardView<'a> {
    token_id: &'a str,
    customer_id: &'a str,
    status: &'static str,
}

pub(super) fn deleted_card_view<'a>(
    customer: &'a CustomerId,
    token: &'a CardTokenId,
) -> DeletedCardView<'a> {
    DeletedCardView {
        token_id: token.expose(),
        customer_id: customer.as_str(),
        status: "deleted",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundView<'a> {
    refund_id: String,
    payment_id: String,
    amount: MoneyView,
    status: &'static str,
    origin: &'static str,
    r#type: Option<&'static str>,
    manual: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    reason: Option<&'a str>,
    failure: Option<FailureView>,
    gateway: RefundGateway<'a>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundGateway<'a> {
    partner_refund_no: &'a str,
    refund_no: Option<&'a str>,
    response_code: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BindingView<'a> {
    binding_id: String,
    customer_id: &'a str,
    channel: &'static str,
    status: &'static str,
    next_action: Option<NextAction>,
    failure: Option<FailureView>,
    phone: &'a str,
    email: Option<&'a str>,
    return_url: &'a str,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventView<'a> {
    event_id: &'a str,
    r#type: &'a str,
    at: &'a str,
    status: &'a str,
    actor: Option<ActorView<'a>>,
    cause: Option<&'a str>,
    requested_by: Option<ActorView<'a>>,
    detail: Box<RawValue>,
}

/// The author of a change. Names are for the merchant only.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActorView<'a> {
    kind: &'a str,
    subject: Option<&'a str>,
    customer_id: Option<&'a str>,
}

impl<'a> ActorView<'a> {
    fn new(actor: &'a StoredActor, merchant: bool) -> Self {
        Self {
            kind: &actor.kind,
            subject: actor.subject.as_deref().filter(|_| merchant),
            customer_id: actor.customer.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListView<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> ListView<T> {
    /// A page, and the cursor of the next one.
    pub const fn new(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

/// What a payment's page address is sealed for.
pub(super) fn payment_page(id: PaymentId) -> String {
    format!("PAYMENT#{id}/redirectUrl")
}

/// What a binding's page address is sealed for.
pub(super) fn binding_page(id: BindingId) -> String {
    format!("BINDING#{id}/redirectUrl")
}

/// What the page's address is sealed for on which a customer confirms the unlinking.
pub(super) fn unbinding_page(id: BindingId) -> String {
    format!("BINDING#{id}/unbindUrl")
}

impl App {
    pub(super) async fn payment_view<'a>(
        &self,
        payment: &'a Payment,
    ) -> Result<PaymentView<'a>, AppError> {
        let next_action = match payment.status {
            PaymentStatus::OtpRequired => Some(NextAction::Otp {
                attempts_left: payment.otp_attempts_left,
            }),
            PaymentStatus::RedirectRequired => match &payment.redirect_url {
                Some(sealed) => {
                    let url = self.open_text(&payment_page(payment.id), sealed).await?;
                    Some(NextAction::Redirect {
                        url: url.expose_secret().to_owned(),
                    })
                }
                None => Some(NextAction::Wait),
            },
            status if status.is_open() => Some(NextAction::Wait),
            _ => None,
        };
        Ok(PaymentView {
            payment_id: payment.id.to_string(),
            invoice_number: payment.invoice.as_str(),
            invoice_scope: payment.invoice_scope.as_str(),
            customer_id: payment.customer.as_str(),
            binding_id: payment.binding().map(|binding| binding.to_string()),
            subscription_id: payment.period.map(|period| period.subscription.to_string()),
            period: payment.period.map(|period| period.date.to_string()),
            channel: payment.channel.code,
            amount: payment.amount.into(),
            charged_amount: payment.charged.into(),
            captured_amount: payment.captured.map(MoneyView::from),
            refunded_amount: payment.refunded.into(),
            refundable_amount: payment.refundable().into(),
            status: payment.status.public(),
            adopted: payment.adopted,
            next_action,
            failure: payment.failure.map(FailureView::from),
            method: MethodView::new(payment),
            capture: CaptureView::of(payment),
            capture_before: payment.capture_before().map(Timestamp::rfc3339_millis),
            gateway: PaymentGateway {
                partner_reference_no: payment.reference.as_str(),
                reference_no: payment.reference_no.as_deref(),
                request_id: (payment.channel.family == Family::NonSnap)
                    .then(|| payment.operation.external_id.as_str()),
                response_code: payment.response_code.as_deref(),
            },
            flags: payment.flags.iter().map(|flag| flag.as_str()).collect(),
            description: payment.description.as_ref().map(Description::as_str),
            metadata: &payment.metadata,
            created_at: payment.created_at.rfc3339_millis(),
            updated_at: payment.updated_at.rfc3339_millis(),
            authorized_at: payment
                .card()
                .and_then(|card| card.authorized_at)
                .map(Timestamp::rfc3339_millis),
            paid_at: payment.paid_at.map(Timestamp::rfc3339_millis),
        })
    }

    pub(super) async fn binding_view<'a>(
        &self,
        binding: &'a Binding,
    ) -> Result<BindingView<'a>, AppError> {
        let returned = binding.returned.as_ref().filter(|_| binding.confirm);
        let page = match binding.status {
            BindingStatus::Pending if returned.is_some() => None,
            BindingStatus::Pending => {
                let sealed = binding.redirect_url.as_ref();
                sealed.map(|sealed| (binding_page(binding.id), sealed))
            }
            BindingStatus::Unbinding => {
                let sealed = binding.unbind_page.as_ref();
                sealed.map(|sealed| (unbinding_page(binding.id), sealed))
            }
            BindingStatus::Active | BindingStatus::Failed | BindingStatus::Unbound => None,
        };
        let next_action = match (binding.status, page) {
            (_, Some((context, sealed))) => {
                let url = self.open_text(&context, sealed).await?;
                Some(NextAction::Redirect {
                    url: url.expose_secret().to_owned(),
                })
            }
            (BindingStatus::Pending, None) if returned.is_some() => {
                let until = returned.map(|returned| returned.closes_at().rfc3339_millis());
                until.map(|expires_at| NextAction::Confirm { expires_at })
            }
            (BindingStatus::Pending, None)
                if binding.channel.registration == Some(Registration::CardDigits)
                    && binding.reference_no.is_some() =>
            {
                Some(NextAction::Otp {
                    attempts_left: self.otps_left(binding).await?,
                })
            }
            (BindingStatus::Pending | BindingStatus::Unbinding, _) => Some(NextAction::Wait),
            _ => None,
        };
        Ok(BindingView {
            binding_id: binding.id.to_string(),
            customer_id: binding.customer.as_str(),
            channel: binding.channel.code,
            status: binding.status.as_str(),
            next_action,
            failure: binding.failure.map(FailureView::from),
            phone: &binding.phone,
            email: binding.email.as_deref(),
            return_url: &binding.return_url,
            created_at: binding.created_at.rfc3339_millis(),
            updated_at: binding.updated_at.rfc3339_millis(),
        })
    }
}

pub(super) fn refund_view(refund: &Refund) -> RefundView<'_> {
    RefundView {
        refund_id: refund.id.to_string(),
        payment_id: refund.payment.to_string(),
        amount: refund.amount.into(),
        status: refund.status.as_str(),
        origin: refund.origin.as_str(),
        r#type: refund.kind.map(RefundKind::as_str),
        manual: refund.kind.is_some_and(RefundKind::is_manual),
        adopted: refund.adopted,
        reason: refund.reason.as_ref().map(Reason::as_str),
        failure: refund.failure.map(FailureView::from),
        gateway: RefundGateway {
            partner_refund_no: refund.reference.as_str(),
            refund_no: refund.refund_no.as_deref(),
            response_code: refund.response_code.as_deref(),
        },
        created_at: refund.created_at.rfc3339_millis(),
        updated_at: refund.updated_at.rfc3339_millis(),
    }
}

fn event_detail(detail: &str, merchant: bool) -> serde_json::Result<Box<RawValue>> {
    let settled = if merchant {
        None
    } else {
        serde_json::from_str::<serde_json::Value>(detail)
            .ok()
            .filter(|detail| detail["settlement"].is_object())
    };
    let Some(mut detail) = settled else {
        return RawValue::from_string(detail.to_owned());
    };
    if let Some(stated) = detail["settlement"].as_object_mut() {
        stated.remove("by");
        stated.remove("reason");
    }
    serde_json::value::to_raw_value(&detail)
}

/// A timeline. What an operator stated beside a settlement, and the names of actors, are for the `merchant` only.
pub(super) fn events_view<'a>(
    list: List<'_>,
    page: &'a Page<StoredEvent>,
    merchant: bool,
) -> Result<ListView<EventView<'a>>, AppError> {
    let actor = |actor| ActorView::new(actor, merchant);
    let mut items = Vec::with_capacity(page.items.len());
    for event in &page.items {
        items.push(EventView {
            event_id: &event.id,
            r#type: &event.kind,
            at: &event.at,
            status: &event.status,
            actor: event.actor.as_ref().map(actor),
            cause: event.cause.as_deref(),
            requested_by: event.requested_by.as_ref().map(actor),
            detail: event_detail(&event.detail, merchant)
                .map_err(|_| AppError::Internal("an event's detail is not JSON"))?,
        });
    }
    Ok(list.view(items, page.next.as_deref()))
}
