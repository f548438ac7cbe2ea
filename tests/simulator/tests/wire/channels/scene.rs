//! The channels as a merchant meets them, and a customer linked to each.

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::bodies;
use crate::client::{Answer, Draft};
use crate::world::{SECRET, World};

pub const CORE: &str = "/direct-debit/core/v1/";

/// A channel under one of its path versions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Flavour {
    pub code: &'static str,
    pub prefix: &'static str,
    pub form: Form,
}

/// Which of the bodies it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Cimb,
    Bri,
    Allo,
    Mandiri,
    Ovo,
    Dana,
    ShopeePay,
    /// `/direct-debit/{acquirer}/v1.0/`.
    Archived,
    ArchivedShopeePay,
    ArchivedBri,
}

const fn flavour(code: &'static str, prefix: &'static str, form: Form) -> Flavour {
    Flavour { code, prefix, form }
}

pub const CIMB: Flavour = flavour("DIRECT_DEBIT_CIMB_SNAP", CORE, Form::Cimb);
pub const BRI: Flavour = flavour("DIRECT_DEBIT_BRI_SNAP", CORE, Form::Bri);
pub const ALLO: Flavour = flavour("DIRECT_DEBIT_ALLO_SNAP", CORE, Form::Allo);
pub const MANDIRI: Flavour = flavour("DIRECT_DEBIT_MANDIRI_SNAP", CORE, Form::Mandiri);
pub const OVO: Flavour = flavour("EMONEY_OVO_SNAP", CORE, Form::Ovo);
pub const DANA: Flavour = flavour("EMONEY_DANA_SNAP", CORE, Form::Dana);
pub const SHOPEE_PAY: Flavour = flavour("EMONEY_SHOPEE_PAY_SNAP", CORE, Form::ShopeePay);
pub const OLD_CIMB: Flavour = flavour(CIMB.code, "/direct-debit/cimb/v1.0/", Form::Archived);
pub const OLD_BRI: Flavour = flavour(BRI.code, "/direct-debit/bri/v1.0/", Form::Archived);
pub const OLD_OVO: Flavour = flavour(OVO.code, "/direct-debit/ovo/v1.0/", Form::Archived);
pub const OLD_ALLO: Flavour = flavour(
    ALLO.code,
    "/direct-debit/merchant/allo/v1.0/",
    Form::Archived,
);
pub const OLD_ALLOBANK: Flavour =
    flavour(ALLO.code, "/direct-debit/allobank/v1.0/", Form::Archived);
pub const OLD_SHOPEE_PAY: Flavour = flavour(
    SHOPEE_PAY.code,
    "/direct-debit/merchant/shopeepay/v1.0/",
    Form::ArchivedShopeePay,
);
pub const WTD_BRI: Flavour = flavour(
    BRI.code,
    "/wtd-direct-debit-snap-bri/snap/v1.0/",
    Form::ArchivedBri,
);

pub const FLAVOURS: [Flavour; 14] = [
    CIMB,
    BRI,
    ALLO,
    MANDIRI,
    OVO,
    DANA,
    SHOPEE_PAY,
    OLD_CIMB,
    OLD_BRI,
    OLD_OVO,
    OLD_ALLO,
    OLD_ALLOBANK,
    OLD_SHOPEE_PAY,
    WTD_BRI,
];

/// The operations of a channel, by the tail of their paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Binding,
    CardBinding,
    Balance,
    Payment,
    Otp,
    Refund,
    Unbinding,
    CardUnbinding,
    Status,
}

impl Op {
    pub const ALL: [Self; 9] = [
        Self::Binding,
        Self::CardBinding,
        Self::Balance,
        Self::Payment,
        Self::Otp,
        Self::Refund,
        Self::Unbinding,
        Self::CardUnbinding,
        Self::Status,
    ];

