//! Recognising card numbers, which must never get past the door.

use std::ops::RangeInclusive;

use crate::domain::unicode;

/// The fewest and the most digits of a card number.
const SHORTEST: usize = 13;
const LONGEST: usize = 19;

/// Card numbers of one network: first digits from–to, and the lengths that its numbers have.
struct Range {
    first: (u64, u64),
    lengths: &'static [usize],
}

const fn range(from: u64, to: u64, lengths: &'static [usize]) -> Range {
    Range {
        first: (from, to),
        lengths,
    }
}

const SIXTEEN: &[usize] = &[16];
const FIFTEEN: &[usize] = &[15];
const FROM_13: &[usize] = &[13, 14, 15, 16, 17, 18, 19];
const FROM_14: &[usize] = &[14, 15, 16, 17, 18, 19];
const FROM_16: &[usize] = &[16, 17, 18, 19];

/// The ranges of ISO/IEC 7812 that networks issue cards in.
///
/// What begins with 62 is `UnionPay`'s, of 16 digits or more, and not Maestro's: an Indonesian telephone
/// number begins with 62 and has at most 15.
const RANGES: [Range; 30] = [
    // Visa.
    range(4, 4, &[13, 16, 18, 19]),
    // Mastercard.
    range(51, 55, SIXTEEN),
    range(2221, 2720, SIXTEEN),
    // American Express.
    range(34, 34, FIFTEEN),
    range(37, 37, FIFTEEN),
    // Diners Club.
    range(300, 305, FROM_14),
    range(3095, 3095, FROM_14),
    range(36, 36, FROM_14),
    range(38, 39, FROM_14),
    // JCB.
    range(3528, 3589, FROM_16),
    range(1800, 1800, FIFTEEN),
    range(2131, 2131, FIFTEEN),
    // Discover.
    range(6011, 6011, FROM_16),
    range(644, 659, FROM_16),
    // UnionPay.
    range(62, 62, FROM_16),
    range(81, 81, FROM_16),
    // Maestro, and the national debit cards in its range (those of Indonesian banks among them).
    range(50, 50, FROM_13),
    range(56, 61, FROM_13),
    range(63, 69, FROM_13),
    // GPN, Indonesia's national network.
    range(1946, 1946, SIXTEEN),
    // Mir.
    range(2200, 2204, FROM_16),
    // RuPay.
    range(353, 353, SIXTEEN),
    range(356, 356, SIXTEEN),
    range(82, 82, SIXTEEN),
    // Troy.
    range(9792, 9792, SIXTEEN),
    // LankaPay.
    range(357_111, 357_111, SIXTEEN),
    // Humo and UzCard.
    range(9860, 9860, SIXTEEN),
    range(8600, 8600, SIXTEEN),
    // UATP.
    range(1, 1, FIFTEEN),
    // Napas.
    range(9704, 9704, FROM_16),
];

/// Whether a text holds the digits of a card number: 13 to 19 that lie in the range of a card network, are
/// as many as its numbers have, and pass Luhn.
///
/// The digits may be those of any script, and anything but letters and digits may stand between them:
/// blanks, dashes, dots, slashes, characters of zero width; as they are or percent-encoded. A comma, a colon or a
/// semicolon does only after one digit or four: elsewhere it stands between values, as in coordinates.
///
/// Groups of digits are joined only whole: `2026-11-20 4111 1111 1111 1111` is recognised, and a
/// part cut out of one longer number is not, or every tenth long reference would be refused.
pub(super) fn looks_like_card(text: &str) -> bool {
    if holds_card(text) {
        return true;
    }
    let mut text = text.to_owned();
    // An address may hold an address, encoded once more.
    for _ in 0..3 {
        match decoded(&text) {
            Some(plain) if holds_card(&plain) => return true,
            Some(plain) => text = plain,
            None => return false,
        }
    }
    false
}

fn holds_card(text: &str) -> bool {
    // Almost every text is settled here. A digit has a byte at least.
    if text.len() < SHORTEST {
        return false;
    }
    let mut run = Vec::new();
    let mut group = String::new();
    for character in text.chars() {
        if let Some(digit) = unicode::digit(character) {
            group.push(char::from(b'0' + digit));
            continue;
        }
        if !group.is_empty() {
            run.push(std::mem::take(&mut group));
        }
        // Anything that has no name of its own separates: only letters end a run, and what lists and joins values,
        // unless it stands between digits or groups of four as on a card.
        let is_letter = character.is_alphanumeric() && !unicode::is_invisible(character);
        let is_between_values = matches!(character, ',' | ':' | ';' | '，' | '：' | '；')
            && run
                .last()
                .is_some_and(|group| !matches!(group.len(), 1 | 4));
        if is_letter || is_between_values {
            if starts_anywhere(&run) {
                return true;
            }
            run.clear();
        }
    }
    if !group.is_empty() {
        run.push(group);
    }
    starts_anywhere(&run)
}

fn starts_anywhere(groups: &[String]) -> bool {
    (0..groups.len()).any(|first| starts_a_card(&groups[first..]))
}

fn starts_a_card(groups: &[String]) -> bool {
    let mut digits = String::new();
    for group in groups {
        if digits.len() + group.len() > LONGEST {
            return false;
        }
        digits.push_str(group);
        if is_card(&digits) {
            return true;
        }
    }
    false
}

/// Whether these are the digits of one card number.
fn is_card(digits: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&digits.len())
        && RANGES.iter().any(|range| range.holds(digits))
        && passes_luhn(digits)
}

impl Range {
    fn holds(&self, digits: &str) -> bool {
        let (from, to) = self.first;
        let length = usize::try_from(from.ilog10()).map_or(1, |log| log + 1);
        let first = digits.get(..length).and_then(|first| first.parse().ok());
        first.is_some_and(|first: u64| from <= first && first <= to)
            && self.lengths.contains(&digits.len())
    }
}

/// The text with its percent-encoded bytes decoded, where there are any.
fn decoded(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&first, after)) = rest.split_first() {
        let hex = match (first, after) {
            (b'%', [high, low, ..]) => char::from(*high)
                .to_digit(16)
                .zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        let byte = hex.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        rest = if byte.is_some() { &after[2..] } else { after };
        bytes.push(byte.unwrap_or(first));
    }
    (bytes.len() < text.len()).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            match digit * 2 {
                _ if index % 2 == 0 => digit,
                doubled @ 10.. => doubled - 9,
                doubled => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a text is a number of an Indonesian identity card (NIK), which has 16 digits as well: the code of
/// a province, four digits of regency and district, the date of birth (of women, the day plus 40), and a
/// count that is not 0.
pub(super) fn is_identity_number(text: &str) -> bool {
    const PROVINCES: [RangeInclusive<u32>; 7] = [
        11..=21,
        31..=36,
        51..=53,
        61..=65,
        71..=76,
        81..=82,
        91..=97,
    ];
    if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let part = |from: usize, to: usize| text[from..to].parse().unwrap_or(0_u32);
    let day = part(6, 8);
    PROVINCES.iter().any(|codes| codes.contains(&part(0, 2)))
        && part(2, 4) > 0
        && part(4, 6) > 0
        && (1..=31).contains(&(if day > 40 { day - 40 } else { day }))
        && (1..=12).contains(&part(8, 10))
        && part(12, 16) > 0
}

#[cfg(test)]
mod tests;
