//! Questions as they come from containers, which may be hostile (RFC 1035, RFC 6891): read strictly, to the last byte.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub const HEADER_BYTES: usize = 12;
/// Of a name on the wire.
const MAX_NAME_BYTES: usize = 255;
const MAX_POINTERS: u32 = 16;
/// Of the additional section: EDNS, and a signature.
const MAX_ADDITIONAL: u16 = 4;
const OPT: u16 = 41;

pub const FORMERR: u8 = 1;
pub const SERVFAIL: u8 = 2;
pub const NOTIMP: u8 = 4;
pub const REFUSED: u8 = 5;
pub const BADVERS: u8 = 16;

pub const CLASS_IN: u16 = 1;
pub const CLASS_ANY: u16 = 255;
pub const A: u16 = 1;
pub const PTR: u16 = 12;
pub const AAAA: u16 = 28;
pub const ANY: u16 = 255;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edns {
    pub size_bytes: u16,
    pub version: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub id: u16,
    pub recursion_desired: bool,
    /// Lower case, without the last dot; None: no host has such a name.
    pub name: Option<String>,
    pub kind: u16,
    pub class: u16,
    /// Where the question ends that begins after the header.
    pub question_end: usize,
    pub edns: Option<Edns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no question: an answer to it could be sent round and round.
    Silence,
    /// With the question's id.
    Refused { id: u16, opcode: u8, code: u8 },
}

pub fn u16_at(packet: &[u8], at: usize) -> Option<u16> {
    packet.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

pub fn read_query(packet: &[u8]) -> Result<Query, Fault> {
    let (Some(id), Some(flags)) = (u16_at(packet, 0), u16_at(packet, 2)) else { return Err(Fault::Silence) };
    if packet.len() < HEADER_BYTES || flags & 0x8000 != 0 {
        return Err(Fault::Silence);
    }
    let opcode = (flags >> 11 & 15) as u8;
    let refused = |code| Fault::Refused { id, opcode, code };
    if opcode != 0 {
        return Err(refused(NOTIMP));
    }
    parse(packet, id, flags).ok_or(refused(FORMERR))
}

fn parse(packet: &[u8], id: u16, flags: u16) -> Option<Query> {
    let [questions, answers, authorities, additional] = [4, 6, 8, 10].map(|at| u16_at(packet, at).unwrap_or(u16::MAX));
    if (questions, answers, authorities) != (1, 0, 0) || additional > MAX_ADDITIONAL {
        return None;
    }
    let (name, after_name) = question_name(packet)?;
    let (kind, class) = (u16_at(packet, after_name)?, u16_at(packet, after_name + 2)?);
    let question_end = after_name + 4;
    let (mut at, mut edns) = (question_end, None);
    for _ in 0..additional {
        let record = skip_name(packet, at)?;
        let kind = u16_at(packet, record)?;
        if kind == OPT {
            // One, of the root.
            if edns.is_some() || packet.get(at) != Some(&0) {
                return None;
            }
            edns = Some(Edns { size_bytes: u16_at(packet, record + 2)?, version: *packet.get(record + 5)? });
        }
        at = record + 10 + usize::from(u16_at(packet, record + 8)?);
    }
    (at == packet.len()).then_some(Query {
        id,
        recursion_desired: flags & 0x100 != 0,
        name,
        kind,
        class,
        question_end,
        edns,
    })
}

/// Nothing stands before it that it could point to. The outer None: it is malformed.
fn question_name(packet: &[u8]) -> Option<(Option<String>, usize)> {
    let (mut at, mut text, mut is_plain) = (HEADER_BYTES, String::new(), true);
    loop {
        let length = usize::from(*packet.get(at)?);
        if length == 0 {
            break;
        }
        let label = packet.get(at + 1..at + 1 + length).filter(|_| length < 64)?;
        at += 1 + length;
        if at + 1 - HEADER_BYTES > MAX_NAME_BYTES {
            return None;
        }
        is_plain &= label.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.');
        if is_plain {
            text.extend(text.chars().next().map(|_| '.'));
            text.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        }
    }
    Some((is_plain.then_some(text), at + 1))
}

/// Where a name ends; pointers lead backwards only, and few of them.
fn skip_name(packet: &[u8], begin: usize) -> Option<usize> {
    let (mut at, mut end, mut pointers, mut bytes) = (begin, None, 0, 0);
    loop {
        let length = usize::from(*packet.get(at)?);
        match length {
            0 => return end.or(Some(at + 1)),
            1..64 => {
                bytes += 1 + length;
                at += 1 + length;
            }
            192.. => {
                let target = usize::from(u16_at(packet, at)? & 0x3fff);
                pointers += 1;
                if target >= at || target < HEADER_BYTES || pointers > MAX_POINTERS {
                    return None;
                }
                end = end.or(Some(at + 2));
                at = target;
            }
            _ => return None,
        }
        if bytes >= MAX_NAME_BYTES {
            return None;
        }
    }
}

/// Is it what was asked of exactly this server? Letters may come back in another case.
pub fn answers(packet: &[u8], id: u16, question: &[u8]) -> bool {
    let is_answer = u16_at(packet, 2).is_some_and(|flags| flags & 0x8000 != 0);
    is_answer
        && u16_at(packet, 0) == Some(id)
        && u16_at(packet, 4) == Some(1)
        && packet.get(HEADER_BYTES..HEADER_BYTES + question.len()).is_some_and(|own| own.eq_ignore_ascii_case(question))
}

pub fn code_of(packet: &[u8]) -> u8 {
    packet.get(3).map_or(SERVFAIL, |byte| byte & 15)
}

pub fn set_id(packet: &mut [u8], id: u16) {
    if let Some(place) = packet.get_mut(..2) {
        place.copy_from_slice(&id.to_be_bytes());
    }
}

/// The address that a name below in-addr.arpa or ip6.arpa stands for.
pub fn reverse_address(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let parts: Vec<u8> = octets.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let [d, c, b, a] = parts[..] else { return None };
        return Some(Ipv4Addr::new(a, b, c, d).into());
    }
    let digits = name.strip_suffix(".ip6.arpa")?;
    let digit = |part: &str| if part.len() == 1 { u128::from_str_radix(part, 16).ok() } else { None };
    let digits: Vec<u128> = digits.split('.').map(digit).collect::<Option<_>>()?;
    let value = digits.iter().rev().fold(0, |value, digit| value << 4 | digit);
    (digits.len() == 32).then(|| Ipv6Addr::from(value).into())
}
