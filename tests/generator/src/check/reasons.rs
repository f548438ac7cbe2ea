//! Why a request that the schemas allow may be refused all the same, each with the sentence that says so.

use super::Finding;
use crate::bench::Answer;

/// A reason: how its field ends, what its rule says, and where the document states it.
pub struct Reason {
    /// The end of the field's path; empty for any.
    pub field: &'static str,
    /// Part of the rule.
    pub rule: &'static str,
    /// Words of the document, blanks and line ends being alike.
    pub stated: &'static str,
}

const fn reason(field: &'static str, rule: &'static str, stated: &'static str) -> Reason {
    Reason {
        field,
        rule,
        stated,
    }
}

const TEXTS: &str = "Names and other texts must hold something to see, and no control characters.";
const CARDS: &str = "**Card numbers are refused** in every field";
const LISTS: &str =
    "By `invoiceNumber` or by `customerId` (newest first, paged): exactly one of the two.";
const PHONES: &str = "It is normalised to digits that begin with `62`, 9 to 15 of them.";
const PLACES: &str = "A deployment may list the hosts and the schemes of apps that are allowed";
const ANY_HOST: &str = "where it does not, any host by `https` that has a name: no number, no `localhost`, no app, and no fragment";
const REPAIRED: &str = "An address that a browser would have to repair";
const NEEDED: &str = "Which members are needed, `requires` of the channel says";
const INTERVALS: &str = "At most 365 days, 52 weeks, 24 months or 5 years.";
const ANCHORS: &str = "for weeks 1 for Monday to 7 for Sunday; not for days";

