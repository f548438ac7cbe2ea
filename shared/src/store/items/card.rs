//! The card's side of a payment, and its capture, as they lie in the payment's item.

use serde::{Deserialize, Serialize};

use super::OperationItem;
use crate::clock::Timestamp;
use crate::domain::card::{Acquirer, Card, CardPaymentType, Keeping, UsedCard};
use crate::domain::failure::Failure;
use crate::domain::money::Rupiah;
use crate::domain::movement::MovementStatus;
use crate::domain::operation::OperationKind;
use crate::domain::payment::{Capture, EarlierCapture};
use crate::store::words::Words;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaptureItem {
    amount: u64,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    operation: OperationItem,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<EarlierItem>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EarlierItem {
    request_id: String,
    amount: u64,
}

impl CaptureItem {
    pub(super) fn new(capture: &Capture) -> Self {
        Self {
            amount: capture.amount.whole(),
            status: capture.status.as_str().to_owned(),
            failure: capture.failure.map(|failure| failure.code().to_owned()),
            adopted: capture.adopted,
            operation: OperationItem::new(&capture.operation),
            earlier: capture
                .earlier
                .iter()
                .map(|earlier| EarlierItem {
                    request_id: earlier.request_id.clone(),
                    amount: earlier.amount.whole(),
                })
                .collect(),
        }
    }

    pub(super) fn read(self, words: &mut Words) -> Capture {
        Capture {
            amount: Rupiah::new(self.amount),
            status: words.read(
                "capture.status",
                &self.status,
                MovementStatus::parse(&self.status),
                MovementStatus::Unknown,
            ),
            failure: words.optional("capture.failure", self.failure.as_deref(), Failure::parse),
            adopted: self.adopted,
            operation: self.operation.read(OperationKind::Capture, words),
            earlier: self
                .earlier
                .into_iter()
                .map(|earlier| EarlierCapture {
                    request_id: earlier.request_id,
                    amount: Rupiah::new(earlier.amount),
                })
                .collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    auto_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenor: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keeping: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discounts: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorize_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lapse_announced: bool,
}

impl CardItem {
    pub(super) fn new(card: &Card) -> Self {
        Self {
            payment_type: card.payment_type.map(|kind| kind.as_str().to_owned()),
            auto_capture: card.auto_capture,
            acquirer: card.acquirer.map(|acquirer| acquirer.as_str().to_owned()),
            tenor: card.tenor,
            keeping: match card.keeping {
                Keeping::No => None,
                Keeping::Saves => Some("saves".to_owned()),
                Keeping::Saved => Some("saved".to_owned()),
            },
            discounts: card.discounts.iter().map(|it| it.whole()).collect(),
            masked: card.used.masked.clone(),
            brand: card.used.brand.clone(),
            issuer: card.used.issuer.clone(),
            card_type: card.used.kind.clone(),
            authorize_id: card.authorize_id.clone(),
            authorized_at: card.authorized_at.map(Timestamp::millis),
            lapse_announced: card.lapse_announced,
        }
    }

    pub(super) fn read(self, words: &mut Words) -> Card {
        let payment_type = |word: &str| CardPaymentType::parse(word).ok();
        let acquirer = |word: &str| Acquirer::parse(word).ok();
        let keeping = |word: &str| match word {
            "saves" => Some(Keeping::Saves),
            "saved" => Some(Keeping::Saved),
            _ => None,
        };
        Card {
            payment_type: words.optional(
                "card.paymentType",
                self.payment_type.as_deref(),
                payment_type,
            ),
            auto_capture: self.auto_capture,
            acquirer: words.optional("card.acquirer", self.acquirer.as_deref(), acquirer),
            tenor: self.tenor,
            keeping: words
                .optional("card.keeping", self.keeping.as_deref(), keeping)
                .unwrap_or(Keeping::No),
            discounts: self.discounts.into_iter().map(Rupiah::new).collect(),
            used: UsedCard {
                masked: self.masked,
                brand: self.brand,
                issuer: self.issuer,
                kind: self.card_type,
            },
            authorize_id: self.authorize_id,
            authorized_at: self.authorized_at.map(Timestamp::from_millis),
            lapse_announced: self.lapse_announced,
        }
    }
}
