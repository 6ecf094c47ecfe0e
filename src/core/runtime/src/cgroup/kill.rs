//! Killing everything in a container's cgroups: with `pid: host` the death of the first process kills nobody else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::failure::{Code, Failure, Outcome};
use crate::process::read_proc;

/// Every process in these directories and below. A pid that reads as 0 lives outside our pid namespace and is left out.
pub fn pids_in(dirs: &[PathBuf]) -> BTreeSet<i32> {
    let mut pids = BTreeSet::new();
    dirs.iter().for_each(|dir| collect(dir, &mut pids));
    pids
}

fn collect(dir: &Path, pids: &mut BTreeSet<i32>) {
    let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    pids.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 1));
    for below in directories_in(dir) {
        collect(&below, pids);
    }
}

/// Freezes (so that nothing forks away), sends SIGKILL to each, thaws (a frozen v1 task dies only then), until nobody is left.
/// Zombies count as gone once their parent reaped them, which is why there is a deadline.
pub fn kill_all(dirs: &[PathBuf], within: Duration) -> Outcome<()> {
    kill_others(dirs, None, within)
}

/// The same of all but one process, which may be the one that reaps them.
pub fn kill_others(dirs: &[PathBuf], spared: Option<i32>, within: Duration) -> Outcome<()> {
    let deadline = Instant::now() + within;
    let mut pause = Duration::from_micros(200);
    loop {
        let pids = victims(dirs, spared);
        if pids.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let some: Vec<String> = pids.iter().take(5).map(i32::to_string).collect();
            let text = format!("{} processes survived SIGKILL: {}", pids.len(), some.join(", "));
            return Err(Failure::new(Code::Cgroup, text).in_step("kill"));
        }
        kill_frozen(dirs, spared);
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn victims(dirs: &[PathBuf], spared: Option<i32>) -> BTreeSet<i32> {
    pids_in(dirs).into_iter().filter(|pid| Some(*pid) != spared).collect()
}

fn kill_frozen(dirs: &[PathBuf], spared: Option<i32>) {
    for dir in dirs {
        let (file, word) = if spared.is_none() { ("cgroup.kill", "1") } else { ("cgroup.freeze", "1") };
        let _ = fs::write(dir.join(file), word);
        set_freezer(dir, "FROZEN");
    }
    // Read again: what was forked before the freeze.
    for pid in victims(dirs, spared) {
        kill_member(pid, dirs);
    }
    dirs.iter().for_each(|dir| thaw_all(dir));
    if spared.is_some() {
        dirs.iter().for_each(|dir| _ = fs::write(dir.join("cgroup.freeze"), "0"));
    }
}

/// Freezing takes its time, and a number may be given to another process meanwhile: whatever it is of once a pidfd holds it
/// must still be in these cgroups.
fn kill_member(pid: i32, dirs: &[PathBuf]) {
    let Some(raw) = Pid::from_raw(pid) else { return };
    let Ok(pidfd) = pidfd_open(raw, PidfdFlags::empty()) else { return };
    if is_member(&read_proc(&format!("/proc/{pid}/cgroup")).unwrap_or_default(), dirs) {
        let _ = pidfd_send_signal(&pidfd, Signal::KILL);
    }
}

/// `cgroups` is a text of `/proc/<pid>/cgroup`, whose paths may begin above the mount points; the last two names, of the
/// data-root and the container, are the directory's own.
fn is_member(cgroups: &str, dirs: &[PathBuf]) -> bool {
    let paths: Vec<&str> = cgroups.lines().filter_map(|line| line.splitn(3, ':').nth(2)).collect();
    dirs.iter().filter_map(|dir| own_path(dir)).any(|own| {
        let below = format!("{own}/");
        paths.iter().any(|path| path.ends_with(&own) || path.contains(&below))
    })
}

fn own_path(dir: &Path) -> Option<String> {
    let name = dir.file_name()?.to_str()?;
    Some(format!("/{}/{name}", dir.parent()?.file_name()?.to_str()?))
}

/// What was frozen below, too, or its processes would never die.
fn thaw_all(dir: &Path) {
    set_freezer(dir, "THAWED");
    for below in directories_in(dir) {
        thaw_all(&below);
    }
}

fn set_freezer(dir: &Path, state: &str) {
    let path = dir.join("freezer.state");
    if path.exists() {
        let _ = fs::write(path, state);
    }
}

fn directories_in(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_in_these_cgroups_or_below_is_a_member() {
        let dirs = [PathBuf::from("/sys/fs/cgroup/memory/reconcile-ab/0123")];
        for line in
            ["4:memory:/reconcile-ab/0123", "9:pids:/\n4:memory:/lxc/reconcile-ab/0123/nested", "0::/reconcile-ab/0123"]
        {
            assert!(is_member(line, &dirs), "{line}");
        }
        for line in
            ["", "4:memory:/", "4:memory:/reconcile-ab", "4:memory:/reconcile-ab/01234", "4:memory:/reconcile-cd/0123"]
        {
            assert!(!is_member(line, &dirs), "{line}");
        }
    }
}
