//! The loop of a session: copy where the caller has a terminal, hand on signals and sizes, until the command ends.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::Member;
use rc_runtime::sys::terminal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{WaitId, WaitIdOptions, waitid};

use super::detached;
use super::keys::DetachKeys;
use super::relay::{Copying, Relay, never_blocking, own_description};
use super::signals::{ENDS_NOBODY, Signals};
use super::standard::{Ends, size};
use super::tty::Raw;
use super::watchdog::Watchdog;

pub struct Session {
    pub member: Member,
    pub watchdog: Watchdog,
    pub signals: Signals,
    /// the detach keys are looked for
    pub keys: bool,
}

/// 128 + SIGHUP: the terminal, or who read the output, is gone; the watchdog ends the command.
const HUNG_UP: u8 = 129;

struct Copies {
    input: Option<Relay>,
    outputs: Vec<Relay>,
}

enum Ended {
    Exited,
    Detached,
    HungUp,
    /// By a signal after the command had ended and before all was written.
    Interrupted(i32),
}

/// Gives the exit code of the command, or of how the session ended.
pub fn until_end(session: Session, ends: Ends) -> Outcome<u8> {
    let Session { member: Member { pid, pidfd, master }, mut watchdog, signals, keys } = session;
    let raw = ends.keyboard.as_ref().map(|tty| Raw::of(copy_of(tty)?)).transpose()?;
    let mut copies = Copies::of(master.as_ref(), ends)?;
    let mut detach_keys = keys.then(DetachKeys::default);
    let told = Told { pid, master: master.as_ref(), raw: raw.as_ref(), signals: &signals };
    let ended = copies.run(&pidfd, &told, &mut detach_keys)?;
    drop((copies, raw));
    match ended {
        Ended::Exited => {
            watchdog.leave();
            Ok(exit_code(&pidfd))
        }
        Ended::Interrupted(signal) => {
            watchdog.leave();
            Ok(128 + signal as u8)
        }
        Ended::HungUp => Ok(HUNG_UP),
        Ended::Detached => {
            watchdog.release_terminal();
            match master {
                Some(master) => detached::hold(master, &pidfd, Some(watchdog)).map(|()| 0),
                None => Ok(0),
            }
        }
    }
}

/// What signals are told to, and whom.
struct Told<'a> {
    pid: i32,
    master: Option<&'a OwnedFd>,
    raw: Option<&'a Raw>,
    signals: &'a Signals,
}

impl Told<'_> {
    /// Gives the last one that would have ended us.
    fn hand_on(&self) -> Option<i32> {
        let mut ending = None;
        while let Some(signal) = self.signals.next() {
            match signal {
                libc::SIGWINCH => self.resize(),
                libc::SIGCONT => {
                    self.raw.inspect(|raw| raw.apply());
                    self.resize();
                }
                _ if ENDS_NOBODY.contains(&signal) => {}
                _ => {
                    // SAFETY: no pointers. The group is our unwaited child's, which leads it, so the number is nobody else's.
                    unsafe { libc::kill(-self.pid, signal) };
                    ending = Some(signal);
                }
            }
        }
        ending
    }

    fn resize(&self) {
        let _ = self.master.map(|master| terminal::set_window_size(master, size()));
    }
}

impl Copies {
    fn of(master: Option<&OwnedFd>, ends: Ends) -> Outcome<Copies> {
        let Some(master) = master else {
            let outputs = ends.outputs.into_iter().map(|(from, number)| {
                never_blocking(&from).map_err(failed)?;
                Ok(Relay::new(from, terminal_of(number)?))
            });
            let outputs = outputs.collect::<Outcome<_>>()?;
            let input = ends.input.map(|to| Ok(Relay::new(duplicate(0)?, to))).transpose()?;
            return Ok(Copies { input, outputs });
        };
        never_blocking(master).map_err(failed)?;
        let output = Relay::new(copy_of(master)?, terminal_of(1)?);
        let input = ends.keyboard.map(|from| Ok(Relay::new(from, copy_of(master)?))).transpose()?;
        Ok(Copies { input, outputs: vec![output] })
    }

