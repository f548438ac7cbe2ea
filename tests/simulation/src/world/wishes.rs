//! What a step asks for, as a caller would write it.

use serde_json::{Value, json};

use super::{SECRETS, World};
use crate::call::Wish;
use crate::plan::{Action, Bank};

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
                    "customer": {"id": name(*customer), "name": "Anton Budiman",
                        "email": "anton@pos.example", "phone": SECRETS[2]},
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
            Action::Subscribe { customer, bind, .. } => {
                let method = match bind {
                    Some(bind) => {
                        json!({"type": "direct_debit", "bindingId": self.id(*bind, "bindingId")?})
                    }
                    None => json!({"type": "bri_token", "tokenId": self.token(*customer).await}),
                };
                let mut body = json!({
                    "customerId": name(*customer),
                    "method": method,
                    "amount": idr(5_000),
                    "interval": {"unit": "day"},
                    "count": 3,
                    "retry": {"afterDays": [1]},
                });
                if bind.is_none() {
                    body["items"] = json!([{"name": "Plan", "price": "5000.00", "quantity": 1}]);
                }
                Wish::Subscribe(body)
            }
            Action::Cancel { subscription, .. } => {
                Wish::Cancel(self.id(*subscription, "subscriptionId")?)
            }
            _ => return None,
        })
    }
}

pub(super) fn name(customer: u8) -> String {
    format!("cust-{customer}")
}

fn idr(rupiah: u64) -> Value {
    json!({"value": format!("{rupiah}.00"), "currency": "IDR"})
}

fn otp(right: bool) -> Value {
    json!({"otp": if right { "111000" } else { "000000" }})
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
        "customer": {"id": name(customer), "name": "Anton Budiman", "phone": SECRETS[2]},
        "channel": channel,
        "returnUrl": "https://shop.example/linked",
    });
    if bank == Bank::Bri {
        body["card"] = json!({"lastFour": format!("{:04}", 1234 + u32::from(customer))});
        body["device"] = json!({"id": SECRETS[3]});
    }
    body
}
