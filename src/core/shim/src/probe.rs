//! The verb `probe`: one look at a container's health, which ends within its time whatever it meets. A command of the container's is run in
//! it, all of it in a cgroup of its own; a connection is made by this program itself, in the container's network.

mod answer;
mod command;
mod connection;
mod http;
mod nest;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};

use crate::exec;
use answer::Answer;
use connection::Target;

/// `reconcile-shim probe <run directory> <timeout ms> run <command>…`, `… tcp <host> <port>` or `… http <host> <port> <path>`.
/// One line of JSON on standard output; the end of standard input is the end of whoever asked.
pub fn main(args: &[String]) -> ExitCode {
    // SAFETY: SIG_DFL runs no code. Where children's ends are ignored nobody could wait for them.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    let answer = probe(args).unwrap_or_else(Answer::of_failure);
    if answer.print() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn probe(args: &[String]) -> Outcome<Answer> {
    let [_, _, run_dir, timeout, kind, words @ ..] = args else { return Err(usage()) };
    let timeout = Duration::from_millis(timeout.parse().map_err(|_| usage())?);
    let run_dir = PathBuf::from(run_dir);
    exec::close_strangers()?;
    let deadline = Instant::now() + timeout;
    match (kind.as_str(), words) {
        ("run", [_, ..]) => {
            exec::run_sealed(args)?;
            command::run(&run_dir, words.to_vec(), deadline)
        }
        ("tcp", [host, port]) => connection::reach(&run_dir, &Target::parse(host, port)?, None, deadline),
        ("http", [host, port, path]) => connection::reach(&run_dir, &Target::parse(host, port)?, Some(path), deadline),
        _ => Err(usage()),
    }
}

fn usage() -> Failure {
    Failure::new(Code::Spec, "usage: reconcile-shim probe <run directory> <timeout ms> run|tcp|http <words>...")
}
