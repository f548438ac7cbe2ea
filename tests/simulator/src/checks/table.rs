//! A body against the table of its fields.

use doku_shared::clock::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::fields;
use super::strictness::{Strictness, says_nothing};
use crate::answer::Refusal;
use crate::money::Amount;

/// One field: its name with dots (`additionalInfo.channel`), whether it must be there, its form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Where it stands.
    pub name: &'static str,
    /// Whether its absence is refused. An empty text counts as absent.
    pub mandatory: bool,
    /// What it may hold.
    pub form: Form,
}

/// A mandatory field.
pub const fn must(name: &'static str, form: Form) -> Field {
    Field {
        name,
        mandatory: true,
        form,
    }
}

/// An optional field.
pub const fn may(name: &'static str, form: Form) -> Field {
    Field {
        name,
        mandatory: false,
        form,
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text of so many characters, from and to.
    Text(usize, usize),
    /// ASCII digits, so many.
    Digits(usize, usize),
    /// ASCII letters and digits, so many.
    Alphanumeric(usize, usize),
    /// A mail address of at most so many characters.
    Email(usize),
    /// Digits that begin with 628, ten to sixteen of them.
    MobileNo,
    /// An absolute http or https address of at most so many characters.
    WebAddress(usize),
    /// An absolute address of any scheme, e.g. of an app.
    Address(usize),
    /// One of these.
    Word(&'static [&'static str]),
    /// A date and time with its zone.
    Moment,
    /// Month and year as `MMYY`.
    MonthYear,
    /// `{value, currency}` of at least 1.00 IDR.
    Amount,
    /// The same, or nothing at all (`0.00`).
    Fee,
    /// The text of an amount, without its currency.
    Price,
    /// `OUR`, `BEN` or `SHA`, and maybe a sum: `SHA|1000`.
    FeeType,
    /// True or false.
    Flag,
    /// Objects, at least one, each with these fields.
    List(&'static [&'static [Field]]),
    /// Whatever.
    Anything,
}

/// A body whose fields have been checked.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a>(&'a Value);

impl<'a> Body<'a> {
    /// Checks a body: 400-00 when it is no JSON object, 400-01 and 400-02 by the field's name.
    pub fn checked(
        body: &'a Value,
        groups: &[&[Field]],
        strict: Strictness,
    ) -> Result<Self, Refusal> {
        let map = body
            .as_object()
            .ok_or_else(|| Refusal::new(400, "00", "Bad Request"))?;
        strict.check(body)?;
        check(map, groups, "", strict)?;
        Ok(Self(body))
    }

    /// A text; none when it is absent or empty.
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.value(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A text that the table makes mandatory; empty when it does not.
    pub fn must(self, name: &str) -> &'a str {
        self.text(name).unwrap_or_default()
    }

    /// An amount.
    pub fn amount(self, name: &str) -> Option<Amount> {
        Amount::parse(self.value(name)?.get("value")?.as_str()?)
    }

    /// The entries of a list; none when it is absent.
    pub fn list(self, name: &str) -> &'a [Value] {
        self.value(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Any member.
    pub fn value(self, name: &str) -> Option<&'a Value> {
        name.split('.')
            .try_fold(self.0, |value, part| value.get(part))
    }
}

fn check(
    map: &Map<String, Value>,
    groups: &[&[Field]],
    path: &str,
    strict: Strictness,
) -> Result<(), Refusal> {
    for field in groups.iter().copied().flatten() {
        let full = format!("{path}{}", field.name);
        match find(map, field.name, path, strict)? {
            Some(value) => field.form.check(value, &full, strict)?,
            None if field.mandatory => return Err(Refusal::missing(&absent(map, field, path))),
            None => {}
        }
    }
    refuse_unknown(map, groups, path, "", strict)
}

/// The value of a dotted name.
fn find<'a>(
    map: &'a Map<String, Value>,
    name: &str,
    path: &str,
    strict: Strictness,
) -> Result<Option<&'a Value>, Refusal> {
    let Some((parent, rest)) = name.split_once('.') else {
        return Ok(strict.value(map.get(name)));
    };
    match map.get(parent) {
        Some(Value::Object(inner)) => find(inner, rest, &format!("{path}{parent}."), strict),
        Some(value) if !says_nothing(value) => Err(Refusal::format(&format!("{path}{parent}"))),
        _ => Ok(None),
    }
}

/// The name of what is missing: the object that would hold the field, if that is not there.
fn absent(map: &Map<String, Value>, field: &Field, path: &str) -> String {
    match field.name.split_once('.') {
        Some((parent, _)) if !map.get(parent).is_some_and(Value::is_object) => {
            format!("{path}{parent}")
        }
        _ => format!("{path}{}", field.name),
    }
}

