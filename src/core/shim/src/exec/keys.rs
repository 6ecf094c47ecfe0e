//! The keys that leave a session: docker's Ctrl-P Ctrl-Q, or others.

use rc_runtime::failure::{Code, Failure, Outcome};

/// What may be their beginning is kept back until the next key tells what it was.
pub struct DetachKeys {
    keys: Vec<u8>,
    held: Vec<u8>,
    /// All were pressed.
    pub left: bool,
}

impl Default for DetachKeys {
    fn default() -> Self {
        DetachKeys { keys: vec![0x10, 0x11], held: vec![], left: false }
    }
}

impl DetachKeys {
    /// As docker writes them: `ctrl-p,ctrl-q`, `ctrl-x,x`.
    pub fn parse(text: &str) -> Outcome<DetachKeys> {
        let keys: Option<Vec<u8>> = text.split(',').map(key).collect();
        let keys = keys.ok_or_else(|| {
            let how = "write single characters and ctrl-a to ctrl-z, as in ctrl-p,ctrl-q";
            Failure::new(Code::Spec, format!("{text:?} are no keys; {how}"))
        })?;
        Ok(DetachKeys { keys, ..DetachKeys::default() })
    }

    /// What of `typed` is the command's. What was typed after them is nobody's.
    pub fn filter(&mut self, typed: &[u8]) -> Vec<u8> {
        let mut meant = Vec::with_capacity(typed.len() + self.held.len());
        for key in typed {
            self.held.push(*key);
            if self.held == self.keys {
                self.left = true;
                self.held.clear();
                return meant;
            }
            while !self.keys.starts_with(&self.held) {
                meant.push(self.held.remove(0));
            }
        }
        meant
    }
}

fn key(name: &str) -> Option<u8> {
    if let [single] = name.as_bytes() {
        return Some(*single);
    }
    match name.strip_prefix("ctrl-")?.as_bytes() {
        [letter @ b'a'..=b'z'] => Some(letter - b'a' + 1),
        b"@" => Some(0),
        [sign @ (b'[' | b'\\' | b']' | b'^' | b'_')] => Some(sign - b'[' + 27),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_keys_leave_also_when_they_come_apart_and_alone_they_are_the_commands() {
        let mut keys = DetachKeys::default();
        assert_eq!((keys.filter(b"ls\x10"), keys.left), (b"ls".to_vec(), false));
        assert_eq!((keys.filter(b"\x11rest"), keys.left), (vec![], true));
        let mut keys = DetachKeys::default();
        assert_eq!((keys.filter(b"\x11a\x10b\x10\x10c"), keys.left), (b"\x11a\x10b\x10\x10c".to_vec(), false));
        assert_eq!((keys.filter(b"\x10\x10\x11"), keys.left), (b"\x10".to_vec(), true));
    }

    #[test]
    fn other_keys_are_written_as_docker_writes_them() {
        let mut keys = DetachKeys::parse("a,a,ctrl-],b").unwrap();
        assert_eq!((keys.filter(b"aaa\x1d"), keys.left), (b"a".to_vec(), false));
        assert_eq!((keys.filter(b"aa\x1db"), keys.left), (b"aa\x1d".to_vec(), true));
        assert_eq!(DetachKeys::parse("ctrl-@,ctrl-[,ctrl-\\,ctrl-^,ctrl-_").unwrap().keys, [0, 27, 28, 30, 31]);
        for text in ["", "ctrl-", "ctrl-p,", "ctrl-A", "ab", "\u{e9}"] {
            assert!(DetachKeys::parse(text).is_err(), "{text:?}");
        }
    }
}
