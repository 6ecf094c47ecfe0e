//! The container's root: an overlay, or a directory that holds all of it.

use std::os::fd::OwnedFd;

use super::paths::host_path;
use super::{copy_of, overlay};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::StartPlan;
use crate::sys::{MountChange, mount_setattr};

/// Attached nowhere. The caller has a mount namespace of its own.
pub fn mount(plan: &StartPlan) -> Outcome<OwnedFd> {
    if plan.lowers.is_empty() { whole(&plan.upper) } else { overlay::mount(&plan.lowers, &plan.upper, &plan.work) }
}

/// Private, as an overlay is: what the host mounts below the directory stays with the host.
fn whole(path: &str) -> Outcome<OwnedFd> {
    let failed = |syscall: &'static str| {
        move |errno| Failure::sys(Code::Mount, syscall, format!("mount {path} as the root"), errno).at(path)
    };
    let held = host_path(path).map_err(failed("openat"))?;
    let root = copy_of(&held, "", false).map_err(failed("open_tree"))?;
    let private = MountChange { propagation: libc::MS_PRIVATE, ..Default::default() };
    mount_setattr(&root, false, private).map_err(failed("mount_setattr"))?;
    Ok(root)
}
