//! The kernel's own filesystems: a procfs that nobody can have faked, a read-only sysfs, and the cgroup hierarchies.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags, fstatfs, mkdirat, openat2, symlinkat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::{INERT, attach, fresh, paths};
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

/// One mounted hierarchy, as `/proc/self/mountinfo` has it.
#[derive(Debug, PartialEq, Eq)]
struct Hierarchy {
    /// The last part of its mount point: `memory`, `cpu,cpuacct`, `systemd`, `unified`.
    name: String,
    version: u8,
    /// v1: the controllers, or `name=systemd`.
    selectors: Vec<String>,
}

fn hierarchies(mountinfo: &str) -> Vec<Hierarchy> {
    let parsed = mountinfo.lines().filter_map(|line| {
        let (place, source) = line.split_once(" - ")?;
        let mount_point = place.split(' ').nth(4)?;
        let [fs_name, _, options] = source.split(' ').collect::<Vec<_>>()[..] else { return None };
        let version = match fs_name {
            "cgroup" => 1,
            "cgroup2" => 2,
            _ => return None,
        };
        const NOT_SELECTORS: [&str; 6] = ["rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode"];
        let chosen = options
            .split(',')
            .filter(|option| !NOT_SELECTORS.contains(option) && !option.starts_with("release_agent="));
        let selectors = if version == 1 { chosen.map(str::to_string).collect() } else { vec![] };
        Some(Hierarchy { name: mount_point.rsplit('/').next()?.to_string(), version, selectors })
    });
    let mut found: Vec<Hierarchy> = vec![];
    for hierarchy in parsed {
        if !found.iter().any(|known| known.name == hierarchy.name) {
            found.push(hierarchy);
        }
    }
    found
}

/// A read-only `/sys/fs/cgroup` of this process's cgroup namespace, in the host's layout.
pub fn attach_cgroups(root: impl AsFd, shared: Option<&OwnedFd>) -> Outcome<()> {
    const PATH: &str = "/sys/fs/cgroup";
    let Ok(target) = paths::open_in(&root, PATH, OFlags::PATH | OFlags::DIRECTORY) else { return Ok(()) };
    if let Some(shared) = shared {
        return attach(shared, target, PATH);
    }
    let mountinfo = std::fs::read_to_string("/proc/self/mountinfo")
        .map_err(|error| Failure::io(Code::Mount, "read", "/proc/self/mountinfo", &error))?;
    let hierarchies = hierarchies(&mountinfo);
    if let [Hierarchy { version: 2, .. }] = hierarchies[..] {
        return attach(view(&hierarchies[0])?, target, PATH);
    }
    let top = fresh("tmpfs", &[("source", "cgroup"), ("mode", "755")], INERT)?;
    attach(&top, target, PATH)?;
    for hierarchy in &hierarchies {
        attach_hierarchy(&top, hierarchy)?;
    }
    let read_only = MountChange { set: libc::MOUNT_ATTR_RDONLY, propagation: 0 };
    mount_setattr(&top, false, read_only).map_err(|errno| Failure::sys(Code::Mount, "mount_setattr", PATH, errno))
}

fn view(hierarchy: &Hierarchy) -> Outcome<OwnedFd> {
    let attributes = INERT | MountAttrFlags::MOUNT_ATTR_RDONLY;
    if hierarchy.version == 2 {
        return fresh("cgroup2", &[("source", "cgroup")], attributes);
    }
    let mut options = vec![("source", "cgroup")];
    if hierarchy.selectors.iter().all(|selector| selector.starts_with("name=")) {
        options.push(("none", ""));
    }
    options.extend(hierarchy.selectors.iter().map(|selector| match selector.split_once('=') {
        Some((key, value)) => (key, value),
        None => (selector.as_str(), ""),
    }));
    fresh("cgroup", &options, attributes)
}

fn attach_hierarchy(top: &OwnedFd, hierarchy: &Hierarchy) -> Outcome<()> {
    let shown = format!("/sys/fs/cgroup/{}", hierarchy.name);
    let failed = |errno| Failure::sys(Code::Mount, "mkdirat", format!("create {shown}"), errno);
    mkdirat(top, hierarchy.name.as_str(), Mode::from_raw_mode(0o755)).map_err(failed)?;
    let place = paths::open_in(top, &hierarchy.name, OFlags::PATH | OFlags::DIRECTORY).map_err(failed)?;
    attach(view(hierarchy)?, place, &shown)?;
    let other_names =
        hierarchy.selectors.iter().filter(|selector| **selector != hierarchy.name && !selector.contains('='));
    for name in other_names {
        symlinkat(hierarchy.name.as_str(), top, name.as_str()).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_are_read_from_the_mount_table() {
        let text = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
                    40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
                    41 31 0:38 / /sys/fs/cgroup/unified rw shared:4 - cgroup2 cgroup2 rw\n\
                    42 31 0:39 / /tmp rw - tmpfs tmpfs rw\n";
        let found = hierarchies(text);
        let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.version, one.selectors.join("+"))).collect();
        let expected = [("cpu,cpuacct", 1, "cpu+cpuacct"), ("systemd", 1, "name=systemd"), ("unified", 2, "")]
            .map(|(a, b, c)| (a, b, c.to_string()));
        assert_eq!(names, expected);
    }
}
