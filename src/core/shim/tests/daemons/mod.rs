//! Processes of which a data-root has one each, started as the core does.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rc_runtime::protocol::Report;

pub const PATIENCE: Duration = Duration::from_secs(10);

pub fn start(verb: &str, dir: &Path) -> (Child, Report) {
    start_after(verb, dir, || Ok(()))
}

/// `prepare` runs in the new process, before it is the shim.
pub fn start_after(
    verb: &str,
    dir: &Path,
    prepare: impl FnMut() -> std::io::Result<()> + Send + Sync + 'static,
) -> (Child, Report) {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let raw = writer.as_raw_fd();
    let mut command = Command::new(env!("CARGO_BIN_EXE_reconcile-shim"));
    command.arg(verb).arg(dir);
    // SAFETY: system calls only. A copy onto itself would keep close-on-exec, hence the second call.
    unsafe {
        command.pre_exec(prepare);
        command.pre_exec(move || {
            libc::dup2(raw, 3);
            libc::fcntl(3, libc::F_SETFD, 0);
            Ok(())
        })
    };
    let child = command.spawn().unwrap();
    drop(writer);
    let mut line = String::new();
    BufReader::new(File::from(reader)).read_line(&mut line).unwrap();
    let report = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    (child, report)
}

pub fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}
