//! What other processes of ours ask: who is served, one more, and to hand everything to a successor.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::start_ticks;
use rc_runtime::resolver::{self, Answer, Asked, Member, Taken, VERSION};
use rc_runtime::sys::packets;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{SocketFlags, accept_with};

use super::member::{self, Served};
use super::service::{Service, Source};

const MAX_CONNECTIONS: usize = 256;
const MAX_AT_ONCE: usize = 32;
/// Each of its packets waits so long at most.
const SUCCESSOR_PATIENCE: Duration = Duration::from_secs(2);

/// After a handover nothing is left to do, and nothing to take away.
#[derive(PartialEq, Eq)]
pub enum Next {
    GoesOn,
    HandedOver,
}

pub fn accept_all(service: &mut Service, listener: &OwnedFd) {
    for _ in 0..MAX_AT_ONCE {
        let Ok(connection) = accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) else { return };
        let is_ours = socket_peercred(&connection).is_ok_and(|peer| peer.uid.is_root());
        let token = service.next_token();
        if is_ours && connections(service) < MAX_CONNECTIONS && service.hear(&connection, token, EventFlags::IN).is_ok()
        {
            service.sources.insert(token, Source::Control(connection));
        }
    }
}

pub fn connections(service: &Service) -> usize {
    service.sources.values().filter(|source| matches!(source, Source::Control(_))).count()
}

pub fn serve_one(service: &mut Service, token: u64) -> Next {
    let Some(Source::Control(connection)) = service.sources.remove(&token) else { return Next::GoesOn };
    let packet = match packets::receive(&connection) {
        Err(Errno::AGAIN) => {
            service.sources.insert(token, Source::Control(connection));
            return Next::GoesOn;
        }
        Ok(Some(packet)) => packet,
        _ => return Next::GoesOn,
    };
    let asked = serde_json::from_slice::<Asked>(&packet.bytes)
        .map_err(|error| Failure::new(Code::Spec, format!("message to the resolver: {error}")));
    let outcome = match asked {
        Ok(Asked::HandOver) => {
            let given = hand_over(service, &connection);
            return if given.is_ok() { Next::HandedOver } else { Next::GoesOn };
        }
        Ok(Asked::Hello) => Ok(()),
        Ok(Asked::Serve { member }) => serve(service, member, packet.descriptors),
        Err(failure) => Err(failure),
    };
    if reply(service, &connection, outcome).is_ok() {
        service.sources.insert(token, Source::Control(connection));
    }
    Next::GoesOn
}

fn serve(service: &mut Service, member: Member, descriptors: Vec<OwnedFd>) -> Outcome<()> {
    let pidfd = descriptors.into_iter().next();
    let pidfd = pidfd.ok_or_else(|| Failure::new(Code::Spec, "no process was handed over"))?;
    let known = service.members.iter_mut().find(|(_, served)| served.member.container_id == member.container_id);
    if let Some((token, served)) = known {
        if served.member == member {
            return served.lead_here_again();
        }
        let token = *token;
        service.dismiss(token);
    }
    let sockets = member::open(&pidfd)?;
    service.admit(Served::new(member, pidfd, sockets))
}

/// Questions that came and weren't read yet are the successor's; those on their way are asked again by who asked.
fn hand_over(service: &Service, connection: &OwnedFd) -> Outcome<()> {
    let failed = |errno| Failure::sys(Code::Internal, "sendmsg", "hand over to another resolver", errno);
    rustix::io::ioctl_fionbio(connection, false).map_err(failed)?;
    set_socket_timeout(connection, Timeout::Send, Some(SUCCESSOR_PATIENCE)).map_err(failed)?;
    for served in service.members.values() {
        let text = serde_json::to_vec(&Taken { member: served.member.clone() }).unwrap_or_default();
        let descriptors = [served.pidfd.as_fd(), served.sockets.udp.as_fd(), served.sockets.tcp.as_fd()];
        packets::send(connection, &text, &descriptors).map_err(failed)?;
    }
    reply(service, connection, Ok(()))
}

fn reply(service: &Service, connection: &OwnedFd, outcome: Outcome<()>) -> Outcome<()> {
    let pid = std::process::id() as i32;
    let served = service.members.values().map(|served| resolver::Served {
        container_id: served.member.container_id.clone(),
        pid: served.member.pid,
        start_ticks: served.member.start_ticks,
    });
    let answer = Answer {
        ok: outcome.is_ok(),
        version: VERSION,
        pid,
        start_ticks: start_ticks(pid).unwrap_or(0),
        served: served.collect(),
        error: outcome.err(),
    };
    packets::send(connection, &serde_json::to_vec(&answer).unwrap_or_default(), &[])
        .map_err(|errno| Failure::sys(Code::Internal, "sendmsg", "answer", errno))
}
