//! A client's connection, and the one to the container that goes with it.

use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{
    set_socket_keepalive, set_socket_linger, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl, set_tcp_nodelay,
    socket_error,
};
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

use super::flow::{End, Flow, Progress, Room};

/// A container that doesn't answer: then its client is told.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// An end that vanished without a word is found out after two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_COUNT: u32 = 4;

/// Told once for each change: `End` remembers.
pub const INTEREST: EventFlags = EventFlags::IN.union(EventFlags::OUT).union(EventFlags::RDHUP).union(EventFlags::ET);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Container,
}

pub struct Connection {
    pub member: u64,
    pub listener: u64,
    /// Until when it has to be connected; None: it is.
    pub deadline: Option<Instant>,
    /// It has more to do without being told.
    pub is_queued: bool,
    client: End,
    container: End,
    there: Flow,
    back: Flow,
}

impl Connection {
    /// Begins to connect; Err: there is no way there.
    pub fn begin(listener: (u64, u64), client: OwnedFd, to: SocketAddr, now: Instant) -> Result<Connection, Errno> {
        let client = TcpStream::from(client);
        let container = match begin_to_connect(to) {
            Ok(container) => container,
            Err(errno) => {
                reset(&client);
                return Err(errno);
            }
        };
        for socket in [&client, &container] {
            suit(socket);
        }
        Ok(Connection {
            member: listener.0,
            listener: listener.1,
            deadline: Some(now + CONNECT_WITHIN),
            is_queued: false,
            client: End::new(client),
            container: End::new(container),
            there: Flow::default(),
            back: Flow::default(),
        })
    }

    pub fn socket(&self, side: Side) -> &TcpStream {
        match side {
            Side::Client => &self.client.socket,
            Side::Container => &self.container.socket,
        }
    }

    pub fn attend(&mut self, side: Side, flags: EventFlags, room: &mut Room) -> Progress {
        match side {
            Side::Client => self.client.becomes(flags),
            Side::Container => self.container.becomes(flags),
        }
        if self.deadline.is_some() && side == Side::Container {
            if !matches!(socket_error(&self.container.socket), Ok(Ok(()))) {
                return Progress::Broken;
            }
            self.deadline = self.deadline.filter(|_| !flags.contains(EventFlags::OUT));
        }
        self.go_on(room)
    }

    pub fn go_on(&mut self, room: &mut Room) -> Progress {
        if self.deadline.is_some() {
            return Progress::Waits;
        }
        let there = self.there.go_on(&mut self.client, &mut self.container, room);
        let back = self.back.go_on(&mut self.container, &mut self.client, room);
        match (there, back) {
            (Progress::Broken, _) | (_, Progress::Broken) => Progress::Broken,
            (Progress::Ended, Progress::Ended) => Progress::Ended,
            (Progress::HasMore, _) | (_, Progress::HasMore) => Progress::HasMore,
            _ => Progress::Waits,
        }
    }

    /// Both ends learn that it did not end well.
    pub fn reset(&self) {
        reset(&self.client.socket);
        reset(&self.container.socket);
    }

    pub fn unsent_bytes(&self) -> usize {
        self.there.unsent_bytes() + self.back.unsent_bytes()
    }
}

fn begin_to_connect(to: SocketAddr) -> Result<TcpStream, Errno> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    match connect(&socket, &to) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(errno) => Err(errno),
    }
}

/// A socket without them works as well.
fn suit(socket: &TcpStream) {
    let _ = set_tcp_nodelay(socket, true);
    let _ = set_socket_keepalive(socket, true);
    let _ = set_tcp_keepidle(socket, KEEPALIVE_AFTER);
    let _ = set_tcp_keepintvl(socket, KEEPALIVE_EVERY);
    let _ = set_tcp_keepcnt(socket, KEEPALIVE_COUNT);
}

fn reset(socket: &TcpStream) {
    let _ = set_socket_linger(socket, Some(Duration::ZERO));
}
