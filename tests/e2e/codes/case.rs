//! One request to which DOKU answers with a code.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Shop, fresh};

/// What comes of a code: what the merchant is told, and what is done about it. Where the merchant
/// gets an answer its HTTP status is 201, for an OTP 200, unless another one is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It has worked.
    Works,
    /// This status and `failure.code`. Nothing more is ever sent, however often it is repeated.
    Ends(&'static str, &'static str),
    /// `pending` without a failure. Nothing more is sent; DOKU's notification ends it.
    Waits,
    /// 202 `unknown`. DOKU is asked when the request is repeated after a minute, and not before.
    Asks,
    /// 202; nothing is known and nothing is lost: a repeat at once asks, or sends, again.
    Again,
    /// That problem with `outcome: none`. The same request is sent again when it is repeated.
    Refused(u16, &'static str),
    /// A new merchant's token is bought, and the call made once more.
    RenewsMerchant,
    /// The same with the customer's token.
    RenewsCustomer,
}

/// How DOKU is brought to answer with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Instead of the work, that many times.
    Refuses(u32),
    /// After the work, under that HTTP status.
    AfterTheWork(u16),
}

/// One way to be answered with a code, and what has to come of it.
pub struct Way {
    pub fault: Fault,
    pub told: Told,
    /// The token that is bought between two calls.
    pub token: Option<&'static str>,
}

impl Way {
    pub const fn plain(fault: Fault, told: Told) -> Self {
        Self {
            fault,
            told,
            token: None,
        }
    }
}

/// The ways in which a code has to be tried: without the work having been done and with it, where
/// the caller cannot know; and, for a token, once and for good.
pub fn ways(http: u16, told: Told) -> Vec<Way> {
    let renewed = |token, in_vain| {
        let token = Some(token);
        [(1, Told::Works), (2, in_vain)].map(|(times, told)| Way {
            fault: Fault::Refuses(times),
            told,
            token,
        })
    };
    let done = Fault::AfterTheWork(http);
    match told {
        Told::Works if http == 200 => vec![Way::plain(Fault::None, told)],
        Told::Works | Told::Waits => vec![Way::plain(done, told)],
        Told::Asks => vec![Way::plain(Fault::Refuses(1), told), Way::plain(done, told)],
        Told::Refused(..) => vec![Way::plain(Fault::Refuses(2), told)],
        Told::Ends(..) | Told::Again => vec![Way::plain(Fault::Refuses(1), told)],
        Told::RenewsMerchant => renewed("b2b", Told::Refused(502, "gateway_misconfigured")).into(),
        Told::RenewsCustomer => renewed("b2b2c", Told::Ends("failed", "binding_lost")).into(),
    }
}

/// Orders the answer.
pub async fn order(shop: &Shop, operation: &str, code: &str, fault: &Fault) {
    let order = match fault {
        Fault::None => return,
        Fault::Refuses(times) => json!({
            "operation": operation, "kind": "reject", "responseCode": code, "times": times,
        }),
        Fault::AfterTheWork(http) => json!({
            "operation": operation, "kind": "alter", "httpStatus": http,
            "set": {"responseCode": code},
        }),
    };
    shop.doku.order("faults", order).await;
}

/// The calls since the last look, without tokens that had run out before the first of them.
pub async fn calls(shop: &Shop) -> Vec<Value> {
    let calls = shop.doku.admin(Method::GET, "calls", None).await;
    shop.doku.forget_calls().await;
    let calls = calls.as_array().cloned().unwrap();
    let token = |call: &&Value| call["operation"] == "b2b" || call["operation"] == "b2b2c";
    let behind = calls.iter().take_while(token).count();
    calls[behind..].to_vec()
}

/// What was called, in that order.
pub fn names(calls: &[Value]) -> Vec<&str> {
    let names = calls.iter().map(|call| call["operation"].as_str());
    names.map(Option::unwrap).collect()
}

/// What stays the same for all requests of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What DOKU calls it.
    pub operation: &'static str,
    /// HTTP status of an answer to the merchant.
    pub status: u16,
    /// The statuses that say that it has worked.
    pub works: &'static [&'static str],
    /// The status while nothing is known.
    pub unknown: &'static str,
    /// `failure.code` while nothing is known.
    pub doubt: Option<&'static str>,
    /// Whether the merchant is shown DOKU's code.
    pub shows_codes: bool,
}

