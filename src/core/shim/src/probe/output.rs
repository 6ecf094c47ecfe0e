//! The beginning of what a probe writes. A little more is read and dropped; who writes without end is left to wait.

use std::os::fd::OwnedFd;

use rustix::io::{Errno, read};

pub const KEPT_BYTES: usize = 4096;
const READ_BYTES: usize = 1 << 20;

pub struct Output {
    /// never blocks
    from: OwnedFd,
    kept: Vec<u8>,
    count: usize,
    ended: bool,
}

impl Output {
    pub fn new(from: OwnedFd) -> Output {
        Output { from, kept: vec![], count: 0, ended: false }
    }

    /// None: nothing more is read.
    pub fn wanted(&self) -> Option<&OwnedFd> {
        (!self.ended && self.count < READ_BYTES).then_some(&self.from)
    }

    /// All that is there now, up to the bound.
    pub fn drain(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while self.wanted().is_some() {
            match read(&self.from, &mut bytes) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    let room = KEPT_BYTES.saturating_sub(self.kept.len()).min(count);
                    self.kept.extend_from_slice(&bytes[..room]);
                    self.count += count;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.ended = true,
            }
        }
    }

    /// As docker keeps it: three dots tell that there was more.
    pub fn text(&self) -> String {
        let dots = if self.count > self.kept.len() { "..." } else { "" };
        format!("{}{dots}", String::from_utf8_lossy(&self.kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::write;
    use rustix::pipe::{PipeFlags, pipe_with};

    fn output_of(bytes: &[u8]) -> String {
        let (from, to) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
        let mut output = Output::new(from);
        for part in bytes.chunks(1024) {
            write(&to, part).unwrap();
            output.drain();
        }
        output.text()
    }

    #[test]
    fn the_first_4096_bytes_are_kept_and_dots_tell_of_more() {
        assert_eq!(output_of(b"ok\n"), "ok\n");
        assert_eq!(output_of(&[b'x'; 4096]), "x".repeat(4096));
        assert_eq!(output_of(&[b'x'; 5000]), "x".repeat(4096) + "...");
        assert_eq!(output_of(b"\xff"), "\u{fffd}");
    }

    #[test]
    fn who_writes_more_than_a_megabyte_is_not_read_from_any_more() {
        let (from, to) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).unwrap();
        let mut output = Output::new(from);
        let written: usize = (0..200)
            .map(|_| {
                output.drain();
                (0..8).map(|_| write(&to, &[b'x'; 4096]).unwrap_or(0)).sum::<usize>()
            })
            .sum();
        assert!(written < READ_BYTES + 2 * 64 * 1024, "{written}");
        assert!(output.wanted().is_none());
    }
}
