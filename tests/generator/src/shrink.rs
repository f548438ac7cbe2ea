//! The smallest request that breaks the same rule.

use serde_json::Value;

use crate::bench::Bench;
use crate::check::Finding;
use crate::document::{Document, Operation};
use crate::request::{Content, Request};
use crate::run::exchange;
use crate::scene::Scene;

/// Tries at most.
const TRIES: usize = 250;

/// Leaves out and shortens as long as the rule stays broken. None where the request alone does not break it.
pub async fn smallest(
    document: &Document,
    bench: &Bench,
    operation: &Operation,
    request: &Request,
    finding: &Finding,
) -> Option<(Request, Finding)> {
    let mut smallest = request.clone();
    let mut shown = breaks(document, bench, operation, request, finding, 0).await?;
    let mut tries = 1;
    let mut skip = 0;
    while tries < TRIES {
        let Some(candidate) = smaller(&smallest).into_iter().nth(skip) else {
            break;
        };
        tries += 1;
        match breaks(document, bench, operation, &candidate, finding, tries).await {
            Some(still) => {
                smallest = candidate;
                shown = still;
            }
            None => skip += 1,
        }
    }
    Some((smallest, shown))
}

async fn breaks(
    document: &Document,
    bench: &Bench,
    operation: &Operation,
    request: &Request,
    finding: &Finding,
    tries: usize,
) -> Option<Finding> {
    let mut scene = Scene::new(bench, format!("small-{tries}-{:x}", fastrand::u32(..)));
    let exchanged = exchange(document, bench, operation, request, &mut scene).await;
    let findings = exchanged.ok()??.findings;
    findings
        .into_iter()
        .find(|one| one.kind() == finding.kind())
}

/// Every request that is a little smaller.
fn smaller(request: &Request) -> Vec<Request> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Request)| {
        let mut candidate = request.clone();
        change(&mut candidate);
        if candidate != *request {
            all.push(candidate);
        }
    };
    for index in 0..request.query.len() {
        add(&|one| {
            one.query.remove(index);
        });
    }
    for index in 0..request.headers.len() {
        add(&|one| {
            one.headers.remove(index);
        });
    }
    if request.claims.is_some() {
        add(&|one| one.claims = Some(crate::scene::merchant()));
    }
    match &request.body {
        Some(Content::Json(value)) => {
            let mut places = Vec::new();
            collect(value, "", &mut places);
            // Many members at a time first.
            let mut many = places.len() / 2;
            while many > 4 {
                for some in places.chunks(many) {
                    add(&|one| {
                        if let Some(Content::Json(value)) = &mut one.body {
                            some.iter().rev().for_each(|place| remove(value, place));
                        }
                    });
                }
                many /= 2;
            }
            for place in &places {
                add(&|one| {
                    if let Some(Content::Json(value)) = &mut one.body {
                        remove(value, place);
                    }
                });
            }
            for place in &places {
                add(&|one| {
                    if let Some(Content::Json(value)) = &mut one.body {
                        shorten(value, place);
                    }
                });
            }
        }
        Some(Content::Bytes(bytes)) if bytes.len() > 1 => {
            let half = bytes.len() / 2;
            for range in [half..bytes.len(), 0..half] {
                add(&|one| {
                    if let Some(Content::Bytes(bytes)) = &mut one.body {
                        bytes.drain(range.clone());
                    }
                });
            }
        }
        _ => {}
    }
    all
}

fn collect(value: &Value, at: &str, places: &mut Vec<String>) {
    let child = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                places.push(child(name));
                collect(value, &child(name), places);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate().rev() {
                let at = child(&index.to_string());
                places.push(at.clone());
                collect(value, &at, places);
            }
        }
        _ => {}
    }
}

fn remove(value: &mut Value, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else {
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(elements)) => {
            if let Ok(index) = name.parse::<usize>()
                && index < elements.len()
            {
                elements.remove(index);
            }
        }
        _ => {}
    }
}

/// Cuts a long text in half, and takes a text's last character away.
fn shorten(value: &mut Value, place: &str) {
    if let Some(Value::String(text)) = value.pointer_mut(place)
        && !text.contains("$(")
    {
        let length = text.chars().count();
        let keep = if length > 16 {
            length / 2
        } else {
            length.saturating_sub(1)
        };
        *text = text.chars().take(keep).collect();
    }
}
