//! Directories by the paths that a request names.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, Result};

use crate::failure::{Code, Failure};

pub fn open_directory(path: &Path) -> Result<OwnedFd> {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

pub fn failed(path: &Path, what: &str, errno: Errno) -> Failure {
    Failure::sys(Code::Io, what, format!("{what} {}", path.display()), errno).at(path.display().to_string())
}
