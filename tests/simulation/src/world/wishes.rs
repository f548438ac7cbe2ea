//! What a step asks for, as a caller would write it.

use serde_json::{Value, json};

use super::World;
use crate::call::Wish;
use crate::leaks::{DEVICE, EMAIL, NAME, PHONE, RIGHT_OTP, WRONG_OTP};
use crate::plan::{Action, Bank, Meanwhile, PLAN, Turn};

impl World {
    /// What a step asks for; `None` where what it is about is not there.
    pub(super) async fn wish(&mut self, number: usize, action: &Action) -> Option<Wish> {
        let invoice = format!("INV-{number}");
        Some(match action {
            Action::Bind { customer, bank, .. } => Wish::Bind(binding_body(*customer, *bank)),
            Action::BindingOtp { bind, right, .. } => {
                Wish::BindingOtp(self.id(*bind, "bindingId")?, otp(*right))
            }
            Action::Unbind { bind, .. } => Wish::Unbind(self.id(*bind, "bindingId")?),
            Action::Pay {
                bind, way, rupiah, ..
            } => {
                let binding = self.id(*bind, "bindingId")?;
                Wish::Pay(json!({
                    "invoiceNumber": invoice,
                    "amount": idr(*rupiah),
                    "method": {"type": "direct_debit", "bindingId": binding, "confirmation": way.word()},
                    "returnUrl": "https://shop.example/paid",
                }))
            }
            Action::Page {
                customer,
                authorize,
                rupiah,
                ..
            } => {
                let kind = if *authorize { "AUTHORIZE" } else { "SALE" };
                Wish::Pay(json!({
                    "invoiceNumber": invoice,
                    "amount": idr(*rupiah),
                    "customer": {"id": name(*customer), "name": NAME,
                        "email": EMAIL, "phone": PHONE},
                    "method": {"type": "card", "paymentType": kind},
                    "returnUrl": "https://shop.example/paid",
                }))
            }
            Action::Otp { pay, right, .. } => Wish::Otp(self.id(*pay, "paymentId")?, otp(*right)),
            Action::Capture { pay, part, .. } => {
                Wish::Capture(self.id(*pay, "paymentId")?, part_of(*part))
            }
            Action::Refund { pay, part, .. } => {
                Wish::Refund(self.id(*pay, "paymentId")?, part_of(*part))
            }
            Action::Subscribe {
                customer,
                bind,
                catch_up,
                ..
            } => {
                let method = match bind {
                    Some(bind) => {
                        json!({"type": "direct_debit", "bindingId": self.id(*bind, "bindingId")?})
                    }
                    None => json!({"type": "bri_token", "tokenId": self.token(*customer).await}),
                };
                let mut body = json!({
                    "customerId": name(*customer),
                    "method": method,
                    "amount": idr(PLAN),
                    "interval": {"unit": "day"},
                    "count": 3,
                    "retry": {"afterDays": [1]},
                    "catchUp": catch_up,
                });
                if bind.is_none() {
                    body["items"] = goods(PLAN);
                }
                Wish::Subscribe(body)
            }
            Action::Turn {
                subscription, turn, ..
            }
            | Action::Tick {
                meanwhile:
                    Some(Meanwhile {
                        subscription, turn, ..
                    }),
                ..
            } => self.turned(*subscription, *turn)?,
            _ => return None,
        })
    }

    fn turned(&self, subscription: usize, turn: Turn) -> Option<Wish> {
        let id = self.id(subscription, "subscriptionId")?;
        let body = match turn {
            Turn::Cancel | Turn::CancelWithPeriod => Value::Null,
            Turn::Pause => json!({"status": "paused"}),
            Turn::Resume => json!({"status": "active"}),
            Turn::SkipNext => json!({"skipNext": true}),
            Turn::Amount(rupiah) => {
                let mut body = json!({"amount": idr(rupiah)});
                let request = self.made.get(&subscription)?.request.as_ref()?;
                if matches!(&request.wish, Wish::Subscribe(made) if made["items"].is_array()) {
                    body["items"] = goods(rupiah);
                }
                body
            }
        };
        Some(Wish::Turn(id, turn, body))
    }
}

pub(super) fn name(customer: u8) -> String {
    format!("cust-{customer}")
}

fn idr(rupiah: u64) -> Value {
    json!({"value": format!("{rupiah}.00"), "currency": "IDR"})
}

/// Two things that cost so much together.
fn goods(rupiah: u64) -> Value {
    let (plan, extra) = (rupiah - rupiah / 5, rupiah / 5);
    let item = |name: &str, price: u64| json!({"name": name, "price": format!("{price}.00"), "quantity": 1});
    json!([item("Plan", plan), item("Extra", extra)])
}

fn otp(right: bool) -> Value {
    json!({"otp": if right { RIGHT_OTP } else { WRONG_OTP }})
}

fn part_of(part: Option<u64>) -> Value {
    part.map_or_else(|| json!({}), |part| json!({"amount": idr(part)}))
}

fn binding_body(customer: u8, bank: Bank) -> Value {
    let channel = match bank {
        Bank::Cimb => "DIRECT_DEBIT_CIMB_SNAP",
        Bank::Ovo => "EMONEY_OVO_SNAP",
        Bank::Bri => "DIRECT_DEBIT_BRI_SNAP",
    };
    let mut body = json!({
        "customer": {"id": name(customer), "name": NAME, "phone": PHONE},
        "relink": true,
        "channel": channel,
        "returnUrl": "https://shop.example/linked",
    });
    if bank == Bank::Bri {
        body["card"] = json!({"lastFour": format!("{:04}", 1234 + u32::from(customer))});
        body["device"] = json!({"id": DEVICE});
    }
    body
}
