//! A container that is answered: its process, and sockets in its network namespace.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::net::namespace::within;
use rc_runtime::net::port_rules::{ADDRESS, redirect};
use rc_runtime::resolver::Member;
use rc_runtime::sys;

use super::view::View;

const NAME_PORT: u16 = 53;

/// They keep the namespace alive: closed as soon as the process has ended.
pub struct Sockets {
    pub udp: UdpSocket,
    pub tcp: TcpListener,
}

pub struct Served {
    pub member: Member,
    pub pidfd: OwnedFd,
    pub sockets: Sockets,
    pub view: View,
    /// Questions that are asked elsewhere now.
    pub in_flight: usize,
    pub streams: usize,
    /// Of the process, and of the sockets.
    pub tokens: [u64; 3],
}

impl Served {
    pub fn new(member: Member, pidfd: OwnedFd, sockets: Sockets) -> Served {
        let view = View::new(&member.names);
        Served { member, pidfd, sockets, view, in_flight: 0, streams: 0, tokens: [0; 3] }
    }

    /// A process that may write rules there may have flushed ours.
    pub fn lead_here_again(&self) -> Outcome<()> {
        let (udp, tcp) = (port(self.sockets.udp.local_addr())?, port(self.sockets.tcp.local_addr())?);
        if udp == NAME_PORT {
            return Ok(());
        }
        within(&self.pidfd, |_| redirect(udp, tcp))
    }
}

/// At any port, where rules lead to from port 53, which stays free for the container; without nf_tables at port 53 itself.
pub fn open(pidfd: &OwnedFd) -> Outcome<Sockets> {
    within(pidfd, |_| {
        sys::loopback_up()
            .map_err(|errno| Failure::sys(Code::Network, "ioctl", "bring the container's loopback up", errno))?;
        let sockets = bind(0)?;
        match redirect(port(sockets.udp.local_addr())?, port(sockets.tcp.local_addr())?) {
            Ok(()) => Ok(sockets),
            Err(refused) => bind(NAME_PORT).map_err(|mut taken| {
                taken.message.push_str(&format!("; and {}", refused.message));
                taken
            }),
        }
    })
}

fn bind(port: u16) -> Outcome<Sockets> {
    let address = SocketAddr::from((Ipv4Addr::from(ADDRESS), port));
    let bound = || {
        let sockets = Sockets { udp: UdpSocket::bind(address)?, tcp: TcpListener::bind(address)? };
        sockets.udp.set_nonblocking(true)?;
        sockets.tcp.set_nonblocking(true)?;
        Ok(sockets)
    };
    bound().map_err(|error| Failure::io(Code::Network, "bind", format!("listen at {address} in the container"), &error))
}

fn port(address: std::io::Result<SocketAddr>) -> Outcome<u16> {
    address
        .map(|address| address.port())
        .map_err(|error| Failure::io(Code::Network, "getsockname", "find the resolver's port", &error))
}
