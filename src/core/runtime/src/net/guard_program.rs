//! Which frames a guarded port takes, as a classic BPF program: 0 lets one pass, 2 drops it (TC_ACT_OK, TC_ACT_SHOT).

use std::net::{IpAddr, Ipv6Addr};

/// What frames of one port may say.
pub struct Own<'a> {
    pub mac: [u8; 6],
    /// Of all interfaces of the container: an answer may leave by another one.
    pub addresses: &'a [IpAddr],
}

/// `sock_filter`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    pub code: u16,
    pub when_true: u8,
    pub when_false: u8,
    pub value: u32,
}

impl Instruction {
    pub fn bytes(self) -> [u8; 8] {
        let ([a, b], [e, f, g, h]) = (self.code.to_ne_bytes(), self.value.to_ne_bytes());
        [a, b, self.when_true, self.when_false, e, f, g, h]
    }
}

const fn plain(code: u16, value: u32) -> Instruction {
    Instruction { code, when_true: 0, when_false: 0, value }
}
const fn word(at: u32) -> Instruction {
    plain(0x20, at)
}
const fn half(at: u32) -> Instruction {
    plain(0x28, at)
}
const fn byte(at: u32) -> Instruction {
    plain(0x30, at)
}
/// The next one where it is equal, else the one behind that many more.
const fn unless_skip(value: u32, others: u8) -> Instruction {
    Instruction { code: 0x15, when_true: 0, when_false: others, value }
}
const fn jump(over: u32) -> Instruction {
    plain(0x05, over)
}
const PASS: Instruction = plain(0x06, 0);
const DROP: Instruction = plain(0x06, 2);

/// linux/if_ether.h, linux/icmpv6.h; offsets are from the frame's first byte.
const IPV4: u32 = 0x0800;
const ARP: u32 = 0x0806;
const IPV6: u32 = 0x86dd;
const ICMPV6: u32 = 58;
const ROUTER_ADVERTISEMENT: u32 = 134;
const NEIGHBOUR_ADVERTISEMENT: u32 = 136;
const REDIRECT: u32 = 137;

pub fn program(own: &Own) -> Vec<Instruction> {
    let v4: Vec<u32> =
        own.addresses.iter().filter_map(|ip| if let IpAddr::V4(ip) = ip { Some((*ip).into()) } else { None }).collect();
    let v6: Vec<Ipv6Addr> =
        own.addresses.iter().filter_map(|ip| if let IpAddr::V6(ip) = ip { Some(*ip) } else { None }).collect();
    let mut all = is_mac(6, own.mac);
    all.push(half(12));
    all.extend(of_kind(ARP, arp(own.mac, &v4)));
    all.extend(of_kind(IPV4, [vec![word(26)], v4.iter().flat_map(|ip| pass_if(*ip)).collect(), vec![DROP]].concat()));
    if !v6.is_empty() {
        all.extend(of_kind(IPV6, ipv6(&v6)));
    }
    all.push(DROP);
    all
}

/// The kind of frame that was loaded; the block ends by itself.
fn of_kind(kind: u32, block: Vec<Instruction>) -> Vec<Instruction> {
    [vec![unless_skip(kind, 1), jump(1), jump(block.len() as u32)], block].concat()
}

fn pass_if(value: u32) -> [Instruction; 2] {
    [unless_skip(value, 1), PASS]
}

fn is_mac(at: u32, mac: [u8; 6]) -> Vec<Instruction> {
    let [a, b, c, d, e, f] = mac;
    let (high, low) = (u32::from_be_bytes([a, b, c, d]), u32::from(u16::from_be_bytes([e, f])));
    vec![word(at), unless_skip(high, 1), jump(1), DROP, half(at + 4), unless_skip(low, 1), jump(1), DROP]
}

/// Who asks whether an address is free says that it has none yet.
fn arp(mac: [u8; 6], own: &[u32]) -> Vec<Instruction> {
    let mut all = is_mac(22, mac);
    all.push(word(28));
    all.extend(pass_if(0));
    all.extend(own.iter().flat_map(|ip| pass_if(*ip)));
    all.push(DROP);
    all
}

/// Sources: its own, those of its link, and none (while it asks whether its own is free).
fn ipv6(own: &[Ipv6Addr]) -> Vec<Instruction> {
    let mut sources: Vec<Vec<Instruction>> =
        own.iter().chain([&Ipv6Addr::UNSPECIFIED]).map(|ip| is_address(22, *ip)).collect();
    sources.push(is_of_link(22));
    let mut all = Vec::new();
    let length: usize = sources.iter().map(|one| one.len() + 1).sum();
    for source in sources {
        all.extend(source);
        // behind the last of them, and what drops the others
        all.push(jump((length - all.len()) as u32));
    }
    all.push(DROP);
    all.extend(neighbours(own));
    all
}

/// What only routers say, and advertisements of others. Those are heeded with a hop limit of 255 alone, also behind headers of options.
fn neighbours(own: &[Ipv6Addr]) -> Vec<Instruction> {
    let mut advertised: Vec<Instruction> = own
        .iter()
        .map(|ip| is_address(62, *ip))
        .chain([is_of_link(62)])
        .flat_map(|block| [block, vec![PASS]].concat())
        .collect();
    advertised.push(DROP);
    let icmp = [
        vec![byte(54), unless_skip(ROUTER_ADVERTISEMENT, 1), DROP, unless_skip(REDIRECT, 1), DROP],
        vec![unless_skip(NEIGHBOUR_ADVERTISEMENT, 1), jump(1), PASS],
        advertised,
    ]
    .concat();
    let options =
        [0, 43, 60].into_iter().flat_map(|header| [unless_skip(header, 4), byte(21), unless_skip(255, 1), DROP, PASS]);
    [vec![byte(20)], of_kind(ICMPV6, icmp), options.collect(), vec![PASS]].concat()
}

/// Goes on behind itself and the one that follows, where it is another.
fn is_address(at: u32, ip: Ipv6Addr) -> Vec<Instruction> {
    let bytes = ip.octets();
    let words = bytes.chunks_exact(4).map(|one| u32::from_be_bytes([one[0], one[1], one[2], one[3]]));
    words.zip(0u32..).flat_map(|(value, i)| [word(at + 4 * i), unless_skip(value, (7 - 2 * i) as u8)]).collect()
}

/// fe80::/10
fn is_of_link(at: u32) -> Vec<Instruction> {
    vec![half(at), plain(0x54, 0xffc0), unless_skip(0xfe80, 1)]
}
