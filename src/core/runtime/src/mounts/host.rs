//! Everything that comes from the host's tree, taken as detached copies before the root exists and before the mount
//! namespace stops being the host's peer: only so can `rshared` reach the host.

use std::os::fd::OwnedFd;

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, major, minor, openat};
use rustix::io::Errno;

use super::copy_of;
use super::paths::{Kind, is_directory};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::{Mount, Propagation, Sharing, StartPlan};
use crate::sys::{MountChange, mount_setattr};

/// A detached mount and where it goes.
pub struct Bind {
    pub mount: OwnedFd,
    pub kind: Kind,
    pub target: String,
}

pub struct HostTree {
    /// In the order of the plan's bind mounts.
    pub binds: Vec<Bind>,
    pub files: Vec<Bind>,
    /// One verified `/dev/null` a masked path.
    pub nulls: Vec<OwnedFd>,
    /// With the IPC namespace of the host or of another container: the `/dev/shm` there.
    pub shm: Option<OwnedFd>,
    /// With the host's cgroup namespace: its view of the hierarchies.
    pub cgroups: Option<OwnedFd>,
}

/// `shared_shm`: the `/dev/shm` of a container whose IPC namespace is joined.
pub fn take(plan: &StartPlan, shared_shm: Option<OwnedFd>) -> Outcome<HostTree> {
    let binds = plan.mounts.iter().filter_map(taken_bind);
    let taken = |target: &str| plan.mounts.iter().any(|mount| target_of(mount).trim_end_matches('/') == target);
    let files = [
        (&plan.files.hostname, "/etc/hostname"),
        (&plan.files.hosts, "/etc/hosts"),
        (&plan.files.resolv_conf, "/etc/resolv.conf"),
    ];
    let files = files.into_iter().filter(|(_, target)| !taken(target));
    let read_only = change(plan.read_only_root, Propagation::Rprivate);
    let shared_ipc = plan.namespaces.ipc == Sharing::Host;
    let shared_cgroups = plan.namespaces.cgroup == Sharing::Host;
    Ok(HostTree {
        binds: binds.collect::<Outcome<_>>()?,
        files: files.map(|(source, target)| bind(source, target, false, read_only)).collect::<Outcome<_>>()?,
        nulls: plan.masked_paths.iter().map(|_| null_device()).collect::<Outcome<_>>()?,
        shm: if shared_ipc { optional("/dev/shm", change(false, Propagation::Rprivate))? } else { shared_shm },
        cgroups: if shared_cgroups { optional("/sys/fs/cgroup", change(true, Propagation::Rprivate))? } else { None },
    })
}

/// A bind mount of a plan, attached nowhere; `None` for another kind of mount.
pub fn taken_bind(mount: &Mount) -> Option<Outcome<Bind>> {
    match mount {
        Mount::Bind { source, target, read_only, recursive, propagation } => {
            Some(bind(source, target, *recursive, change(*read_only, *propagation)))
        }
        Mount::Tmpfs { .. } => None,
    }
}

pub fn target_of(mount: &Mount) -> &str {
    match mount {
        Mount::Bind { target, .. } | Mount::Tmpfs { target, .. } => target,
    }
}

#[derive(Clone, Copy)]
struct Change {
    set: u64,
    propagation: u64,
}

/// What is mounted below a source never spreads further than the source itself: `private` alone would leave it shared with
/// the host, and show the host what the container mounts there.
fn change(read_only: bool, propagation: Propagation) -> Change {
    let set = if read_only { libc::MOUNT_ATTR_RDONLY } else { 0 };
    Change { set, propagation: propagation_flag(propagation) }
}

pub fn propagation_flag(propagation: Propagation) -> u64 {
    match propagation {
        Propagation::Rprivate | Propagation::Private => libc::MS_PRIVATE,
        Propagation::Rslave | Propagation::Slave => libc::MS_SLAVE,
        Propagation::Rshared | Propagation::Shared => libc::MS_SHARED,
    }
}

fn bind(source: &str, target: &str, recursive: bool, change: Change) -> Outcome<Bind> {
    let failed = |syscall: &'static str| {
        move |errno: Errno| Failure::sys(Code::Mount, syscall, format!("mount {source} on {target}"), errno).at(source)
    };
    let mount = copy_of(CWD, source, recursive).map_err(failed("open_tree"))?;
    let attributes = MountChange { set: change.set, ..Default::default() };
    mount_setattr(&mount, recursive, attributes).map_err(failed("mount_setattr"))?;
    let propagation = MountChange { propagation: change.propagation, ..Default::default() };
    mount_setattr(&mount, true, propagation).map_err(failed("mount_setattr"))?;
    let kind = if is_directory(&mount).map_err(failed("fstat"))? { Kind::Directory } else { Kind::File };
    Ok(Bind { mount, kind, target: target.to_string() })
}

fn optional(path: &str, change: Change) -> Outcome<Option<OwnedFd>> {
    match bind(path, path, true, change) {
        Ok(bind) => Ok(Some(bind.mount)),
        Err(failure) if failure.errno == Some(Errno::NOENT.raw_os_error()) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn null_device() -> Outcome<OwnedFd> {
    let failed = |syscall: &'static str| {
        move |errno: Errno| Failure::sys(Code::Mount, syscall, "open /dev/null", errno).at("/dev/null")
    };
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let null = openat(CWD, "/dev/null", flags, Mode::empty()).map_err(failed("openat"))?;
    verify_null(&null)?;
    copy_of(&null, "", false).map_err(failed("open_tree"))
}

/// E_PATH_UNSAFE unless it is character device 1:3.
pub fn verify_null(null: &OwnedFd) -> Outcome<()> {
    let stat = fstat(null).map_err(|errno| Failure::sys(Code::Mount, "fstat", "check /dev/null", errno))?;
    let is_device = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    if is_device && (major(stat.st_rdev), minor(stat.st_rdev)) == (1, 3) {
        return Ok(());
    }
    Err(Failure::new(Code::PathUnsafe, "/dev/null is not the null device").at("/dev/null"))
}
