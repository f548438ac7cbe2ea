//! Properties of the signatures that no table can hold.

use proptest::prelude::*;
use serde_json::Value;

use super::{minify, non_snap, snap};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        // Text made of what minify has to watch: quotes, backslashes and whitespace.
        "[\"\\\\ \t\r\nu0a]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts whitespace at random places outside string literals of compact JSON.
fn spread(compact: &str, choices: &[u8]) -> Vec<u8> {
    let mut choices = choices.iter().cycle();
    let mut spread = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for byte in compact.bytes() {
        if !in_string
            && let Some(space) = choices.next().and_then(|c| b" \t\r\n".get(usize::from(*c)))
        {
            spread.push(*space);
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        spread.push(byte);
    }
    spread
}

fn flip(text: &str, at: prop::sample::Index, bit: u32) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at.index(bytes.len());
    bytes[at] ^= 1 << bit;
    String::from_utf8(bytes).unwrap() // ASCII, and the eighth bit is never flipped
}

proptest! {
    #[test]
    fn minify_never_panics_and_is_idempotent(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let once = minify(&bytes);
        prop_assert!(once.len() <= bytes.len());
        prop_assert_eq!(minify(&once), once);
    }

    #[test]
    fn minified_json_parses_to_the_same_value(value in json()) {
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        let minified = minify(&pretty);
        prop_assert_eq!(&serde_json::from_slice::<Value>(&minified).unwrap(), &value);
        prop_assert_eq!(minified, serde_json::to_vec(&value).unwrap());
    }

    #[test]
    fn whitespace_between_tokens_does_not_matter(
        value in json(),
        choices in prop::collection::vec(0_u8..8, 1..16),
    ) {
        let compact = value.to_string();
        prop_assert_eq!(minify(&spread(&compact, &choices)), compact.into_bytes());
    }

    #[test]
    fn a_flipped_bit_of_a_signed_snap_notification_is_refused(
        value in json(),
        part in 0_usize..5,
        at in any::<prop::sample::Index>(),
        bit in 0_u32..8,
    ) {
        let secret = "SK-TESTONLY-0123456789abcdef".into();
        let body = format!("{{\"additionalInfo\":{value}}}").into_bytes();
        let (path, token, time) = ("/v1.0/debit/notify", "eyJ.a-token.c2ln", "2026-11-20T08:15:30+07:00");
        let signature = snap::sign(&secret, &snap::string_to_sign("POST", path, token, &body, time));

        let ascii_bit = bit % 7;
        let mut sent = (body.clone(), path.to_owned(), token.to_owned(), time.to_owned(), signature.clone());
        match part {
            0 => { let at = at.index(body.len()); sent.0[at] ^= 1 << bit; }
            1 => sent.1 = flip(path, at, ascii_bit),
            2 => sent.2 = flip(token, at, ascii_bit),
            3 => sent.3 = flip(time, at, ascii_bit),
            _ => sent.4 = flip(&signature, at, ascii_bit),
        }
        let to_sign = snap::string_to_sign("POST", &sent.1, &sent.2, &sent.0, &sent.3);
        prop_assert!(snap::verify(&secret, &to_sign, &sent.4).is_err());
    }

    #[test]
    fn a_flipped_bit_of_a_signed_non_snap_notification_is_refused(
        body in prop::collection::vec(any::<u8>(), 1..128),
        part in 0_usize..5,
        at in any::<prop::sample::Index>(),
        bit in 0_u32..8,
    ) {
        let secret = "SK-TESTONLY-0123456789abcdef".into();
        let (id, time, path) = ("479b663f-5c9d", "2026-11-20T01:20:01Z", "/doku/notifications/cards");
        let component = |body: &[u8], id: &str, time: &str, path: &str| {
            non_snap::request_component(&non_snap::Parts {
                client_id: "BRN-0000-TESTONLY00001", request_id: id, timestamp: time, target: path, body: Some(body),
            })
        };
        let signature = non_snap::sign(&secret, &component(&body, id, time, path));

        let ascii_bit = bit % 7;
        let mut sent = (body.clone(), id.to_owned(), time.to_owned(), path.to_owned(), signature.clone());
        match part {
            0 => { let at = at.index(body.len()); sent.0[at] ^= 1 << bit; }
            1 => sent.1 = flip(id, at, ascii_bit),
            2 => sent.2 = flip(time, at, ascii_bit),
            3 => sent.3 = flip(path, at, ascii_bit),
            _ => sent.4 = flip(&signature, at, ascii_bit),
        }
        let altered = component(&sent.0, &sent.1, &sent.2, &sent.3);
        prop_assert!(non_snap::verify(&secret, &altered, &sent.4).is_err());
    }
}
