//! Every golden vector of `tests/vectors/doku.json` that concerns signatures.
//!
//! The counts are asserted, so a vector that is added has to be looked at.

use secrecy::SecretString;
use serde_json::Value;

use super::asymmetric::{SigningKey, VerifyingKey, token_string, transaction_string};
use super::{minify, non_snap, reserialise, sha256_base64, sha256_hex, snap};

/// One section of the vectors file.
pub(super) struct Section;

impl Section {
    fn load(name: &str, count: usize) -> Vec<Value> {
        let vectors = document()[name].as_array().unwrap().clone();
        assert_eq!(vectors.len(), count, "number of vectors in {name}");
        vectors
    }

    pub(super) fn key(name: &str) -> Value {
        document()["keys"][name].clone()
    }

    pub(super) fn signing_key(name: &str) -> SigningKey {
        let key = Self::key(name);
        SigningKey::from_pem(&pem("PRIVATE KEY", text(&key, "private_key_pkcs8_der_base64")).into())
            .unwrap()
    }

    fn verifying_key(name: &str) -> VerifyingKey {
        let key = Self::key(name);
        VerifyingKey::from_pem(&pem("PUBLIC KEY", text(&key, "public_key_spki_der_base64")))
            .unwrap()
    }
}

fn document() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/doku.json")).unwrap()
}

/// Wraps base64 at 64 columns between the usual lines.
pub(super) fn pem(label: &str, base64: &str) -> String {
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {}", vector["id"]))
}

fn secret(vector: &Value, field: &str) -> SecretString {
    text(vector, field).into()
}

#[test]
fn snap_symmetric() {
    let mut informative = 0;
    for vector in Section::load("snap_symmetric", 17) {
        let id = text(&vector, "id");
        let raw = text(&vector, "body_raw").as_bytes();
        let minified = minify(raw);
        assert_eq!(
            minified,
            text(&vector, "body_minified").as_bytes(),
            "{id}: minified"
        );
        assert_eq!(
            sha256_hex(&minified),
            text(&vector, "body_sha256_hex"),
            "{id}: hash"
        );
        let to_sign = snap::string_to_sign(
            text(&vector, "method"),
            text(&vector, "endpoint_url"),
            text(&vector, "access_token"),
            raw,
            text(&vector, "timestamp"),
        );
        assert_eq!(
            to_sign,
            text(&vector, "string_to_sign"),
            "{id}: string to sign"
        );
        let secret = secret(&vector, "client_secret");
        let signature = text(&vector, "x_signature");
        assert_eq!(snap::sign(&secret, &to_sign), signature, "{id}: signature");
        assert_eq!(signature.len(), 88, "{id}");
        assert!(
            snap::verify(&secret, &to_sign, signature).is_ok(),
            "{id}: verify"
        );

        // An informative vector is one whose two readings differ: re-serialising gives other bytes.
        if text(&vector, "role") == "informative" {
            informative += 1;
            let parsed: Value = serde_json::from_slice(raw).unwrap();
            assert_ne!(
                parsed.to_string().as_bytes(),
                minified,
                "{id}: {}",
                vector["note"]
            );
        }
    }
    assert_eq!(informative, 2);
}

#[test]
fn snap_canonicalisation_variants() {
    for vector in Section::load("snap_canonicalisation_variants", 5) {
        let why = text(&vector, "why");
        let raw = text(&vector, "body_raw").as_bytes();
        let minified = minify(raw);
        assert_eq!(
            minified,
            text(&vector, "textual_minify").as_bytes(),
            "{why}"
        );
        assert_eq!(
            sha256_hex(&minified),
            text(&vector, "textual_sha256_hex"),
            "{why}"
        );

        let reserialised = text(&vector, "reserialised");
        // A duplicate key is refused, since printing it would choose one of the two.
        let printed = reserialise(raw).map(|bytes| String::from_utf8(bytes).unwrap());
        let expected = (!why.starts_with("duplicate key")).then_some(reserialised);
        assert_eq!(printed.as_deref(), expected, "{why}");
        assert_eq!(
            sha256_hex(reserialised.as_bytes()),
            text(&vector, "reserialised_sha256_hex"),
            "{why}"
        );
        assert_eq!(
            reserialised.as_bytes() == minified,
            vector["equal"].as_bool().unwrap(),
            "{why}"
        );
    }
}

#[test]
fn doku_published_values() {
    for vector in Section::load("doku_published_values", 1) {
        let body = text(&vector, "body_minified").as_bytes();
        assert_eq!(minify(body), body);
        assert_eq!(sha256_hex(body), text(&vector, "body_sha256_hex"));
    }
}

