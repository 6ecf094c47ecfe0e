//! What this kernel and this root may do. Each probe leaves nothing behind.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{FsOpenFlags, fsconfig_create, fsconfig_set_string, fsopen};
use rustix::process::{PidfdFlags, getpid, pidfd_open};

use crate::request::Features;

pub fn features(probe_dir: Option<&str>) -> Features {
    let overlay_why = overlay(probe_dir).err().unwrap_or_default();
    Features {
        cap_sys_resource: has_capability(CAP_SYS_RESOURCE),
        pidfd_get_info: pidfd_open(getpid(), PidfdFlags::empty()).is_ok_and(|pidfd| get_info(&pidfd)),
        overlay: overlay_why.is_empty(),
        overlay_why,
    }
}

const CAP_SYS_RESOURCE: u32 = 24;

fn has_capability(number: u32) -> bool {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("CapEff:")?.trim(), 16).ok());
    effective.unwrap_or(0) >> number & 1 == 1
}

/// `_IOWR(0xFF, 11, struct pidfd_info)` with the first size of that struct, 64 bytes (linux/pidfd.h).
const PIDFD_GET_INFO: libc::c_ulong = 0xc040_ff0b;

fn get_info(pidfd: &OwnedFd) -> bool {
    let mut info = [0u64; 8];
    // SAFETY: the kernel writes at most the 64 bytes that the request's number names.
    unsafe { libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO as _, info.as_mut_ptr()) == 0 }
}

/// Makes an overlay superblock on that file system without mounting it anywhere.
fn overlay(probe_dir: Option<&str>) -> Result<(), String> {
    let Some(probe_dir) = probe_dir else {
        let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
        return if known.contains("\toverlay\n") {
            Ok(())
        } else {
            Err("this kernel has no overlay file system".into())
        };
    };
    let dir = Path::new(probe_dir).join(format!(".overlay-probe-{}", std::process::id()));
    let tried = try_overlay(&dir);
    let _ = fs::remove_dir_all(&dir);
    tried
}

fn try_overlay(dir: &Path) -> Result<(), String> {
    let part = |name: &str| dir.join(name);
    for name in ["lower", "upper", "work"] {
        fs::create_dir_all(part(name)).map_err(|error| format!("make {}: {error}", part(name).display()))?;
    }
    let why = |errno: Errno| format!("overlay on {}: {}", dir.display(), rc_runtime::failure::errno_text(errno));
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).map_err(why)?;
    for (key, name) in [("lowerdir", "lower"), ("upperdir", "upper"), ("workdir", "work")] {
        fsconfig_set_string(&context, key, part(name)).map_err(why)?;
    }
    fsconfig_create(&context).map_err(why)
}
