//! Every channel, one description each.

use std::time::Duration;

use super::tables::{
    AMOUNT, BANK_CARD_TOKEN, BANK_CARD_TOKEN_INSIDE, BINDING, BINDING_DEVICE, BRI_EXTRAS,
    BRI_PAYMENT, BRI_REFUND, BRI_REGISTRATION, BRI_UNBINDING, CARD_BINDING, CHANNEL,
    CHANNEL_IF_NAMED, FEE_TYPE, JUMP_APP, LINE_ITEMS, LINE_ITEMS_IF_ANY, OTP_ARCHIVED, OTP_BRI,
    OTP_CIMB, OTP_UNREAD, PAYMENT_ADDRESSES, PAYMENT_ADDRESSES_IF_ANY, PAYMENT_OPTIONS_UNREAD,
    PAYMENT_TYPE, REFUND, REFUND_ARCHIVED, REGISTRATION, REMARKS, REMARKS_IF_ANY, STATUS,
    UNBINDING,
};
use super::{
    CORE, Channel, Confirmed, CustomerToken, Header, Items, NoticeStyle, Offer, Page, TokenAt,
    Version, WrongOtps,
};
use crate::checks::table::{Form, may, must};
use crate::operation::Operation;

/// Every channel that DOKU has.
pub const CHANNELS: &[Channel] = &[CIMB, BRI, ALLO, MANDIRI, OVO, DANA, SHOPEE_PAY];

const IP: &[Header] = &[Header::IpAddress];
const DEVICE: &[Header] = &[Header::DeviceId];
const IP_AND_DEVICE: &[Header] = &[Header::IpAddress, Header::DeviceId];
const TOKEN: &[TokenAt] = &[TokenAt::Header];
const TOKEN_ID: &[TokenAt] = &[TokenAt::Field("tokenId")];

const THREE_TRIES: WrongOtps = WrongOtps {
    allowed: 3,
    block: None,
};
const STATUS_OFFER: Offer = Offer::new(Operation::Status, &[CHANNEL, STATUS]);
const BANK_NOTICE: NoticeStyle = NoticeStyle {
    channel_key: "channelId",
    items: Items::Nowhere,
};
const WALLET_NOTICE: NoticeStyle = NoticeStyle {
    channel_key: "channel",
    items: Items::Nowhere,
};

/// The present paths, with what most channels do there.
const CORE_VERSION: Version = Version {
    prefixes: &[CORE],
    success: 200,
    token: CustomerToken::Exchanged,
    confirmed: Confirmed::OnPage,
    page: Some(Page::Otp),
    wrong_otps: THREE_TRIES,
    open_for: None,
    partial_refunds: true,
    offers: &[],
};

/// The archived family `/direct-debit/{acquirer}/v1.0/`, where tokens travel in bodies.
const ARCHIVED_VERSION: Version = Version {
    prefixes: &[],
    success: 201,
    token: CustomerToken::Exchanged,
    confirmed: Confirmed::Either,
    page: Some(Page::Otp),
    wrong_otps: THREE_TRIES,
    open_for: None,
    partial_refunds: true,
    offers: &[],
};

const ARCHIVED_TOKEN: &[TokenAt] = &[TokenAt::Field("bankCardToken")];
const ARCHIVED_TOKEN_INSIDE: &[TokenAt] = &[TokenAt::Field("additionalInfo.bankCardToken")];
const ARCHIVED_BINDING: Offer = Offer::new(
    Operation::Binding,
    &[CHANNEL_IF_NAMED, BINDING, REGISTRATION],
)
.lenient();
const ARCHIVED_BALANCE: Offer =
    Offer::new(Operation::Balance, &[CHANNEL_IF_NAMED, BANK_CARD_TOKEN]).tokens(ARCHIVED_TOKEN);
