//! Mounts of a container that runs already. The thread that does it takes the source on the host, enters the container's
//! mount namespace for good, and ends. Everything in there is hostile and may change at any moment: whatever happens,
//! happens below the container's own root.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, StatVfsMountFlags, StatxAttributes, StatxFlags, fstatfs, fstatvfs, openat, statx,
};
use rustix::io::Errno;
use rustix::mount::{FsPickFlags, UnmountFlags, fsconfig_reconfigure, fsconfig_set_string, fspick, unmount};
use rustix::process::fchdir;
use serde::{Deserialize, Serialize};

use super::host::{Bind, propagation_flag, taken_bind, target_of};
use super::paths::{Kind, open_in};
use super::withdraw::withdraw;
use super::{kernel, user};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::Mount;
use crate::sys::{MountChange, enter_mounts_of, mount_setattr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edit {
    /// Nothing is mounted there, or it is there already.
    Attach,
    /// What is mounted there goes first.
    Replace,
    /// The same mount with the options that it should have.
    Options,
    /// What is mounted there goes.
    Detach,
    /// The same, but only if it is what the mount says.
    Withdraw,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// It was in use, or had mounts below it: whoever has it open keeps it.
    pub busy: bool,
}

/// Carries one edit out in the mount namespace of a process. Called by a thread of its own.
pub fn edit(pidfd: impl AsFd, mount: &Mount, edit: Edit) -> Outcome<Edited> {
    // Host paths, and a procfs that is the host's, while this thread still has the host's mounts.
    let wanted = if edit == Edit::Detach { None } else { Some(taken(mount)?) };
    let proc = kernel::procfs()?;
    let target = target_of(mount);
    let failed = |syscall: &'static str| {
        move |errno| Failure::sys(Code::Namespace, syscall, "enter the container's mount namespace", errno)
    };
    enter_mounts_of(pidfd).map_err(failed("setns"))?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = openat(CWD, "/", flags, Mode::empty()).map_err(failed("openat"))?;
    let edited = match (edit, wanted) {
        (Edit::Withdraw, Some(wanted)) => return withdraw(&root, &proc, mount, &wanted.mount),
        (Edit::Options, Some(wanted)) => set_options(&root, mount, &wanted.mount),
        (Edit::Attach, Some(wanted)) if is_there(&root, target, &wanted.mount)? => Ok(()),
        (Edit::Attach, Some(wanted)) => user::attach_to(&root, &wanted.mount, target, wanted.kind),
        (_, None) => detach(&root, &proc, target).map(drop),
        (_, Some(wanted)) => replace(&root, &proc, target, mount, wanted),
    };
    edited.map(|()| Edited::default())
}

fn taken(mount: &Mount) -> Outcome<Bind> {
    if let Mount::Tmpfs { target, read_only, size_bytes, mode } = mount {
        let mount = user::tmpfs(*read_only, *size_bytes, *mode)?;
        return Ok(Bind { mount, kind: Kind::Directory, target: target.clone() });
    }
    taken_bind(mount).unwrap_or_else(|| Err(Failure::new(Code::Internal, "no such kind of mount")))
}

pub(super) struct Place {
    pub fd: OwnedFd,
    pub is_mount_root: bool,
    pub device: (u32, u32),
    pub inode: u64,
}

/// `None`: there is no such path.
pub(super) fn look(root: impl AsFd, target: &str) -> Outcome<Option<Place>> {
    let fd = match open_in(root, target, OFlags::PATH) {
        Ok(fd) => fd,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(errno) => {
            return Err(Failure::sys(Code::PathUnsafe, "openat2", format!("open {target}"), errno).at(target));
        }
    };
    place(fd)
        .map(Some)
        .map_err(|errno| Failure::sys(Code::Mount, "statx", format!("look at {target}"), errno).at(target))
}

pub(super) fn place(fd: OwnedFd) -> Result<Place, Errno> {
    let seen = statx(&fd, "", AtFlags::EMPTY_PATH, StatxFlags::INO)?;
    let is_mount_root = seen.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
    Ok(Place { fd, is_mount_root, device: (seen.stx_dev_major, seen.stx_dev_minor), inode: seen.stx_ino })
}

/// Whether the directory or file that `wanted` shows is mounted there; a crash may have come after the mount.
pub(super) fn is_there(root: impl AsFd, target: &str, wanted: &OwnedFd) -> Outcome<bool> {
    let Some(seen) = look(root, target)? else { return Ok(false) };
    let asked = wanted.try_clone().map_err(|error| Failure::io(Code::Internal, "dup", "look at the source", &error))?;
    let asked = place(asked).map_err(|errno| Failure::sys(Code::Mount, "statx", "look at the source", errno))?;
    Ok(seen.is_mount_root && (seen.device, seen.inode) == (asked.device, asked.inode))
}

/// More than this lie on one place only to keep us busy.
const MAX_COVERS: u32 = 64;

