//! Who is served, and what comes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rc_runtime::failure::Outcome;
use rc_runtime::proxy::{Member, Proxy, Served, Taken};
use rc_runtime::sys::packets;
use rustix::event::epoll::EventFlags;

use super::listen::{Kind, Listener};
use super::service::Service;
use crate::daemon::{Hearing, Work};

/// A packet of them is no longer than one may be.
pub const SOCKETS_A_PACKET: usize = 128;

impl Work for Service {
    type Kind = Proxy;

    fn hearing(&mut self) -> &mut Hearing {
        &mut self.hearing
    }

    fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    fn serve(&mut self, member: Member, pidfd: OwnedFd) -> Outcome<()> {
        self.serve_member(member, pidfd)
    }

    fn served(&self) -> Vec<Served> {
        self.members.values().map(|held| held.shown()).collect()
    }

    /// Who waits to be accepted, and datagrams that weren't read, are the successor's; connections stay.
    fn hand_over(&mut self, connection: &OwnedFd) -> rustix::io::Result<()> {
        for held in self.members.values() {
            let listeners: Vec<&Listener> =
                held.listeners.values().filter_map(|token| self.listeners.get(token)).collect();
            for some in listeners.chunks(SOCKETS_A_PACKET) {
                let taken = Taken { member: held.told.clone(), held: some.iter().map(|one| one.socket).collect() };
                let own = some.iter().map(|one| descriptor(one));
                let descriptors: Vec<BorrowedFd> = [held.pidfd.as_fd()].into_iter().chain(own).collect();
                packets::send(connection, &serde_json::to_vec(&taken).unwrap_or_default(), &descriptors)?;
            }
        }
        Ok(())
    }

    fn next_deadline(&self) -> Option<Instant> {
        if self.is_busy() { Some(self.hearing.now) } else { self.deadlines.first().map(|(at, _)| *at) }
    }

    fn attend(&mut self, token: u64, flags: EventFlags) {
        self.dispatch(token, flags);
    }

    fn expire(&mut self) {
        self.take_turns();
        self.expire_all();
    }
}

fn descriptor(listener: &Listener) -> BorrowedFd<'_> {
    match &listener.kind {
        Kind::Streams(socket) => socket.as_fd(),
        Kind::Datagrams(socket) => socket.as_fd(),
    }
}
