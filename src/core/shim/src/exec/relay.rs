//! Copies from one descriptor to another, as much as the other takes.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fcntl_setfl, openat};
use rustix::io::{Errno, read, write};

/// A pipe that polls as writable takes so much at once (pipe(7)).
const AT_ONCE_BYTES: usize = 4096;

pub struct Relay {
    from: OwnedFd,
    to: OwnedFd,
    waiting: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    Goes,
    /// Nothing more comes, and all that came has been written.
    SourceEnded,
    /// Nobody reads.
    SinkGone,
}

impl Relay {
    pub fn new(from: OwnedFd, to: OwnedFd) -> Relay {
        Relay { from, to, waiting: vec![] }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The one end that something is waited for at.
    pub fn wanted(&self) -> PollFd<'_> {
        if self.waiting.is_empty() {
            PollFd::from_borrowed_fd(self.from.as_fd(), PollFlags::IN)
        } else {
            PollFd::from_borrowed_fd(self.to.as_fd(), PollFlags::OUT)
        }
    }

    /// Once that end is ready. `filter` says what of the bytes is meant.
    pub fn step(&mut self, filter: impl FnOnce(&[u8]) -> Vec<u8>) -> Copying {
        if !self.waiting.is_empty() {
            return self.write_some();
        }
        let mut bytes = [0; AT_ONCE_BYTES];
        match read(&self.from, &mut bytes) {
            Ok(count) if count > 0 => self.waiting = filter(&bytes[..count]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            // A master says EIO when no one has the terminal any more.
            _ => return Copying::SourceEnded,
        }
        Copying::Goes
    }

    fn write_some(&mut self) -> Copying {
        let some = &self.waiting[..self.waiting.len().min(AT_ONCE_BYTES)];
        match write(&self.to, some) {
            Ok(count) => _ = self.waiting.drain(..count),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return Copying::SinkGone,
        }
        Copying::Goes
    }
}

pub fn never_blocking(fd: &OwnedFd) -> Result<(), Errno> {
    fcntl_setfl(fd, fcntl_getfl(fd)? | OFlags::NONBLOCK)
}

/// The caller's terminal once more, for us alone: its own description is shared with others, who expect it to block.
pub fn own_description(fd: BorrowedFd<'_>, access: OFlags) -> Result<OwnedFd, Errno> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    openat(CWD, path, access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())
}
