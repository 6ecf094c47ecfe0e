//! One operation a container at a time.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Default)]
pub struct Keyed {
    taken: Mutex<HashSet<String>>,
    freed: Condvar,
}

pub struct Turn<'a> {
    keyed: &'a Keyed,
    key: String,
}

impl Keyed {
    pub fn wait(&self, key: &str) -> Turn<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while !taken.insert(key.to_string()) {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        Turn { keyed: self, key: key.to_string() }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.keyed.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.keyed.freed.notify_all();
    }
}
