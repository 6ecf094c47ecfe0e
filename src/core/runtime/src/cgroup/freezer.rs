//! Pausing a container, and letting it go on (freezer-subsystem.rst for v1, cgroup-v2.rst for `cgroup.freeze`).

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::{Code, Failure, Outcome};

/// Thaws these cgroups, and their parent, which is ours, where that was frozen.
pub fn thaw(dirs: &[PathBuf]) -> Outcome<()> {
    for dir in dirs {
        for each in dir.parent().into_iter().chain([dir.as_path()]) {
            if reads(each, "freezer.self_freezing", "1") {
                write(each, "freezer.state", "THAWED")?;
            }
            if reads(each, "cgroup.freeze", "1") {
                write(each, "cgroup.freeze", "0")?;
            }
        }
    }
    Ok(())
}

/// A kernel thread of a process may hold it back; it is about to stand still then, which is as good.
const FROZEN_WITHIN: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Freezes by the freezer of v1 where there is one, else by the unified hierarchy, and waits a little until all stands still.
pub fn freeze(dirs: &[PathBuf]) -> Outcome<()> {
    let has = |name: &str| dirs.iter().find(|dir| dir.join(name).exists());
    let stands_still: &dyn Fn() -> bool = if let Some(dir) = has("freezer.state") {
        write(dir, "freezer.state", "FROZEN")?;
        &|| reads(dir, "freezer.state", "FROZEN")
    } else if let Some(dir) = has("cgroup.freeze") {
        write(dir, "cgroup.freeze", "1")?;
        &|| fs::read_to_string(dir.join("cgroup.events")).is_ok_and(|text| text.lines().any(|line| line == "frozen 1"))
    } else {
        return Err(Failure::new(Code::Cgroup, "this host has no freezer").in_step("repair"));
    };
    let deadline = Instant::now() + FROZEN_WITHIN;
    while !stands_still() && Instant::now() < deadline {
        sleep(LOOK_AGAIN);
    }
    Ok(())
}

/// Whether what is in one of these cgroups stands still, or is about to.
pub fn is_frozen(dirs: &[PathBuf]) -> bool {
    let v1 = |dir: &Path| reads(dir, "freezer.state", "FROZEN") || reads(dir, "freezer.state", "FREEZING");
    let v2 = |dir: &Path| {
        let events = fs::read_to_string(dir.join("cgroup.events")).unwrap_or_default();
        reads(dir, "cgroup.freeze", "1") || events.lines().any(|line| line == "frozen 1")
    };
    dirs.iter().any(|dir| v1(dir) || v2(dir))
}

/// False too where there is no such file: not in a root, and not in a hierarchy without a freezer.
fn reads(dir: &Path, name: &str, text: &str) -> bool {
    fs::read_to_string(dir.join(name)).is_ok_and(|found| found.trim() == text)
}

fn write(dir: &Path, name: &str, value: &str) -> Outcome<()> {
    let path = dir.join(name);
    fs::write(&path, value).map_err(|error| {
        Failure::io(Code::Cgroup, "write", format!("write {value} to {}", path.display()), &error)
            .at(path.display().to_string())
            .in_step("repair")
    })
}
