//! Ctrl-P Ctrl-Q leaves a session, as docker's do.

const FIRST: u8 = 0x10;
const SECOND: u8 = 0x11;

/// The first key is kept back until the next one tells what it was.
#[derive(Default)]
pub struct DetachKeys {
    first_pressed: bool,
    /// Both were pressed.
    pub left: bool,
}

impl DetachKeys {
    /// What of `typed` is the command's. What was typed after both is nobody's.
    pub fn filter(&mut self, typed: &[u8]) -> Vec<u8> {
        let mut meant = Vec::with_capacity(typed.len() + 1);
        for key in typed {
            if self.first_pressed && *key == SECOND {
                self.left = true;
                return meant;
            }
            if std::mem::take(&mut self.first_pressed) {
                meant.push(FIRST);
            }
            if *key == FIRST {
                self.first_pressed = true;
            } else {
                meant.push(*key);
            }
        }
        meant
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
}