const ARCHIVED_PAYMENT: Offer = Offer::new(
    Operation::Payment,
    &[
        CHANNEL_IF_NAMED,
        &[must("partnerReferenceNo", Form::Text(1, 64))],
        BANK_CARD_TOKEN,
        AMOUNT,
        FEE_TYPE,
        PAYMENT_OPTIONS_UNREAD,
        REMARKS_IF_ANY,
        LINE_ITEMS_IF_ANY,
        PAYMENT_ADDRESSES_IF_ANY,
    ],
)
.tokens(ARCHIVED_TOKEN)
.lenient();
const ARCHIVED_OTP: Offer = Offer::new(
    Operation::Otp,
    &[CHANNEL_IF_NAMED, OTP_ARCHIVED, BANK_CARD_TOKEN_INSIDE],
)
.tokens(ARCHIVED_TOKEN_INSIDE);
const ARCHIVED_REFUND: Offer = Offer::new(
    Operation::Refund,
    &[
        CHANNEL_IF_NAMED,
        &[must("originalPartnerReferenceNo", Form::Text(1, 64))],
        REFUND_ARCHIVED,
        BANK_CARD_TOKEN_INSIDE,
    ],
)
.tokens(ARCHIVED_TOKEN_INSIDE);

const CIMB: Channel = Channel {
    code: "DIRECT_DEBIT_CIMB_SNAP",
    bank: "CIMB Niaga",
    acquirer: "CIMB",
    account_type: "DIRECT_DEBIT",
    notice: BANK_NOTICE,
    balances: &["BALANCE"],
    status: STATUS_OFFER,
    versions: &[
        Version {
            confirmed: Confirmed::ByHeader,
            offers: &[
                Offer::new(Operation::Binding, &[CHANNEL, BINDING, REGISTRATION]),
                Offer::new(
                    Operation::Payment,
                    &[
                        CHANNEL,
                        &[must("partnerReferenceNo", Form::Text(1, 12))],
                        AMOUNT,
                        REMARKS,
                        PAYMENT_ADDRESSES,
                        LINE_ITEMS_IF_ANY,
                    ],
                )
                .headers(&[Header::ChannelId(&["DH", "H2H"])])
                .tokens(TOKEN),
                Offer::new(Operation::Otp, &[CHANNEL, OTP_CIMB]).tokens(&[
                    TokenAt::Header,
                    TokenAt::Field("additionalInfo.bankCardToken"),
                ]),
                Offer::new(
                    Operation::Refund,
                    &[
                        CHANNEL,
                        &[
                            must("originalPartnerReferenceNo", Form::Text(1, 12)),
                            must("partnerRefundNo", Form::Text(1, 12)),
                        ],
                        REFUND,
                    ],
                )
                .tokens(TOKEN),
                Offer::new(Operation::Unbinding, &[CHANNEL, UNBINDING]).tokens(TOKEN_ID),
            ],
            ..CORE_VERSION
        },
        Version {
            prefixes: &["/direct-debit/cimb/v1.0/"],
            offers: &[
                ARCHIVED_BINDING.headers(DEVICE),
                ARCHIVED_BALANCE.headers(DEVICE),
                Offer {
                    fields: &[
                        CHANNEL_IF_NAMED,
                        &[must("partnerReferenceNo", Form::Text(1, 12))],
                        BANK_CARD_TOKEN,
                        AMOUNT,
                        FEE_TYPE,
                        PAYMENT_OPTIONS_UNREAD,
                        REMARKS_IF_ANY,
                        LINE_ITEMS_IF_ANY,
                        PAYMENT_ADDRESSES_IF_ANY,
                    ],
                    ..ARCHIVED_PAYMENT.headers(DEVICE)
                },
                ARCHIVED_OTP.headers(DEVICE),
                Offer {
                    fields: &[
                        CHANNEL_IF_NAMED,
                        &[must("originalPartnerReferenceNo", Form::Text(1, 12))],
                        REFUND_ARCHIVED,
                        BANK_CARD_TOKEN_INSIDE,
                    ],
                    ..ARCHIVED_REFUND.headers(DEVICE)
                },
            ],
            ..ARCHIVED_VERSION
        },
    ],
};

