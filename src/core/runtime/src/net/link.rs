//! Links: looked at, and changed one property at a time.

use libc::{RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK};
use rustix::io::Errno;
use serde::Serialize;

use super::address::mac_text;
use super::socket::{Refusal, Socket};
use super::wire::{Message, attributes, text_of, u32_at};
use crate::failure::Outcome;

pub const FIXED_BYTES: usize = 16;
const UP: u32 = libc::IFF_UP as u32;
/// linux/if_link.h, linux/rtnetlink.h
const SKIP_STATISTICS: u32 = 1 << 3;
const ADDRESS_OF_KERNEL: u16 = 8;
const NONE: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub index: u32,
    pub name: String,
    pub alias: Option<String>,
    pub kind: Option<String>,
    pub mac: Option<String>,
    pub mtu: u32,
    pub up: bool,
    /// The bridge whose port it is.
    pub master: Option<u32>,
    /// A veth's other end, as that end's namespace numbers it.
    pub peer: Option<u32>,
    /// Of a bridge's port: it sends out frames by which they came, too.
    pub hairpin: Option<bool>,
    /// None: this kernel has no IPv6.
    pub ipv6: Option<Ipv6>,
}

/// Switches of IPv6 on a link, as /proc/sys/net/ipv6/conf/<link> has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv6 {
    pub disabled: bool,
    pub accept_ra: u32,
}

/// `ifinfomsg`
pub fn fixed(index: u32, flags: u32, change: u32) -> [u8; FIXED_BYTES] {
    let mut bytes = [0; FIXED_BYTES];
    bytes[4..8].copy_from_slice(&index.to_ne_bytes());
    bytes[8..12].copy_from_slice(&flags.to_ne_bytes());
    bytes[12..16].copy_from_slice(&change.to_ne_bytes());
    bytes
}

pub fn all(socket: &Socket) -> Outcome<Vec<Link>> {
    let message =
        |flags| Message::new(RTM_GETLINK, flags, &fixed(0, 0, 0)).number(libc::IFLA_EXT_MASK, SKIP_STATISTICS);
    socket.dump(message, read).map_err(|refusal| refusal.failure("list links"))
}

pub fn named(socket: &Socket, name: &str) -> Outcome<Option<Link>> {
    let message = Message::new(RTM_GETLINK, 0, &fixed(0, 0, 0)).text(libc::IFLA_IFNAME, name);
    match socket.ask(message.number(libc::IFLA_EXT_MASK, SKIP_STATISTICS), read) {
        Err(Refusal { errno: Errno::NODEV, .. }) => Ok(None),
        other => other.map_err(|refusal| refusal.failure(format!("look at link {name}"))),
    }
}

fn read(payload: &[u8]) -> Option<Link> {
    let mut link = Link {
        index: u32_at(payload, 4)?,
        name: String::new(),
        alias: None,
        kind: None,
        mac: None,
        mtu: 0,
        up: u32_at(payload, 8)? & UP != 0,
        master: None,
        peer: None,
        hairpin: None,
        ipv6: None,
    };
    for (kind, value) in attributes(payload.get(FIXED_BYTES..)?) {
        match kind {
            libc::IFLA_IFNAME => link.name = text_of(value),
            libc::IFLA_IFALIAS => link.alias = Some(text_of(value)).filter(|text| !text.is_empty()),
            libc::IFLA_ADDRESS if value.len() == 6 => link.mac = Some(mac_text(value)),
            libc::IFLA_MTU => link.mtu = u32_at(value, 0)?,
            libc::IFLA_MASTER => link.master = u32_at(value, 0),
            libc::IFLA_LINK => link.peer = u32_at(value, 0),
            libc::IFLA_LINKINFO => {
                let named = attributes(value).find(|(kind, _)| *kind == libc::IFLA_INFO_KIND);
                link.kind = named.map(|(_, kind)| text_of(kind));
                link.hairpin = hairpin_of(value);
            }
            libc::IFLA_AF_SPEC => link.ipv6 = ipv6_of(value),
            _ => {}
        }
    }
    Some(link)
}

/// linux/if_link.h, linux/ipv6.h
const INET6_CONF: u16 = 2;
const ACCEPT_RA: usize = 3;
const DISABLE_IPV6: usize = 26;

