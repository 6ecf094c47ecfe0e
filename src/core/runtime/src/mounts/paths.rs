//! Paths inside the container's root. The image is hostile: the kernel resolves every path with the root as its end
//! (`RESOLVE_IN_ROOT`), and whatever is missing is made on descriptors (CVE-2021-30465, CVE-2024-45310).

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat, openat2, readlinkat};
use rustix::io::Errno;

use crate::failure::{Code, Failure, Outcome};

/// Dangling symlinks that `ensure` follows before it gives up.
const MAX_LINKS: u32 = 8;
/// openat2 answers EAGAIN while something is renamed; nothing of the container runs yet, so it ends.
const MAX_ATTEMPTS: u32 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File,
}

/// Opens what is at `path` inside `root`.
pub fn open_in(root: impl AsFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..MAX_ATTEMPTS {
        match openat2(&root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => continue,
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

/// An O_PATH descriptor of `path` inside `root`, which is made (with its parents) if it is missing.
pub fn ensure(root: impl AsFd, path: &str, kind: Kind) -> Outcome<OwnedFd> {
    ensure_within(root.as_fd(), path, kind, MAX_LINKS)
}

fn ensure_within(root: impl AsFd, path: &str, kind: Kind, links_left: u32) -> Outcome<OwnedFd> {
    let root = root.as_fd();
    match open_in(root, path, OFlags::PATH) {
        Ok(found) => return Ok(found),
        Err(Errno::NOENT) => {}
        Err(errno) => {
            return Err(Failure::sys(unsafe_or_mount(errno), "openat2", format!("open {path}"), errno).at(path));
        }
    }
    let (parent_path, name) = split(path)?;
    let parent = ensure_within(root, parent_path, Kind::Directory, links_left)?;
    let made = match kind {
        Kind::Directory => mkdirat(&parent, name, Mode::from_raw_mode(0o755)),
        Kind::File => {
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::WRONLY;
            openat(&parent, name, flags, Mode::from_raw_mode(0o644)).map(drop)
        }
    };
    match made {
        Ok(()) => open_in(&parent, name, OFlags::PATH | OFlags::NOFOLLOW)
            .map_err(|errno| Failure::sys(Code::Mount, "openat2", format!("open {path}"), errno).at(path)),
        Err(Errno::EXIST) if links_left > 0 => {
            let link = readlinkat(&parent, name, Vec::new()).ok().and_then(|link| link.into_string().ok());
            let link = link.ok_or_else(|| unsafe_path(path, "changes while it is resolved"))?;
            let next = if link.starts_with('/') { link } else { format!("{parent_path}/{link}") };
            ensure_within(root, &next, kind, links_left - 1)
        }
        Err(Errno::EXIST) => Err(unsafe_path(path, "has too many symbolic links")),
        Err(errno) => Err(Failure::sys(Code::Mount, "mkdirat", format!("create {path}"), errno).at(path)),
    }
}

pub(super) fn split(path: &str) -> Outcome<(&str, &str)> {
    let path = path.trim_end_matches('/');
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    if matches!(name, "" | "." | "..") {
        return Err(unsafe_path(path, "does not name anything inside the root"));
    }
    Ok((if parent.is_empty() { "/" } else { parent }, name))
}

fn unsafe_or_mount(errno: Errno) -> Code {
    if matches!(errno, Errno::LOOP | Errno::XDEV) { Code::PathUnsafe } else { Code::Mount }
}

fn unsafe_path(path: &str, why: &str) -> Failure {
    Failure::new(Code::PathUnsafe, format!("{path} {why}")).at(path)
}

/// A directory directly in `root`, made if missing. A symlink of that name is refused: the kernel's own filesystems
/// belong on real directories (CVE-2019-19921).
pub fn own_directory(root: impl AsFd, name: &str) -> Outcome<OwnedFd> {
    match mkdirat(&root, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(Failure::sys(Code::Mount, "mkdirat", format!("create /{name}"), errno)),
    }
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let found = openat2(&root, name, flags, Mode::empty(), resolve);
    let is_directory = found
        .as_ref()
        .is_ok_and(|found| fstat(found).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory));
    match found {
        Ok(found) if is_directory => Ok(found),
        _ => Err(unsafe_path(&format!("/{name}"), "in the image is not a real directory")),
    }
}

/// Whether a descriptor is of a directory.
pub fn is_directory(fd: impl AsFd) -> Result<bool, Errno> {
    Ok(FileType::from_raw_mode(fstat(fd)?.st_mode) == FileType::Directory)
}

/// An O_PATH descriptor of a host path, as the administrator gave it.
pub fn host_path(path: &str) -> Result<OwnedFd, Errno> {
    openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}