impl Kind {
    /// Of bindings: they show no code.
    pub const BINDING: Self = Self {
        operation: "binding",
        status: 201,
        works: &["pending"],
        unknown: "pending",
        doubt: None,
        shows_codes: false,
    };

    /// Of payments and what is done with them.
    pub const PAYMENT: Self = Self {
        operation: "payment",
        status: 201,
        works: &["otp_required"],
        unknown: "unknown",
        doubt: None,
        shows_codes: true,
    };
}

/// A request, and what has to come of it.
pub struct Case<'s> {
    pub shop: &'s Shop,
    pub kind: Kind,
    pub why: String,
    pub code: String,
    pub way: Way,
    pub path: String,
    /// Nothing where something is to be deleted.
    pub body: Value,
    key: String,
    answer: Option<Answer>,
    /// Every `X-EXTERNAL-ID` that it went out under.
    ids: HashSet<String>,
}

impl<'s> Case<'s> {
    pub fn new(shop: &'s Shop, kind: Kind, code: &str, way: Way) -> Self {
        Self {
            shop,
            kind,
            why: format!("{} answered {code} ({:?})", kind.operation, way.fault),
            code: code.to_owned(),
            way,
            path: String::new(),
            body: Value::Null,
            key: fresh("code"),
            answer: None,
            ids: HashSet::new(),
        }
    }

    /// The latest answer.
    pub fn answer(&self) -> &Answer {
        self.answer.as_ref().unwrap()
    }

    /// Whether DOKU has done the work by now, or will have.
    pub fn takes_effect(&self) -> bool {
        !matches!(self.way.told, Told::Ends(..))
    }

    /// Whether DOKU has to be asked.
    pub fn is_open(&self) -> bool {
        self.way.told == Told::Asks
    }

    /// Whether the refusal of a payment or refund may be about an earlier one: then DOKU is asked at once.
    fn is_doubtful(&self) -> bool {
        let (http, case) = (&self.code[..3], &self.code[5..]);
        let doubtful = matches!(
            (http, case),
            ("400", "03") | ("404", "00" | "18") | ("405", _) | ("409", "01")
        );
        match self.kind.operation {
            "payment" => doubtful,
            // More than what is left may be so because of the earlier one.
            "refund" => doubtful || (http, case) == ("404", "13"),
            _ => false,
        }
    }

    /// Whether DOKU, being asked at once, knows it.
    pub fn is_found_at_once(&self) -> bool {
        self.is_doubtful() && self.is_open() && !self.is_denied()
    }

    /// Whether DOKU, being asked, knows nothing of it.
    pub fn is_denied(&self) -> bool {
        self.is_open() && self.way.fault == Fault::Refuses(1)
    }

    /// Sends it: exactly those calls reach DOKU, and no id comes twice.
    async fn sends(&mut self, expected: &[&str]) {
        self.posts().await;
        self.called(expected).await;
    }

    async fn posts(&mut self) {
        let (merchant, key, path) = (&self.shop.merchant, &self.key, &self.path);
        self.answer = Some(if self.body.is_null() {
            merchant.delete_with(key, path).await
        } else {
            merchant.post_with(key, path, &self.body).await
        });
    }

    async fn called(&mut self, expected: &[&str]) {
        let calls = calls(self.shop).await;
        let said = &self.answer().text;
        assert_eq!(names(&calls), expected, "{}: {said}", self.why);
        self.names_each_once(&calls);
    }

    /// No id comes twice.
    fn names_each_once(&mut self, calls: &[Value]) {
        for call in calls.iter().filter(|call| call["externalId"].is_string()) {
            let id = call["externalId"].as_str().unwrap();
            assert!(self.ids.insert(id.to_owned()), "{}: {id} twice", self.why);
        }
    }

    fn says(&self, http: u16, status: &[&str], failure: Option<&str>) {
        let (answer, why) = (self.answer(), &self.why);
        assert_eq!(answer.status, http, "{why}: {}", answer.text);
        let said = answer.body["status"].as_str().unwrap();
        assert!(status.contains(&said), "{why}: {}", answer.text);
        let told = answer.body["failure"]["code"].as_str();
        assert_eq!(told, failure, "{why}: {}", answer.text);
    }

