//! `<run>/<root id>/<first 16 digits of the container id>`: the files of one run.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{StartPlan, State};
use serde::Serialize;
use serde::de::DeserializeOwned;

const ID_DIGITS: usize = 64;
const SHORT_ID_DIGITS: usize = 16;

pub fn root_run_dir(run_dir: &str, root_id: &str) -> PathBuf {
    Path::new(run_dir).join(root_id)
}

/// Checks the id, because paths are made of it.
pub fn container_run_dir(root_run_dir: &Path, container_id: &str) -> Outcome<PathBuf> {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if container_id.len() != ID_DIGITS || !hex(container_id) {
        return Err(Failure::new(Code::Spec, format!("container id {container_id:?} is not 64 lower-case hex digits")));
    }
    Ok(root_run_dir.join(&container_id[..SHORT_ID_DIGITS]))
}

pub fn make_private(dir: &Path) -> Outcome<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed("mkdir", "make", dir, &error))
}

/// The last run of a data-root takes the directory above with it, at any moment.
const ATTEMPTS: u32 = 8;

/// E_BUSY when it exists: that is another run, or what is left of one (`cleanup`).
pub fn make(dir: &Path) -> Outcome<()> {
    for _ in 0..ATTEMPTS {
        match fs::DirBuilder::new().mode(0o700).create(dir) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => dir.parent().map_or(Ok(()), make_private)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let text = format!("start: a run of this container exists already in {}", dir.display());
                return Err(Failure::new(Code::Busy, text).at(dir.display().to_string()));
            }
            Err(error) => return Err(failed("mkdir", "make", dir, &error)),
        }
    }
    Err(failed("mkdir", "make", dir, &ErrorKind::NotFound.into()))
}

pub fn write_plan(dir: &Path, plan: &StartPlan) -> Outcome<()> {
    write_json(&dir.join("plan"), plan)
}

/// None without one: the run has ended.
pub fn read_plan(dir: &Path) -> Outcome<Option<StartPlan>> {
    read_json(&dir.join("plan"))
}

/// The shim's file, written here only where no shim lives to do it.
pub fn write_state(dir: &Path, state: &State) -> Outcome<()> {
    write_json(&dir.join("state"), state)
}

fn write_json(path: &Path, value: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_vec(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(&text))
        .map_err(|error| failed("write", "write", path, &error))
}

/// None without a state file: the run has not begun, or has ended.
pub fn read_state(dir: &Path) -> Outcome<Option<State>> {
    read_json(&dir.join("state"))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Outcome<Option<T>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| failed("read", "read", path, &error))?,
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        Failure::new(Code::Shim, format!("{} is damaged: {error}", path.display())).at(path.display().to_string())
    })
}

/// Idempotent. Nothing is mounted in it. The data-root's directory goes with its last run.
pub fn remove(dir: &Path) -> Outcome<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("unlink", "remove", dir, &error)),
        _ => {}
    }
    let _ = dir.parent().map(fs::remove_dir);
    Ok(())
}

fn failed(syscall: &str, verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::io(Code::Io, syscall, format!("{verb} {}", path.display()), error).at(path.display().to_string())
}
