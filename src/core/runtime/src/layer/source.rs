//! The blob as it comes: first what an earlier try has saved, then the pipe. Hashed, counted and, if asked, saved.

use std::fs::{File, OpenOptions};
use std::io::{Read, Result, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::digest::Hash;
use super::fault::{Fault, refused};
use super::request::Expected;
use crate::failure::{Code, Failure, Outcome};

pub struct Source<'a> {
    pipe: OwnedFd,
    /// Readable: give up.
    cancel: &'a OwnedFd,
    saved: Option<File>,
    in_saved: bool,
    expected: &'a Expected,
    pub hash: Hash,
    pub bytes: u64,
}

impl<'a> Source<'a> {
    pub fn open(pipe: OwnedFd, cancel: &'a OwnedFd, save: Option<&Path>, expected: &'a Expected) -> Outcome<Self> {
        let saved = save.map(open_saved).transpose()?;
        Ok(Source { pipe, cancel, in_saved: saved.is_some(), saved, expected, hash: Hash::default(), bytes: 0 })
    }

    fn receive(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.in_saved {
            let count = self.saved.as_mut().map_or(Ok(0), |saved| saved.read(out))?;
            if count > 0 {
                return Ok(count);
            }
            self.in_saved = false;
        }
        await_ready(&self.pipe, PollFlags::IN, self.cancel)?;
        let count = rustix::io::read(&self.pipe, &mut *out)?;
        if let Some(saved) = &mut self.saved {
            saved.write_all(&out[..count]).map_err(|error| Fault::carried(save_failure(&error)))?;
        }
        Ok(count)
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.receive(out)?;
        self.hash.update(&out[..count]);
        self.bytes += count as u64;
        match self.expected.blob_bytes {
            Some(expected) if self.bytes > expected => {
                Err(Fault::carried(refused(format!("the blob is longer than its {expected} bytes"))))
            }
            Some(expected) if count == 0 && self.bytes < expected => {
                let text = format!("the blob ended after {} of {expected} bytes", self.bytes);
                Err(Fault::carried(Failure::new(Code::Gone, text)))
            }
            _ => Ok(count),
        }
    }
}

/// Waits until the pipe is ready for `what`, or until everything is given up.
pub fn await_ready(pipe: &impl AsFd, what: PollFlags, cancel: &OwnedFd) -> Result<()> {
    loop {
        let mut fds = [PollFd::new(pipe, what), PollFd::new(cancel, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) if !fds[1].revents().is_empty() => {
                return Err(Fault::carried(Failure::new(Code::Gone, "the core was closed")));
            }
            Ok(_) if !fds[0].revents().is_empty() => return Ok(()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn open_saved(path: &Path) -> Outcome<File> {
    let flags = libc::O_NOFOLLOW | libc::O_CLOEXEC;
    let opened = OpenOptions::new().read(true).write(true).create(true).mode(0o600).custom_flags(flags).open(path);
    opened.map_err(|error| Failure::io(Code::Io, "open", format!("save the blob in {}", path.display()), &error))
}

fn save_failure(error: &std::io::Error) -> Failure {
    Failure::io(Code::Io, "write", "save the blob", error)
}
