//! One thread that sleeps in epoll: what is ready has a token.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;

const MAX_READY: usize = 256;

pub struct Hearing {
    epoll: OwnedFd,
    last_token: u64,
    /// As of the last wait.
    pub now: Instant,
}

impl Hearing {
    pub fn new() -> Outcome<Hearing> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
        Ok(Hearing { epoll, last_token: 0, now: Instant::now() })
    }

    pub fn next_token(&mut self) -> u64 {
        self.last_token += 1;
        self.last_token
    }

    /// The source's own descriptor; the caller keeps it as long as the source.
    pub fn hear(&self, descriptor: impl AsFd, token: u64, interest: EventFlags) -> Outcome<()> {
        epoll::add(&self.epoll, descriptor, EventData::new_u64(token), interest).map_err(failed)
    }

    pub fn change(&self, descriptor: impl AsFd, token: u64, interest: EventFlags) {
        let _ = epoll::modify(&self.epoll, descriptor, EventData::new_u64(token), interest);
    }

    /// What is ready, after `limit` at the latest.
    pub fn wait(&mut self, limit: Duration, ready: &mut Vec<(u64, EventFlags)>) {
        let timeout = Timespec::try_from(limit).ok();
        let mut events = Vec::with_capacity(MAX_READY);
        if let Err(errno) = epoll::wait(&self.epoll, spare_capacity(&mut events), timeout.as_ref())
            && errno != Errno::INTR
        {
            // Nothing can be heard any more: who needs it starts another.
            std::process::exit(1);
        }
        self.now = Instant::now();
        ready.clear();
        ready.extend(events.iter().map(|event| (event.data.u64(), event.flags)));
    }
}

fn failed(errno: Errno) -> Failure {
    Failure::sys(Code::Internal, "epoll", "wait for what comes", errno)
}
