//! A process of which a data-root has one: it lives in a directory, answers other processes of ours there, and ends with the last
//! container that it works for. A successor of a newer build takes its work over.

mod control;
mod hearing;
mod place;

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::daemon::Kind;
use rc_runtime::failure::Outcome;
use rc_runtime::process::start_ticks;
use rc_runtime::protocol::Started;
use rc_runtime::sys::now_ms;
use rustix::event::epoll::EventFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::home;
use control::{Control, Next};
pub use hearing::Hearing;
use place::Place;

/// Whoever started it comes with a first member.
const FIRST_WITHIN: Duration = Duration::from_secs(5);
const PREDECESSOR_ENDS_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks whether its directory was deleted.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What one kind of these processes does.
pub trait Work {
    type Kind: Kind;
    fn hearing(&mut self) -> &mut Hearing;
    fn has_members(&self) -> bool;
    fn serve(&mut self, member: <Self::Kind as Kind>::Member, pidfd: OwnedFd) -> Outcome<()>;
    fn served(&self) -> Vec<<Self::Kind as Kind>::Served>;
    /// Packets with all members and their sockets.
    fn hand_over(&mut self, connection: &OwnedFd) -> rustix::io::Result<()>;
    /// When it wants to be asked again at the latest.
    fn next_deadline(&self) -> Option<Instant>;
    fn attend(&mut self, token: u64, flags: EventFlags);
    /// After each turn.
    fn expire(&mut self);
}

pub struct Daemon<W> {
    place: Place,
    control: Control,
    work: W,
}

/// `make`: with what it has of its predecessor, if it `replaces` one.
pub fn begin<W: Work>(dir: &Path, replaces: bool, make: impl FnOnce() -> Outcome<W>) -> Outcome<Daemon<W>> {
    let wait = if replaces { PREDECESSOR_ENDS_WITHIN } else { Duration::ZERO };
    let place = Place::take(dir, Instant::now() + wait)?;
    if let Some(cgroup) = place.cgroup() {
        // It is needed, wherever it lives.
        let _ = home::enter(cgroup);
    }
    let mut work = make()?;
    let control = Control::new(place.listen()?, work.hearing())?;
    Ok(Daemon { place, control, work })
}

pub fn started() -> Started {
    let pid = std::process::id() as i32;
    let ticks = start_ticks(pid).unwrap_or(0);
    Started {
        pid,
        start_ticks: ticks,
        shim_pid: pid,
        shim_start_ticks: ticks,
        started_at_ms: now_ms(),
        warnings: vec![],
    }
}

/// After a handover: the work, and what was ready of it and isn't attended to yet. Some of that is told only once.
pub struct Left<W> {
    pub work: W,
    pub ready: Vec<(u64, EventFlags)>,
}

/// Until nobody needs it, or a successor has its sockets: then that is told with what is left.
pub fn serve<W: Work>(daemon: Daemon<W>) -> Option<Left<W>> {
    let Daemon { place, mut control, mut work } = daemon;
    let begun = Instant::now();
    let (mut looked, mut had_any, mut ready) = (begun, false, vec![]);
    loop {
        let is_idle = !work.has_members() && control.connections() == 0;
        had_any |= !is_idle;
        if is_idle && (had_any || begun.elapsed() >= FIRST_WITHIN) {
            break;
        }
        wait(&mut work, if is_idle { FIRST_WITHIN } else { LOOK_EVERY }, &mut ready);
        for index in 0..ready.len() {
            let (token, flags) = ready[index];
            match control.attend(&mut work, token) {
                Next::HandedOver => return Some(Left { work, ready: ready.split_off(index + 1) }),
                Next::GoesOn => {}
                Next::IsOthers => work.attend(token, flags),
            }
        }
        work.expire();
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if place.is_anothers() {
                return None;
            }
        }
    }
    // First, so that who connects from now on starts another.
    drop(control);
    place.remove();
    None
}

/// What is ready, after `limit` at the latest.
pub fn wait<W: Work>(work: &mut W, limit: Duration, ready: &mut Vec<(u64, EventFlags)>) {
    let first = work.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
    work.hearing().wait(first.map_or(limit, |first| first.min(limit)), ready);
}

/// Each member and each thing on its way has some.
pub fn allow_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
