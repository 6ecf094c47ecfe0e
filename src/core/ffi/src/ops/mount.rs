//! mount: one mount of a running container is made, made anew, remounted or taken away.

use std::collections::BTreeSet;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::mounts::inside::{self, Edited};
use rc_runtime::mounts::user::was_unlinked;
use rc_runtime::process::open_identified;

use crate::abi::caught;
use crate::request::MountEdit;
use crate::thread::thread;

/// A path on a dead network or FUSE mount may never answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Containers with a mount that has not answered: no second thread waits behind it.
static STUCK: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn stuck() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    STUCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A container's place in `STUCK`; given back also where no thread could be made.
struct Turn(String);

impl Drop for Turn {
    fn drop(&mut self) {
        stuck().remove(&self.0);
    }
}

/// Who replaces a source by rename may be faster than one try.
const MAX_REPLACEMENTS: u32 = 20;

/// In a thread of its own, which stays in the container's mount namespace until it ends; again when the source was replaced
/// since it was taken.
pub fn mount(request: MountEdit) -> Outcome<Edited> {
    let mut outcome = try_mount(request.clone());
    for _ in 0..MAX_REPLACEMENTS {
        match &outcome {
            Err(failure) if was_unlinked(failure) => outcome = try_mount(request.clone()),
            _ => break,
        }
    }
    outcome
}

fn try_mount(request: MountEdit) -> Outcome<Edited> {
    let MountEdit { container_id, pid, start_ticks, edit, mount } = request;
    let target = rc_runtime::mounts::host::target_of(&mount).to_string();
    let busy = |why: &str| Err(Failure::new(Code::Busy, format!("mount {target}: {why}")).at(target.clone()));
    if !stuck().insert(container_id.clone()) {
        return busy("an earlier mount of this container has not answered yet");
    }
    let turn = Turn(container_id);
    let (answer, answered) = channel();
    let began = thread("rc-mount", move || {
        let outcome = caught(|| inside::edit(open_identified(pid, start_ticks)?, &mount, edit));
        drop(turn);
        // Nobody listens any more when it came too late.
        let _ = answer.send(outcome);
    })?;
    match answered.recv_timeout(ANSWER_WITHIN) {
        Ok(outcome) => {
            // Its end lets go of the namespace.
            let _ = began.join();
            outcome
        }
        Err(RecvTimeoutError::Timeout) => busy(&format!("no answer within {} ms", ANSWER_WITHIN.as_millis())),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::new(Code::Internal, "the thread of a mount ended early")),
    }
}
