//! Connections of all members.

use rustix::event::epoll::EventFlags;

use super::forward::Asker;
use super::service::{MAX_AT_ONCE, Service, Source};
use super::stream::Stream;

/// Of one member.
const MAX_STREAMS: usize = 32;

impl Service {
    pub fn connections(&mut self, member: u64) {
        for _ in 0..MAX_AT_ONCE {
            let Some(served) = self.members.get_mut(&member) else { return };
            let Ok((socket, _)) = served.sockets.tcp.accept() else { return };
            if served.streams >= MAX_STREAMS || socket.set_nonblocking(true).is_err() {
                continue;
            }
            served.streams += 1;
            let token = self.hearing.next_token();
            let stream = Stream::new(member, socket, self.hearing.now);
            let heard = self.hearing.hear(&stream.socket, token, stream.interest());
            self.deadlines.insert((stream.deadline, token));
            self.sources.insert(token, Source::Stream(stream));
            if heard.is_err() {
                self.end_stream(token);
            }
        }
    }

    pub fn stream(&mut self, token: u64, flags: EventFlags) {
        let Some(Source::Stream(stream)) = self.sources.get_mut(&token) else { return };
        let member = stream.member;
        if flags.intersects(EventFlags::HUP | EventFlags::ERR) || stream.write().is_err() {
            return self.end_stream(token);
        }
        if flags.contains(EventFlags::IN) {
            let Ok(questions) = stream.questions(self.hearing.now) else { return self.end_stream(token) };
            for question in questions {
                self.question(member, Asker::Tcp(token), &question);
            }
        }
        self.settle(token);
    }

    pub fn settle(&mut self, token: u64) {
        let Some(Source::Stream(stream)) = self.sources.get(&token) else { return };
        if stream.is_done() {
            return self.end_stream(token);
        }
        self.hearing.change(&stream.socket, token, stream.interest());
    }

    pub fn end_stream(&mut self, token: u64) {
        let Some(Source::Stream(stream)) = self.sources.remove(&token) else { return };
        if let Some(served) = self.members.get_mut(&stream.member) {
            served.streams = served.streams.saturating_sub(1);
        }
    }
}
