//! The contents of one file.

use std::fs::File;
use std::io::Result as IoResult;
use std::os::unix::fs::FileExt;

use rustix::fs::{SeekFrom, ioctl_ficlone, seek};
use rustix::io::{Errno, Result};

const CHUNK_BYTES: usize = 1 << 20;

/// Remembers what the two file systems can't do.
pub struct Contents {
    can_share: bool,
    buffer: Vec<u8>,
}

impl Contents {
    pub fn new() -> Self {
        Contents { can_share: true, buffer: vec![0; CHUNK_BYTES] }
    }

    /// Shares the blocks where the file systems can, copies otherwise; holes stay holes. Gives the bytes; None: given up,
    /// for which `is_given_up` is asked between the parts.
    pub fn copy(&mut self, from: &File, to: &File, size: u64, is_given_up: impl Fn() -> bool) -> IoResult<Option<u64>> {
        if size > 0 && self.share(from, to)? {
            return Ok(Some(size));
        }
        let (mut at, mut written) = (0, 0);
        while let Some((start, end)) = next_data(from, at, size)? {
            at = start;
            while at < end {
                if is_given_up() {
                    return Ok(None);
                }
                let room = usize::try_from(end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
                let count = from.read_at(&mut self.buffer[..room], at)?;
                if count == 0 {
                    break;
                }
                to.write_all_at(&self.buffer[..count], at)?;
                at += count as u64;
                written += count as u64;
            }
            at = end;
        }
        to.set_len(size)?;
        Ok(Some(written))
    }

    /// ioctl_ficlone(2): these errors say that the file systems, or this file, can't.
    fn share(&mut self, from: &File, to: &File) -> Result<bool> {
        if !self.can_share {
            return Ok(false);
        }
        match ioctl_ficlone(to, from) {
            Ok(()) => return Ok(true),
            Err(Errno::INVAL | Errno::TXTBSY | Errno::PERM) => {}
            Err(Errno::OPNOTSUPP | Errno::XDEV | Errno::NOTTY | Errno::NOSYS | Errno::ISDIR) => self.can_share = false,
            Err(errno) => return Err(errno),
        }
        Ok(false)
    }
}

/// The next range that is no hole, from `at` on.
fn next_data(file: &File, at: u64, size: u64) -> Result<Option<(u64, u64)>> {
    if at >= size {
        return Ok(None);
    }
    match seek(file, SeekFrom::Data(at)) {
        Ok(start) => Ok(Some((start, seek(file, SeekFrom::Hole(start))?.min(size)))),
        Err(Errno::NXIO) => Ok(None),
        // A file system that knows of no holes.
        Err(Errno::INVAL) => Ok(Some((at, size))),
        Err(errno) => Err(errno),
    }
}