/// What DOKU's page on OTP verification asks for could not be read: BRI's archived words are
/// taken, and a payment is confirmed by OTP or on its page, whichever comes first.
pub const BRI: Channel = Channel {
    code: "DIRECT_DEBIT_BRI_SNAP",
    bank: "BRI",
    acquirer: "BRI",
    account_type: "DIRECT_DEBIT",
    notice: NoticeStyle {
        channel_key: "channelId",
        items: Items::InsideCapital,
    },
    balances: &["BALANCE"],
    status: STATUS_OFFER,
    versions: &[
        Version {
            confirmed: Confirmed::Either,
            offers: &[
                Offer::new(
                    Operation::CardBinding,
                    &[CHANNEL, CARD_BINDING, REGISTRATION],
                )
                .headers(&[Header::CardChannelId]),
                Offer::new(
                    Operation::Payment,
                    &[
                        CHANNEL,
                        &[
                            must("partnerReferenceNo", Form::Text(1, 64)),
                            may("chargeToken", Form::Text(1, 32)),
                        ],
                        AMOUNT,
                        PAYMENT_TYPE,
                        BRI_EXTRAS,
                        REMARKS_IF_ANY,
                        LINE_ITEMS_IF_ANY,
                        PAYMENT_ADDRESSES,
                    ],
                )
                .demanded(&["chargeToken"])
                .tokens(TOKEN),
                Offer::new(Operation::Otp, &[CHANNEL, OTP_BRI]).tokens(&[TokenAt::HeaderIfAny]),
                Offer::new(
                    Operation::Refund,
                    &[
                        CHANNEL,
                        &[
                            must("originalPartnerReferenceNo", Form::Text(1, 12)),
                            must("partnerRefundNo", Form::Text(1, 12)),
                        ],
                        REFUND,
                    ],
                )
                .tokens(TOKEN),
                Offer::new(Operation::CardUnbinding, &[CHANNEL, UNBINDING]).tokens(TOKEN_ID),
            ],
            ..CORE_VERSION
        },
        Version {
            prefixes: &["/direct-debit/bri/v1.0/"],
            offers: &[
                ARCHIVED_BINDING,
                ARCHIVED_BALANCE,
                ARCHIVED_PAYMENT,
                ARCHIVED_OTP,
                ARCHIVED_REFUND,
            ],
            ..ARCHIVED_VERSION
        },
        Version {
            prefixes: &["/wtd-direct-debit-snap-bri/snap/v1.0/"],
            success: 200,
            token: CustomerToken::Card,
            confirmed: Confirmed::ByOtpStatus,
            page: None,
            wrong_otps: WrongOtps {
                allowed: 5,
                block: Some(Duration::from_hours(24)),
            },
            open_for: None,
            partial_refunds: false,
            offers: &[
                Offer::new(
                    Operation::CardBinding,
                    &[CHANNEL_IF_NAMED, BRI_REGISTRATION],
                )
                .headers(DEVICE),
                Offer::new(Operation::Otp, &[CHANNEL_IF_NAMED, OTP_BRI])
                    .headers(DEVICE)
                    .tokens(&[TokenAt::HeaderIfAny]),
                Offer::new(Operation::Payment, &[CHANNEL_IF_NAMED, BRI_PAYMENT])
                    .headers(DEVICE)
                    .tokens(&[TokenAt::Header, TokenAt::Field("bankCardToken")]),
                Offer::new(Operation::Refund, &[CHANNEL_IF_NAMED, BRI_REFUND])
                    .headers(DEVICE)
                    .tokens(TOKEN),
                Offer::new(Operation::CardUnbinding, &[CHANNEL_IF_NAMED, BRI_UNBINDING])
                    .headers(DEVICE)
                    .tokens(&[TokenAt::Field("token")]),
            ],
        },
    ],
};

