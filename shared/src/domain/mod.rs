//! What the bundle is about, free of HTTP, AWS and DOKU's spelling: money, ids, channels, and the
//! status machines of bindings, payments, refunds and subscriptions.
//!
//! Every value here is parsed once, at the door; code that holds one need not check it again.

pub mod attribution;
pub mod binding;
pub mod calendar;
pub mod card;
pub mod card_registration;
pub mod channel;
pub mod contact;
pub mod device;
pub mod error;
pub mod event;
pub mod evidence;
pub mod failure;
pub mod identity;
pub mod ids;
pub mod invoice;
pub mod money;
pub mod movement;
pub mod operation;
pub mod otp_count;
pub mod outcome;
pub mod pay_option;
pub mod payment;
pub mod reference;
pub mod refund;
pub mod return_url;
pub mod sealed;
pub mod settlement;
pub mod stored;
pub mod subscription;
pub mod text;
pub mod unicode;
pub mod wallet;
pub mod watch;
