//! What is killed on its way, how it begins, and how its caller repeats it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::channels::scene::BRI_ARCHIVED;
use crate::support::{A_MINUTE, Answer, RIGHT_OTP, capture_body, fresh, idr};

/// What is paid here, and the parts that are captured and refunded.
pub const AMOUNT: u64 = 10_000;
pub const CAPTURED: u64 = 6_000;
pub const REFUNDED: u64 = 4_000;
/// What a subscription costs after it was changed.
pub const CHANGED: u64 = 12_000;

/// Longer than any token lives.
const TOKENS_GONE: Duration = Duration::from_secs(901);
/// After this long an authorisation has lapsed.
const A_WEEK: Duration = Duration::from_secs(7 * 86_400 + 61);
/// After this long reconciliation asks whether a customer agreed who never came back.
const A_DAY: Duration = Duration::from_secs(86_461);

/// What reconciliation finds half-done when it is killed itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Payment,
    Otp,
    CardPage,
    Capture,
    /// An authorisation that nobody captured in time.
    Lapse,
    Refund,
    CardRefund,
    Unbinding,
    Linking,
}

/// What a function does when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Bind,
    Return,
    Unbind,
    Pay,
    /// When the merchant's token has run out and has to be bought first.
    PayAndBuyToken,
    PayOnPage,
    PayByCard,
    Otp,
    Capture,
    Refund,
    CardRefund,
    Notification,
    CardNotification,
    /// The customer's OTP for a binding.
    BindingOtp,
    /// A wallet, confirmed in its app.
    PayByWallet,
    ChangeSubscription,
    CancelSubscription,
    /// The caller repeats what was done and whose answer was lost.
    Repeated(Left),
    Reconcile(Left),
}

use Operation as O;

/// Those first that want nothing else to be open.
pub const OPERATIONS: [Operation; 31] = [
    O::Reconcile(Left::Payment),
    O::Reconcile(Left::Otp),
    O::Reconcile(Left::CardPage),
    O::Reconcile(Left::Capture),
    O::Reconcile(Left::Lapse),
    O::Reconcile(Left::Refund),
    O::Reconcile(Left::CardRefund),
    O::Reconcile(Left::Unbinding),
    O::Reconcile(Left::Linking),
    O::Bind,
    O::Return,
    O::Unbind,
    O::Pay,
    O::PayAndBuyToken,
    O::PayOnPage,
    O::PayByCard,
    O::Otp,
    O::Capture,
    O::Refund,
    O::CardRefund,
    O::Notification,
    O::CardNotification,
    O::BindingOtp,
    O::PayByWallet,
    O::ChangeSubscription,
    O::CancelSubscription,
    O::Repeated(Left::Payment),
    O::Repeated(Left::CardPage),
    O::Repeated(Left::Capture),
    O::Repeated(Left::Refund),
    O::Repeated(Left::CardRefund),
];

/// What DOKU's books and ours are compared by.
#[derive(Debug, Clone)]
pub enum About {
    /// A charge of an account, by its invoice number.
    Debit(String),
    /// A charge of a card.
    CardCharge(String),
    /// A capture of what a card holds.
    Capture(String),
    /// What a card holds, and nobody captures.
    Hold(String),
    /// A refund to an account.
    Refund(String),
    /// A refund to a card.
    CardRefund(String),
    /// The one binding of a customer.
    Binding(String),
    /// The one binding of a customer that confirms it by OTP. DOKU cannot be asked what became of the OTP.
    BindingByOtp(String),
    /// A change of a subscription, or its end.
    Subscription(String),
}

/// How it begins.
#[derive(Debug, Clone)]
pub enum Request {
    /// The merchant calls.
    Call {
        method: Method,
        path: String,
        key: String,
        body: Option<Value>,
    },
    /// A browser comes back from DOKU's page.
    Browser(String),
    /// DOKU notifies of what was kept back.
    News(Value),
}

/// One thing that happens while its function is killed.
#[derive(Debug, Clone)]
pub struct Subject {
    pub about: About,
    pub request: Request,
}

