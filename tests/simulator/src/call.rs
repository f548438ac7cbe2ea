//! One call to DOKU, as it arrived.

use axum::http::HeaderMap;
use doku_shared::clock::Timestamp;
use serde_json::Value;

use crate::answer::Refusal;
use crate::channel::Place;

/// Path, headers and the exact bytes, with the moment it arrived.
#[derive(Debug)]
pub struct Call {
    /// Path with its query, as signed.
    pub path: String,
    /// Headers as received.
    pub headers: HeaderMap,
    /// The exact bytes.
    pub raw: Vec<u8>,
    /// The bytes read as JSON; null when they are none.
    pub body: Value,
    /// When it came in, on the simulator's clock.
    pub arrived: Timestamp,
    /// What the path stands for, when it is an archived one of a single channel.
    pub archived: Option<Place>,
}

impl Call {
    /// A call from its parts.
    pub fn new(path: String, headers: HeaderMap, raw: Vec<u8>, arrived: Timestamp) -> Self {
        let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
        Self {
            path,
            headers,
            raw,
            body,
            arrived,
            archived: None,
        }
    }

    /// The header's one value; absent, repeated or non-ASCII values are refused by name.
    pub fn header(&self, name: &str) -> Result<&str, Refusal> {
        self.optional_header(name)?
            .ok_or_else(|| Refusal::missing(name))
    }

    /// Like [`Self::header`], for headers that may be absent. An empty value counts as absent.
    pub fn optional_header(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return if self.headers.contains_key(name) {
                Err(Refusal::format(name))
            } else {
                Ok(None)
            };
        };
        let text = value.to_str().map_err(|_| Refusal::format(name))?;
        Ok((!text.is_empty()).then_some(text))
    }

    /// The token of an `Authorization`-like header: `Bearer`, a space and at least one more character. `as_written`:
    /// in those very letters.
    pub fn bearer(&self, name: &str, as_written: bool) -> Result<Option<&str>, Refusal> {
        let parts = self.header(name)?.split_once(' ');
        let bears = |scheme: &str| {
            scheme == "Bearer" || (!as_written && scheme.eq_ignore_ascii_case("Bearer"))
        };
        let token = parts.filter(|(scheme, token)| bears(scheme) && !token.is_empty());
        Ok(token.map(|(_, token)| token))
    }

    /// The code of the channel that the path or the body names, whether or not there is such.
    pub fn channel(&self) -> Option<&str> {
        match self.archived {
            Some(place) => Some(place.channel.code),
            None => self.body.pointer("/additionalInfo/channel")?.as_str(),
        }
    }

    /// What the call is about, for the list of calls: the first reference its body holds, or
    /// the id at the end of its path.
    pub fn reference(&self) -> Option<String> {
        let paths = [
            "/partnerReferenceNo",
            "/partnerRefundNo",
            "/originalPartnerReferenceNo",
            "/additionalInfo/merchantTrxId",
            "/originalReferenceNo",
            "/custIdMerchant",
            "/additionalInfo/custIdMerchant",
            "/order/invoice_number",
            "/payment/authorize_id",
            "/customer/id",
        ];
        let in_path = || self.path.strip_prefix("/orders/v1/status/");
        paths
            .iter()
            .find_map(|path| self.body.pointer(path)?.as_str())
            .or_else(in_path)
            .map(str::to_owned)
    }
}
