//! The fields of DOKU's documents, in groups that channels put together.
//!
//! Lengths are characters. Where DOKU's sources disagree the strictest agreed form is taken.

use crate::checks::table::{Field, Form, may, must};

/// Every body names its channel on the paths that all channels share.
pub const CHANNEL: &[Field] = &[must("additionalInfo.channel", Form::Text(1, 64))];
/// Where the path names the channel, the body may as well.
pub const CHANNEL_IF_NAMED: &[Field] = &[may("additionalInfo.channel", Form::Text(1, 64))];

/// Account binding: the customer.
pub const BINDING: &[Field] = &[
    must("phoneNo", Form::Digits(9, 16)),
    must("additionalInfo.custIdMerchant", Form::Text(1, 64)),
];
/// Account binding at Allo: the customer's device.
pub const BINDING_DEVICE: &[Field] = &[
    must("additionalInfo.deviceModel", Form::Text(1, 64)),
    must("additionalInfo.osType", Form::Word(&["ios", "android"])),
    must("additionalInfo.channelId", Form::Word(&["app", "web"])),
];
/// Card registration: the customer and the encrypted card.
pub const CARD_BINDING: &[Field] = &[
    must("cardData", Form::Text(1, 4096)),
    must("custIdMerchant", Form::Alphanumeric(1, 64)),
    must("phoneNo", Form::MobileNo),
];
/// The card inside `cardData`.
pub const CARD: &[Field] = &[
    must("bankCardNo", Form::Digits(1, 20)),
    must("bankCardType", Form::Text(1, 8)),
    must("expiryDate", Form::MonthYear),
    may("identificationNo", Form::Text(1, 20)),
    may("identificationType", Form::Text(1, 8)),
    may("email", Form::Email(255)),
];
/// Both registrations: where the customer goes, and who they are.
pub const REGISTRATION: &[Field] = &[
    must(
        "additionalInfo.successRegistrationUrl",
        Form::WebAddress(2048),
    ),
    must(
        "additionalInfo.failedRegistrationUrl",
        Form::WebAddress(2048),
    ),
    may("additionalInfo.customerName", Form::Text(1, 70)),
    may("additionalInfo.email", Form::Email(64)),
    may("additionalInfo.idCard", Form::Text(1, 20)),
    may("additionalInfo.country", Form::Text(1, 60)),
    may("additionalInfo.address", Form::Text(1, 255)),
    may("additionalInfo.dateOfBirth", Form::Digits(8, 8)),
];

/// A payment: how much.
pub const AMOUNT: &[Field] = &[must("amount", Form::Amount)];
/// The text on the customer's statement, where it is mandatory.
pub const REMARKS: &[Field] = &[must("additionalInfo.remarks", Form::Text(1, 40))];
/// The same where it is not.
pub const REMARKS_IF_ANY: &[Field] = &[may("additionalInfo.remarks", Form::Text(1, 40))];
/// Where the customer goes after the page.
pub const PAYMENT_ADDRESSES: &[Field] = &[
    must("additionalInfo.successPaymentUrl", Form::WebAddress(2048)),
    must("additionalInfo.failedPaymentUrl", Form::WebAddress(2048)),
];
/// The same where no table of DOKU's names them.
pub const PAYMENT_ADDRESSES_IF_ANY: &[Field] = &[
    may("additionalInfo.successPaymentUrl", Form::WebAddress(2048)),
    may("additionalInfo.failedPaymentUrl", Form::WebAddress(2048)),
];
const LINE_ITEM: &[&[Field]] = &[&[
    must("name", Form::Text(1, 32)),
    must("price", Form::Price),
    must("quantity", Form::Digits(1, 9)),
]];
/// The goods, where they are mandatory.
pub const LINE_ITEMS: &[Field] = &[must("additionalInfo.lineItems", Form::List(LINE_ITEM))];
/// The same where they are not.
pub const LINE_ITEMS_IF_ANY: &[Field] = &[may("additionalInfo.lineItems", Form::Anything)];
/// A single payment or one of a series.
pub const PAYMENT_TYPE: &[Field] = &[may(
    "additionalInfo.paymentType",
    Form::Word(&["SALE", "RECURRING"]),
)];
/// What BRI lets pass besides (DOKU's library for Node.js).
pub const BRI_EXTRAS: &[Field] = &[
    may("additionalInfo.merchantTrxId", Form::Text(1, 64)),
    may("additionalInfo.otpStatus", Form::Word(&["YES", "NO"])),
];

/// OTP verification in CIMB's words.
pub const OTP_CIMB: &[Field] = &[
    must("originalPartnerReferenceNo", Form::Text(1, 36)),
    must("otp", Form::Digits(6, 6)),
    must("action", Form::Word(&["otpPayment"])),
    must("additionalInfo.bankCardToken", Form::Text(1, 2048)),
];
/// OTP verification in BRI's words, of a card or of a payment.
pub const OTP_BRI: &[Field] = &[
    must("originalReferenceNo", Form::Text(1, 64)),
    must("otp", Form::Text(1, 18)),
    must("type", Form::Word(&["card", "payment"])),
    may("chargeToken", Form::Text(1, 128)),
];
/// OTP verification where nobody has read the table: either words.
pub const OTP_UNREAD: &[Field] = &[
    may("originalReferenceNo", Form::Text(1, 64)),
    may("originalPartnerReferenceNo", Form::Text(1, 64)),
    must("otp", Form::Text(1, 18)),
    may("type", Form::Word(&["card", "payment"])),
    may("chargeToken", Form::Text(1, 128)),
];

