//! Card numbers, as people and programs write them.

use fastrand::Rng;

/// The numbers of all cards here: few, so that every log line can be searched for each.
pub fn numbers() -> Vec<String> {
    const BEGINNINGS: [(&str, usize); 9] = [
        ("4", 16),
        ("51", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("3528", 16),
        ("6011", 16),
        ("62", 17),
        ("1946", 16),
    ];
    let mut rng = Rng::with_seed(1);
    let number = |(beginning, length)| number(beginning, length, &mut rng);
    BEGINNINGS.into_iter().map(number).collect()
}

/// Digits that pass Luhn.
fn number(beginning: &str, length: usize, rng: &mut Rng) -> String {
    let mut digits: Vec<u8> = beginning.bytes().map(|b| b - b'0').collect();
    while digits.len() < length - 1 {
        digits.push(rng.u8(..10));
    }
    let value = |(at, &digit): (usize, &u8)| {
        let doubled = u32::from(digit) * if at.is_multiple_of(2) { 2 } else { 1 };
        if doubled > 9 { doubled - 9 } else { doubled }
    };
    let sum: u32 = digits.iter().rev().enumerate().map(value).sum();
    digits.push(u8::try_from((10 - sum % 10) % 10).unwrap_or_default());
    let characters = digits.into_iter().map(|digit| char::from(b'0' + digit));
    characters.collect()
}

/// A card's number in any of the ways in which it is to be recognised.
pub fn written(rng: &mut Rng) -> String {
    let number = rng.choice(numbers()).unwrap_or_default();
    let zero = *rng
        .choice(&['0', '0', '0', '\u{ff10}', '\u{660}', '\u{966}'])
        .unwrap_or(&'0');
    let separator = *rng
        .choice(&["", "", " ", "-", ".", "/", "\u{a0}", "\u{200b}", " - "])
        .unwrap_or(&"");
    let group = *rng.choice(&[4, 4, 1]).unwrap_or(&4);
    let mut text = String::new();
    for (at, digit) in number.bytes().enumerate() {
        if at > 0 && at.is_multiple_of(group) {
            text.push_str(separator);
        }
        text.extend(char::from_u32(u32::from(zero) + u32::from(digit - b'0')));
    }
    text
}
