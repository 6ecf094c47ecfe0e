//! Pseudo-terminals: ioctl_tty(2), termios(3).

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use rustix::fs::{fstat, fstatfs, major, minor};
use rustix::io::Result;

use super::check;

const DEVPTS_MAGIC: libc::__fsword_t = 0x1cd1;
/// `_IO('T', 0x41)` in asm-generic/ioctls.h, which libc has for few targets
const TIOCGPTPEER: libc::c_ulong = 0x5441;

/// Columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    pub rows: u16,
    pub columns: u16,
}

/// A terminal's settings as they were.
#[derive(Clone, Copy)]
pub struct Settings(libc::termios);

pub fn is_terminal(fd: impl AsFd) -> bool {
    settings(fd).is_ok()
}

/// Whether this is what opening a devpts' `ptmx` gives, and nothing that a container has put in its place.
pub fn is_master(fd: impl AsFd) -> Result<bool> {
    let device = fstat(&fd)?.st_rdev;
    Ok(fstatfs(&fd)?.f_type == DEVPTS_MAGIC && (major(device), minor(device)) == (5, 2))
}

/// Unlocks it; without a path, which the container could have changed (CVE-2025-52565).
pub fn slave_of(master: impl AsFd) -> Result<OwnedFd> {
    let unlocked: libc::c_int = 0;
    let number = master.as_fd().as_raw_fd();
    // SAFETY: the kernel reads one int; then it makes a descriptor, which is owned at once.
    unsafe {
        check(libc::ioctl(number, libc::TIOCSPTLCK, &raw const unlocked).into())?;
        let slave = check(libc::ioctl(number, TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC).into())?;
        Ok(OwnedFd::from_raw_fd(slave as i32))
    }
}

/// Makes it the terminal of this session, whose leader this process is.
pub fn control(slave: impl AsFd) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::ioctl(slave.as_fd().as_raw_fd(), libc::TIOCSCTTY, 0) }.into()).map(drop)
}

pub fn window_size(fd: impl AsFd) -> Result<WindowSize> {
    // SAFETY: a zeroed winsize is one, and the kernel fills it.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        check(libc::ioctl(fd.as_fd().as_raw_fd(), libc::TIOCGWINSZ, &raw mut size).into())?;
        Ok(WindowSize { rows: size.ws_row, columns: size.ws_col })
    }
}

pub fn set_window_size(fd: impl AsFd, size: WindowSize) -> Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the kernel reads one winsize.
    check(unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }.into()).map(drop)
}

pub fn settings(fd: impl AsFd) -> Result<Settings> {
    // SAFETY: a zeroed termios is one, and libc fills it.
    unsafe {
        let mut settings: libc::termios = std::mem::zeroed();
        check(libc::tcgetattr(fd.as_fd().as_raw_fd(), &raw mut settings).into())?;
        Ok(Settings(settings))
    }
}

/// After what was written; with `TCSADRAIN` a terminal that takes nothing more would hold us for ever.
pub fn set(fd: impl AsFd, settings: &Settings) -> Result<()> {
    // SAFETY: libc reads one termios.
    check(unsafe { libc::tcsetattr(fd.as_fd().as_raw_fd(), libc::TCSANOW, &raw const settings.0) }.into()).map(drop)
}

impl Settings {
    /// Every byte as it is, in both directions.
    pub fn raw(mut self) -> Settings {
        // SAFETY: changes one termios.
        unsafe { libc::cfmakeraw(&raw mut self.0) };
        self
    }
}
