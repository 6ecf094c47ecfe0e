//! In a container's own namespace: who asks 127.0.0.11 at port 53 reaches another port there, and hears from port 53. So that
//! port stays free for the container's own programs. Written to nf_tables by netlink; port numbers are set in packets, without
//! a table of connections that many questions could fill.

use rustix::io::Errno;

use super::wire::{ACK, CREATE, EXCLUSIVE, Message, messages, u32_at};
use crate::failure::{Code, Failure, Outcome};
use crate::sys::netlink;

const TABLE: &str = "reconcile-resolver";
const NAME_PORT: u16 = 53;
pub const ADDRESS: [u8; 4] = [127, 0, 0, 11];

/// linux/netfilter/nfnetlink.h, nf_tables.h
const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const NEW_TABLE: u16 = SUBSYSTEM << 8;
const DELETE_TABLE: u16 = SUBSYSTEM << 8 | 2;
const NEW_CHAIN: u16 = SUBSYSTEM << 8 | 3;
const NEW_RULE: u16 = SUBSYSTEM << 8 | 6;
const APPEND: u16 = 0x800;
const NLMSG_ERROR: u16 = 2;
const REGISTER: u32 = 1;
const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;
const HOOK_LOCAL_OUT: u32 = 3;
const HOOK_POSTROUTING: u32 = 4;

struct Protocol {
    number: u8,
    checksum_offset: u32,
    port: u16,
}

/// Instead of the table that an earlier resolver left.
pub fn redirect(udp: u16, tcp: u16) -> Outcome<()> {
    let protocols = [
        Protocol { number: 17, checksum_offset: 6, port: udp },
        Protocol { number: 6, checksum_offset: 16, port: tcp },
    ];
    // Where a table was deleted, closing the socket waits for the kernel to be done with it: 5 to 13 ms of a start.
    let applied = match apply(&protocols, false) {
        Err(Errno::EXIST) => apply(&protocols, true),
        applied => applied,
    };
    applied.map_err(|errno| {
        Failure::sys(Code::Network, "nfnetlink", "lead port 53 of 127.0.0.11 to the resolver by nf_tables", errno)
    })
}

fn apply(protocols: &[Protocol], replaces: bool) -> Result<(), Errno> {
    let table = |kind, flags| message(kind, flags).text(1, TABLE);
    let mut all = vec![batch(BATCH_BEGIN)];
    if replaces {
        all.push(table(DELETE_TABLE, 0));
    }
    all.push(table(NEW_TABLE, CREATE | EXCLUSIVE));
    // Before connections are followed, and after: who follows them sees one port both ways.
    all.push(chain("to", HOOK_LOCAL_OUT, -300));
    all.push(chain("from", HOOK_POSTROUTING, 300));
    all.extend(protocols.iter().map(to_resolver));
    all.extend(protocols.iter().map(from_resolver));
    all.push(batch(BATCH_END));
    let socket = netlink::open(netlink::NETFILTER)?;
    let last = all.len() as u32 - 2;
    let bytes: Vec<u8> = (0..).zip(all).flat_map(|(sequence, message)| message.finish(sequence)).collect();
    netlink::send(&socket, &bytes)?;
    let mut buffer = [0; 8192];
    loop {
        let length = netlink::receive(&socket, &mut buffer, true)?;
        for received in messages(&buffer[..length]).filter(|received| received.kind == NLMSG_ERROR) {
            let code = u32_at(received.payload, 0).unwrap_or(0) as i32;
            match code {
                0 if received.sequence == last => return Ok(()),
                0 => {}
                code => return Err(Errno::from_raw_os_error(-code)),
            }
        }
    }
}

/// nfgenmsg: family, version, and a number that only a batch uses.
fn batch(kind: u16) -> Message {
    let [high, low] = SUBSYSTEM.to_be_bytes();
    Message::new(kind, 0, &[0, 0, high, low])
}

fn message(kind: u16, flags: u16) -> Message {
    Message::new(kind, flags, &[libc::AF_INET as u8, 0, 0, 0])
}

fn chain(name: &str, hook: u32, priority: i32) -> Message {
    message(NEW_CHAIN, CREATE)
        .text(1, TABLE)
        .text(3, name)
        .nest(4, &[], |of| of.attribute(1, &hook.to_be_bytes()).attribute(2, &priority.to_be_bytes()))
        .text(7, "filter")
}

fn to_resolver(protocol: &Protocol) -> Message {
    rule("to", |list| {
        let list = equals(list, NETWORK_HEADER, 16, &ADDRESS);
        let list = equals(list, NETWORK_HEADER, 9, &[protocol.number]);
        let list = equals(list, TRANSPORT_HEADER, 2, &NAME_PORT.to_be_bytes());
        set_port(list, 2, protocol.port, protocol.checksum_offset)
    })
}

fn from_resolver(protocol: &Protocol) -> Message {
    rule("from", |list| {
        let list = equals(list, NETWORK_HEADER, 12, &ADDRESS);
        let list = equals(list, NETWORK_HEADER, 9, &[protocol.number]);
        let list = equals(list, TRANSPORT_HEADER, 0, &protocol.port.to_be_bytes());
        set_port(list, 0, NAME_PORT, protocol.checksum_offset)
    })
}

/// All wait for an answer: the last one's says that all were taken.
fn rule(chain: &str, fill: impl FnOnce(Message) -> Message) -> Message {
    message(NEW_RULE, CREATE | APPEND | ACK).text(1, TABLE).text(2, chain).nest(4, &[], fill)
}

fn expression(list: Message, name: &str, fill: impl FnOnce(Message) -> Message) -> Message {
    list.nest(1, &[], |one| one.text(1, name).nest(2, &[], fill))
}

fn equals(list: Message, header: u32, offset: u32, value: &[u8]) -> Message {
    let load = expression(list, "payload", |of| {
        big(big(big(big(of, 1, REGISTER), 2, header), 3, offset), 4, value.len() as u32)
    });
    expression(load, "cmp", |of| big(big(of, 1, REGISTER), 2, 0).nest(3, &[], |data| data.attribute(1, value)))
}

fn set_port(list: Message, offset: u32, port: u16, checksum_offset: u32) -> Message {
    let load = expression(list, "immediate", |of| {
        big(of, 1, REGISTER).nest(2, &[], |data| data.attribute(1, &port.to_be_bytes()))
    });
    expression(load, "payload", |of| {
        let of = big(big(big(of, 2, TRANSPORT_HEADER), 3, offset), 4, 2);
        big(big(big(big(of, 5, REGISTER), 6, 1), 7, checksum_offset), 8, 0)
    })
}

/// nf_tables' numbers are big-endian.
fn big(message: Message, kind: u16, value: u32) -> Message {
    message.attribute(kind, &value.to_be_bytes())
}
