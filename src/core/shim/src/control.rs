//! The control socket: one JSON message a packet, one reply each, root only.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Reply, State, Verb};
use rc_runtime::sys::terminal::WindowSize;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send, sockopt::socket_peercred};

const MAX_CONNECTIONS: usize = 16;
const MAX_PACKET_BYTES: usize = 64 << 10;
/// Before the container's output has its turn again.
const MAX_ACCEPTED_AT_ONCE: u32 = 64;
const MAX_PACKETS_AT_ONCE: u32 = 16;

pub struct Control {
    listener: OwnedFd,
    connections: Vec<OwnedFd>,
}

pub enum Answer {
    State(Box<State>),
    Done,
    /// The connection is a viewer's from here on.
    Attached(WindowSize),
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

    /// Takes new connections and answers what is there; gives those who attach.
    pub fn serve(&mut self, mut answer: impl FnMut(Verb) -> Outcome<Answer>) -> Vec<(OwnedFd, WindowSize)> {
        for _ in 0..MAX_ACCEPTED_AT_ONCE {
            let Ok(connection) = accept_with(&self.listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) else {
                break;
            };
            if socket_peercred(&connection).is_ok_and(|peer| peer.uid.is_root()) {
                // Who only holds a connection must not keep others from us.
                if self.connections.len() >= MAX_CONNECTIONS {
                    self.connections.remove(0);
                }
                self.connections.push(connection);
            }
        }
        let mut attached = vec![];
        for connection in std::mem::take(&mut self.connections) {
            match serve_one(&connection, &mut answer) {
                Served::Stays => self.connections.push(connection),
                Served::Attaches(size) => attached.push((connection, size)),
                Served::Ends => {}
            }
        }
        attached
    }
}

enum Served {
    Stays,
    Attaches(WindowSize),
    Ends,
}

fn serve_one(connection: &OwnedFd, answer: &mut impl FnMut(Verb) -> Outcome<Answer>) -> Served {
    let mut packet = vec![0; MAX_PACKET_BYTES];
    for _ in 0..MAX_PACKETS_AT_ONCE {
        let length = match recv(connection, &mut packet[..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => return Served::Ends,
            Ok((length, _)) => length,
            Err(Errno::AGAIN | Errno::INTR) => return Served::Stays,
            Err(_) => return Served::Ends,
        };
        let mut attaches = None;
        let verb = serde_json::from_slice::<Verb>(&packet[..length])
            .map_err(|error| Failure::new(Code::Spec, format!("message to the shim: {error}")));
        let reply = match verb.and_then(&mut *answer) {
            Ok(Answer::State(state)) => serde_json::to_vec(&state),
            Ok(Answer::Done) => serde_json::to_vec(&Reply { ok: true, error: None }),
            Ok(Answer::Attached(size)) => {
                attaches = Some(size);
                serde_json::to_vec(&Reply { ok: true, error: None })
            }
            Err(error) => serde_json::to_vec(&Reply { ok: false, error: Some(error) }),
        };
        let sent =
            reply.ok().and_then(|reply| send(connection, &reply, SendFlags::DONTWAIT | SendFlags::NOSIGNAL).ok());
        match (sent, attaches) {
            (None, _) => return Served::Ends,
            (_, Some(size)) => return Served::Attaches(size),
            _ => {}
        }
    }
    Served::Stays
}
