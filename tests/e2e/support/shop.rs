//! A merchant with a bundle of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use local::{Options, World, http_client};
use reqwest::Client;
use serde_json::{Value, json};

use super::leaks::{Guarded, leak_in};
use super::{Answer, Caller, Doku, eventually, fresh};

/// The channel of all bindings here.
pub const CHANNEL: &str = "DIRECT_DEBIT_CIMB_SNAP";
/// The OTP that DOKU takes.
pub const RIGHT_OTP: &str = "111000";

/// The scope that marks the merchant's backend.
pub const MERCHANT_SCOPE: &str = "merchant";
const MERCHANT_SCOPES: &str = "merchant bindings:write bindings:read payments:write payments:read \
     refunds:write captures:write subscriptions:write subscriptions:read";
const CUSTOMER_SCOPES: &str =
    "bindings:write bindings:read payments:write payments:read subscriptions:read";

/// A running bundle, the merchant's backend in front of it and DOKU behind it. Cheap to clone; the
/// bundle ends with the last clone.
#[derive(Clone)]
pub struct Shop {
    pub world: Arc<Guarded>,
    pub merchant: Caller,
    pub doku: Doku,
    pub http: Client,
}

/// A payment as the API first answered it.
#[derive(Debug, Clone)]
pub struct Payment {
    pub id: String,
    pub status: String,
    pub body: Value,
}

/// An amount as the API writes it.
pub fn idr(rupiah: u64) -> Value {
    json!({"value": format!("{rupiah}.00"), "currency": "IDR"})
}

/// The folder of the functions to test instead of those of this workspace, `FUNCTIONS_OF`: such as those
/// of an earlier version, to see a test fail with them.
pub fn other_functions() -> Option<PathBuf> {
    std::env::var_os("FUNCTIONS_OF").map(PathBuf::from)
}

impl Shop {
    /// A bundle with the template's own settings. The functions are built once per process.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// A bundle that waits for DOKU's answers no longer than a second.
    pub async fn open_impatient() -> Self {
        Self::open_with(|options| options.doku_timeout = Some(Duration::from_secs(1))).await
    }

    /// A bundle with other settings, deployed for long enough that it knows what status checks find.
    pub async fn open_with(change: impl FnOnce(&mut Options)) -> Self {
        let shop = Self::open_new(change).await;
        shop.has_learned().await;
        shop
    }

