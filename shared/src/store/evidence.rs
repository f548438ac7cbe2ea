//! What status checks have found: an item for each kind of thing, channel and path version.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::items::WatchItem;
use super::keys::{DEPLOYMENT, EVIDENCE_PREFIX, Key};
use super::write::{Item, from_item, unavailable};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::channel::{Channels, PathVersion};
use crate::domain::evidence::{Evidence, EvidenceKind, EvidenceSubject, Sample};
use crate::domain::ids::{PaymentId, RefundId};
use crate::retry;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EvidenceItem {
    #[serde(default)]
    found: u32,
    #[serde(default)]
    longest_delay_ms: u64,
    #[serde(default)]
    samples: Vec<SampleItem>,
    #[serde(default)]
    wake: bool,
    #[serde(default)]
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SampleItem {
    payment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund: Option<String>,
    since: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    missed: bool,
    #[serde(default, skip_serializing_if = "WatchItem::is_default")]
    watch: WatchItem,
}

impl SampleItem {
    fn new(sample: &Sample) -> Self {
        Self {
            payment: sample.payment.to_string(),
            refund: sample.refund.map(|id| id.to_string()),
            since: sample.since.millis(),
            missed: sample.missed,
            watch: WatchItem::new(sample.watch),
        }
    }

    /// `None` for what a newer release may have written: it is not checked then.
    fn read(self) -> Option<Sample> {
        let refund = self.refund.as_deref().map(RefundId::parse);
        Some(Sample {
            payment: PaymentId::parse(&self.payment).ok()?,
            refund: refund.transpose().ok()?,
            since: Timestamp::from_millis(self.since),
            missed: self.missed,
            watch: self.watch.read(),
        })
    }
}

impl EvidenceItem {
    fn read(self) -> Evidence {
        Evidence {
            found: self.found,
            longest_delay: std::time::Duration::from_millis(self.longest_delay_ms),
            samples: self
                .samples
                .into_iter()
                .filter_map(SampleItem::read)
                .collect(),
            wake: self.wake,
            version: self.version,
        }
    }
}

impl Store {
    /// What was found so far of a subject; nothing where nothing is stored.
    pub async fn evidence(&self, subject: EvidenceSubject) -> Result<Evidence, StoreError> {
        let item = self.get(&Key::evidence(subject)).await?;
        let item = item.map(from_item::<EvidenceItem>).transpose()?;
        Ok(item.map(EvidenceItem::read).unwrap_or_default())
    }

    /// What was found so far of every subject that this deployment knows.
    pub async fn all_evidence(&self) -> Result<Vec<(EvidenceSubject, Evidence)>, StoreError> {
        let mut all = Vec::new();
        let query = self
            .client()
            .query()
            .table_name(self.table())
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(DEPLOYMENT.to_owned()))
            .expression_attribute_values(":prefix", AttributeValue::S(EVIDENCE_PREFIX.to_owned()));
        for item in self.query_all(query).await? {
            if let Some(subject) = subject(&item, &self.channels) {
                all.push((subject, from_item::<EvidenceItem>(item)?.read()));
            }
        }
        Ok(all)
    }

    /// Stores evidence, if it still has the version it was read with; false when it has not.
    pub async fn put_evidence(
        &self,
        subject: EvidenceSubject,
        evidence: &Evidence,
    ) -> Result<bool, StoreError> {
        let samples: Vec<_> = evidence.samples.iter().map(SampleItem::new).collect();
        let samples = serde_dynamo::to_attribute_value::<_, AttributeValue>(samples)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let delay = evidence.longest_delay.as_millis();
        let update = self
            .client()
            .update_item()
            .table_name(self.table())
            .set_key(Some(Key::evidence(subject).attributes()))
            .update_expression(
                "SET #found = :found, longestDelayMs = :delay, samples = :samples, wake = :wake \
                 ADD version :one",
            )
            .expression_attribute_names("#found", "found")
            .expression_attribute_values(":found", number(evidence.found))
            .expression_attribute_values(":delay", number(delay))
            .expression_attribute_values(":samples", samples)
            .expression_attribute_values(":wake", AttributeValue::Bool(evidence.wake))
            .expression_attribute_values(":one", number(1));
        let update = if evidence.version == 0 {
            update.condition_expression("attribute_not_exists(version)")
        } else {
            update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(evidence.version))
        };
        match retry::call(|| update.clone().send()).await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(unavailable(&error)),
            },
        }
    }
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// What an item is about; `None` for a kind or a channel that this release does not know.
fn subject(item: &Item, channels: &Channels) -> Option<EvidenceSubject> {
    let name = item.get("sk")?.as_s().ok()?.strip_prefix(EVIDENCE_PREFIX)?;
    let mut parts = name.split('#');
    let kind = EvidenceKind::parse(parts.next()?)?;
    let code = parts.next()?;
    let version = PathVersion::parse(parts.next()?).ok()?;
    let channel = channels.known(code, version)?;
    Some(EvidenceSubject::new(kind, channel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{CARD, ChannelSettings};

    #[test]
    fn a_key_names_its_subject() {
        let channels = Channels::new(&ChannelSettings::default()).unwrap();
        for kind in EvidenceKind::ALL {
            let known = EvidenceSubject::new(kind, &CARD);
            let item = Key::evidence(known).attributes();
            assert_eq!(subject(&item, &channels), Some(known));
        }
        for odd in [
            "EVIDENCE#order#CREDIT_CARD#core",
            "EVIDENCE#refund#NONE#core",
            "SHARDS",
        ] {
            let item = Key::of(DEPLOYMENT, odd).attributes();
            assert_eq!(subject(&item, &channels), None, "{odd}");
        }
    }
}
