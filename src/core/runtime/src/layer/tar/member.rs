//! What one header, with the extensions before it, says.

use super::sparse::SparseMap;
use super::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Directory,
    Fifo,
}

#[derive(Debug)]
pub struct Member {
    /// As it stands in the archive.
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub kind: Kind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: Time,
    pub atime: Option<Time>,
    pub major: u32,
    pub minor: u32,
    /// Bytes of contents in the archive; 0 for all but files.
    pub stored_bytes: u64,
    pub sparse: Option<SparseMap>,
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Member {
    /// Of the file as it will be.
    pub fn file_bytes(&self) -> u64 {
        self.sparse.as_ref().map_or(self.stored_bytes, |map| map.real_bytes)
    }
}