const ALLO: Channel = Channel {
    code: "DIRECT_DEBIT_ALLO_SNAP",
    bank: "Allo Bank",
    acquirer: "ALLO",
    account_type: "DIRECT_DEBIT",
    notice: NoticeStyle {
        channel_key: "channelId",
        items: Items::Inside,
    },
    balances: &["BALANCE", "POINT", "PAYLATER"],
    status: STATUS_OFFER,
    versions: &[
        Version {
            offers: &[
                Offer::new(
                    Operation::Binding,
                    &[CHANNEL, BINDING, BINDING_DEVICE, REGISTRATION],
                )
                .headers(IP_AND_DEVICE),
                Offer::new(
                    Operation::Payment,
                    &[
                        CHANNEL,
                        &[
                            must("partnerReferenceNo", Form::Text(32, 64)),
                            may(
                                "payOptionDetails",
                                Form::List(&[&[
                                    must(
                                        "payMethod",
                                        Form::Word(&["BALANCE", "POINT", "PAYLATER"]),
                                    ),
                                    must("transAmount", Form::Amount),
                                    must("feeAmount", Form::Fee),
                                ]]),
                            ),
                        ],
                        AMOUNT,
                        REMARKS,
                        LINE_ITEMS,
                        PAYMENT_ADDRESSES,
                    ],
                )
                .headers(IP)
                .tokens(TOKEN),
                Offer::new(
                    Operation::Refund,
                    &[
                        CHANNEL,
                        &[
                            must("originalPartnerReferenceNo", Form::Text(32, 64)),
                            must("partnerRefundNo", Form::Text(32, 64)),
                        ],
                        REFUND,
                    ],
                )
                .headers(IP)
                .tokens(TOKEN),
                Offer::new(Operation::Balance, &[CHANNEL])
                    .headers(IP)
                    .tokens(TOKEN),
                Offer::new(Operation::Unbinding, &[CHANNEL, UNBINDING])
                    .headers(IP)
                    .tokens(TOKEN_ID),
            ],
            ..CORE_VERSION
        },
        Version {
            prefixes: &[
                "/direct-debit/merchant/allo/v1.0/",
                "/direct-debit/allobank/v1.0/",
            ],
            offers: &[
                ARCHIVED_BINDING.headers(DEVICE),
                ARCHIVED_BALANCE.headers(DEVICE),
                ARCHIVED_PAYMENT.headers(DEVICE),
                ARCHIVED_OTP.headers(DEVICE),
                ARCHIVED_REFUND.headers(DEVICE),
            ],
            ..ARCHIVED_VERSION
        },
    ],
};

/// As BRI as far as DOKU's page says; its tables could not be read, so what they may hold
/// besides is let pass and what they may not ask for is optional.
const MANDIRI: Channel = Channel {
    code: "DIRECT_DEBIT_MANDIRI_SNAP",
    bank: "Bank Mandiri",
    acquirer: "BANK_MANDIRI",
    account_type: "DIRECT_DEBIT",
    notice: BANK_NOTICE,
    balances: &["BALANCE"],
    status: STATUS_OFFER,
    versions: &[Version {
        confirmed: Confirmed::Either,
        offers: &[
            Offer::new(
                Operation::CardBinding,
                &[CHANNEL, CARD_BINDING, REGISTRATION],
            )
            .headers(&[Header::CardChannelId])
            .lenient(),
            Offer::new(
                Operation::Payment,
                &[
                    CHANNEL,
                    &[
                        must("partnerReferenceNo", Form::Text(1, 64)),
                        may("chargeToken", Form::Text(1, 40)),
                    ],
                    AMOUNT,
                    PAYMENT_TYPE,
                    REMARKS_IF_ANY,
                    PAYMENT_ADDRESSES_IF_ANY,
                ],
            )
            .tokens(TOKEN)
            .lenient(),
            Offer::new(Operation::Otp, &[CHANNEL, OTP_UNREAD])
                .tokens(&[TokenAt::HeaderIfAny])
                .lenient(),
            Offer::new(
                Operation::Refund,
                &[
                    CHANNEL,
                    &[
                        must("originalPartnerReferenceNo", Form::Text(1, 64)),
                        must("partnerRefundNo", Form::Text(1, 64)),
                    ],
                    REFUND,
                ],
            )
            .tokens(TOKEN)
            .lenient(),
            Offer::new(Operation::CardUnbinding, &[CHANNEL, UNBINDING])
                .tokens(TOKEN_ID)
                .lenient(),
        ],
        ..CORE_VERSION
    }],
};

