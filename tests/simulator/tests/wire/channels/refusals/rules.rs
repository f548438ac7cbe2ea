//! What DOKU's tables say, written down a second time.

use super::super::scene::{
    ALLO, BRI, CIMB, DANA, Flavour, MANDIRI, OLD_ALLO, OLD_BRI, OLD_CIMB, OLD_OVO, OLD_SHOPEE_PAY,
    OVO, Op, SHOPEE_PAY, WTD_BRI,
};

/// What one operation of one channel must hold, and how long texts may be: pointer, from, to.
pub struct Rules {
    pub flavour: Flavour,
    pub op: Op,
    pub mandatory: &'static [&'static str],
    pub lengths: &'static [(&'static str, usize, usize)],
}

const fn rules(
    flavour: Flavour,
    op: Op,
    mandatory: &'static [&'static str],
    lengths: &'static [(&'static str, usize, usize)],
) -> Rules {
    Rules {
        flavour,
        op,
        mandatory,
        lengths,
    }
}

const CHANNEL: &str = "/additionalInfo/channel";
const SUCCESS_URL: &str = "/additionalInfo/successPaymentUrl";
const FAILED_URL: &str = "/additionalInfo/failedPaymentUrl";
const BANK_CARD_TOKEN: &str = "/additionalInfo/bankCardToken";

const ACCOUNT: &[&str] = &[
    CHANNEL,
    "/phoneNo",
    "/additionalInfo/custIdMerchant",
    "/additionalInfo/successRegistrationUrl",
    "/additionalInfo/failedRegistrationUrl",
];
const ACCOUNT_LENGTHS: &[(&str, usize, usize)] = &[
    ("/phoneNo", 9, 16),
    ("/additionalInfo/custIdMerchant", 1, 64),
    ("/additionalInfo/customerName", 1, 70),
    ("/additionalInfo/idCard", 1, 20),
    ("/additionalInfo/country", 1, 60),
    ("/additionalInfo/address", 1, 255),
    ("/additionalInfo/dateOfBirth", 8, 8),
];
const CARD: &[&str] = &[
    CHANNEL,
    "/cardData",
    "/custIdMerchant",
    "/phoneNo",
    "/additionalInfo/successRegistrationUrl",
    "/additionalInfo/failedRegistrationUrl",
];
const CARD_LENGTHS: &[(&str, usize, usize)] = &[
    ("/custIdMerchant", 1, 64),
    ("/additionalInfo/customerName", 1, 70),
    ("/additionalInfo/idCard", 1, 20),
    ("/additionalInfo/country", 1, 60),
    ("/additionalInfo/address", 1, 255),
    ("/additionalInfo/dateOfBirth", 8, 8),
];
const REFUND: &[&str] = &[
    CHANNEL,
    "/originalPartnerReferenceNo",
    "/partnerRefundNo",
    "/refundAmount",
    "/refundAmount/value",
    "/refundAmount/currency",
];
const JUMP_APP: &[&str] = &[
    CHANNEL,
    "/partnerReferenceNo",
    "/amount",
    "/urlParam",
    "/urlParam/0/url",
    "/urlParam/0/type",
    "/urlParam/0/isDeepLink",
];
const OLD_PAYMENT: &[&str] = &["/partnerReferenceNo", "/bankCardToken", "/amount"];
const OLD_OTP: &[&str] = &[
    "/originalPartnerReferenceNo",
    "/otp",
    "/type",
    BANK_CARD_TOKEN,
];
const OLD_REFUND: &[&str] = &[
    "/originalPartnerReferenceNo",
    "/partnerRefundNo",
    "/refundAmount",
    BANK_CARD_TOKEN,
];
const OLD_REFUND_LENGTHS: &[(&str, usize, usize)] = &[
    ("/originalPartnerReferenceNo", 1, 64),
    ("/partnerRefundNo", 1, 64),
    ("/reason", 1, 256),
    ("/originalExternalId", 1, 36),
];
const TOKEN_ID: &[&str] = &[CHANNEL, "/tokenId"];
const TOKEN_ID_LENGTHS: &[(&str, usize, usize)] = &[("/tokenId", 1, 2048)];