/// A refund: how much and why.
pub const REFUND: &[Field] = &[
    must("refundAmount", Form::Amount),
    may("reason", Form::Text(1, 255)),
    may("originalExternalId", Form::Digits(1, 36)),
];
/// Both unbindings.
pub const UNBINDING: &[Field] = &[must("tokenId", Form::Text(1, 2048))];
/// Check status.
pub const STATUS: &[Field] = &[
    must("serviceCode", Form::Word(&["55"])),
    may("originalPartnerReferenceNo", Form::Text(1, 64)),
    may("originalReferenceNo", Form::Text(1, 64)),
    may("originalExternalId", Form::Digits(1, 32)),
    may("transactionDate", Form::Moment),
    may("amount", Form::Amount),
    may("merchantId", Form::Text(1, 64)),
    may("subMerchantId", Form::Text(1, 32)),
    may("externalStoreId", Form::Text(1, 64)),
    may("additionalInfo.deviceId", Form::Anything),
];

/// A payment that the customer confirms in a wallet's app.
pub const JUMP_APP: &[Field] = &[
    must("partnerReferenceNo", Form::Text(1, 64)),
    may("validUpTo", Form::Moment),
    may("pointOfInitiation", Form::Word(&["app", "pc", "mweb"])),
    must(
        "urlParam",
        Form::List(&[&[
            must("url", Form::Address(255)),
            must("type", Form::Word(&["PAY_RETURN"])),
            must("isDeepLink", Form::Word(&["Y", "N"])),
        ]]),
    ),
];

/// Archived: the customer's token at the top of a body.
pub const BANK_CARD_TOKEN: &[Field] = &[must("bankCardToken", Form::Text(1, 2048))];
/// Archived: the same inside `additionalInfo`.
pub const BANK_CARD_TOKEN_INSIDE: &[Field] =
    &[must("additionalInfo.bankCardToken", Form::Text(1, 2048))];
/// Archived: a payment's fee.
pub const FEE_TYPE: &[Field] = &[may("feeType", Form::FeeType)];
/// Archived: what a payment may hold where only OVO's sample was read.
pub const PAYMENT_OPTIONS_UNREAD: &[Field] = &[may(
    "payOptionDetails",
    Form::List(&[&[
        must("payMethod", Form::Text(1, 64)),
        must("transAmount", Form::Amount),
        may("feeAmount", Form::Fee),
    ]]),
)];
/// Archived: OTP verification.
pub const OTP_ARCHIVED: &[Field] = &[
    must("originalPartnerReferenceNo", Form::Text(1, 64)),
    must("otp", Form::Text(1, 18)),
    must("type", Form::Word(&["PAYMENT"])),
];
/// Archived: a refund.
pub const REFUND_ARCHIVED: &[Field] = &[
    must("partnerRefundNo", Form::Text(1, 64)),
    must("refundAmount", Form::Amount),
    may("reason", Form::Text(1, 256)),
    may("originalExternalId", Form::Digits(1, 36)),
];

/// BRI's archived registration. Its table marks every field optional.
pub const BRI_REGISTRATION: &[Field] = &[
    may("bankCardNo", Form::Digits(4, 4)),
    may("bankCardType", Form::Word(&["C", "D", "UE"])),
    may("identificationNo", Form::Text(1, 20)),
    may("identificationType", Form::Word(&["01", "02", "03", "04"])),
    may("email", Form::Email(255)),
    may("expiryDate", Form::MonthYear),
    may("custIdMerchant", Form::Text(1, 18)),
    may("phoneNo", Form::Digits(5, 16)),
    may("accountName", Form::Text(1, 70)),
    may("dateOfBirth", Form::Digits(8, 8)),
    may("additionalInfo.customerEmail", Form::Email(255)),
    may("additionalInfo.customerPhoneNo", Form::Digits(5, 16)),
    may("additionalInfo.customerCountry", Form::Text(1, 60)),
    may("additionalInfo.customerAddress", Form::Text(1, 255)),
];
/// BRI's archived payment. Only the token is marked mandatory; without the others there is
/// nothing to pay, and nothing to find it by.
pub const BRI_PAYMENT: &[Field] = &[
    must("bankCardToken", Form::Text(1, 128)),
    must("transAmount", Form::Amount),
    may("merchantId", Form::Text(1, 64)),
    must("additionalInfo.merchantTrxId", Form::Text(1, 64)),
    must("additionalInfo.otpStatus", Form::Word(&["YES", "NO"])),
    may("additionalInfo.lineItems", Form::List(LINE_ITEM)),
];
/// BRI's archived refund, of all of a payment.
pub const BRI_REFUND: &[Field] = &[
    must("originalReferenceNo", Form::Text(1, 64)),
    must("partnerRefundNo", Form::Text(1, 64)),
    must("originalExternalId", Form::Digits(1, 64)),
    may("reason", Form::Text(1, 255)),
    may("refundAmount", Form::Amount),
    may("additionalInfo.merchantTrxId", Form::Text(1, 64)),
];
/// BRI's archived unbinding.
pub const BRI_UNBINDING: &[Field] = &[must("token", Form::Text(1, 128))];
