//! `POST /v1/subscriptions`, and `PATCH` of one.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::pay::items;
use super::{InputRules, Parsed, done, money};
use crate::app::{Change, ChangeCommand, Plan, StandingMethod, SubscribeCommand};
use crate::domain::calendar::{Calendar, Date, Interval, TimeOfDay, Unit, Zone};
use crate::domain::error::Rule;
use crate::domain::ids::{BindingId, CustomerId, InvoicePrefix, SubscriptionId};
use crate::domain::subscription::{CatchUp, DunningEnd, RetryPolicy};
use crate::domain::text::{self, Description};
use crate::http::fields::{self, Fields};

/// Most charges of one subscription.
const COUNT_MAX: u64 = 10_000;
/// Most entries of `retry.afterDays`.
const RETRIES_MAX: usize = 10;
/// The longest that a charge is retried, in days.
const RETRY_DAYS: std::ops::RangeInclusive<u64> = 1..=60;
/// Longest token of BRI's.
const TOKEN_MAX: usize = 128;

/// The words of `method.type`.
#[derive(Clone, Copy)]
enum Kind {
    Account,
    Token,
}

impl Kind {
    fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "direct_debit" => Ok(Self::Account),
            "bri_token" => Ok(Self::Token),
            _ => Err(Rule("must be direct_debit or bri_token")),
        }
    }
}

/// `status` of a change: what a merchant may make of it.
fn paused(raw: &str) -> Result<bool, Rule> {
    match raw {
        "paused" => Ok(true),
        "active" => Ok(false),
        _ => Err(Rule("must be active or paused")),
    }
}

/// Reads a subscription.
pub fn subscribe(value: &Value, rules: &InputRules<'_>) -> Parsed<SubscribeCommand> {
    let mut fields = Fields::under(rules.fields, value);
    let customer = fields.required_identifier("customerId", CustomerId::parse);
    let amount = fields.object("amount", money).flatten();
    let method = fields.object("method", method).flatten();
    let items = items(&mut fields, amount);
    let description = fields.optional("description", Description::parse);
    let metadata = metadata(&mut fields);
    let prefix = fields.optional_identifier("invoicePrefix", InvoicePrefix::parse);
    let plan = plan(&mut fields);
    let retry = fields.optional_object("retry", retry);
    let catch_up = fields.optional("catchUp", CatchUp::parse);
    let command = (|| {
        Some(SubscribeCommand {
            customer: customer?,
            method: method?,
            amount: amount?,
            items,
            description,
            metadata: metadata.unwrap_or_default(),
            prefix,
            plan: plan?,
            retry: retry.unwrap_or_default(),
            catch_up: catch_up.unwrap_or_default(),
        })
    })();
    done(fields, command)
}

/// Reads a change; at least one thing changes. What is left out or null stays as it is.
pub fn change_subscription(value: &Value, subscription: SubscriptionId) -> Parsed<ChangeCommand> {
    let mut fields = Fields::new(value);
    let amount = fields.optional_object("amount", money).flatten();
    // Goods without an amount are compared with the one that the subscription has.
    let has_items = fields.has("items");
    let items = items(&mut fields, amount);
    let change = Change {
        amount,
        items: has_items.then_some(items),
        method: fields.optional_object("method", method).flatten(),
        description: fields.optional("description", Description::parse),
        metadata: metadata(&mut fields),
        retry: fields.optional_object("retry", retry),
        catch_up: fields.optional("catchUp", CatchUp::parse),
        paused: fields.optional("status", paused),
        skip_next: fields.flag("skipNext"),
    };
    if value.as_object().is_some_and(asks_nothing) {
        fields.refuse("body", "must change something");
    }
    done(
        fields,
        Some(ChangeCommand {
            subscription,
            change,
        }),
    )
}

/// True where every member is as good as left out.
fn asks_nothing(members: &Map<String, Value>) -> bool {
    let idle = |name: &str, value: &Value| name == "skipNext" && *value == Value::Bool(false);
    members
        .iter()
        .all(|(name, value)| value.is_null() || idle(name, value))
}

