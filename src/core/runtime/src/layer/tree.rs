//! The layer's directory: every place in it is found from one descriptor, below which the kernel keeps all lookups.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Stat, Uid};
use rustix::fs::{CWD, chmodat, chownat, fchmod, fchown, mkdirat, openat, openat2, statat};
use rustix::io::Errno;

use super::bounds::MAX_NAME_BYTES;
use super::fault::{entry_failed, entry_refused};
use super::name;
use super::remove;
use crate::failure::{Code, Failure, Outcome};

pub struct Tree {
    root: OwnedFd,
    /// How long the way to the root itself is.
    root_path_bytes: usize,
    /// The parent of the entry before: mostly that of the next one too.
    last_parent: Option<(Vec<u8>, OwnedFd)>,
    /// An entry took the place of another: sizes can't be summed on the way any more.
    pub replaced: bool,
}

/// A name in an open directory of the tree.
pub struct Place<'a> {
    pub parent: &'a OwnedFd,
    pub name: &'a [u8],
}

impl Tree {
    /// Takes an empty directory; anything else is refused and left alone.
    pub fn open(dir: &Path) -> Outcome<Self> {
        let failed = |syscall: &'static str| {
            move |errno| Failure::sys(Code::Io, syscall, format!("unpack into {}", dir.display()), errno)
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = openat(CWD, dir, flags, Mode::empty()).map_err(failed("open"))?;
        let mut entries = rustix::fs::Dir::read_from(&root).map_err(failed("getdents"))?;
        let others = |entry: &rustix::io::Result<rustix::fs::DirEntry>| {
            entry.as_ref().map_or(true, |entry| !matches!(entry.file_name().to_bytes(), b"." | b".."))
        };
        if entries.any(|entry| others(&entry)) {
            return Err(Failure::new(Code::Spec, format!("unpack into {}: the directory is not empty", dir.display())));
        }
        fchown(&root, Some(Uid::ROOT), Some(Gid::ROOT)).map_err(failed("fchown"))?;
        fchmod(&root, Mode::from_raw_mode(0o755)).map_err(failed("fchmod"))?;
        let root_path_bytes = real_path_bytes(&root).map_err(failed("readlink"))?;
        Ok(Tree { root, root_path_bytes, last_parent: None, replaced: false })
    }

    pub fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// The parent of `path` (which is `inside`), made 0755 where it is missing.
    pub fn place<'a>(&'a mut self, path: &'a [u8], entry: &[u8]) -> Outcome<Place<'a>> {
        let (parent, name) = name::split(path);
        if self.last_parent.as_ref().is_none_or(|(last, _)| last != parent) {
            let found = match self.open_dir(parent) {
                Err(Errno::NOENT) => self.make_parents(parent, entry)?,
                other => other.map_err(entry_failed(entry, "openat2"))?,
            };
            self.check_depth(&found, entry)?;
            self.last_parent = Some((parent.to_vec(), found));
        }
        match &self.last_parent {
            Some((_, parent)) => Ok(Place { parent, name }),
            None => Err(Failure::new(Code::Internal, "a parent was found and lost")),
        }
    }

    /// A directory of the tree that must be there already.
    pub fn existing_parent(&self, path: &[u8], entry: &[u8]) -> Outcome<OwnedFd> {
        self.open_dir(path).map_err(entry_failed(entry, "openat2"))
    }

    /// Removes what stands at `path`, unless it is a directory and one may stay. True: a directory has stayed.
    pub fn clear(&mut self, path: &[u8], entry: &[u8], keep_directory: bool) -> Outcome<bool> {
        let place = self.place(path, entry)?;
        let found = match stat(&place) {
            Err(Errno::NOENT) => return Ok(false),
            other => other.map_err(entry_failed(entry, "fstatat"))?,
        };
        if keep_directory && FileType::from_raw_mode(found.st_mode) == FileType::Directory {
            return Ok(true);
        }
        remove::remove(place.parent, place.name).map_err(entry_failed(entry, "unlinkat"))?;
        self.replaced = true;
        self.last_parent = None;
        Ok(false)
    }

    pub fn open_dir(&self, path: &[u8]) -> rustix::io::Result<OwnedFd> {
        let path = if path.is_empty() { b"." } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        open_inside(&self.root, path, flags)
    }

    fn make_parents(&self, path: &[u8], entry: &[u8]) -> Outcome<OwnedFd> {
        let mut found = self.open_dir(b"").map_err(entry_failed(entry, "openat2"))?;
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(index, _)| index);
        for end in ends.chain([path.len()]) {
            let prefix = &path[..end];
            found = match self.open_dir(prefix) {
                Ok(dir) => dir,
                Err(Errno::NOENT) => {
                    let (_, name) = name::split(prefix);
                    let made = Place { parent: &found, name };
                    match mkdirat(&found, name, Mode::from_raw_mode(0o755)) {
                        Err(Errno::EXIST) => return Err(entry_refused(entry, "its parent is a link to nothing")),
                        other => other.map_err(entry_failed(entry, "mkdirat"))?,
                    }
                    made.own(0, 0).and_then(|()| made.mode(0o755)).map_err(entry_failed(entry, "chmod"))?;
                    self.open_dir(prefix).map_err(entry_failed(entry, "openat2"))?
                }
                Err(errno) => return Err(entry_failed(entry, "openat2")(errno)),
            };
        }
        Ok(found)
    }

    /// Links can make trees deeper than any name: no tool could remove them.
    fn check_depth(&self, parent: &OwnedFd, entry: &[u8]) -> Outcome<()> {
        match real_path_bytes(parent) {
            Ok(bytes) if bytes.saturating_sub(self.root_path_bytes) <= MAX_NAME_BYTES => Ok(()),
            Ok(_) | Err(Errno::NAMETOOLONG) => Err(entry_refused(entry, "it lies too deep, by way of links")),
            Err(errno) => Err(entry_failed(entry, "readlink")(errno)),
        }
    }
}

impl Place<'_> {
    pub fn own(&self, uid: u32, gid: u32) -> rustix::io::Result<()> {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        chownat(self.parent, self.name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Not for links, which the kernel would follow.
    pub fn mode(&self, mode: u32) -> rustix::io::Result<()> {
        chmodat(self.parent, self.name, Mode::from_raw_mode(mode), AtFlags::empty())
    }

    /// For calls that know no directory descriptor; the last component is not followed by those that are used.
    pub fn proc_path(&self) -> Vec<u8> {
        let mut path = format!("/proc/self/fd/{}/", self.parent.as_raw_fd()).into_bytes();
        path.extend_from_slice(self.name);
        path
    }
}

pub fn stat(place: &Place) -> rustix::io::Result<Stat> {
    statat(place.parent, place.name, AtFlags::SYMLINK_NOFOLLOW)
}

const TRIES: usize = 128;

/// openat2 answers EAGAIN while anything on the host is renamed.
pub fn open_inside(root: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    let mut result = Err(Errno::AGAIN);
    for _ in 0..TRIES {
        result = openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve);
        if !matches!(result, Err(Errno::AGAIN)) {
            break;
        }
    }
    result
}

fn real_path_bytes(dir: &OwnedFd) -> rustix::io::Result<usize> {
    let link = rustix::fs::readlinkat(CWD, format!("/proc/self/fd/{}", dir.as_raw_fd()), Vec::new())?;
    Ok(link.as_bytes().len())
}
