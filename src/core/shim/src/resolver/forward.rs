//! A question on its way to the name servers, one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::exchange::{Exchange, Progress};
use super::message::{HEADER_BYTES, NOTIMP, Query, REFUSED, SERVFAIL, answers, code_of, set_id};

/// Each name server has as long; who asked waits 5 s, usually.
pub const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
pub enum Asker {
    Udp(SocketAddr),
    /// A stream's token.
    Tcp(u64),
}

pub struct Forward {
    pub member: u64,
    pub asker: Asker,
    pub query: Query,
    pub packet: Vec<u8>,
    pub server: SocketAddr,
    pub exchange: Exchange,
    pub deadline: Instant,
    id: u16,
    rest: VecDeque<SocketAddr>,
    /// A name server's failure, told where the others have no better answer.
    failure: Option<Vec<u8>>,
}

pub enum Came {
    Answer(Vec<u8>),
    /// Nothing yet.
    Waits,
    /// Somebody else is to be asked.
    Nothing,
}

impl Forward {
    /// None: no server can be asked at all.
    pub fn begin(
        member: u64,
        asker: Asker,
        query: Query,
        packet: Vec<u8>,
        servers: Vec<SocketAddr>,
        chance: &mut Chance,
        now: Instant,
    ) -> Option<Forward> {
        let mut rest = VecDeque::from(servers);
        let (server, id, exchange) = ask_first(&mut rest, &packet, asker, chance)?;
        let deadline = now + PATIENCE;
        Some(Forward { member, asker, query, packet, server, exchange, deadline, id, rest, failure: None })
    }

    /// False: there is nobody left to ask.
    pub fn ask_next(&mut self, chance: &mut Chance, now: Instant) -> bool {
        let Some((server, id, exchange)) = ask_first(&mut self.rest, &self.packet, self.asker, chance) else {
            return false;
        };
        (self.server, self.id, self.exchange, self.deadline) = (server, id, exchange, now + PATIENCE);
        true
    }

    /// What isn't the answer, however it came, is as if it had not come.
    pub fn go_on(&mut self) -> Came {
        let mut answer = match self.exchange.go_on() {
            Progress::Answer(answer) => answer,
            Progress::Waits => return Came::Waits,
            Progress::Failed => return Came::Nothing,
        };
        if !answers(&answer, self.id, &self.packet[HEADER_BYTES..self.query.question_end]) {
            return if matches!(self.exchange, Exchange::Udp(_)) { Came::Waits } else { Came::Nothing };
        }
        set_id(&mut answer, self.query.id);
        if matches!(code_of(&answer), SERVFAIL | NOTIMP | REFUSED) && !self.rest.is_empty() {
            self.failure.get_or_insert(answer);
            return Came::Nothing;
        }
        Came::Answer(answer)
    }

    pub fn failure(&mut self) -> Option<Vec<u8>> {
        self.failure.take()
    }
}

fn ask_first(
    servers: &mut VecDeque<SocketAddr>,
    packet: &[u8],
    asker: Asker,
    chance: &mut Chance,
) -> Option<(SocketAddr, u16, Exchange)> {
    let mut packet = packet.to_vec();
    while let Some(server) = servers.pop_front() {
        let id = chance.number();
        set_id(&mut packet, id);
        if let Ok(exchange) = Exchange::begin(server, &packet, matches!(asker, Asker::Tcp(_))) {
            return Some((server, id, exchange));
        }
    }
    None
}

/// Numbers that nobody can guess.
pub struct Chance {
    source: Option<File>,
    pool: Vec<u8>,
}

const POOL_BYTES: usize = 512;

impl Chance {
    pub fn new() -> Chance {
        Chance { source: File::open("/dev/urandom").ok(), pool: vec![] }
    }

    pub fn number(&mut self) -> u16 {
        if self.pool.len() < 2 {
            self.pool = vec![0; POOL_BYTES];
            // Without it the port alone is left to guess.
            let _ = self.source.as_mut().map(|source| source.read_exact(&mut self.pool));
        }
        let low = self.pool.pop().unwrap_or(0);
        u16::from_be_bytes([self.pool.pop().unwrap_or(0), low])
    }
}
