//! resolver: the one process that answers names in the containers of this data-root; found, started, replaced by a newer one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rc_runtime::resolver::{Answer, Asked, CONFIG, Config, Link, Member, Served, VERSION};
use serde_json::{Value, json};

use super::report::await_started;
use crate::run_dir;
use crate::shared::Shared;
use crate::spawn::spawn;

const DIRECTORY: &str = "resolver";
/// For each of its answers.
const PATIENCE: Duration = Duration::from_secs(2);
const READY_WITHIN: Duration = Duration::from_secs(5);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(5);

pub fn directory(shared: &Shared) -> PathBuf {
    shared.root_run_dir.join(DIRECTORY)
}

/// What it says of itself, when all these are served as well as they can be; the first failure is told after all were tried.
pub fn serve(shared: &Shared, members: Vec<Member>, dir: Option<String>) -> Outcome<Value> {
    let link = match members.is_empty() {
        true => Link::open(&dir.map_or_else(|| directory(shared), PathBuf::from), PATIENCE)?,
        false => Some(ensure(shared)?),
    };
    let Some(link) = link else { return Ok(seen(None)) };
    let outcomes: Vec<Outcome<()>> = members
        .iter()
        .map(|member| match open_identified(member.pid, member.start_ticks) {
            Ok(pidfd) => link.serve(member, pidfd),
            // Who ended needs no names.
            Err(failure) if failure.code == Code::Gone => Ok(()),
            Err(failure) => Err(failure),
        })
        .collect();
    let answer = hello(shared, &link)?;
    outcomes.into_iter().collect::<Outcome<()>>()?;
    Ok(seen(answer.map(|Answer { version, served, .. }| (version, served))))
}

/// One of an older build serves nobody as this one would.
pub fn seen(found: Option<(u32, Vec<Served>)>) -> Value {
    let served = found.clone().filter(|(version, _)| *version >= VERSION).map(|(_, served)| served);
    json!({ "version": found.map(|(version, _)| version), "served": served.unwrap_or_default() })
}

/// A connection to one of this build, or of a newer one.
pub fn ensure(shared: &Shared) -> Outcome<Link> {
    let _turn = shared.turns.wait(DIRECTORY);
    let dir = directory(shared);
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let verb = match found(shared, &dir)? {
            Some((link, version)) if version >= VERSION => return Ok(link),
            Some(_) => "replace",
            None => "resolve",
        };
        match launch(shared, verb, &dir) {
            // Another process of ours starts one at this moment, or one is about to end.
            Err(failure) if failure.code == Code::Busy && Instant::now() < deadline => {
                std::thread::sleep(TRY_AGAIN_AFTER)
            }
            Err(failure) if failure.code == Code::Gone && Instant::now() < deadline => {}
            Err(failure) => return Err(failure),
            Ok(()) if Instant::now() < deadline => {}
            Ok(()) => return Err(Failure::new(Code::Network, "the resolver does not answer")),
        }
    }
}

fn found(shared: &Shared, dir: &Path) -> Outcome<Option<(Link, u32)>> {
    let Some(link) = Link::open(dir, PATIENCE)? else { return Ok(None) };
    Ok(hello(shared, &link)?.map(|answer| (link, answer.version)))
}

fn hello(shared: &Shared, link: &Link) -> Outcome<Option<Answer>> {
    let answer = link.ask(&Asked::Hello, None)?;
    if let Some(answer) = &answer {
        // One that has ended by now is found missing by the next look.
        let _ = shared.watcher.watch_resolver(answer.pid, answer.start_ticks);
    }
    Ok(answer)
}

fn launch(shared: &Shared, verb: &str, dir: &Path) -> Outcome<()> {
    run_dir::make_private(dir)?;
    let config = Config { root_id: shared.config.root_id.clone(), cgroup: shared.config.shim_cgroup.clone() };
    write(&dir.join(CONFIG), &serde_json::to_vec(&config).unwrap_or_default())?;
    await_started(&spawn(&shared.shim_image, verb, dir)?).map(drop)
}

/// By rename: several may write it at once. E_GONE: the directory's resolver has just ended, and took it away.
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
