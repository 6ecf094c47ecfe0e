//! A port of a bridge takes no frames in which a container pretends to be another one: only its own MAC, its own addresses in
//! IP, ARP and neighbour advertisements, and no routers' words. A classic BPF program at the port's ingress, by tc; it goes with
//! the link.

use std::collections::HashSet;
use std::sync::OnceLock;

use rustix::io::Errno;
use rustix::thread::UnshareFlags;

use super::guard_program::{Own, program};
use super::link::{self, Link};
use super::socket::{Refusal, Socket};
use super::wire::{CREATE, Message, REPLACE, attributes, text_of, u32_at};
use crate::failure::{Code, Failure, Outcome};

/// linux/rtnetlink.h, pkt_sched.h, pkt_cls.h
const NEW_DISCIPLINE: u16 = 36;
const GET_DISCIPLINE: u16 = 38;
const NEW_FILTER: u16 = 44;
const FIXED_BYTES: usize = 20;
const KIND: u16 = 1;
const OPTIONS: u16 = 2;
const CLSACT: &str = "clsact";
const CLSACT_HANDLE: u32 = 0xffff_0000;
const CLSACT_PARENT: u32 = 0xffff_fff1;
const INGRESS: u32 = 0xffff_fff2;
const PRIORITY: u32 = 1;
const BPF_COUNT: u16 = 4;
const BPF_PROGRAM: u16 = 5;
const BPF_NAME: u16 = 7;
const BPF_FLAGS: u16 = 8;
const ACTS_ITSELF: u32 = 1;

/// Also instead of an earlier one.
pub fn set(host: &Socket, port: &Link, own: &Own) -> Outcome<()> {
    let failed = |refusal: Refusal| {
        let hint = match refusal.errno {
            Errno::OPNOTSUPP | Errno::NOENT => "; the kernel lacks it: load the modules sch_ingress and cls_bpf",
            _ => "",
        };
        let mut failure = refusal.failure(format!("guard link {}", port.name));
        failure.message.push_str(hint);
        failure
    };
    let discipline = |ack| {
        Message::new(NEW_DISCIPLINE, ack | CREATE, &fixed(port.index, CLSACT_HANDLE, CLSACT_PARENT, 0))
            .text(KIND, CLSACT)
    };
    match host.request(discipline) {
        Err(Refusal { errno: Errno::EXIST, .. }) => {}
        other => other.map_err(failed)?,
    }
    let program = program(own);
    let bytes: Vec<u8> = program.iter().flat_map(|one| one.bytes()).collect();
    let all_protocols = u32::from(3u16.to_be());
    host.request(|ack| {
        let at = fixed(port.index, 1, INGRESS, PRIORITY << 16 | all_protocols);
        Message::new(NEW_FILTER, ack | CREATE | REPLACE, &at).text(KIND, "bpf").nest(OPTIONS, &[], |options| {
            let options = options.attribute(BPF_COUNT, &(program.len() as u16).to_ne_bytes());
            options.attribute(BPF_PROGRAM, &bytes).text(BPF_NAME, "reconcile-guard").number(BPF_FLAGS, ACTS_ITSELF)
        })
    })
    .map_err(failed)
}

/// The indices of all links that have a guard.
pub fn all(host: &Socket) -> Outcome<HashSet<u32>> {
    let read = |payload: &[u8]| {
        let (_, kind) = attributes(payload.get(FIXED_BYTES..)?).find(|(kind, _)| *kind == KIND)?;
        (text_of(kind) == CLSACT).then(|| u32_at(payload, 4)).flatten()
    };
    let found = host.dump(|flags| Message::new(GET_DISCIPLINE, flags, &fixed(0, 0, 0, 0)), read);
    Ok(found.map_err(|refusal| refusal.failure("list queueing disciplines"))?.into_iter().collect())
}

/// `tcmsg`
fn fixed(index: u32, handle: u32, parent: u32, info: u32) -> [u8; FIXED_BYTES] {
    let mut bytes = [0; FIXED_BYTES];
    for (at, value) in [(4, index), (8, handle), (12, parent), (16, info)] {
        bytes[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }
    bytes
}

/// Tried once, on the loopback of a network namespace of its own.
pub fn is_possible() -> bool {
    static TRIED: OnceLock<bool> = OnceLock::new();
    *TRIED.get_or_init(|| {
        let tried = std::thread::spawn(|| {
            // SAFETY: this thread alone goes into a new namespace, and ends.
            unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNET) }.ok()?;
            let host = Socket::open().ok()?;
            let loopback = link::named(&host, "lo").ok()??;
            set(&host, &loopback, &Own { mac: [0; 6], addresses: &[] }).ok()
        });
        matches!(tried.join(), Ok(Some(())))
    })
}

/// A kernel without it, as `set` says it.
pub fn is_missing(failure: &Failure) -> bool {
    let missing = [Errno::OPNOTSUPP, Errno::NOENT].map(Errno::raw_os_error);
    failure.code == Code::Network && failure.errno.is_some_and(|errno| missing.contains(&errno))
}
