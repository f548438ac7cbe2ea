//! The channels as a merchant meets them: what their forms ask for, and how their customers say yes.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::leaks::plant;
use crate::support::{Answer, Payment, RIGHT_OTP, Shop, fresh, idr};

pub const CIMB: &str = "DIRECT_DEBIT_CIMB_SNAP";
pub const BRI: &str = "DIRECT_DEBIT_BRI_SNAP";
pub const MANDIRI: &str = "DIRECT_DEBIT_MANDIRI_SNAP";
pub const ALLO: &str = "DIRECT_DEBIT_ALLO_SNAP";
pub const OVO: &str = "EMONEY_OVO_SNAP";
pub const DANA: &str = "EMONEY_DANA_SNAP";
pub const SHOPEE_PAY: &str = "EMONEY_SHOPEE_PAY_SNAP";
pub const CARDS: &str = "CREDIT_CARD";

/// What every payment here is about.
pub const AMOUNT: u64 = 10_000;
/// The customer's device and paper, which no log may hold.
pub const DEVICE_ID: &str = "0123456789abcdef";
pub const IP_ADDRESS: &str = "203.0.113.177";
pub const PAPER: &str = "3171000000000001";

/// A channel under one of its path versions.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    pub code: &'static str,
    /// By what its customers are linked; nothing where they are not.
    pub linked_by: Option<&'static str>,
    /// What a binding has to say there and need not elsewhere.
    pub binding: &'static [&'static str],
    /// The same of a payment.
    pub payment: &'static [&'static str],
    /// How a customer may say yes to a payment, the default first.
    pub ways: &'static [&'static str],
}

const ACCOUNT: Option<&str> = Some("account");
const ENCRYPTED: Option<&str> = Some("encrypted_card");
const ID: &[&str] = &["device.id"];

const fn scene(code: &'static str, linked_by: Option<&'static str>) -> Scene {
    Scene {
        code,
        linked_by,
        binding: &[],
        payment: &[],
        ways: &["page"],
    }
}

pub const CIMB_CORE: Scene = Scene {
    ways: &["otp", "page"],
    ..scene(CIMB, ACCOUNT)
};
pub const BRI_CORE: Scene = Scene {
    binding: &["cardData"],
    ways: &["page", "otp"],
    ..scene(BRI, ENCRYPTED)
};
pub const MANDIRI_CORE: Scene = Scene {
    code: MANDIRI,
    ..BRI_CORE
};
pub const ALLO_CORE: Scene = Scene {
    binding: &[
        "device.id",
        "device.ipAddress",
        "device.model",
        "device.os",
        "device.app",
    ],
    payment: &["device.ipAddress", "items"],
    ..scene(ALLO, ACCOUNT)
};
pub const OVO_CORE: Scene = scene(OVO, ACCOUNT);
pub const DANA_CORE: Scene = scene(DANA, None);
pub const SHOPEE_PAY_CORE: Scene = Scene {
    code: SHOPEE_PAY,
    ..DANA_CORE
};
pub const CARDS_CORE: Scene = scene(CARDS, None);
pub const CIMB_ARCHIVED: Scene = Scene {
    binding: ID,
    payment: ID,
    ways: &["otp"],
    ..CIMB_CORE
};
pub const OVO_ARCHIVED: Scene = OVO_CORE;
pub const ALLO_ARCHIVED: Scene = Scene {
    binding: ID,
    payment: ID,
    ..scene(ALLO, ACCOUNT)
};
pub const BRI_ACQUIRER: Scene = Scene {
    ways: &["otp"],
    ..scene(BRI, ACCOUNT)
};
pub const SHOPEE_PAY_ARCHIVED: Scene = Scene {
    payment: ID,
    ..SHOPEE_PAY_CORE
};
pub const BRI_ARCHIVED: Scene = Scene {
    binding: &["card.lastFour", "device.id"],
    payment: ID,
    ways: &["otp", "none"],
    ..scene(BRI, Some("card_digits"))
};

impl Scene {
    /// Whether it is one of DOKU's older family, whose payments are no SNAP calls.
    pub fn is_cards(self) -> bool {
        self.code == CARDS
    }

    /// The body that asks for a binding.
    pub fn binding_body(self, shop: &Shop, customer: &str) -> Value {
        let mut body = shop.binding_body(customer);
        body["channel"] = json!(self.code);
        for field in self.binding {
            say(shop, &mut body, field);
        }
        body
    }

    /// The body that asks for a payment; `binding` is not looked at where nothing is linked.
    pub fn payment_body(self, shop: &Shop, binding: &str) -> Value {
        if self.is_cards() {
            return shop.card_body("cust-cards", AMOUNT);
        }
        let mut body = shop.payment_body(binding, AMOUNT);
        if self.linked_by.is_none() {
            body["method"] = json!({"type": "wallet", "channel": self.code});
            body["customer"] = json!({"id": "cust-wallet"});
        }
        for field in self.payment {
            say(shop, &mut body, field);
        }
        body
    }

    /// Asks for a binding; the customer still has to agree.
    pub async fn begin_link(self, shop: &Shop, customer: &str) -> Value {
        let body = self.binding_body(shop, customer);
        let answer = shop.merchant.post("/v1/bindings", &body).await;
        let by_otp = self.linked_by == Some("card_digits");
        let next = if by_otp { "otp" } else { "redirect" };
        assert_eq!(answer.expect(201).body["nextAction"]["type"], next);
        answer.body
    }

