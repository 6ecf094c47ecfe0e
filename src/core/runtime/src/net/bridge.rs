//! Bridges of the host, one a network.

use libc::RTM_NEWLINK;
use serde::{Deserialize, Serialize};

use super::link::{self, Change, Link};
use super::socket::Socket;
use super::wire::{CREATE, EXCLUSIVE, Message};
use super::{address, check_alias, check_name, foreign, route, sysctl};
use crate::failure::Outcome;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bridge {
    pub name: String,
    pub alias: String,
    #[serde(default)]
    pub mac: Option<String>,
    pub mtu: u32,
    pub addresses: Vec<String>,
    /// Packets from 127.0.0.0/8 may leave through it: for ports that are published there.
    #[serde(default)]
    pub route_localnet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Ipv4,
    Ipv6,
}

/// Makes it, or makes it so; gives the link as it is then.
pub fn ensure(host: &Socket, wanted: &Bridge) -> Outcome<Link> {
    check_name(&wanted.name)?;
    check_alias(&wanted.alias)?;
    let addresses = address::parse_all(&wanted.addresses)?;
    let mac = wanted.mac.as_deref().map(address::parse_mac).transpose()?;
    let found = match find(host, wanted)? {
        Some(link) => link,
        None => create(host, wanted, mac)?,
    };
    let (name, ipv6) = (&wanted.name, addresses.iter().any(|address| address.ip.is_ipv6()));
    sysctl::set_ipv6(name, ipv6)?;
    sysctl::set(&format!("ipv4/conf/{name}/route_localnet"), if wanted.route_localnet { "1" } else { "0" })?;
    let change = Change {
        alias: (found.alias.as_ref() != Some(&wanted.alias)).then_some(&wanted.alias),
        mtu: (found.mtu != wanted.mtu).then_some(wanted.mtu),
        mac: mac.filter(|mac| found.mac != Some(address::mac_text(mac))),
        up: (!found.up).then_some(true),
        ..Change::default()
    };
    link::change(host, &found, change)?;
    set_addresses(host, &found, &addresses)?;
    route::ensure_connected(host, &found, &addresses)?;
    link::named(host, name)?.ok_or_else(|| foreign(name, None))
}

/// Ours by its alias, whatever it is called; without an alias it is one that was being made when its maker died.
fn find(host: &Socket, wanted: &Bridge) -> Outcome<Option<Link>> {
    let links = link::all(host)?;
    if let Some(ours) = links.iter().find(|link| link.alias.as_ref() == Some(&wanted.alias)) {
        if ours.name != wanted.name {
            link::rename(host, ours, &wanted.name)?;
        }
        return Ok(Some(Link { name: wanted.name.clone(), ..ours.clone() }));
    }
    let Some(other) = links.iter().find(|link| link.name == wanted.name) else { return Ok(None) };
    let is_begun = other.alias.is_none()
        && other.kind.as_deref() == Some("bridge")
        && !links.iter().any(|port| port.master == Some(other.index))
        && address::of(host, other)?.is_empty();
    if is_begun { Ok(Some(other.clone())) } else { Err(foreign(&wanted.name, other.alias.as_deref())) }
}

fn create(host: &Socket, wanted: &Bridge, mac: Option<[u8; 6]>) -> Outcome<Link> {
    let build = |ack| {
        let message = Message::new(RTM_NEWLINK, ack | CREATE | EXCLUSIVE, &link::fixed(0, 0, 0))
            .text(libc::IFLA_IFNAME, &wanted.name)
            .nest(libc::IFLA_LINKINFO, &[], |info| info.attribute(libc::IFLA_INFO_KIND, b"bridge"));
        mac.iter().fold(message, |message, mac| message.attribute(libc::IFLA_ADDRESS, mac))
    };
    host.request(build).map_err(|refusal| refusal.failure(format!("create bridge {}", wanted.name)))?;
    link::named(host, &wanted.name)?.ok_or_else(|| foreign(&wanted.name, None))
}

/// Exactly these.
fn set_addresses(host: &Socket, bridge: &Link, wanted: &[address::Prefixed]) -> Outcome<()> {
    let held = address::of(host, bridge)?;
    for other in held.iter().filter(|held| !wanted.contains(held)) {
        address::remove(host, bridge, *other)?;
    }
    // The loss of one may have taken others of its network along.
    let held = address::of(host, bridge)?;
    for missing in wanted.iter().filter(|wanted| !held.contains(wanted)) {
        address::add(host, bridge, *missing)?;
    }
    Ok(())
}

/// False: there was none. By its alias alone.
pub fn remove(host: &Socket, name: &str, alias: &str) -> Outcome<bool> {
    check_name(name)?;
    check_alias(alias)?;
    let ours = link::all(host)?.into_iter().find(|link| link.alias.as_deref() == Some(alias));
    ours.as_ref().map_or(Ok(()), |link| link::delete(host, link)).map(|()| ours.is_some())
}

/// Packets go from link to link, also from this bridge.
pub fn forward(bridge: &str, families: &[Family]) -> Outcome<()> {
    for family in families {
        let (all, version) = match family {
            Family::Ipv4 => ("ipv4/ip_forward", "ipv4"),
            Family::Ipv6 => ("ipv6/conf/all/forwarding", "ipv6"),
        };
        sysctl::set(all, "1")?;
        sysctl::set(&format!("{version}/conf/{bridge}/forwarding"), "1")?;
    }
    Ok(())
}
