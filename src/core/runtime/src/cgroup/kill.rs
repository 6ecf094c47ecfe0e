//! Killing everything in a container's cgroups: with `pid: host` the death of the first process kills nobody else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::{Code, Failure, Outcome};

/// Every process in these directories and below. A pid that reads as 0 lives outside our pid namespace and is left out.
pub fn pids_in(dirs: &[PathBuf]) -> BTreeSet<i32> {
    let mut pids = BTreeSet::new();
    dirs.iter().for_each(|dir| collect(dir, &mut pids));
    pids
}

fn collect(dir: &Path, pids: &mut BTreeSet<i32>) {
    let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    pids.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 1));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), pids);
        }
    }
}

/// Freezes (so that nothing forks away), sends SIGKILL to each, thaws (a frozen v1 task dies only then), until nobody is left.
/// Zombies count as gone once their parent reaped them, which is why there is a deadline.
pub fn kill_all(dirs: &[PathBuf], within: Duration) -> Outcome<()> {
    let deadline = Instant::now() + within;
    let mut pause = Duration::from_micros(200);
    loop {
        let pids = pids_in(dirs);
        if pids.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let some: Vec<String> = pids.iter().take(5).map(i32::to_string).collect();
            let text = format!("{} processes survived SIGKILL: {}", pids.len(), some.join(", "));
            return Err(Failure::new(Code::Cgroup, text).in_step("kill"));
        }
        kill_frozen(dirs);
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn kill_frozen(dirs: &[PathBuf]) {
    for dir in dirs {
        let _ = fs::write(dir.join("cgroup.kill"), "1");
        set_freezer(dir, "FROZEN");
    }
    // Read again: only the frozen list is complete. These pids can't be reused while their tasks are frozen.
    for pid in pids_in(dirs).into_iter().filter_map(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
    dirs.iter().for_each(|dir| set_freezer(dir, "THAWED"));
}

fn set_freezer(dir: &Path, state: &str) {
    let path = dir.join("freezer.state");
    if path.exists() {
        let _ = fs::write(path, state);
    }
}
