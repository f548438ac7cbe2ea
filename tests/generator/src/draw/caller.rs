//! The callers: the merchant's backend, customers' apps, and tokens that give less or nothing.

use fastrand::Rng;

use super::texts;
use crate::bench::SCOPES;
use crate::request::{Claims, Request};
use crate::scene::merchant;

/// The merchant's backend, sometimes the customer's app.
pub fn usual(rng: &mut Rng) -> Claims {
    match rng.u8(..8) {
        0 => customer("$(customer)"),
        1 => [("sub", "shop"), ("scp", &format!("[merchant {SCOPES}]"))]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        _ => merchant(),
    }
}

fn customer(id: &str) -> Claims {
    [("sub", "app"), ("customer_id", id), ("scope", SCOPES)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Makes it another caller.
pub fn alter(request: &mut Request, rng: &mut Rng) {
    let Some(claims) = &mut request.claims else {
        return;
    };
    let scope =
        |claims: &mut Claims, text: &str| claims.insert("scope".to_owned(), text.to_owned());
    match rng.u8(..14) {
        0 => *claims = customer("$(stranger)"),
        1 => *claims = customer(&texts::odd(rng)),
        2 => *claims = customer("null"),
        3 => {
            *claims = customer("$(customer)");
            scope(claims, &format!("merchant {SCOPES}"));
        }
        4 => {
            claims.clear();
        }
        5 => {
            claims.remove("sub");
        }
        6 => {
            scope(claims, SCOPES);
        }
        7 => {
            scope(claims, "merchant");
        }
        8 => {
            scope(claims, "");
        }
        9 => {
            scope(claims, &format!("other-api/merchant {SCOPES}"));
        }
        10 => {
            let prefixed = format!("merchant {SCOPES}")
                .split(' ')
                .map(|one| format!("doku-lambda/{one}"))
                .collect::<Vec<_>>();
            scope(claims, &prefixed.join(" "));
        }
        11 => {
            scope(claims, &texts::odd(rng));
        }
        12 => {
            claims.insert("permissions".to_owned(), format!("[{}]", texts::odd(rng)));
        }
        _ => {
            claims.insert(
                "customer_id".to_owned(),
                "[$(customer) $(stranger)]".to_owned(),
            );
        }
    }
}
