//! Routes: those of a namespace, and the default ones of a container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libc::{RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE};
use rustix::io::Errno;

use super::address::{Prefixed, family, ip_of, octets};
use super::link::Link;
use super::socket::{Refusal, Socket};
use super::wire::{CREATE, Message, REPLACE, attributes, u32_at};
use crate::failure::Outcome;

const FIXED_BYTES: usize = 12;
const MAIN: u8 = 254;
const LOCAL: u32 = 255;
/// linux/rtnetlink.h: written by an administrator, not found by a protocol.
const BOOT: u8 = 3;
/// As the kernel makes it of an address.
const KERNEL: u8 = 2;
/// linux/ipv6_route.h
const METRIC_OF_ADDRESSES: u32 = 256;
const CLONED: u32 = 0x200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub destination: Prefixed,
    pub via: Option<IpAddr>,
    pub device: Option<u32>,
    pub table: u32,
}

/// Those by which packets leave; the kernel's lists of its own and of broadcast addresses are left out.
pub fn all(socket: &Socket) -> Result<Vec<Route>, Refusal> {
    socket.dump(|flags| Message::new(RTM_GETROUTE, flags, &[0; FIXED_BYTES]), read)
}

fn read(payload: &[u8]) -> Option<Route> {
    let [family, bits, _, _, table, _, _, kind] = *payload.get(..8)?.first_chunk::<8>()?;
    let none = match family as i32 {
        libc::AF_INET => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        libc::AF_INET6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    let mut route = Route { destination: Prefixed { ip: none, bits }, via: None, device: None, table: table.into() };
    for (kind, value) in attributes(payload.get(FIXED_BYTES..)?) {
        match kind {
            libc::RTA_DST => route.destination.ip = ip_of(value)?,
            libc::RTA_GATEWAY => route.via = ip_of(value),
            libc::RTA_OIF => route.device = u32_at(value, 0),
            libc::RTA_TABLE => route.table = u32_at(value, 0)?,
            _ => {}
        }
    }
    let is_cached = u32_at(payload, 8)? & CLONED != 0;
    let leaves = kind == libc::RTN_UNICAST && route.table != LOCAL && !is_cached;
    (leaves && !super::address::is_of_kernel(route.destination.ip)).then_some(route)
}

fn message(kind: u16, flags: u16, link: &Link, gateway: IpAddr) -> Message {
    let fixed = [family(gateway), 0, 0, 0, MAIN, BOOT, 0, libc::RTN_UNICAST, 0, 0, 0, 0];
    Message::new(kind, flags, &fixed).attribute(libc::RTA_GATEWAY, &octets(gateway)).number(libc::RTA_OIF, link.index)
}

/// In the place of another default route.
pub fn set_default(socket: &Socket, link: &Link, gateway: IpAddr) -> Outcome<()> {
    socket
        .request(|ack| message(RTM_NEWROUTE, ack | CREATE | REPLACE, link, gateway))
        .map_err(|refusal| refusal.failure(format!("set the default route via {gateway} on {}", link.name)))
}

/// The networks of these addresses are reached by their link. The kernel makes such a route of an address once, and never again
/// when somebody deletes it.
pub fn ensure_connected(socket: &Socket, link: &Link, addresses: &[Prefixed]) -> Outcome<()> {
    let held = through(socket, link)?;
    let is_held = |address: &Prefixed| held.iter().any(|route| route.destination == address.network());
    addresses.iter().filter(|address| !is_held(address)).try_for_each(|address| connect(socket, link, *address))
}

fn connect(socket: &Socket, link: &Link, address: Prefixed) -> Outcome<()> {
    let scope = if address.ip.is_ipv4() { libc::RT_SCOPE_LINK } else { libc::RT_SCOPE_UNIVERSE };
    let fixed = [family(address.ip), address.bits, 0, 0, MAIN, KERNEL, scope, libc::RTN_UNICAST, 0, 0, 0, 0];
    let build = |ack| {
        let message = Message::new(RTM_NEWROUTE, ack | CREATE, &fixed)
            .attribute(libc::RTA_DST, &octets(address.network().ip))
            .number(libc::RTA_OIF, link.index);
        match address.ip {
            IpAddr::V4(_) => message.attribute(libc::RTA_PREFSRC, &octets(address.ip)),
            IpAddr::V6(_) => message.number(libc::RTA_PRIORITY, METRIC_OF_ADDRESSES),
        }
    };
    match socket.request(build) {
        Err(Refusal { errno: Errno::EXIST, .. }) => Ok(()),
        other => other.map_err(|refusal| refusal.failure(format!("route {} to {}", address.network(), link.name))),
    }
}

/// It may be gone already.
pub fn remove_default(socket: &Socket, link: &Link, gateway: IpAddr) -> Outcome<()> {
    match socket.request(|ack| message(RTM_DELROUTE, ack, link, gateway)) {
        Err(Refusal { errno: Errno::SRCH, .. }) => Ok(()),
        other => {
            other.map_err(|refusal| refusal.failure(format!("remove the default route via {gateway} on {}", link.name)))
        }
    }
}

/// The gateways of the default routes of the main table through this link.
pub fn default_gateways(socket: &Socket, link: &Link) -> Outcome<Vec<IpAddr>> {
    let through = through(socket, link)?.into_iter();
    Ok(through.filter(|route| route.destination.bits == 0).filter_map(|route| route.via).collect())
}

fn through(socket: &Socket, link: &Link) -> Outcome<Vec<Route>> {
    let all = all(socket).map_err(|refusal| refusal.failure(format!("list the routes of {}", link.name)))?;
    let is_its = |route: &Route| route.device == Some(link.index) && route.table == u32::from(MAIN);
    Ok(all.into_iter().filter(is_its).collect())
}
