//! Allocates the references under which DOKU knows payments and refunds.
//!
//! A channel's references may be much shorter (CIMB: 12 characters) or longer (32 and more) than
//! a merchant's invoice number. One that fits is used as it is, so that DOKU's dashboard and
//! settlement files show the merchant's own number; otherwise it is a hash of it. Either way the
//! same invoice number always gives the same reference: even if our table were lost, DOKU itself
//! would refuse to charge an invoice twice.
//!
//! The names of refunds and of non-SNAP requests are derived in the same way from what asks for the
//! work: the same request gives the same name although the table has forgotten that it was made.

use sha2::{Digest, Sha256};

use super::channel::{CustomerIds, Lengths};
use super::ids::{CustomerId, ExternalId, PaymentId, Reference, SubscriptionId};
use super::invoice::InvoiceName;
use super::operation::OperationKind;

/// Crockford's base 32: no letters that are read as digits, and one case, since banks fold it.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters that are enough wherever a channel allows them: 130 bits.
const COMFORTABLE: usize = 26;

/// The reference of an invoice number. `salt` counts up from 0 when the reference before it is
/// taken by another invoice number, which for 12 characters (60 bits) hardly ever happens.
///
/// A customer's number is always hashed, together with the customer's id: at DOKU it can be neither a
/// number of the merchant's nor another customer's.
pub fn for_invoice(name: InvoiceName<'_>, lengths: Lengths, salt: u32) -> Reference {
    let text = match name {
        InvoiceName::Merchant(invoice) => invoice.as_str(),
        InvoiceName::Customer(customer, invoice) => {
            let text = format!("customer-invoice:{salt}:{customer}/{invoice}");
            return hashed(&text, lengths);
        }
    };
    let fits = lengths.contains(text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if salt == 0 && fits {
        return Reference::trusted(text.to_owned());
    }
    hashed(&format!("invoice:{salt}:{text}"), lengths)
}

/// The reference of a refund (`partnerRefundNo`): derived from its payment, the normalised
/// idempotency key and the number of the try, counted from 1, so that the same request finds at DOKU
/// what it did there before. It needs no look-up item of its own.
pub fn for_refund(payment: PaymentId, key: &str, attempt: u32, lengths: Lengths) -> Reference {
    let text = joined("refund", &payment.to_string(), key, attempt);
    hashed(&text, lengths)
}

/// The resource that a derived request id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A payment that is about to be made, by its invoice number.
    Invoice(InvoiceName<'a>),
    /// A payment that something is done to: a capture or a refund.
    Payment(PaymentId),
}

/// Characters of a derived `Request-Id`: 160 bits, of the 128 characters that DOKU takes.
const REQUEST_ID: Lengths = Lengths { min: 32, max: 32 };

/// The `Request-Id` of a non-SNAP operation: derived from its kind, the resource it belongs to, the
/// normalised idempotency key or the period, and the number of the try, counted from 1. The token that
/// the caller presented never enters.
///
/// A try gets another number only where another name is right. Work that is sent again keeps its name.
pub fn for_request(
    kind: OperationKind,
    subject: Subject<'_>,
    key: &str,
    attempt: u32,
) -> ExternalId {
    let kind = match kind {
        OperationKind::Bind => "bind",
        OperationKind::Unbind => "unbind",
        OperationKind::BindingOtp => "binding_otp",
        OperationKind::Pay => "pay",
        OperationKind::Otp => "otp",
        OperationKind::Capture => "capture",
        OperationKind::Refund => "refund",
    };
    let subject = match subject {
        Subject::Invoice(InvoiceName::Merchant(invoice)) => format!("invoice/{invoice}"),
        Subject::Invoice(InvoiceName::Customer(customer, invoice)) => {
            format!("customer/{customer}/invoice/{invoice}")
        }
        Subject::Payment(payment) => format!("payment/{payment}"),
    };
    let name = hashed(&joined(kind, &subject, key, attempt), REQUEST_ID);
    ExternalId::trusted(name.to_string())
}

/// The parts of a derived name, joined so that no two lists of parts give the same text.
fn joined(kind: &str, subject: &str, key: &str, attempt: u32) -> String {
    let lengths = format!("{}.{}", subject.len(), key.len());
    format!("request:{kind}:{attempt}:{lengths}:{subject}{key}")
}

/// What is added to the invoice number of a charge whose plain one another payment has. The same charge
/// always gets the same addition: `nth` counts up from 0 while that is taken as well.
pub fn for_used_invoice(subscription: SubscriptionId, day: &str, attempt: usize, nth: u32) -> u16 {
    let text = format!("charge:{nth}:{subscription}/{day}/{attempt}");
    let digest = Sha256::digest(text.as_bytes());
    u16::from_be_bytes([digest[0], digest[1]])
}

/// Our name for a customer towards a channel (`custIdMerchant`): the merchant's own where it fits, so
/// that DOKU's dashboard shows it, else a hash of it.
pub fn for_customer(customer: &CustomerId, rules: CustomerIds) -> String {
    let text = customer.as_str();
    let plain = rules.symbols || text.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain && text.len() <= rules.max {
        return text.to_owned();
    }
    let lengths = Lengths {
        min: 1,
        max: rules.max,
    };
    hashed(&format!("customer:{text}"), lengths).to_string()
}

/// How many characters a hash has within these limits.
fn length(lengths: Lengths) -> usize {
    COMFORTABLE.max(lengths.min).min(lengths.max)
}

/// Characters that one digest of 256 bits makes.
const OF_A_DIGEST: usize = 51;

fn hashed(text: &str, lengths: Lengths) -> Reference {
    let length = length(lengths);
    let blocks = 0..length.div_ceil(OF_A_DIGEST);
    let characters = blocks.flat_map(|block| match block {
        0 => characters(text),
        more => characters(&format!("{more}:{text}")),
    });
    Reference::trusted(characters.take(length).collect())
}

/// As many characters as the digest of a text makes.
fn characters(text: &str) -> impl Iterator<Item = char> + use<> {
    let digest = Sha256::digest(text.as_bytes());
    (0..OF_A_DIGEST).map(move |place| {
        let bit = place * 5;
        let byte = |at: usize| digest.get(at).copied().unwrap_or(0);
        let pair = u16::from_be_bytes([byte(bit / 8), byte(bit / 8 + 1)]);
        let five = (pair >> (11 - bit % 8)) & 31;
        char::from(ALPHABET[usize::from(five)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{Channel, ChannelSettings, Channels};
    use crate::domain::ids::InvoiceNumber;

    const CIMB: Lengths = Lengths { min: 1, max: 12 };
    const ALLO: Lengths = Lengths { min: 32, max: 64 };

    fn invoice(text: &str) -> InvoiceNumber {
        InvoiceNumber::parse(text).unwrap()
    }

    #[test]
    fn a_number_that_fits_is_kept() {
        let kept = for_invoice(InvoiceName::Merchant(&invoice("INV-0001")), CIMB, 0);
        assert_eq!(kept.as_str(), "INV-0001");
        assert_ne!(
            for_invoice(InvoiceName::Merchant(&invoice("INV-0001")), CIMB, 1),
            kept
        );
    }

    #[test]
    fn others_are_hashed_to_the_channels_length() {
        let table = [
            ("too long", "INV-20261120-0001", CIMB, 12),
            ("a slash", "INV/1", CIMB, 12),
            ("too short", "INV-0001", ALLO, 32),
            ("roomy", "INV/1", Lengths { min: 1, max: 64 }, 26),
            (
                "more than a digest",
                "INV-1",
                Lengths { min: 52, max: 64 },
                52,
            ),
            ("the longest", "INV-1", Lengths { min: 64, max: 64 }, 64),
            ("nothing fits", "INV-1", Lengths { min: 30, max: 20 }, 20),
        ];
        for (why, text, lengths, length) in table {
            let reference = for_invoice(InvoiceName::Merchant(&invoice(text)), lengths, 0);
            assert_eq!(reference.as_str().len(), length, "{why}");
            assert_eq!(
                reference,
                for_invoice(InvoiceName::Merchant(&invoice(text)), lengths, 0),
                "{why}: stable"
            );
        }
    }

    #[test]
    fn a_customers_name_fits_the_channel() {
        let of = |text: &str, max, symbols| {
            for_customer(
                &CustomerId::parse(text).unwrap(),
                CustomerIds { max, symbols },
            )
        };
        assert_eq!(of("cust-001", 64, true), "cust-001");
        assert_eq!(of("cust001", 18, false), "cust001");
        let replaced = of("cust-001", 18, false);
        assert_eq!(replaced.len(), 18);
        assert!(replaced.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(replaced, of("cust-001", 18, false), "stable");
        assert_ne!(replaced, of("cust-002", 18, false));
        assert_eq!(of(&"c".repeat(64), 18, false).len(), 18);
    }

    #[test]
    fn a_reference_stays_what_it_was() {
        let of = |min| {
            for_invoice(
                InvoiceName::Merchant(&invoice("INV/1")),
                Lengths { min, max: 64 },
                0,
            )
            .to_string()
        };
        assert_eq!(of(1), "EJCHQQRNF0717H9Q7PQNH4PNXH");
        assert!(of(64).starts_with(&of(51)) && of(51).starts_with(&of(1)));
    }

    #[test]
    fn derived_names_stay_what_they_were() {
        use OperationKind::{Capture, Pay, Refund};
        let payment = PaymentId::new(ulid::Ulid::from_parts(1_790_000_000_000, 7));
        let number = invoice("INV/1");
        let by_invoice = Subject::Invoice(InvoiceName::Merchant(&number));
        let by_payment = Subject::Payment(payment);
        let request = |kind, subject, key, attempt| {
            for_request(kind, subject, key, attempt).as_str().to_owned()
        };
        let refund = |key, attempt, lengths| {
            let reference = for_refund(payment, key, attempt, lengths);
            reference.to_string()
        };
        let table = [
            (
                request(Pay, by_invoice, "key-1", 1),
                "KA1E0TDAMJ66VQQSRFXZFC06BP6KQV82",
            ),
            (
                request(Pay, by_invoice, "key-1", 2),
                "DD8FN2922VXDHNH3M1EB1SFSAVM48MB6",
            ),
            (
                request(Capture, by_payment, "key-1", 1),
                "J1HT3JHCCF2MBJRCXBWNDN092B1TP087",
            ),
            (
                request(Refund, by_payment, "key-1", 1),
                "EZW26GA1PCS6TNXESGQCSB2JHGGX5SW6",
            ),
            (refund("key-1", 1, CIMB), "MC7VTKRR6SBZ"),
            (refund("key-1", 1, ALLO), "MC7VTKRR6SBZTK2Y1TRCVVQEFXH2WASG"),
            (refund("key-1", 2, ALLO), "EZA0T72J0KSTAX0M0VQ0N08KZSSG16J8"),
        ];
        for (name, wanted) in &table {
            assert_eq!(name, wanted);
        }
    }

    #[test]
    fn a_customers_number_differs_from_all_others() {
        let number = invoice("INV-0001");
        let [one, other] = ["cust-1", "cust-2"].map(|id| CustomerId::parse(id).unwrap());
        let names = [
            InvoiceName::Merchant(&number),
            InvoiceName::Customer(&one, &number),
            InvoiceName::Customer(&other, &number),
        ];
        for lengths in [CIMB, ALLO] {
            let references = names.map(|name| for_invoice(name, lengths, 0));
            differ(lengths, references.into_iter());
            let again = for_invoice(names[1], lengths, 0);
            assert_eq!(again, for_invoice(names[1], lengths, 0), "stable");
            assert!(!again.as_str().contains("INV"), "hashed even where it fits");
        }
        // The same key and number of two callers is not one request to DOKU.
        let requests: std::collections::BTreeSet<_> = names
            .map(|name| for_request(OperationKind::Pay, Subject::Invoice(name), "key", 1))
            .into();
        assert_eq!(requests.len(), names.len());
    }

    #[test]
    fn parts_of_a_derived_name_do_not_run_together() {
        let number = |text: &str, key: &str| {
            for_request(
                OperationKind::Pay,
                Subject::Invoice(InvoiceName::Merchant(&invoice(text))),
                key,
                1,
            )
        };
        assert_ne!(number("INV-1", "2"), number("INV-12", ""));
        assert_ne!(number("INV-1", "1:2"), number("INV-1", "12"));
        assert_eq!(number("INV-1", "2"), number("INV-1", "2"));
        assert_eq!(number("INV-1", &"k".repeat(255)).as_str().len(), 32);
    }

    /// The limits that channels have, one of each length that references then have; and longer ones,
    /// which a channel may be added with.
    fn limits() -> Vec<Lengths> {
        let channels = Channels::new(&ChannelSettings::default()).unwrap();
        let of = |channel: &Channel| [channel.payment_reference, channel.refund_reference];
        let mut all: Vec<Lengths> = channels.all().flat_map(of).collect();
        all.extend([53, 64].map(|min| Lengths { min, max: 64 }));
        all.sort_by_key(|lengths| length(*lengths));
        all.dedup_by_key(|lengths| length(*lengths));
        all
    }

    fn differ(lengths: Lengths, references: impl Iterator<Item = Reference>) {
        let mut all: Vec<_> = references.map(|reference| reference.to_string()).collect();
        let many = all.len();
        assert!(all.iter().all(|text| lengths.contains(text.len())));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), many, "{lengths:?}");
    }

    #[test]
    fn a_million_references_of_a_channel_differ_and_keep_its_limits() {
        const HALF: u64 = 500_000;
        let limits = limits();
        assert_eq!(limits.len(), 5, "12, 26, 32, 53 and 64 characters");
        std::thread::scope(|scope| {
            for lengths in limits {
                scope.spawn(move || {
                    // As long as an invoice number can be: each is replaced by a hash.
                    let invoices = (0..HALF).map(|n| invoice(&format!("INVOICE/{n:056}")));
                    let payments =
                        invoices.map(|it| for_invoice(InvoiceName::Merchant(&it), lengths, 0));
                    let ids =
                        (0..HALF).map(|n| ulid::Ulid::from_parts(1_790_000_000_000, n.into()));
                    let refunds = ids.map(|id| for_refund(PaymentId::new(id), "key", 1, lengths));
                    differ(lengths, payments.chain(refunds));
                });
            }
        });
    }
}