    /// A bundle that was deployed just now, and has learned nothing yet.
    pub async fn open_new(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        change(&mut options);
        if let Some(folder) = other_functions() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                options.executables.entry(name).or_insert(path);
            }
        }
        let world = World::start(options).await.unwrap();
        let http = http_client().unwrap();
        let merchant = Caller {
            http: http.clone(),
            base_url: world.base_url().to_owned(),
            token: world.token("merchant-backend", None, MERCHANT_SCOPES),
        };
        let doku = Doku {
            http: http.clone(),
            base_url: world.simulator_url().to_owned(),
        };
        Self {
            world: Arc::new(Guarded::new(world)),
            merchant,
            doku,
            http,
        }
    }

    /// A bundle whose function `reconcile` has only so many seconds, and one shard to look through.
    pub async fn open_hurried(seconds: u64, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        let template = std::fs::read_to_string(&options.template).unwrap();
        let (before, function) = template.split_once("  ReconcileFunction:\n").unwrap();
        let hurried = function.replacen("Timeout: 120", &format!("Timeout: {seconds}"), 1);
        assert_ne!(hurried, function);
        options.template =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.yaml", fresh("template")));
        let template = format!("{before}  ReconcileFunction:\n{hurried}");
        std::fs::write(&options.template, template).unwrap();
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
        change(&mut options);
        let template = options.template.clone();
        let shop = Self::open_with(|chosen| *chosen = options).await;
        std::fs::remove_file(template).unwrap();
        shop
    }

    /// The same merchant after a deployment with other settings: other functions on the same table,
    /// with the same secret, the same DOKU and the same time. This shop has to stay open meanwhile.
    pub async fn another_deployment(&self, change: impl FnOnce(&mut Options)) -> Self {
        let doku = self.doku.clone();
        let shop = Self::open_with(|options| {
            let address = ("DokuBaseUrl".to_owned(), doku.base_url.clone());
            options.parameters.extend([address]);
            options.simulator = false;
            options.dynamodb_endpoint = Some(self.world.dynamodb_url().to_owned());
            change(options);
        })
        .await;
        shop.world.secrets().rotate(&self.world.secrets().current());
        let clock = self.world.clock_offset_file();
        if clock.exists() {
            std::fs::copy(clock, shop.world.clock_offset_file()).unwrap();
        }
        Self { doku, ..shop }
    }

    /// Insists that nothing the functions wrote so far is anybody's secret.
    pub fn logs_hold_no_secret(&self) {
        for line in self.world.logs() {
            let leak = leak_in(&self.world, &line.text);
            assert_eq!(leak, None, "{}", line.instance);
        }
    }

    /// A customer's app: may act for that customer only.
    pub fn app_of(&self, customer: &str) -> Caller {
        self.caller(&format!("app-{customer}"), Some(customer), CUSTOMER_SCOPES)
    }

    /// A customer's app, or without a customer the merchant's backend, whose token carries its mark beside
    /// these scopes.
    pub fn caller(&self, subject: &str, customer: Option<&str>, scopes: &str) -> Caller {
        let scopes = match customer {
            Some(_) => scopes.to_owned(),
            None => format!("{MERCHANT_SCOPE} {scopes}"),
        };
        Caller {
            token: self.world.token(subject, customer, &scopes),
            ..self.merchant.clone()
        }
    }

    /// The holder of a token with these claims, and those that every token of the issuer has.
    pub fn holder(&self, claims: &Value) -> Caller {
        let claims = claims.as_object().unwrap().clone();
        Caller {
            token: self.world.token_with(claims),
            ..self.merchant.clone()
        }
    }

    /// A bundle whose customers' apps may create payments.
    pub async fn open_for_top_ups() -> Self {
        Self::open_with(|options| {
            let may = ("CustomersMayPay".to_owned(), "true".to_owned());
            options.parameters.extend([may]);
        })
        .await
    }

    /// The body that asks for a binding.
    pub fn binding_body(&self, customer: &str) -> Value {
        json!({
            "customer": {"id": customer, "name": "Anton Budiman", "phone": "6281234567890"},
            "channel": CHANNEL,
            "returnUrl": "https://shop.example/linked",
        })
    }

    /// Asks for a binding of its own; the customer still has to agree.
    pub async fn begin_link(&self, customer: &str) -> Value {
        let mut body = self.binding_body(customer);
        body["relink"] = json!(true);
        let answer = self.merchant.post("/v1/bindings", &body).await;
        answer.expect(201).body.clone()
    }

    /// The customer agrees on DOKU's page, and the browser goes where the page sends it.
    pub async fn agree(&self, binding: &Value) -> Answer {
        let page = binding["nextAction"]["url"].as_str().unwrap();
        let code = page.rsplit('/').next().unwrap();
        let decided = self
            .doku
            .order(&format!("bindings/{code}/approve"), json!({}))
            .await;
        let back = decided["redirect"].as_str().unwrap();
        Answer::read(self.http.get(back).send().await.unwrap()).await
    }

    /// Links a customer's account and gives the id of the active binding.
    pub async fn link_account(&self, customer: &str) -> String {
        let binding = self.begin_link(customer).await;
        self.agree(&binding).await.expect(302);
        let id = binding["bindingId"].as_str().unwrap().to_owned();
        let binding = self.merchant.get(&format!("/v1/bindings/{id}")).await;
        assert_eq!(binding.expect(200).body["status"], "active");
        id
    }

    /// Links a customer's wallet, which can be charged without asking, anew, and gives the id of the
    /// active binding.
    pub async fn link_wallet(&self, customer: &str) -> String {
        let mut body = self.binding_body(customer);
        body["channel"] = json!("EMONEY_OVO_SNAP");
        body["relink"] = json!(true);
        let answer = self.merchant.post("/v1/bindings", &body).await;
        self.agree(&answer.expect(201).body).await.expect(302);
        answer.word("bindingId")
    }

    /// The body that asks for a monthly subscription, of which no test sees a period fall due.
    pub fn subscription_body(&self, customer: &str, binding: &str) -> Value {
        json!({
            "customerId": customer,
            "amount": idr(10_000),
            "method": {"type": "direct_debit", "bindingId": binding},
            "interval": {"unit": "month"},
            "startDate": "2096-01-31",
        })
    }

    /// The body that asks for a payment, with an invoice number of its own.
    pub fn payment_body(&self, binding: &str, rupiah: u64) -> Value {
        json!({
            "invoiceNumber": fresh("INV"),
            "amount": idr(rupiah),
            "method": {"type": "direct_debit", "bindingId": binding},
            "returnUrl": "https://shop.example/paid",
        })
    }

    /// Charges an account; the customer still has to give the OTP.
    pub async fn pay(&self, binding: &str, rupiah: u64) -> Payment {
        let body = self.payment_body(binding, rupiah);
        let answer = self.merchant.post("/v1/payments", &body).await;
        answer.expect(201);
        Payment {
            id: answer.word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        }
    }

    /// Gives an OTP.
    pub async fn give_otp(&self, payment: &str, otp: &str) -> Answer {
        let path = format!("/v1/payments/{payment}/otp");
        self.merchant.post(&path, &json!({"otp": otp})).await
    }

    /// Gives the right OTP.
    pub async fn confirm(&self, payment: &str) -> Answer {
        let answer = self.give_otp(payment, RIGHT_OTP).await;
        answer.expect(200);
        answer
    }

    /// A payment as it is now.
    pub async fn read(&self, payment: &str) -> Value {
        let answer = self.merchant.get(&format!("/v1/payments/{payment}")).await;
        answer.expect(200).body.clone()
    }

    /// Reads a payment until it has that status.
    pub async fn wait_until(&self, payment: &str, status: &str) -> Value {
        eventually(&format!("{payment} being {status}"), async || {
            let now = self.read(payment).await;
            (now["status"] == status).then_some(now)
        })
        .await
    }

    /// Waits for DOKU's notification of success.
    pub async fn wait_until_paid(&self, payment: &str) -> Value {
        self.wait_until(payment, "paid").await
    }

    /// A payment from the order to the notification.
    pub async fn paid(&self, binding: &str, rupiah: u64) -> String {
        let payment = self.pay(binding, rupiah).await;
        self.confirm(&payment.id).await;
        self.wait_until_paid(&payment.id).await;
        payment.id
    }

    /// Refunds a part of a payment.
    pub async fn refund(&self, payment: &str, rupiah: u64) -> Answer {
        let path = format!("/v1/payments/{payment}/refunds");
        self.merchant
            .post(&path, &json!({"amount": idr(rupiah)}))
            .await
    }
}
