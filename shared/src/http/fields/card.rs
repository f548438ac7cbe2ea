//! Recognising card numbers, which must never get past the door.

/// Whether a text holds 13 to 19 digits that pass Luhn, perhaps with spaces, dashes, dots or
/// underscores between, as they are or percent-encoded.
///
/// Groups of digits are joined only whole: `2026-11-20 4111 1111 1111 1111` is recognised, and a
/// part cut out of one longer number is not, or every tenth long reference would be refused.
pub(super) fn looks_like_card(text: &str) -> bool {
    // Almost every text is settled here.
    if text.bytes().filter(u8::is_ascii_digit).count() < 13 {
        return false;
    }
    let plain = text
        .replace("%20", " ")
        .replace("%2D", "-")
        .replace("%2d", "-");
    plain
        .split(|c: char| !(c.is_ascii_digit() || BETWEEN.contains(&c)))
        .any(|run| {
            let groups: Vec<&str> = run
                .split(BETWEEN)
                .filter(|group| !group.is_empty())
                .collect();
            (0..groups.len()).any(|first| starts_a_card(&groups[first..]))
        })
}

/// What people put between the groups of a card number; `+` is a space in an address.
const BETWEEN: [char; 5] = [' ', '-', '.', '_', '+'];

fn starts_a_card(groups: &[&str]) -> bool {
    let mut digits = String::new();
    for group in groups {
        digits.push_str(group);
        match digits.len() {
            13..=19 if passes_luhn(&digits) => return true,
            20.. => return false,
            _ => {}
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers() {
        let table = [
            ("plain", "4111111111111111", true),
            ("spaces", "4111 1111 1111 1111", true),
            ("dashes", "3782-822463-10005", true),
            ("13 digits", "4222222222222", true),
            ("19 digits", "6304000000000000000", true),
            (
                "in a sentence",
                "my card is 5500 0000 0000 0004, thanks",
                true,
            ),
            ("after a date", "2026-11-20 4111111111111111", true),
            ("between letters", "x4111111111111111y", true),
            ("wrong check digit", "4111111111111112", false),
            ("12 digits", "411111111111", false),
            ("20 digits", "41111111111111110000", false),
            ("inside a longer number", "00004111111111111111000", false),
            ("dots", "4111.1111.1111.1111", true),
            ("underscores", "4111_1111_1111_1111", true),
            (
                "in an address",
                "https://a.example/?n=4111%201111%201111%201111",
                true,
            ),
            (
                "in a form",
                "https://a.example/?n=4111+1111+1111+1111",
                true,
            ),
            ("other separators", "4111/1111/1111/1111", false),
            ("an address of a machine", "192.168.100.200", false),
            ("a UUID", "550e8400-e29b-41d4-a716-446655440000", false),
            ("text", "Vitamin C", false),
            (
                "non-ASCII digits",
                "４１１１１１１１１１１１１１１１",
                false,
            ),
            ("nothing", "", false),
        ];
        for (why, text, expected) in table {
            assert_eq!(looks_like_card(text), expected, "{why}");
        }
    }

    #[test]
    fn a_long_text_is_read_to_its_end() {
        // Nines alone never pass Luhn between 13 and 19 digits, so every group is tried.
        let nines = "9-".repeat(32 * 1024);
        assert!(!looks_like_card(&nines));
        assert!(looks_like_card(&format!("{nines}x4111111111111111")));
    }
}