fn call(about: About, method: Method, path: String, body: Option<Value>) -> Subject {
    let key = fresh("crash");
    let request = Request::Call {
        method,
        path,
        key,
        body,
    };
    Subject { about, request }
}

fn post(about: About, path: String, body: Value) -> Subject {
    call(about, Method::POST, path, Some(body))
}

fn invoice(body: &Value) -> String {
    body["invoiceNumber"].as_str().unwrap().to_owned()
}

impl Operation {
    /// What the table calls it.
    pub const fn name(self) -> &'static str {
        match self {
            O::Bind => "bind",
            O::Return => "bind: the customer comes back",
            O::Unbind => "unbind",
            O::Pay => "pay, confirmed by OTP",
            O::PayAndBuyToken => "pay, and buy the token for it",
            O::PayOnPage => "pay, confirmed on DOKU's page",
            O::PayByCard => "pay by card",
            O::Otp => "OTP",
            O::Capture => "capture",
            O::Refund => "refund",
            O::CardRefund => "refund of a card",
            O::Notification => "notification",
            O::CardNotification => "notification of a card",
            O::BindingOtp => "OTP of a binding",
            O::PayByWallet => "pay by a wallet",
            O::ChangeSubscription => "change of a subscription",
            O::CancelSubscription => "end of a subscription",
            O::Repeated(Left::CardPage) => "repeat after a lost answer: a card's page",
            O::Repeated(Left::Capture) => "repeat after a lost answer: a capture",
            O::Repeated(Left::Refund) => "repeat after a lost answer: a refund",
            O::Repeated(Left::CardRefund) => "repeat after a lost answer: a refund of a card",
            O::Repeated(_) => "repeat after a lost answer: a payment",
            O::Reconcile(Left::Payment) => "reconcile: a payment",
            O::Reconcile(Left::Otp) => "reconcile: an OTP",
            O::Reconcile(Left::CardPage) => "reconcile: a card's page",
            O::Reconcile(Left::Lapse) => "reconcile: a lapse",
            O::Reconcile(Left::CardRefund) => "reconcile: a refund of a card",
            O::Reconcile(Left::Capture) => "reconcile: a capture",
            O::Reconcile(Left::Refund) => "reconcile: a refund",
            O::Reconcile(Left::Unbinding) => "reconcile: an unlinking",
            O::Reconcile(Left::Linking) => "reconcile: a linking",
        }
    }

    /// The function that is killed.
    pub const fn function(self) -> &'static str {
        match self {
            O::Bind | O::Return | O::Unbind | O::Repeated(Left::Unbinding | Left::Linking) => {
                "bind"
            }
            O::Pay
            | O::PayAndBuyToken
            | O::PayOnPage
            | O::PayByCard
            | O::PayByWallet
            | O::Repeated(Left::Payment | Left::CardPage) => "pay",
            O::Otp | O::BindingOtp | O::Repeated(Left::Otp) => "otp",
            O::Capture | O::Repeated(Left::Capture | Left::Lapse) => "capture",
            O::Refund | O::CardRefund | O::Repeated(Left::Refund | Left::CardRefund) => "refund",
            O::ChangeSubscription | O::CancelSubscription => "subscribe",
            O::Notification | O::CardNotification => "notify-webhook",
            O::Reconcile(_) => "reconcile",
        }
    }

    /// True when only one of them may be open at a time: a run of reconciliation meets all that are.
    pub const fn is_alone(self) -> bool {
        matches!(self, O::Reconcile(_))
    }

    /// Does everything that comes before it.
    pub async fn prepare(self, stage: &Stage) -> Subject {
        stage.hears().await;
        let shop = &stage.shop;
        match self {
            O::Bind => {
                let customer = fresh("cust");
                let body = shop.binding_body(&customer);
                post(About::Binding(customer), "/v1/bindings".into(), body)
            }
            O::Return => {
                let customer = fresh("cust");
                let back = agreed(stage, &customer).await.1;
                Subject {
                    about: About::Binding(customer),
                    request: Request::Browser(back),
                }
            }
            O::Unbind => {
                let customer = fresh("cust");
                let binding = shop.link_account(&customer).await;
                let path = format!("/v1/bindings/{binding}");
                call(About::Binding(customer), Method::DELETE, path, None)
            }
            O::Pay | O::PayAndBuyToken => payment(stage, "otp"),
            O::PayOnPage => payment(stage, "page"),
            O::PayByCard => {
                let body = shop.card_body_of("SALE", AMOUNT);
                let about = About::CardCharge(invoice(&body));
                post(about, "/v1/payments".into(), body)
            }
            O::Otp => {
                let payment = shop.pay(&stage.binding, AMOUNT).await;
                let about = About::Debit(payment.invoice().to_owned());
                let path = format!("/v1/payments/{}/otp", payment.id);
                post(about, path, json!({"otp": RIGHT_OTP}))
            }
            O::Capture => {
                let payment = shop.authorised(AMOUNT).await;
                let about = About::Capture(payment.invoice().to_owned());
                let path = format!("/v1/payments/{}/capture", payment.id);
                post(about, path, capture_body(Some(CAPTURED)))
            }
            O::Refund => {
                let payment = shop.pay(&stage.binding, AMOUNT).await;
                shop.confirm(&payment.id).await;
                shop.wait_until_paid(&payment.id).await;
                let about = About::Refund(payment.invoice().to_owned());
                let path = format!("/v1/payments/{}/refunds", payment.id);
                post(about, path, json!({"amount": idr(REFUNDED)}))
            }
            O::CardRefund => {
                let payment = shop.card_paid(AMOUNT).await;
                shop.settle(&payment).await;
                let about = About::CardRefund(payment.invoice().to_owned());
                let path = format!("/v1/payments/{}/refunds", payment.id);
                post(about, path, json!({"amount": idr(REFUNDED)}))
            }
            O::Notification => notification(stage).await,
            O::CardNotification => card_notification(stage).await,
            O::BindingOtp => {
                // BRI takes no symbols: DOKU's books name the customer as the merchant does.
                let customer = fresh("cust").replace('-', "");
                let binding = BRI_ARCHIVED.begin_link(shop, &customer).await;
                let id = binding["bindingId"].as_str().unwrap();
                let path = format!("/v1/bindings/{id}/otp");
                let about = About::BindingByOtp(customer);
                post(about, path, json!({"otp": RIGHT_OTP}))
            }
            O::PayByWallet => {
                let body = shop.payment_body(&stage.wallet, AMOUNT);
                let about = About::Debit(invoice(&body));
                post(about, "/v1/payments".into(), body)
            }
            O::ChangeSubscription | O::CancelSubscription => {
                let plan = shop.subscription_body("cust-1", &stage.wallet);
                let made = shop.merchant.post("/v1/subscriptions", &plan).await;
                let id = made.expect(201).word("subscriptionId");
                let path = format!("/v1/subscriptions/{id}");
                let about = About::Subscription(id);
                if self == O::CancelSubscription {
                    return call(about, Method::DELETE, path, None);
                }
                let change = json!({"amount": idr(CHANGED)});
                call(about, Method::PATCH, path, Some(change))
            }
            O::Repeated(left) | O::Reconcile(left) => self.leaves(stage, left).await,
        }
    }

    /// Leaves something half-done for reconciliation, which may ask about it now.
    async fn leaves(self, stage: &Stage, left: Left) -> Subject {
        let doku = &stage.shop.doku;
        let (begun, called) = match left {
            Left::Payment => (O::PayOnPage, "payment"),
            Left::Otp => (O::Otp, "otp"),
            Left::CardPage => (O::PayByCard, "payment_page"),
            Left::Capture => (O::Capture, "capture"),
            Left::Refund => (O::Refund, "refund"),
            Left::CardRefund => (O::CardRefund, "card_refund"),
            Left::Unbinding => (O::Unbind, "unbinding"),
            Left::Lapse => {
                let held = stage.shop.authorised(AMOUNT).await;
                stage.hears_nothing().await;
                stage.waits(A_WEEK).await;
                return Subject {
                    about: About::Hold(held.invoice().to_owned()),
                    request: Request::News(json!({"invoiceNumber": held.invoice()})),
                };
            }
            Left::Linking => {
                let customer = fresh("cust");
                let back = agreed(stage, &customer).await.1;
                stage.waits(A_DAY).await;
                return Subject {
                    about: About::Binding(customer),
                    request: Request::Browser(back),
                };
            }
        };
        let subject = Box::pin(begun.prepare(stage)).await;
        stage.hears_nothing().await;
        doku.goes_wrong(called, "accept_then_bad_gateway").await;
        repeat(stage, &subject).await.unwrap().expect(202);
        match (left, &subject.about) {
            (Left::Payment, About::Debit(invoice)) => {
                let path = format!("payments/{invoice}/approve");
                doku.order(&path, json!({})).await;
            }
            (Left::CardPage, About::CardCharge(invoice)) => {
                let order = json!({"invoiceNumber": invoice, "card": "approve"});
                doku.order("cards/pay", order).await;
            }
            _ => {}
        }
        stage.waits(A_MINUTE).await;
        subject
    }

    /// Makes it begin.
    pub async fn strikes(self, stage: &Stage, subject: &Subject) {
        if self == O::PayAndBuyToken {
            stage.waits(TOKENS_GONE).await;
        }
        if let O::Reconcile(_) = self {
            let _ = stage.shop.world.tick("reconcile").await; // who dies answers nothing
            return;
        }
        repeat(stage, subject).await;
    }
}

