//! The control socket: one JSON message a packet, one reply each, root only.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Reply, State, Verb};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send, sockopt::socket_peercred};

const MAX_CONNECTIONS: usize = 16;
const MAX_PACKET_BYTES: usize = 64 << 10;

pub struct Control {
    listener: OwnedFd,
    connections: Vec<OwnedFd>,
}

pub enum Answer {
    State(Box<State>),
    Done,
}

impl Control {
    pub fn new(listener: OwnedFd) -> Control {
        Control { listener, connections: vec![] }
    }

    /// For a socket file that was deleted.
    pub fn replace_listener(&mut self, listener: OwnedFd) {
        self.listener = listener;
    }

    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        std::iter::once(self.listener.as_fd()).chain(self.connections.iter().map(AsFd::as_fd))
    }

    /// Takes new connections and answers every packet that is there.
    pub fn serve(&mut self, mut answer: impl FnMut(Verb) -> Outcome<Answer>) {
        while let Ok(connection) = accept_with(&self.listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            let is_root = socket_peercred(&connection).is_ok_and(|peer| peer.uid.is_root());
            if is_root && self.connections.len() < MAX_CONNECTIONS {
                self.connections.push(connection);
            }
        }
        self.connections.retain(|connection| serve_one(connection, &mut answer));
    }
}

/// False when the connection is over.
fn serve_one(connection: &OwnedFd, answer: &mut impl FnMut(Verb) -> Outcome<Answer>) -> bool {
    let mut packet = vec![0; MAX_PACKET_BYTES];
    loop {
        let length = match recv(connection, &mut packet[..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return false,
            Ok((length, _)) => length,
            Err(Errno::AGAIN | Errno::INTR) => return true,
            Err(_) => return false,
        };
        let verb = serde_json::from_slice::<Verb>(&packet[..length])
            .map_err(|error| Failure::new(Code::Spec, format!("message to the shim: {error}")));
        let reply = match verb.and_then(&mut *answer) {
            Ok(Answer::State(state)) => serde_json::to_vec(&state),
            Ok(Answer::Done) => serde_json::to_vec(&Reply { ok: true, error: None }),
            Err(error) => serde_json::to_vec(&Reply { ok: false, error: Some(error) }),
        };
        let sent =
            reply.ok().and_then(|reply| send(connection, &reply, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).ok());
        if sent.is_none() {
            return false;
        }
    }
}
