//! Rows in the order they came, found by a key.

use std::collections::HashMap;

/// An append-only table with one unique key.
#[derive(Debug)]
pub struct Rows<T> {
    rows: Vec<T>,
    index: HashMap<String, usize>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            index: HashMap::new(),
        }
    }
}

impl<T> Rows<T> {
    /// Appends a row. A key that is there already keeps pointing at its first row.
    pub fn insert(&mut self, key: &str, row: T) {
        self.index.entry(key.to_owned()).or_insert(self.rows.len());
        self.rows.push(row);
    }

    /// The row of that key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(*self.index.get(key)?)
    }

    /// The row of that key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.rows.get_mut(*self.index.get(key)?)
    }

    /// All rows, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
}
