//! The use cases: what a caller, DOKU or a schedule can make happen, a file each.
//!
//! Each one stores what it is about to do, does it, and stores how it went; whoever finds it
//! half-done asks DOKU before doing anything. Money moves at most once that way, whatever is
//! repeated, killed or reordered.

mod adopting;
mod answer;
mod asking;
mod balance;
mod beginning;
mod bind;
mod binding_confirm;
mod binding_otp;
mod binding_return;
mod capture;
mod cards;
mod channel_headers;
mod channels;
mod context;
mod counting;
mod deadline;
mod device;
mod error;
mod events;
mod evidence;
mod fresh;
mod idempotency;
mod identity;
mod linked_already;
mod list;
mod notification;
mod offers;
mod otp;
mod pay;
mod reading;
mod reconcile;
mod recording;
mod recurring;
mod refund;
mod sending;
mod settlement;
mod shown;
mod subscriptions;
mod token_endpoint;
mod tokens;
mod transaction;
mod unbind;
mod view;

pub use answer::Answer;
pub use bind::BindCommand;
pub use binding_confirm::ConfirmBindingCommand;
pub use binding_otp::BindingOtpCommand;
pub use binding_return::{Browser, ReturnOutcome, ReturnTo};
pub use capture::CaptureCommand;
pub use deadline::Deadline;
pub use error::AppError;
pub use idempotency::Idempotency;
pub use list::PageRequest;
pub use notification::{InboundHeaders, Refusal};
pub use otp::OtpCommand;
pub use pay::{AccountOrder, PayCommand, PayMethod, RecurringOrder, WalletOrder};
pub use reading::ListBy;
pub use reconcile::{LookedAfter, Swept};
pub use recurring::{DueMessage, SweptCharges};
pub use refund::RefundCommand;
pub use settlement::{SettleCommand, Settleable, Settled};
pub use subscriptions::{
    CancelCommand, Change, ChangeCommand, MethodCommand, Plan, StandingMethod, SubscribeCommand,
};
pub use token_endpoint::{IssuedToken, TokenRequest};

use std::sync::OnceLock;

use aws_types::SdkConfig;
use tokio::sync::Mutex;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::doku::Doku;
use crate::domain::attribution::Attribution;
use crate::domain::ids::CustomerId;
use crate::domain::invoice::InvoiceScope;
use crate::domain::operation::Patience;
use crate::secrets::SecretStore;
use crate::store::{ClaimScope, Store};
use crate::transport::{Transport, TransportError, aws_config};

/// Everything a function needs, made once per process.
pub struct App {
    config: Config,
    aws: SdkConfig,
    clock: Clock,
    secrets: SecretStore,
    store: Store,
    doku: Doku,
    b2b: Mutex<Option<tokens::Held>>,
    evidence_cache: evidence::EvidenceCache,
    claim_scope: OnceLock<ClaimScope>,
    open_claims_kept: OnceLock<()>,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no way out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// DOKU's address is none.
    #[error("DOKU_BASE_URL is not an address")]
    BaseUrl,
}

impl App {
    /// Reads the settings and builds the clients. Calls nobody: the secret is fetched by the first
    /// request that needs it.
    pub fn from_env() -> Result<Self, StartError> {
        let config = Config::from_env()?;
        let clock = config.clock();
        let transport = Transport::new()?;
        let aws = aws_config(&transport);
        Self::new(config, clock, aws, &transport)
    }

    /// The same from parts: the time is `clock`'s, AWS is what `aws` leads to, and DOKU is reached by
    /// `transport`.
    pub fn new(
        config: Config,
        clock: Clock,
        aws: SdkConfig,
        transport: &Transport,
    ) -> Result<Self, StartError> {
        let base_url = Url::parse(&config.doku_base_url).map_err(|_| StartError::BaseUrl)?;
        Ok(Self {
            secrets: SecretStore::new(
                aws_sdk_secretsmanager::Client::new(&aws),
                config.secret_arn.clone(),
                clock.clone(),
            ),
            store: Store::new(
                aws_sdk_dynamodb::Client::new(&aws),
                config.table_name.clone(),
                config.due_shards,
                config.channels.clone(),
            ),
            doku: Doku::new(
                transport.client().clone(),
                base_url,
                config.doku_timeout,
                clock.clone(),
            ),
            b2b: Mutex::new(None),
            evidence_cache: evidence::EvidenceCache::default(),
            claim_scope: OnceLock::new(),
            open_claims_kept: OnceLock::new(),
            clock,
            config,
            aws,
        })
    }

    /// The same, with one order at a time at DOKU, however many charges are looked after side by side.
    #[must_use]
    pub fn one_at_a_time(self) -> Self {
        Self {
            doku: self.doku.one_at_a_time(),
            ..self
        }
    }

    /// The settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What a client for another service of AWS is made from: a function that needs one makes it
    /// itself, so that the others do not carry it.
    pub const fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    const fn patience(&self) -> Patience {
        Patience {
            ask_after: self.config.status_check_after,
            resend_after: self.config.resend_after,
            repeat_within: self.config.repeat_within,
        }
    }
}

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The caller, as its token names it. Earlier releases kept idempotency keys apart by it.
    pub subject: String,
    /// The one customer whose things may be touched; `None` for the merchant, who may touch all.
    pub customer: Option<CustomerId>,
}

impl Actor {
    /// Whose idempotency keys this actor's are: one deployment is one merchant, so that every token of
    /// the merchant's shares one scope, and every token of a customer that customer's. No customer's id
    /// holds a colon.
    pub(crate) fn scope(&self) -> String {
        match &self.customer {
            None => "merchant".to_owned(),
            Some(customer) => format!("customer:{}", customer.as_str()),
        }
    }

    /// The attribution of what this actor's request changes.
    pub(crate) fn attribution(&self) -> Attribution {
        match &self.customer {
            None => Attribution::merchant(&self.subject),
            Some(customer) => Attribution::customer(customer.clone()),
        }
    }

    /// The name space of the invoice numbers that this actor gives.
    pub(crate) const fn invoice_scope(&self) -> InvoiceScope {
        match self.customer {
            None => InvoiceScope::Merchant,
            Some(_) => InvoiceScope::Customer,
        }
    }

    /// True when this actor may see and change what belongs to `customer`.
    pub fn may_touch(&self, customer: &CustomerId) -> bool {
        self.customer.as_ref().is_none_or(|own| own == customer)
    }
}
