//! Datagrams both ways.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;

use rc_runtime::sys::datagrams::{receive, send};
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;

use super::listen::Kind;
use super::service::Service;
use super::sessions::{Client, IDLE, Session};

/// Before the others have their turn.
const MAX_AT_ONCE: usize = 32;
/// The largest there is.
const DATAGRAM_BYTES: usize = 65536;

impl Service {
    pub fn datagrams(&mut self, token: u64) {
        let mut buffer = [0; DATAGRAM_BYTES];
        for _ in 0..MAX_AT_ONCE {
            let Some(listener) = self.listeners.get(&token) else { return };
            let Kind::Datagrams(socket) = &listener.kind else { return };
            let to = listener.socket.to;
            match receive(socket, &mut buffer) {
                Ok((count, from, local)) => {
                    self.datagram(Client { listener: token, from, local }, to, &buffer[..count]);
                }
                Err(Errno::AGAIN) => return,
                // Of one that was sent: it is told once.
                Err(_) => {}
            }
        }
    }

    fn datagram(&mut self, client: Client, to: SocketAddr, bytes: &[u8]) {
        let now = self.hearing.now;
        if let Some((token, session)) = self.sessions.of(&client) {
            if session.to == to {
                session.used = now;
                return pass_on(&session.socket, bytes);
            }
            // The container has another address by now.
            let _ = self.sessions.remove(token);
        }
        if !self.sessions.make_room(client.listener) || !self.has_descriptors() {
            return;
        }
        let Ok(socket) = connected(to) else { return };
        let token = self.hearing.next_token();
        if self.hearing.hear(socket.as_fd(), token, EventFlags::IN).is_err() {
            return;
        }
        pass_on(&socket, bytes);
        self.sessions.insert(token, Session { client, socket, to, used: now });
        self.deadlines.insert((now + IDLE, token));
    }

    /// A container's answers.
    pub fn datagrams_back(&mut self, token: u64) {
        let mut buffer = [0; DATAGRAM_BYTES];
        for _ in 0..MAX_AT_ONCE {
            let Some(session) = self.sessions.get(token) else { return };
            let Some(listener) = self.listeners.get(&session.client.listener) else { return };
            let Kind::Datagrams(socket) = &listener.kind else { return };
            match session.socket.recv(&mut buffer) {
                Ok(count) => {
                    // A client that takes nothing loses it, as anywhere on the way.
                    let _ = send(socket, &buffer[..count], session.client.from, session.client.local);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // Nobody listens in the container: that is told once, and the client may try again.
                Err(_) => {}
            }
            let now = self.hearing.now;
            self.sessions.use_now(token, now);
        }
    }

    pub fn expire_session(&mut self, token: u64) {
        let Some(session) = self.sessions.get(token) else { return };
        let end = session.used + IDLE;
        if end > self.hearing.now {
            self.deadlines.insert((end, token));
        } else {
            let _ = self.sessions.remove(token);
        }
    }

    pub fn end_sessions_of(&mut self, listener: u64) {
        self.sessions.remove_listener(listener);
    }
}

/// What another address sends there, the kernel drops.
fn connected(to: SocketAddr) -> std::io::Result<UdpSocket> {
    let any = if to.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { IpAddr::from(Ipv6Addr::UNSPECIFIED) };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(to)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// The first call after a refusal tells of it, and sends nothing.
fn pass_on(socket: &UdpSocket, bytes: &[u8]) {
    if socket.send(bytes).is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
        let _ = socket.send(bytes);
    }
}
