//! Characters that people do not see, and digits of every script.
//!
//! Source: the Unicode Character Database, version 16: `DerivedGeneralCategory` (`Nd`, `Cf`),
//! `DerivedNumericType` (`Digit`) and `DerivedCoreProperties` (`Default_Ignorable_Code_Point`).

use std::ops::RangeInclusive;

/// The digit zero of every script that has decimal digits (`Nd`); the nine others follow it.
const ZEROS: [u32; 76] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450,
    0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50,
    0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// Digits that are raised, lowered, or in circles and the like (`Digit`): the first character of a run,
/// the digit it stands for, and the length of the run.
const DECORATED: [(u32, u8, u8); 21] = [
    (0x00B2, 2, 2),
    (0x00B9, 1, 1),
    (0x1369, 1, 9),
    (0x19DA, 1, 1),
    (0x2070, 0, 1),
    (0x2074, 4, 6),
    (0x2080, 0, 10),
    (0x2460, 1, 9),
    (0x2474, 1, 9),
    (0x2488, 1, 9),
    (0x24EA, 0, 1),
    (0x24F5, 1, 9),
    (0x24FF, 0, 1),
    (0x2776, 1, 9),
    (0x2780, 1, 9),
    (0x278A, 1, 9),
    (0x10A40, 1, 4),
    (0x10E60, 1, 9),
    (0x11052, 1, 9),
    (0x1F100, 0, 1),
    (0x1F101, 0, 10),
];

/// Characters without a shape of their own: format characters (`Cf`), those that a renderer leaves out
/// (`Default_Ignorable_Code_Point`), and blanks of other categories: of Braille (U+2800), of hieroglyphs, of Khitan
/// script, and the null notehead.
const SHAPELESS: [RangeInclusive<u32>; 32] = [
    0x00AD..=0x00AD,
    0x034F..=0x034F,
    0x0600..=0x0605,
    0x061C..=0x061C,
    0x06DD..=0x06DD,
    0x070F..=0x070F,
    0x0890..=0x0891,
    0x08E2..=0x08E2,
    0x115F..=0x1160,
    0x17B4..=0x17B5,
    0x180B..=0x180F,
    0x200B..=0x200F,
    0x202A..=0x202E,
    0x2060..=0x206F,
    0x2800..=0x2800,
    0x3164..=0x3164,
    0xFE00..=0xFE0F,
    0xFEFF..=0xFEFF,
    0xFFA0..=0xFFA0,
    0xFFF0..=0xFFFB,
    0x110BD..=0x110BD,
    0x110CD..=0x110CD,
    0x13430..=0x1343F,
    0x13441..=0x13442,
    0x16FE4..=0x16FE4,
    0x1BCA0..=0x1BCA3,
    0x1D159..=0x1D159,
    0x1D173..=0x1D17A,
    0xE0000..=0xE007F,
    0xE0080..=0xE00FF,
    0xE0100..=0xE01EF,
    0xE01F0..=0xE0FFF,
];

/// The value of a digit of any script, 0 to 9; `None` for every other character.
pub fn digit(character: char) -> Option<u8> {
    if character.is_ascii() {
        return character.to_digit(10).and_then(|d| u8::try_from(d).ok());
    }
    let code = u32::from(character);
    let script = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let value = code - ZEROS[script];
    if value < 10 {
        return u8::try_from(value).ok();
    }
    DECORATED.iter().find_map(|&(first, value, length)| {
        let offset = u8::try_from(code.checked_sub(first)?).ok()?;
        (offset < length).then(|| value + offset)
    })
}

/// True for what people do not see: blanks, control and format characters, and characters of zero width.
pub fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    character.is_whitespace()
        || character.is_control()
        || SHAPELESS.iter().any(|range| range.contains(&code))
}

/// True where a text holds something to see.
pub fn has_visible(text: &str) -> bool {
    text.chars().any(|character| !is_invisible(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_have_their_value() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10_u8 {
                let character = char::from_u32(zero + u32::from(value)).unwrap();
                assert_eq!(digit(character), Some(value), "{zero:x}+{value}");
            }
        }
        let table = [
            ('٣', Some(3)),
            ('۴', Some(4)),
            ('५', Some(5)),
            ('７', Some(7)),
            ('²', Some(2)),
            ('⁷', Some(7)),
            ('⑨', Some(9)),
            ('🄈', Some(7)),
            ('a', None),
            ('½', None),
            ('十', None),
            ('Ⅳ', None),
            ('\u{200b}', None),
        ];
        for (character, value) in table {
            assert_eq!(digit(character), value, "{character}");
        }
    }

    #[test]
    fn every_character_is_a_digit_or_none() {
        let digits = ('\0'..=char::MAX).filter_map(digit);
        assert_eq!(digits.clone().max(), Some(9));
        assert_eq!(digits.count(), ZEROS.len() * 10 + 128);
    }

    #[test]
    fn invisible_characters() {
        for invisible in [
            ' ',
            '\t',
            '\u{a0}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{2060}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0020}',
            '\u{202e}',
            '\u{13441}',
            '\u{16fe4}',
            '\u{1d159}',
        ] {
            assert!(is_invisible(invisible), "{invisible:?}");
        }
        for visible in ['a', '.', '-', 'é', 'ب', '木', '😀', '0'] {
            assert!(!is_invisible(visible), "{visible:?}");
        }
        assert!(!has_visible(" \u{200b}\u{a0}") && has_visible("\u{200b}x"));
    }
}
