//! Who is served, and what comes.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rc_runtime::failure::Outcome;
use rc_runtime::resolver::{self, Member, Resolver, Taken};
use rc_runtime::sys::packets;
use rustix::event::epoll::EventFlags;

use super::member::{self, Served};
use super::service::{Service, Source};
use crate::daemon::{Hearing, Work};

impl Work for Service {
    type Kind = Resolver;

    fn hearing(&mut self) -> &mut Hearing {
        &mut self.hearing
    }

    fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    fn serve(&mut self, member: Member, pidfd: OwnedFd) -> Outcome<()> {
        let known = self.members.iter_mut().find(|(_, served)| served.member.container_id == member.container_id);
        if let Some((token, served)) = known {
            if served.member == member {
                return served.lead_here_again();
            }
            let token = *token;
            self.dismiss(token);
        }
        let sockets = member::open(&pidfd)?;
        self.admit(Served::new(member, pidfd, sockets))
    }

    fn served(&self) -> Vec<resolver::Served> {
        let served = self.members.values().map(|served| resolver::Served {
            container_id: served.member.container_id.clone(),
            pid: served.member.pid,
            start_ticks: served.member.start_ticks,
        });
        served.collect()
    }

    fn hand_over(&mut self, connection: &OwnedFd) -> rustix::io::Result<()> {
        for served in self.members.values() {
            let text = serde_json::to_vec(&Taken { member: served.member.clone() }).unwrap_or_default();
            let descriptors = [served.pidfd.as_fd(), served.sockets.udp.as_fd(), served.sockets.tcp.as_fd()];
            packets::send(connection, &text, &descriptors)?;
        }
        Ok(())
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    fn attend(&mut self, token: u64, flags: EventFlags) {
        match self.sources.get(&token) {
            Some(&Source::Process(member)) => self.dismiss(member),
            Some(&Source::Datagrams(member)) => self.datagrams(member),
            Some(&Source::Connections(member)) => self.connections(member),
            Some(Source::Stream(_)) => self.stream(token, flags),
            Some(Source::Forward(_)) => self.answered(token),
            None => {}
        }
    }

    fn expire(&mut self) {
        self.expire_all();
    }
}