    /// A refusal's code is shown as it was received.
    fn shows_the_code(&self) {
        let shown = &self.answer().body["gateway"]["responseCode"];
        if self.kind.shows_codes && self.way.token.is_none() {
            assert_eq!(*shown, self.code, "{}", self.why);
        }
    }

    fn worked(&self) {
        self.says(self.kind.status, self.kind.works, None);
    }

    fn is_unknown(&self) {
        self.says(202, &[self.kind.unknown], self.kind.doubt);
        let wait = self.answer().retry_after();
        assert!(wait.is_some_and(|seconds| seconds > 0), "{}", self.why);
        assert!(!self.answer().is_replayed(), "{}", self.why);
    }

    /// Sends it for the first time, and again where that may be done at once.
    pub async fn begins(&mut self) {
        let operation = self.kind.operation;
        order(self.shop, operation, &self.code, &self.way.fault).await;
        let mut first = match self.way.token {
            Some(token) => vec![operation, token, operation],
            // The secret may have been changed: it is read again, and at most one more call made.
            None if self.code.starts_with("401") && self.code.ends_with("00") => {
                return self.is_misconfigured().await;
            }
            None => vec![operation],
        };
        if self.is_doubtful() {
            first.push("status");
        }
        self.posts().await;
        if self.way.told == Told::Asks && !self.is_found_at_once() {
            self.is_unknown();
            self.posts().await;
        }
        self.called(&first).await;
        match self.way.told {
            Told::Works => self.worked(),
            Told::Ends(status, failure) => {
                self.says(self.kind.status, &[status], Some(failure));
                self.shows_the_code();
            }
            Told::Waits => self.says(self.kind.status, &["pending"], None),
            Told::Asks if self.is_found_at_once() => self.worked(),
            Told::Asks => self.is_unknown(),
            Told::Again => {
                self.is_unknown();
                self.sends(&[operation]).await;
                self.worked();
            }
            Told::Refused(status, code) => {
                self.is_refused(status, code);
                self.shop.doku.recovers().await;
                self.sends(&[operation]).await;
                self.worked();
            }
            Told::RenewsMerchant | Told::RenewsCustomer => unreachable!("{}", self.why),
        }
    }

    fn is_refused(&self, status: u16, code: &str) {
        self.answer().expect_problem(status, code);
        assert_eq!(self.answer().body["outcome"], "none", "{}", self.why);
    }

    async fn is_misconfigured(&mut self) {
        self.posts().await;
        self.is_refused(502, "gateway_misconfigured");
        let calls = calls(self.shop).await;
        let made = names(&calls);
        let own = made.iter().all(|name| *name == self.kind.operation);
        assert!(
            own && (1..=2).contains(&made.len()),
            "{}: {made:?}",
            self.why
        );
        self.shop.doku.recovers().await;
        self.sends(&[self.kind.operation]).await;
        self.worked();
    }

    /// Repeats it when it is over, which brings the same answer. Whether DOKU was called is for the
    /// caller to see.
    pub async fn is_replayed(&mut self) {
        let before = self.answer().text.clone();
        self.posts().await;
        assert!(self.answer().is_replayed(), "{}", self.why);
        assert_eq!(self.answer().text, before, "{}", self.why);
    }

    /// Repeats it when DOKU may be asked.
    pub async fn is_asked_about(&mut self) {
        self.posts().await;
        let calls = calls(self.shop).await;
        // The check of another refund of the payment shows this one as well.
        let is_known =
            self.kind.operation == "refund" && self.answer().body["status"] == "succeeded";
        if !(is_known && calls.is_empty()) {
            let said = &self.answer().text;
            assert_eq!(names(&calls), ["status"], "{}: {said}", self.why);
        }
        self.names_each_once(&calls);
        if !self.is_denied() {
            self.worked();
        } else if self.kind.operation == "otp" {
            // Never sent twice: the customer is asked for another one.
            self.says(200, &["otp_required"], Some("otp_outcome_unknown"));
        } else {
            self.is_unknown();
        }
    }

    /// Repeats it when DOKU's "never heard of it" is believed.
    pub async fn is_sent_again(&mut self) {
        self.sends(&["status", self.kind.operation]).await;
        self.worked();
    }
}
