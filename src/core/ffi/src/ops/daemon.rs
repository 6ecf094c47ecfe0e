//! The processes of which a data-root has one each, resolver and proxy: found, started, replaced by a newer one.

use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rc_runtime::daemon::{Answer, Asked, CONFIG, Config, Kind, Link};
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rc_runtime::proxy::Proxy;
use rc_runtime::resolver::Resolver;
use serde_json::{Value, json};

use super::report::await_started;
use super::silenced;
use crate::queue::Event;
use crate::run_dir;
use crate::shared::Shared;
use crate::spawn::spawn;

/// For each of its answers; for who only looks a shorter one.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_PATIENCE: Duration = Duration::from_secs(1);
const READY_WITHIN: Duration = Duration::from_secs(5);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// How one kind is started, and told of.
pub trait Launched: Kind {
    const DIRECTORY: &'static str;
    const START: &'static str;
    const REPLACE: &'static str;
    const ENDED: Event;
    /// Of a member: pid and start ticks.
    fn process(member: &Self::Member) -> (i32, u64);
}

impl Launched for Resolver {
    const DIRECTORY: &'static str = "resolver";
    const START: &'static str = "resolve";
    const REPLACE: &'static str = "replace";
    const ENDED: Event = Event::Resolver;

    fn process(member: &Self::Member) -> (i32, u64) {
        (member.pid, member.start_ticks)
    }
}

impl Launched for Proxy {
    const DIRECTORY: &'static str = "proxy";
    const START: &'static str = "proxy";
    const REPLACE: &'static str = "replace-proxy";
    const ENDED: Event = Event::Proxy;

    fn process(member: &Self::Member) -> (i32, u64) {
        (member.pid, member.start_ticks)
    }
}

pub fn directory<K: Launched>(shared: &Shared) -> PathBuf {
    shared.root_run_dir.join(K::DIRECTORY)
}

/// What it says of itself, when all these are served as well as they can be; the first failure is told after all were tried.
pub fn serve<K: Launched>(shared: &Shared, members: Vec<K::Member>, dir: Option<String>) -> Outcome<Value> {
    if members.is_empty() {
        return look::<K>(shared, &dir.map_or_else(|| directory::<K>(shared), PathBuf::from));
    }
    let link = ensure::<K>(shared)?;
    let served = |member: K::Member| {
        let (pid, start_ticks) = K::process(&member);
        match open_identified(pid, start_ticks) {
            Ok(pidfd) => link.serve(member, pidfd),
            // Who ended needs nothing.
            Err(failure) if failure.code == Code::Gone => Ok(()),
            Err(failure) => Err(failure),
        }
    };
    let outcomes: Vec<Outcome<()>> = members.into_iter().map(served).collect();
    let answer = hello(shared, &link)?;
    outcomes.into_iter().collect::<Outcome<()>>()?;
    Ok(seen::<K>(answer.map(|Answer { version, served, .. }| (version, served))))
}

fn look<K: Launched>(shared: &Shared, dir: &Path) -> Outcome<Value> {
    let Some(link) = Link::<K>::open(dir, LOOK_PATIENCE)? else { return Ok(seen::<K>(None)) };
    match greet(shared, &link)? {
        Greeted::Answer(Answer { version, served, .. }) => Ok(seen::<K>(Some((version, served)))),
        Greeted::Ended => Ok(seen::<K>(None)),
        Greeted::Silent(pid, _) => Ok(silent(pid)),
    }
}

/// It is there, and serves nobody.
pub fn silent(pid: i32) -> Value {
    json!({ "version": null, "served": [], "silent": pid })
}

/// One of an older build serves nobody as this one would.
pub fn seen<K: Kind>(found: Option<(u32, Vec<K::Served>)>) -> Value {
    let version = found.as_ref().map(|(version, _)| *version);
    let served = found.filter(|(version, _)| *version >= K::VERSION).map(|(_, served)| served);
    json!({ "version": version, "served": served.unwrap_or_default() })
}

/// A connection to one of this build, or of a newer one.
pub fn ensure<K: Launched>(shared: &Shared) -> Outcome<Link<K>> {
    let _turn = shared.turns.wait(K::DIRECTORY);
    let dir = directory::<K>(shared);
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let verb = match found(shared, &dir)? {
            Some((link, version)) if version >= K::VERSION => return Ok(link),
            Some(_) => K::REPLACE,
            None => K::START,
        };
        match launch(shared, verb, &dir) {
            // Another process of ours starts one at this moment, or one is about to end.
            Err(failure) if failure.code == Code::Busy && Instant::now() < deadline => {
                std::thread::sleep(TRY_AGAIN_AFTER)
            }
            Err(failure) if failure.code == Code::Gone && Instant::now() < deadline => {}
            Err(failure) => return Err(failure),
            Ok(()) if Instant::now() < deadline => {}
            Ok(()) => return Err(Failure::new(Code::Network, format!("{} does not answer", K::NAME))),
        }
    }
}

fn found<K: Launched>(shared: &Shared, dir: &Path) -> Outcome<Option<(Link<K>, u32)>> {
    let Some(link) = Link::open(dir, PATIENCE)? else { return Ok(None) };
    match greet(shared, &link)? {
        Greeted::Answer(answer) => Ok(Some((link, answer.version))),
        Greeted::Ended => Ok(None),
        Greeted::Silent(pid, pidfd) => silenced::end(K::NAME, pid, &pidfd).map(|()| None),
    }
}

enum Greeted<S> {
    Answer(Answer<S>),
    Ended,
    /// Its pid, and a descriptor of exactly it.
    Silent(i32, OwnedFd),
}

/// Bounded by the link's patience; one that is stopped is not waited for.
fn greet<K: Launched>(shared: &Shared, link: &Link<K>) -> Outcome<Greeted<K::Served>> {
    let answered = match link.process() {
        Ok((pid, pidfd)) if silenced::is_stopped(pid) => return Ok(Greeted::Silent(pid, pidfd)),
        Err(failure) if failure.code == Code::Gone => return Ok(Greeted::Ended),
        _ => hello(shared, link),
    };
    match answered {
        Ok(answer) => Ok(answer.map_or(Greeted::Ended, Greeted::Answer)),
        Err(failure) if failure.errno == Some(libc::EAGAIN) => {
            link.process().map(|(pid, pidfd)| Greeted::Silent(pid, pidfd))
        }
        Err(failure) => Err(failure),
    }
}

fn hello<K: Launched>(shared: &Shared, link: &Link<K>) -> Outcome<Option<Answer<K::Served>>> {
    let answer = link.ask(&Asked::Hello, None)?;
    if let Some(answer) = &answer {
        // One that has ended by now is found missing by the next look.
        let _ = shared.watcher.watch_daemon(K::ENDED, answer.pid, answer.start_ticks);
    }
    Ok(answer)
}

fn launch(shared: &Shared, verb: &str, dir: &Path) -> Outcome<()> {
    run_dir::make_private(dir)?;
    let config = Config { root_id: shared.config.root_id.clone(), cgroup: shared.config.shim_cgroup.clone() };
    write(&dir.join(CONFIG), &serde_json::to_vec(&config).unwrap_or_default())?;
    await_started(&spawn(&shared.shim_image, verb, dir)?).map(drop)
}

/// By rename: several may write it at once. E_GONE: the one of this directory has just ended, and took it away.
fn write(path: &Path, text: &[u8]) -> Outcome<()> {
    let temporary = path.with_extension(std::process::id().to_string());
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::NotFound { Code::Gone } else { Code::Io };
            Failure::io(code, "write", format!("write {}", path.display()), &error)
        })
}
