//! Allocates the references under which DOKU knows payments and refunds.
//!
//! A channel's references may be much shorter (CIMB: 12 characters) or longer (32 and more) than
//! a merchant's invoice number. One that fits is used as it is, so that DOKU's dashboard and
//! settlement files show the merchant's own number; otherwise it is a hash of it. Either way the
//! same invoice number always gives the same reference: even if our table were lost, DOKU itself
//! would refuse to charge an invoice twice.

use sha2::{Digest, Sha256};

use super::channel::{CustomerIds, Lengths};
use super::ids::{CustomerId, InvoiceNumber, Reference, RefundId};

/// Crockford's base 32: no letters that are read as digits, and one case, since banks fold it.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters that are enough wherever a channel allows them: 130 bits.
const COMFORTABLE: usize = 26;

/// The reference of an invoice number. `salt` counts up from 0 when the reference before it is
/// taken by another invoice number, which for 12 characters (60 bits) hardly ever happens.
pub fn for_invoice(invoice: &InvoiceNumber, lengths: Lengths, salt: u32) -> Reference {
    let text = invoice.as_str();
    let fits = lengths.contains(text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if salt == 0 && fits {
        return Reference::trusted(text.to_owned());
    }
    hashed(&format!("invoice:{salt}:{text}"), lengths)
}

/// The reference of a refund: derived from its id, so it needs no look-up item of its own.
pub fn for_refund(refund: RefundId, lengths: Lengths) -> Reference {
    hashed(&format!("refund:{refund}"), lengths)
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

    const CIMB: Lengths = Lengths { min: 1, max: 12 };
    const ALLO: Lengths = Lengths { min: 32, max: 64 };

    fn invoice(text: &str) -> InvoiceNumber {
        InvoiceNumber::parse(text).unwrap()
    }

    #[test]
    fn a_number_that_fits_is_kept() {
        let kept = for_invoice(&invoice("INV-0001"), CIMB, 0);
        assert_eq!(kept.as_str(), "INV-0001");
        assert_ne!(for_invoice(&invoice("INV-0001"), CIMB, 1), kept);
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
            let reference = for_invoice(&invoice(text), lengths, 0);
            assert_eq!(reference.as_str().len(), length, "{why}");
            assert_eq!(
                reference,
                for_invoice(&invoice(text), lengths, 0),
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
        let of = |min| for_invoice(&invoice("INV/1"), Lengths { min, max: 64 }, 0).to_string();
        assert_eq!(of(1), "EJCHQQRNF0717H9Q7PQNH4PNXH");
        assert!(of(64).starts_with(&of(51)) && of(51).starts_with(&of(1)));
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
                    let payments = invoices.map(|it| for_invoice(&it, lengths, 0));
                    let ids =
                        (0..HALF).map(|n| ulid::Ulid::from_parts(1_790_000_000_000, n.into()));
                    let refunds = ids.map(|id| for_refund(RefundId::new(id), lengths));
                    differ(lengths, payments.chain(refunds));
                });
            }
        });
    }
}
