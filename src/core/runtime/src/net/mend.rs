//! The interfaces of a running container, made so again: what is right is not touched.

use std::os::fd::AsFd;

use super::address::{self, Prefixed};
use super::link::{self, Change, Link};
use super::namespace::{Inside, within};
use super::pair::{Wanted, bridge_of, guard_all, make};
use super::socket::Socket;
use super::{foreign, guard, route, sysctl};
use crate::failure::Outcome;
use crate::protocol::Interface;

pub fn mend_all(process: impl AsFd, interfaces: &[Interface]) -> Outcome<()> {
    let wanted = interfaces.iter().map(Wanted::read).collect::<Outcome<Vec<_>>>()?;
    let host = Socket::open()?;
    within(process, |inside| wanted.iter().try_for_each(|wanted| mend(&host, inside, wanted)))?;
    match guard_all(&host, &wanted) {
        Err(failure) if guard::is_missing(&failure) => Ok(()),
        other => other,
    }
}

fn mend(host: &Socket, inside: &Inside, wanted: &Wanted) -> Outcome<()> {
    let ours = find_host_end(host, wanted)?;
    let pair = match ours {
        Some(ours) => find_pair(host, inside, wanted, ours)?,
        None => None,
    };
    let Some((ours, end)) = pair else {
        // Ours went with its other end: what has its name now is the container's own.
        if let Some(other) = link::named(&inside.socket, &wanted.of.name)? {
            return Err(foreign(&wanted.of.name, other.alias.as_deref()));
        }
        return make(host, inside, wanted);
    };
    mend_host_end(host, &ours, wanted)?;
    mend_end(&inside.socket, &end, wanted)
}

/// By its alias, whatever it is called; without one by its name, if it is a veth.
fn find_host_end(host: &Socket, wanted: &Wanted) -> Outcome<Option<Link>> {
    let Interface { host_name, alias, .. } = wanted.of;
    let links = link::all(host)?;
    let ours = links.iter().find(|link| link.alias.as_ref() == Some(alias));
    let named = links.iter().find(|link| link.name == *host_name);
    match (ours, named) {
        (Some(ours), _) => Ok(Some(ours.clone())),
        (None, Some(named)) if named.alias.is_none() && named.kind.as_deref() == Some("veth") => {
            Ok(Some(named.clone()))
        }
        (None, Some(other)) => Err(foreign(host_name, other.alias.as_deref())),
        (None, None) => Ok(None),
    }
}

/// Two ends that name each other. One that has lost its other end to another namespace is deleted, if it is ours.
fn find_pair(host: &Socket, inside: &Inside, wanted: &Wanted, ours: Link) -> Outcome<Option<(Link, Link)>> {
    let is_peer = |end: &Link| end.peer == Some(ours.index) && ours.peer == Some(end.index);
    let ends = link::all(&inside.socket)?;
    if let Some(end) = ends.into_iter().find(|end| end.kind.as_deref() == Some("veth") && is_peer(end)) {
        return Ok(Some((ours, end)));
    }
    if ours.alias.as_ref() != Some(&wanted.of.alias) {
        return Err(foreign(&ours.name, None));
    }
    link::delete(host, &ours).map(|()| None)
}

fn mend_host_end(host: &Socket, ours: &Link, wanted: &Wanted) -> Outcome<()> {
    let Interface { host_name, alias, mtu, .. } = wanted.of;
    if ours.name != *host_name {
        link::rename(host, ours, host_name)?;
    }
    let bridge = bridge_of(host, wanted)?;
    let change = Change {
        alias: (ours.alias.as_ref() != Some(alias)).then_some(alias),
        mtu: (ours.mtu != *mtu).then_some(*mtu),
        master: (ours.master != Some(bridge.index)).then_some(bridge.index),
        up: (!ours.up).then_some(true),
        ..Change::default()
    };
    apply(host, ours, change)?;
    // A port that leaves its bridge loses it.
    let turns_back = ours.hairpin == Some(true) && change.master.is_none();
    if turns_back { Ok(()) } else { link::let_turn_back(host, ours) }
}

fn apply(socket: &Socket, link: &Link, change: Change) -> Outcome<()> {
    let Change { alias, mtu, master, up, mac, .. } = &change;
    let is_same = alias.is_none() && mtu.is_none() && master.is_none() && up.is_none() && mac.is_none();
    if is_same { Ok(()) } else { link::change(socket, link, change) }
}

fn mend_end(inside: &Socket, end: &Link, wanted: &Wanted) -> Outcome<()> {
    let Interface { name, mtu, mac, .. } = wanted.of;
    if end.name != *name {
        link::rename(inside, end, name)?;
    }
    sysctl::set_ipv6(name, wanted.has_ipv6())?;
    let change = Change {
        mtu: (end.mtu != *mtu).then_some(*mtu),
        mac: end.mac.as_ref().is_none_or(|held| !held.eq_ignore_ascii_case(mac)).then_some(wanted.mac),
        up: (!end.up).then_some(true),
        ..Change::default()
    };
    apply(inside, end, change)?;
    mend_addresses(inside, end, &wanted.addresses)?;
    route::ensure_connected(inside, end, &wanted.addresses)?;
    mend_routes(inside, end, wanted)
}

/// Those that the container has given itself in other networks are its own.
fn mend_addresses(inside: &Socket, end: &Link, wanted: &[Prefixed]) -> Outcome<()> {
    let is_wrong = |held: &Prefixed| {
        let stands_in = |wanted: &Prefixed| wanted.same_network(held) || wanted.ip == held.ip;
        !wanted.contains(held) && wanted.iter().any(stands_in)
    };
    for wrong in address::of(inside, end)?.iter().filter(|held| is_wrong(held)) {
        address::remove(inside, end, *wrong)?;
    }
    // The loss of one may have taken others of its network along.
    let held = address::of(inside, end)?;
    wanted.iter().filter(|wanted| !held.contains(wanted)).try_for_each(|missing| address::add(inside, end, *missing))
}

fn mend_routes(inside: &Socket, end: &Link, wanted: &Wanted) -> Outcome<()> {
    let held = route::default_gateways(inside, end)?;
    for missing in wanted.gateways.iter().filter(|gateway| !held.contains(gateway)) {
        route::set_default(inside, end, *missing)?;
    }
    let held = route::default_gateways(inside, end)?;
    let wrong = held.iter().filter(|gateway| !wanted.gateways.contains(gateway));
    wrong.into_iter().try_for_each(|gateway| route::remove_default(inside, end, *gateway))
}
