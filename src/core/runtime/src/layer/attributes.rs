//! Owner, mode, extended attributes and times, in this order: a chown takes setuid bits and capabilities away.

use std::fs::File;

use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::fs::{fchmod, fchown, fsetxattr, futimens, lsetxattr, utimensat};
use rustix::io::{Errno, Result};

use super::bounds::{MAX_XATTR_BYTES, MAX_XATTR_NAME_BYTES};
use super::fault::{entry_failed, entry_refused, quoted};
use super::tar::{Kind, Member, Time};
use super::tree::Place;
use crate::failure::Outcome;

/// An entry that was made: by its place, or, where it is open anyway, by its descriptor, which needs no lookups.
pub trait Made {
    fn own(&self, uid: u32, gid: u32) -> Result<()>;
    fn mode(&self, mode: u32) -> Result<()>;
    fn xattr(&self, name: &[u8], value: &[u8]) -> Result<()>;
    fn times(&self, times: &Timestamps) -> Result<()>;
}

impl Made for File {
    fn own(&self, uid: u32, gid: u32) -> Result<()> {
        fchown(self, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
    }

    fn mode(&self, mode: u32) -> Result<()> {
        fchmod(self, Mode::from_raw_mode(mode))
    }

    fn xattr(&self, name: &[u8], value: &[u8]) -> Result<()> {
        fsetxattr(self, name, value, XattrFlags::empty())
    }

    fn times(&self, times: &Timestamps) -> Result<()> {
        futimens(self, times)
    }
}

impl Made for Place<'_> {
    fn own(&self, uid: u32, gid: u32) -> Result<()> {
        Place::own(self, uid, gid)
    }

    fn mode(&self, mode: u32) -> Result<()> {
        Place::mode(self, mode)
    }

    fn xattr(&self, name: &[u8], value: &[u8]) -> Result<()> {
        lsetxattr(self.proc_path(), name, value, XattrFlags::empty())
    }

    fn times(&self, times: &Timestamps) -> Result<()> {
        utimensat(self.parent, self.name, times, AtFlags::SYMLINK_NOFOLLOW)
    }
}

/// Returns warnings. A directory's times are left to the end: it is still to be filled.
pub fn apply(made: &impl Made, member: &Member, is_link: bool) -> Outcome<Vec<String>> {
    let entry = &member.name;
    made.own(member.uid, member.gid).map_err(entry_failed(entry, "chown"))?;
    if !is_link {
        made.mode(member.mode).map_err(entry_failed(entry, "chmod"))?;
    }
    let mut notes = Vec::new();
    for (name, value) in &member.xattrs {
        notes.extend(set_xattr(made, member, name, value)?);
    }
    if member.kind != Kind::Directory {
        made.times(&times(member)).map_err(entry_failed(entry, "utimensat"))?;
    }
    Ok(notes)
}

/// A warning, where the file system or the kernel takes no such attribute.
fn set_xattr(made: &impl Made, member: &Member, name: &[u8], value: &[u8]) -> Outcome<Option<String>> {
    let shown = quoted(name);
    let note = |why: &str| Some(format!("entry {}: extended attribute {shown} {why}", quoted(&member.name)));
    if name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.") {
        // They would speak to the overlay that this layer becomes a part of.
        return Ok(note("is the overlay's own and left out"));
    }
    if name.len() > MAX_XATTR_NAME_BYTES || value.len() > MAX_XATTR_BYTES {
        return Err(entry_refused(&member.name, format!("extended attribute {shown} is too long")));
    }
    match made.xattr(name, value) {
        Ok(()) => Ok(None),
        Err(Errno::OPNOTSUPP | Errno::PERM) => Ok(note("can't be set here")),
        Err(errno) => Err(entry_failed(&member.name, "setxattr")(errno)),
    }
}

/// The last second of Go's time in nanoseconds; Docker takes what lies outside for 0.
const MAX_SECONDS: i64 = i64::MAX / 1_000_000_000;

pub fn times(member: &Member) -> Timestamps {
    let bounded = |time: Time| if (0..MAX_SECONDS).contains(&time.seconds) { time } else { Time::default() };
    let spec = |time: Time| Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() };
    let access = member.atime.map_or(member.mtime, |atime| atime.max(member.mtime));
    Timestamps { last_access: spec(bounded(access)), last_modification: spec(bounded(member.mtime)) }
}
