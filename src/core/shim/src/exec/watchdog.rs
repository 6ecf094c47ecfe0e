//! Whoever asked may be killed: then a process of its own gives the terminal back as it was, and ends what was begun for the asker.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::sys::terminal::{self, Settings};
use rc_runtime::sys::{self, Side};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

use super::session;

/// What ends with its asker: a command, and the cgroups where all of its session are found.
pub struct Charge<'a> {
    pub pid: i32,
    pub pidfd: &'a OwnedFd,
    pub cgroups: Vec<PathBuf>,
}

/// The caller's side: its end without a word is what the watchdog waits for.
pub struct Watchdog(File);

const LEAVES: u8 = b'l';
const RELEASES_TERMINAL: u8 = b't';

/// Before the terminal's settings are changed.
pub fn start(terminal: Option<&OwnedFd>, charge: Option<&Charge>) -> Outcome<Watchdog> {
    let failed = |syscall: &'static str| move |errno| Failure::sys(Code::Shim, syscall, "start a watchdog", errno);
    // Here, since the parent may change them before the child has looked.
    let terminal = terminal.and_then(|tty| Some((tty, terminal::settings(tty).ok()?)));
    let (life, ours) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("pipe2"))?;
    // SAFETY: the shim has one thread.
    match unsafe { sys::fork_into(0, None) }.map_err(failed("clone3"))? {
        Side::Parent { .. } => Ok(Watchdog(File::from(ours))),
        Side::Child => {
            watch(life, charge, terminal);
            sys::exit_now(0)
        }
    }
}

impl Watchdog {
    /// It has ended as it should, or is to live on.
    pub fn leave(mut self) {
        let _ = self.0.write_all(&[LEAVES]);
    }

    pub fn release_terminal(&mut self) {
        let _ = self.0.write_all(&[RELEASES_TERMINAL]);
    }
}

fn watch(life: OwnedFd, charge: Option<&Charge>, terminal: Option<(&OwnedFd, Settings)>) {
    let _ = rustix::process::setsid();
    close_others(&[Some(&life), charge.map(|charge| charge.pidfd), terminal.map(|(tty, _)| tty)]);
    let mut life = File::from(life);
    let (mut terminal, mut word) = (terminal, [0]);
    while let Ok(1) = life.read(&mut word) {
        match word[0] {
            LEAVES => return,
            _ => terminal = None,
        }
    }
    if let Some((tty, settings)) = terminal {
        let _ = terminal::set(tty, &settings);
    }
    // What the command has left behind when it ended is its own affair.
    if let Some(charge) = charge.filter(|charge| !has_ended(charge.pidfd)) {
        session::end(charge.pid, &charge.cgroups);
    }
}

/// Whoever reads what the command writes waits for the last copy of its pipe to be closed.
fn close_others(kept: &[Option<&OwnedFd>]) {
    use std::os::fd::AsRawFd;
    let kept: Vec<i32> = kept.iter().flatten().map(|fd| fd.as_raw_fd()).collect();
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let open: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for fd in open.into_iter().filter(|fd| !kept.contains(fd)) {
        // SAFETY: this child returns to no one who owns them.
        unsafe { libc::close(fd) };
    }
}

fn has_ended(pidfd: &OwnedFd) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(pidfd.as_fd(), PollFlags::IN)];
    poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}
