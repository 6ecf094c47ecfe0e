//! The loop of a viewer: what comes is written, what is typed is sent, until the container ends or its viewer leaves.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::viewing;
use rc_runtime::sys::terminal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::io::{Errno, fcntl_dupfd_cloexec, read, write};

use super::link::{Link, Packet};
use crate::exec::keys::DetachKeys;
use crate::exec::relay::own_description;
use crate::exec::signals::{ENDS_NOBODY, Signals};
use crate::exec::standard::size;
use crate::exec::tty::Raw;

pub struct Session<'a> {
    pub link: Link,
    /// Where signals go, if they are the container's.
    pub proxy: Option<Link>,
    pub signals: Signals,
    pub is_tty: bool,
    pub keyboard: Option<Keyboard>,
    pub raw: Option<&'a Raw>,
    pub skipped_bytes: u64,
}

pub struct Keyboard {
    terminal: OwnedFd,
    keys: DetachKeys,
    /// Typed, and not sent yet.
    waiting: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Exited(u8),
    Detached,
    /// Our terminal, or who read what we wrote, is gone.
    HungUp,
    Interrupted(i32),
    /// Without a word.
    ShimGone,
}

/// 128 + SIGHUP
const HUNG_UP: u8 = 129;
/// A pipe that polls as writable takes so much at once (pipe(7)).
const AT_ONCE_BYTES: usize = 4096;

impl Ended {
    pub fn code(self, name: &str) -> Outcome<u8> {
        match self {
            Ended::Exited(code) => Ok(code),
            Ended::Detached => Ok(0),
            Ended::HungUp => Ok(HUNG_UP),
            Ended::Interrupted(signal) => Ok(128 + signal as u8),
            Ended::ShimGone => {
                let message = format!("the shim of {name} is gone; `reconcile ps` tells how the container is");
                Err(Failure::new(Code::Shim, message))
            }
        }
    }
}

impl Keyboard {
    pub fn new(keys: DetachKeys) -> Outcome<Keyboard> {
        let terminal = own_description(descriptor(0), OFlags::RDONLY);
        let terminal = terminal.map_err(|errno| Failure::sys(Code::Shim, "open", "open the terminal", errno))?;
        Ok(Keyboard { terminal, keys, waiting: vec![] })
    }

    pub fn terminal(&self) -> &OwnedFd {
        &self.terminal
    }

    fn read(&mut self) -> Option<Ended> {
        let mut bytes = [0; AT_ONCE_BYTES];
        match read(&self.terminal, &mut bytes) {
            Ok(count) if count > 0 => self.waiting = self.keys.filter(&bytes[..count]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            _ => return Some(Ended::HungUp),
        }
        self.keys.left.then_some(Ended::Detached)
    }
}

/// Standard output and error, and what one of them has not taken yet.
struct Screen {
    ends: [OwnedFd; 2],
    to: usize,
    waiting: Vec<u8>,
}

impl Screen {
    fn new() -> Outcome<Screen> {
        Ok(Screen { ends: [end(1)?, end(2)?], to: 0, waiting: vec![] })
    }

    /// False: nobody reads.
    fn write_some(&mut self) -> bool {
        let some = &self.waiting[..self.waiting.len().min(AT_ONCE_BYTES)];
        match write(&self.ends[self.to], some) {
            Ok(count) => _ = self.waiting.drain(..count),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return false,
        }
        true
    }
}

/// A terminal that stands still must not hold us.
fn end(number: i32) -> Outcome<OwnedFd> {
    if terminal::is_terminal(descriptor(number))
        && let Ok(own) = own_description(descriptor(number), OFlags::WRONLY)
    {
        return Ok(own);
    }
    copy_of(number)
}

impl Session<'_> {
    /// Gives how it ended, and how many bytes were not shown.
    pub fn run(mut self) -> Outcome<(Ended, u64)> {
        let mut screen = Screen::new()?;
        loop {
            let ready = self.wait(&screen)?;
            let mut ended = if ready.signal { self.hand_on() } else { None };
            if ready.screen && !screen.write_some() {
                ended = ended.or(Some(Ended::HungUp));
            }
            if ready.link {
                ended = ended.or(self.take(&mut screen));
            }
            if let Some(ended) = ended.or_else(|| self.type_in(ready.keys)) {
                return Ok((ended, self.skipped_bytes));
            }
        }
    }

