//! What an image has at a volume's target becomes the first content of the empty volume.
//!
//! The content is copied beside the volume, and moved into it entry by entry once it is whole. A crash between the moves
//! leaves the rest there, by which the next who comes knows that the volume is half full, and moves on. Nothing that somebody
//! has put into the volume meanwhile is touched.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, RenameFlags};
use rustix::fs::{fsync, mkdirat, renameat, renameat_with, syncfs, unlinkat};
use rustix::io::Errno;
use serde::Deserialize;

use super::copy::attributes::Attributes;
use super::copy::{Copied, Copier};
use super::directory::{failed, open_directory};
use super::remove;
use crate::failure::{Code, Failure, Outcome};
use crate::mounts::{overlay, paths};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyUpRequest {
    /// The image's layers, the topmost first. None: only what a crash left is finished.
    pub lowers: Vec<String>,
    /// The volume's target, as the image's own links resolve it.
    pub path: String,
    /// Filled if it is empty.
    pub target: PathBuf,
    /// On the file system of the target, the same for all copies into it: made, and gone at the end. What is there was left
    /// by a copy that a crash ended, and whole.
    pub staging: PathBuf,
}

/// `cancel` becomes readable when everything is given up.
pub fn copy_up(request: &CopyUpRequest, cancel: &OwnedFd) -> Outcome<Copied> {
    let target = open_directory(&request.target).map_err(|errno| failed(&request.target, "open", errno))?;
    let left = Copied { copied: finish(request, &target)?, ..Copied::default() };
    let partial = partial_of(&request.staging);
    remove_tree(&partial)?;
    let is_empty = entries_of(&target).map_err(|errno| failed(&request.target, "getdents", errno))?.is_empty();
    if request.lowers.is_empty() || !is_empty {
        return Ok(left);
    }
    let view = overlay::view(&request.lowers)?;
    let Some(source) = source_directory(&view, &request.path)? else { return Ok(Copied::default()) };
    mkdirat(CWD, &partial, Mode::from_raw_mode(0o700)).map_err(|errno| failed(&partial, "mkdir", errno))?;
    let copied = fill(source, &partial, cancel).inspect_err(|_| drop(remove_tree(&partial)))?;
    renameat(CWD, &partial, CWD, &request.staging).map_err(|errno| failed(&request.staging, "rename", errno))?;
    let staged = open_directory(&request.staging).map_err(|errno| failed(&request.staging, "open", errno))?;
    move_into(request, &staged, &target)?;
    Ok(copied)
}

/// Whether something was left to be moved.
fn finish(request: &CopyUpRequest, target: &OwnedFd) -> Outcome<bool> {
    match open_directory(&request.staging) {
        Ok(staged) => move_into(request, &staged, target).map(|()| true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(failed(&request.staging, "open", errno)),
    }
}

fn fill(source: OwnedFd, partial: &Path, cancel: &OwnedFd) -> Outcome<Copied> {
    let into = open_directory(partial).map_err(|errno| failed(partial, "open", errno))?;
    let whole = into.try_clone().map_err(|error| Failure::io(Code::Io, "dup", "copy", &error))?;
    let copied = Copier::new(source, into, cancel)?.copy()?;
    syncfs(&whole).map_err(|errno| failed(partial, "syncfs", errno))?;
    Ok(copied)
}

/// The directory's own attributes come last; its times are those from before the moves.
fn move_into(request: &CopyUpRequest, staged: &OwnedFd, target: &OwnedFd) -> Outcome<()> {
    let attributes = Attributes::of(staged).map_err(|errno| failed(&request.staging, "fstat", errno))?;
    for name in entries_of(staged).map_err(|errno| failed(&request.staging, "getdents", errno))? {
        match renameat_with(staged, name.as_c_str(), target, name.as_c_str(), RenameFlags::NOREPLACE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(failed(&request.target, "move what was copied into", errno)),
        }
    }
    attributes.give(target).map_err(|errno| failed(&request.target, "set the attributes of", errno))?;
    fsync(target).map_err(|errno| failed(&request.target, "fsync", errno))?;
    remove_tree(&request.staging)
}

/// None: the image has nothing there.
fn source_directory(view: &OwnedFd, path: &str) -> Outcome<Option<OwnedFd>> {
    match paths::open_in(view, path, OFlags::RDONLY | OFlags::DIRECTORY) {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR) => {
            let why = format!("a volume can't be mounted at {path}: the image has no directory there");
            Err(Failure::new(Code::Spec, why).at(path))
        }
        Err(errno @ (Errno::LOOP | Errno::XDEV)) => {
            Err(Failure::sys(Code::PathUnsafe, "openat2", format!("open {path} in the image"), errno).at(path))
        }
        Err(errno) => Err(Failure::sys(Code::Io, "openat2", format!("open {path} in the image"), errno).at(path)),
    }
}

fn entries_of(dir: &OwnedFd) -> rustix::io::Result<Vec<std::ffi::CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

fn partial_of(staging: &Path) -> PathBuf {
    let mut name = OsString::from(staging);
    name.push(".part");
    name.into()
}

fn remove_tree(path: &Path) -> Outcome<()> {
    let emptied = open_directory(path).and_then(remove::empty);
    match emptied.and_then(|()| unlinkat(CWD, path, AtFlags::REMOVEDIR)) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(failed(path, "remove", errno)),
    }
}

#[cfg(test)]
mod tests;
