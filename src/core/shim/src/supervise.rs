//! The loop of the shim's life: log what is written, answer who asks, kill when a deadline is over, until the first process ends.

use std::os::fd::AsFd;
use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::begun::{Begun, cgroup_dirs};
use crate::restore::Requests;
use crate::rundir::RunDir;
use crate::stop::Stop;

pub struct Supervision {
    pub container: Begun,
    pub cgroups: Vec<PathBuf>,
    pub rundir: RunDir,
    requests: Requests,
    pub stop: Stop,
}

impl Supervision {
    pub fn new(rundir: RunDir, container: Begun) -> Outcome<Supervision> {
        let requests = Requests::new()?;
        Ok(Supervision { cgroups: cgroup_dirs(&container.plan), container, rundir, requests, stop: Stop::default() })
    }

    /// What can't be made now can be asked for again.
    fn restore(&mut self) {
        self.requests.take();
        let Begun { control, state, plan, .. } = &mut self.container;
        if let Ok(Some(listener)) = self.rundir.restore(plan, state) {
            control.replace_listener(listener);
        }
    }
}

pub fn until_exit(shim: &mut Supervision) -> Outcome<()> {
    loop {
        let ready = wait(shim)?;
        if ready.logs {
            shim.container.logs.read_once();
        }
        if ready.control {
            let Begun { control, state, payload, plan, .. } = &mut shim.container;
            control.serve(|verb| shim.stop.answer(verb, state, payload, plan));
        }
        shim.stop.kill_if_due(&shim.container.payload, &shim.cgroups);
        if ready.exited {
            return Ok(());
        }
        if ready.restore {
            shim.restore();
        }
    }
}

struct Ready {
    logs: bool,
    control: bool,
    restore: bool,
    exited: bool,
}

fn wait(shim: &Supervision) -> Outcome<Ready> {
    let Begun { payload, logs, control, .. } = &shim.container;
    let [stdout, stderr] = logs.descriptors();
    let mut watched: Vec<PollFd> = [payload.as_fd(), stdout, stderr, shim.requests.as_fd()]
        .into_iter()
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    watched.extend(control.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
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
        restore: is_ready(&watched[3]),
        control: watched[4..].iter().any(is_ready),
    })
}