    /// While something is to be written nothing more is asked for: the shim skips what we don't take.
    fn wait(&self, screen: &Screen) -> Outcome<Ready> {
        let is_written = screen.waiting.is_empty();
        let sends = self.keyboard.as_ref().is_some_and(|keyboard| !keyboard.waiting.is_empty());
        let mut watched = vec![PollFd::from_borrowed_fd(self.signals.as_fd(), PollFlags::IN)];
        // One that is gone polls as ready whatever is asked, so it is asked only when it will be read.
        watched.push(if is_written {
            let flags = if sends { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            PollFd::from_borrowed_fd(self.link.as_fd(), flags)
        } else {
            PollFd::from_borrowed_fd(screen.ends[screen.to].as_fd(), PollFlags::OUT)
        });
        let keyboard = self.keyboard.as_ref().filter(|_| !sends);
        watched.extend(keyboard.map(|keyboard| PollFd::from_borrowed_fd(keyboard.terminal.as_fd(), PollFlags::IN)));
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::sys(Code::Shim, "poll", "wait for events", errno)),
        }
        let is_ready = |at: usize| watched.get(at).is_some_and(|fd| !fd.revents().is_empty());
        Ok(Ready {
            signal: is_ready(0),
            link: is_written && is_ready(1),
            screen: !is_written && is_ready(1),
            keys: is_ready(2),
        })
    }

    fn take(&mut self, screen: &mut Screen) -> Option<Ended> {
        match self.link.next() {
            Packet::Bytes { kind: viewing::STDOUT, bytes } => (screen.to, screen.waiting) = (0, bytes),
            Packet::Bytes { kind: viewing::STDERR, bytes } => (screen.to, screen.waiting) = (1, bytes),
            Packet::Bytes { kind: viewing::SKIPPED, bytes } => self.skipped_bytes += number(&bytes).unwrap_or(0),
            Packet::Bytes { kind: viewing::EXITED, bytes } => {
                return Some(Ended::Exited(number(&bytes).unwrap_or(255) as u8));
            }
            Packet::Bytes { .. } | Packet::Nothing => {}
            Packet::End => return Some(Ended::ShimGone),
        }
        None
    }

    /// What is typed, as soon as the shim takes it.
    fn type_in(&mut self, is_typed: bool) -> Option<Ended> {
        let keyboard = self.keyboard.as_mut()?;
        let ended = if is_typed { keyboard.read() } else { None };
        if !keyboard.waiting.is_empty() && self.link.type_in(&keyboard.waiting) {
            keyboard.waiting.clear();
        }
        ended
    }

    /// All that wait; gives how we end, if one of them ends us.
    fn hand_on(&self) -> Option<Ended> {
        while let Some(signal) = self.signals.next() {
            match (signal, &self.proxy) {
                (libc::SIGWINCH, _) if self.is_tty => self.link.resize(size()),
                (libc::SIGCONT, _) if self.is_tty => {
                    self.raw.inspect(|raw| raw.apply());
                    self.link.resize(size());
                }
                _ if ENDS_NOBODY.contains(&signal) => {}
                // A container that has ended meanwhile says so itself.
                (_, Some(proxy)) => _ = proxy.signal(signal),
                (_, None) => return Some(Ended::Interrupted(signal)),
            }
        }
        None
    }
}

struct Ready {
    signal: bool,
    link: bool,
    screen: bool,
    keys: bool,
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

pub fn descriptor(number: i32) -> BorrowedFd<'static> {
    // SAFETY: 0 to 2 are open from the program's first line to its last.
    unsafe { BorrowedFd::borrow_raw(number) }
}

pub fn copy_of(number: i32) -> Outcome<OwnedFd> {
    fcntl_dupfd_cloexec(descriptor(number), 3)
        .map_err(|errno| Failure::sys(Code::Shim, "fcntl", "set up the session", errno))
}
