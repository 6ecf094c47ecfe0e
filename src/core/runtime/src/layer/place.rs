//! One member becomes one entry of the tree, by Docker's rules (docker-data-root: unpacking a layer).

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timestamps, XattrFlags};
use rustix::fs::{linkat, makedev, mkdirat, mknodat, openat, symlinkat, utimensat};
use rustix::io::Errno;

use super::attributes::{self, times};
use super::bounds::{MAX_DIRECTORY_NAMES_BYTES, MAX_WARNINGS};
use super::copy::Copier;
use super::directory::{failed, open_directory};
use super::fault::{entry_failed, entry_refused, quoted, refused};
use super::marks::Marks;
use super::name;
use super::tar::{Kind, Member};
use super::tree::{Place, Tree, stat};
use crate::failure::{Code, Failure, Outcome};

pub struct Placer {
    pub tree: Tree,
    /// None: what is hidden is marked in the tree.
    marks: Option<Marks>,
    /// Directories change their times while they are filled.
    directories: Vec<(Vec<u8>, Timestamps)>,
    directory_names_bytes: usize,
    pub warnings: Vec<String>,
    pub size_bytes: u64,
}

impl Placer {
    pub fn new(tree: Tree, marks: Option<Marks>) -> Self {
        Placer { tree, marks, directories: Vec::new(), directory_names_bytes: 0, warnings: Vec::new(), size_bytes: 0 }
    }

    /// A whiteout, which has no contents and no metadata but its owner.
    pub fn whiteout(&mut self, path: &[u8], hidden: &[u8], member: &Member) -> Outcome<()> {
        let entry = &member.name;
        if member.stored_bytes > 0 || member.sparse.is_some() {
            return Err(entry_refused(entry, "a whiteout has contents"));
        }
        if hidden == b".wh..opq" {
            return self.opaque(path, entry);
        }
        if matches!(hidden, b"" | b"." | b"..") {
            return Err(entry_refused(entry, "a whiteout names nothing that can be hidden"));
        }
        let parent = self.tree.place(path, entry)?.parent;
        let place = Place { parent, name: hidden };
        if let Some(marks) = &mut self.marks {
            return match stat(&place) {
                Err(Errno::NOENT) => marks.hide(name::split(path).0, hidden),
                Err(errno) => Err(entry_failed(entry, "fstatat")(errno)),
                Ok(_) => Err(entry_refused(entry, HIDES_ITS_OWN)),
            };
        }
        match mknodat(place.parent, place.name, FileType::CharacterDevice, Mode::empty(), 0) {
            Err(Errno::EXIST) => Err(entry_refused(entry, HIDES_ITS_OWN)),
            other => other
                .and_then(|()| place.own(member.uid, member.gid))
                .and_then(|()| place.mode(0))
                .map_err(entry_failed(entry, "mknodat")),
        }
    }

    fn opaque(&mut self, path: &[u8], entry: &[u8]) -> Outcome<()> {
        let parent = self.tree.place(path, entry)?.parent;
        if let Some(marks) = &mut self.marks {
            return marks.hide_all_in(name::split(path).0);
        }
        let set = rustix::fs::fsetxattr(parent, "trusted.overlay.opaque", b"y", XattrFlags::empty());
        set.map_err(entry_failed(entry, "fsetxattr"))
    }

    /// Everything but files. `path` is `inside`, and not the root.
    pub fn entry(&mut self, path: &[u8], member: &Member) -> Outcome<()> {
        let entry = &member.name;
        let stays = self.tree.clear(path, entry, member.kind == Kind::Directory)?;
        if let (Some(marks), Kind::CharDevice, (0, 0)) = (&mut self.marks, member.kind, (member.major, member.minor)) {
            // An overlay takes it for a whiteout.
            let (parent, name) = name::split(path);
            return marks.hide(parent, name);
        }
        if member.kind == Kind::HardLink {
            self.hard_link(path, member)?;
        } else if !stays {
            make(&self.tree.place(path, entry)?, member).map_err(entry_failed(entry, syscall(member.kind)))?;
        }
        if member.kind == Kind::Symlink {
            self.size_bytes += member.link.len() as u64;
        }
        self.metadata(path, member)?;
        if member.kind == Kind::Directory { self.remember(path, member) } else { Ok(()) }
    }

    /// An empty file, to be written by the caller, and then `file_metadata`.
    pub fn file(&mut self, path: &[u8], member: &Member) -> Outcome<File> {
        let entry = &member.name;
        let mut file = new_file(&self.tree.place(path, entry)?);
        if matches!(file, Err(Errno::EXIST)) {
            self.tree.clear(path, entry, false)?;
            file = new_file(&self.tree.place(path, entry)?);
        }
        self.size_bytes += member.file_bytes();
        Ok(file.map_err(entry_failed(entry, "openat"))?.into())
    }

