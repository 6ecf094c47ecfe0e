//! What this kernel and this root may do. Each probe leaves nothing behind.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::process::{PidfdFlags, getpid, pidfd_open};

use crate::probe_overlay::{self, Tried};
use crate::request::Features;

pub fn features(probe_dir: Option<&str>) -> Features {
    let (overlay_why, overlay_tried) = match probe_dir {
        Some(dir) => match probe_overlay::try_on(Path::new(dir)) {
            Tried::Works => (String::new(), true),
            Tried::Refused(why) => (why, true),
            Tried::Disturbed(why) => (why, false),
        },
        None => (if is_known() { "" } else { "this kernel has no overlay file system" }.to_string(), false),
    };
    Features {
        cap_sys_resource: has_capability(CAP_SYS_RESOURCE),
        pidfd_get_info: pidfd_open(getpid(), PidfdFlags::empty()).is_ok_and(|pidfd| get_info(&pidfd)),
        overlay: overlay_why.is_empty(),
        overlay_why,
        overlay_tried,
    }
}

fn is_known() -> bool {
    fs::read_to_string("/proc/filesystems").unwrap_or_default().contains("\toverlay\n")
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