/// Every reason.
pub const REASONS: &[Reason] = &[
    reason("", "must not hold control characters", TEXTS),
    reason("", "must hold something to see", TEXTS),
    reason("", "must not hold a card number", CARDS),
    reason(
        "cursor",
        "must be a nextCursor of this list",
        "Belongs to this list with the same other parameters; any other is refused.",
    ),
    reason("invoiceNumber", "is required, or customerId", LISTS),
    reason(
        "invoiceNumber",
        "must not come together with customerId",
        LISTS,
    ),
    reason(
        "customerId",
        "is required",
        "Required of the merchant's backend.",
    ),
    reason("phone", "must be an Indonesian phone number", PHONES),
    reason("phone", "must have 9 to 15 digits", PHONES),
    reason(
        "returnCode",
        "is not the one that the browser brought",
        "What the browser brought to your `returnUrl`, unchanged.",
    ),
    reason(
        "otp",
        "must have as many digits as the channel's limits say",
        "As many digits as the channel's `limits` say.",
    ),
    reason(
        "channel",
        "must be a channel this service offers",
        "one of `GET /v1/channels`",
    ),
    reason(
        "method.channel",
        "is not a wallet",
        "One whose `methodType` is `wallet`.",
    ),
    reason("", "is required by this channel", NEEDED),
    reason(
        "method.chargeToken",
        "is not for this channel",
        "Goes with a linked card",
    ),
    reason(
        "method.payOptions",
        "is not for this channel",
        "Refused where the channel is not asked.",
    ),
    reason(
        "method.payOptions",
        "must add up to the amount",
        "the parts add up to the amount",
    ),
    reason(
        "items",
        "must add up to the amount",
        "Prices times quantities must add up to the amount.",
    ),
    reason("Url", "must be an absolute https address", ANY_HOST),
    reason("Url", "must not hold a fragment", ANY_HOST),
    reason("Url", "must name a host, not a number", ANY_HOST),
    reason("Url", "must not lead to the local machine", ANY_HOST),
    reason("Url", "that ReturnUrls of this deployment allows", PLACES),
    reason("Url", "nothing that a browser would repair", REPAIRED),
    reason(
        "deepLink",
        "that ReturnUrls of this deployment allows",
        PLACES,
    ),
    reason(
        "method.tenor",
        "is for INSTALLMENT only",
        "Required with `INSTALLMENT`, and not allowed without.",
    ),
    reason(
        "method.tenor",
        "is required with INSTALLMENT",
        "Required with `INSTALLMENT`, and not allowed without.",
    ),
    reason(
        "method.acquirer",
        "is required with INSTALLMENT",
        "Required with `INSTALLMENT`.",
    ),
    reason(
        "method.autoCapture",
        "is for AUTHORIZE only",
        "With `AUTHORIZE` only.",
    ),
    reason(
        "card",
        "must not come together with cardData",
        "Where `registration` of the channel is `card_digits`, and only there.",
    ),
    reason(
        "card",
        "is required",
        "Where `registration` of the channel is `card_digits`, and only there.",
    ),
    reason(
        "card",
        "is not for this channel",
        "Where `registration` of the channel is `card_digits`, and only there.",
    ),
    reason(
        "cardData",
        "is required",
        "Where `registration` of the channel is `encrypted_card`, and only there",
    ),
    reason(
        "cardData",
        "is not for this channel",
        "Where `registration` of the channel is `encrypted_card`, and only there",
    ),
    reason(
        "cardData",
        "must be base64 of the encrypted card",
        "base64 of the card as you encrypted it for DOKU (AES-128-CBC), `|`, base64 of the 16-byte IV",
    ),
    reason(
        "email",
        "must be an e-mail address",
        "nothing that cannot be seen",
    ),
    reason(
        "method.feeType",
        "is not for this channel",
        "For wallets that ask.",
    ),
    reason(
        "method",
        "is not known to this channel",
        "What a payment may be paid out of (`method.payOptions`), the default first.",
    ),
    reason(
        "notificationUrl",
        "must have the path of the registered notification address",
        "Its path must be the one of the address that is registered with DOKU",
    ),
    reason(
        "allowTenors",
        "is for INSTALLMENT only",
        "The only tenors on offer. With `INSTALLMENT` only.",
    ),
    reason(
        "tenor",
        "must be one of page.allowTenors",
        "The only tenors on offer.",
    ),
    reason(
        "bin",
        "is none of the BINs in allowBins",
        "each `bin` once, and one of `allowBins` where that is given",
    ),
    reason(
        "bin",
        "is in the list already",
        "each `bin` once, and one of `allowBins` where that is given",
    ),
    reason(
        "discount",
        "must be less than the amount",
        "In whole rupiah; less than the amount.",
    ),
    reason(
        "returnUrl",
        "is required with method.page.autoRedirect",
        "Required with `method.page.autoRedirect`.",
    ),
    reason(
        "method.saveCard",
        "must not be true together with cardTokenId",
        "Not together with `cardTokenId`.",
    ),
    reason(
        "method.deepLink",
        "must be an absolute address",
        "of a scheme of its own, or `https`.",
    ),
    reason(
        "count",
        "must not come together with endDate",
        "Not together with `endDate`.",
    ),
    reason(
        "endDate",
        "must not be before",
        "Not before the first period",
    ),
    reason(
        "endDate",
        "must be a date of the years 2000 to 9999",
        "Not before the first period",
    ),
    reason("startDate", "must not be in the past", "Not in the past"),
    reason(
        "startDate",
        "must be a date of the years 2000 to 9999",
        "Not in the past",
    ),
    reason(
        "timeZone",
        "must be an IANA time zone",
        "A name of the IANA database.",
    ),
    reason("interval.every", "must be 1 to", INTERVALS),
    reason(
        "anchorDay",
        "must be left out where the unit is day",
        ANCHORS,
    ),
    reason("anchorDay", "must be 1 to 7, Monday to Sunday", ANCHORS),
    reason(
        "afterDays",
        "ascending",
        "Days after the first decline on which it is tried again, ascending.",
    ),
    reason(
        "invoiceNumber",
        "must have at most 27 characters with BANK_MANDIRI",
        "At most 27 characters with the acquirer `BANK_MANDIRI`.",
    ),
    reason(
        "customerId",
        "must have at most 50 characters for a charge by token",
        "At most 50 characters with a BRI token.",
    ),
    reason(
        "method.deepLink",
        "must not",
        "What a deployment says about `returnUrl` holds for it too.",
    ),
    reason(
        "method.deepLink",
        "must name a host",
        "What a deployment says about `returnUrl` holds for it too.",
    ),
    reason(
        "method.deepLink",
        "nothing that a browser would repair",
        "What a deployment says about `returnUrl` holds for it too.",
    ),
    reason(
        "method.metadata",
        "is not for this channel",
        "ShopeePay only.",
    ),
    reason(
        "method.supportDeepLinkCheckoutUrl",
        "is not for this channel",
        "DANA only.",
    ),
    reason(
        "method.validUntil",
        "must be in the future",
        "Until when it can be paid, a time to come.",
    ),
    reason(
        "method.validUntil",
        "is later than this channel allows",
        "Some channels allow no more than `limits.validUntilMaxSeconds` from now.",
    ),
];

/// What a valid request was refused for, where the document does not state it.
pub fn refused(answer: &Answer) -> Vec<Finding> {
    const RULE: &str = "what the document allows is not refused as malformed";
    if answer.status == 413 {
        return vec![Finding::new(RULE, answer.text.clone())];
    }
    if answer.status != 400 {
        return Vec::new();
    }
    let problem = answer.body();
    if problem["code"] != "invalid_request" {
        // The document lists the others where it describes the status.
        return Vec::new();
    }
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    if errors.is_empty() {
        return vec![Finding::new(RULE, answer.text.clone())];
    }
    let mut findings = Vec::new();
    for error in errors {
        let field = error["field"].as_str().unwrap_or_default();
        let rule = error["rule"].as_str().unwrap_or_default();
        let stated = |reason: &&Reason| field.ends_with(reason.field) && rule.contains(reason.rule);
        if REASONS.iter().find(stated).is_none() {
            findings.push(Finding::new(RULE, format!("{field}: {rule}")));
        }
    }
    findings
}
