//! Owner, mode, times and extended attributes on their way from one entry to another.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Gid, Mode, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::fs::{chmodat, chownat, fstat, futimens, lgetxattr, llistxattr, lsetxattr};
use rustix::io::{Errno, Result};

use crate::layer::bounds::MAX_XATTR_BYTES;
use crate::layer::fault::quoted;

/// What a directory gets from one that it takes the place of.
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

/// Owner, mode and extended attributes, in this order: a chown takes setuid bits and capabilities away.
pub fn attributes(from: &OwnedFd, to: &OwnedFd, name: &[u8], stat: &Stat) -> Result<Vec<String>> {
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
        // They would speak to an overlay that the copy is no part of.
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

pub fn times(stat: &Stat) -> Timestamps {
    let spec = |seconds: i64, nanos: u64| Timespec { tv_sec: seconds, tv_nsec: nanos as i64 };
    Timestamps {
        last_access: spec(stat.st_atime, stat.st_atime_nsec),
        last_modification: spec(stat.st_mtime, stat.st_mtime_nsec),
    }
}
