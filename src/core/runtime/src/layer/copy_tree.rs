//! A container's own copy of what lies below it, for where no overlay can be mounted.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{CWD, Mode, OFlags, fstat, openat, syncfs};
use rustix::io::Result;
use serde::Deserialize;

use super::copy::{Copied, Copier, Inode, inode};
use super::directory::{failed, open_directory};
use crate::failure::{Code, Failure, Outcome};
use crate::mounts::copy_of;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyTreeRequest {
    /// Without what is mounted below it.
    pub from: String,
    /// A directory; what it has already hides what `from` has there, but directories get the attributes of those of `from`.
    pub into: PathBuf,
}

/// A failure leaves what was copied until then. `cancel` becomes readable when everything is given up.
pub fn copy_tree(request: &CopyTreeRequest, cancel: &OwnedFd) -> Outcome<Copied> {
    let from_failed = |syscall: &'static str| {
        move |errno| Failure::sys(Code::Io, syscall, format!("open {}", request.from), errno).at(&request.from)
    };
    let from = copy_of(CWD, &request.from, false).map_err(from_failed("open_tree"))?;
    let into = open_directory(&request.into).map_err(|errno| failed(&request.into, "open", errno))?;
    let source = inode(&fstat(&from).map_err(from_failed("fstat"))?);
    if lies_in(&into, source).map_err(|errno| failed(&request.into, "open", errno))? {
        let what = format!("{} holds {}: it can't be copied into itself", request.from, request.into.display());
        return Err(Failure::new(Code::Spec, what).at(&request.from));
    }
    let whole = into.try_clone().map_err(|error| Failure::io(Code::Io, "dup", "copy", &error))?;
    let copied = Copier::new(from, into, cancel)?.copy()?;
    syncfs(&whole).map_err(|errno| failed(&request.into, "syncfs", errno))?;
    Ok(copied)
}

/// Whether the way from a directory up to the root leads over another one.
fn lies_in(dir: &OwnedFd, other: Inode) -> Result<bool> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = openat(dir, ".", flags, Mode::empty())?;
    loop {
        let here = inode(&fstat(&at)?);
        if here == other {
            return Ok(true);
        }
        at = openat(&at, "..", flags, Mode::empty())?;
        if inode(&fstat(&at)?) == here {
            return Ok(false);
        }
    }
}
