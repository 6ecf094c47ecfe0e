//! Namespaces of other containers. The first process of each is held by a pidfd whose identity was checked, so what is joined
//! is that container's or nothing.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
use rustix::io::Errno;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::copy_of;
use crate::process::open_identified;
use crate::protocol::{Join, Joinable};
use crate::sys::{MountChange, mount_setattr};

pub struct Other {
    namespace: Joinable,
    name: String,
    pidfd: OwnedFd,
}

pub fn open(joins: &[Join]) -> Outcome<Vec<Other>> {
    joins
        .iter()
        .map(|join| {
            let pidfd = open_identified(join.pid, join.start_ticks).map_err(|failure| match failure.code {
                Code::Gone => ended(&join.name),
                _ => failure.in_step("join"),
            })?;
            Ok(Other { namespace: join.namespace, name: join.name.clone(), pidfd })
        })
        .collect()
}

/// The next children of this process are born in the pid namespace that is joined; gives the way back.
pub fn children_join(others: &[Other]) -> Outcome<Option<OwnedFd>> {
    let Some(other) = others.iter().find(|other| other.namespace == Joinable::Pid) else { return Ok(None) };
    let own = own_namespace("pid")?;
    join(other, libc::CLONE_NEWPID)?;
    Ok(Some(own))
}

pub fn children_stay(own: Option<OwnedFd>) -> Outcome<()> {
    own.map_or(Ok(()), |own| set(&own, libc::CLONE_NEWPID).map_err(|errno| failed("setns", "leave", errno)))
}

/// The rest of them.
pub fn enter(others: &[Other]) -> Outcome<()> {
    for other in others {
        match other.namespace {
            Joinable::Pid => {}
            Joinable::Ipc => join(other, libc::CLONE_NEWIPC)?,
            Joinable::Uts => join(other, libc::CLONE_NEWUTS)?,
            Joinable::Net => join(other, libc::CLONE_NEWNET)?,
        }
    }
    Ok(())
}

/// POSIX shared memory goes with the IPC namespace: a copy of that container's `/dev/shm`, attached nowhere. Nothing of this
/// process can be reached from there meanwhile: it is not dumpable.
pub fn shm(others: &[Other]) -> Outcome<Option<OwnedFd>> {
    let Some(other) = others.iter().find(|other| other.namespace == Joinable::Ipc) else { return Ok(None) };
    let own = own_namespace("mnt")?;
    join(other, libc::CLONE_NEWNS)?;
    let taken = shm_of(other);
    set(&own, libc::CLONE_NEWNS).map_err(|errno| failed("setns", "leave", errno))?;
    taken.map(Some)
}

/// setns(2) has made that container's root ours.
fn shm_of(other: &Other) -> Outcome<OwnedFd> {
    const PATH: &str = "/dev/shm";
    let refused = |syscall: &'static str| {
        let what = format!("share the /dev/shm of {}", other.name);
        move |errno: Errno| Failure::sys(Code::Mount, syscall, what.clone(), errno).at(PATH)
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let there = openat2(CWD, PATH, flags, Mode::empty(), resolve).map_err(refused("openat2"))?;
    if fstatfs(&there).map_err(refused("fstatfs"))?.f_type != libc::TMPFS_MAGIC {
        return Err(Failure::new(Code::PathUnsafe, format!("the /dev/shm of {} is no tmpfs", other.name)).at(PATH));
    }
    let copy = copy_of(&there, "", false).map_err(refused("open_tree"))?;
    let inert = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOEXEC;
    let change = MountChange { set: inert, propagation: libc::MS_PRIVATE, ..Default::default() };
    mount_setattr(&copy, false, change).map_err(refused("mount_setattr"))?;
    Ok(copy)
}

fn own_namespace(name: &str) -> Outcome<OwnedFd> {
    let path = format!("/proc/self/ns/{name}");
    rustix::fs::open(&path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| failed("open", "look at", errno))
}

fn join(other: &Other, kind: i32) -> Outcome<()> {
    set(&other.pidfd, kind).map_err(|errno| match errno {
        Errno::SRCH => ended(&other.name),
        errno => failed("setns", &format!("join {}:", other.name), errno),
    })
}

fn set(namespace: &OwnedFd, kind: i32) -> Result<(), Errno> {
    // SAFETY: this process has one thread and shares nothing with another.
    if unsafe { libc::setns(namespace.as_raw_fd(), kind) } == 0 {
        return Ok(());
    }
    Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL))
}

fn ended(name: &str) -> Failure {
    Failure::new(Code::Gone, format!("{name}, whose namespaces are joined, does not run")).in_step("join")
}

fn failed(syscall: &str, what: &str, errno: Errno) -> Failure {
    Failure::sys(Code::Namespace, syscall, format!("{what} a namespace"), errno)
}
