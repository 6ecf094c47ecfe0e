//! One thread that sleeps in epoll: exits by pidfd, limit writes by inotify on the cgroup directories, mounts by poll, links by
//! netlink.

mod bucket;
mod links;
mod mounts;
mod release;
mod table;
mod written;

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::fs::inotify;
use rustix::io::Errno;

use crate::abi::caught;
use crate::queue::{Event, Queue};
use crate::request::Run;
use crate::thread::thread;
use links::listen_inside;
use release::Releases;
use table::{Part, Table};

const STOP: u64 = 0;
const INOTIFY: u64 = 1;

pub struct Watcher {
    inner: Arc<Inner>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What of a run is watched besides its processes.
pub struct Scope<'a> {
    pub cgroups: &'a [PathBuf],
    /// Links, addresses and routes in its network namespace.
    pub network: bool,
}

struct Inner {
    epoll: OwnedFd,
    inotify: OwnedFd,
    stop: OwnedFd,
    queue: Arc<Queue>,
    table: Mutex<Table>,
    releases: Arc<Releases>,
}

impl Watcher {
    pub fn start(queue: Arc<Queue>) -> Outcome<Self> {
        let inner =
            Arc::new(Inner::new(queue).map_err(|errno| Failure::sys(Code::Internal, "epoll", "watcher", errno))?);
        let running = inner.clone();
        let thread = thread("rc-watcher", move || while caught(|| Ok(running.step())).unwrap_or(true) {})?;
        Ok(Watcher { inner, thread: Mutex::new(Some(thread)) })
    }

    /// Idempotent; a changed shim replaces the old one. E_GONE when the process is no more.
    pub fn watch(&self, run: &Run, scope: Scope) -> Outcome<()> {
        let payload = open_identified(run.pid, run.start_ticks)?;
        self.inner.add(run, Some(payload), scope)
    }

    /// For a run that has just begun and may have ended already: then its exit event comes at once.
    pub fn watch_new(&self, run: &Run, scope: Scope) -> Outcome<()> {
        self.inner.add(run, open_identified(run.pid, run.start_ticks).ok(), scope)
    }

    /// The host's links, and its table of nftables of this name. Idempotent.
    pub fn watch_host_network(&self, rules: &str) -> Outcome<()> {
        let mut table = self.inner.lock();
        if table.links.hears_host() {
            return Ok(());
        }
        let tokens = [table.next_token(), table.next_token()];
        table.links.hear_host(&self.inner.epoll, tokens, rules.to_string())
    }

    /// Its end is told as this event. Idempotent; another one of the kind replaces it.
    pub fn watch_daemon(&self, ended: Event, pid: i32, start_ticks: u64) -> Outcome<()> {
        self.inner.lock().watch_daemon(&self.inner.epoll, ended, (pid, start_ticks))
    }

    pub fn unwatch(&self, container_id: &str) {
        self.inner.forget(&mut self.inner.lock(), container_id);
    }

    /// Bind sources of which something may be heard from now on; these and no others.
    pub fn watch_paths(&self, paths: &[String]) {
        let mut table = self.inner.lock();
        if !paths.is_empty() && !table.mounts.has_host() {
            let token = table.next_token();
            table.mounts.poll_host(&self.inner.epoll, token);
        }
        table.mounts.watch_paths(&self.inner.inotify, paths);
    }

    /// One of them, when something happened there, before it is looked at.
    pub fn watch_path_anew(&self, path: &str) {
        self.inner.lock().mounts.watch_anew(&self.inner.inotify, path);
    }

    /// Lets go of what keeps the mount namespace of an ended run alive; when this returns nothing of ours does.
    pub fn release_mounts(&self, container_id: &str) {
        self.inner.release(&mut self.inner.lock(), container_id);
        self.inner.releases.wait(container_id);
    }

