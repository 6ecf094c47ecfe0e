//! A connection of a container's program: questions and answers, each behind its length.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;

use super::exchange::write_some;
use super::message::u16_at;

/// Without a whole question, or an answer taken.
pub const PATIENCE: Duration = Duration::from_secs(10);
pub const MAX_QUESTION_BYTES: usize = 4096;
const MAX_IN_FLIGHT: usize = 16;
const MAX_UNSENT_BYTES: usize = 256 * 1024;

pub struct Stream {
    pub member: u64,
    pub socket: TcpStream,
    pub deadline: Instant,
    pub in_flight: usize,
    read: Vec<u8>,
    unsent: Vec<u8>,
    has_ended: bool,
}

impl Stream {
    pub fn new(member: u64, socket: TcpStream, now: Instant) -> Stream {
        Stream {
            member,
            socket,
            deadline: now + PATIENCE,
            in_flight: 0,
            read: vec![],
            unsent: vec![],
            has_ended: false,
        }
    }

    pub fn interest(&self) -> EventFlags {
        let reads = !self.has_ended && self.in_flight < MAX_IN_FLIGHT && self.unsent.is_empty();
        let read = if reads { EventFlags::IN } else { EventFlags::empty() };
        if self.unsent.is_empty() { read } else { read | EventFlags::OUT }
    }

    pub fn is_done(&self) -> bool {
        self.has_ended && self.in_flight == 0 && self.unsent.is_empty()
    }

    /// Whole questions; Err: the connection is of no use any more.
    pub fn questions(&mut self, now: Instant) -> Result<Vec<Vec<u8>>, ()> {
        let mut buffer = [0; MAX_QUESTION_BYTES];
        match self.socket.read(&mut buffer) {
            Ok(0) => self.has_ended = true,
            Ok(length) => self.read.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => return Err(()),
        }
        let mut all = vec![];
        while let Some(length) = u16_at(&self.read, 0).map(usize::from) {
            if length > MAX_QUESTION_BYTES {
                return Err(());
            }
            let Some(question) = self.read.get(2..2 + length) else { break };
            all.push(question.to_vec());
            self.read.drain(..2 + length);
            self.deadline = now + PATIENCE;
        }
        Ok(all)
    }

    pub fn answer(&mut self, answer: &[u8], now: Instant) -> Result<(), ()> {
        if self.unsent.len() > MAX_UNSENT_BYTES {
            return Err(());
        }
        let Ok(length) = u16::try_from(answer.len()) else { return Err(()) };
        self.unsent.extend_from_slice(&length.to_be_bytes());
        self.unsent.extend_from_slice(answer);
        self.deadline = now + PATIENCE;
        self.write()
    }

    pub fn write(&mut self) -> Result<(), ()> {
        write_some(&mut self.socket, &mut self.unsent).map_err(drop)
    }
}
