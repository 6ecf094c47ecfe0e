//! Copies a tree with all that its entries have, following no link. What the target has already hides what the source
//! has there. Nobody else changes the copy; a source that changes meanwhile is copied as it is met.

pub mod attributes;
mod file;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec as Wait, poll};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, Timestamps, major, minor};
use rustix::fs::{
    fstat, futimens, linkat, mkdirat, mknodat, openat, openat2, readlinkat, statat, symlinkat, utimensat,
};
use rustix::io::{Errno, Result};
use serde::Serialize;

use self::attributes::{attributes, times};
use self::file::Contents;
use super::bounds::MAX_WARNINGS;
use super::fault::quoted;
use crate::failure::{Code, Failure, Outcome};

/// `copied` false: the target wasn't empty, or the image has nothing there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copied {
    pub copied: bool,
    pub entries: u64,
    pub bytes: u64,
    /// What the file system can't take, at most 16.
    pub warnings: Vec<String>,
}

/// Device and number: what tells directories of the target apart.
pub type Inode = (u64, u64);

pub fn inode(stat: &Stat) -> Inode {
    (stat.st_dev, stat.st_ino)
}

/// What a copy must know of the directories that the target has already.
#[derive(Default)]
pub struct Overlaid {
    /// These keep their own attributes; the others get those of the source's.
    pub own: HashSet<Inode>,
    /// Nothing of the source comes into these.
    pub opaque: HashSet<Inode>,
    /// Names of the source that don't come into a directory.
    pub hidden: HashMap<Inode, HashSet<Vec<u8>>>,
}

pub struct Copier<'a> {
    source: OwnedFd,
    target: OwnedFd,
    overlaid: Overlaid,
    cancel: &'a OwnedFd,
    target_inode: Inode,
    /// Where the first name of a file with several went.
    linked: HashMap<Inode, Vec<u8>>,
    pending: Vec<Vec<u8>>,
    /// Directories change their times while they are filled.
    directories: Vec<(Vec<u8>, Timestamps)>,
    contents: Contents,
    result: Copied,
}

impl<'a> Copier<'a> {
    pub fn new(source: OwnedFd, target: OwnedFd, cancel: &'a OwnedFd) -> Outcome<Self> {
        let target_inode = inode(&fstat(&target).map_err(failed(b"", "fstat"))?);
        let result = Copied { copied: true, ..Copied::default() };
        let (linked, directories, pending) = (HashMap::new(), Vec::new(), vec![Vec::new()]);
        let (overlaid, contents) = (Overlaid::default(), Contents::new());
        Ok(Copier { source, target, overlaid, cancel, target_inode, linked, pending, directories, contents, result })
    }

    pub fn over(self, overlaid: Overlaid) -> Self {
        Copier { overlaid, ..self }
    }

    pub fn copy(mut self) -> Outcome<Copied> {
        while let Some(path) = self.pending.pop() {
            self.directory(&path)?;
        }
        // Inner ones last seen, so first set.
        for (path, times) in self.directories.iter().rev() {
            let set = below(&self.target, path).and_then(|dir| futimens(dir, times));
            set.map_err(failed(path, "utimensat"))?;
        }
        self.result.warnings.truncate(MAX_WARNINGS);
        Ok(self.result)
    }