/// Does it as whoever began it would again; the answer, if it is the merchant's.
pub async fn repeat(stage: &Stage, subject: &Subject) -> Option<Answer> {
    let shop = &stage.shop;
    match &subject.request {
        Request::Call {
            method,
            path,
            key,
            body,
        } => {
            let body = body.as_ref().map(Value::to_string);
            let merchant = &shop.merchant;
            Some(merchant.send(method.clone(), path, Some(key), body).await)
        }
        Request::Browser(url) => {
            let answer = shop.http.get(url).send().await.unwrap();
            Some(Answer::read(answer).await)
        }
        Request::News(which) => {
            shop.doku
                .order("notifications/release", which.clone())
                .await;
            None
        }
    }
}

fn payment(stage: &Stage, way: &str) -> Subject {
    let mut body = stage.shop.payment_body(&stage.binding, AMOUNT);
    body["method"]["confirmation"] = json!(way);
    let about = About::Debit(invoice(&body));
    post(about, "/v1/payments".into(), body)
}

/// A customer who agreed on DOKU's page: the binding, and the address they are sent back to.
async fn agreed(stage: &Stage, customer: &str) -> (Value, String) {
    let binding = stage.shop.begin_link(customer).await;
    let page = binding["nextAction"]["url"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap().to_owned();
    let path = format!("bindings/{code}/approve");
    let decided = stage.shop.doku.order(&path, json!({})).await;
    let back = decided["redirect"].as_str().unwrap().to_owned();
    (binding, back)
}

/// A direct debit that was confirmed, of which DOKU's notification is yet to come.
async fn notification(stage: &Stage) -> Subject {
    let shop = &stage.shop;
    let payment = shop.pay(&stage.binding, AMOUNT).await;
    stage.hears_nothing().await;
    shop.confirm(&payment.id).await;
    Subject {
        about: About::Debit(payment.invoice().to_owned()),
        request: Request::News(json!({"partnerReferenceNo": payment.invoice()})),
    }
}

/// The same of a card.
async fn card_notification(stage: &Stage) -> Subject {
    let shop = &stage.shop;
    let page = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    stage.hears_nothing().await;
    shop.holder_pays(&page, "approve").await;
    Subject {
        about: About::CardCharge(page.invoice().to_owned()),
        request: Request::News(json!({"invoiceNumber": page.invoice()})),
    }
}