/// DOKU's SDKs put `additionalInfo.origin` into every request, so that is let pass.
fn refuse_unknown(
    map: &Map<String, Value>,
    groups: &[&[Field]],
    path: &str,
    inside: &str,
    strict: Strictness,
) -> Result<(), Refusal> {
    for (name, value) in map {
        let name = format!("{inside}{name}");
        let known = |wanted: &str| {
            let mut fields = groups.iter().copied().flatten();
            fields.any(|field| field.name == wanted)
        };
        let holds = format!("{name}.");
        let mut fields = groups.iter().copied().flatten();
        if known(&name) || !strict.refuses(value) || name == "additionalInfo.origin" {
            continue;
        }
        match value {
            Value::Object(inner) if fields.any(|field| field.name.starts_with(&holds)) => {
                refuse_unknown(inner, groups, path, &holds, strict)?;
            }
            _ => return Err(unknown(&format!("{path}{name}"))),
        }
    }
    Ok(())
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(400, "01", format!("Unknown Field {name}"))
}

impl Form {
    /// The same form, of another length where it has one.
    #[must_use]
    pub const fn of_length(self, least: usize, most: usize) -> Self {
        match self {
            Self::Text(..) => Self::Text(least, most),
            Self::Digits(..) => Self::Digits(least, most),
            Self::Alphanumeric(..) => Self::Alphanumeric(least, most),
            other => other,
        }
    }

    fn check(self, value: &Value, name: &str, strict: Strictness) -> Result<(), Refusal> {
        let wrong = || Refusal::format(name);
        match self {
            Self::Anything => return Ok(()),
            Self::Flag => return value.as_bool().map(|_| ()).ok_or_else(wrong),
            Self::Amount => return money(value, name, Amount::rupiah(1), strict),
            Self::Fee => return money(value, name, Amount::ZERO, strict),
            Self::List(groups) => {
                let entries = value.as_array().filter(|entries| !entries.is_empty());
                for (place, entry) in entries.ok_or_else(wrong)?.iter().enumerate() {
                    let map = entry.as_object().ok_or_else(wrong)?;
                    check(map, groups, &format!("{name}[{place}]."), strict)?;
                }
                return Ok(());
            }
            _ => {}
        }
        value
            .as_str()
            .filter(|text| self.allows(text))
            .map(|_| ())
            .ok_or_else(wrong)
    }

