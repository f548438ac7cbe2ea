//! Texts that something may stumble over.

use fastrand::Rng;

/// Such a text.
pub fn odd(rng: &mut Rng) -> String {
    const ODD: [&str; 44] = [
        "",
        " ",
        "\t",
        "\n",
        "\u{0}",
        "\u{7f}",
        "\u{a0}",
        "\u{200b}",
        "\u{200b}\u{200c}\u{feff}",
        "\u{3000}",
        "\u{feff}a",
        "\u{202e}abc",
        "e\u{301}",
        "é",
        "中文字",
        "🙂",
        "👩‍👩‍👧‍👦",
        "ﬀ",
        "ß",
        "İ",
        "ı",
        "\u{fffd}",
        "\u{10ffff}",
        "null",
        "undefined",
        "NaN",
        "true",
        "0",
        "-1",
        "1e9",
        ".",
        "..",
        "../..",
        "/",
        "\\",
        "%00",
        "%2e%2e",
        "a,b",
        "a;b",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "a\r\nX-Other: 1",
    ];
    match rng.u8(..8) {
        0 => long(rng),
        1 => (0..rng.usize(1..=30)).map(|_| any(rng)).collect(),
        _ => (*rng.choice(&ODD).unwrap_or(&"")).to_owned(),
    }
}

/// A text at or past one of the limits.
pub fn long(rng: &mut Rng) -> String {
    const LENGTHS: [usize; 12] = [21, 41, 51, 64, 65, 71, 128, 129, 256, 513, 1025, 5000];
    let length = *rng.choice(&LENGTHS).unwrap_or(&65);
    let unit = *rng
        .choice(&["a", "A1", "é", "🙂", "0", "-", "a b"])
        .unwrap_or(&"a");
    unit.chars().cycle().take(length).collect()
}

/// Any character, ASCII more often than others.
pub fn any(rng: &mut Rng) -> char {
    match rng.u8(..4) {
        0 => rng.char(..),
        1 => char::from(rng.u8(..0x80)),
        _ => rng.alphanumeric(),
    }
}
