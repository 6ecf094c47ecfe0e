//! Which descriptor and which inotify watch belongs to which run. A watch belongs to a run, not to a container.

use std::collections::{BTreeMap, HashMap};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};

use super::links::LinkWatches;
use super::mounts::MountWatches;
use crate::queue::Event;
use crate::request::Run;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Payload,
    Shim,
}

struct Entry {
    run: Run,
    part: Part,
    pidfd: OwnedFd,
}

/// A process of which the data-root has one, and how its end is told.
struct Daemon {
    ended: Event,
    token: u64,
    identity: (i32, u64),
    pidfd: OwnedFd,
}

/// The first tokens are the watcher's own descriptors.
const RESERVED_TOKENS: u64 = 16;

#[derive(Default)]
pub struct Table {
    last_token: u64,
    entries: BTreeMap<u64, Entry>,
    directories: HashMap<i32, String>,
    /// Those of each run that lives, whether they are watched now or rest.
    cgroups: HashMap<String, Vec<PathBuf>>,
    pub mounts: MountWatches,
    pub links: LinkWatches,
    daemons: Vec<Daemon>,
}

impl Table {
    pub fn next_token(&mut self) -> u64 {
        self.last_token = self.last_token.max(RESERVED_TOKENS) + 1;
        self.last_token
    }

    /// How long until something that is owed may be told.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        [self.mounts.wait(now), self.links.wait(now)].into_iter().flatten().min()
    }

    /// The events of a mount table or of a netlink socket; None: the token is of a process.
    pub fn changed(&mut self, epoll: &OwnedFd, token: u64, now: Instant) -> Option<Vec<Event>> {
        let links = |event: Option<Event>| event.into_iter().collect();
        self.mounts.changed(epoll, token, now).or_else(|| self.links.changed(epoll, token, now).map(links))
    }

    pub fn watch_daemon(&mut self, epoll: &OwnedFd, ended: Event, identity: (i32, u64)) -> Outcome<()> {
        if self.daemons.iter().any(|one| one.ended == ended && one.identity == identity) {
            return Ok(());
        }
        let pidfd = open_identified(identity.0, identity.1)?;
        let token = self.next_token();
        epoll::add(epoll, &pidfd, epoll::EventData::new_u64(token), epoll::EventFlags::IN)
            .map_err(|errno| Failure::sys(Code::Internal, "epoll_ctl", "watch a process", errno))?;
        // The one before was replaced.
        self.daemons.retain(|one| one.ended != ended);
        self.daemons.push(Daemon { ended, token, identity, pidfd });
        Ok(())
    }

    pub fn daemon_ended(&mut self, token: u64) -> Option<Event> {
        let index = self.daemons.iter().position(|one| one.token == token)?;
        let Daemon { ended, pidfd, .. } = self.daemons.swap_remove(index);
        drop(pidfd);
        Some(ended)
    }

    pub fn insert(&mut self, run: &Run, token: u64, part: Part, pidfd: OwnedFd) {
        self.entries.insert(token, Entry { run: run.clone(), part, pidfd });
    }

    /// True when payload and shim of exactly this run are watched.
    pub fn same_run(&self, run: &Run) -> bool {
        self.entries.values().filter(|entry| entry.run == *run).count() == 2
    }

    pub fn find(&self, token: u64) -> Option<(Run, Part)> {
        self.entries.get(&token).map(|entry| (entry.run.clone(), entry.part))
    }

    pub fn has(&self, container_id: &str, part: Part) -> bool {
        self.of(container_id, part).is_some()
    }

    /// True when nothing is watched any more, too.
    pub fn payload_has_ended(&self, container_id: &str) -> bool {
        let Some(entry) = self.of(container_id, Part::Payload) else { return true };
        let mut fds = [PollFd::new(&entry.pidfd, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
    }

    fn of(&self, container_id: &str, part: Part) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.part == part && entry.run.container_id == container_id)
    }

    pub fn take(&mut self, token: u64) -> Option<OwnedFd> {
        self.entries.remove(&token).map(|entry| entry.pidfd)
    }

    pub fn remove(&mut self, container_id: &str) -> Vec<OwnedFd> {
        let tokens: Vec<u64> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.run.container_id == container_id)
            .map(|(token, _)| *token)
            .collect();
        tokens.into_iter().filter_map(|token| self.take(token)).collect()
    }

    pub fn add_directory(&mut self, container_id: &str, watch: i32) {
        self.directories.insert(watch, container_id.to_string());
    }

    pub fn container_of(&self, watch: i32) -> Option<String> {
        self.directories.get(&watch).cloned()
    }

    pub fn keep_cgroups(&mut self, container_id: &str, dirs: &[PathBuf]) {
        self.cgroups.insert(container_id.to_string(), dirs.to_vec());
    }

    pub fn cgroups_of(&self, container_id: &str) -> Vec<PathBuf> {
        self.cgroups.get(container_id).cloned().unwrap_or_default()
    }

    /// At the end of a run.
    pub fn take_directories(&mut self, container_id: &str) -> Vec<i32> {
        self.cgroups.remove(container_id);
        self.rest_directories(container_id)
    }

    pub fn rest_directories(&mut self, container_id: &str) -> Vec<i32> {
        let watches: Vec<i32> =
            self.directories.iter().filter(|(_, id)| *id == container_id).map(|(watch, _)| *watch).collect();
        watches.iter().for_each(|watch| drop(self.directories.remove(watch)));
        watches
    }
}