#[test]
fn snap_asymmetric() {
    let (mut accepted, mut rejected) = (0, 0);
    for vector in Section::load("snap_asymmetric", 8) {
        let id = text(&vector, "id");
        let key_name = text(&vector, "key");
        let to_sign = text(&vector, "string_to_sign");
        let signature = text(&vector, "signature");
        if let Some(client_id) = vector["client_id"].as_str() {
            assert_eq!(
                token_string(client_id, text(&vector, "timestamp")),
                to_sign,
                "{id}"
            );
        }
        if let Some(method) = vector["method"].as_str() {
            let body = text(&vector, "body_raw").as_bytes();
            let built = transaction_string(
                method,
                text(&vector, "endpoint_url"),
                body,
                text(&vector, "timestamp"),
            );
            assert_eq!(built, to_sign, "{id}");
        }
        let verified = Section::verifying_key(key_name)
            .verify(to_sign, signature)
            .is_ok();
        if text(&vector, "expect") == "accept" {
            accepted += 1;
            assert!(verified, "{id}: verify");
            let signed = Section::signing_key(key_name).sign(to_sign).unwrap();
            assert_eq!(signed, signature, "{id}: sign");
        } else {
            rejected += 1;
            assert!(!verified, "{id}: must be refused");
        }
    }
    assert_eq!((accepted, rejected), (5, 3));
}

#[test]
fn non_snap_request() {
    for vector in Section::load("non_snap_request", 11) {
        let id = text(&vector, "id");
        let body = vector["body"].as_str().map(str::as_bytes);
        assert_eq!(
            body.map(sha256_base64).as_deref(),
            vector["digest"].as_str(),
            "{id}: digest"
        );
        let component = non_snap::request_component(&non_snap::Parts {
            client_id: text(&vector, "client_id"),
            request_id: text(&vector, "request_id"),
            timestamp: text(&vector, "request_timestamp"),
            target: text(&vector, "request_target"),
            body,
        });
        assert_eq!(component, text(&vector, "component"), "{id}: component");
        let secret = secret(&vector, "secret_key");
        let signature = text(&vector, "signature");
        assert_eq!(
            non_snap::sign(&secret, &component),
            signature,
            "{id}: signature"
        );
        assert!(
            non_snap::verify(&secret, &component, signature).is_ok(),
            "{id}: verify"
        );
    }
}

#[test]
fn non_snap_response() {
    let (mut accepted, mut rejected) = (0, 0);
    for vector in Section::load("non_snap_response", 5) {
        let id = text(&vector, "id");
        let body = vector["body"].as_str().map(str::as_bytes);
        assert_eq!(
            body.map(sha256_base64).as_deref(),
            vector["digest"].as_str(),
            "{id}: digest"
        );
        let component = non_snap::response_component(&non_snap::Parts {
            client_id: text(&vector, "client_id"),
            request_id: text(&vector, "request_id"),
            timestamp: text(&vector, "response_timestamp"),
            target: text(&vector, "request_target"),
            body,
        });
        let verified = non_snap::verify(
            &secret(&vector, "secret_key"),
            &component,
            text(&vector, "signature"),
        );
        if text(&vector, "expect") == "accept" {
            accepted += 1;
            assert_eq!(component, text(&vector, "component"), "{id}: component");
            assert!(verified.is_ok(), "{id}: verify");
        } else {
            rejected += 1;
            assert!(verified.is_err(), "{id}: must be refused");
        }
    }
    assert_eq!((accepted, rejected), (3, 2));
}

#[test]
fn notification_verification() {
    let (mut accepted, mut rejected) = (0, 0);
    for vector in Section::load("notification_verification", 14) {
        let id = text(&vector, "id");
        let headers = &vector["headers"];
        let path = text(&vector, "notification_path");
        let body = text(&vector, "body_raw").as_bytes();
        let (computed, verified) = if text(&vector, "scheme") == "non-snap" {
            let component = non_snap::request_component(&non_snap::Parts {
                client_id: text(headers, "Client-Id"),
                request_id: text(headers, "Request-Id"),
                timestamp: text(headers, "Request-Timestamp"),
                target: path,
                body: Some(body),
            });
            let secret = secret(&vector, "secret_key");
            let verified = non_snap::verify(&secret, &component, text(headers, "Signature"));
            (non_snap::sign(&secret, &component), verified)
        } else {
            let token = text(headers, "Authorization")
                .strip_prefix("Bearer ")
                .unwrap();
            let timestamp = text(headers, "X-TIMESTAMP");
            let to_sign = snap::string_to_sign("POST", path, token, body, timestamp);
            let secret = secret(&vector, "client_secret");
            let verified = snap::verify(&secret, &to_sign, text(headers, "X-SIGNATURE"));
            (snap::sign(&secret, &to_sign), verified)
        };
        assert_eq!(
            computed,
            text(&vector, "computed_signature"),
            "{id}: computed"
        );
        if text(&vector, "expect") == "accept" {
            accepted += 1;
            assert!(verified.is_ok(), "{id}: verify");
        } else {
            rejected += 1;
            assert!(verified.is_err(), "{id}: must be refused");
        }
    }
    assert_eq!((accepted, rejected), (2, 12));
}
