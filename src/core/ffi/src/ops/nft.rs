//! The program nft, run from here: a copy of the whole program for each of its starts, as Node makes one, takes longer than nft.

use std::fs::File;
use std::io::{Error, Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(5);
const MAX_OUTPUT_BYTES: u64 = 8 << 20;

/// Its exit code (null: it was ended by a signal, or took too long) and what it said.
pub fn nft(args: &[String]) -> Outcome<Value> {
    run("nft", args, PATIENCE)
}

fn run(program: &str, args: &[String], patience: Duration) -> Outcome<Value> {
    let failed = |error: Error| Failure::io(Code::KernelFeature, "execve", program, &error);
    // Files, so that nobody has to read while it runs.
    let (mut stdout, mut stderr) = (in_memory().map_err(failed)?, in_memory().map_err(failed)?);
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().map_err(failed)?)
        .stderr(stderr.try_clone().map_err(failed)?)
        .spawn()
        .map_err(failed)?;
    let status = ended(child, patience).map_err(failed)?;
    let code = if status.signal().is_some() { None } else { status.code() };
    let (stdout, stderr) = (text(&mut stdout).map_err(failed)?, text(&mut stderr).map_err(failed)?);
    Ok(json!({ "code": code, "stdout": stdout, "stderr": stderr }))
}

fn in_memory() -> Result<File, Error> {
    Ok(File::from(memfd_create("output", MemfdFlags::CLOEXEC)?))
}

/// Killed where it takes too long.
fn ended(mut child: Child, patience: Duration) -> Result<ExitStatus, Error> {
    let end = Instant::now() + patience;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| Error::other("no pid"))?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
    loop {
        let wait = Timespec::try_from(end.saturating_duration_since(Instant::now())).map_err(Error::other)?;
        match poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&wait)) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(0) => {
                child.kill()?;
                return child.wait();
            }
            _ => return child.wait(),
        }
    }
}

fn text(file: &mut File) -> Result<String, Error> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Value {
        run("sh", &["-c".into(), script.into()], patience).unwrap()
    }

    #[test]
    fn a_program_answers_with_its_code_and_its_words_however_many() {
        let said = shell("echo out; echo err >&2; exit 3", PATIENCE);
        assert_eq!(said, json!({ "code": 3, "stdout": "out\n", "stderr": "err\n" }));
        let many = shell("head -c 1000000 /dev/zero | tr '\\0' x", PATIENCE);
        assert_eq!(many["stdout"].as_str().unwrap().len(), 1_000_000);
    }

    #[test]
    fn one_that_is_killed_or_takes_too_long_has_no_code_and_one_that_is_missing_says_so() {
        assert_eq!(shell("kill -9 $$", PATIENCE)["code"], Value::Null);
        let begun = Instant::now();
        assert_eq!(shell("exec sleep 30", Duration::from_millis(50))["code"], Value::Null);
        assert!(begun.elapsed() < PATIENCE);
        let missing = run("reconcile-no-such-program", &[], PATIENCE).unwrap_err();
        assert_eq!(missing.errno, Some(libc::ENOENT));
    }
}
