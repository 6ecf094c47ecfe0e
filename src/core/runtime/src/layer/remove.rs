//! Removes trees of any depth with a constant number of descriptors, following no link.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, unlinkat};
use rustix::io::{Errno, Result};

/// Removes `name` in `parent`, whatever it is. Nobody else changes the tree meanwhile: `..` leads back.
pub fn remove(parent: &OwnedFd, name: &[u8]) -> Result<()> {
    match unlinkat(parent, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        other => return other,
    }
    empty(open_dir(parent, name)?)?;
    unlinkat(parent, name, AtFlags::REMOVEDIR)
}

/// Removes all that is in `dir`.
pub fn empty(mut dir: OwnedFd) -> Result<()> {
    let mut above: Vec<CString> = Vec::new();
    loop {
        if let Some(name) = unlink_until_full_directory(&dir)? {
            dir = open_dir(&dir, name.to_bytes())?;
            above.push(name);
            continue;
        }
        let Some(name) = above.pop() else { return Ok(()) };
        dir = open_dir(&dir, b"..")?;
        unlinkat(&dir, name.as_c_str(), AtFlags::REMOVEDIR)?;
    }
}

/// Unlinks what can be unlinked; stops at a directory that holds something.
fn unlink_until_full_directory(dir: &OwnedFd) -> Result<Option<CString>> {
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match unlinkat(dir, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::ISDIR) => {}
            Err(errno) => return Err(errno),
        }
        match unlinkat(dir, name, AtFlags::REMOVEDIR) {
            Ok(()) => {}
            Err(Errno::NOTEMPTY | Errno::EXIST) => return Ok(Some(name.to_owned())),
            Err(errno) => return Err(errno),
        }
    }
    Ok(None)
}

fn open_dir(parent: &OwnedFd, name: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, mkdirat, symlinkat};

    use super::*;

    #[test]
    fn a_tree_deeper_than_any_path_goes_and_what_its_links_name_stays() {
        let top = std::env::temp_dir().join(format!("reconcile-test-remove-{}", std::process::id()));
        let kept = top.join("kept");
        std::fs::create_dir_all(kept.join("inner")).unwrap();
        let top_fd =
            open_dir(&openat(CWD, "/", OFlags::PATH, Mode::empty()).unwrap(), top.as_os_str().as_encoded_bytes());
        let top_fd = top_fd.unwrap();
        let mut dir = top_fd.try_clone().unwrap();
        for _ in 0..3000 {
            mkdirat(&dir, "deep", Mode::from_raw_mode(0o700)).unwrap();
            symlinkat(&kept, &dir, "link").unwrap();
            dir = open_dir(&dir, b"deep").unwrap();
        }
        remove(&top_fd, b"deep").unwrap();
        remove(&top_fd, b"link").unwrap();
        assert!(kept.join("inner").exists());
        assert_eq!(std::fs::read_dir(&top).unwrap().count(), 1);
        empty(top_fd).unwrap();
        std::fs::remove_dir(&top).unwrap();
    }
}
