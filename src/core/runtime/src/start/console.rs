//! `tty`: a terminal of the container's own devpts, also at /dev/console, for the first process's descriptors. Its master goes to
//! the shim. No path of the image is used, and none is looked up again after a check (CVE-2025-52565).

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::{attach, copy_of};
use crate::sys::handover;
use crate::sys::terminal::{self, WindowSize};

/// Until somebody is attached.
const SIZE: WindowSize = WindowSize { rows: 24, columns: 80 };
const CONSOLE: &str = "console";

fn failed(syscall: &'static str) -> impl Fn(Errno) -> Failure {
    move |errno| Failure::sys(Code::Mount, syscall, "make the container's terminal", errno).at("/dev/console")
}

/// `dev` is the container's own, complete.
pub fn open(dev: &OwnedFd, to_shim: &OwnedFd) -> Outcome<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let master = openat(dev, "pts/ptmx", flags, Mode::empty()).map_err(failed("openat"))?;
    let slave = terminal::slave_of(&master).map_err(failed("ioctl"))?;
    terminal::set_window_size(&slave, SIZE).map_err(failed("ioctl"))?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(dev, CONSOLE, flags, Mode::from_raw_mode(0o600)).map_err(failed("openat"))?;
    let place = openat(dev, CONSOLE, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .map_err(failed("openat"))?;
    attach(copy_of(&slave, "", false).map_err(failed("open_tree"))?, place, "/dev/console")?;
    handover::send(to_shim, 0, Some(&master))?;
    Ok(slave)
}