    /// Links a customer and gives the id of the active binding; empty where nothing is linked.
    pub async fn link(self, shop: &Shop, customer: &str) -> String {
        if self.linked_by.is_none() {
            return String::new();
        }
        let binding = self.begin_link(shop, customer).await;
        let id = binding["bindingId"].as_str().unwrap().to_owned();
        if self.linked_by == Some("card_digits") {
            let answer = shop.give_binding_otp(&id, RIGHT_OTP).await;
            assert_eq!(answer.expect(200).body["status"], "active");
        } else {
            shop.agree(&binding).await.expect(302);
        }
        let now = shop.merchant.get(&format!("/v1/bindings/{id}")).await;
        assert_eq!(now.expect(200).body["status"], "active", "{}", now.text);
        id
    }

    /// Asks for a payment, confirmed in one of the channel's ways.
    pub async fn pay(self, shop: &Shop, body: &Value, way: &str) -> Payment {
        let mut body = body.clone();
        if self.linked_by.is_some() {
            body["method"]["confirmation"] = json!(way);
        }
        let answer = shop.merchant.post("/v1/payments", &body).await;
        let waits_for = match way {
            "otp" => "otp_required",
            "page" => "redirect_required",
            _ => "pending",
        };
        assert_eq!(answer.expect(201).body["status"], waits_for, "{answer:?}");
        Payment {
            id: answer.word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        }
    }

    /// The customer says yes, whichever way the payment waits for, and DOKU's notification comes.
    pub async fn confirm(self, shop: &Shop, payment: &Payment) -> Value {
        if self.is_cards() {
            let reference = &payment.body["gateway"]["partnerReferenceNo"];
            let order = json!({"card": "approve", "invoiceNumber": reference});
            shop.doku.order("cards/pay", order).await;
        } else if payment.status == "otp_required" {
            shop.confirm(&payment.id).await;
        } else if payment.body["method"]["confirmation"] != "none" {
            shop.customer_agrees(&payment.body).await;
        }
        shop.wait_until_paid(&payment.id).await
    }

    /// A payment from the order to the notification, confirmed in the channel's first way.
    pub async fn paid(self, shop: &Shop, binding: &str) -> Value {
        let body = self.payment_body(shop, binding);
        let payment = self.pay(shop, &body, self.ways[0]).await;
        self.confirm(shop, &payment).await
    }
}

impl Shop {
    /// Gives an OTP for a binding.
    pub async fn give_binding_otp(&self, binding: &str, otp: &str) -> Answer {
        let path = format!("/v1/bindings/{binding}/otp");
        self.merchant.post(&path, &json!({"otp": otp})).await
    }

    /// The customer says yes to a payment on DOKU's page; gives where the browser goes then.
    pub async fn customer_agrees(&self, payment: &Value) -> String {
        let (channel, gateway) = (&payment["channel"], &payment["gateway"]);
        let reference = gateway["partnerReferenceNo"].as_str().unwrap();
        let channel = channel.as_str().unwrap();
        let path = format!("payments/{reference}/approve?channel={channel}");
        let decided = self.doku.order(&path, json!({})).await;
        decided["redirect"].as_str().unwrap().to_owned()
    }

    /// A card as the merchant's app encrypts it for DOKU, under an IV of its own.
    pub fn card_data(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let secret = self.world.secrets().field("secretKey");
        let mut iv = [0; 16];
        iv[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let key = UnboundCipherKey::new(&AES_128, &secret.as_bytes()[..16]).unwrap();
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
        let card = json!({
            "bankCardNo": "5221840000001234",
            "bankCardType": "D",
            "identificationNo": PAPER,
            "identificationType": "01",
            "expiryDate": "1228",
        });
        let mut text = card.to_string().into_bytes();
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        key.less_safe_encrypt(&mut text, context).unwrap();
        plant(format!("{}|{}", STANDARD.encode(text), STANDARD.encode(iv)))
    }

    /// The channels as the API lists them.
    pub async fn channels(&self) -> Vec<Value> {
        let page = self.merchant.get("/v1/channels").await;
        page.expect(200).body["items"].as_array().unwrap().clone()
    }
}

/// Fills in one field of a form.
fn say(shop: &Shop, body: &mut Value, field: &str) {
    let value = match field {
        "cardData" => json!(shop.card_data()),
        "card.lastFour" => json!("1234"),
        "device.id" => json!(plant(DEVICE_ID)),
        "device.ipAddress" => json!(plant(IP_ADDRESS)),
        "device.model" => json!("Pixel 9"),
        "device.os" => json!("android"),
        "device.app" => json!("app"),
        "items" => {
            let price = idr(AMOUNT / 2)["value"].clone();
            json!([{"name": "Vitamin C", "price": price, "quantity": 2}])
        }
        other => panic!("nothing is known of {other}"),
    };
    match field.split_once('.') {
        Some((object, member)) => body[object][member] = value,
        None => body[field] = value,
    }
}

/// Takes a field out of a form.
pub fn unsay(body: &mut Value, field: &str) {
    let (object, member) = match field.split_once('.') {
        Some((object, member)) => (&mut body[object], member),
        None => (body, field),
    };
    object.as_object_mut().unwrap().remove(member);
}

/// An invoice number of 64 characters with every sign that one may hold.
pub fn long_invoice() -> String {
    let start = fresh("INV/2026_11.20/");
    format!("{start:X<64}")
}
