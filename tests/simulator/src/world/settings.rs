//! Choices where DOKU's documents disagree or say nothing.

use serde::{Deserialize, Serialize};

use crate::channel::Items;

/// How the simulator behaves where the sources differ. Changed while running by the admin API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch"
)]
pub struct Settings {
    /// A newly minted B2B token voids the older ones (DOKU Wallet guide).
    pub newest_token_voids_older: bool,
    /// `authCode` of the binding answer as an integer literal (CIMB's sample) instead of text.
    pub auth_code_as_integer: bool,
    /// A refund succeeds with 2000700 (CIMB's sample) instead of 2005800.
    pub refund_succeeds_as_binding: bool,
    /// The same as a float, which has lost digits (CIMB's sample after a JSON library had it).
    pub auth_code_as_float: bool,
    /// `responseCode` of the OTP answer as a number (CIMB's sample) instead of text.
    pub otp_code_as_integer: bool,
    /// `responseCode` of every SNAP answer as a number.
    pub response_code_as_integer: bool,
    /// Account unbinding succeeds with 2000900 (the standard) instead of 2000500.
    pub unbinding_as_standard: bool,
    /// HTTP status of SNAP successes. None: 200 on present paths, 201 on archived ones.
    pub success_http_status: Option<u16>,
    /// The status of a binding is called `accountStatus` (DOKU's library for PHP) instead of
    /// `status`.
    pub binding_status_as_account_status: bool,
    /// How SNAP answers print times.
    pub times: TimeForm,
    /// Card registration answers `bankCardToken`, `chargeToken`, `randomString` and
    /// `tokenExpiryTime` as well, as the standard has it. Without them any `chargeToken` is taken.
    /// Off, since no answer type of DOKU's libraries can hold one.
    pub card_registration_answers_tokens: bool,
    /// `X-TIMESTAMP` of a token request has to be in UTC, with `Z`, as DOKU's pages on tokens say.
    /// Off, since DOKU's library for Node.js sends the local offset (`+07:00`) there.
    pub token_times_in_utc_only: bool,
    /// `Authorization-customer` has to begin with `Bearer `, as on DOKU's pages and in its library for
    /// Go. Off, since those for Node.js, Python, PHP and Java send the bare token.
    pub customer_token_with_scheme: bool,
    /// `Authorization` and `Authorization-customer` have to spell the scheme `Bearer`, as on most of DOKU's pages
    /// and in all of its libraries. Off, since its sample of a status check writes `bearer`.
    pub bearer_as_written: bool,
    /// `X-SIGNATURE` has to be of the body as it was sent, minified, as DOKU's page on symmetric signatures says. Off,
    /// since its libraries for PHP and Java sign the body without the escapes that they send (`\/`, `\u00fc`,
    /// `\u003d`).
    pub signature_of_body_as_sent: bool,
    /// A member of a SNAP body that is null, an empty text, an empty list or an empty object is refused, and so is a
    /// flag that the table does not name, also when it is false. No table of DOKU's allows them. Off, since its
    /// libraries send the members of other channels: the ones for Python and PHP as null, the one for Node.js
    /// as empty lists, the one for Go as empty texts, empty objects and false.
    pub refuse_empty_members: bool,
    /// What at least one of DOKU's libraries refuses to send without is mandatory: the device's id and
    /// IP address for DANA and `ShopeePay` (Python, Java), BRI's `chargeToken` (PHP), OVO's `remarks`
    /// (README) and `paymentType` (page). Off, since another one of them sends the same call without,
    /// or has no member for it.
    pub demands_of_libraries: bool,
    /// Unbinding answers a page on which the customer has to confirm it (`redirectUrl`, as in the
    /// library for Go), and is done only then. DOKU's own samples show none.
    pub unbinding_on_page: bool,
    /// BRI's archived registration answers an `authCode`. Its page shows none, although payments
    /// want a customer's token; `bankCardToken` is taken for one.
    pub archived_registration_answers_auth_code: bool,
    /// A payment of the type RECURRING has to be confirmed on the page. Otherwise it is charged
    /// at once.
    pub recurring_on_page: bool,
    /// The answer to a recurring charge of BRI's says how it ended (`SUCCESS`, as in DOKU's sample)
    /// instead of `PENDING` (DOKU's table).
    pub bri_recurring_decided_at_once: bool,
    /// The member of a SNAP notification that holds the channel's code: `channelId` or `channel`.
    /// None: as the channel does.
    pub notice_channel_key: Option<String>,
    /// Where a SNAP notification holds the items. None: as the channel does.
    pub notice_items: Option<Items>,
    /// Members that no table of DOKU's names are refused. DOKU is not known to do so; it is on
    /// because here such a member is a misspelling.
    pub refuse_unknown_fields: bool,
    /// The signature of an answer to a GET has a `Digest` line. DOKU's page says that the line is
    /// for POST only.
    pub digest_on_get_answers: bool,
    /// Refunds of settled card payments are done by DOKU's staff (`MANUAL_…`).
    pub manual_refunds: bool,
    /// A card authorisation with `auto_capture` is captured at once, instead of by order.
    pub auto_capture_at_once: bool,
    /// Where a card notification holds `authorize_id`.
    pub authorize_id_position: AuthorizeIdPosition,
    /// A refund of everything is notified as `FULL_REFUND` instead of `REFUND`.
    pub full_refund_named: bool,
    /// The notification of a refund that was made in the Back Office names it: by DOKU's number (SNAP), or by
    /// a `Request-Id` of its own (cards). DOKU documents neither.
    pub back_office_refunds_named: bool,
    /// A card notification sent again keeps its `Request-Id`. DOKU does not say.
    pub retry_keeps_request_id: bool,
    /// How long a `Request-Id` is remembered; none is for ever. DOKU does not say, and once it is
    /// forgotten the same call is carried out a second time.
    pub request_ids_kept_seconds: Option<u64>,
}

