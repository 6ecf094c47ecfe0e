//! The container's end: its last output, the exit record, and nothing left of the run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{ExitRecord, StartPlan, VERSION};
use rc_runtime::sys::now_ms;

use crate::exit_code::{self, ExitCode};
use crate::stop;
use crate::supervise::Supervision;

pub fn record_and_remove(mut shim: Supervision) -> Outcome<()> {
    let finished_at_ms = now_ms();
    let ended = how_it_ended(&shim);
    stop::empty(&shim.payload, &shim.plan.cgroups);
    shim.logs.drain();
    let record = ExitRecord {
        version: VERSION,
        container_id: shim.state.container_id.clone(),
        boot_id: shim.state.boot_id.clone(),
        pid: shim.state.started.pid,
        start_ticks: shim.state.started.start_ticks,
        started_at_ms: shim.state.started.started_at_ms,
        finished_at_ms,
        code: ended.code,
        signal: ended.signal,
        oom_killed: was_oom_killed(&shim.plan.cgroups),
        stop_requested: shim.stop.requested,
        log_lines_lost: shim.logs.lines_lost(),
    };
    let written = write_record(&shim.plan, &record);
    if shim.is_child {
        exit_code::reap(&shim.payload);
    }
    remove_cgroups(&shim.plan.cgroups);
    drop((shim.control, shim.logs));
    // Without a record the plan and the state are all that tells of this run.
    if written.is_ok() {
        shim.rundir.remove();
    }
    drop(shim.root_lock);
    written
}

/// SIGKILL in place of a stop signal that the kernel would have dropped is recorded as that signal.
fn how_it_ended(shim: &Supervision) -> ExitCode {
    let ended = if shim.is_child {
        exit_code::of_child(&shim.payload)
    } else {
        exit_code::of_stranger(shim.state.started.pid, &shim.payload)
    };
    match shim.stop.stood_in_for {
        Some(signal) if ended.signal == Some(libc::SIGKILL) => ExitCode { code: None, signal: Some(signal) },
        _ => ended,
    }
}

/// The cgroups are made anew for each run, so any kill counted there was in this one.
fn was_oom_killed(cgroups: &[String]) -> bool {
    let counts = cgroups.iter().flat_map(|cgroup| {
        ["memory.oom_control", "memory.events"]
            .into_iter()
            .filter_map(move |file| fs::read_to_string(Path::new(cgroup).join(file)).ok())
    });
    counts
        .into_iter()
        .any(|text| text.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count.trim() != "0"))
}

/// Survives a power cut. A container directory that was removed meanwhile is not made again.
fn write_record(plan: &StartPlan, record: &ExitRecord) -> Outcome<()> {
    let path = Path::new(&plan.exit_path);
    let failed = |error: io::Error| {
        Failure::io(Code::Shim, "write", format!("write {}", plan.exit_path), &error).at(&plan.exit_path)
    };
    let text = serde_json::to_vec(record).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    match replace_durably(path, &text) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        written => written.map_err(failed),
    }
}

fn replace_durably(path: &Path, text: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("json.tmp");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

/// Their parent goes with the last child. A cgroup stays busy for a moment after its last process.
fn remove_cgroups(cgroups: &[String]) {
    const ATTEMPTS: u32 = 100;
    for cgroup in cgroups.iter().map(Path::new) {
        for _ in 0..ATTEMPTS {
            match fs::remove_dir(cgroup) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(Duration::from_millis(10))
                }
                _ => break,
            }
        }
        if let Some(parent) = cgroup.parent() {
            let _ = fs::remove_dir(parent);
        }
    }
}
