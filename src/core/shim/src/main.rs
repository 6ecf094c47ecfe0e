//! The per-container shim: starts the container, writes its log, stops it, and records how it ended. It knows no manifest
//! and no policy, and it outlives whoever started it.

mod adopt;
mod attach;
mod begun;
mod control;
mod daemon;
mod dropped;
mod end;
mod exec;
mod exit_code;
mod home;
mod init;
mod log;
mod look;
mod probe;
mod proxy;
mod resolver;
mod restore;
mod run;
mod rundir;
mod stop;
mod supervise;
mod terminal;
mod viewers;

use std::fs::File;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::process::ExitCode;

use begun::Begun;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::Report;
use rundir::RunDir;
use supervise::Supervision;

const REPORT_FD: i32 = 3;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    match &args[..] {
        _ if init::is_meant(&args) => return init::main(&args),
        [_, verb, ..] if verb == "exec" => return exec::main(&args),
        [_, verb, ..] if verb == "probe" => return probe::main(&args),
        [_, verb, ..] if verb == "attach" => return attach::main(&args),
        [_, verb, paths @ ..] if verb == "look" => return look::look(paths),
        _ => {}
    }
    let Some(report) = take_report_descriptor() else {
        eprintln!("reconcile-shim: descriptor {REPORT_FD} must be open for the report");
        return ExitCode::from(64);
    };
    ignore_signals();
    restore::block();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, verb @ ("resolve" | "replace"), dir] => {
            return go_on(report, resolver::begin(dir, verb == "replace"), resolver::serve);
        }
        [_, verb @ ("proxy" | "replace-proxy"), dir] => {
            return go_on(report, proxy::begin(dir, verb == "replace-proxy"), proxy::serve);
        }
        _ => {}
    }
    let begun = match &args[..] {
        [_, verb, dir] if verb == "run" => begin(dir, run::run),
        [_, verb, dir] if verb == "adopt" => begin(dir, adopt::adopt),
        _ => Err(Failure::new(Code::Spec, "usage: reconcile-shim run|adopt <run directory>")),
    };
    match begun {
        Ok(supervision) => {
            be_killed_last();
            send(report, Report::started(supervision.container.state.started.clone()));
            finish(supervision)
        }
        Err(failure) => {
            send(report, Report::failed(failure));
            ExitCode::FAILURE
        }
    }
}

fn go_on<D>(report: File, begun: Outcome<D>, serve: fn(D)) -> ExitCode {
    match begun {
        Ok(daemon) => {
            be_killed_last();
            send(report, Report::started(daemon::started()));
            serve(daemon);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            send(report, Report::failed(failure));
            ExitCode::FAILURE
        }
    }
}

fn begin(dir: &str, verb: fn(&RunDir) -> Outcome<Begun>) -> Outcome<Supervision> {
    let rundir = RunDir::open(dir)?;
    let container = verb(&rundir)?;
    Supervision::new(rundir, container)
}

/// Until the container is gone and recorded.
fn finish(mut supervision: Supervision) -> ExitCode {
    let ended: Outcome<()> = supervise::until_exit(&mut supervision).and_then(|()| end::record_and_remove(supervision));
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// When memory runs out, the container goes before the one who records that. Only now: the container would inherit it.
fn be_killed_last() {
    // Without CAP_SYS_RESOURCE this host decides otherwise, which is no reason not to run.
    let _ = std::fs::write("/proc/self/oom_score_adj", "-999");
}

fn take_report_descriptor() -> Option<File> {
    // SAFETY: the caller hands this descriptor over by its number; fcntl tells whether it did.
    unsafe {
        if libc::fcntl(REPORT_FD, libc::F_SETFD, libc::FD_CLOEXEC) < 0 {
            return None;
        }
        Some(File::from_raw_fd(REPORT_FD))
    }
}

/// Whoever started the shim may be a shell: its hang-up and interrupts are not meant for the container. A file size limit of
/// the caller's is a write that fails, no end.
fn ignore_signals() {
    let of_terminals = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGTSTP];
    for signal in of_terminals.into_iter().chain([libc::SIGPIPE, libc::SIGXFSZ]) {
        // SAFETY: SIG_IGN runs no code.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

fn send(mut pipe: File, report: Report) {
    let mut line = serde_json::to_vec(&report).unwrap_or_default();
    line.push(b'\n');
    // The caller may be gone; the container runs all the same.
    let _ = pipe.write_all(&line);
}
