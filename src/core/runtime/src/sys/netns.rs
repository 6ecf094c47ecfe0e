//! Network namespaces: a thread goes into one, and comes back.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::io::Result;

use super::check;

/// This thread's.
pub fn own() -> Result<OwnedFd> {
    openat(CWD, "/proc/thread-self/ns/net", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
}

/// `to` is a namespace's descriptor or a process's. This thread alone goes.
pub fn enter(to: impl AsFd) -> Result<()> {
    // SAFETY: changes this thread alone.
    check(unsafe { libc::setns(to.as_fd().as_raw_fd(), libc::CLONE_NEWNET) }.into()).map(drop)
}

pub fn same(one: impl AsFd, other: impl AsFd) -> Result<bool> {
    let (one, other) = (fstat(one)?, fstat(other)?);
    Ok((one.st_dev, one.st_ino) == (other.st_dev, other.st_ino))
}
