//! Our own answers as bytes.

use std::net::IpAddr;

use super::message::{A, AAAA, BADVERS, FORMERR, HEADER_BYTES, NOTIMP, PTR, Query, SERVFAIL};

/// Members come and go; programs that keep an answer shouldn't keep it long.
const SECONDS_TO_LIVE: u32 = 5;
/// What fits an Ethernet frame with every header that may come on the way.
const OWN_SIZE_BYTES: u16 = 1232;
const WITHOUT_EDNS_BYTES: u16 = 512;
const LARGEST_BYTES: u16 = 4096;
/// A pointer to the question's name.
const NAME: [u8; 2] = [0xc0, HEADER_BYTES as u8];

pub enum Data {
    Address(IpAddr),
    Name(String),
}

/// How large an answer the asker takes by UDP.
pub fn room_bytes(query: &Query) -> usize {
    let asked = query.edns.map_or(WITHOUT_EDNS_BYTES, |edns| edns.size_bytes);
    asked.clamp(WITHOUT_EDNS_BYTES, LARGEST_BYTES).into()
}

/// NOERROR, with or without records. One that has no room says so, and comes again by TCP.
pub fn with_records(packet: &[u8], query: &Query, records: &[Data], room_bytes: usize) -> Vec<u8> {
    let mut bytes = begin(packet, query, 0);
    for record in records {
        push(&mut bytes, record);
    }
    bytes[6..8].copy_from_slice(&(records.len() as u16).to_be_bytes());
    push_edns(&mut bytes, query, 0);
    if bytes.len() <= room_bytes {
        return bytes;
    }
    let mut bytes = begin(packet, query, 0);
    bytes[2] |= 2;
    push_edns(&mut bytes, query, 0);
    bytes
}

pub fn with_code(packet: &[u8], query: &Query, code: u8) -> Vec<u8> {
    let mut bytes = begin(packet, query, code);
    push_edns(&mut bytes, query, code);
    bytes
}

pub fn failure(packet: &[u8], query: &Query) -> Vec<u8> {
    with_code(packet, query, SERVFAIL)
}

pub fn bad_version(packet: &[u8], query: &Query) -> Vec<u8> {
    with_code(packet, query, BADVERS)
}

/// To what could not be read.
pub fn refusal(id: u16, opcode: u8, code: u8) -> Vec<u8> {
    debug_assert!(matches!(code, FORMERR | NOTIMP));
    let mut bytes = vec![0; HEADER_BYTES];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    bytes[2] = 0x80 | opcode << 3;
    bytes[3] = 0x80 | code;
    bytes
}

fn begin(packet: &[u8], query: &Query, code: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    bytes.extend_from_slice(&query.id.to_be_bytes());
    bytes.extend_from_slice(&[0x80 | u8::from(query.recursion_desired), 0x80 | code & 15, 0, 1, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&packet[HEADER_BYTES..query.question_end]);
    bytes
}

fn push(bytes: &mut Vec<u8>, record: &Data) {
    let (kind, data) = match record {
        Data::Address(IpAddr::V4(address)) => (A, address.octets().to_vec()),
        Data::Address(IpAddr::V6(address)) => (AAAA, address.octets().to_vec()),
        Data::Name(name) => (PTR, name_on_wire(name)),
    };
    bytes.extend_from_slice(&NAME);
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&[0, 1]);
    bytes.extend_from_slice(&SECONDS_TO_LIVE.to_be_bytes());
    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(&data);
}

/// Of a name that a view may hold.
fn name_on_wire(name: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

/// Who speaks it is answered in it.
fn push_edns(bytes: &mut Vec<u8>, query: &Query, code: u8) {
    if query.edns.is_none() {
        return;
    }
    let [high, low] = OWN_SIZE_BYTES.to_be_bytes();
    bytes.extend_from_slice(&[0, 0, 41, high, low, code >> 4, 0, 0, 0, 0, 0]);
    bytes[11] += 1;
}