    fn run(&mut self, pidfd: &OwnedFd, told: &Told, keys: &mut Option<DetachKeys>) -> Outcome<Ended> {
        let mut exited = false;
        loop {
            if exited && self.outputs.is_empty() {
                return Ok(Ended::Exited);
            }
            let ready = self.wait(pidfd, told, exited)?;
            if ready.signal
                && let Some(signal) = told.hand_on()
                && exited
            {
                return Ok(Ended::Interrupted(signal));
            }
            let leaves = ready.input && self.copy_input(keys, told.raw.is_some());
            if leaves {
                let typed_end = keys.as_ref().is_some_and(|keys| keys.left);
                return Ok(if typed_end { Ended::Detached } else { Ended::HungUp });
            }
            if !self.copy_outputs(&ready.outputs, exited) {
                return Ok(Ended::HungUp);
            }
            exited = exited || ready.exited;
        }
    }

    /// Once the command has ended only what it has written counts, and that is there already.
    fn wait(&self, pidfd: &OwnedFd, told: &Told, exited: bool) -> Outcome<Ready> {
        let mut watched = vec![readable(told.signals.as_fd())];
        watched.extend(self.outputs.iter().map(Relay::wanted));
        let input = self.input.as_ref().filter(|_| !exited);
        watched.extend(input.map(Relay::wanted));
        if !exited {
            watched.push(readable(pidfd.as_fd()));
        }
        let at_once = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        let drains = exited && self.outputs.iter().all(Relay::is_empty);
        match poll(&mut watched, drains.then_some(&at_once)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::sys(Code::Shim, "poll", "wait for events", errno)),
        }
        let is_ready = |fd: &PollFd| !fd.revents().is_empty();
        let (head, rest) = watched.split_at(1 + self.outputs.len());
        Ok(Ready {
            signal: is_ready(&head[0]),
            outputs: head[1..].iter().map(is_ready).collect(),
            input: input.is_some() && is_ready(&rest[0]),
            exited: !exited && rest.last().is_some_and(is_ready),
        })
    }

    /// True: the session is left, by its keys or because its terminal is gone.
    fn copy_input(&mut self, keys: &mut Option<DetachKeys>, is_raw: bool) -> bool {
        let Some(relay) = &mut self.input else { return false };
        let copying = relay.step(|typed| keys.as_mut().map_or_else(|| typed.to_vec(), |keys| keys.filter(typed)));
        if keys.as_ref().is_some_and(|keys| keys.left) {
            return true;
        }
        if copying != Copying::Goes {
            // A raw terminal has no end but its own; another one's is an end of file for the command.
            self.input = None;
            return is_raw && copying == Copying::SourceEnded;
        }
        false
    }

    /// False: nobody reads.
    fn copy_outputs(&mut self, ready: &[bool], exited: bool) -> bool {
        let mut is_read = true;
        let mut ready = ready.iter();
        self.outputs.retain_mut(|relay| {
            let is_ready = ready.next() == Some(&true);
            let copying = if is_ready { relay.step(<[u8]>::to_vec) } else { Copying::Goes };
            is_read = is_read && copying != Copying::SinkGone;
            let is_drained = exited && !is_ready && relay.is_empty();
            copying == Copying::Goes && !is_drained
        });
        is_read
    }
}

struct Ready {
    signal: bool,
    outputs: Vec<bool>,
    input: bool,
    exited: bool,
}

fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::from_borrowed_fd(fd, PollFlags::IN)
}

fn failed(errno: Errno) -> Failure {
    Failure::sys(Code::Shim, "fcntl", "set up the session", errno)
}

fn copy_of(fd: &OwnedFd) -> Outcome<OwnedFd> {
    fcntl_dupfd_cloexec(fd, 3).map_err(failed)
}

fn duplicate(number: i32) -> Outcome<OwnedFd> {
    fcntl_dupfd_cloexec(borrowed(number), 3).map_err(failed)
}

fn borrowed(number: i32) -> BorrowedFd<'static> {
    // SAFETY: 0 to 2 are open from the program's first line to its last.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Where our output goes: a terminal that stands still must not hold us.
fn terminal_of(number: i32) -> Outcome<OwnedFd> {
    if terminal::is_terminal(borrowed(number))
        && let Ok(own) = own_description(borrowed(number), OFlags::WRONLY)
    {
        return Ok(own);
    }
    duplicate(number)
}

/// 128 + n for a signal, as shells say it.
fn exit_code(pidfd: &OwnedFd) -> u8 {
    match waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED) {
        Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => code as u8,
            (None, signal) => 128 + signal.unwrap_or(0) as u8,
        },
        _ => 255,
    }
}