    /// Link targets must be in the same layer; the last component is not followed.
    fn hard_link(&mut self, path: &[u8], member: &Member) -> Outcome<()> {
        let target = name::inside(&member.link);
        let (parent, target_name) = name::split(&target);
        let failed = || {
            let what = format!("hard link to {}: linkat", quoted(&member.link));
            move |errno| entry_refused(&member.name, format!("{what}: {}", crate::failure::errno_text(errno)))
        };
        if target.is_empty() {
            return Err(failed()(Errno::PERM));
        }
        let target_parent = self.tree.existing_parent(parent, &member.name)?;
        let place = self.tree.place(path, &member.name)?;
        linkat(&target_parent, target_name, place.parent, place.name, AtFlags::empty()).map_err(failed())
    }

    pub fn file_metadata(&mut self, file: &File, member: &Member) -> Outcome<()> {
        let notes = attributes::apply(file, member, false)?;
        self.warn(notes);
        Ok(())
    }

    fn metadata(&mut self, path: &[u8], member: &Member) -> Outcome<()> {
        let place = self.tree.place(path, &member.name)?;
        let is_link = is_link(&place, member)?;
        let notes = attributes::apply(&place, member, is_link)?;
        self.warn(notes);
        Ok(())
    }

    fn warn(&mut self, notes: Vec<String>) {
        self.warnings.extend(notes);
        self.warnings.truncate(MAX_WARNINGS);
    }

    fn remember(&mut self, path: &[u8], member: &Member) -> Outcome<()> {
        self.directory_names_bytes += path.len();
        if self.directory_names_bytes > MAX_DIRECTORY_NAMES_BYTES {
            let bound = MAX_DIRECTORY_NAMES_BYTES;
            return Err(refused(format!("the names of the layer's directories have more than {bound} bytes together")));
        }
        self.directories.push((path.to_vec(), times(member)));
        Ok(())
    }

    /// Brings in what the tree below has and this layer doesn't hide. The directories' times come afterwards.
    pub fn complete(&mut self, below: &Path, cancel: &OwnedFd) -> Outcome<()> {
        let Some(marks) = self.marks.take() else { return Ok(()) };
        let overlaid = marks.in_tree(&self.tree, self.directories.iter().map(|(path, _)| path.as_slice()))?;
        let source = open_directory(below).map_err(|errno| failed(below, "open", errno))?;
        let target = self.tree.root().try_clone().map_err(|error| Failure::io(Code::Io, "dup", "copy", &error))?;
        let copied = Copier::new(source, target, cancel)?.over(overlaid).copy()?;
        self.warnings.extend(copied.warnings);
        self.warnings.truncate(MAX_WARNINGS);
        Ok(())
    }

    /// A directory that was replaced by something else meanwhile has no times to be set.
    pub fn finish_directories(&mut self) -> Outcome<()> {
        for (path, times) in std::mem::take(&mut self.directories) {
            let place = self.tree.place(&path, &path)?;
            match stat(&place) {
                Ok(found) if FileType::from_raw_mode(found.st_mode) == FileType::Directory => {}
                Ok(_) | Err(Errno::NOENT) => continue,
                Err(errno) => return Err(entry_failed(&path, "fstatat")(errno)),
            }
            let set = utimensat(place.parent, place.name, &times, AtFlags::SYMLINK_NOFOLLOW);
            set.map_err(entry_failed(&path, "utimensat"))?;
        }
        Ok(())
    }
}

const HIDES_ITS_OWN: &str = "a whiteout hides an entry of its own layer";

fn new_file(place: &Place) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(place.parent, place.name, flags, Mode::from_raw_mode(0o600))
}

fn make(place: &Place, member: &Member) -> rustix::io::Result<()> {
    let device = makedev(member.major, member.minor);
    let (parent, name, private) = (place.parent, place.name, Mode::from_raw_mode(0o600));
    match member.kind {
        Kind::Directory => mkdirat(parent, name, Mode::from_raw_mode(0o700)),
        Kind::Symlink => symlinkat(member.link.as_slice(), parent, name),
        Kind::CharDevice => mknodat(parent, name, FileType::CharacterDevice, private, device),
        Kind::BlockDevice => mknodat(parent, name, FileType::BlockDevice, private, device),
        Kind::Fifo => mknodat(parent, name, FileType::Fifo, private, 0),
        Kind::File | Kind::HardLink => Err(Errno::INVAL),
    }
}

fn syscall(kind: Kind) -> &'static str {
    match kind {
        Kind::Directory => "mkdirat",
        Kind::Symlink => "symlinkat",
        _ => "mknodat",
    }
}

/// A hard link may be one to a symbolic link.
fn is_link(place: &Place, member: &Member) -> Outcome<bool> {
    match member.kind {
        Kind::Symlink => Ok(true),
        Kind::HardLink => {
            let found = stat(place).map_err(entry_failed(&member.name, "fstatat"))?;
            Ok(FileType::from_raw_mode(found.st_mode) == FileType::Symlink)
        }
        _ => Ok(false),
    }
}