    /// Whether a text has the form.
    fn allows(self, text: &str) -> bool {
        let length = text.chars().count();
        let within = |least, most| (least..=most).contains(&length);
        match self {
            Self::Text(least, most) => within(least, most),
            Self::Digits(least, most) => within(least, most) && fields::digits(text),
            Self::Alphanumeric(least, most) => {
                within(least, most) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            Self::Email(most) => length <= most && fields::email(text),
            Self::MobileNo => within(10, 16) && fields::digits(text) && text.starts_with("628"),
            Self::WebAddress(most) => length <= most && fields::web_address(text),
            Self::Address(most) => length <= most && Url::parse(text).is_ok(),
            Self::Word(words) => words.contains(&text),
            Self::Moment => length <= 25 && Timestamp::parse_rfc3339(text).is_some(),
            Self::MonthYear => month_year(text),
            Self::Price => Amount::parse(text).is_some(),
            Self::FeeType => fee_type(text),
            Self::Flag | Self::Amount | Self::Fee | Self::List(_) | Self::Anything => false,
        }
    }
}

fn month_year(text: &str) -> bool {
    let month = text.get(..2).and_then(|month| month.parse().ok());
    text.len() == 4 && fields::digits(text) && month.is_some_and(|month| (1..=12).contains(&month))
}

fn fee_type(text: &str) -> bool {
    let (bearer, sum) = text.split_once('|').unwrap_or((text, "0"));
    matches!(bearer, "OUR" | "BEN" | "SHA") && !sum.is_empty() && fields::digits(sum)
}

/// An amount has only the members that are named.
fn money(value: &Value, name: &str, least: Amount, strict: Strictness) -> Result<(), Refusal> {
    const MEMBERS: &[&[Field]] = &[&[
        must("value", Form::Text(4, 19)),
        must("currency", Form::Word(&["IDR"])),
    ]];
    let map = value.as_object().ok_or_else(|| Refusal::format(name))?;
    let strict = Strictness {
        unknown: true,
        ..strict
    };
    check(map, MEMBERS, &format!("{name}."), strict)?;
    Body(value)
        .text("value")
        .and_then(Amount::parse)
        .filter(|amount| *amount >= least)
        .map(|_| ())
        .ok_or_else(|| Refusal::format(&format!("{name}.value")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NO_MORE: Strictness = Strictness {
        unknown: true,
        empty: false,
    };
    const TABLE: &[&[Field]] = &[
        &[
            must("no", Form::Text(1, 3)),
            must("info.channel", Form::Text(1, 9)),
        ],
        &[
            may("info.birth", Form::Digits(8, 8)),
            may("amount", Form::Amount),
            may("items", Form::List(&[&[must("price", Form::Price)]])),
        ],
    ];

    #[test]
    fn a_body_is_refused_by_the_name_of_what_is_wrong() {
        let right = json!({"no": "1", "info": {"channel": "X"}});
        let table = [
            ("right", json!({}), None),
            ("null", json!({"no": null}), Some("Mandatory Field no")),
            ("empty", json!({"no": ""}), Some("Mandatory Field no")),
            ("too long", json!({"no": "1234"}), Some("Format no")),
            ("a number", json!({"no": 1}), Some("Format no")),
            (
                "no parent",
                json!({"info": null}),
                Some("Mandatory Field info"),
            ),
            (
                "a text as parent",
                json!({"info": "x"}),
                Some("Format info"),
            ),
            (
                "no member",
                json!({"info": {"channel": null}}),
                Some("Mandatory Field info.channel"),
            ),
            (
                "optional, wrong",
                json!({"info": {"birth": "1"}}),
                Some("Format info.birth"),
            ),
            ("unknown", json!({"na": "1"}), Some("Unknown Field na")),
            (
                "unknown inside",
                json!({"info": {"chanel": "1"}}),
                Some("Unknown Field info.chanel"),
            ),
            (
                "no value",
                json!({"amount": {"currency": "IDR"}}),
                Some("Mandatory Field amount.value"),
            ),
            (
                "nothing",
                json!({"amount": {"value": "0.00", "currency": "IDR"}}),
                Some("Format amount.value"),
            ),
            ("an empty list", json!({"items": []}), None),
            ("an unknown null", json!({"na": null}), None),
            ("an unknown empty list", json!({"na": []}), None),
            ("an unknown empty text", json!({"na": ""}), None),
            ("an unknown empty object", json!({"na": {"x": ""}}), None),
            ("an unknown flag that is off", json!({"na": false}), None),
            (
                "an unknown flag",
                json!({"na": true}),
                Some("Unknown Field na"),
            ),
            ("an empty amount", json!({"amount": {"value": ""}}), None),
            ("false for a text", json!({"no": false}), Some("Format no")),
            (
                "an entry",
                json!({"items": [{"price": "1.00"}, {}]}),
                Some("Mandatory Field items[1].price"),
            ),
        ];
        for (why, patch, told) in table {
            let mut body = right.clone();
            crate::merge::merge(&mut body, &patch);
            let message = Body::checked(&body, TABLE, NO_MORE)
                .err()
                .map(|refusal| refusal.message);
            let message = message
                .as_deref()
                .map(|text| text.trim_start_matches("Invalid Field "));
            let message = message.map(|text| text.trim_start_matches("Invalid "));
            assert_eq!(message, told, "{why}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_where_the_table_is_read_strictly() {
        let strict = Strictness {
            empty: true,
            ..NO_MORE
        };
        let table = [
            ("right", json!({}), None),
            (
                "null inside",
                json!({"info": {"birth": null}}),
                Some("Invalid Field Format info.birth"),
            ),
            (
                "an empty text",
                json!({"na": ""}),
                Some("Invalid Field Format na"),
            ),
            (
                "a flag that is off",
                json!({"na": false}),
                Some("Unknown Field na"),
            ),
        ];
        for (why, patch, message) in table {
            let mut body = json!({"no": "1", "info": {"channel": "X"}});
            for (member, value) in patch.as_object().unwrap() {
                match value.as_object() {
                    Some(inner) => body[member].as_object_mut().unwrap().extend(inner.clone()),
                    None => body[member] = value.clone(),
                }
            }
            let refusal = Body::checked(&body, TABLE, strict).err();
            let told = refusal.map(|refusal| refusal.message);
            assert_eq!(told.as_deref(), message, "{why}");
        }
    }

    #[test]
    fn amounts_are_idr_of_at_least_one_rupiah() {
        let table = [
            ("right", json!({"value": "1.00", "currency": "IDR"}), None),
            (
                "too small",
                json!({"value": "0.99", "currency": "IDR"}),
                Some("01"),
            ),
            (
                "a number",
                json!({"value": 1.00, "currency": "IDR"}),
                Some("01"),
            ),
            (
                "dollars",
                json!({"value": "1.00", "currency": "USD"}),
                Some("01"),
            ),
            ("no currency", json!({"value": "1.00"}), Some("02")),
        ];
        for (why, amount, case) in table {
            let body = json!({"amount": amount});
            let read = Body::checked(&body, &[&[must("amount", Form::Amount)]], NO_MORE);
            assert_eq!(read.err().map(|refusal| refusal.case), case, "{why}");
        }
    }

    #[test]
    fn forms() {
        let table = [
            (Form::MobileNo, "6281234567", true),
            (Form::MobileNo, "6271234567", false),
            (Form::MobileNo, "628123456", false),
            (Form::MonthYear, "1228", true),
            (Form::MonthYear, "1328", false),
            (Form::MonthYear, "0028", false),
            (Form::FeeType, "SHA|1000", true),
            (Form::FeeType, "OUR", true),
            (Form::FeeType, "SHA|", false),
            (Form::FeeType, "ALL", false),
            (Form::Moment, "2026-11-20T09:15:30+07:00", true),
            (Form::Moment, "2026-11-20T09:15:30", false),
            (Form::Address(255), "shop://return", true),
            (Form::Address(255), "return", false),
        ];
        for (form, text, right) in table {
            assert_eq!(form.allows(text), right, "{form:?} {text}");
        }
    }
}