/// How SNAP answers print times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// `2026-11-20T08:20:00+07:00`.
    Wib,
    /// `2026-11-20T08:20:00.000`, western Indonesian time without saying so (CIMB's sample).
    Zoneless,
    /// `2026-11-20T01:20:00Z`.
    Utc,
}

/// Where a card notification holds `authorize_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizeIdPosition {
    /// At the top, as in a merchant's model.
    Top,
    /// In `card_payment`, as in the status answer.
    CardPayment,
    /// In `payment`, as the card guide words it.
    Payment,
}

impl Settings {
    /// Calls are read as DOKU's documents have them: what only its libraries or samples do is refused. For a merchant that has
    /// its own client.
    #[must_use]
    pub fn calls_as_documented() -> Self {
        Self {
            token_times_in_utc_only: true,
            customer_token_with_scheme: true,
            bearer_as_written: true,
            signature_of_body_as_sent: true,
            refuse_empty_members: true,
            ..Self::default()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            newest_token_voids_older: true,
            auth_code_as_integer: false,
            refund_succeeds_as_binding: false,
            auth_code_as_float: false,
            otp_code_as_integer: false,
            response_code_as_integer: false,
            unbinding_as_standard: false,
            success_http_status: None,
            binding_status_as_account_status: false,
            times: TimeForm::Wib,
            card_registration_answers_tokens: false,
            token_times_in_utc_only: false,
            customer_token_with_scheme: false,
            bearer_as_written: false,
            signature_of_body_as_sent: false,
            refuse_empty_members: false,
            demands_of_libraries: false,
            unbinding_on_page: false,
            archived_registration_answers_auth_code: false,
            recurring_on_page: false,
            bri_recurring_decided_at_once: false,
            notice_channel_key: None,
            notice_items: None,
            refuse_unknown_fields: true,
            digest_on_get_answers: false,
            manual_refunds: false,
            auto_capture_at_once: true,
            authorize_id_position: AuthorizeIdPosition::Top,
            full_refund_named: false,
            back_office_refunds_named: true,
            retry_keeps_request_id: false,
            request_ids_kept_seconds: None,
        }
    }
}