pub const RULES: &[Rules] = &[
    rules(CIMB, Op::Binding, ACCOUNT, ACCOUNT_LENGTHS),
    rules(
        CIMB,
        Op::Payment,
        &[
            CHANNEL,
            "/partnerReferenceNo",
            "/amount",
            "/additionalInfo/remarks",
            SUCCESS_URL,
            FAILED_URL,
        ],
        &[
            ("/partnerReferenceNo", 1, 12),
            ("/additionalInfo/remarks", 1, 40),
        ],
    ),
    rules(
        CIMB,
        Op::Otp,
        &[
            CHANNEL,
            "/originalPartnerReferenceNo",
            "/otp",
            "/action",
            BANK_CARD_TOKEN,
        ],
        &[("/originalPartnerReferenceNo", 1, 36), ("/otp", 6, 6)],
    ),
    rules(
        CIMB,
        Op::Refund,
        REFUND,
        &[
            ("/originalPartnerReferenceNo", 1, 12),
            ("/partnerRefundNo", 1, 12),
            ("/reason", 1, 255),
            ("/originalExternalId", 1, 36),
        ],
    ),
    rules(CIMB, Op::Unbinding, TOKEN_ID, TOKEN_ID_LENGTHS),
    rules(CIMB, Op::Status, &[CHANNEL, "/serviceCode"], &[]),
    rules(BRI, Op::CardBinding, CARD, CARD_LENGTHS),
    rules(
        BRI,
        Op::Payment,
        &[
            CHANNEL,
            "/partnerReferenceNo",
            "/chargeToken",
            "/amount",
            SUCCESS_URL,
            FAILED_URL,
        ],
        &[
            ("/partnerReferenceNo", 1, 64),
            ("/chargeToken", 1, 32),
            ("/additionalInfo/remarks", 1, 40),
            ("/additionalInfo/merchantTrxId", 1, 64),
        ],
    ),
    rules(
        BRI,
        Op::Otp,
        &[CHANNEL, "/originalReferenceNo", "/otp", "/type"],
        &[
            ("/originalReferenceNo", 1, 64),
            ("/otp", 1, 18),
            ("/chargeToken", 1, 128),
        ],
    ),
    rules(
        BRI,
        Op::Refund,
        REFUND,
        &[
            ("/originalPartnerReferenceNo", 1, 12),
            ("/partnerRefundNo", 1, 12),
            ("/reason", 1, 255),
        ],
    ),
    rules(BRI, Op::CardUnbinding, TOKEN_ID, TOKEN_ID_LENGTHS),
    rules(BRI, Op::Status, &[CHANNEL, "/serviceCode"], &[]),
    rules(
        ALLO,
        Op::Binding,
        &[
            CHANNEL,
            "/phoneNo",
            "/additionalInfo/custIdMerchant",
            "/additionalInfo/successRegistrationUrl",
            "/additionalInfo/failedRegistrationUrl",
            "/additionalInfo/deviceModel",
            "/additionalInfo/osType",
            "/additionalInfo/channelId",
        ],
        &[("/additionalInfo/deviceModel", 1, 64)],
    ),
    rules(
        ALLO,
        Op::Payment,
        &[
            CHANNEL,
            "/partnerReferenceNo",
            "/amount",
            "/additionalInfo/remarks",
            "/additionalInfo/lineItems",
            "/additionalInfo/lineItems/0/name",
            "/additionalInfo/lineItems/0/price",
            "/additionalInfo/lineItems/0/quantity",
            "/payOptionDetails/0/payMethod",
            "/payOptionDetails/0/transAmount",
            "/payOptionDetails/0/feeAmount",
            SUCCESS_URL,
            FAILED_URL,
        ],
        &[
            ("/partnerReferenceNo", 32, 64),
            ("/additionalInfo/remarks", 1, 40),
            ("/additionalInfo/lineItems/0/name", 1, 32),
        ],
    ),
    rules(ALLO, Op::Balance, &[CHANNEL], &[]),
    rules(
        ALLO,
        Op::Refund,
        REFUND,
        &[
            ("/originalPartnerReferenceNo", 32, 64),
            ("/partnerRefundNo", 32, 64),
            ("/reason", 1, 255),
        ],
    ),
    rules(ALLO, Op::Unbinding, TOKEN_ID, TOKEN_ID_LENGTHS),
    rules(MANDIRI, Op::CardBinding, CARD, CARD_LENGTHS),
    rules(
        MANDIRI,
        Op::Payment,
        &[CHANNEL, "/partnerReferenceNo", "/amount"],
        &[("/partnerReferenceNo", 1, 64)],
    ),
    rules(
        MANDIRI,
        Op::Otp,
        &[CHANNEL, "/otp"],
        &[("/originalReferenceNo", 1, 64)],
    ),
    rules(
        MANDIRI,
        Op::Refund,
        REFUND,
        &[("/partnerRefundNo", 1, 64), ("/reason", 1, 255)],
    ),
    rules(MANDIRI, Op::CardUnbinding, TOKEN_ID, TOKEN_ID_LENGTHS),
    rules(OVO, Op::Binding, ACCOUNT, ACCOUNT_LENGTHS),
    rules(
        OVO,
        Op::Payment,
        &[
            CHANNEL,
            "/partnerReferenceNo",
            "/amount",
            "/payOptionDetails",
            "/payOptionDetails/0/payMethod",
            "/payOptionDetails/0/transAmount",
            "/payOptionDetails/0/feeAmount",
            SUCCESS_URL,
            FAILED_URL,
        ],
        &[("/partnerReferenceNo", 1, 64)],
    ),
    rules(OVO, Op::Balance, &[CHANNEL], &[]),
    rules(
        OVO,
        Op::Refund,
        REFUND,
        &[
            ("/originalPartnerReferenceNo", 1, 32),
            ("/partnerRefundNo", 1, 64),
            ("/reason", 1, 255),
        ],
    ),
    rules(OVO, Op::Unbinding, TOKEN_ID, TOKEN_ID_LENGTHS),
    rules(
        DANA,
        Op::Payment,
        JUMP_APP,
        &[
            ("/partnerReferenceNo", 1, 64),
            ("/additionalInfo/orderTitle", 1, 64),
        ],
    ),
    rules(
        DANA,
        Op::Refund,
        REFUND,
        &[
            ("/originalPartnerReferenceNo", 1, 64),
            ("/partnerRefundNo", 1, 64),
        ],
    ),
    rules(
        SHOPEE_PAY,
        Op::Payment,
        JUMP_APP,
        &[("/partnerReferenceNo", 1, 64)],
    ),
    rules(
        SHOPEE_PAY,
        Op::Refund,
        REFUND,
        &[("/partnerRefundNo", 1, 64)],
    ),
    rules(OLD_OVO, Op::Binding, &["/phoneNo"], &[("/phoneNo", 9, 16)]),
    rules(
        OLD_OVO,
        Op::Balance,
        &["/bankCardToken"],
        &[("/bankCardToken", 1, 2048)],
    ),
    rules(
        OLD_OVO,
        Op::Payment,
        OLD_PAYMENT,
        &[("/partnerReferenceNo", 1, 64)],
    ),
    rules(OLD_OVO, Op::Otp, OLD_OTP, &[("/otp", 1, 18)]),
    rules(OLD_OVO, Op::Refund, OLD_REFUND, OLD_REFUND_LENGTHS),
    rules(
        OLD_CIMB,
        Op::Payment,
        OLD_PAYMENT,
        &[("/partnerReferenceNo", 1, 12)],
    ),
    rules(
        OLD_CIMB,
        Op::Refund,
        OLD_REFUND,
        &[
            ("/originalPartnerReferenceNo", 1, 12),
            ("/partnerRefundNo", 1, 64),
        ],
    ),
    rules(OLD_ALLO, Op::Refund, OLD_REFUND, OLD_REFUND_LENGTHS),
    rules(OLD_BRI, Op::Refund, OLD_REFUND, OLD_REFUND_LENGTHS),
    rules(
        OLD_SHOPEE_PAY,
        Op::Payment,
        &["/partnerReferenceNo", "/amount", "/urlParam"],
        &[("/partnerReferenceNo", 1, 64)],
    ),
    rules(
        OLD_SHOPEE_PAY,
        Op::Refund,
        &[
            "/originalPartnerReferenceNo",
            "/partnerRefundNo",
            "/refundAmount",
        ],
        &[("/partnerRefundNo", 1, 64)],
    ),
    rules(
        WTD_BRI,
        Op::CardBinding,
        &[],
        &[
            ("/bankCardNo", 4, 4),
            ("/identificationNo", 1, 20),
            ("/custIdMerchant", 1, 18),
            ("/phoneNo", 5, 16),
            ("/accountName", 1, 70),
            ("/dateOfBirth", 8, 8),
        ],
    ),
    rules(
        WTD_BRI,
        Op::Otp,
        &["/originalReferenceNo", "/otp", "/type"],
        &[("/originalReferenceNo", 1, 64), ("/otp", 1, 18)],
    ),
    rules(
        WTD_BRI,
        Op::Payment,
        &[
            "/bankCardToken",
            "/transAmount",
            "/additionalInfo/merchantTrxId",
            "/additionalInfo/otpStatus",
        ],
        &[
            ("/bankCardToken", 1, 128),
            ("/merchantId", 1, 64),
            ("/additionalInfo/merchantTrxId", 1, 64),
        ],
    ),
    rules(
        WTD_BRI,
        Op::Refund,
        &[
            "/originalReferenceNo",
            "/partnerRefundNo",
            "/originalExternalId",
        ],
        &[
            ("/originalReferenceNo", 1, 64),
            ("/partnerRefundNo", 1, 64),
            ("/originalExternalId", 1, 64),
            ("/reason", 1, 255),
        ],
    ),
    rules(
        WTD_BRI,
        Op::CardUnbinding,
        &["/token"],
        &[("/token", 1, 128)],
    ),
];
