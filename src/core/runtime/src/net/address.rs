//! IP addresses of links, and their texts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use libc::{RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR};
use rustix::io::Errno;

use super::link::Link;
use super::socket::{Refusal, Socket};
use super::wire::{CREATE, EXCLUSIVE, Message, attributes, u32_at};
use crate::failure::{Code, Failure, Outcome};

const FIXED_BYTES: usize = 8;
/// linux/if_addr.h: used at once, without asking the link whether somebody has it.
const NODAD: u32 = 2;

/// `10.200.0.2/24`: an address, and how many of its bits are its network's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefixed {
    pub ip: IpAddr,
    pub bits: u8,
}

impl Prefixed {
    pub fn same_network(&self, other: &Prefixed) -> bool {
        self.bits == other.bits && self.ip.is_ipv4() == other.ip.is_ipv4() && self.network() == other.network()
    }

    /// Its network's first address.
    pub fn network(&self) -> Prefixed {
        let free = |width: u32| width - u32::from(self.bits).min(width);
        let ip = match self.ip {
            IpAddr::V4(ip) => {
                let kept = u32::MAX.checked_shl(free(32)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & kept))
            }
            IpAddr::V6(ip) => {
                let kept = u128::MAX.checked_shl(free(128)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & kept))
            }
        };
        Prefixed { ip, bits: self.bits }
    }
}

impl std::fmt::Display for Prefixed {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}/{}", self.ip, self.bits)
    }
}

pub fn parse(text: &str) -> Outcome<Prefixed> {
    let wrong = || Failure::new(Code::Spec, format!("{text:?} is no address with a prefix length, as 10.0.0.2/24"));
    let (ip, bits) = text.split_once('/').ok_or_else(wrong)?;
    let (ip, bits) = (IpAddr::from_str(ip).map_err(|_| wrong())?, u8::from_str(bits).map_err(|_| wrong())?);
    if bits <= if ip.is_ipv4() { 32 } else { 128 } { Ok(Prefixed { ip, bits }) } else { Err(wrong()) }
}

pub fn parse_all(texts: &[String]) -> Outcome<Vec<Prefixed>> {
    texts.iter().map(|text| parse(text)).collect()
}

pub fn parse_gateway(text: &str) -> Outcome<IpAddr> {
    IpAddr::from_str(text).map_err(|_| Failure::new(Code::Spec, format!("{text:?} is no IP address")))
}

pub fn parse_mac(text: &str) -> Outcome<[u8; 6]> {
    let wrong = || Failure::new(Code::Spec, format!("{text:?} is no MAC address, as 02:42:0a:c8:00:02"));
    let octets = text.split(':').map(|octet| match octet.len() {
        2 if !octet.starts_with('+') => u8::from_str_radix(octet, 16).ok(),
        _ => None,
    });
    let octets: Option<Vec<u8>> = octets.collect();
    octets.and_then(|octets| octets.try_into().ok()).ok_or_else(wrong)
}

pub fn mac_text(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":")
}

pub fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

pub fn ip_of(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(|octets| IpAddr::V4(Ipv4Addr::from(octets))),
        16 => <[u8; 16]>::try_from(octets).ok().map(|octets| IpAddr::V6(Ipv6Addr::from(octets))),
        _ => None,
    }
}

pub fn family(ip: IpAddr) -> u8 {
    (if ip.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 }) as u8
}

/// fe80::/10 is the kernel's own.
pub fn is_of_kernel(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.segments()[0] & 0xffc0 == 0xfe80)
}

/// Of all links, with the links' indices; without the kernel's own.
pub fn all(socket: &Socket) -> Result<Vec<(u32, Prefixed)>, Refusal> {
    socket.dump(|flags| Message::new(RTM_GETADDR, flags, &[0; FIXED_BYTES]), read)
}

pub fn of(socket: &Socket, link: &Link) -> Outcome<Vec<Prefixed>> {
    let all = all(socket).map_err(|refusal| refusal.failure(format!("list the addresses of {}", link.name)))?;
    Ok(all.into_iter().filter(|(index, _)| *index == link.index).map(|(_, address)| address).collect())
}

