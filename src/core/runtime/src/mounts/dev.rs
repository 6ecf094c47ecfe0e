//! `/dev`: filled while it is detached, attached complete. The image's own `/dev` is never written through.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, makedev, mkdirat, mknodat, openat, symlinkat};
use rustix::io::Errno;
use rustix::mount::MountAttrFlags;

use super::{INERT, attach, fresh, host::HostTree, paths};
use crate::failure::{Code, Failure, Outcome};

const NODES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
const LINKS: [(&str, &str); 6] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
    ("core", "/proc/kcore"),
];

fn failed(syscall: &'static str, name: &str) -> impl Fn(Errno) -> Failure {
    let path = format!("/dev/{name}");
    move |errno| Failure::sys(Code::Mount, syscall, format!("create {path}"), errno).at(path.clone())
}

/// A detached tmpfs with every node, link and directory. The umask must be 0.
pub fn build() -> Outcome<OwnedFd> {
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_STRICTATIME;
    let dev = fresh("tmpfs", &[("source", "tmpfs"), ("mode", "755"), ("size", "65536k")], attributes)?;
    for (name, major, minor) in NODES {
        let mode = Mode::from_raw_mode(0o666);
        mknodat(&dev, name, FileType::CharacterDevice, mode, makedev(major, minor)).map_err(failed("mknodat", name))?;
    }
    // A kernel may be built without it, and a link to nothing confuses who lists devices.
    let has_core = Path::new("/proc/kcore").exists();
    for (name, target) in LINKS.into_iter().filter(|(name, _)| has_core || *name != "core") {
        symlinkat(target, &dev, name).map_err(failed("symlinkat", name))?;
    }
    for name in ["pts", "shm", "mqueue"] {
        mkdirat(&dev, name, Mode::from_raw_mode(0o755)).map_err(failed("mkdirat", name))?;
    }
    Ok(dev)
}

/// Puts `dev` on the root's `/dev`, then its own mounts inside it: before 6.15 a detached tree can't take any.
pub fn attach_complete(root: impl AsFd, dev: &OwnedFd, host: &HostTree, shm_size_bytes: u64) -> Outcome<()> {
    attach(dev, paths::own_directory(root, "dev")?, "/dev")?;
    let inside = |name: &str| {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(dev, name, flags, Mode::empty()).map_err(failed("openat", name))
    };
    let no_devices = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let pts_options = [("source", "devpts"), ("newinstance", ""), ("ptmxmode", "0666"), ("mode", "0620"), ("gid", "5")];
    attach(fresh("devpts", &pts_options, no_devices)?, inside("pts")?, "/dev/pts")?;
    match &host.shm {
        Some(shm) => attach(shm, inside("shm")?, "/dev/shm")?,
        None => {
            let size = shm_size_bytes.to_string();
            let options = [("source", "shm"), ("mode", "1777"), ("size", size.as_str())];
            attach(fresh("tmpfs", &options, INERT)?, inside("shm")?, "/dev/shm")?;
        }
    }
    attach(fresh("mqueue", &[("source", "mqueue")], INERT)?, inside("mqueue")?, "/dev/mqueue")
}
