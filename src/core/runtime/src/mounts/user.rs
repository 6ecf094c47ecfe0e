//! The mounts that the container asked for, and its three files in /etc.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{fstat, fstatfs};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::host::{Bind, HostTree, taken_bind};
use super::paths::{Kind, ensure};
use super::{INERT, attach, fresh};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::{Mount, StartPlan};

/// In the plan's order; the three files last, so that a mount on /etc does not hide them.
pub fn attach_all(root: impl AsFd, plan: &StartPlan, host: &HostTree) -> Outcome<()> {
    let mut binds = host.binds.iter();
    for mount in &plan.mounts {
        match mount {
            Mount::Bind { .. } => binds.next().map_or(Ok(()), |bind| attach_source(&root, mount, bind))?,
            Mount::Tmpfs { target, read_only, size_bytes, mode } => {
                attach_to(&root, &tmpfs(*read_only, *size_bytes, *mode)?, target, Kind::Directory)?
            }
        }
    }
    host.files.iter().try_for_each(|file| attach_bind(&root, file))
}

/// Who replaces a source by rename may be faster than one try, not than all of them.
const MAX_REPLACEMENTS: u32 = 200;

/// A file that was replaced since it was taken can't be mounted any more: then what is there now is taken.
fn attach_source(root: impl AsFd, mount: &Mount, taken: &Bind) -> Outcome<()> {
    let mut outcome = attach_bind(&root, taken);
    for _ in 0..MAX_REPLACEMENTS {
        match &outcome {
            Err(failure) if was_unlinked(failure) => {}
            _ => break,
        }
        let Some(again) = taken_bind(mount) else { break };
        outcome = attach_bind(&root, &again?);
    }
    outcome
}

/// The kernel mounts nothing whose name is gone (namespace.c, get_mountpoint).
pub fn was_unlinked(failure: &Failure) -> bool {
    failure.syscall.as_deref() == Some("move_mount") && failure.errno == Some(Errno::NOENT.raw_os_error())
}

fn attach_bind(root: impl AsFd, bind: &Bind) -> Outcome<()> {
    attach_to(root, &bind.mount, &bind.target, bind.kind)
}

/// Puts a detached mount on a path inside `root`, which is made if it is missing.
pub fn attach_to(root: impl AsFd, mount: impl AsFd, target: &str, kind: Kind) -> Outcome<()> {
    let place = ensure(&root, target, kind)?;
    refuse(&root, &place, target)?;
    attach(mount, place, target)
}

pub fn tmpfs(read_only: bool, size_bytes: Option<u64>, mode: Option<u32>) -> Outcome<OwnedFd> {
    let attributes = if read_only { INERT | MountAttrFlags::MOUNT_ATTR_RDONLY } else { INERT };
    let mode = format!("{:o}", mode.unwrap_or(0o1777));
    let size = size_bytes.map(|bytes| bytes.to_string());
    let mut options = vec![("source", "tmpfs"), ("mode", mode.as_str())];
    options.extend(size.as_deref().map(|size| ("size", size)));
    fresh("tmpfs", &options, attributes)
}

/// What covers a part of /proc can fake what security code reads there (CVE-2019-16884); what covers the root, everything.
fn refuse(root: impl AsFd, target: &OwnedFd, shown: &str) -> Outcome<()> {
    let failed = |errno| Failure::sys(Code::Mount, "fstat", format!("check {shown}"), errno).at(shown);
    let refused = |why: &str| {
        Err(Failure::new(Code::PathUnsafe, format!("{shown} can't be a mount target: it is {why}")).at(shown))
    };
    if fstatfs(target).map_err(failed)?.f_type == libc::PROC_SUPER_MAGIC {
        return refused("inside /proc");
    }
    let (target, root) = (fstat(target).map_err(failed)?, fstat(root).map_err(failed)?);
    if (target.st_dev, target.st_ino) == (root.st_dev, root.st_ino) {
        return refused("the root itself");
    }
    Ok(())
}
