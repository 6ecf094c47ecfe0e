//! Requests to the kernel and its answers.

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::wire::{ACK, DUMP, Message, Received, attributes, messages, text_of, u32_at};
use crate::failure::{Code, Failure, Outcome};
use crate::sys::netlink;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const DUMP_INTERRUPTED: u16 = 0x10;
const SAID: u16 = 1;
/// The kernel makes no longer datagrams for a dump than it was given room for, and this much at most.
const BUFFER_BYTES: usize = 64 * 1024;
/// A dump during which something changed may lack or repeat entries, and says so: netlink(7) asks for it again.
const MAX_DUMPS: u32 = 16;

/// Requests concern the network namespace in which it was opened.
pub struct Socket {
    fd: OwnedFd,
    sequence: Cell<u32>,
    buffer: RefCell<Vec<u8>>,
}

/// The kernel's no, with its words if it had any.
#[derive(Debug)]
pub struct Refusal {
    pub errno: Errno,
    said: String,
}

impl Refusal {
    pub fn failure(self, what: impl AsRef<str>) -> Failure {
        let mut failure = Failure::sys(Code::Network, "rtnetlink", what, self.errno);
        if !self.said.is_empty() {
            failure.message = format!("{}: {}", failure.message, self.said);
        }
        failure
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Refusal { errno, said: String::new() }
    }
}

impl Socket {
    pub fn open() -> Outcome<Self> {
        let opened = || {
            let fd = netlink::open(netlink::ROUTE)?;
            netlink::explain_refusals(&fd)?;
            Ok(fd)
        };
        let failed = |errno| Failure::sys(Code::Network, "socket", "open a netlink socket", errno);
        let fd = opened().map_err(failed)?;
        Ok(Socket { fd, sequence: Cell::new(0), buffer: RefCell::new(vec![0; BUFFER_BYTES]) })
    }

    /// Carried out, or refused, when this returns.
    pub fn request(&self, message: impl FnOnce(u16) -> Message) -> Result<(), Refusal> {
        self.exchange(message(ACK), &mut |_| {}).map(drop)
    }

    /// The one message that answers.
    pub fn ask<T>(&self, message: Message, read: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, Refusal> {
        let mut found = None;
        self.exchange(message, &mut |received| found = read(received.payload))?;
        Ok(found)
    }

    /// All of a kind; `read` leaves out what it isn't interested in.
    pub fn dump<T>(
        &self,
        message: impl Fn(u16) -> Message,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, Refusal> {
        let mut all = Vec::new();
        for _ in 0..MAX_DUMPS {
            all.clear();
            let whole = self.exchange(message(DUMP), &mut |received| all.extend(read(received.payload)))?;
            if whole {
                break;
            }
        }
        Ok(all)
    }

    /// False: something changed meanwhile.
    fn exchange(&self, message: Message, take: &mut dyn FnMut(Received)) -> Result<bool, Refusal> {
        self.sequence.set(self.sequence.get().wrapping_add(1));
        let sequence = self.sequence.get();
        let bytes = message.finish(sequence);
        let is_list = u32_at(&bytes, 4).is_some_and(|word| (word >> 16) as u16 & DUMP == DUMP);
        let has_ack = u32_at(&bytes, 4).is_some_and(|word| (word >> 16) as u16 & ACK == ACK);
        netlink::send(&self.fd, &bytes)?;
        let mut buffer = self.buffer.borrow_mut();
        let mut whole = true;
        loop {
            let length = netlink::receive(&self.fd, &mut buffer, true)?;
            for received in messages(&buffer[..length]).filter(|received| received.sequence == sequence) {
                whole &= received.flags & DUMP_INTERRUPTED == 0;
                match received.kind {
                    NLMSG_ERROR | NLMSG_DONE => return answer(received).map(|()| whole),
                    _ => take(received),
                }
                if !is_list && !has_ack {
                    return Ok(whole);
                }
            }
        }
    }
}

fn answer(received: Received) -> Result<(), Refusal> {
    let code = u32_at(received.payload, 0).unwrap_or(0) as i32;
    if code == 0 {
        return Ok(());
    }
    // nlmsgerr: the number, and the header of the request.
    let said = received.payload.get(20..).map(attributes).into_iter().flatten();
    let said = said.filter(|(kind, _)| *kind == SAID).map(|(_, text)| text_of(text)).next();
    Err(Refusal { errno: Errno::from_raw_os_error(-code), said: said.unwrap_or_default().to_lowercase() })
}
