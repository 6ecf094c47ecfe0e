//! Copies a tree with all that its entries have, following no link. Nobody else changes the tree, nor the copy.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use rustix::event::{PollFd, PollFlags, Timespec as Wait, poll};
use rustix::fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, ResolveFlags, SeekFrom, Stat, Timespec, Timestamps, Uid};
use rustix::fs::{XattrFlags, lgetxattr, llistxattr, lsetxattr, major, minor};
use rustix::fs::{chmodat, chownat, fstat, futimens, linkat, mkdirat, mknodat, openat, openat2, readlinkat, seek};
use rustix::fs::{statat, symlinkat, utimensat};
use rustix::io::{Errno, Result};

use super::CopiedUp;
use crate::failure::{Code, Failure, Outcome};
use crate::layer::bounds::{MAX_WARNINGS, MAX_XATTR_BYTES};
use crate::layer::fault::quoted;

const CHUNK_BYTES: usize = 1 << 20;

pub struct Copier<'a> {
    source: OwnedFd,
    target: OwnedFd,
    cancel: &'a OwnedFd,
    /// Where the first name of a file with several went.
    linked: HashMap<(u64, u64), Vec<u8>>,
    pending: Vec<Vec<u8>>,
    /// Directories change their times while they are filled.
    directories: Vec<(Vec<u8>, Timestamps)>,
    buffer: Vec<u8>,
    result: CopiedUp,
}

impl<'a> Copier<'a> {
    pub fn new(source: OwnedFd, target: OwnedFd, cancel: &'a OwnedFd) -> Self {
        let result = CopiedUp { copied: true, ..CopiedUp::default() };
        let (linked, directories, buffer) = (HashMap::new(), Vec::new(), vec![0; CHUNK_BYTES]);
        Copier { source, target, cancel, linked, pending: vec![Vec::new()], directories, buffer, result }
    }

    pub fn copy(mut self) -> Outcome<CopiedUp> {
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
        let notes = attributes(&from, &to, b".", &stat).map_err(failed(path, "set attributes"))?;
        self.result.warnings.extend(notes);
        for entry in Dir::read_from(&from).map_err(failed(path, "getdents"))? {
            let entry = entry.map_err(failed(path, "getdents"))?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                self.entry(&from, &to, name, joined(path, name))?;
            }
        }
        self.directories.push((path.to_vec(), times(&stat)));
        Ok(())
    }

    fn entry(&mut self, from: &OwnedFd, to: &OwnedFd, name: &[u8], path: Vec<u8>) -> Outcome<()> {
        self.go_on()?;
        let stat = statat(from, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed(&path, "fstatat"))?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        // The overlay's own mark of something hidden, seen only in a layer that lies alone.
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 {
            return Ok(());
        }
        self.result.entries += 1;
        if kind == FileType::Directory {
            mkdirat(to, name, Mode::from_raw_mode(0o700)).map_err(failed(&path, "mkdirat"))?;
            self.pending.push(path);
            return Ok(());
        }
        let inode = (stat.st_dev, stat.st_ino);
        if stat.st_nlink > 1 {
            if let Some(first) = self.linked.get(&inode) {
                return self.link(first, to, name).map_err(failed(&path, "linkat"));
            }
            self.linked.insert(inode, path.clone());
        }
        if kind == FileType::RegularFile {
            self.file(from, to, name, &path)?;
        } else {
            special(from, to, name, &stat).map_err(failed(&path, "mknodat"))?;
        }
        let notes = attributes(from, to, name, &stat).map_err(failed(&path, "set attributes"))?;
        self.result.warnings.extend(notes);
        let set = utimensat(to, name, &times(&stat), AtFlags::SYMLINK_NOFOLLOW);
        set.map_err(failed(&path, "utimensat"))
    }

    fn link(&self, first: &[u8], to: &OwnedFd, name: &[u8]) -> Result<()> {
        let (parent, first_name) = crate::layer::name::split(first);
        linkat(below(&self.target, parent)?, first_name, to, name, AtFlags::empty())
    }

    /// Holes stay holes.
    fn file(&mut self, from: &OwnedFd, to: &OwnedFd, name: &[u8], path: &[u8]) -> Outcome<()> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let source: File = openat(from, name, flags, Mode::empty()).map_err(failed(path, "openat"))?.into();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let private = Mode::from_raw_mode(0o600);
        let target: File = openat(to, name, flags, private).map_err(failed(path, "openat"))?.into();
        let size = fstat(&source).map_err(failed(path, "fstat"))?.st_size as u64;
        let mut at = 0;
        while let Some((start, end)) = next_data(&source, at, size).map_err(failed(path, "lseek"))? {
            at = start;
            while at < end {
                self.go_on()?;
                let room = usize::try_from(end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
                let copied = source.read_at(&mut self.buffer[..room], at).and_then(|count| {
                    target.write_all_at(&self.buffer[..count], at)?;
                    Ok(count)
                });
                let copied = copied.map_err(|error| Failure::io(Code::Io, "copy", quoted(path), &error))?;
                if copied == 0 {
                    break;
                }
                at += copied as u64;
                self.result.bytes += copied as u64;
            }
            at = end;
        }
        target.set_len(size).map_err(|error| Failure::io(Code::Io, "ftruncate", quoted(path), &error))
    }

    fn go_on(&self) -> Outcome<()> {
        let mut fds = [PollFd::new(self.cancel, PollFlags::IN)];
        match poll(&mut fds, Some(&Wait { tv_sec: 0, tv_nsec: 0 })) {
            Ok(ready) if ready > 0 => Err(Failure::new(Code::Gone, "the core was closed")),
            _ => Ok(()),
        }
    }
}

