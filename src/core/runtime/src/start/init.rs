//! `init`: the container's first process is this program, which runs what was asked for as its child. It is executed from its
//! sealed copy in memory, which nothing in the container can write to (CVE-2019-5736).

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::io::fcntl_dupfd_cloexec;

use super::exec::{self, Program};
use super::report::Notes;
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::StartPlan;
use crate::sys::{self, sealed};

/// What it is called in the container.
pub const NAME: &str = "reconcile-init";
/// Where it finds the end of the pipe that its child reports on.
pub const REPORT_FD: i32 = 3;
/// The image is moved above this before that is set.
const ABOVE: i32 = 10;

/// While the host's procfs is in reach.
pub fn image(plan: &StartPlan) -> Outcome<Option<OwnedFd>> {
    const OWN: &str = "/proc/self/exe";
    if !plan.init {
        return Ok(None);
    }
    if !sealed::runs_sealed() {
        return sealed::seal(OWN).map(Some);
    }
    let own = File::open(OWN).map_err(|error| Failure::io(Code::Shim, "open", "open our own program", &error))?;
    Ok(Some(own.into()))
}

/// What the container asked for, or the init that runs it. A signal that comes before that is ready must wait for it: the
/// kernel would drop it.
pub fn program(image: Option<OwnedFd>, args: &[String], env: &[String], notes: &Notes) -> Outcome<Program> {
    let Some(image) = image else { return exec::prepare(args, env) };
    let failed =
        |syscall: &'static str| move |errno| Failure::sys(Code::Internal, syscall, "set up descriptors", errno);
    let image = fcntl_dupfd_cloexec(image, ABOVE).map_err(failed("fcntl"))?;
    notes.pass_on(REPORT_FD).map_err(failed("dup2"))?;
    sys::block_signals();
    let own = [NAME.to_string(), "--".to_string()];
    exec::prepare_open(image, &[&own, args].concat(), env)
}
