//! Questions of all members, and answers of name servers.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Instant;

use rc_runtime::failure::Outcome;
use rustix::event::epoll::EventFlags;

use super::answer;
use super::forward::{Asker, Came, Chance, Forward};
use super::member::Served;
use super::message::{self, Fault, read_query};
use super::stream::{MAX_QUESTION_BYTES, Stream};
use super::upstreams::Upstreams;
use super::view::Found;
use crate::daemon::Hearing;

/// Of one member, so that one that floods takes nothing from the others.
const MAX_IN_FLIGHT: usize = 256;
/// Before the others have their turn.
pub const MAX_AT_ONCE: usize = 32;
const LARGEST_BY_TCP: usize = u16::MAX as usize;

pub enum Source {
    Process(u64),
    Datagrams(u64),
    Connections(u64),
    Stream(Stream),
    Forward(Box<Forward>),
}

pub struct Service {
    pub hearing: Hearing,
    pub sources: HashMap<u64, Source>,
    pub members: HashMap<u64, Served>,
    pub deadlines: BTreeSet<(Instant, u64)>,
    upstreams: Upstreams,
    chance: Chance,
}

impl Service {
    pub fn new() -> Outcome<Service> {
        Ok(Service {
            hearing: Hearing::new()?,
            sources: HashMap::new(),
            members: HashMap::new(),
            deadlines: BTreeSet::new(),
            upstreams: Upstreams::default(),
            chance: Chance::new(),
        })
    }

    pub fn admit(&mut self, mut served: Served) -> Outcome<()> {
        let [process, datagrams, connections] =
            [self.hearing.next_token(), self.hearing.next_token(), self.hearing.next_token()];
        served.tokens = [process, datagrams, connections];
        self.hearing.hear(&served.pidfd, process, EventFlags::IN)?;
        self.hearing.hear(&served.sockets.udp, datagrams, EventFlags::IN)?;
        self.hearing.hear(&served.sockets.tcp, connections, EventFlags::IN)?;
        self.sources.insert(process, Source::Process(process));
        self.sources.insert(datagrams, Source::Datagrams(process));
        self.sources.insert(connections, Source::Connections(process));
        self.members.insert(process, served);
        Ok(())
    }

    /// Its sockets are closed: nothing here keeps its namespace.
    pub fn dismiss(&mut self, member: u64) {
        let Some(served) = self.members.remove(&member) else { return };
        for token in served.tokens {
            self.sources.remove(&token);
        }
        self.sources.retain(|_, source| match source {
            Source::Stream(stream) => stream.member != member,
            Source::Forward(forward) => forward.member != member,
            _ => true,
        });
    }

    pub fn expire_all(&mut self) {
        while let Some((at, token)) = self.deadlines.first().copied().filter(|(at, _)| *at <= self.hearing.now) {
            self.deadlines.remove(&(at, token));
            match self.sources.get_mut(&token) {
                Some(Source::Stream(stream)) if stream.deadline > self.hearing.now => {
                    let next = stream.deadline;
                    self.deadlines.insert((next, token));
                }
                Some(Source::Stream(_)) => self.end_stream(token),
                Some(Source::Forward(forward)) if forward.deadline <= self.hearing.now => {
                    let server = forward.server;
                    self.upstreams.was_silent(server, self.hearing.now);
                    self.ask_next(token);
                }
                _ => {}
            }
        }
    }

    pub fn datagrams(&mut self, member: u64) {
        let mut buffer = [0; MAX_QUESTION_BYTES + 1];
        for _ in 0..MAX_AT_ONCE {
            let Some(served) = self.members.get(&member) else { return };
            let Ok((length, from)) = served.sockets.udp.recv_from(&mut buffer) else { return };
            if length <= MAX_QUESTION_BYTES {
                self.question(member, Asker::Udp(from), &buffer[..length]);
            }
        }
    }

    pub fn question(&mut self, member: u64, asker: Asker, packet: &[u8]) {
        let Some(served) = self.members.get_mut(&member) else { return };
        let query = match read_query(packet) {
            Ok(query) => query,
            Err(Fault::Silence) => return,
            Err(Fault::Refused { id, opcode, code }) => {
                return self.answer(member, asker, &answer::refusal(id, opcode, code));
            }
        };
        if query.edns.is_some_and(|edns| edns.version != 0) {
            return self.answer(member, asker, &answer::bad_version(packet, &query));
        }
        let room_bytes = match asker {
            Asker::Udp(_) => answer::room_bytes(&query),
            Asker::Tcp(_) => LARGEST_BY_TCP,
        };
        match served.view.look_up(&query) {
            Found::Records(records) => {
                let bytes = answer::with_records(packet, &query, &records, room_bytes);
                self.answer(member, asker, &bytes);
            }
            Found::Unknown => self.forward(member, asker, query, packet),
        }
    }