/// What the directory of a volume gets from the copy.
pub struct Attributes<'a> {
    from: &'a OwnedFd,
    stat: Stat,
}

impl<'a> Attributes<'a> {
    pub fn of(from: &'a OwnedFd) -> Result<Self> {
        Ok(Attributes { from, stat: fstat(from)? })
    }

    pub fn give(&self, to: &OwnedFd) -> Result<()> {
        attributes(self.from, to, b".", &self.stat)?;
        futimens(to, &times(&self.stat))
    }
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

fn special(from: &OwnedFd, to: &OwnedFd, name: &[u8], stat: &Stat) -> Result<()> {
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind == FileType::Symlink {
        return symlinkat(readlinkat(from, name, Vec::new())?.as_c_str(), to, name);
    }
    let device = rustix::fs::makedev(major(stat.st_rdev), minor(stat.st_rdev));
    mknodat(to, name, kind, Mode::from_raw_mode(0o600), device)
}

/// Owner, mode and extended attributes, in this order: a chown takes setuid bits and capabilities away.
fn attributes(from: &OwnedFd, to: &OwnedFd, name: &[u8], stat: &Stat) -> Result<Vec<String>> {
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
        chmodat(to, name, Mode::from_raw_mode(stat.st_mode & 0o7777), AtFlags::empty())?;
    }
    xattrs(&proc_path(from, name), &proc_path(to, name), name)
}

fn xattrs(from: &[u8], to: &[u8], name: &[u8]) -> Result<Vec<String>> {
    let mut names = vec![0u8; MAX_XATTR_BYTES];
    let length = match llistxattr(from, &mut names[..]) {
        Err(Errno::OPNOTSUPP) => 0,
        other => other?,
    };
    let mut notes = Vec::new();
    for attribute in names[..length].split(|&byte| byte == 0).filter(|attribute| !attribute.is_empty()) {
        // They would speak to an overlay that the volume is no part of.
        if attribute.starts_with(b"trusted.overlay.") || attribute.starts_with(b"user.overlay.") {
            continue;
        }
        let mut value = vec![0u8; MAX_XATTR_BYTES];
        let bytes = lgetxattr(from, attribute, &mut value[..])?;
        match lsetxattr(to, attribute, &value[..bytes], XattrFlags::empty()) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP | Errno::PERM) => {
                notes.push(format!("{}: extended attribute {} can't be set here", quoted(name), quoted(attribute)));
            }
            Err(errno) => return Err(errno),
        }
    }
    Ok(notes)
}

/// For calls that know no directory descriptor and don't follow the last component.
fn proc_path(parent: &impl AsFd, name: &[u8]) -> Vec<u8> {
    let mut path = format!("/proc/self/fd/{}/", parent.as_fd().as_raw_fd()).into_bytes();
    path.extend_from_slice(name);
    path
}

fn times(stat: &Stat) -> Timestamps {
    let spec = |seconds: i64, nanos: u64| Timespec { tv_sec: seconds, tv_nsec: nanos as i64 };
    Timestamps {
        last_access: spec(stat.st_atime, stat.st_atime_nsec),
        last_modification: spec(stat.st_mtime, stat.st_mtime_nsec),
    }
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, name].join(&b'/') }
}

fn failed(path: &[u8], what: &'static str) -> impl FnOnce(Errno) -> Failure {
    move |errno| Failure::sys(Code::Io, what, format!("copy {}: {what}", quoted(path)), errno)
}