fn metadata(fields: &mut Fields<'_>) -> Option<text::Metadata> {
    fields.texts("metadata", text::METADATA_MAX, |key, value| {
        text::metadata_key(key)?;
        text::metadata_value(value).map(drop)
    })
}

fn method(fields: &mut Fields<'_>) -> Option<StandingMethod> {
    let Some(kind) = fields.required("type", Kind::parse) else {
        fields.leave(&["bindingId", "tokenId"]);
        return None;
    };
    match kind {
        Kind::Account => {
            fields.forbid(&["tokenId"], "is for bri_token only");
            let binding = fields.required_reference("bindingId", BindingId::parse)?;
            Some(StandingMethod::Binding(binding))
        }
        Kind::Token => {
            fields.forbid(&["bindingId"], "is for direct_debit only");
            let token = fields.required_reference("tokenId", token)?;
            Some(StandingMethod::Token(token))
        }
    }
}

fn token(raw: &str) -> Result<SecretString, Rule> {
    fields::no_card_but_hash(raw)?;
    let printable = raw.bytes().all(|byte| byte.is_ascii_graphic());
    if printable && (1..=TOKEN_MAX).contains(&raw.len()) {
        Ok(SecretString::from(raw))
    } else {
        Err(Rule("must be 1 to 128 printable characters without spaces"))
    }
}

fn plan(fields: &mut Fields<'_>) -> Option<Plan> {
    let interval = fields.object("interval", interval).flatten();
    let anchor = fields.optional_integer("anchorDay", 1..=31);
    let anchor = anchor.and_then(|day| u8::try_from(day).ok());
    if let Some((interval, day)) = interval.zip(anchor)
        && let Err(Rule(rule)) = Calendar::anchored(interval.unit, day)
    {
        fields.refuse("anchorDay", rule);
    }
    let start = fields.optional("startDate", Date::parse);
    let end = fields.optional("endDate", Date::parse);
    let count = fields.optional_integer("count", 1..=COUNT_MAX);
    let time = fields.optional("chargeTime", TimeOfDay::parse);
    let zone = fields.optional("timeZone", Zone::parse);
    if let Some((start, end)) = start.zip(end)
        && end < start
    {
        fields.refuse("endDate", "must not be before startDate");
    }
    if end.is_some() && count.is_some() {
        fields.refuse("count", "must not come together with endDate");
    }
    Some(Plan {
        interval: interval?,
        start,
        anchor,
        end,
        count: count.and_then(|count| u32::try_from(count).ok()),
        time: time.unwrap_or(TimeOfDay::DEFAULT),
        zone: zone.unwrap_or_default(),
    })
}

fn interval(fields: &mut Fields<'_>) -> Option<Interval> {
    let unit = fields.required("unit", Unit::parse);
    let every = fields.optional_integer("every", 1..=u64::from(u16::MAX));
    let every = u16::try_from(every.unwrap_or(1)).ok()?;
    match Interval::new(unit?, every) {
        Ok(interval) => Some(interval),
        Err(Rule(rule)) => {
            fields.refuse("every", rule);
            None
        }
    }
}

fn retry(fields: &mut Fields<'_>) -> RetryPolicy {
    let standard = RetryPolicy::default();
    let given = fields.has("afterDays");
    let days = fields.integer_list("afterDays", RETRIES_MAX, RETRY_DAYS);
    let then = fields.optional("then", DunningEnd::parse);
    let after_days = match RetryPolicy::days(&days) {
        Ok(days) if given => days,
        Ok(_) => standard.after_days,
        Err(Rule(rule)) => {
            fields.refuse("afterDays", rule);
            Vec::new()
        }
    };
    RetryPolicy {
        after_days,
        then: then.unwrap_or(standard.then),
    }
}

/// Whether a subscription ends with its period, by the parameter `at`.
pub fn at_period_end(raw: &str) -> Result<bool, Rule> {
    match raw {
        "now" => Ok(false),
        "period_end" => Ok(true),
        _ => Err(Rule("must be now or period_end")),
    }
}

#[cfg(test)]
mod tests;
