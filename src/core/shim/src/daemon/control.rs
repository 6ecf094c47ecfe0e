//! What other processes of ours ask: who is served, one more, and to hand everything to a successor.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rc_runtime::daemon::{Answer, Asked, Kind};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::start_ticks;
use rc_runtime::sys::packets;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{SocketFlags, accept_with};
use serde::Serialize;

use super::{Hearing, Work};

const MAX_CONNECTIONS: usize = 256;
const MAX_AT_ONCE: usize = 32;
/// Each of its packets waits so long at most.
const SUCCESSOR_PATIENCE: Duration = Duration::from_secs(2);

/// The same of one who asks; he is of ours.
const ASKER_PATIENCE: Duration = Duration::from_secs(1);
/// Beside that an answer has a few hundred bytes.
const MAX_PART_BYTES: usize = packets::MAX_BYTES - 4096;

/// After a handover nothing is left to do, and nothing to take away.
#[derive(PartialEq, Eq)]
pub enum Next {
    GoesOn,
    HandedOver,
    /// It isn't a token of ours.
    IsOthers,
}

pub struct Control {
    listener: OwnedFd,
    token: u64,
    connections: HashMap<u64, OwnedFd>,
}

impl Control {
    pub fn new(listener: OwnedFd, hearing: &mut Hearing) -> Outcome<Control> {
        let token = hearing.next_token();
        hearing.hear(&listener, token, EventFlags::IN)?;
        Ok(Control { listener, token, connections: HashMap::new() })
    }

    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    pub fn attend<W: Work>(&mut self, work: &mut W, token: u64) -> Next {
        if token == self.token {
            self.accept_all(work.hearing());
            return Next::GoesOn;
        }
        match self.connections.remove(&token) {
            Some(connection) => self.answer_one(work, token, connection),
            None => Next::IsOthers,
        }
    }

    fn accept_all(&mut self, hearing: &mut Hearing) {
        for _ in 0..MAX_AT_ONCE {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let Ok(connection) = accept_with(&self.listener, flags) else { return };
            let is_ours = socket_peercred(&connection).is_ok_and(|peer| peer.uid.is_root());
            let token = hearing.next_token();
            if is_ours
                && self.connections.len() < MAX_CONNECTIONS
                && hearing.hear(&connection, token, EventFlags::IN).is_ok()
            {
                self.connections.insert(token, connection);
            }
        }
    }

    fn answer_one<W: Work>(&mut self, work: &mut W, token: u64, connection: OwnedFd) -> Next {
        let packet = match packets::receive(&connection) {
            Err(Errno::AGAIN) => {
                self.connections.insert(token, connection);
                return Next::GoesOn;
            }
            Ok(Some(packet)) => packet,
            _ => return Next::GoesOn,
        };
        let asked = serde_json::from_slice::<Asked<<W::Kind as Kind>::Member>>(&packet.bytes)
            .map_err(|error| Failure::new(Code::Spec, format!("message to {}: {error}", W::Kind::NAME)));
        let outcome = match asked {
            Ok(Asked::HandOver) => {
                let given = hand_over(work, &connection);
                return if given.is_ok() { Next::HandedOver } else { Next::GoesOn };
            }
            Ok(Asked::Hello) => Ok(()),
            Ok(Asked::Serve { member }) => serve(work, member, packet.descriptors),
            Err(failure) => Err(failure),
        };
        if reply(work, &connection, outcome).is_ok() {
            self.connections.insert(token, connection);
        }
        Next::GoesOn
    }
}

fn serve<W: Work>(work: &mut W, member: <W::Kind as Kind>::Member, descriptors: Vec<OwnedFd>) -> Outcome<()> {
    let pidfd = descriptors.into_iter().next();
    work.serve(member, pidfd.ok_or_else(|| Failure::new(Code::Spec, "no process was handed over"))?)
}

/// What came and wasn't read yet is the successor's.
fn hand_over<W: Work>(work: &mut W, connection: &OwnedFd) -> Outcome<()> {
    let failed = |errno| Failure::sys(Code::Internal, "sendmsg", "hand over to a successor", errno);
    rustix::io::ioctl_fionbio(connection, false).map_err(failed)?;
    set_socket_timeout(connection, Timeout::Send, Some(SUCCESSOR_PATIENCE)).map_err(failed)?;
    work.hand_over(connection).map_err(failed)?;
    reply(work, connection, Ok(()))
}

/// In one packet, if that is large enough for all who are served.
fn reply<W: Work>(work: &W, connection: &OwnedFd, outcome: Outcome<()>) -> Outcome<()> {
    let failed = |errno| Failure::sys(Code::Internal, "sendmsg", "answer", errno);
    let pid = std::process::id() as i32;
    let mut answer = Answer {
        ok: outcome.is_ok(),
        version: W::Kind::VERSION,
        pid,
        start_ticks: start_ticks(pid).unwrap_or(0),
        served: vec![],
        error: outcome.err(),
        more: false,
    };
    let parts = in_parts(work.served());
    let count = parts.len();
    if count > 1 {
        // No more than some of them fit the socket's queue: who asked takes them one by one.
        rustix::io::ioctl_fionbio(connection, false).map_err(failed)?;
        set_socket_timeout(connection, Timeout::Send, Some(ASKER_PATIENCE)).map_err(failed)?;
    }
    for (index, part) in parts.into_iter().enumerate() {
        (answer.served, answer.more) = (part, index + 1 < count);
        packets::send(connection, &serde_json::to_vec(&answer).unwrap_or_default(), &[]).map_err(failed)?;
    }
    if count > 1 {
        rustix::io::ioctl_fionbio(connection, true).map_err(failed)?;
    }
    Ok(())
}

/// At least one.
fn in_parts<S: Serialize>(served: Vec<S>) -> Vec<Vec<S>> {
    let mut parts = vec![];
    let (mut part, mut part_bytes) = (vec![], 0);
    for one in served {
        let bytes = serde_json::to_vec(&one).map_or(0, |text| text.len() + 1);
        if part_bytes + bytes > MAX_PART_BYTES && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
            part_bytes = 0;
        }
        part_bytes += bytes;
        part.push(one);
    }
    parts.push(part);
    parts
}
