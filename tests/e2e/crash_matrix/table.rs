//! The matrix as a table.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::batch::Tally;

/// One operation, with the tallies of the three continuations.
pub struct Row {
    pub name: &'static str,
    pub tallies: [Tally; 3],
}

impl Row {
    fn sum(&self, of: impl Fn(&Tally) -> usize) -> usize {
        self.tallies.iter().map(of).sum()
    }

    fn calls(&self) -> usize {
        self.tallies.iter().map(|tally| tally.calls).max().unwrap()
    }
}

const HEAD: &str = "\
| Operation | Calls | Kills | The caller repeats | The notification comes | Reconciliation alone | Double | Lost | Open |
| --- | ---: | ---: | --- | --- | --- | ---: | ---: | ---: |
";

/// `failed 3, paid 12`
fn outcomes(tally: &Tally) -> String {
    let words = tally.words.iter();
    let words: Vec<_> = words
        .map(|(word, times)| format!("{word} {times}"))
        .collect();
    words.join(", ").replace('_', " ")
}

/// The table in Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    let mut line = |cells: &[String]| {
        writeln!(text, "| {} |", cells.join(" | ")).unwrap();
    };
    for row in rows {
        let mut cells = vec![row.name.to_owned(), row.calls().to_string()];
        cells.push(row.sum(Tally::cases).to_string());
        cells.extend(row.tallies.iter().map(outcomes));
        for of in [
            |tally: &Tally| tally.double,
            |tally: &Tally| tally.disagreeing,
            |tally: &Tally| tally.open,
        ] {
            cells.push(row.sum(of).to_string());
        }
        line(&cells);
    }
    let all = |of: fn(&Tally) -> usize| rows.iter().map(|row| row.sum(of)).sum::<usize>();
    let counted: usize = rows.iter().map(Row::calls).sum();
    let mut cells = vec!["all".to_owned(), counted.to_string()];
    cells.push(all(Tally::cases).to_string());
    cells.extend(std::iter::repeat_n(String::new(), 3));
    for of in [
        (|tally: &Tally| tally.double) as fn(&Tally) -> usize,
        |tally| tally.disagreeing,
        |tally| tally.open,
    ] {
        cells.push(all(of).to_string());
    }
    line(&cells);
    text
}

/// What was done, above the table.
pub fn heading(is_whole: bool, seconds: u64) -> String {
    let part = if is_whole {
        "Every call of every operation"
    } else {
        "A third of the calls of every operation for each way on"
    };
    format!(
        "# Crash matrix\n\n{part}: killed before the call leaves, and after it was answered and before the \
         function sees the answer.\nThen the world goes on in one of three ways, and DOKU's books are compared \
         with ours. {seconds} s. `double`: more money\nmoved than was asked for; `lost`: the books do not agree; \
         `open`: neither final nor escalated in the end.\n\n\
         `CRASH_MATRIX=whole cargo test -p tests --test e2e -- crash_matrix --nocapture` makes this page.\n\n"
    )
}

/// Writes the page, a whole one beside the tests and any other where builds leave things, and says
/// where that is.
pub fn write(text: &str, is_whole: bool) -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let place = if is_whole {
        tests.join("crash-matrix.md")
    } else {
        tests.join("../target/crash-matrix.md")
    };
    std::fs::write(&place, text).unwrap();
    place
}