    fn directory(&mut self, path: &[u8]) -> Outcome<()> {
        let from = below(&self.source, path).map_err(failed(path, "openat2"))?;
        let to = below(&self.target, path).map_err(failed(path, "openat2"))?;
        let stat = fstat(&from).map_err(failed(path, "fstat"))?;
        if inode(&stat) == self.target_inode {
            return Err(Failure::new(Code::Spec, format!("the tree holds its own copy, at {}", quoted(path))));
        }
        let into = inode(&fstat(&to).map_err(failed(path, "fstat"))?);
        if !self.overlaid.own.contains(&into) {
            let notes = attributes(&from, &to, b".", &stat).map_err(failed(path, "set attributes"))?;
            self.note(notes);
            self.directories.push((path.to_vec(), times(&stat)));
        }
        if self.overlaid.opaque.contains(&into) {
            return Ok(());
        }
        let hidden = self.overlaid.hidden.remove(&into).unwrap_or_default();
        for entry in Dir::read_from(&from).map_err(failed(path, "getdents"))? {
            let entry = entry.map_err(failed(path, "getdents"))?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") && !hidden.contains(name) {
                self.entry(&from, &to, name, joined(path, name))?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, from: &OwnedFd, to: &OwnedFd, name: &[u8], path: Vec<u8>) -> Outcome<()> {
        self.go_on()?;
        let stat = match statat(from, name, AtFlags::SYMLINK_NOFOLLOW) {
            // An overlay lists the mark of something hidden where no layer below has that directory, and then has no such file.
            Err(Errno::NOENT) => return Ok(()),
            stat => stat.map_err(failed(&path, "fstatat"))?,
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        // The same mark in a layer that lies alone.
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 {
            return Ok(());
        }
        if kind == FileType::Directory {
            return self.subdirectory(to, name, path);
        }
        match self.make(from, to, name, &path, &stat) {
            Ok(true) => {}
            // The target has something of its own there.
            Err(failure) if failure.errno == Some(Errno::EXIST.raw_os_error()) => return Ok(()),
            Ok(false) => {
                self.result.entries += 1;
                return Ok(());
            }
            Err(failure) => return Err(failure),
        }
        let notes = attributes(from, to, name, &stat).map_err(failed(&path, "set attributes"))?;
        self.note(notes);
        let set = utimensat(to, name, &times(&stat), AtFlags::SYMLINK_NOFOLLOW);
        set.map_err(failed(&path, "utimensat"))?;
        if stat.st_nlink > 1 {
            self.linked.insert(inode(&stat), path);
        }
        self.result.entries += 1;
        Ok(())
    }

    fn subdirectory(&mut self, to: &OwnedFd, name: &[u8], path: Vec<u8>) -> Outcome<()> {
        match mkdirat(to, name, Mode::from_raw_mode(0o700)) {
            Ok(()) => self.result.entries += 1,
            Err(Errno::EXIST) => {
                let there = statat(to, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed(&path, "fstatat"))?;
                if FileType::from_raw_mode(there.st_mode) != FileType::Directory {
                    return Ok(());
                }
            }
            Err(errno) => return Err(failed(&path, "mkdirat")(errno)),
        }
        self.pending.push(path);
        Ok(())
    }

    /// False: it is one more name of what was copied already, attributes and all.
    fn make(&mut self, from: &OwnedFd, to: &OwnedFd, name: &[u8], path: &[u8], stat: &Stat) -> Outcome<bool> {
        if let Some(first) = self.linked.get(&inode(stat)).filter(|_| stat.st_nlink > 1) {
            let (parent, first_name) = super::name::split(first);
            let linked =
                below(&self.target, parent).and_then(|parent| linkat(parent, first_name, to, name, AtFlags::empty()));
            return linked.map(|()| false).map_err(failed(path, "linkat"));
        }
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            self.file(from, to, name, path, stat)?;
        } else {
            special(from, to, name, stat).map_err(failed(path, "mknodat"))?;
        }
        Ok(true)
    }

    fn file(&mut self, from: &OwnedFd, to: &OwnedFd, name: &[u8], path: &[u8], stat: &Stat) -> Outcome<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let private = Mode::from_raw_mode(0o600);
        let target: File = openat(to, name, flags, private).map_err(failed(path, "openat"))?.into();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let source: File = openat(from, name, flags, Mode::empty()).map_err(failed(path, "openat"))?.into();
        let opened = fstat(&source).map_err(failed(path, "fstat"))?;
        if inode(&opened) != inode(stat) {
            return Err(Failure::new(Code::Io, format!("copy {}: it was replaced meanwhile", quoted(path))));
        }
        let cancel = self.cancel;
        let copied = self.contents.copy(&source, &target, opened.st_size as u64, || is_given_up(cancel));
        let copied = copied.map_err(|error| Failure::io(Code::Io, "copy", quoted(path), &error))?;
        self.result.bytes += copied.ok_or_else(given_up)?;
        Ok(())
    }

    fn note(&mut self, notes: Vec<String>) {
        self.result.warnings.extend(notes);
        self.result.warnings.truncate(MAX_WARNINGS);
    }

    fn go_on(&self) -> Outcome<()> {
        if is_given_up(self.cancel) { Err(given_up()) } else { Ok(()) }
    }
}

fn given_up() -> Failure {
    Failure::new(Code::Gone, "the core was closed")
}

fn is_given_up(cancel: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(cancel, PollFlags::IN)];
    poll(&mut fds, Some(&Wait { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}

/// Directories below `root`; the path is one that was read there.
fn below(root: &OwnedFd, path: &[u8]) -> Result<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    loop {
        match openat2(root, path, flags, Mode::empty(), resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
}

fn special(from: &OwnedFd, to: &OwnedFd, name: &[u8], stat: &Stat) -> Result<()> {
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind == FileType::Symlink {
        return symlinkat(readlinkat(from, name, Vec::new())?.as_c_str(), to, name);
    }
    let device = rustix::fs::makedev(major(stat.st_rdev), minor(stat.st_rdev));
    mknodat(to, name, kind, Mode::from_raw_mode(0o600), device)
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, name].join(&b'/') }
}

fn failed(path: &[u8], what: &'static str) -> impl FnOnce(Errno) -> Failure {
    move |errno| Failure::sys(Code::Io, what, format!("copy {}: {what}", quoted(path)), errno)
}