const OVO: Channel = Channel {
    code: "EMONEY_OVO_SNAP",
    bank: "OVO",
    acquirer: "OVO",
    account_type: "EMONEY",
    notice: WALLET_NOTICE,
    balances: &["CASH", "POINTS"],
    status: STATUS_OFFER,
    versions: &[
        Version {
            page: Some(Page::Agree),
            offers: &[
                Offer::new(Operation::Binding, &[CHANNEL, BINDING, REGISTRATION]),
                Offer::new(
                    Operation::Payment,
                    &[
                        CHANNEL,
                        &[
                            must("partnerReferenceNo", Form::Text(1, 64)),
                            may("feeType", Form::Word(&["OUR", "BEN", "SHA"])),
                            must(
                                "payOptionDetails",
                                Form::List(&[&[
                                    must("payMethod", Form::Word(&["CASH", "POINTS"])),
                                    must("transAmount", Form::Amount),
                                    must("feeAmount", Form::Fee),
                                ]]),
                            ),
                        ],
                        AMOUNT,
                        PAYMENT_TYPE,
                        REMARKS_IF_ANY,
                        PAYMENT_ADDRESSES,
                    ],
                )
                .demanded(&["additionalInfo.remarks", "additionalInfo.paymentType"])
                .tokens(TOKEN),
                Offer::new(
                    Operation::Refund,
                    &[
                        CHANNEL,
                        &[
                            must("originalPartnerReferenceNo", Form::Text(1, 32)),
                            must("partnerRefundNo", Form::Text(1, 64)),
                        ],
                        REFUND,
                    ],
                )
                .tokens(TOKEN),
                Offer::new(Operation::Balance, &[CHANNEL]).tokens(TOKEN),
                Offer::new(Operation::Unbinding, &[CHANNEL, UNBINDING]).tokens(TOKEN_ID),
            ],
            ..CORE_VERSION
        },
        Version {
            prefixes: &["/direct-debit/ovo/v1.0/"],
            page: Some(Page::Agree),
            offers: &[
                ARCHIVED_BINDING,
                ARCHIVED_BALANCE,
                ARCHIVED_PAYMENT,
                ARCHIVED_OTP,
                ARCHIVED_REFUND,
            ],
            ..ARCHIVED_VERSION
        },
    ],
};

const JUMP_APP_HEADERS: &[Header] = &[
    Header::DemandedIpAddress,
    Header::DemandedDeviceId,
    Header::ChannelId(&["DH"]),
];
const JUMP_APP_REFUND: Offer = Offer::new(
    Operation::Refund,
    &[
        CHANNEL,
        &[
            must("originalPartnerReferenceNo", Form::Text(1, 64)),
            must("partnerRefundNo", Form::Text(1, 64)),
        ],
        REFUND,
    ],
)
.headers(&[Header::DemandedIpAddress, Header::DemandedDeviceId]);

const DANA: Channel = Channel {
    code: "EMONEY_DANA_SNAP",
    bank: "DANA",
    acquirer: "DANA",
    account_type: "EMONEY",
    notice: WALLET_NOTICE,
    balances: &[],
    status: STATUS_OFFER,
    versions: &[Version {
        page: Some(Page::Agree),
        offers: &[
            Offer::new(
                Operation::Payment,
                &[
                    CHANNEL,
                    JUMP_APP,
                    AMOUNT,
                    &[
                        may("additionalInfo.orderTitle", Form::Text(1, 64)),
                        may("additionalInfo.supportDeepLinkCheckoutUrl", Form::Flag),
                    ],
                ],
            )
            .headers(JUMP_APP_HEADERS),
            JUMP_APP_REFUND,
        ],
        ..CORE_VERSION
    }],
};

const SHOPEE_PAY: Channel = Channel {
    code: "EMONEY_SHOPEE_PAY_SNAP",
    bank: "ShopeePay",
    acquirer: "SHOPEEPAY",
    account_type: "EMONEY",
    notice: WALLET_NOTICE,
    balances: &[],
    status: STATUS_OFFER,
    versions: &[
        Version {
            page: Some(Page::Agree),
            open_for: Some(Duration::from_hours(24)),
            offers: &[
                Offer::new(
                    Operation::Payment,
                    &[
                        CHANNEL,
                        JUMP_APP,
                        AMOUNT,
                        &[may("additionalInfo.metadata", Form::Anything)],
                    ],
                )
                .headers(JUMP_APP_HEADERS),
                JUMP_APP_REFUND,
            ],
            ..CORE_VERSION
        },
        Version {
            prefixes: &["/direct-debit/merchant/shopeepay/v1.0/"],
            confirmed: Confirmed::OnPage,
            page: Some(Page::Agree),
            open_for: Some(Duration::from_hours(24)),
            offers: &[
                Offer::new(Operation::Payment, &[CHANNEL_IF_NAMED, JUMP_APP, AMOUNT])
                    .headers(DEVICE)
                    .lenient(),
                Offer::new(
                    Operation::Refund,
                    &[
                        CHANNEL_IF_NAMED,
                        &[must("originalPartnerReferenceNo", Form::Text(1, 64))],
                        REFUND_ARCHIVED,
                    ],
                )
                .headers(DEVICE)
                .lenient(),
            ],
            ..ARCHIVED_VERSION
        },
    ],
};
