//! Signs a complete call as DOKU does.

use doku_shared::signing::asymmetric::{SigningKey, token_string};
use doku_shared::signing::{non_snap, snap};
use secrecy::SecretString;

use crate::bench::Bench;
use crate::document::Operation;
use crate::request::Sent;

/// Adds the signature; what is missing from the headers is missing from what is signed.
pub fn sign(bench: &Bench, operation: &Operation, sent: &mut Sent) -> Result<(), String> {
    let text = |name: &str| {
        let value = sent.header(name).unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    };
    let secret = SecretString::from(bench.world.secrets().field("secretKey"));
    let (name, signature) = match operation.path.as_str() {
        "/v1.0/access-token/b2b" => {
            let key = SigningKey::from_pem(&SecretString::from(bench.world.doku_key()));
            let key = key.map_err(|error| error.to_string())?;
            let signed = token_string(&text("x-client-key"), &text("x-timestamp"));
            (
                "x-signature",
                key.sign(&signed).map_err(|error| error.to_string())?,
            )
        }
        "/v1.0/debit/notify" => {
            let authorization = text("authorization");
            let token = authorization.rsplit(' ').next().unwrap_or_default();
            let stamp = text("x-timestamp");
            let signed = snap::string_to_sign("POST", &operation.path, token, &sent.body, &stamp);
            ("x-signature", snap::sign(&secret, &signed))
        }
        _ => {
            let signed = non_snap::request_component(&non_snap::Parts {
                client_id: &text("client-id"),
                request_id: &text("request-id"),
                timestamp: &text("request-timestamp"),
                target: &operation.path,
                body: Some(&sent.body),
            });
            ("signature", non_snap::sign(&secret, &signed))
        }
    };
    sent.set_header(name, &signature);
    Ok(())
}