    pub const fn tail(self) -> &'static str {
        match self {
            Self::Binding => "registration-account-binding",
            Self::CardBinding => "registration-card-bind",
            Self::Balance => "balance-inquiry",
            Self::Payment => "debit/payment-host-to-host",
            Self::Otp => "otp-verification",
            Self::Refund => "debit/refund",
            Self::Unbinding => "registration-account-unbinding",
            Self::CardUnbinding => "registration-card-unbind",
            Self::Status => "",
        }
    }

    pub const fn service(self) -> &'static str {
        match self {
            Self::Binding => "07",
            Self::CardBinding => "01",
            Self::Balance => "11",
            Self::Payment => "54",
            Self::Otp => "04",
            Self::Refund => "58",
            Self::Unbinding | Self::CardUnbinding => "05",
            Self::Status => "55",
        }
    }
}

impl Flavour {
    pub fn is_core(self) -> bool {
        self.prefix == CORE
    }

    pub fn path(self, op: Op) -> String {
        match op {
            Op::Status => "/orders/v1.0/debit/status".to_owned(),
            op => format!("{}{}", self.prefix, op.tail()),
        }
    }

    /// What the channel can do there.
    pub const fn ops(self) -> &'static [Op] {
        use Op::{
            Balance, Binding, CardBinding, CardUnbinding, Otp, Payment, Refund, Status, Unbinding,
        };
        match self.form {
            Form::Cimb => &[Binding, Payment, Otp, Refund, Unbinding, Status],
            Form::Bri | Form::Mandiri => {
                &[CardBinding, Payment, Otp, Refund, CardUnbinding, Status]
            }
            Form::Allo | Form::Ovo => &[Binding, Balance, Payment, Refund, Unbinding, Status],
            Form::Dana | Form::ShopeePay => &[Payment, Refund, Status],
            Form::Archived => &[Binding, Balance, Payment, Otp, Refund],
            Form::ArchivedShopeePay => &[Payment, Refund],
            Form::ArchivedBri => &[CardBinding, Otp, Payment, Refund, CardUnbinding],
        }
    }

    /// Whether a customer's token is needed for anything.
    pub const fn binds(self) -> bool {
        !matches!(
            self.form,
            Form::Dana | Form::ShopeePay | Form::ArchivedShopeePay
        )
    }

    /// Headers beyond those of every call that must be there.
    pub fn headers(self, op: Op) -> &'static [&'static str] {
        const IP: &str = "X-IP-ADDRESS";
        const DEVICE: &str = "X-DEVICE-ID";
        let old_with_device = [OLD_CIMB, OLD_ALLO, OLD_ALLOBANK, OLD_SHOPEE_PAY, WTD_BRI];
        match (self.form, op) {
            (_, Op::Status) => &[],
            _ if old_with_device.contains(&self) => &[DEVICE],
            (Form::Allo, Op::Binding) | (Form::Dana | Form::ShopeePay, _) => &[IP, DEVICE],
            (Form::Allo, _) => &[IP],
            (Form::Bri | Form::Mandiri, Op::CardBinding) => &["CHANNEL-ID"],
            _ => &[],
        }
    }

    /// Whether `Authorization-customer` must be there.
    pub const fn wants_customer_header(self, op: Op) -> bool {
        let in_body = matches!(self.form, Form::Archived);
        let takes = matches!(op, Op::Payment | Op::Refund | Op::Balance);
        (takes && self.binds() && !in_body) || matches!((self.form, op), (Form::Cimb, Op::Otp))
    }
}

/// A customer linked to a channel.
#[derive(Clone, Default, Debug)]
pub struct Linked {
    /// B2B2C token, or `bankCardToken` of BRI's archived paths; empty where there is none.
    pub token: String,
    pub auth_code: String,
    pub charge_token: String,
    /// DOKU's reference of the registration.
    pub registration: String,
}

/// A payment: the merchant's reference, DOKU's, and the `X-EXTERNAL-ID` it went with.
#[derive(Clone, Default, Debug)]
pub struct Paid {
    pub reference: String,
    pub reference_no: String,
    pub external_id: String,
    pub page: String,
}

impl World {
    /// A signed call with the headers that the channel asks for.
    pub fn channel_draft(&self, flavour: Flavour, op: Op, body: &Value, linked: &Linked) -> Draft {
        let customer = flavour
            .wants_customer_header(op)
            .then_some(linked.token.as_str());
        let mut draft = self.draft(&flavour.path(op), body, customer);
        for header in flavour.headers(op) {
            draft.set(header, right_header(header));
        }
        draft
    }

