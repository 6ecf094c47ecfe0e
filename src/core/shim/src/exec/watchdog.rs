//! Whoever asked may be killed: then a process of its own ends what was begun for it, and gives the terminal back as it was.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::join::Waiting;
use rc_runtime::sys::terminal::{self, Settings};
use rc_runtime::sys::{self, Side};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

use super::session;
use super::standard::Ends;

/// The caller's side: its end without a word is what the watchdog waits for.
pub struct Watchdog(File);

const LEAVES: u8 = b'l';
const RELEASES_TERMINAL: u8 = b't';

pub fn start(waiting: &Waiting, cgroups: Vec<PathBuf>, ends: &Ends) -> Outcome<Watchdog> {
    let failed = |syscall: &'static str| move |errno| Failure::sys(Code::Shim, syscall, "start a watchdog", errno);
    let (life, ours) = pipe_with(PipeFlags::CLOEXEC).map_err(failed("pipe2"))?;
    // SAFETY: the shim has one thread.
    match unsafe { sys::fork_into(0, None) }.map_err(failed("clone3"))? {
        Side::Parent { .. } => Ok(Watchdog(File::from(ours))),
        Side::Child => {
            let terminal = ends.keyboard.as_ref().and_then(|tty| Some((tty, terminal::settings(tty).ok()?)));
            watch(life, waiting, &cgroups, terminal);
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

fn watch(life: OwnedFd, waiting: &Waiting, cgroups: &[PathBuf], terminal: Option<(&OwnedFd, Settings)>) {
    let _ = rustix::process::setsid();
    close_others(&life, &waiting.pidfd, terminal.map(|(tty, _)| tty));
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
    if !has_ended(&waiting.pidfd) {
        session::end(waiting.pid, cgroups);
    }
}

/// Whoever reads what the command writes waits for the last copy of its pipe to be closed.
fn close_others(life: &OwnedFd, pidfd: &OwnedFd, terminal: Option<&OwnedFd>) {
    use std::os::fd::AsRawFd;
    let kept: Vec<i32> = [Some(life), Some(pidfd), terminal].into_iter().flatten().map(AsRawFd::as_raw_fd).collect();
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