/// Takes away what covers it; what comes to light may be what is wanted.
fn replace(root: impl AsFd, proc: &OwnedFd, target: &str, mount: &Mount, wanted: Bind) -> Outcome<()> {
    for _ in 0..MAX_COVERS {
        let gone = detach(&root, proc, target)?;
        let uncovered = match mount {
            Mount::Bind { .. } => is_there(&root, target, &wanted.mount)?,
            Mount::Tmpfs { .. } => gone && is_tmpfs(&root, target)?,
        };
        if uncovered {
            return Ok(());
        }
        if !gone {
            return user::attach_to(&root, &wanted.mount, target, wanted.kind);
        }
    }
    Err(Failure::new(Code::Busy, format!("mount {target}: something is mounted there again and again")).at(target))
}

pub(super) fn is_tmpfs(root: impl AsFd, target: &str) -> Outcome<bool> {
    let Some(place) = look(root, target)?.filter(|place| place.is_mount_root) else { return Ok(false) };
    let seen =
        fstatfs(&place.fd).map_err(|errno| Failure::sys(Code::Mount, "fstatfs", format!("look at {target}"), errno))?;
    Ok(seen.f_type == libc::TMPFS_MAGIC)
}

/// Only the topmost mount, and lazily: whoever still uses it keeps it. By a descriptor, through a procfs that no mount of
/// the container's covers. False: nothing was mounted there.
pub(super) fn detach(root: impl AsFd, proc: &OwnedFd, target: &str) -> Outcome<bool> {
    let Some(place) = look(root, target)?.filter(|place| place.is_mount_root) else { return Ok(false) };
    let failed = |syscall: &'static str| {
        move |errno: Errno| Failure::sys(Code::Mount, syscall, format!("unmount {target}"), errno).at(target)
    };
    // Or the host would lose what is mounted below a source that spreads both ways.
    let alone = MountChange { propagation: libc::MS_PRIVATE, ..Default::default() };
    mount_setattr(&place.fd, true, alone).map_err(failed("mount_setattr"))?;
    fchdir(proc).map_err(failed("fchdir"))?;
    let path = format!("thread-self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&place.fd));
    unmount(path, UnmountFlags::DETACH).map(|()| true).map_err(failed("umount2"))
}

/// Below what is in it the kernel refuses.
fn resize(tmpfs: &OwnedFd, bytes: u64) -> Result<(), Errno> {
    let context = fspick(tmpfs, "", FsPickFlags::FSPICK_CLOEXEC | FsPickFlags::FSPICK_EMPTY_PATH)?;
    fsconfig_set_string(&context, "size", bytes.to_string())?;
    fsconfig_reconfigure(&context)
}

fn too_small(tmpfs: &OwnedFd, target: &str, bytes: u64, errno: Errno) -> Option<Failure> {
    let seen = fstatvfs(tmpfs).ok().filter(|_| errno == Errno::INVAL)?;
    let used = (seen.f_blocks - seen.f_bfree) * seen.f_frsize;
    let what = format!("{target}: can't be made {bytes} bytes small while {used} bytes are in use; the old size stays");
    (used > bytes).then(|| Failure::sys(Code::Mount, "fsconfig", what, errno).at(target))
}

const COMPARED: [(StatVfsMountFlags, u64); 4] = [
    (StatVfsMountFlags::RDONLY, libc::MOUNT_ATTR_RDONLY),
    (StatVfsMountFlags::NOSUID, libc::MOUNT_ATTR_NOSUID),
    (StatVfsMountFlags::NODEV, libc::MOUNT_ATTR_NODEV),
    (StatVfsMountFlags::NOEXEC, libc::MOUNT_ATTR_NOEXEC),
];

/// As the source has them now, plus what was asked for.
fn set_options(root: impl AsFd, mount: &Mount, wanted: &OwnedFd) -> Outcome<()> {
    let target = target_of(mount);
    let failed = |syscall: &'static str| {
        move |errno: Errno| Failure::sys(Code::Mount, syscall, format!("remount {target}"), errno).at(target)
    };
    let place = look(root, target)?.filter(|place| place.is_mount_root);
    let place = place.ok_or_else(|| Failure::new(Code::Gone, format!("nothing is mounted on {target}")).at(target))?;
    let asked = fstatvfs(wanted).map_err(failed("fstatvfs"))?.f_flag;
    let bits = |present: bool| {
        COMPARED.iter().filter(|(flag, _)| asked.contains(*flag) == present).fold(0, |all, (_, bit)| all | bit)
    };
    let (set, clear) = (bits(true), bits(false));
    let (spreads, recursive) = match mount {
        Mount::Bind { propagation, recursive, .. } => (propagation_flag(*propagation), *recursive),
        Mount::Tmpfs { .. } => (libc::MS_PRIVATE, false),
    };
    let own = MountChange { set, clear, propagation: 0 };
    mount_setattr(&place.fd, false, own).map_err(failed("mount_setattr"))?;
    if let Mount::Tmpfs { size_bytes: Some(bytes), .. } = mount {
        resize(&place.fd, *bytes).map_err(|errno| {
            too_small(&place.fd, target, *bytes, errno).unwrap_or_else(|| failed("fsconfig")(errno))
        })?;
    }
    // What lies below may be stricter than its source, never laxer.
    let below = MountChange { set: set & libc::MOUNT_ATTR_RDONLY, propagation: spreads, ..Default::default() };
    mount_setattr(&place.fd, recursive, below).map_err(failed("mount_setattr"))?;
    Ok(())
}