    pub async fn channel_call(
        &self,
        flavour: Flavour,
        op: Op,
        body: &Value,
        linked: &Linked,
    ) -> Answer {
        let draft = self.channel_draft(flavour, op, body, linked);
        self.send(&draft).await.unwrap()
    }

    /// Links a customer, where the channel does that.
    pub async fn link(&self, flavour: Flavour, cust_id: &str) -> Linked {
        if !flavour.binds() {
            return Linked::default();
        }
        let op = bodies::registering(flavour);
        let body = bodies::registration(flavour, cust_id);
        let answer = self
            .channel_call(flavour, op, &body, &Linked::default())
            .await;
        assert_eq!(&answer.code()[..3], "200", "{answer:?}");
        let mut linked = Linked {
            auth_code: answer.text("/additionalInfo/authCode"),
            charge_token: answer.text("/chargeToken"),
            registration: answer.text("/referenceNo"),
            token: answer.text("/bankCardToken"),
        };
        if flavour.form == Form::ArchivedBri {
            let otp = bodies::card_otp(&linked.registration, "111000");
            let answer = self.channel_call(flavour, Op::Otp, &otp, &linked).await;
            assert_eq!(answer.code(), "2000400", "{answer:?}");
            return linked;
        }
        let approve = format!("/admin/bindings/{}/approve", linked.auth_code);
        self.admin(&approve, &json!({})).await;
        let token = self.exchange(&linked.auth_code).await;
        assert_eq!(token.code(), "2007400", "{token:?}");
        linked.token = token.text("/accessToken");
        linked
    }

    /// A payment that waits for the customer.
    pub async fn waiting(&self, flavour: Flavour, reference: &str, linked: &Linked) -> Paid {
        let body = bodies::payment(flavour, reference, linked);
        let mut draft = self.channel_draft(flavour, Op::Payment, &body, linked);
        if flavour.form == Form::Cimb {
            draft.set("X-CHANNEL-ID", "H2H");
        }
        let answer = self.send(&draft).await.unwrap();
        assert_eq!(answer.code(), "2005400", "{}: {answer:?}", flavour.prefix);
        Paid {
            reference: reference.to_owned(),
            reference_no: answer.text("/referenceNo"),
            external_id: draft.headers["X-EXTERNAL-ID"].clone(),
            page: answer.text("/webRedirectUrl"),
        }
    }

    /// A payment that the customer has confirmed.
    pub async fn confirmed(&self, flavour: Flavour, reference: &str, linked: &Linked) -> Paid {
        let paid = self.waiting(flavour, reference, linked).await;
        let approve = format!(
            "/admin/payments/{reference}/approve?channel={}",
            flavour.code
        );
        self.admin(&approve, &json!({})).await;
        paid
    }
}

/// A reference that every channel takes in payments: 12 characters, or 32 at Allo.
pub fn reference(flavour: Flavour, number: usize) -> String {
    match flavour.form {
        Form::Allo => format!("INV-20261120-{number:019}"),
        _ => format!("INV-{number:08}"),
    }
}

pub fn right_header(name: &str) -> &'static str {
    match name {
        "X-IP-ADDRESS" => "192.0.2.100",
        "CHANNEL-ID" => "DH",
        _ => "0123456789abcdef",
    }
}

/// A card as `cardData` holds it, under that IV.
pub fn card_data(card: &Value, iv: [u8; 16]) -> String {
    let key = UnboundCipherKey::new(&AES_128, &SECRET.as_bytes()[..16]).unwrap();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
    let mut text = card.to_string().into_bytes();
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.less_safe_encrypt(&mut text, context).unwrap();
    format!("{}|{}", STANDARD.encode(text), STANDARD.encode(iv))
}

pub fn card() -> Value {
    json!({
        "bankCardNo": "5221840000001234",
        "bankCardType": "D",
        "identificationNo": "3171000000000001",
        "identificationType": "01",
        "email": "siti@example.com",
        "expiryDate": "1228",
    })
}