    pub fn join(&self) {
        let _ = rustix::io::write(&self.inner.stop, &1u64.to_ne_bytes());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn new(queue: Arc<Queue>) -> rustix::io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let inotify = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        let stop = eventfd(0, EventfdFlags::CLOEXEC)?;
        epoll::add(&epoll, &stop, epoll::EventData::new_u64(STOP), epoll::EventFlags::IN)?;
        epoll::add(&epoll, &inotify, epoll::EventData::new_u64(INOTIFY), epoll::EventFlags::IN)?;
        Ok(Inner { epoll, inotify, stop, queue, table: Mutex::default(), releases: Arc::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, run: &Run, payload: Option<OwnedFd>, scope: Scope) -> Outcome<()> {
        // What can't be heard is left to the sweep.
        let links = payload.as_ref().filter(|_| scope.network).and_then(|payload| listen_inside(payload).ok());
        let mut table = self.lock();
        if table.same_run(run) {
            let is_heard = table.links.hears(&run.container_id);
            self.hear(&mut table, &run.container_id, links.filter(|_| !is_heard));
            return Ok(());
        }
        self.forget(&mut table, &run.container_id);
        let shim = open_identified(run.shim_pid, run.shim_start_ticks).ok();
        let (has_payload, has_shim) = (payload.is_some(), shim.is_some());
        for (part, pidfd) in [(Part::Payload, payload), (Part::Shim, shim)] {
            let Some(pidfd) = pidfd else { continue };
            let token = table.next_token();
            epoll::add(&self.epoll, &pidfd, epoll::EventData::new_u64(token), epoll::EventFlags::IN)
                .map_err(|errno| Failure::sys(Code::Internal, "epoll_ctl", "watch a process", errno))?;
            table.insert(run, token, part, pidfd);
        }
        if has_payload {
            table.keep_cgroups(&run.container_id, scope.cgroups);
            self.watch_cgroups(&mut table, &run.container_id);
            let token = table.next_token();
            table.mounts.poll_run(&self.epoll, token, run);
            self.hear(&mut table, &run.container_id, links);
        } else {
            self.queue.push(exit(run, !has_shim));
        }
        if has_payload && !has_shim {
            self.queue.push(Event::ShimLost { container_id: run.container_id.clone() });
        }
        Ok(())
    }

    fn hear(&self, table: &mut Table, container_id: &str, links: Option<OwnedFd>) {
        let Some(links) = links else { return };
        let token = table.next_token();
        table.links.hear_run(&self.epoll, token, container_id, links);
    }

    /// A directory that can't be watched is left to the sweep.
    fn watch_cgroups(&self, table: &mut Table, container_id: &str) {
        let flags = inotify::WatchFlags::MODIFY | inotify::WatchFlags::DELETE_SELF | inotify::WatchFlags::ONLYDIR;
        for dir in table.cgroups_of(container_id) {
            if let Ok(watch) = inotify::add_watch(&self.inotify, &dir, flags) {
                table.add_directory(container_id, watch);
            }
            // What the kernel itself says there (frozen, nobody left) reaches only a watch on the file.
            let events = dir.join("cgroup.events");
            if let Ok(watch) = inotify::add_watch(&self.inotify, events, inotify::WatchFlags::MODIFY) {
                table.add_directory(container_id, watch);
            }
        }
    }

    fn forget(&self, table: &mut Table, container_id: &str) {
        self.release(table, container_id);
        self.drop_watches(table.take_directories(container_id));
        for pidfd in table.remove(container_id) {
            let _ = epoll::delete(&self.epoll, pidfd);
        }
    }

    fn release(&self, table: &mut Table, container_id: &str) {
        table.links.release(container_id);
        let mountinfos = table.mounts.release(container_id);
        for mountinfo in &mountinfos {
            let _ = epoll::delete(&self.epoll, mountinfo);
        }
        self.releases.release(container_id, mountinfos);
    }

    fn drop_watches(&self, watches: Vec<i32>) {
        for watch in watches {
            let _ = inotify::remove_watch(&self.inotify, watch);
        }
    }

    /// False ends the thread.
    fn step(&self) -> bool {
        let mut ready = Vec::with_capacity(64);
        let timeout = self.lock().wait(Instant::now()).and_then(|wait| Timespec::try_from(wait).ok());
        match epoll::wait(&self.epoll, spare_capacity(&mut ready), timeout.as_ref()) {
            Err(Errno::INTR) => return true,
            Err(_) => return false,
            Ok(_) => {}
        }
        for event in &ready {
            match event.data.u64() {
                STOP => return false,
                INOTIFY => self.read_inotify(),
                token => self.changed_or_ended(token),
            }
        }
        self.tell_due();
        true
    }

    /// Watched again before it is told, so nothing falls between.
    fn tell_due(&self) {
        let mut table = self.lock();
        for event in table.mounts.due(&self.epoll, Instant::now()) {
            if let Event::Limits { container_id } = &event {
                self.watch_cgroups(&mut table, container_id);
            }
            self.queue.push(event);
        }
        table.links.due(&self.epoll, Instant::now()).into_iter().for_each(|event| self.queue.push(event));
    }

    fn changed_or_ended(&self, token: u64) {
        let ended = self.lock().daemon_ended(token);
        if let Some(event) = ended {
            return self.queue.push(event);
        }
        // Bound first: a guard in the scrutinee would be held to the end of the match.
        let changed = self.lock().changed(&self.epoll, token, Instant::now());
        match changed {
            Some(events) => events.into_iter().for_each(|event| self.queue.push(event)),
            None => self.ended(token),
        }
    }

    fn ended(&self, token: u64) {
        let mut table = self.lock();
        let Some((run, part)) = table.find(token) else { return };
        // A shim that has done its work ends just after its payload: look before calling it lost.
        let payload_ended = part == Part::Payload || table.payload_has_ended(&run.container_id);
        let pidfd = table.take(token);
        let _ = pidfd.map(|pidfd| epoll::delete(&self.epoll, pidfd));
        if payload_ended {
            self.release(&mut table, &run.container_id);
        }
        if !payload_ended {
            self.queue.push(Event::ShimLost { container_id: run.container_id.clone() });
            return;
        }
        let settled = !table.has(&run.container_id, Part::Shim);
        self.queue.push(exit(&run, settled));
        match settled {
            true => self.forget(&mut table, &run.container_id),
            // The cgroups end with the run; what happens to them from here on is nobody's drift.
            false => self.drop_watches(table.take_directories(&run.container_id)),
        }
    }
}

fn exit(run: &Run, settled: bool) -> Event {
    Event::Exit {
        container_id: run.container_id.clone(),
        pid: run.pid,
        start_ticks: run.start_ticks.to_string(),
        settled,
    }
}
