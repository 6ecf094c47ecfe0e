//! Mounts of a container: each made detached and then put on a descriptor, never on a path.

pub mod dev;
pub mod host;
pub mod inside;
pub mod kernel;
pub mod overlay;
pub mod paths;
pub mod restrict;
pub mod root;
pub mod user;
pub mod withdraw;

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

use crate::failure::{Code, Failure, Outcome};

/// Nothing in such a mount may gain privileges, be a device or be run.
pub const INERT: MountAttrFlags =
    MountAttrFlags::MOUNT_ATTR_NOSUID.union(MountAttrFlags::MOUNT_ATTR_NODEV).union(MountAttrFlags::MOUNT_ATTR_NOEXEC);

/// A new instance of a filesystem, attached nowhere. An option without `=` is a flag.
pub fn fresh(fs_name: &str, options: &[(&str, &str)], attributes: MountAttrFlags) -> Outcome<OwnedFd> {
    let failed = |syscall: &'static str| {
        move |errno| Failure::sys(Code::Mount, syscall, format!("mount a {fs_name} filesystem"), errno)
    };
    let context = fsopen(fs_name, FsOpenFlags::FSOPEN_CLOEXEC).map_err(failed("fsopen"))?;
    for (key, value) in options {
        let set = if value.is_empty() {
            fsconfig_set_flag(&context, *key)
        } else {
            fsconfig_set_string(&context, *key, *value)
        };
        set.map_err(failed("fsconfig"))?;
    }
    fsconfig_create(&context).map_err(|errno| {
        let mut failure = failed("fsconfig")(errno);
        failure.message.push_str(&kernel_reason(&context));
        failure
    })?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes).map_err(failed("fsmount"))
}

/// What the filesystem itself said, as `: overlay: …`; empty when it said nothing.
fn kernel_reason(context: &OwnedFd) -> String {
    let mut text = [0u8; 512];
    let length = rustix::io::read(context, &mut text).unwrap_or(0);
    let text = String::from_utf8_lossy(&text[..length]);
    let text = text.trim().trim_start_matches("e ");
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// A detached copy of the mount at `path` below `from`; an empty path is `from` itself.
pub fn copy_of(from: impl AsFd, path: &str, recursive: bool) -> Result<OwnedFd, Errno> {
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    if path.is_empty() {
        flags |= OpenTreeFlags::AT_EMPTY_PATH;
    }
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    open_tree(from, path, flags)
}

/// Puts a detached mount on what `target` refers to. `shown` is the path for messages.
pub fn attach(mount: impl AsFd, target: impl AsFd, shown: &str) -> Outcome<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, "", target, "", flags)
        .map_err(|errno| Failure::sys(Code::Mount, "move_mount", format!("mount {shown}"), errno).at(shown))
}
