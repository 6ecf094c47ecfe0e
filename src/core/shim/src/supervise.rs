//! The loop of the shim's life: log what is written, answer who asks, kill when a deadline is over, until the first process ends.

use std::os::fd::AsFd;
use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::Verb;
use rc_runtime::sys::terminal::WindowSize;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::begun::{Begun, cgroup_dirs};
use crate::control::Answer;
use crate::restore::Requests;
use crate::rundir::RunDir;
use crate::stop::Stop;
use crate::viewers::Viewers;

pub struct Supervision {
    pub container: Begun,
    pub cgroups: Vec<PathBuf>,
    pub rundir: RunDir,
    requests: Requests,
    pub stop: Stop,
    pub viewers: Viewers,
}

impl Supervision {
    pub fn new(rundir: RunDir, container: Begun) -> Outcome<Supervision> {
        let requests = Requests::new()?;
        let (stop, viewers) = (Stop::default(), Viewers::default());
        Ok(Supervision { cgroups: cgroup_dirs(&container.plan), container, rundir, requests, stop, viewers })
    }

    fn read_output(&mut self) {
        let Begun { logs, terminal, .. } = &mut self.container;
        let any = logs.read_once(|kind, bytes| self.viewers.show(kind, bytes));
        if !any && let Some(terminal) = terminal {
            terminal.hold_again();
        }
    }

    fn answer(&mut self) {
        let Begun { control, state, payload, plan, terminal, .. } = &mut self.container;
        let viewers = &mut self.viewers;
        let attached = control.serve(|verb| match verb {
            Verb::Attach { .. } if plan.tty && terminal.is_none() => Err(Failure::new(
                Code::Gone,
                format!("the terminal of {} ended with an earlier shim; a restart makes another one", plan.name),
            )),
            Verb::Attach { rows, columns } => {
                viewers.refuse_too_many().map(|()| Answer::Attached(WindowSize { rows, columns }))
            }
            asked => self.stop.answer(asked, state, payload, plan),
        });
        for (socket, size) in attached {
            viewers.add(socket);
            terminal.as_ref().inspect(|terminal| terminal.redraw(size));
        }
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
            shim.read_output();
        }
        if ready.viewers {
            shim.viewers.serve(shim.container.terminal.as_ref());
        }
        if ready.control {
            shim.answer();
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
    viewers: bool,
    restore: bool,
    exited: bool,
}

fn wait(shim: &Supervision) -> Outcome<Ready> {
    let Begun { payload, logs, control, terminal, .. } = &shim.container;
    let readable = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
    let mut watched: Vec<PollFd> = [payload.as_fd(), shim.requests.as_fd()].map(readable).into();
    watched.extend(logs.descriptors().map(readable));
    let logs_end = watched.len();
    watched.extend(control.descriptors().map(readable));
    let control_end = watched.len();
    watched.extend(shim.viewers.wanted());
    let takes_keys = terminal.as_ref().filter(|_| shim.viewers.wait_for_terminal());
    watched.extend(takes_keys.map(|terminal| PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::OUT)));
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
        restore: is_ready(&watched[1]),
        logs: watched[2..logs_end].iter().any(is_ready),
        control: watched[logs_end..control_end].iter().any(is_ready),
        viewers: watched[control_end..].iter().any(is_ready),
    })
}
