//! A request before it is sent. What a world has to provide stands in it by a name: `$(active-binding)`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::scene::Scene;

/// A body.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A JSON document.
    Json(Value),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// Who calls: the claims of the token.
pub type Claims = BTreeMap<String, String>;

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The path's parameters as they are written there, percent-encoded, in their order.
    pub path: Vec<String>,
    /// The query's pairs as they are written there.
    pub query: Vec<String>,
    /// The headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The token's claims; none where the route wants no token.
    pub claims: Option<Claims>,
    /// The body.
    pub body: Option<Content>,
    /// Whether it is signed as DOKU signs, once it is complete.
    pub signed: bool,
    /// Card numbers that were put into it, as they are written there.
    pub cards: Vec<String>,
}

/// A request as it goes to the gateway.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its path parameters, percent-encoded.
    pub path: Vec<String>,
    /// Its query's pairs, percent-encoded.
    pub query: Vec<String>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its caller.
    pub claims: Option<Claims>,
    /// Its body; empty where it has none.
    pub body: Vec<u8>,
    /// Card numbers in it.
    pub cards: Vec<String>,
}

impl Request {
    /// The request with everything in it that the scene provides.
    pub async fn complete(&self, scene: &mut Scene<'_>) -> Result<Sent, String> {
        let mut sent = Sent {
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            claims: None,
            body: Vec::new(),
            cards: self.cards.clone(),
        };
        for part in &self.path {
            sent.path.push(scene.fill(part).await?);
        }
        for pair in &self.query {
            sent.query.push(scene.fill(pair).await?);
        }
        for (name, value) in &self.headers {
            let value = match std::str::from_utf8(value) {
                Ok(text) => scene.fill(text).await?.into_bytes(),
                Err(_) => value.clone(),
            };
            sent.headers.push((name.clone(), value));
        }
        if let Some(claims) = &self.claims {
            let mut filled = Claims::new();
            for (name, value) in claims {
                filled.insert(name.clone(), scene.fill(value).await?);
            }
            sent.claims = Some(filled);
        }
        sent.body = match &self.body {
            None => Vec::new(),
            Some(Content::Json(value)) => scene.fill(&value.to_string()).await?.into_bytes(),
            Some(Content::Bytes(bytes)) => match std::str::from_utf8(bytes) {
                Ok(text) => scene.fill(text).await?.into_bytes(),
                Err(_) => bytes.clone(),
            },
        };
        Ok(sent)
    }
}

impl Sent {
    /// The value of a header; none unless it is there once.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut all = self
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let first = all.next();
        first
            .filter(|_| all.next().is_none())
            .map(|(_, value)| value.as_slice())
    }

    /// Sets a header.
    pub fn set_header(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
    }
}

/// A body as a person reads it, not all of a long one.
fn shown(bytes: &[u8]) -> String {
    const ENOUGH: usize = 1500;
    let text = String::from_utf8_lossy(bytes);
    let mut text: String = text
        .chars()
        .take(ENOUGH)
        .flat_map(char::escape_debug)
        .collect();
    text = text.replace("\\\"", "\"");
    if bytes.len() > ENOUGH {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            writeln!(f, "  path    {}", self.path.join(" "))?;
        }
        if !self.query.is_empty() {
            writeln!(f, "  query   {}", shown(self.query.join("&").as_bytes()))?;
        }
        for (name, value) in &self.headers {
            writeln!(f, "  header  {name}: {}", shown(value))?;
        }
        if let Some(claims) = &self.claims {
            writeln!(f, "  claims  {claims:?}")?;
        }
        match &self.body {
            Some(Content::Json(value)) => {
                writeln!(f, "  body    {}", shown(value.to_string().as_bytes()))
            }
            Some(Content::Bytes(bytes)) => writeln!(f, "  bytes   {}", shown(bytes)),
            None => Ok(()),
        }
    }
}
