//! What the functions write: kept for tests, optionally copied to a file or shown as it comes.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One line that a function wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The function, by its package name.
    pub function: String,
    /// The instance, `pay-3`.
    pub instance: String,
    /// The line without its end.
    pub text: String,
}

/// Where the lines go. Clones share one store.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    lines: VecDeque<LogLine>,
    file: Option<File>,
    show: bool,
}

/// Older lines are forgotten, so that a machine left running does not fill the memory. The file,
/// when there is one, has them all.
const LINES_KEPT: usize = 200_000;

impl Logs {
    /// Keeps lines in memory; with `file` also there, with `show` also on standard error.
    pub fn new(file: Option<&Path>, show: bool) -> std::io::Result<Self> {
        let file = file.map(File::create).transpose()?;
        Ok(Self(Arc::new(Mutex::new(Inner {
            lines: VecDeque::new(),
            file,
            show,
        }))))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one line.
    pub fn push(&self, line: LogLine) {
        let mut inner = self.inner();
        if inner.show {
            eprintln!("{} | {}", line.instance, line.text);
        }
        if let Some(file) = &mut inner.file {
            // A full disk must not stop the functions; memory still has the line.
            let _ = writeln!(file, "{} | {}", line.instance, line.text);
        }
        if inner.lines.len() == LINES_KEPT {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// All lines kept, oldest first.
    pub fn lines(&self) -> Vec<LogLine> {
        self.inner().lines.iter().cloned().collect()
    }

    /// The same as one text, for a search.
    pub fn text(&self) -> String {
        let inner = self.inner();
        let mut text = String::new();
        for line in &inner.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }
}
