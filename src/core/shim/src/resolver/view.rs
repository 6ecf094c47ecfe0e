//! What one container sees: a file, written by whoever knows the networks, and read again when it is another.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use serde::Deserialize;

use super::answer::Data;
use super::message::{A, AAAA, ANY, CLASS_ANY, CLASS_IN, PTR, Query, reverse_address};

const MAX_BYTES: u64 = 4 << 20;

#[derive(Debug, Deserialize)]
struct Written {
    version: u32,
    /// Are other names asked of others?
    forward: bool,
    /// Of whom; none: of the host's.
    #[serde(default)]
    servers: Vec<String>,
    members: Vec<WrittenMember>,
}

#[derive(Debug, Deserialize)]
struct WrittenMember {
    /// The first one is the answer to who asks for an address.
    names: Vec<String>,
    addresses: Vec<String>,
}

/// What is none is as if it weren't there.
fn addresses(texts: &[String]) -> Vec<IpAddr> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

#[derive(Default)]
pub struct Names {
    pub forward: bool,
    pub servers: Vec<IpAddr>,
    addresses: HashMap<String, Vec<IpAddr>>,
    names: HashMap<IpAddr, String>,
}

pub struct View {
    path: PathBuf,
    /// Inode, size and time of what was read.
    seen: (u64, u64, i64, i64),
    names: Names,
    turn: usize,
}

pub enum Found {
    /// A name, or an address, of a member.
    Records(Vec<Data>),
    /// To be asked elsewhere.
    Unknown,
}

impl View {
    pub fn new(path: &str) -> View {
        let mut view = View { path: path.into(), seen: (0, 0, 0, 0), names: Names::default(), turn: 0 };
        view.refresh();
        view
    }

    /// A file that is missing or can't be read changes nothing.
    pub fn refresh(&mut self) -> &Names {
        if let Ok(stat) = fs::metadata(&self.path) {
            let now = (stat.ino(), stat.size(), stat.mtime(), stat.mtime_nsec());
            if now != self.seen && stat.size() <= MAX_BYTES {
                self.seen = now;
                let read = fs::read(&self.path).ok().and_then(|text| Names::parse(&text));
                self.names = read.unwrap_or(std::mem::take(&mut self.names));
            }
        }
        &self.names
    }

    /// As last read.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Who shares a name has it in turns.
    pub fn look_up(&mut self, query: &Query) -> Found {
        self.turn = self.turn.wrapping_add(1);
        let turn = self.turn;
        self.refresh().look_up(query, turn)
    }
}

impl Names {
    pub fn parse(text: &[u8]) -> Option<Names> {
        let written: Written = serde_json::from_slice(text).ok().filter(|written: &Written| written.version == 1)?;
        let mut names = Names { forward: written.forward, servers: addresses(&written.servers), ..Names::default() };
        for member in written.members {
            let valid: Vec<String> =
                member.names.iter().filter(|name| is_valid(name)).map(|name| name.to_ascii_lowercase()).collect();
            for address in &addresses(&member.addresses) {
                if let Some(first) = valid.first() {
                    names.names.entry(*address).or_insert_with(|| first.clone());
                }
                for name in &valid {
                    let known = names.addresses.entry(name.clone()).or_default();
                    if !known.contains(address) {
                        known.push(*address);
                    }
                }
            }
        }
        Some(names)
    }

    pub fn look_up(&self, query: &Query, turn: usize) -> Found {
        let Some(name) = &query.name else { return Found::Unknown };
        if !matches!(query.class, CLASS_IN | CLASS_ANY) {
            return Found::Unknown;
        }
        if let Some(addresses) = self.addresses.get(name) {
            let mut all: Vec<IpAddr> = addresses.iter().filter(|one| is_asked(query.kind, one)).copied().collect();
            if !all.is_empty() {
                let count = all.len();
                all.rotate_left(turn % count);
            }
            return Found::Records(all.into_iter().map(Data::Address).collect());
        }
        match reverse_address(name).and_then(|address| self.names.get(&address)) {
            Some(name) if matches!(query.kind, PTR | ANY) => Found::Records(vec![Data::Name(name.clone())]),
            Some(_) => Found::Records(vec![]),
            None => Found::Unknown,
        }
    }
}

fn is_asked(kind: u16, address: &IpAddr) -> bool {
    match kind {
        A => address.is_ipv4(),
        AAAA => address.is_ipv6(),
        kind => kind == ANY,
    }
}

/// Something else can't be written on the wire.
fn is_valid(name: &str) -> bool {
    let is_label = |label: &str| (1..64).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_graphic());
    name.len() < 254 && name.split('.').all(is_label)
}
