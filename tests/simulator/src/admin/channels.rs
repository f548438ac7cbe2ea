//! The channels served, and made-up ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, read};
use crate::channel::Channel;
use crate::shared::Shared;

/// A channel that works like another one, under its own names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MadeUp {
    code: String,
    like: String,
    bank: Option<String>,
    acquirer: Option<String>,
    account_type: Option<String>,
    /// Other lengths of fields, from and to, by their names.
    #[serde(default)]
    lengths: BTreeMap<String, (usize, usize)>,
}

/// `GET /admin/channels`: what each offers, and under which paths.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let rows: Vec<Value> = world.channels.iter().map(row).collect();
    Json(json!(rows))
}

/// `POST /admin/channels`
pub async fn make_up(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let made_up: MadeUp = read(&body)?;
    let mut world = shared.world();
    let like = world.channels.get(&made_up.like);
    let like =
        like.ok_or_else(|| AdminError::bad_request(format!("no channel {}", made_up.like)))?;
    let mut channel = like.like(&made_up.code, &made_up.lengths);
    let names = [
        (&mut channel.bank, made_up.bank),
        (&mut channel.acquirer, made_up.acquirer),
        (&mut channel.account_type, made_up.account_type),
    ];
    for (place, name) in names {
        if let Some(name) = name {
            *place = name.leak();
        }
    }
    let answer = row(&channel);
    world.channels.add(channel);
    Ok(Json(answer))
}

fn row(channel: &Channel) -> Value {
    let versions: Vec<Value> = channel
        .versions
        .iter()
        .map(|version| {
            let operations: Vec<_> = version.offers.iter().map(|offer| offer.operation).collect();
            json!({"paths": version.prefixes, "operations": operations})
        })
        .collect();
    json!({"code": channel.code, "bank": channel.bank, "versions": versions})
}
