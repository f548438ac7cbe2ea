//! Rows in the order they came, found by a key, with every state they have been in.

use std::collections::HashMap;

use doku_shared::clock::Timestamp;

/// An append-only table with one unique key, which remembers what its rows were like before.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    current: Vec<T>,
    index: HashMap<String, usize>,
    /// When each row was made, in the order of the rows.
    made: Vec<Timestamp>,
    earlier: Vec<Earlier<T>>,
    now: Timestamp,
}

/// A state that a row is in no longer.
#[derive(Debug, Clone)]
struct Earlier<T> {
    row: usize,
    state: T,
    /// When it ended.
    until: Timestamp,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            current: Vec::new(),
            index: HashMap::new(),
            made: Vec::new(),
            earlier: Vec::new(),
            now: Timestamp::from_millis(0),
        }
    }
}

impl<T> Rows<T> {
    /// Sets the moment at which the changes that follow are made.
    pub fn begin(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Appends a row. A key that is there already keeps pointing at its first row.
    pub fn insert(&mut self, key: &str, row: T) {
        self.index
            .entry(key.to_owned())
            .or_insert(self.current.len());
        self.current.push(row);
        self.made.push(self.now);
    }

    /// The row of that key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.current.get(*self.index.get(key)?)
    }

    /// All rows, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.current.iter()
    }
}

impl<T: Clone> Rows<T> {
    /// Changes every row, without a trace of the states before.
    pub fn change_all(&mut self, change: impl FnMut(&mut T)) {
        self.current.iter_mut().for_each(change);
    }

    /// The row of that key, to be changed. Its state until now is kept.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let position = *self.index.get(key)?;
        let row = self.current.get_mut(position)?;
        self.earlier.push(Earlier {
            row: position,
            state: row.clone(),
            until: self.now,
        });
        Some(row)
    }

    /// The table as it was at a moment, or with every row as it was first.
    pub fn earlier(&self, at: Option<Timestamp>) -> Self {
        let mut past = Self::default();
        let mut keys: Vec<_> = self.index.iter().collect();
        keys.sort_by_key(|(_, position)| **position);
        for (key, position) in keys {
            let made = self.made.get(*position);
            if at.is_some_and(|at| made.is_none_or(|made| *made > at)) {
                continue;
            }
            let mut states = self.earlier.iter().filter(|old| old.row == *position);
            let state = states
                .find(|old| at.is_none_or(|at| old.until > at))
                .map(|old| &old.state)
                .or_else(|| self.current.get(*position));
            if let Some(state) = state {
                past.insert(key, state.clone());
            }
        }
        past
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_states_are_kept() {
        let at = Timestamp::from_millis;
        let mut rows = Rows::default();
        rows.begin(at(10));
        rows.insert("a", 1);
        *rows.get_mut("a").unwrap() = 2;
        rows.begin(at(20));
        *rows.get_mut("a").unwrap() = 3;
        rows.insert("b", 7);
        let table = [
            (None, Some(1), Some(7)),
            (Some(at(5)), None, None),
            (Some(at(10)), Some(2), None),
            (Some(at(19)), Some(2), None),
            (Some(at(20)), Some(3), Some(7)),
        ];
        for (moment, a, b) in table {
            let past = rows.earlier(moment);
            assert_eq!(past.get("a").copied(), a, "{moment:?}");
            assert_eq!(past.get("b").copied(), b, "{moment:?}");
        }
    }
}
