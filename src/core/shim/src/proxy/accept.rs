//! Clients that connect, and those that have to wait.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};

use super::connection::Connection;
use super::listen::Kind;
use super::service::{MAX_CONNECTIONS, MAX_OF_A_MEMBER, Service};

/// Before the others have their turn.
const MAX_AT_ONCE: usize = 32;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

impl Service {
    pub fn accept_all(&mut self, token: u64) {
        for _ in 0..MAX_AT_ONCE {
            let Some(listener) = self.listeners.get(&token) else { return };
            let Kind::Streams(socket) = &listener.kind else { return };
            let (member, to) = (listener.member, listener.socket.to);
            if !self.has_room(member) {
                return self.let_wait(token);
            }
            match accept_with(socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(client) => {
                    // One that can't be made has told its client.
                    if let Ok(connection) = Connection::begin((member, token), client, to, self.hearing.now) {
                        self.admit_connection(connection);
                    }
                }
                Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => return self.let_wait(token),
                // Clients that left meanwhile: accept(2).
                Err(errno) if errno != Errno::AGAIN => {}
                Err(_) => return,
            }
        }
    }

    fn has_room(&self, member: u64) -> bool {
        let own = self.members.get(&member).map_or(0, |held| held.connections);
        self.connections.len() < MAX_CONNECTIONS && own < MAX_OF_A_MEMBER && self.has_descriptors()
    }

    /// In the kernel's queue: nothing is heard of that listener until there is room.
    fn let_wait(&mut self, token: u64) {
        let Some(listener) = self.listeners.get(&token) else { return };
        let Kind::Streams(socket) = &listener.kind else { return };
        self.hearing.change(socket.as_fd(), token, EventFlags::empty());
        if !self.waiting.contains(&token) {
            self.waiting.push_back(token);
        }
        self.deadlines.insert((self.hearing.now + TRY_AGAIN_AFTER, token));
    }

    /// When a connection has ended, and every now and then: descriptors may be free again.
    pub fn accept_one_waiting(&mut self) {
        while let Some(token) = self.waiting.pop_front() {
            let Some(listener) = self.listeners.get(&token) else { continue };
            if let Kind::Streams(socket) = &listener.kind {
                return self.hearing.change(socket.as_fd(), token, EventFlags::IN);
            }
        }
    }
}
