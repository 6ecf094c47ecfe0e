//! layerdb's `size`, by walking: needed only where entries have replaced others.

use std::collections::HashSet;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Result;

pub fn size_bytes(root: &OwnedFd) -> Result<u64> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut waiting = vec![b".".to_vec()];
    let mut linked = HashSet::new();
    let mut sum = 0;
    while let Some(path) = waiting.pop() {
        let dir = openat(root, path.as_slice(), flags, Mode::empty())?;
        for entry in Dir::read_from(&dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let found = statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
                waiting.push([&path, name.to_bytes()].join(&b'/'));
            } else if found.st_nlink == 1 || linked.insert(found.st_ino) {
                sum += found.st_size as u64;
            }
        }
    }
    Ok(sum)
}
