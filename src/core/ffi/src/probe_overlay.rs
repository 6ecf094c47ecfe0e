//! Whether this kernel mounts an overlay on a file system, and takes there what layers need.

use std::fs;
use std::path::{Path, PathBuf};

use rc_runtime::failure::errno_text;
use rc_runtime::mounts::overlay;
use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, XattrFlags, lsetxattr, mknodat, openat, statfs};
use rustix::io::{Errno, Result};

pub enum Tried {
    Works,
    Refused(String),
    /// It says nothing of overlays: no space, no room for a file.
    Disturbed(String),
}

/// As an engine's own check: lower, upper and work directory on that file system, mounted nowhere. Leaves nothing behind.
pub fn try_on(dir: &Path) -> Tried {
    let place = dir.join(format!(".overlay-probe-{}", std::process::id()));
    let tried = try_in(&place, dir);
    let _ = fs::remove_dir_all(&place);
    tried
}

fn try_in(place: &Path, shown: &Path) -> Tried {
    let part = |name: &str| place.join(name);
    for name in ["lower", "upper", "work"] {
        if let Err(error) = fs::create_dir_all(part(name)) {
            return Tried::Disturbed(format!("make {}: {error}", part(name).display()));
        }
    }
    let text = |path: PathBuf| path.display().to_string();
    if let Err(failure) = overlay::mount(&[text(part("lower"))], &text(part("upper")), &text(part("work"))) {
        let errno = failure.errno.map_or(Errno::INVAL, Errno::from_raw_os_error);
        return refused(shown, "no overlay can be mounted on it", errno);
    }
    match marked(&part("upper")) {
        Ok(true) => Tried::Works,
        Ok(false) => Tried::Refused(format!("{} doesn't tell the types of its entries", described(shown))),
        Err(errno) => refused(shown, "an overlay's marks can't be set there", errno),
    }
}

fn refused(shown: &Path, what: &str, errno: Errno) -> Tried {
    let why = format!("{}: {what}: {}", described(shown), errno_text(errno));
    match errno {
        Errno::NOSPC | Errno::DQUOT | Errno::IO | Errno::ROFS | Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
            Tried::Disturbed(why)
        }
        _ => Tried::Refused(why),
    }
}

fn described(shown: &Path) -> String {
    let on_overlay = statfs(shown).is_ok_and(|found| found.f_type == libc::OVERLAYFS_SUPER_MAGIC);
    format!("{}{}", shown.display(), if on_overlay { " lies on an overlay itself" } else { "" })
}

/// A whiteout, and an opaque directory; true if entries are listed with their types, which overlayfs needs.
fn marked(upper: &Path) -> Result<bool> {
    mknodat(CWD, upper.join("hidden"), FileType::CharacterDevice, Mode::empty(), 0)?;
    lsetxattr(upper, "trusted.overlay.opaque", b"y", XattrFlags::empty())?;
    let dir = openat(CWD, upper, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    for entry in Dir::read_from(&dir)? {
        if entry?.file_type() == FileType::Unknown {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use rc_runtime::mounts::overlay;

    use super::*;

    #[test]
    fn an_overlay_is_refused_where_one_lies_already() {
        let top = std::env::temp_dir().join(format!("reconcile-test-probe-{}", std::process::id()));
        for name in ["lower", "upper", "work"] {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        let path = |name: &str| top.join(name).display().to_string();
        assert!(matches!(try_on(&top), Tried::Works), "{} is no place for an overlay", top.display());
        let mounted = overlay::mount(&[path("lower")], &path("upper"), &path("work")).unwrap();
        let inside = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&mounted));
        let Tried::Refused(why) = try_on(Path::new(&inside)) else { panic!("an overlay on an overlay") };
        assert!(why.contains("lies on an overlay itself"), "{why}");
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0, "nothing is left");
        drop(mounted);
        fs::remove_dir_all(&top).unwrap();
    }
}
