//! What the kernel tells to all who listen: something changed. What it is now, a dump says.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::wire::{attributes, messages, text_of};
use crate::failure::{Code, Failure, Outcome};
use crate::sys::netlink;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Links,
    Addresses,
    Routes,
    /// Whether packets go from link to link.
    Forwarding,
    /// nftables; not together with the others.
    Rules,
}

/// Of all tables; linux/netfilter/nfnetlink.h
const NFTABLES: u32 = 7;

impl Group {
    fn numbers(self) -> &'static [u32] {
        match self {
            Group::Links => &[libc::RTNLGRP_LINK],
            Group::Addresses => &[libc::RTNLGRP_IPV4_IFADDR, libc::RTNLGRP_IPV6_IFADDR],
            Group::Routes => &[libc::RTNLGRP_IPV4_ROUTE, libc::RTNLGRP_IPV6_ROUTE],
            Group::Forwarding => &[libc::RTNLGRP_IPV4_NETCONF, libc::RTNLGRP_IPV6_NETCONF],
            Group::Rules => &[NFTABLES],
        }
    }
}

/// In this thread's network namespace.
pub fn listen(groups: &[Group]) -> Outcome<OwnedFd> {
    let protocol = if groups.contains(&Group::Rules) { netlink::NETFILTER } else { netlink::ROUTE };
    let opened = || {
        let socket = netlink::open(protocol)?;
        netlink::bind(&socket)?;
        for number in groups.iter().flat_map(|group| group.numbers()) {
            netlink::join_group(&socket, *number)?;
        }
        Ok(socket)
    };
    opened().map_err(|errno| Failure::sys(Code::Network, "socket", "listen for changes of networks", errno))
}

const MAX_DATAGRAMS: u32 = 256;
/// The kernel's own for what it tells; a longer one counts as heard.
const BUFFER_BYTES: usize = 32 * 1024;
/// nfgenmsg; then, for all but the end of a change, the table's name as attribute 1.
const RULES_FIXED_BYTES: usize = 4;
const TABLE: u16 = 1;
const RULES_END: u16 = 15;

/// Reads what waits, not without end. True: something changed; with a name, in the nftables table of that name.
pub fn drain(socket: &OwnedFd, table: Option<&str>) -> bool {
    let mut buffer = [0; BUFFER_BYTES];
    let mut changed = false;
    for _ in 0..MAX_DATAGRAMS {
        match netlink::receive(socket, &mut buffer, false) {
            Ok(length) => changed |= table.is_none_or(|table| concerns(&buffer[..length], table)),
            // Some were lost. It is all the same which: whoever hears of a change looks at all that this socket tells of.
            Err(Errno::NOBUFS | Errno::MSGSIZE) => changed = true,
            Err(_) => break,
        }
    }
    changed
}

fn concerns(datagram: &[u8], table: &str) -> bool {
    messages(datagram).filter(|message| message.kind & 0xff != RULES_END).any(|message| {
        let mut inside = message.payload.get(RULES_FIXED_BYTES..).map(attributes).into_iter().flatten();
        inside.any(|(kind, value)| kind == TABLE && text_of(value) == table)
    })
}
