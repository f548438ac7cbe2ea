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
        ("before its end", "4111111111111111 12/28 123", true),
        ("between letters", "x4111111111111111y", true),
        ("wrong check digit", "4111111111111112", false),
        ("12 digits", "411111111111", false),
        ("20 digits", "41111111111111110000", false),
        ("inside a longer number", "00004111111111111111000", false),
        ("dots", "4111.1111.1111.1111", true),
        ("commas between fours", "4111,1111, 1111,1111", true),
        ("coordinates", "-6.343385,106.708259", false),
        ("more coordinates", "-6.161766, 106.955223", false),
        ("an address with its port", "36.67.104.191:31851", false),
        ("underscores", "4111_1111_1111_1111", true),
        ("slashes", "4111/1111/1111/1111", true),
        (
            "in an address",
            "https://a.example/?n=4111%201111%201111%201111",
            true,
        ),
        ("as a path", "https://a.example/4111/1111/1111/1111", true),
        (
            "in a form",
            "https://a.example/?n=4111+1111+1111+1111",
            true,
        ),
        (
            "encoded digits",
            "https://a.example/?n=%34%31%31%31111111111111",
            true,
        ),
        (
            "encoded twice",
            "https://a.example/?n=4111%25201111%25201111%25201111",
            true,
        ),
        ("encoded dashes", "4111%2D1111%2d1111%E2%80%931111", true),
        ("an address of a machine", "192.168.100.200", false),
        ("a UUID", "550e8400-e29b-41d4-a716-446655440000", false),
        ("text", "Vitamin C", false),
        ("nothing", "", false),
        ("a telephone number", "+62 812-3456-7890", false),
        ("another", "6281234567891012", false),
        ("a time", "20261120081530", false),
        ("milliseconds", "1763600000008", false),
        ("passes Luhn outside every range", "7992739871300003", false),
        ("zeros", "0000000000000000", false),
    ];
    for (why, text, expected) in table {
        assert_eq!(looks_like_card(text), expected, "{why}");
    }
}

/// Digits with a last one that makes them pass Luhn.
fn passing(start: &str, length: usize) -> String {
    let body = format!("{start:0<width$}", width = length - 1);
    let whole = (0..10).map(|last| format!("{body}{last}"));
    whole
        .into_iter()
        .find(|digits| passes_luhn(digits))
        .unwrap()
}

#[test]
fn each_network_has_its_ranges_and_lengths() {
    let table: [(&str, &str, &[usize]); 30] = [
        ("Visa", "4", &[13, 16, 18, 19]),
        ("Mastercard", "51", &[16]),
        ("Mastercard", "55", &[16]),
        ("Mastercard's second range", "2221", &[16]),
        ("its end", "2720", &[16]),
        ("behind it", "2721", &[]),
        ("before it", "2220", &[]),
        ("American Express", "34", &[15]),
        ("American Express", "37", &[15]),
        ("Diners Club", "300", &[14, 15, 16, 17, 18, 19]),
        ("Diners Club", "36", &[14, 15, 16, 17, 18, 19]),
        ("behind it", "306", &[]),
        ("JCB", "3528", &[16, 17, 18, 19]),
        ("JCB", "3589", &[16, 17, 18, 19]),
        ("behind it", "3590", &[]),
        ("JCB of 15", "2131", &[15]),
        ("Discover", "6011", &[13, 14, 15, 16, 17, 18, 19]),
        ("Discover", "65", &[13, 14, 15, 16, 17, 18, 19]),
        ("UnionPay", "62", &[16, 17, 18, 19]),
        ("UnionPay", "81", &[16, 17, 18, 19]),
        ("Maestro", "50", &[13, 14, 15, 16, 17, 18, 19]),
        ("Maestro", "6759", &[13, 14, 15, 16, 17, 18, 19]),
        ("GPN and, with one less, UATP", "1946", &[15, 16]),
        ("Mir", "2204", &[16, 17, 18, 19]),
        ("Troy", "9792", &[16]),
        ("Napas", "9704", &[16, 17, 18, 19]),
        ("UATP", "19", &[15]),
        ("no network", "0", &[]),
        ("no network", "7", &[]),
        ("no network", "99", &[]),
    ];
    for (why, start, lengths) in table {
        for length in 12..=20 {
            let number = passing(start, length);
            let expected = lengths.contains(&length);
            assert_eq!(looks_like_card(&number), expected, "{why}: {number}");
        }
    }
}

/// The digits of a text in another script: `zero` is its zero.
fn in_script(digits: &str, zero: u32) -> String {
    let digit = |c: char| char::from_u32(zero + c.to_digit(10).unwrap()).unwrap();
    digits.chars().map(digit).collect()
}

#[test]
fn digits_and_separators_of_all_scripts() {
    let full_width = in_script("4111111111111111", 0xFF10);
    assert!(looks_like_card(&full_width));
    for zero in [
        0x660, 0x6F0, 0x966, 0xE50, 0x17E0, 0xA9D0, 0x1D7CE, 0x1D7F6, 0x1FBF0,
    ] {
        assert!(
            looks_like_card(&in_script("4111111111111111", zero)),
            "{zero:x}"
        );
    }
    let mixed = format!(
        "41{}1111{}",
        in_script("11", 0x660),
        in_script("11111111", 0xFF10)
    );
    assert!(looks_like_card(&mixed), "{mixed}");
    assert!(looks_like_card("④①①①①①①①①①①①①①①①"));
    assert!(looks_like_card("⁴¹¹¹¹¹¹¹¹¹¹¹¹¹¹¹"));
    let keycaps = "4111111111111111"
        .chars()
        .map(|c| format!("{c}\u{fe0f}\u{20e3}"));
    assert!(looks_like_card(&keycaps.collect::<String>()));
    for separator in [
        "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{a0}", "\u{202f}",
        "\u{3000}", "\u{2009}", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}", "\u{2212}",
        "\u{ff0d}", "\u{ff0e}", "\u{3002}", "\u{b7}", "\u{2022}", "\u{2028}", "\u{3164}",
        "\u{2800}", "\u{ff3f}", "/", "\\", "|", ":", ";", ",", "*", "#", "\t", "  -  ", "(", "'",
        "\"", "<", "=",
    ] {
        let text = ["4111", "1111", "1111", "1111"].join(separator);
        assert!(looks_like_card(&text), "{separator:?}");
        let text: Vec<_> = "4111111111111111".chars().map(String::from).collect();
        assert!(looks_like_card(&text.join(separator)), "{separator:?}");
    }
    assert!(!looks_like_card("4111x1111x1111x1111"));
    assert!(!looks_like_card("4111é1111é1111é1111"));
}

#[test]
fn a_long_text_is_read_to_its_end() {
    // Nines lie in no range, so every group is tried.
    let nines = "9-".repeat(32 * 1024);
    assert!(!looks_like_card(&nines));
    assert!(looks_like_card(&format!("{nines}x4111111111111111")));
    assert!(looks_like_card(&format!("{nines}4111111111111111")));
}

#[test]
fn an_identity_card_is_none() {
    let table = [
        ("of a man", "3171234101900001", true),
        ("of a woman", "5171015506850002", true),
        ("no province", "4111111111111111", false),
        ("no day", "3171233201900001", false),
        ("no month", "3171230113900001", false),
        ("no count", "3171230101900000", false),
        ("too short", "317123010190001", false),
        ("spaces", "3171 2301 0190 0001", false),
    ];
    for (why, text, expected) in table {
        assert_eq!(is_identity_number(text), expected, "{why}");
    }
}
