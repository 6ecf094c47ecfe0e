//! What a network namespace has, for who compares.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::link::Ipv6;
use super::socket::Socket;
use super::{address, guard, link, route};
use crate::failure::Outcome;

/// A container may make as many links, addresses and routes as its memory holds; of each, this many are looked at.
const MAX_OF_EACH: usize = 4096;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    pub links: Vec<ShownLink>,
    pub routes: Vec<ShownRoute>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownLink {
    pub index: u32,
    pub name: String,
    pub alias: Option<String>,
    pub kind: Option<String>,
    pub mac: Option<String>,
    pub mtu: u32,
    pub up: bool,
    pub master: Option<String>,
    /// A veth's other end, as that end's namespace numbers it.
    pub peer: Option<u32>,
    /// Of a bridge's port: it sends out frames by which they came, too.
    pub hairpin: Option<bool>,
    pub ipv6: Option<Ipv6>,
    /// Of a bridge's port: what comes by it must say its own addresses. None: also where this kernel can't.
    pub guarded: Option<bool>,
    /// With prefix lengths; without those that the kernel gives itself (fe80::).
    pub addresses: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownRoute {
    pub destination: String,
    pub via: Option<String>,
    pub device: Option<String>,
    pub table: u32,
}

pub fn read(socket: &Socket) -> Outcome<Network> {
    let links = link::all(socket)?;
    let names: HashMap<u32, String> = links.iter().map(|link| (link.index, link.name.clone())).collect();
    let name = |index: Option<u32>| index.and_then(|index| names.get(&index).cloned());
    let mut addresses: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let held = address::all(socket).map_err(|refusal| refusal.failure("list addresses"))?;
    for (index, address) in held.into_iter().take(MAX_OF_EACH) {
        addresses.entry(index).or_default().push(address.to_string());
    }
    let guarded = guard::all(socket)?;
    let routes = route::all(socket).map_err(|refusal| refusal.failure("list routes"))?;
    let routes = routes.into_iter().take(MAX_OF_EACH).map(|route| ShownRoute {
        destination: route.destination.to_string(),
        via: route.via.map(|via| via.to_string()),
        device: name(route.device),
        table: route.table,
    });
    let routes = routes.collect();
    let shown = links.into_iter().take(MAX_OF_EACH).map(|link| ShownLink {
        addresses: addresses.remove(&link.index).unwrap_or_default(),
        master: name(link.master),
        index: link.index,
        name: link.name,
        alias: link.alias,
        kind: link.kind,
        mac: link.mac,
        mtu: link.mtu,
        up: link.up,
        peer: link.peer,
        hairpin: link.hairpin,
        ipv6: link.ipv6,
        guarded: link.hairpin.map(|_| guarded.contains(&link.index)),
    });
    let mut links: Vec<ShownLink> = shown.collect();
    let is_ours = |link: &ShownLink| link.alias.as_ref().is_some_and(|alias| alias.starts_with("reconcile:"));
    if links.iter().any(|link| link.guarded == Some(false) && is_ours(link)) && !guard::is_possible() {
        links.iter_mut().for_each(|link| link.guarded = None);
    }
    Ok(Network { links, routes })
}
