//! Who sent datagrams to which of our addresses: as long as that goes on, a socket of its own to the container.

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rc_runtime::sys::datagrams::Local;

/// Docker's.
pub const IDLE: Duration = Duration::from_secs(90);
/// Of a listener; beyond that the one goes that was silent longest.
pub const MAX_OF_A_LISTENER: usize = 1024;
/// Of a data-root; beyond that a listener has to give up one of its own.
pub const MAX_SESSIONS: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    pub listener: u64,
    pub from: SocketAddr,
    pub local: Option<Local>,
}

pub struct Session {
    pub client: Client,
    pub socket: UdpSocket,
    pub to: SocketAddr,
    pub used: Instant,
}

#[derive(Default)]
pub struct Sessions {
    all: HashMap<u64, Session>,
    tokens: HashMap<Client, u64>,
    of_listeners: HashMap<u64, HashSet<u64>>,
}

impl Sessions {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, token: u64) -> Option<&Session> {
        self.all.get(&token)
    }

    pub fn of(&mut self, client: &Client) -> Option<(u64, &mut Session)> {
        let token = *self.tokens.get(client)?;
        self.all.get_mut(&token).map(|session| (token, session))
    }

    pub fn use_now(&mut self, token: u64, now: Instant) {
        if let Some(session) = self.all.get_mut(&token) {
            session.used = now;
        }
    }

    /// False: there is no room for one more of this listener.
    pub fn make_room(&mut self, listener: u64) -> bool {
        let own = self.of_listeners.get(&listener).map_or(0, HashSet::len);
        if own < MAX_OF_A_LISTENER && self.all.len() < MAX_SESSIONS {
            return true;
        }
        let own = self.of_listeners.get(&listener).into_iter().flatten();
        let oldest = own.filter_map(|token| self.all.get(token).map(|session| (session.used, *token))).min();
        oldest.inspect(|(_, token)| drop(self.remove(*token))).is_some()
    }

    pub fn insert(&mut self, token: u64, session: Session) {
        self.tokens.insert(session.client, token);
        self.of_listeners.entry(session.client.listener).or_default().insert(token);
        self.all.insert(token, session);
    }

    pub fn remove(&mut self, token: u64) -> Option<Session> {
        let session = self.all.remove(&token)?;
        self.tokens.remove(&session.client);
        if let Some(own) = self.of_listeners.get_mut(&session.client.listener) {
            own.remove(&token);
        }
        Some(session)
    }

    pub fn remove_listener(&mut self, listener: u64) {
        for token in self.of_listeners.remove(&listener).unwrap_or_default() {
            let _ = self.remove(token);
        }
    }
}