fn read(payload: &[u8]) -> Option<(u32, Prefixed)> {
    let (bits, index) = (*payload.get(1)?, u32_at(payload, 4)?);
    let mut found: [Option<IpAddr>; 2] = [None; 2];
    for (kind, value) in attributes(payload.get(FIXED_BYTES..)?) {
        match kind {
            libc::IFA_LOCAL => found[0] = ip_of(value),
            libc::IFA_ADDRESS => found[1] = ip_of(value),
            _ => {}
        }
    }
    // Of a point-to-point link the second one is the peer's.
    let ip = found[0].or(found[1]).filter(|ip| !is_of_kernel(*ip))?;
    Some((index, Prefixed { ip, bits }))
}

fn message(kind: u16, flags: u16, link: &Link, address: Prefixed) -> Message {
    let index = link.index.to_ne_bytes();
    let fixed = [family(address.ip), address.bits, 0, 0, index[0], index[1], index[2], index[3]];
    let octets = octets(address.ip);
    let message =
        Message::new(kind, flags, &fixed).attribute(libc::IFA_LOCAL, &octets).attribute(libc::IFA_ADDRESS, &octets);
    match address.ip {
        IpAddr::V4(ip) if address.bits < 31 => {
            let broadcast = ip.to_bits() | u32::MAX >> address.bits;
            message.attribute(libc::IFA_BROADCAST, &broadcast.to_be_bytes())
        }
        IpAddr::V4(_) => message,
        IpAddr::V6(_) => message.number(libc::IFA_FLAGS, NODAD),
    }
}

/// It may be there already.
pub fn add(socket: &Socket, link: &Link, address: Prefixed) -> Outcome<()> {
    match socket.request(|flags| message(RTM_NEWADDR, flags | CREATE | EXCLUSIVE, link, address)) {
        Err(Refusal { errno: Errno::EXIST, .. }) => Ok(()),
        other => other.map_err(|refusal| refusal.failure(format!("give {} the address {address}", link.name))),
    }
}

/// It may be gone already.
pub fn remove(socket: &Socket, link: &Link, address: Prefixed) -> Outcome<()> {
    match socket.request(|flags| message(RTM_DELADDR, flags, link, address)) {
        Err(Refusal { errno: Errno::ADDRNOTAVAIL, .. }) => Ok(()),
        other => other.map_err(|refusal| refusal.failure(format!("take the address {address} from {}", link.name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_with_a_prefix_length_that_fits() {
        for text in ["10.200.0.2/24", "0.0.0.0/0", "fd00::2/64", "::/128"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in ["10.200.0.2", "10.200.0.2/33", "10.200.0/24", "fd00::/129", "/24", "10.0.0.1/", "10.0.0.1/-1"] {
            assert_eq!(parse(text).unwrap_err().code, Code::Spec, "{text}");
        }
        for text in ["02:42:0a:c8:00", "02:42:0a:c8:00:0", "02:42:0a:c8:00:+2", "02:42:0a:c8:00:02:03", ""] {
            assert_eq!(parse_mac(text).unwrap_err().code, Code::Spec, "{text}");
        }
        assert_eq!(mac_text(&parse_mac("02:42:0a:c8:00:02").unwrap()), "02:42:0a:c8:00:02");
    }

    #[test]
    fn a_network_is_an_address_without_its_last_bits() {
        let same = |one: &str, other: &str| parse(one).unwrap().same_network(&parse(other).unwrap());
        assert!(same("10.200.0.2/24", "10.200.0.99/24"));
        assert!(same("fd00::2/64", "fd00::3/64"));
        assert!(same("0.0.0.0/0", "10.0.0.1/0"));
        assert!(!same("10.200.0.2/24", "10.200.1.2/24"));
        assert!(!same("10.200.0.2/24", "10.200.0.2/32"));
        assert!(!same("10.200.0.2/32", "10.200.0.3/32"));
    }
}