fn ipv6_of(families: &[u8]) -> Option<Ipv6> {
    let (_, inet6) = attributes(families).find(|(family, _)| *family == libc::AF_INET6 as u16)?;
    let (_, switches) = attributes(inet6).find(|(kind, _)| *kind == INET6_CONF)?;
    let switch = |index: usize| u32_at(switches, 4 * index);
    Some(Ipv6 { disabled: switch(DISABLE_IPV6)? != 0, accept_ra: switch(ACCEPT_RA)? })
}

/// None: it is no port of a bridge.
fn hairpin_of(info: &[u8]) -> Option<bool> {
    let is_port = attributes(info).any(|(kind, value)| kind == PORT_KIND && text_of(value) == "bridge");
    let (_, data) = attributes(info).find(|(kind, _)| *kind == PORT_DATA && is_port)?;
    let (_, mode) = attributes(data).find(|(kind, _)| *kind == HAIRPIN)?;
    Some(mode.first() == Some(&1))
}

/// What of a link is changed; what is not named stays.
#[derive(Debug, Default, Clone, Copy)]
pub struct Change<'a> {
    pub name: Option<&'a str>,
    pub alias: Option<&'a str>,
    pub mac: Option<[u8; 6]>,
    pub mtu: Option<u32>,
    pub master: Option<u32>,
    pub up: Option<bool>,
    /// The kernel gives it no IPv6 address of its own.
    pub without_address: bool,
}

pub fn change(socket: &Socket, link: &Link, change: Change) -> Outcome<()> {
    let flags = change.up.map_or((0, 0), |up| (if up { UP } else { 0 }, UP));
    let build = |ack| {
        let mut message = Message::new(RTM_NEWLINK, ack, &fixed(link.index, flags.0, flags.1));
        if let Some(name) = change.name {
            message = message.text(libc::IFLA_IFNAME, name);
        }
        if let Some(alias) = change.alias {
            message = message.attribute(libc::IFLA_IFALIAS, alias.as_bytes());
        }
        if let Some(mac) = change.mac {
            message = message.attribute(libc::IFLA_ADDRESS, &mac);
        }
        for (kind, value) in [(libc::IFLA_MTU, change.mtu), (libc::IFLA_MASTER, change.master)] {
            if let Some(value) = value {
                message = message.number(kind, value);
            }
        }
        if change.without_address {
            message = message.nest(libc::IFLA_AF_SPEC, &[], |families| {
                families.nest(libc::AF_INET6 as u16, &[], |inet6| inet6.attribute(ADDRESS_OF_KERNEL, &[NONE]))
            });
        }
        message
    };
    socket.request(build).map_err(|refusal| refusal.failure(format!("change link {}", link.name)))
}

/// linux/if_link.h
const PORT_KIND: u16 = 4;
const PORT_DATA: u16 = 5;
const HAIRPIN: u16 = 4;

/// A bridge's port sends out frames by which they came, too: where bridged packets go through the rules (br_netfilter), a
/// container reaches itself by its own published port only so.
pub fn let_turn_back(socket: &Socket, port: &Link) -> Outcome<()> {
    let build = |ack| {
        Message::new(RTM_NEWLINK, ack, &fixed(port.index, 0, 0)).nest(libc::IFLA_LINKINFO, &[], |info| {
            let info = info.attribute(PORT_KIND, b"bridge");
            info.nest(PORT_DATA, &[], |data| data.attribute(HAIRPIN, &[1]))
        })
    };
    socket.request(build).map_err(|refusal| refusal.failure(format!("set hairpin mode of {}", port.name)))
}

/// One that is up may have to go down for it: kernels before 6.2.
pub fn rename(socket: &Socket, link: &Link, name: &str) -> Outcome<()> {
    let renaming = Change { name: Some(name), ..Change::default() };
    match change(socket, link, renaming) {
        Err(failure) if failure.errno == Some(Errno::BUSY.raw_os_error()) => {
            change(socket, link, Change { up: Some(false), ..Change::default() })?;
            change(socket, link, Change { up: Some(link.up), ..renaming })
        }
        other => other,
    }
}

/// It may be gone already, with its other end.
pub fn delete(socket: &Socket, link: &Link) -> Outcome<()> {
    match socket.request(|ack| Message::new(RTM_DELLINK, ack, &fixed(link.index, 0, 0))) {
        Err(Refusal { errno: Errno::NODEV, .. }) => Ok(()),
        other => other.map_err(|refusal| refusal.failure(format!("delete link {}", link.name))),
    }
}
