//! Every operation of one channel, tried once.

use serde_json::{Value, json};

use super::scene::{AMOUNT, Scene, long_invoice, unsay};
use crate::support::{A_MINUTE, Answer, Payment, RIGHT_OTP, Shop, fresh, idr};

/// What can be asked of a channel. `lost`: a payment whose answer got lost is found out when it is
/// asked for again. `notice`: the notification finds a payment whose invoice number no channel takes
/// as it is.
pub const COLUMNS: [&str; 11] = [
    "bind", "bindotp", "pay", "payotp", "capture", "refund", "part", "balance", "unbind", "lost",
    "notice",
];

pub const WORKS: char = '✓';
pub const LACKS: char = '–';
pub const UNCONFIRMED: char = '?';

/// One line of the picture: a cell for each column.
pub type Cells = [char; COLUMNS.len()];

/// A channel being tried out.
pub struct Row<'s> {
    shop: &'s Shop,
    scene: Scene,
    /// Ids of its payments, all of them paid.
    payments: Vec<String>,
}

impl<'s> Row<'s> {
    pub fn new(shop: &'s Shop, scene: Scene) -> Self {
        Self {
            shop,
            scene,
            payments: Vec::new(),
        }
    }

    /// Tries everything once.
    pub async fn cells(&mut self) -> Cells {
        let (bind, binding) = self.bind().await;
        let bindotp = self.bindotp().await;
        let (pay, paid) = self.pay(&binding).await;
        let other = self.payotp(&binding).await;
        let (notice, far) = self.notice(&binding).await;
        let capture = self.capture(&far).await;
        let refund = self.refund(&paid, &json!({})).await;
        let part = self.refund(&far, &json!({"amount": idr(4_000)})).await;
        let balance = self.balance(&binding).await;
        let lost = self.lost(&binding).await;
        let unbind = self.unbind(&binding).await;
        [
            bind, bindotp, pay, other, capture, refund, part, balance, unbind, lost, notice,
        ]
    }

    async fn cell(&self, ask: impl Future<Output = Answer>) -> (char, Answer) {
        cell(self.shop, ask).await
    }

    /// Links a customer, with nothing left out that the channel wants.
    async fn bind(&self) -> (char, String) {
        let (shop, scene) = (self.shop, self.scene);
        let body = scene.binding_body(shop, &fresh("cust"));
        for field in scene.binding {
            let mut less = body.clone();
            unsay(&mut less, field);
            self.is_missed("/v1/bindings", &less, field).await;
        }
        let (cell, _) = self.cell(shop.merchant.post("/v1/bindings", &body)).await;
        (cell, scene.link(shop, &fresh("cust")).await)
    }

