//! A command of the container's, as its user and with its environment: exit code 0 is health.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::{Joining, Standard, Waiting, join};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{WaitId, WaitIdOptions, waitid};

use super::answer::Answer;
use super::connection::{Place, place_of};
use super::nest::Nest;
use super::output::Output;
use crate::exec;

pub fn run(run_dir: &Path, command: Vec<String>, deadline: Instant) -> Outcome<Answer> {
    let place = place_of(run_dir)?;
    let Place { plan, state, first, .. } = &place;
    let nest = Nest::make(&plan.cgroups)?;
    let (output, standard) = descriptors()?;
    let joining = Joining { cgroups: nest.cgroups.clone(), ..exec::as_first(plan, state, first, (command, standard)) };
    // SAFETY: the shim has one thread.
    let answer = unsafe { join(joining) }.and_then(|waiting| attend(waiting, output, deadline));
    let stood_still = answer.as_ref().is_ok_and(|answer| answer.as_ref().is_some_and(|it| place.stood_still(it)));
    nest.end();
    match answer? {
        Some(_) if stood_still => Ok(place.paused()),
        Some(answer) => Ok(answer),
        None => Ok(Answer::Void { message: "nobody waits for it any more".to_string() }),
    }
}

fn descriptors() -> Outcome<(Output, Standard)> {
    let failed = |error: std::io::Error| Failure::io(Code::Shim, "pipe2", "read what the probe writes", &error);
    let (from, to) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
    fcntl_setfl(&from, OFlags::NONBLOCK).map_err(|errno| failed(errno.into()))?;
    let again = to.try_clone().map_err(failed)?;
    Ok((Output::new(from), Standard::Descriptors([exec::null()?, again, to])))
}

/// None: whoever asked has gone.
fn attend(waiting: Waiting, mut output: Output, deadline: Instant) -> Outcome<Option<Answer>> {
    waiting.go();
    // SAFETY: it is open from the program's first line to its last.
    let asker = unsafe { BorrowedFd::borrow_raw(0) };
    if !until_ready(&[waiting.report()], asker, deadline)?.0 {
        return Ok(late(asker, &output));
    }
    let member = waiting.executed()?;
    loop {
        let mut watched = vec![member.pidfd.as_fd()];
        watched.extend(output.wanted().map(AsFd::as_fd));
        let (is_ready, has_ended) = until_ready(&watched, asker, deadline)?;
        output.drain();
        if has_ended {
            return Ok(Some(Answer::Ended { code: exit_code(&member.pidfd), output: output.text() }));
        }
        if !is_ready {
            return Ok(late(asker, &output));
        }
    }
}

fn late(asker: BorrowedFd<'_>, output: &Output) -> Option<Answer> {
    (!has_hung_up(asker)).then(|| Answer::Timeout { output: output.text() })
}

/// Whether one of them is ready, and whether the first one is; neither when the time is over or the asker has gone.
fn until_ready(watched: &[BorrowedFd<'_>], asker: BorrowedFd<'_>, deadline: Instant) -> Outcome<(bool, bool)> {
    loop {
        let mut fds: Vec<PollFd> = watched.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        fds.push(PollFd::from_borrowed_fd(asker, PollFlags::empty()));
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(&mut fds, Some(&timespec(left))) {
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(Failure::sys(Code::Shim, "poll", "wait for the probe", errno)),
            Ok(0) => return Ok((false, false)),
            Ok(_) => {}
        }
        let is_ready = |fd: &PollFd| !fd.revents().is_empty();
        if fds.last().is_some_and(is_ready) {
            return Ok((false, false));
        }
        return Ok((true, is_ready(&fds[0])));
    }
}

fn has_hung_up(asker: BorrowedFd<'_>) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(asker, PollFlags::empty())];
    poll(&mut watched, Some(&timespec(Duration::ZERO))).is_ok_and(|ready| ready > 0)
}

fn timespec(left: Duration) -> Timespec {
    Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) }
}

/// 128 + n for a signal, as shells say it.
fn exit_code(pidfd: impl AsFd) -> i32 {
    match waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED) {
        Ok(Some(status)) => status.exit_status().unwrap_or_else(|| 128 + status.terminating_signal().unwrap_or(0)),
        _ => 255,
    }
}
