//! The loop of the shim's life: log what is written, answer who asks, kill when a deadline is over, until the first process ends.

use std::os::fd::{AsFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{StartPlan, State};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::control::Control;
use crate::log::Logs;
use crate::rundir::RunDir;
use crate::stop::Stop;

pub struct Supervision {
    pub plan: StartPlan,
    pub rundir: RunDir,
    pub state: State,
    /// pidfd of the container's first process.
    pub payload: OwnedFd,
    pub is_child: bool,
    pub logs: Logs,
    pub control: Control,
    pub root_lock: Option<OwnedFd>,
    pub stop: Stop,
}

pub fn until_exit(shim: &mut Supervision) -> Outcome<()> {
    loop {
        let ready = wait(shim)?;
        if ready.logs {
            shim.logs.read_once();
        }
        if ready.control {
            let Supervision { control, stop, state, payload, plan, .. } = shim;
            control.serve(|verb| stop.answer(verb, state, payload, plan));
        }
        shim.stop.kill_if_due(&shim.payload, &shim.plan.cgroups);
        if ready.exited {
            return Ok(());
        }
    }
}

struct Ready {
    logs: bool,
    control: bool,
    exited: bool,
}

fn wait(shim: &Supervision) -> Outcome<Ready> {
    let [stdout, stderr] = shim.logs.descriptors();
    let mut watched: Vec<PollFd> = [shim.payload.as_fd(), stdout, stderr]
        .into_iter()
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    watched.extend(shim.control.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let timeout = shim
        .stop
        .remaining()
        .map(|left| Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() });
    match poll(&mut watched, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(Failure::sys(Code::Shim, "poll", "wait for events", errno)),
    }
    let is_ready = |fd: &PollFd| !fd.revents().is_empty();
    Ok(Ready {
        exited: is_ready(&watched[0]),
        logs: watched[1..3].iter().any(is_ready),
        control: watched[3..].iter().any(is_ready),
    })
}