    /// Insists that a form without `field` is refused for it.
    async fn is_missed(&self, path: &str, body: &Value, field: &str) {
        let calls = self.shop.doku.call_count().await;
        let refused = self.shop.merchant.post(path, body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), [field], "{}", self.scene.code);
        assert_eq!(self.shop.doku.call_count().await, calls, "{field}");
    }

    async fn bindotp(&self) -> char {
        if self.scene.linked_by.is_none() {
            return LACKS; // nothing there is that an OTP could be for
        }
        let binding = self.scene.begin_link(self.shop, &fresh("cust")).await;
        let binding = binding["bindingId"].as_str().unwrap();
        let give = self.shop.give_binding_otp(binding, RIGHT_OTP);
        let (cell, answer) = self.cell(give).await;
        if cell == WORKS {
            assert_eq!(answer.expect(200).body["status"], "active");
        }
        cell
    }

    /// A payment in the channel's first way, with nothing left out that it wants.
    async fn pay(&mut self, binding: &str) -> (char, Value) {
        let (shop, scene) = (self.shop, self.scene);
        let body = scene.payment_body(shop, binding);
        // A device's id is known from the linking, where there is one.
        let known = |field: &str| scene.linked_by.is_some() && field == "device.id";
        for field in scene.payment.iter().filter(|field| !known(field)) {
            let mut less = body.clone();
            unsay(&mut less, field);
            self.is_missed("/v1/payments", &less, field).await;
        }
        let paid = scene.paid(shop, binding).await;
        self.payments
            .push(paid["paymentId"].as_str().unwrap().to_owned());
        (WORKS, paid)
    }

    async fn payotp(&mut self, binding: &str) -> char {
        let (shop, scene) = (self.shop, self.scene);
        let body = scene.payment_body(shop, binding);
        let by_otp = scene.ways.contains(&"otp");
        let way = if by_otp { "otp" } else { scene.ways[0] };
        let others = ["otp", "page", "none"].into_iter();
        for other in others.filter(|other| !scene.ways.contains(other)) {
            if scene.linked_by.is_some() {
                let mut body = body.clone();
                body["method"]["confirmation"] = json!(other);
                let (cell, _) = self.cell(shop.merchant.post("/v1/payments", &body)).await;
                assert_eq!(cell, LACKS, "{} by {other}", scene.code);
            }
        }
        let payment = scene.pay(shop, &body, way).await;
        self.payments.push(payment.id.clone());
        let (cell, answer) = self.cell(shop.give_otp(&payment.id, RIGHT_OTP)).await;
        if cell == WORKS {
            answer.expect(200);
            shop.wait_until_paid(&payment.id).await;
        } else {
            scene.confirm(shop, &payment).await;
        }
        cell
    }

    /// A payment in the channel's last way, under an invoice number that DOKU never sees.
    async fn notice(&mut self, binding: &str) -> (char, Value) {
        let (shop, scene) = (self.shop, self.scene);
        let mut body = scene.payment_body(shop, binding);
        body["invoiceNumber"] = json!(long_invoice());
        let payment = scene.pay(shop, &body, scene.ways.last().unwrap()).await;
        let own = &payment.body["gateway"]["partnerReferenceNo"];
        assert_ne!(own, &body["invoiceNumber"], "{}", scene.code);
        self.payments.push(payment.id.clone());
        let paid = scene.confirm(shop, &payment).await;
        assert_eq!(paid["invoiceNumber"], body["invoiceNumber"]);
        (WORKS, paid)
    }

    async fn capture(&mut self, paid: &Value) -> char {
        let id = if self.scene.is_cards() {
            let held = self.shop.authorised(AMOUNT).await;
            self.payments.push(held.id.clone());
            held.id
        } else {
            paid["paymentId"].as_str().unwrap().to_owned()
        };
        let (cell, answer) = self.cell(self.shop.capture(&id, None)).await;
        if cell == WORKS {
            assert_eq!(answer.expect(200).body["status"], "paid");
        }
        cell
    }

    async fn refund(&self, paid: &Value, body: &Value) -> char {
        let id = paid["paymentId"].as_str().unwrap();
        if self.scene.is_cards() {
            // Before that a refund is a void, and of everything.
            let reference = &paid["gateway"]["partnerReferenceNo"];
            let order = json!({"invoiceNumber": reference});
            self.shop.doku.order("cards/settle", order).await;
        }
        let path = format!("/v1/payments/{id}/refunds");
        let (cell, answer) = self.cell(self.shop.merchant.post(&path, body)).await;
        if cell == WORKS {
            assert_eq!(answer.expect(201).body["status"], "succeeded", "{answer:?}");
            let part = body["amount"].is_object();
            let then = if part {
                "partially_refunded"
            } else {
                "refunded"
            };
            self.shop.wait_until(id, then).await;
        }
        cell
    }

    async fn balance(&self, binding: &str) -> char {
        if self.scene.linked_by.is_none() {
            return LACKS;
        }
        let path = format!("/v1/bindings/{binding}/balance");
        let (cell, answer) = self.cell(self.shop.merchant.get(&path)).await;
        if cell == WORKS {
            let first = &answer.expect(200).body["balances"][0];
            assert_eq!(first["amount"]["currency"], "IDR", "{answer:?}");
        }
        cell
    }

    /// A payment whose answer gets lost, and the same request after a minute; then the money goes back,
    /// since some refunds name what only that answer told.
    async fn lost(&mut self, binding: &str) -> char {
        let (shop, scene) = (self.shop, self.scene);
        let body = scene.payment_body(shop, binding);
        let key = fresh("lost");
        let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
        let operation = if scene.is_cards() {
            "payment_page"
        } else {
            "payment"
        };
        shop.doku.goes_wrong(operation, "accept_then_reset").await;
        let unknown = send().await;
        assert_eq!(unknown.expect(202).body["status"], "unknown");
        shop.doku.time_passes(A_MINUTE).await;
        shop.doku.forget_calls().await;
        let answer = send().await;
        answer.expect(201);
        // Cards repeat the request under its own id; all others ask first, and need not repeat it.
        let (asked, repeated) = (shop.doku.called("status"), shop.doku.called(operation));
        let expected = if scene.is_cards() { (0, 1) } else { (1, 0) };
        assert_eq!((asked.await, repeated.await), expected, "{}", scene.code);
        let payment = Payment {
            id: answer.word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        };
        self.payments.push(payment.id.clone());
        let paid = scene.confirm(shop, &payment).await;
        self.refund(&paid, &json!({})).await
    }

    async fn unbind(&self, binding: &str) -> char {
        if self.scene.linked_by.is_none() {
            return LACKS;
        }
        let path = format!("/v1/bindings/{binding}");
        let key = fresh("unbind");
        let (cell, answer) = self.cell(self.shop.merchant.delete_with(&key, &path)).await;
        if cell == WORKS {
            assert_eq!(answer.expect(200).body["status"], "unbound");
        }
        cell
    }

    /// Insists that DOKU charged each payment once and gave back what was asked for.
    pub async fn judge(&self) {
        let cards = self.scene.is_cards();
        for id in &self.payments {
            let payment = self.shop.read(id).await;
            let reference = &payment["gateway"]["partnerReferenceNo"];
            let doku = &self.shop.doku;
            let refunds = if cards {
                let charges = doku.rows("cardCharges", "invoiceNumber", reference).await;
                assert_eq!(charges.len(), 1, "{charges:?}");
                doku.rows("cardRefunds", "invoiceNumber", reference).await
            } else {
                doku.charged_once(&payment).await;
                doku.rows("refunds", "originalPartnerReferenceNo", reference)
                    .await
            };
            let back = &payment["refundedAmount"];
            let amounts: Vec<_> = refunds.iter().map(|refund| &refund["amount"]).collect();
            let expected = match (back == &idr(0), cards) {
                (true, _) => vec![],
                (false, false) => vec![back["value"].clone()],
                (false, true) => {
                    vec![json!(back["value"].as_str().and_then(|text| {
                        text.strip_suffix(".00")?.parse::<u64>().ok()
                    }))]
                }
            };
            let expected: Vec<_> = expected.iter().collect();
            assert_eq!(amounts, expected, "{payment}");
        }
    }
}

/// What an answer makes of a cell. What is refused, DOKU has not heard of.
pub async fn cell(shop: &Shop, ask: impl Future<Output = Answer>) -> (char, Answer) {
    let calls = shop.doku.call_count().await;
    let answer = ask.await;
    let refused = match answer.body["code"].as_str() {
        Some("operation_not_supported") => LACKS,
        Some("channel_not_confirmed") => UNCONFIRMED,
        _ => return (WORKS, answer),
    };
    answer.expect(400);
    assert_eq!(shop.doku.call_count().await, calls, "{}", answer.text);
    (refused, answer)
}
