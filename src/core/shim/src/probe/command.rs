//! A command of the container's, as its user and with its environment: exit code 0 is health.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::{Joining, Standard, Waiting, join};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, read};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, WaitId, WaitIdOptions, pidfd_send_signal, waitid};

use super::answer::Answer;
use super::connection::{Place, place_of};
use super::nest::Nest;
use super::output::Output;
use crate::exec;

pub fn run(run_dir: &Path, command: Vec<String>, deadline: Instant) -> Outcome<Answer> {
    let place = place_of(run_dir)?;
    let Place { plan, state, first, .. } = &place;
    let nest = Nest::make(&plan.cgroups)?;
    let Ends { output, standard, told, telling } = descriptors()?;
    let joining = Joining {
        cgroups: nest.cgroups.clone(),
        told: Some(telling),
        ..exec::as_first(plan, state, first, (command, standard))
    };
    // SAFETY: the shim has one thread.
    let waiting = unsafe { join(joining) };
    let answer = waiting.and_then(|waiting| attend(waiting, Session { output, told, first, nest: &nest, deadline }));
    let stood_still = answer.as_ref().is_ok_and(|answer| answer.as_ref().is_some_and(|it| place.stood_still(it)));
    nest.end();
    match answer? {
        Some(_) if stood_still => Ok(place.paused()),
        Some(answer) => Ok(answer),
        None => Ok(Answer::Void { message: "nobody waits for it any more".to_string() }),
    }
}

/// `told`: how the command has ended, from the one who reaps it.
struct Ends {
    output: Output,
    standard: Standard,
    told: OwnedFd,
    telling: OwnedFd,
}

fn descriptors() -> Outcome<Ends> {
    let failed = |error: std::io::Error| Failure::io(Code::Shim, "pipe2", "read what the probe writes", &error);
    let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(|errno| failed(errno.into()));
    let ((from, to), (told, telling)) = (pipe()?, pipe()?);
    fcntl_setfl(&from, OFlags::NONBLOCK).map_err(|errno| failed(errno.into()))?;
    let again = to.try_clone().map_err(failed)?;
    Ok(Ends { output: Output::new(from), standard: Standard::Descriptors([exec::null()?, again, to]), told, telling })
}

struct Session<'a> {
    output: Output,
    told: OwnedFd,
    first: &'a OwnedFd,
    nest: &'a Nest,
    deadline: Instant,
}

const REAPED_WITHIN: Duration = Duration::from_millis(50);
const REAPING_TURNS: usize = 20;

/// None: whoever asked has gone.
fn attend(waiting: Waiting, mut session: Session) -> Outcome<Option<Answer>> {
    waiting.go();
    // SAFETY: it is open from the program's first line to its last.
    let asker = unsafe { BorrowedFd::borrow_raw(0) };
    if !matches!(until_ready(&[waiting.report()], asker, session.deadline), Ok((true, _))) {
        let answer = late(asker, &session.output);
        reap(session.nest, waiting.pid, &waiting.pidfd);
        return Ok(answer);
    }
    let reaper = waiting.executed()?;
    let answer = until_end(&mut session, asker);
    reap(session.nest, reaper.pid, &reaper.pidfd);
    answer
}

/// The reaper ends once it has reaped them all, and then is reaped by us, lest it count for the container. One that has only begun makes
/// the command yet, so it takes some turns.
fn reap(nest: &Nest, pid: i32, reaper: &OwnedFd) {
    for _ in 0..REAPING_TURNS {
        nest.kill_but(pid);
        if is_ready_within(reaper, REAPED_WITHIN) {
            break;
        }
    }
    let _ = pidfd_send_signal(reaper, Signal::KILL);
    is_ready_within(reaper, REAPED_WITHIN);
    let _ = waitid(WaitId::PidFd(reaper.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
}

fn until_end(session: &mut Session, asker: BorrowedFd<'_>) -> Outcome<Option<Answer>> {
    loop {
        let mut watched = vec![session.told.as_fd()];
        watched.extend(session.output.wanted().map(AsFd::as_fd));
        let (is_ready, has_ended) = until_ready(&watched, asker, session.deadline)?;
        session.output.drain();
        if has_ended {
            return how_it_ended(session).map(Some);
        }
        if !is_ready {
            return Ok(late(asker, &session.output));
        }
    }
}

/// Without a word: somebody has killed the one who tells, or the container has ended.
fn how_it_ended(session: &Session) -> Outcome<Answer> {
    let mut code = [0];
    let output = session.output.text();
    match read(&session.told, &mut code) {
        Ok(1) => Ok(Answer::Ended { code: i32::from(code[0]), output }),
        _ if is_ready_within(session.first, Duration::ZERO) => {
            Err(Failure::new(Code::Gone, "the container has just ended"))
        }
        _ => Ok(Answer::Ended { code: 128 + libc::SIGKILL, output }),
    }
}

fn is_ready_within(fd: &OwnedFd, within: Duration) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)];
    poll(&mut watched, Some(&timespec(within))).is_ok_and(|ready| ready > 0)
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
