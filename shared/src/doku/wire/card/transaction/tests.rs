use super::*;
use crate::clock::Timestamp;
use crate::domain::failure::Failure;
use crate::domain::money::Rupiah;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::Verdict;
use proptest::prelude::*;

#[test]
fn a_product_may_be_named_by_its_id_alone() {
    let body = r#"{"order":{"invoice_number":"I","amount":1},"transaction":{"status":"SUCCESS"},
        "service":"VIRTUAL_ACCOUNT","channel":"VIRTUAL_ACCOUNT_BCA","acquirer":{"id":"BCA"}}"#;
    let found = read(body.as_bytes()).unwrap();
    assert_eq!(found.service.as_deref(), Some("VIRTUAL_ACCOUNT"));
    assert_eq!(found.channel.as_deref(), Some("VIRTUAL_ACCOUNT_BCA"));
    assert_eq!(found.acquirer.as_deref(), Some("BCA"));
}

const SAMPLE: &str = r#"{"order":{"invoice_number":"INV-20261120-0001","amount":90000},"customer":{"id":"cust-001","name":"Siti Aminah","email":"siti@example.com","phone":"6281200000000"},"transaction":{"status":"SUCCESS","date":"2026-11-20T01:19:58Z","type":"AUTHORIZE","original_request_id":"b266c265-3d61-4708-9860-c0d5b9a98f82"},"service":{"id":"CREDIT_CARD"},"acquirer":{"id":"BANK_MANDIRI"},"channel":{"id":"CREDIT_CARD"},"card_payment":{"card_masked":"411111******1111","approval_code":"123456","response_code":"00","response_message":"APPROVED","type":"AUTHORIZE","acquiring_off_us_status":"FALSE","request_id":"b266c265-3d61-4708-9860-c0d5b9a98f82","card_type":"CREDIT","three_dsecure_status":"TRUE","issuer":"BANK EXAMPLE","transaction_status":"SUCCESS","brand":"VISA","date":"2026-11-20T01:19:58Z"},"authorize_id":"12312391719112"}"#;

#[test]
fn an_authorisation() {
    let transaction = read(SAMPLE.as_bytes()).unwrap();
    assert_eq!(transaction.invoice, "INV-20261120-0001");
    assert_eq!(transaction.amount.rupiah(), Some(Rupiah::new(90_000)));
    let news = &transaction.card;
    assert_eq!(news.authorize_id.as_deref(), Some("12312391719112"));
    assert_eq!(news.used.masked.as_deref(), Some("411111******1111"));
    assert_eq!(
        news.happened_at,
        Timestamp::parse_rfc3339("2026-11-20T01:19:58Z")
    );
    assert_eq!(transaction.meaning(), Meaning::Payment(Verdict::Authorized));
}

#[test]
fn what_is_kept_reads_the_same_and_holds_nothing_else() {
    let whole = SAMPLE.replace("411111******1111", "4111111111111111");
    for body in [SAMPLE, &whole] {
        let transaction = read(body.as_bytes()).unwrap();
        let kept = transaction.keep();
        for personal in ["Siti", "6281200000000", "4111111111111111"] {
            assert!(!kept.contains(personal), "{kept}");
        }
        assert_eq!(read(kept.as_bytes()).unwrap(), transaction);
    }
}

