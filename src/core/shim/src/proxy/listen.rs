//! Sockets of the host, as their texts say.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::proxy::{Protocol, Socket};
use rc_runtime::sys::datagrams::tell_local;
use rustix::io::Errno;
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// The kernel takes as many as `net.core.somaxconn` says.
const BACKLOG: i32 = 4096;

/// E_BUSY: somebody else has it.
pub fn open(socket: &Socket) -> Outcome<OwnedFd> {
    try_open(socket).map_err(|errno| {
        let code = if errno == Errno::ADDRINUSE { Code::Busy } else { Code::Network };
        Failure::sys(code, "bind", format!("listen at {}", text(socket)), errno)
    })
}

/// `[::]:8080/tcp`
pub fn text(socket: &Socket) -> String {
    let protocol = match socket.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    format!("{}/{protocol}", socket.here)
}

fn try_open(socket: &Socket) -> Result<OwnedFd, Errno> {
    let family = if socket.here.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let is_stream = socket.protocol == Protocol::Tcp;
    let kind = if is_stream { SocketType::STREAM } else { SocketType::DGRAM };
    let made = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if socket.here.is_ipv6() {
        set_ipv6_v6only(&made, true)?;
    }
    if is_stream {
        // Connections that ended a moment ago don't keep the port.
        set_socket_reuseaddr(&made, true)?;
    } else if socket.here.ip().is_unspecified() {
        tell_local(&made, socket.here.is_ipv6())?;
    }
    bind(&made, &socket.here)?;
    if is_stream {
        listen(&made, BACKLOG)?;
    }
    Ok(made)
}

/// What listens, and has been told where it leads.
pub struct Listener {
    pub member: u64,
    pub socket: Socket,
    pub kind: Kind,
}

pub enum Kind {
    Streams(TcpListener),
    Datagrams(UdpSocket),
}

impl Listener {
    pub fn new(member: u64, socket: Socket, descriptor: OwnedFd) -> Listener {
        let kind = match socket.protocol {
            Protocol::Tcp => Kind::Streams(descriptor.into()),
            Protocol::Udp => Kind::Datagrams(descriptor.into()),
        };
        Listener { member, socket, kind }
    }

    pub fn place(&self) -> (Protocol, SocketAddr) {
        (self.socket.protocol, self.socket.here)
    }
}
