//! The verbs `resolve` and `replace`: names for all containers of a data-root that are on networks, at 127.0.0.11 of each. It
//! outlives whoever started it, and ends with the last of them.

mod answer;
mod control;
mod exchange;
mod forward;
mod member;
mod message;
mod place;
mod service;
mod stream;
mod streams;
mod takeover;
#[cfg(test)]
mod tests;
mod upstreams;
mod view;

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::failure::Outcome;
use rc_runtime::process::start_ticks;
use rc_runtime::protocol::Started;
use rc_runtime::start::process::hide;
use rc_runtime::sys::now_ms;
use rustix::event::epoll::EventFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::home;
use control::Next;
use place::Place;
use service::{Service, Source};

/// Whoever started it comes with a first member.
const FIRST_WITHIN: Duration = Duration::from_secs(5);
const PREDECESSOR_ENDS_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks whether its directory was deleted.
const LOOK_EVERY: Duration = Duration::from_secs(10);

pub struct Resolver {
    place: Place,
    service: Service,
    listener: OwnedFd,
}

pub fn begin(dir: &str, replaces: bool) -> Outcome<Resolver> {
    let dir = Path::new(dir);
    hide()?;
    allow_descriptors();
    let (inherited, wait) = match replaces {
        true => (takeover::take_over(dir)?, PREDECESSOR_ENDS_WITHIN),
        false => (vec![], Duration::ZERO),
    };
    let place = Place::take(dir, Instant::now() + wait)?;
    if let Some(cgroup) = place.cgroup() {
        // Names are needed, wherever it lives.
        let _ = home::enter(cgroup);
    }
    let mut service = Service::new()?;
    let listener = place.listen()?;
    let token = service.next_token();
    service.hear(&listener, token, EventFlags::IN)?;
    service.sources.insert(token, Source::Listener);
    for served in inherited {
        service.admit(served)?;
    }
    Ok(Resolver { place, service, listener })
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

/// Until nobody needs it.
pub fn serve(mut resolver: Resolver) {
    let begun = Instant::now();
    let (mut looked, mut had_any) = (begun, false);
    loop {
        let service = &mut resolver.service;
        let is_idle = service.members.is_empty() && control::connections(service) == 0;
        had_any |= !is_idle;
        if is_idle && (had_any || begun.elapsed() >= FIRST_WITHIN) {
            break;
        }
        for (token, flags) in service.wait(if is_idle { FIRST_WITHIN } else { LOOK_EVERY }) {
            if attend(service, &resolver.listener, token, flags) == Next::HandedOver {
                return;
            }
        }
        service.expire();
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if resolver.place.is_anothers() {
                return;
            }
        }
    }
    // First, so that who connects from now on starts another.
    drop(resolver.listener);
    resolver.place.remove();
}

fn attend(service: &mut Service, listener: &OwnedFd, token: u64, flags: EventFlags) -> Next {
    match service.sources.get(&token) {
        Some(Source::Listener) => control::accept_all(service, listener),
        Some(Source::Control(_)) => return control::serve_one(service, token),
        Some(Source::Process(member)) => {
            let member = *member;
            service.dismiss(member);
        }
        Some(Source::Datagrams(member)) => {
            let member = *member;
            service.datagrams(member);
        }
        Some(Source::Connections(member)) => {
            let member = *member;
            service.connections(member);
        }
        Some(Source::Stream(_)) => service.stream(token, flags),
        Some(Source::Forward(_)) => service.answered(token),
        None => {}
    }
    Next::GoesOn
}

/// Each member and each question on its way has some.
fn allow_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
