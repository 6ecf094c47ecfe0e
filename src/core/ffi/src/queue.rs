//! Records for TypeScript, and the pipe that says that there are some: one byte when the queue stops being empty.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rc_runtime::failure::{Failure, Outcome};
use serde::Serialize;
use serde_json::Value;

use crate::abi::Output;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// `settled`: the shim has ended too, so the exit record is as good as it gets. False is followed by true.
    Exit {
        container_id: String,
        pid: i32,
        start_ticks: String,
        settled: bool,
    },
    /// Somebody wrote a file in one of the container's cgroups: read again.
    Limits {
        container_id: String,
    },
    ShimLost {
        container_id: String,
    },
    /// A container's mount table changed; without an id the host's, or, with a path, what stands at that bind source.
    Mounts {
        container_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
    /// Links, addresses or routes changed: in a container's network namespace, without an id in the host's.
    Links {
        container_id: Option<String>,
    },
    /// The rules of our own table of nftables changed.
    Ruleset,
    /// The resolver ended.
    Resolver,
    /// The proxy ended.
    Proxy,
    OpDone {
        op: u32,
        ok: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Failure>,
    },
    /// Events were lost: look at everything.
    Overflow,
}

impl Event {
    pub fn op_done(op: u32, outcome: Outcome<Value>) -> Self {
        match outcome {
            Ok(result) => Event::OpDone { op, ok: true, result: Some(result), error: None },
            Err(error) => Event::OpDone { op, ok: false, result: None, error: Some(error) },
        }
    }
}

/// Beyond this an unread queue keeps only the ends of operations (bounded by the job queue) and says "overflow" once.
const MAX_EVENTS: usize = 4096;

pub struct Queue {
    events: Mutex<VecDeque<Event>>,
    wake: OwnedFd,
}

impl Queue {
    /// `wake` is the non-blocking write end of the event pipe.
    pub fn new(wake: OwnedFd) -> Self {
        Queue { events: Mutex::new(VecDeque::new()), wake }
    }

    pub fn push(&self, event: Event) {
        let mut events = self.lock();
        let was_empty = events.is_empty();
        add(&mut events, event);
        drop(events);
        if was_empty {
            // A full pipe has woken the reader already.
            let _ = rustix::io::write(&self.wake, b"e");
        }
    }

    pub fn drain_into(&self, output: &mut Output) -> i32 {
        let mut events = self.lock();
        let text = serde_json::to_vec(&*events).unwrap_or_else(|_| b"[]".to_vec());
        let written = output.write(&text);
        if written >= 0 {
            events.clear();
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(events: &mut VecDeque<Event>, event: Event) {
    match &event {
        Event::OpDone { .. } => events.push_back(event),
        Event::Limits { .. }
        | Event::Mounts { .. }
        | Event::Links { .. }
        | Event::Ruleset
        | Event::Resolver
        | Event::Proxy
        | Event::Overflow
            if events.contains(&event) => {}
        _ if events.len() < MAX_EVENTS => events.push_back(event),
        _ if events.contains(&Event::Overflow) => {}
        _ => events.push_back(Event::Overflow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_writes_to_one_container_are_one_event() {
        let mut events = VecDeque::new();
        for id in ["a", "b", "a", "a"] {
            add(&mut events, Event::Limits { container_id: id.to_string() });
        }
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn a_full_queue_says_overflow_once_and_keeps_the_ends_of_operations() {
        let mut events = VecDeque::new();
        for n in 0..MAX_EVENTS + 10 {
            add(&mut events, Event::ShimLost { container_id: n.to_string() });
        }
        add(&mut events, Event::op_done(1, Ok(Value::Null)));
        assert_eq!(events.len(), MAX_EVENTS + 2);
        assert_eq!(events[MAX_EVENTS], Event::Overflow);
    }
}
