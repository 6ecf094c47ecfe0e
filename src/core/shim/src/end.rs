//! The container's end: its last output, the exit record, and nothing left of the run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{ExitRecord, StartPlan, VERSION};
use rc_runtime::sys::now_ms;

use crate::begun::Begun;
use crate::exit_code::{self, ExitCode};
use crate::stop::kill_all;
use crate::supervise::Supervision;

const KILL_WITHIN: Duration = Duration::from_secs(5);

pub fn record_and_remove(shim: Supervision) -> Outcome<()> {
    let finished_at_ms = now_ms();
    let ended = how_it_ended(&shim);
    let Supervision { mut container, cgroups, rundir, stop, mut viewers, .. } = shim;
    kill_all(&container.payload, &cgroups, KILL_WITHIN);
    container.logs.drain(|kind, bytes| viewers.show(kind, bytes));
    let record = ExitRecord {
        version: VERSION,
        container_id: container.state.container_id.clone(),
        boot_id: container.state.boot_id.clone(),
        pid: container.state.started.pid,
        start_ticks: container.state.started.start_ticks,
        started_at_ms: container.state.started.started_at_ms,
        finished_at_ms,
        code: ended.code,
        signal: ended.signal,
        // The cgroups were made for this run, so any kill counted there was in it.
        oom_killed: cgroup::oom_kills(&cgroups) > 0,
        stop_requested: stop.requested,
        log_lines_lost: container.logs.lines_lost(),
    };
    let written = write_record(&container.plan, &record);
    viewers.end(ended.as_shells_say());
    if container.is_child {
        exit_code::reap(&container.payload);
    }
    // Whatever is stuck in them keeps them; the next start of this container removes what is empty then.
    let _ = cgroup::remove(&cgroups);
    match written {
        Ok(()) => rundir.remove(&container.plan.root_id),
        // A full disk must not swallow how it ended. The plan and the state stay with it.
        Err(_) => rundir.keep_exit(&record)?,
    }
    written
}

/// SIGKILL in place of a stop signal that the kernel would have dropped is recorded as that signal.
fn how_it_ended(shim: &Supervision) -> ExitCode {
    let Begun { payload, state, is_child, .. } = &shim.container;
    let ended =
        if *is_child { exit_code::of_child(payload) } else { exit_code::of_stranger(state.started.pid, payload) };
    match shim.stop.stood_in_for {
        Some(signal) if ended.signal == Some(libc::SIGKILL) => ExitCode { code: None, signal: Some(signal) },
        _ => ended,
    }
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
    let written = write_and_rename(&temporary, path, text);
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_and_rename(temporary: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}