    fn forward(&mut self, member: u64, asker: Asker, query: message::Query, packet: &[u8]) {
        let Some(served) = self.members.get_mut(&member) else { return };
        let failure = answer::failure(packet, &query);
        let names = served.view.names();
        if !names.forward || served.in_flight >= MAX_IN_FLIGHT {
            return self.answer(member, asker, &failure);
        }
        let servers = self.upstreams.of(&names.servers, self.hearing.now);
        let begun = Forward::begin(member, asker, query, packet.to_vec(), servers, &mut self.chance, self.hearing.now);
        let token = self.hearing.next_token();
        match begun.map(Box::new).filter(|forward| self.attend(token, forward)) {
            Some(forward) => {
                self.sources.insert(token, Source::Forward(forward));
                self.count_in_flight(member, asker, |count| count + 1);
            }
            None => self.answer(member, asker, &failure),
        }
    }

    fn attend(&mut self, token: u64, forward: &Forward) -> bool {
        let write = if forward.exchange.wants_to_write() { EventFlags::OUT } else { EventFlags::empty() };
        self.deadlines.insert((forward.deadline, token));
        self.hearing.hear(forward.exchange.descriptor(), token, EventFlags::IN | write).is_ok()
    }

    fn count_in_flight(&mut self, member: u64, asker: Asker, change: impl Fn(usize) -> usize) {
        if let Some(served) = self.members.get_mut(&member) {
            served.in_flight = change(served.in_flight);
        }
        let Asker::Tcp(token) = asker else { return };
        if let Some(Source::Stream(stream)) = self.sources.get_mut(&token) {
            stream.in_flight = change(stream.in_flight);
        }
    }

    pub fn answered(&mut self, token: u64) {
        let Some(Source::Forward(forward)) = self.sources.get_mut(&token) else { return };
        match forward.go_on() {
            Came::Answer(answer) => {
                let server = forward.server;
                self.upstreams.has_answered(server);
                self.finish(token, answer);
            }
            Came::Nothing => self.ask_next(token),
            Came::Waits => {
                let write = if forward.exchange.wants_to_write() { EventFlags::OUT } else { EventFlags::empty() };
                self.hearing.change(forward.exchange.descriptor(), token, EventFlags::IN | write);
            }
        }
    }

    fn ask_next(&mut self, token: u64) {
        let Some(Source::Forward(mut forward)) = self.sources.remove(&token) else { return };
        self.deadlines.remove(&(forward.deadline, token));
        if forward.ask_next(&mut self.chance, self.hearing.now) && self.attend(token, &forward) {
            self.sources.insert(token, Source::Forward(forward));
            return;
        }
        let answer = forward.failure().unwrap_or_else(|| answer::failure(&forward.packet, &forward.query));
        self.sources.insert(token, Source::Forward(forward));
        self.finish(token, answer);
    }

    fn finish(&mut self, token: u64, answer: Vec<u8>) {
        let Some(Source::Forward(forward)) = self.sources.remove(&token) else { return };
        self.deadlines.remove(&(forward.deadline, token));
        self.count_in_flight(forward.member, forward.asker, |count| count.saturating_sub(1));
        self.answer(forward.member, forward.asker, &answer);
    }

    fn answer(&mut self, member: u64, asker: Asker, answer: &[u8]) {
        let token = match asker {
            Asker::Udp(to) => return self.send(member, to, answer),
            Asker::Tcp(token) => token,
        };
        let Some(Source::Stream(stream)) = self.sources.get_mut(&token) else { return };
        match stream.answer(answer, self.hearing.now) {
            Ok(()) => self.settle(token),
            Err(()) => self.end_stream(token),
        }
    }

    /// Where its queue is full the question comes again.
    fn send(&self, member: u64, to: SocketAddr, answer: &[u8]) {
        let _ = self.members.get(&member).map(|served| served.sockets.udp.send_to(answer, to));
    }
}
