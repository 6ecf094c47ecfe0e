//! Links, addresses and routes of the host and of containers, by rtnetlink(7), and the host's own table of nftables. A socket
//! keeps its network namespace alive, so it goes with the run's first process.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::net::heard::{Group, drain, listen};
use rc_runtime::sys::netns;
use rustix::event::epoll;

use super::bucket::{Bucket, LINKS};
use crate::queue::Event;
use crate::thread::in_own_thread;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Host,
    Container(String),
    /// One table of nftables, by its name.
    Ruleset(String),
}

struct Heard {
    subject: Subject,
    socket: OwnedFd,
    bucket: Bucket,
    /// Not in the epoll set: the subject has used up its turns, and what it goes on to say is lost to the kernel's bound.
    rests: bool,
}

#[derive(Default)]
pub struct LinkWatches {
    heard: BTreeMap<u64, Heard>,
}

/// In the network namespace of a process, where a thread goes that ends there.
pub fn listen_inside(process: &OwnedFd) -> Outcome<OwnedFd> {
    let failed = |errno| Failure::sys(Code::Network, "setns", "listen in a network namespace", errno);
    let process = process.try_clone().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    in_own_thread("rc-listen", move || {
        netns::enter(process.as_fd()).map_err(failed)?;
        listen(&[Group::Links, Group::Addresses, Group::Routes])
    })
}

impl LinkWatches {
    pub fn hears_host(&self) -> bool {
        self.heard.values().any(|each| each.subject == Subject::Host)
    }

    pub fn hears(&self, container_id: &str) -> bool {
        self.heard.values().any(|each| is_of(&each.subject, container_id))
    }

    /// `tokens`: of the links and of the rules. A kernel without nftables has no rules to tell of.
    pub fn hear_host(&mut self, epoll: &OwnedFd, tokens: [u64; 2], table: String) -> Outcome<()> {
        let groups = [Group::Links, Group::Addresses, Group::Routes, Group::Forwarding];
        self.hear(epoll, tokens[0], Subject::Host, listen(&groups)?);
        if let Ok(socket) = listen(&[Group::Rules]) {
            self.hear(epoll, tokens[1], Subject::Ruleset(table), socket);
        }
        Ok(())
    }

    pub fn hear_run(&mut self, epoll: &OwnedFd, token: u64, container_id: &str, socket: OwnedFd) {
        self.hear(epoll, token, Subject::Container(container_id.to_string()), socket);
    }

    fn hear(&mut self, epoll: &OwnedFd, token: u64, subject: Subject, socket: OwnedFd) {
        if arm(epoll, &socket, token).is_ok() {
            let bucket = Bucket::full(LINKS, Instant::now());
            self.heard.insert(token, Heard { subject, socket, bucket, rests: false });
        }
    }

    /// The event of a socket; None: the token is of something else.
    pub fn changed(&mut self, epoll: &OwnedFd, token: u64, now: Instant) -> Option<Option<Event>> {
        let heard = self.heard.get_mut(&token)?;
        if !heard.read() {
            return Some(None);
        }
        let told = heard.bucket.spend(now);
        if !told {
            heard.rests = epoll::delete(epoll, &heard.socket).is_ok();
        }
        Some(told.then(|| heard.event()))
    }

    /// How long until something that is owed may be told.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        let due = self.heard.values().filter_map(|each| each.bucket.due()).min();
        due.map(|due| due.saturating_duration_since(now))
    }

    /// What was owed and is due, and its sockets are heard again.
    pub fn due(&mut self, epoll: &OwnedFd, now: Instant) -> Vec<Event> {
        let due = self.heard.iter_mut().filter(|(_, each)| each.bucket.due().is_some_and(|due| due <= now));
        let told = due.filter_map(|(token, heard)| {
            heard.read();
            heard.rests = heard.rests && arm(epoll, &heard.socket, *token).is_err();
            heard.bucket.spend(now).then(|| heard.event())
        });
        told.collect()
    }

    /// Lets go of a run's network namespace. Closing takes a descriptor out of the set.
    pub fn release(&mut self, container_id: &str) {
        self.heard.retain(|_, heard| !is_of(&heard.subject, container_id));
    }
}

fn is_of(subject: &Subject, container_id: &str) -> bool {
    matches!(subject, Subject::Container(id) if id == container_id)
}

impl Heard {
    /// False: nothing that concerns the subject.
    fn read(&self) -> bool {
        match &self.subject {
            Subject::Ruleset(table) => drain(&self.socket, Some(table)),
            Subject::Host | Subject::Container(_) => drain(&self.socket, None),
        }
    }

    fn event(&self) -> Event {
        match &self.subject {
            Subject::Host => Event::Links { container_id: None },
            Subject::Container(id) => Event::Links { container_id: Some(id.clone()) },
            Subject::Ruleset(_) => Event::Ruleset,
        }
    }
}

fn arm(epoll: &OwnedFd, socket: &OwnedFd, token: u64) -> rustix::io::Result<()> {
    epoll::add(epoll, socket, epoll::EventData::new_u64(token), epoll::EventFlags::IN)
}
