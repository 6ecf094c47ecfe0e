//! A veth pair: one end is a port of a bridge of the host, the other one a container's interface.

use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};

use libc::RTM_NEWLINK;
use rustix::io::Errno;

use super::address::{self, Prefixed};
use super::guard_program::Own;
use super::link::{self, Change, Link};
use super::namespace::{Inside, within};
use super::socket::{Refusal, Socket};
use super::wire::{CREATE, EXCLUSIVE, Message};
use super::{check_alias, check_name, foreign, guard, route, sysctl};
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::{Interface, Warning};

/// linux/veth.h
const PEER: u16 = 1;

/// What an interface is to have, read once.
pub struct Wanted<'a> {
    pub of: &'a Interface,
    pub mac: [u8; 6],
    pub addresses: Vec<Prefixed>,
    pub gateways: Vec<IpAddr>,
}

impl<'a> Wanted<'a> {
    pub fn read(of: &'a Interface) -> Outcome<Self> {
        [&of.name, &of.host_name, &of.bridge].into_iter().try_for_each(|name| check_name(name))?;
        check_alias(&of.alias)?;
        let gateways = of.gateways.iter().map(|gateway| address::parse_gateway(gateway));
        Ok(Wanted {
            of,
            mac: address::parse_mac(&of.mac)?,
            addresses: address::parse_all(&of.addresses)?,
            gateways: gateways.collect::<Outcome<_>>()?,
        })
    }

    pub fn has_ipv6(&self) -> bool {
        self.addresses.iter().any(|address| address.ip.is_ipv6())
    }
}

/// All interfaces of a container whose network namespace has none yet.
pub fn make_all(process: impl AsFd, interfaces: &[Interface]) -> Outcome<Vec<Warning>> {
    let wanted = interfaces.iter().map(Wanted::read).collect::<Outcome<Vec<_>>>()?;
    let host = Socket::open()?;
    within(process, |inside| wanted.iter().try_for_each(|wanted| make(&host, inside, wanted)))?;
    match guard_all(&host, &wanted) {
        Err(failure) if guard::is_missing(&failure) => {
            Ok(vec![Warning { field: "networks".into(), message: failure.message }])
        }
        other => other.map(|()| Vec::new()),
    }
}

/// Also where they are guarded already: their addresses may be others now.
pub fn guard_all(host: &Socket, all: &[Wanted]) -> Outcome<()> {
    let addresses: Vec<IpAddr> = all.iter().flat_map(|wanted| &wanted.addresses).map(|address| address.ip).collect();
    for wanted in all.iter().filter(|wanted| wanted.of.guarded) {
        if let Some(port) = link::named(host, &wanted.of.host_name)? {
            guard::set(host, &port, &Own { mac: wanted.mac, addresses: &addresses })?;
        }
    }
    Ok(())
}

/// A new pair; what a run before has left of the host's end is deleted.
pub fn make(host: &Socket, inside: &Inside, wanted: &Wanted) -> Outcome<()> {
    let name = &wanted.of.host_name;
    let bridge = bridge_of(host, wanted)?;
    match create(host, inside, wanted) {
        Err(refusal) if refusal.errno == Errno::EXIST => {
            delete_left(host, wanted)?;
            create(host, inside, wanted).map_err(|refusal| refused(wanted, refusal))?;
        }
        other => other.map_err(|refusal| refused(wanted, refusal))?,
    }
    let lost = || Failure::new(Code::Network, format!("link {name} was deleted while it was made")).at(name);
    let ours = link::named(host, name)?.ok_or_else(lost)?;
    // Before it is up: as a port of a bridge it needs no address.
    let named = Change { alias: Some(&wanted.of.alias), without_address: true, ..Change::default() };
    link::change(host, &ours, named)?;
    link::change(host, &ours, Change { master: Some(bridge.index), up: Some(true), ..Change::default() })?;
    link::let_turn_back(host, &ours)?;
    let end = link::named(&inside.socket, &wanted.of.name)?.ok_or_else(lost)?;
    set_up(&inside.socket, &end, wanted)
}

pub fn bridge_of(host: &Socket, wanted: &Wanted) -> Outcome<Link> {
    let (name, bridge) = (&wanted.of.name, &wanted.of.bridge);
    let found = link::named(host, bridge)?.filter(|link| link.kind.as_deref() == Some("bridge"));
    let why = || format!("connect {name}: the host has no bridge {bridge}; the network has to be made first");
    found.ok_or_else(|| Failure::new(Code::Network, why()).at(bridge))
}

fn create(host: &Socket, inside: &Inside, wanted: &Wanted) -> Result<(), Refusal> {
    let Interface { name, host_name, mtu, .. } = wanted.of;
    let namespace = inside.descriptor.as_raw_fd() as u32;
    let peer = |message: Message| {
        message
            .text(libc::IFLA_IFNAME, name)
            .number(libc::IFLA_MTU, *mtu)
            .attribute(libc::IFLA_ADDRESS, &wanted.mac)
            .number(libc::IFLA_NET_NS_FD, namespace)
    };
    host.request(|ack| {
        Message::new(RTM_NEWLINK, ack | CREATE | EXCLUSIVE, &link::fixed(0, 0, 0))
            .text(libc::IFLA_IFNAME, host_name)
            .number(libc::IFLA_MTU, *mtu)
            .nest(libc::IFLA_LINKINFO, &[], |info| {
                info.attribute(libc::IFLA_INFO_KIND, b"veth")
                    .nest(libc::IFLA_INFO_DATA, &[], |data| data.nest(PEER, &link::fixed(0, 0, 0), peer))
            })
    })
}

fn refused(wanted: &Wanted, refusal: Refusal) -> Failure {
    let Interface { name, host_name, .. } = wanted.of;
    let hint = match refusal.errno {
        Errno::OPNOTSUPP => "; the kernel has no veth: load the module veth",
        Errno::EXIST => "; a link of that name is there already, on the host or in the container",
        _ => "",
    };
    let mut failure = refusal.failure(format!("create the pair {host_name} and {name}"));
    failure.message.push_str(hint);
    failure.at(host_name)
}

/// Its other end's namespace may be one that the kernel has not taken down yet. Only what is ours.
pub fn delete_left(host: &Socket, wanted: &Wanted) -> Outcome<()> {
    let Interface { host_name, alias, .. } = wanted.of;
    match link::named(host, host_name)? {
        Some(left) if left.alias.as_ref() == Some(alias) => link::delete(host, &left),
        Some(other) => Err(foreign(host_name, other.alias.as_deref())),
        None => Ok(()),
    }
}

/// The container's end, which has nothing yet.
fn set_up(inside: &Socket, end: &Link, wanted: &Wanted) -> Outcome<()> {
    sysctl::set_ipv6(&wanted.of.name, wanted.has_ipv6())?;
    wanted.addresses.iter().try_for_each(|address| address::add(inside, end, *address))?;
    link::change(inside, end, Change { up: Some(true), ..Change::default() })?;
    wanted.gateways.iter().try_for_each(|gateway| route::set_default(inside, end, *gateway))
}

/// Nothing of these is left on the host; what can't be deleted goes with the container's namespace.
pub fn remove_all(interfaces: &[Interface]) {
    let Ok(host) = Socket::open() else { return };
    for wanted in interfaces.iter().filter_map(|interface| Wanted::read(interface).ok()) {
        let _ = delete_left(&host, &wanted);
    }
}
