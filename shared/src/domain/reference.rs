//! Allocates the references under which DOKU knows payments and refunds.
//!
//! A channel's references may be much shorter (CIMB: 12 characters) or longer (32 and more) than
//! a merchant's invoice number. One that fits is used as it is, so that DOKU's dashboard and
//! settlement files show the merchant's own number; otherwise it is a hash of it. Either way the
//! same invoice number always gives the same reference: even if our table were lost, DOKU itself
//! would refuse to charge an invoice twice.

use sha2::{Digest, Sha256};

use super::channel::Lengths;
use super::ids::{InvoiceNumber, Reference, RefundId};

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

fn hashed(text: &str, lengths: Lengths) -> Reference {
    let digest = Sha256::digest(text.as_bytes());
    let length = COMFORTABLE.clamp(lengths.min, lengths.max);
    let characters = (0..length).map(|place| {
        let bit = place * 5;
        let pair = u16::from_be_bytes([digest[bit / 8], *digest.get(bit / 8 + 1).unwrap_or(&0)]);
        let five = (pair >> (11 - bit % 8)) & 31;
        char::from(ALPHABET[usize::from(five)])
    });
    Reference::trusted(characters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

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
    fn a_hundred_thousand_references_do_not_collide() {
        let seen: HashSet<_> = (0..100_000)
            .map(|n| for_invoice(&invoice(&format!("INVOICE-{n:09}")), CIMB, 0))
            .collect();
        assert_eq!(seen.len(), 100_000);
    }
}
