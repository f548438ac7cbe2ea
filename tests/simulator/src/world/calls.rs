//! The list of calls.

use serde::Serialize;

use crate::operation::Operation;

/// One call to DOKU, accepted or not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// Which operation.
    pub operation: Operation,
    /// Its path, without a query.
    pub path: String,
    /// The channel that the path or the body names, if there is such a one.
    pub channel: Option<&'static str>,
    /// `X-EXTERNAL-ID`, as sent.
    pub external_id: Option<String>,
    /// `Request-Id`, as sent.
    pub request_id: Option<String>,
    /// The first reference in the body.
    pub reference: Option<String>,
    /// Whether the work was done, whatever the client got to see.
    pub accepted: bool,
    /// The code of the answer; none when a fault came before the work. Non-SNAP: `SUCCESS`,
    /// `REPEATED` or the code of the error.
    pub response_code: Option<String>,
    /// HTTP status of the answer, likewise.
    pub http_status: Option<u16>,
    /// When.
    pub at: String,
}
