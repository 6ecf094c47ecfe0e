//! A container whose ports are held: which of its sockets are there, and why others aren't.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::proxy::{self, Member, Protocol, Socket};
use rustix::event::epoll::EventFlags;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::listen::{Kind, Listener, open};
use super::service::Service;
use super::sessions::Sessions;

/// How many reasons are kept.
const MAX_MISSING: usize = 8;

pub struct Held {
    pub told: Member,
    pub pidfd: OwnedFd,
    pub listeners: HashMap<(Protocol, SocketAddr), u64>,
    pub missing: Vec<String>,
    pub connections: usize,
}

impl Held {
    pub fn new(told: Member, pidfd: OwnedFd) -> Held {
        Held { told, pidfd, listeners: HashMap::new(), missing: vec![], connections: 0 }
    }

    fn has_ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.pidfd, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }

    pub fn shown(&self) -> proxy::Served {
        proxy::Served { member: self.told.clone(), missing: self.missing.clone() }
    }
}

impl Service {
    /// What it has already stays as it is, and so do the connections there; the first socket that can't be had is told, after
    /// all were tried.
    pub fn serve_member(&mut self, member: Member, pidfd: OwnedFd) -> Outcome<()> {
        let wanted = member.each_socket()?;
        let known = self.members.iter().find(|(_, held)| held.told.container_id == member.container_id);
        let known = known.map(|(token, held)| {
            let is_same = (held.told.pid, held.told.start_ticks) == (member.pid, member.start_ticks);
            (*token, is_same)
        });
        let token = match known {
            Some((token, true)) => token,
            other => {
                if let Some((token, _)) = other {
                    self.dismiss(token);
                }
                if wanted.is_empty() {
                    return Ok(());
                }
                self.admit(Held::new(member.clone(), pidfd))?
            }
        };
        let outcome = self.bring_to(token, member, &wanted);
        if wanted.is_empty() {
            self.dismiss(token);
        }
        outcome
    }

    pub fn admit(&mut self, held: Held) -> Outcome<u64> {
        let token = self.hearing.next_token();
        self.hearing.hear(&held.pidfd, token, EventFlags::IN)?;
        self.members.insert(token, held);
        Ok(token)
    }

    /// Exactly these sockets.
    pub fn bring_to(&mut self, token: u64, told: Member, wanted: &[Socket]) -> Outcome<()> {
        let wanted: HashMap<_, _> = wanted.iter().map(|socket| ((socket.protocol, socket.here), *socket)).collect();
        let Some(held) = self.members.get_mut(&token) else { return Ok(()) };
        held.told = told;
        held.missing.clear();
        let unwanted = held.listeners.iter().filter(|(place, _)| !wanted.contains_key(place));
        let unwanted: Vec<u64> = unwanted.map(|(_, listener)| *listener).collect();
        held.listeners.retain(|place, _| wanted.contains_key(place));
        unwanted.into_iter().for_each(|listener| self.close(listener));
        let mut wanted: Vec<Socket> = wanted.into_values().collect();
        wanted.sort_by_key(|socket| socket.here);
        let mut outcome = Ok(());
        for socket in wanted {
            if let Err(failure) = self.hold(token, socket) {
                let Some(held) = self.members.get_mut(&token) else { break };
                if held.missing.len() < MAX_MISSING {
                    held.missing.push(failure.message.clone());
                }
                outcome = outcome.and(Err(failure));
            }
        }
        outcome
    }

    /// One that leads elsewhere now leads new clients there.
    fn hold(&mut self, token: u64, socket: Socket) -> Outcome<()> {
        let place = (socket.protocol, socket.here);
        let known = self.members.get(&token).and_then(|held| held.listeners.get(&place));
        if let Some(listener) = known.and_then(|known| self.listeners.get_mut(known)) {
            listener.socket = socket;
            return Ok(());
        }
        if !self.has_descriptors() {
            return Err(Failure::new(Code::Network, "the proxy has no descriptors left"));
        }
        let descriptor = match open(&socket) {
            Err(failure) if failure.code == Code::Busy && self.dismiss_ended(place) => open(&socket)?,
            other => other?,
        };
        self.listen(token, Listener::new(token, socket, descriptor))
    }

    /// A member that has ended, and of which we weren't told yet, keeps nobody away.
    fn dismiss_ended(&mut self, place: (Protocol, SocketAddr)) -> bool {
        let ended = self.members.iter().find(|(_, held)| held.listeners.contains_key(&place) && held.has_ended());
        let ended = ended.map(|(token, _)| *token);
        ended.inspect(|token| self.dismiss(*token)).is_some()
    }

    pub fn listen(&mut self, member: u64, listener: Listener) -> Outcome<()> {
        let token = self.hearing.next_token();
        match &listener.kind {
            Kind::Streams(socket) => self.hearing.hear(socket.as_fd(), token, EventFlags::IN)?,
            Kind::Datagrams(socket) => self.hearing.hear(socket.as_fd(), token, EventFlags::IN)?,
        }
        if let Some(held) = self.members.get_mut(&member) {
            held.listeners.insert(listener.place(), token);
            self.listeners.insert(token, listener);
        }
        Ok(())
    }

    /// With what came by it.
    fn close(&mut self, listener: u64) {
        self.listeners.remove(&listener);
        self.end_sessions_of(listener);
        self.end_connections(|connection| connection.listener == listener);
    }

    /// A successor has them. Members stay: their end is that of their connections.
    pub fn leave_listeners(&mut self) {
        self.listeners.clear();
        self.sessions = Sessions::default();
        self.members.values_mut().for_each(|held| held.listeners.clear());
    }

    /// It has ended: nothing of it is left here.
    pub fn dismiss(&mut self, token: u64) {
        let Some(held) = self.members.remove(&token) else { return };
        for listener in held.listeners.into_values() {
            self.listeners.remove(&listener);
            self.end_sessions_of(listener);
        }
        self.end_connections(|connection| connection.member == token);
    }
}
