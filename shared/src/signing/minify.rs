//! The textual minification that SNAP signatures are computed over.

/// Drops the whitespace JSON permits between tokens, and changes nothing else.
///
/// DOKU hashes the *minified* body. Parsing and re-serialising would also reorder keys and turn
/// `10000.00` into `10000.0`, so the digest would no longer match what was signed.
/// Works on any bytes: input that is not JSON comes back shorter or equal, never an error.
///
/// Source: DOKU API reference, "Symmetric Signature" (read 2026-11-20).
pub fn minify(json: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for &byte in json {
        if in_string {
            // A quote ends the string only when the backslash before it is not itself escaped.
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'"' => in_string = true,
                _ => {}
            }
        }
        kept.push(byte);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn only_whitespace_between_tokens_goes() {
        let table: [(&str, &[u8], &[u8]); 10] = [
            ("nothing", b"", b""),
            ("between tokens", b"{ \"a\"\t:\r\n1 }", b"{\"a\":1}"),
            (
                "inside a string",
                b"{\"a\": \" b  c\t\"}",
                b"{\"a\":\" b  c\t\"}",
            ),
            ("after an escaped quote", br#"["\" ", 1]"#, br#"["\" ",1]"#),
            (
                "after an escaped backslash",
                br#"["\\" , " "]"#,
                br#"["\\"," "]"#,
            ),
            (
                "three backslashes and a quote",
                br#"["\\\" " , 1]"#,
                br#"["\\\" ",1]"#,
            ),
            (
                "an escaped letter keeps its spelling",
                br#"{"n": "M\u00fcller"}"#,
                br#"{"n":"M\u00fcller"}"#,
            ),
            (
                "no-break space is not JSON whitespace",
                b"[\xc2\xa01]",
                b"[\xc2\xa01]",
            ),
            (
                "an unfinished string keeps its spaces",
                b"{ \"a b ",
                b"{\"a b ",
            ),
            ("not UTF-8", b" \xff \x00 ", b"\xff\x00"),
        ];
        for (why, raw, expected) in table {
            assert_eq!(minify(raw), expected, "{why}");
        }
    }
}
