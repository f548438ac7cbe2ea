//! Non-SNAP notifications: cards.

use super::super::App;
use super::{InboundHeaders, News, Refusal, is_partner, signed_forms};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{self, Meaning, Transaction};
use crate::domain::channel::Family;
use crate::domain::money::StatedAmount;
use crate::secrets::Secrets;
use crate::signing::non_snap::{self, Parts};
use crate::signing::sha256_hex;
use crate::store::SeenNotification;

impl App {
    /// Takes a non-SNAP notification.
    pub async fn receive_card_notification(
        &self,
        headers: &InboundHeaders,
        body: &[u8],
    ) -> Result<(), Refusal> {
        if let Err(refusal) = self.verify_card_notification(headers, body).await {
            refusal.log("a notification was refused");
            return Err(refusal);
        }
        let transaction = match transaction::read(body) {
            Ok(transaction) => transaction,
            Err(why) => return self.take_unreadable(Family::NonSnap, body, why).await,
        };
        let seen = seen(&transaction, self.clock.now());
        let kept = transaction.keep();
        let news = News::Card(Box::new(transaction));
        self.absorb(&news, seen, || kept.clone()).await?;
        Ok(())
    }

    async fn verify_card_notification(
        &self,
        headers: &InboundHeaders,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let timestamp = self.fresh_timestamp(headers)?;
        let signature = headers.signature.as_deref().ok_or(Refusal::Signature)?;
        let request_id = headers.request_id.as_deref().ok_or(Refusal::Signature)?;
        let partner = headers.partner.as_deref().ok_or(Refusal::Partner)?;
        let component = |body| {
            non_snap::request_component(&Parts {
                client_id: partner,
                request_id,
                timestamp,
                target: &self.config.non_snap_notification_path,
                body: Some(body),
            })
        };
        let verify = |secrets: &Secrets| {
            if !is_partner(headers, secrets, &self.config) {
                return Err(Refusal::Partner);
            }
            let is_signed =
                |body| non_snap::verify(secrets.secret_key(), &component(body), signature).is_ok();
            if signed_forms(body).any(is_signed) {
                Ok(())
            } else {
                Err(Refusal::Signature)
            }
        };
        self.with_any_secret(verify).await.map(drop)
    }
}

pub(super) fn seen(transaction: &Transaction, at: Timestamp) -> SeenNotification {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let kind = text(&transaction.kind);
    // The amount belongs to the key: a right one after a wrong one is news, and another spelling is not.
    // So does the time of what may happen twice: a decline, and a refund, where the call does not tell one
    // from another.
    let mut part = format!(
        "{}|{}|{}|{}",
        transaction.amount.canonical(),
        transaction.amount.currency,
        transaction
            .refund_amount
            .as_ref()
            .map_or_else(String::new, StatedAmount::canonical),
        text(&transaction.request_id),
    );
    let refund = matches!(transaction.meaning(), Meaning::Refund { .. });
    if transaction.status == "FAILED" || refund {
        part.push('|');
        part.push_str(&text(&transaction.date));
        part.push('|');
        part.push_str(&text(&transaction.response_code));
    }
    SeenNotification {
        reference: transaction.invoice.clone(),
        what: format!(
            "{kind}|{}#{}",
            transaction.status,
            &sha256_hex(part.as_bytes())[..16]
        ),
        family: Family::NonSnap,
        at,
        waiting: None,
    }
}
