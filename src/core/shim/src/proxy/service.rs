//! All that the proxy holds: members, their listeners, connections and sessions, by token.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::os::fd::AsFd;
use std::time::Instant;

use rc_runtime::failure::Outcome;
use rustix::event::epoll::EventFlags;
use rustix::process::{Resource, getrlimit};

use super::connection::{Connection, Side};
use super::flow::{Progress, Room};
use super::listen::{Kind, Listener};
use super::member::Held;
use super::sessions::Sessions;
use crate::daemon::Hearing;

/// Of a data-root; one member can have three quarters of them.
pub const MAX_CONNECTIONS: usize = 4096;
pub const MAX_OF_A_MEMBER: usize = MAX_CONNECTIONS / 4 * 3;
/// Descriptors for all but connections and sessions: control, epoll, standard ones.
const SPARE_DESCRIPTORS: usize = 512;
/// Of a connection's two tokens the container's side has this bit.
const CONTAINER_SIDE: u64 = 1 << 63;

pub struct Service {
    pub hearing: Hearing,
    pub members: HashMap<u64, Held>,
    pub listeners: HashMap<u64, Listener>,
    pub connections: HashMap<u64, Box<Connection>>,
    pub sessions: Sessions,
    pub deadlines: BTreeSet<(Instant, u64)>,
    /// Listeners with clients for whom there is no room now, in their order.
    pub waiting: VecDeque<u64>,
    /// Connections that had their turn and have more to do.
    busy: VecDeque<u64>,
    room: Room,
    max_descriptors: usize,
}

impl Service {
    pub fn new() -> Outcome<Service> {
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Ok(Service {
            hearing: Hearing::new()?,
            members: HashMap::new(),
            listeners: HashMap::new(),
            connections: HashMap::new(),
            sessions: Sessions::default(),
            deadlines: BTreeSet::new(),
            waiting: VecDeque::new(),
            busy: VecDeque::new(),
            room: Room::new(),
            max_descriptors: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    pub fn has_connections(&self) -> bool {
        !self.connections.is_empty()
    }

    /// For two more.
    pub fn has_descriptors(&self) -> bool {
        let used = 2 * self.connections.len() + self.sessions.len() + self.listeners.len() + self.members.len();
        used + 2 + SPARE_DESCRIPTORS <= self.max_descriptors
    }

    pub fn dispatch(&mut self, token: u64, flags: EventFlags) {
        let side = if token & CONTAINER_SIDE == 0 { Side::Client } else { Side::Container };
        let connection = token & !CONTAINER_SIDE;
        if self.connections.contains_key(&connection) {
            return self.attend_connection(connection, |connection, room| connection.attend(side, flags, room));
        }
        match self.listeners.get(&token).map(|listener| &listener.kind) {
            Some(Kind::Streams(_)) => self.accept_all(token),
            Some(Kind::Datagrams(_)) => self.datagrams(token),
            None if self.members.contains_key(&token) => self.dismiss(token),
            None => self.datagrams_back(token),
        }
    }

    pub fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Each once.
    pub fn take_turns(&mut self) {
        for _ in 0..self.busy.len() {
            let Some(token) = self.busy.pop_front() else { return };
            self.attend_connection(token, |connection, room| {
                connection.is_queued = false;
                connection.go_on(room)
            });
        }
    }

    fn attend_connection(&mut self, token: u64, work: impl FnOnce(&mut Connection, &mut Room) -> Progress) {
        let Some(connection) = self.connections.get_mut(&token) else { return };
        let deadline = connection.deadline;
        let progress = work(connection, &mut self.room);
        if let Some(at) = deadline.filter(|_| connection.deadline.is_none()) {
            self.deadlines.remove(&(at, token));
        }
        match progress {
            Progress::Waits => {}
            Progress::HasMore if connection.is_queued => {}
            Progress::HasMore => {
                connection.is_queued = true;
                self.busy.push_back(token);
            }
            Progress::Ended => self.end_connection(token, false),
            Progress::Broken => self.end_connection(token, true),
        }
    }

    pub fn admit_connection(&mut self, connection: Connection) {
        let token = self.hearing.next_token();
        let heard =
            [(Side::Client, token), (Side::Container, token | CONTAINER_SIDE)].into_iter().all(|(side, own)| {
                self.hearing.hear(connection.socket(side).as_fd(), own, super::connection::INTEREST).is_ok()
            });
        if !heard {
            return connection.reset();
        }
        if let Some(deadline) = connection.deadline {
            self.deadlines.insert((deadline, token));
        }
        if let Some(held) = self.members.get_mut(&connection.member) {
            held.connections += 1;
        }
        self.connections.insert(token, Box::new(connection));
    }

    pub fn end_connection(&mut self, token: u64, is_broken: bool) {
        let Some(connection) = self.connections.remove(&token) else { return };
        self.room.unsent_bytes -= connection.unsent_bytes();
        if let Some(at) = connection.deadline {
            self.deadlines.remove(&(at, token));
        }
        if is_broken {
            connection.reset();
        }
        if let Some(held) = self.members.get_mut(&connection.member) {
            held.connections -= 1;
        }
        drop(connection);
        self.accept_one_waiting();
    }

    pub fn end_connections(&mut self, which: impl Fn(&Connection) -> bool) {
        let tokens: Vec<u64> =
            self.connections.iter().filter(|(_, connection)| which(connection)).map(|(token, _)| *token).collect();
        tokens.into_iter().for_each(|token| self.end_connection(token, true));
    }

    pub fn expire_all(&mut self) {
        while let Some((at, token)) = self.deadlines.first().copied().filter(|(at, _)| *at <= self.hearing.now) {
            self.deadlines.remove(&(at, token));
            if let Some(connection) = self.connections.get(&token) {
                if connection.deadline.is_some() {
                    self.end_connection(token, true);
                }
            } else if self.listeners.contains_key(&token) {
                self.accept_one_waiting();
            } else {
                self.expire_session(token);
            }
        }
    }
}
