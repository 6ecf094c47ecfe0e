//! A mount of a running container is taken away because nobody declares it any more.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::mount::{UnmountFlags, unmount};
use rustix::process::fchdir;

use super::host::target_of;
use super::inside::{Edited, Place, detach, is_there, is_tmpfs, look, place};
use super::paths::{open_in, split};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::Mount;

/// Only what `wanted` shows, or for a tmpfs a tmpfs. Nothing there is well; E_BUSY: something else is.
pub fn withdraw(root: impl AsFd, proc: &OwnedFd, mount: &Mount, wanted: &OwnedFd) -> Outcome<Edited> {
    let target = target_of(mount);
    let Some(seen) = look(&root, target)?.filter(|place| place.is_mount_root) else { return Ok(Edited::default()) };
    let is_ours = match mount {
        Mount::Bind { .. } => is_there(&root, target, wanted)?,
        Mount::Tmpfs { .. } => is_tmpfs(&root, target)?,
    };
    if !is_ours {
        return Err(Failure::new(Code::Busy, format!("unmount {target}: something else is mounted there")).at(target));
    }
    let busy = !is_let_go(&root, target, seen);
    if busy {
        detach(&root, proc, target)?;
    }
    Ok(Edited { busy })
}

/// Without force, which tells whether somebody uses it: by its name in its directory, for a descriptor of the mount would
/// be such a use. What is mounted on can't be renamed, so the name stays what was looked at.
fn is_let_go(root: impl AsFd, target: &str, seen: Place) -> bool {
    let Ok((parent, name)) = split(target) else { return false };
    let Ok(parent) = open_in(root, parent, OFlags::PATH | OFlags::DIRECTORY) else { return false };
    let is_same = open_in_place(&parent, name)
        .is_some_and(|found| found.is_mount_root && (found.device, found.inode) == (seen.device, seen.inode));
    drop(seen);
    is_same && fchdir(&parent).is_ok() && unmount(name, UnmountFlags::NOFOLLOW).is_ok()
}

fn open_in_place(parent: &OwnedFd, name: &str) -> Option<Place> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(parent, name, flags, Mode::empty(), resolve).and_then(place).ok()
}
