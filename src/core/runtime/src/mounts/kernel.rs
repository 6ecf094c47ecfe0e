//! The kernel's own filesystems: a procfs that nobody can have faked, a read-only sysfs, and the cgroup hierarchies.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags, fstatfs, mkdirat, openat2, symlinkat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::{INERT, attach, fresh, paths};
use crate::cgroup::{Hierarchies, Hierarchy};
use crate::failure::{Code, Failure, Outcome};
use crate::sys::{MountChange, mount_setattr};

/// A procfs of this process's pid namespace. `procfs_write` goes through it and no path.
pub fn procfs() -> Outcome<OwnedFd> {
    let proc = fresh("proc", &[("source", "proc")], INERT)?;
    let kind = fstatfs(&proc).map_err(|errno| Failure::sys(Code::Mount, "fstatfs", "check /proc", errno))?.f_type;
    if kind != libc::PROC_SUPER_MAGIC {
        return Err(Failure::new(Code::PathUnsafe, "/proc is not a procfs").at("/proc"));
    }
    Ok(proc)
}

/// Writes a file of the private procfs, without following links and without leaving it (CVE-2025-52881).
pub fn procfs_write(proc: &OwnedFd, path: &str, value: &str) -> Result<(), Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS;
    let file = openat2(proc, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty(), resolve)?;
    rustix::io::write(&file, value.as_bytes()).map(drop)
}

/// A read-only sysfs. It shows the network namespace of its maker, so it is right for a shared one, too.
pub fn attach_sysfs(root: impl AsFd) -> Outcome<()> {
    let sysfs = fresh("sysfs", &[("source", "sysfs")], INERT | MountAttrFlags::MOUNT_ATTR_RDONLY)?;
    attach(sysfs, paths::own_directory(root, "sys")?, "/sys")
}

/// A read-only `/sys/fs/cgroup` of this process's cgroup namespace, in the host's layout.
pub fn attach_cgroups(root: impl AsFd, shared: Option<&OwnedFd>) -> Outcome<()> {
    const PATH: &str = "/sys/fs/cgroup";
    let Ok(target) = paths::open_in(&root, PATH, OFlags::PATH | OFlags::DIRECTORY) else { return Ok(()) };
    if let Some(shared) = shared {
        return attach(shared, target, PATH);
    }
    let hierarchies = Hierarchies::mounted()?.list;
    if let [only] = &hierarchies[..]
        && only.unified
    {
        return attach(view(only)?, target, PATH);
    }
    let top = fresh("tmpfs", &[("source", "cgroup"), ("mode", "755")], INERT)?;
    attach(&top, target, PATH)?;
    for hierarchy in &hierarchies {
        attach_hierarchy(&top, hierarchy)?;
    }
    let read_only = MountChange { set: libc::MOUNT_ATTR_RDONLY, ..Default::default() };
    mount_setattr(&top, false, read_only).map_err(|errno| Failure::sys(Code::Mount, "mount_setattr", PATH, errno))
}

fn view(hierarchy: &Hierarchy) -> Outcome<OwnedFd> {
    let attributes = INERT | MountAttrFlags::MOUNT_ATTR_RDONLY;
    if hierarchy.unified {
        return fresh("cgroup2", &[("source", "cgroup")], attributes);
    }
    let mut options = vec![("source", "cgroup")];
    if hierarchy.controllers.iter().all(|controller| controller.starts_with("name=")) {
        options.push(("none", ""));
    }
    options
        .extend(hierarchy.controllers.iter().map(|controller| controller.split_once('=').unwrap_or((controller, ""))));
    fresh("cgroup", &options, attributes)
}

fn attach_hierarchy(top: &OwnedFd, hierarchy: &Hierarchy) -> Outcome<()> {
    let Some(name) = hierarchy.mount_point.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    let shown = format!("/sys/fs/cgroup/{name}");
    let failed = |errno| Failure::sys(Code::Mount, "mkdirat", format!("create {shown}"), errno);
    mkdirat(top, name, Mode::from_raw_mode(0o755)).map_err(failed)?;
    let place = paths::open_in(top, name, OFlags::PATH | OFlags::DIRECTORY).map_err(failed)?;
    attach(view(hierarchy)?, place, &shown)?;
    let others = hierarchy.controllers.iter().filter(|controller| *controller != name && !controller.contains('='));
    for other in others {
        symlinkat(name, top, other.as_str()).map_err(failed)?;
    }
    Ok(())
}
