//! What `rc_open` makes: one per handle.

use std::collections::BTreeMap;
use std::os::fd::IntoRawFd;
use std::sync::{Arc, Mutex, Once, PoisonError};

use rc_runtime::cgroup::Hierarchies;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process;
use rc_runtime::sys::sealed;
use rustix::pipe::{PipeFlags, pipe_with};
use serde_json::{Value, json};

use crate::keyed::Keyed;
use crate::layers::Layers;
use crate::locks::Locks;
use crate::queue::Queue;
use crate::request::{Called, Config, Opened, Submitted};
use crate::shared::Shared;
use crate::watcher::{Scope, Watcher};
use crate::workers::Workers;
use crate::{notify, ops, probe, run_dir, writers};

pub struct Session {
    pub shared: Arc<Shared>,
    workers: Workers,
    layers: Layers,
}

static SESSIONS: Mutex<(i32, BTreeMap<i32, Arc<Session>>)> = Mutex::new((0, BTreeMap::new()));
static QUIET_PANICS: Once = Once::new();

pub fn open(config: Config) -> Outcome<Opened> {
    // The default hook writes to the program's stderr; a panic is answered as E_INTERNAL instead.
    QUIET_PANICS.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(
            Code::KernelFeature,
            "the core needs root: containers are made of mounts and cgroups",
        ));
    }
    let hierarchies = Hierarchies::mounted()?;
    hierarchies.require_any()?;
    // What only looks has none, and a start would be refused: no run directory of a container is at this path.
    let root_run_dir = run_dir::root_run_dir(config.run_dir.as_deref().unwrap_or("/nonexistent"), &config.root_id);
    if config.run_dir.is_some() {
        run_dir::make_private(&root_run_dir)?;
    }
    let boot_id = process::boot_id()?;
    let features = probe::features(config.probe_dir.as_deref());
    let (event_fd, wake) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
        .map_err(|errno| Failure::sys(Code::Internal, "pipe2", "event pipe", errno))?;
    let queue = Arc::new(Queue::new(wake));
    let shared = Arc::new(Shared {
        boot_id: boot_id.clone(),
        root_run_dir,
        hierarchies,
        shim_image: sealed::seal(&config.shim_path)?,
        watcher: Watcher::start(queue.clone())?,
        queue,
        turns: Keyed::default(),
        locks: Locks::default(),
        config,
    });
    let session = Arc::new(Session { workers: Workers::start(shared.clone())?, layers: Layers::new()?, shared });
    let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    sessions.0 += 1;
    let handle = sessions.0;
    sessions.1.insert(handle, session);
    // The reader owns its end from here on.
    Ok(Opened { handle, event_fd: event_fd.into_raw_fd(), boot_id, features })
}

pub fn get(handle: i32) -> Outcome<Arc<Session>> {
    let sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    sessions.1.get(&handle).cloned().ok_or_else(|| Failure::new(Code::Gone, format!("core handle {handle} is closed")))
}

pub fn close(handle: i32) -> bool {
    let session = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&handle);
    session.inspect(|session| session.close()).is_some()
}

impl Session {
    /// The operation's number; its `opDone` event carries it.
    pub fn submit(&self, request: Submitted) -> Outcome<Value> {
        if let Some(container_id) = request.container_id() {
            run_dir::container_run_dir(&self.shared.root_run_dir, container_id)?;
        }
        let op = self.workers.next_op();
        match request {
            Submitted::CopyUp(request) => self.layers.copy_up(op, *request, self.shared.queue.clone()),
            Submitted::CopyTree(request) => self.layers.copy_tree(op, request, self.shared.queue.clone()),
            Submitted::Unpack(request) => self.layers.unpack(op, *request, self.shared.queue.clone()),
            Submitted::Assemble(request) => self.layers.assemble(op, *request, self.shared.queue.clone()),
            Submitted::Sync { directory_fd } => self.layers.sync(op, directory_fd, self.shared.queue.clone()),
            other => {
                self.workers.submit(op, other)?;
                Ok(json!({ "op": op }))
            }
        }
    }

    pub fn call(&self, request: Called) -> Outcome<Value> {
        let shared = &self.shared;
        match request {
            Called::Lock { path, mode, create } => Ok(json!({ "lock": shared.locks.take(&path, mode, create)? })),
            Called::Unlock { lock } => shared.locks.release(lock).map(|()| Value::Null),
            Called::Watch { run, network } => {
                let cgroups = &shared.cgroups(&run.container_id)?.dirs;
                shared.watcher.watch(&run, Scope { cgroups, network }).map(|()| Value::Null)
            }
            Called::WatchNetwork {} => {
                let rules = format!("reconcile-{}", shared.config.root_id);
                shared.watcher.watch_host_network(&rules).map(|()| Value::Null)
            }
            Called::Unwatch { container_id } => {
                shared.watcher.unwatch(&container_id);
                Ok(Value::Null)
            }
            Called::WatchPaths { paths } => {
                shared.watcher.watch_paths(&paths);
                Ok(Value::Null)
            }
            Called::WatchPathAnew { path } => {
                shared.watcher.watch_path_anew(&path);
                Ok(Value::Null)
            }
            Called::Notify { socket, state } => notify::notify(&socket, &state).map(|()| Value::Null),
            Called::Writers { path } => Ok(json!({ "open": writers::is_open_for_writing(&path) })),
            Called::Signal { pid, start_ticks, signal } => ops::signal(pid, start_ticks, signal).map(|()| Value::Null),
        }
    }

    fn close(&self) {
        self.layers.join();
        self.workers.join();
        self.shared.watcher.join();
        // Unless something runs.
        let _ = std::fs::remove_dir(&self.shared.root_run_dir);
    }
}
