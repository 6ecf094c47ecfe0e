//! What a file holds, written at an offset that grows; a sparse file's parts go where they belong.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::tar::Member;
use super::tar::sparse::Part;
use crate::sys::start_writeback;

/// So much of a file is sent to the disk while the rest still comes: the sync at the end finds little left. What is smaller
/// goes with that sync, which can order it better.
const WRITEBACK_BYTES: u64 = 1 << 20;

pub struct Contents<'a> {
    file: &'a File,
    parts: Vec<Part>,
    next_part: usize,
    offset_in_part: u64,
    waiting_bytes: u64,
}

impl<'a> Contents<'a> {
    pub fn new(file: &'a File, member: &Member) -> Self {
        let whole = Part { offset: 0, bytes: member.stored_bytes };
        let parts = member.sparse.as_ref().map_or(vec![whole], |map| map.parts.clone());
        Contents { file, parts, next_part: 0, offset_in_part: 0, waiting_bytes: 0 }
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        while !bytes.is_empty() {
            let Some(part) = self.parts.get(self.next_part) else { return Err(std::io::ErrorKind::InvalidData.into()) };
            let room = usize::try_from(part.bytes - self.offset_in_part).unwrap_or(usize::MAX).min(bytes.len());
            self.file.write_all_at(&bytes[..room], part.offset + self.offset_in_part)?;
            self.offset_in_part += room as u64;
            bytes = &bytes[room..];
            self.waiting_bytes += room as u64;
            if self.offset_in_part == part.bytes {
                self.next_part += 1;
                self.offset_in_part = 0;
            }
        }
        if self.waiting_bytes >= WRITEBACK_BYTES {
            start_writeback(self.file);
            self.waiting_bytes = 0;
        }
        Ok(())
    }
}
