//! What the container must not see or write: masked paths, read-only paths, the read-only root.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::paths::{is_directory, open_in};
use super::{INERT, attach, copy_of, fresh};
use crate::failure::{Code, Failure, Outcome};
use crate::sys::{MountChange, mount_setattr};

const READ_ONLY: MountChange = MountChange { set: libc::MOUNT_ATTR_RDONLY, clear: 0, propagation: 0 };

/// `None` for a path that this kernel or image does not have.
fn existing(root: impl AsFd, path: &str) -> Outcome<Option<OwnedFd>> {
    match open_in(root, path, OFlags::PATH) {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(Failure::sys(Code::PathUnsafe, "openat2", format!("open {path}"), errno).at(path)),
    }
}

/// Directories get an empty read-only tmpfs, files one of `nulls` (as many as paths).
pub fn mask(root: impl AsFd, paths: &[String], nulls: Vec<OwnedFd>) -> Outcome<()> {
    for (path, null) in paths.iter().zip(nulls) {
        let Some(target) = existing(&root, path)? else { continue };
        let failed = |errno| Failure::sys(Code::Mount, "fstat", format!("mask {path}"), errno).at(path);
        if is_directory(&target).map_err(failed)? {
            let attributes = INERT | MountAttrFlags::MOUNT_ATTR_RDONLY;
            attach(fresh("tmpfs", &[("source", "tmpfs"), ("size", "4k")], attributes)?, target, path)?;
        } else {
            attach(null, target, path)?;
        }
    }
    Ok(())
}

pub fn make_read_only(root: impl AsFd, paths: &[String]) -> Outcome<()> {
    for path in paths {
        let Some(target) = existing(&root, path)? else { continue };
        let failed = |errno| Failure::sys(Code::Mount, "open_tree", format!("make {path} read-only"), errno).at(path);
        let copy = copy_of(&target, "", true).map_err(failed)?;
        mount_setattr(&copy, true, READ_ONLY).map_err(failed)?;
        attach(copy, target, path)?;
    }
    Ok(())
}

/// Only the root's own mount: volumes and tmpfs keep what they have.
pub fn make_root_read_only(root: impl AsFd) -> Outcome<()> {
    mount_setattr(root, false, READ_ONLY)
        .map_err(|errno| Failure::sys(Code::Mount, "mount_setattr", "make the root read-only", errno).at("/"))
}