#[test]
fn details_of_another_method_are_noted_and_kept() {
    let frame = r#"{"order":{"invoice_number":"I","amount":1},"transaction":{"status":"SUCCESS"}"#;
    let table = [
        (
            r#""virtual_account_info":{"virtual_account_number":"1"}"#,
            Some(Service::VirtualAccount),
        ),
        (
            r#""peer_to_peer_info":{"status":"SUCCESS"}"#,
            Some(Service::PayLater),
        ),
        (
            r#""online_to_offline_info":{"payment_code":"1"}"#,
            Some(Service::ConvenienceStore),
        ),
        (
            r#""emoney_payment":{"account_id":"1"}"#,
            Some(Service::Wallet),
        ),
        (r#""emoney_payment":null"#, None),
        (r#""wallet":{}"#, None),
        (r#""wallet":"text""#, None),
        (
            r#""wallet":{"a":1},"card_payment":{"response_code":"00"}"#,
            None,
        ),
    ];
    for (block, method) in table {
        let transaction = read(format!("{frame},{block}}}").as_bytes()).unwrap();
        assert_eq!(transaction.method, method, "{block}");
        assert_eq!(read(transaction.keep().as_bytes()).unwrap(), transaction);
    }
}

#[test]
fn what_only_a_success_has_to_state() {
    let body = |status: &str| {
        format!(r#"{{"order":{{"invoice_number":"I"}},"transaction":{{"status":"{status}"}}}}"#)
    };
    let expired = read(body("EXPIRED").as_bytes()).unwrap();
    assert_eq!(expired.amount.rupiah(), None);
    assert_eq!(read(expired.keep().as_bytes()).unwrap(), expired);
    assert_eq!(
        read(body("SUCCESS").as_bytes()),
        Err(BadMember("order.amount"))
    );
}

#[test]
fn the_authorisation_is_named_in_one_of_three_places() {
    let table = [
        ("in a merchant's spelling", r#""authorized_id":"4""#, "4"),
        (
            "in both spellings",
            r#""authorize_id":"1","authorized_id":"4""#,
            "1",
        ),
        (
            "top level",
            r#""authorize_id":"1","card_payment":{"authorize_id":"2"}"#,
            "1",
        ),
        (
            "card_payment, as a number",
            r#""card_payment":{"authorize_id":2},"payment":{"authorize_id":"3"}"#,
            "2",
        ),
        ("payment", r#""payment":{"authorize_id":"3"}"#, "3"),
    ];
    for (why, members, wanted) in table {
        let body = format!(
            r#"{{"order":{{"invoice_number":"I","amount":"1"}},"transaction":{{"status":"SUCCESS"}},{members}}}"#
        );
        let transaction = read(body.as_bytes()).unwrap();
        assert_eq!(
            transaction.card.authorize_id.as_deref(),
            Some(wanted),
            "{why}"
        );
    }
}

#[test]
fn what_each_status_means() {
    use Verdict as V;
    let refund = |kind, failed| Meaning::Refund { kind, failed };
    let pay = Meaning::Payment;
    let table = [
        ("SUCCESS", Some("SALE"), pay(V::Paid)),
        ("SUCCESS", Some("INSTALLMENT"), pay(V::Paid)),
        ("SUCCESS", Some("RECURRING"), pay(V::Paid)),
        ("SUCCESS", Some("MOTO"), pay(V::Paid)),
        ("SUCCESS", None, pay(V::Paid)),
        ("SUCCESS", Some("AUTHORIZE"), pay(V::Authorized)),
        ("SUCCESS", Some("AUTHORIZATION"), pay(V::Authorized)),
        ("SUCCESS", Some("CAPTURE"), pay(V::Captured)),
        ("SUCCESS", Some("REFUND"), refund(None, None)),
        (
            "SUCCESS",
            Some("VOID"),
            refund(Some(RefundKind::Void), None),
        ),
        (
            "SUCCESS",
            Some("FULL_REFUND"),
            refund(Some(RefundKind::Full), None),
        ),
        (
            "FAILED",
            Some("REFUND"),
            refund(None, Some(Failure::InsufficientFunds)),
        ),
        (
            "FAILED",
            Some("SALE"),
            pay(V::AttemptFailed(Failure::InsufficientFunds)),
        ),
        (
            "FAILED",
            None,
            pay(V::AttemptFailed(Failure::InsufficientFunds)),
        ),
        (
            "FAILED",
            Some("CAPTURE"),
            pay(V::CaptureFailed(Failure::InsufficientFunds)),
        ),
        ("EXPIRED", None, pay(V::Expired)),
        ("REFUNDED", Some("SALE"), refund(None, None)),
        ("VOIDED", None, refund(Some(RefundKind::Void), None)),
        ("PENDING", None, Meaning::Open),
        ("REDIRECT", None, Meaning::Open),
        ("TIMEOUT", Some("SALE"), Meaning::Open),
        ("SUCCESS", Some("SURPRISE"), pay(V::Unrecognised)),
        ("SUCCESS", Some("FULL REFUND"), pay(V::Unrecognised)),
        ("SURPRISE", None, pay(V::Unrecognised)),
    ];
    for (status, kind, wanted) in table {
        let kind = kind.map_or(String::new(), |kind| format!(r#","type":"{kind}""#));
        let body = format!(
            r#"{{"order":{{"invoice_number":"I","amount":1}},"transaction":{{"status":"{status}"{kind}}},"card_payment":{{"response_code":"51"}}}}"#
        );
        let transaction = read(body.as_bytes()).unwrap();
        assert_eq!(transaction.meaning(), wanted, "{status} {kind}");
    }
}

#[test]
fn what_must_be_there() {
    let table = [
        (
            "no invoice",
            r#"{"order":{"amount":1},"transaction":{"status":"SUCCESS"}}"#,
            "order.invoice_number",
        ),
        (
            "no amount",
            r#"{"order":{"invoice_number":"I"},"transaction":{"status":"SUCCESS"}}"#,
            "order.amount",
        ),
        (
            "no status",
            r#"{"order":{"invoice_number":"I","amount":1}}"#,
            "transaction.status",
        ),
        ("not JSON", "<html>", "body"),
        ("a list", "[1]", "body"),
    ];
    for (why, body, member) in table {
        assert_eq!(
            read(body.as_bytes()).unwrap_err(),
            BadMember(member),
            "{why}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&body);
    }

    #[test]
    fn any_change_of_the_sample_is_read_or_refused(at in 0..SAMPLE.len(), byte in any::<u8>()) {
        let mut body = SAMPLE.as_bytes().to_vec();
        body[at] = byte;
        let _ = read(&body);
    }
}
