//! Mount tables of containers and of the host, by poll on their mountinfo, and the names of bind sources, by inotify on the
//! directories that hold them. An open mountinfo keeps its mount namespace alive, so it goes with the run's first process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::process::start_ticks;
use rustix::event::epoll;
use rustix::fs::{CWD, Mode, OFlags, inotify, openat};

use super::bucket::{Bucket, LIMITS, MOUNTS, PATHS};
use crate::queue::Event;
use crate::request::Run;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Subject {
    Host,
    Container(String),
    /// The cgroup directories of a container.
    Limits(String),
    /// A bind source.
    Path(String),
}

struct Polled {
    subject: Subject,
    mountinfo: OwnedFd,
    /// Not in the epoll set: the subject has used up its turns.
    rests: bool,
}

/// By watched directory: a name in it, and the path that was asked for.
type Names = HashMap<i32, Vec<(OsString, String)>>;

#[derive(Default)]
pub struct MountWatches {
    polled: BTreeMap<u64, Polled>,
    buckets: HashMap<Subject, Bucket>,
    names: Names,
}

/// Ancestors of a missing source that are looked at for one that is there.
const MAX_ANCESTORS: usize = 16;

impl MountWatches {
    pub fn has_host(&self) -> bool {
        self.polled.values().any(|each| each.subject == Subject::Host)
    }

    /// What can't be opened is left to the sweep.
    pub fn poll_host(&mut self, epoll: &OwnedFd, token: u64) {
        if let Ok(file) = open_mountinfo("self") {
            self.poll(epoll, token, Subject::Host, file);
        }
    }

    /// Of exactly this run: opened first, compared after.
    pub fn poll_run(&mut self, epoll: &OwnedFd, token: u64, run: &Run) {
        let Ok(file) = open_mountinfo(&run.pid.to_string()) else { return };
        if start_ticks(run.pid) == Some(run.start_ticks) {
            self.poll(epoll, token, Subject::Container(run.container_id.clone()), file);
        }
    }

    fn poll(&mut self, epoll: &OwnedFd, token: u64, subject: Subject, mountinfo: OwnedFd) {
        if arm(epoll, &mountinfo, token).is_ok() {
            self.polled.insert(token, Polled { subject, mountinfo, rests: false });
        }
    }

    /// The event of a mountinfo; None: the token is of something else.
    pub fn changed(&mut self, epoll: &OwnedFd, token: u64, now: Instant) -> Option<Vec<Event>> {
        let polled = self.polled.get_mut(&token)?;
        let (told, event) = spend(&mut self.buckets, &polled.subject, now);
        if !told {
            // The kernel reports errors and urgent data of a descriptor in the set whatever is asked for.
            polled.rests = epoll::delete(epoll, &polled.mountinfo).is_ok();
        }
        Some(if told { vec![event] } else { vec![] })
    }

    /// Something happened to a name in a watched directory; None: the watch is of something else.
    pub fn touched(&mut self, watch: i32, name: Option<&[u8]>, now: Instant) -> Option<Vec<Event>> {
        let names = self.names.get(&watch)?;
        // Without a name it is the directory itself.
        let is_meant = |own: &OsStr| name.is_none_or(|name| own.as_bytes() == name);
        let paths: BTreeSet<&String> = names.iter().filter(|(own, _)| is_meant(own)).map(|(_, path)| path).collect();
        let subjects = paths.into_iter().map(|path| Subject::Path(path.clone()));
        let events = subjects.filter_map(|subject| {
            let (told, event) = spend(&mut self.buckets, &subject, now);
            told.then_some(event)
        });
        Some(events.collect())
    }

    /// Somebody wrote in a container's cgroup directories; None: what is owed comes later.
    pub fn limits_written(&mut self, container_id: &str, now: Instant) -> Option<Event> {
        let (told, event) = spend(&mut self.buckets, &Subject::Limits(container_id.to_string()), now);
        told.then_some(event)
    }

    /// How long until something that is owed may be told.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        self.buckets.values().filter_map(Bucket::due).min().map(|due| due.saturating_duration_since(now))
    }

    /// What was owed and is due, and its mount tables are polled again.
    pub fn due(&mut self, epoll: &OwnedFd, now: Instant) -> Vec<Event> {
        let due = self.buckets.iter().filter(|(_, bucket)| bucket.due().is_some_and(|due| due <= now));
        let subjects: Vec<Subject> = due.map(|(subject, _)| subject.clone()).collect();
        for (token, polled) in self.polled.iter_mut().filter(|(_, each)| each.rests && subjects.contains(&each.subject))
        {
            polled.rests = arm(epoll, &polled.mountinfo, *token).is_err();
        }
        subjects.iter().map(|subject| spend(&mut self.buckets, subject, now).1).collect()
    }

    /// What keeps a run's mount namespace alive.
    pub fn release(&mut self, container_id: &str) -> Vec<OwnedFd> {
        let subject = Subject::Container(container_id.to_string());
        self.buckets.remove(&subject);
        self.buckets.remove(&Subject::Limits(container_id.to_string()));
        let tokens: Vec<u64> =
            self.polled.iter().filter(|(_, polled)| polled.subject == subject).map(|(token, _)| *token).collect();
        tokens.iter().filter_map(|token| self.polled.remove(token)).map(|polled| polled.mountinfo).collect()
    }

    /// Watches exactly these paths from now on.
    pub fn watch_paths(&mut self, inotify: &OwnedFd, paths: &[String]) {
        let mut names = HashMap::new();
        for path in paths {
            add_names(&mut names, inotify, path);
        }
        self.take_names(inotify, names);
        self.buckets.retain(|subject, _| !matches!(subject, Subject::Path(path) if !paths.contains(path)));
    }

    /// Where a watched path lies by now: the directory that holds it, or a link on the way, may be another one.
    pub fn watch_anew(&mut self, inotify: &OwnedFd, path: &str) {
        let mut names = self.names.clone();
        names.values_mut().for_each(|own| own.retain(|(_, each)| each != path));
        add_names(&mut names, inotify, path);
        names.retain(|_, own| !own.is_empty());
        self.take_names(inotify, names);
    }

    fn take_names(&mut self, inotify: &OwnedFd, names: Names) {
        for watch in self.names.keys().filter(|watch| !names.contains_key(watch)) {
            let _ = inotify::remove_watch(inotify, *watch);
        }
        self.names = names;
    }
}

fn add_names(names: &mut Names, inotify: &OwnedFd, path: &str) {
    let target = std::fs::canonicalize(path).ok();
    for place in [Some(Path::new(path)), target.as_deref()].into_iter().flatten() {
        if let Some((watch, name)) = watch_name(inotify, place) {
            names.entry(watch).or_default().push((name, path.to_string()));
        }
    }
}

fn spend(buckets: &mut HashMap<Subject, Bucket>, subject: &Subject, now: Instant) -> (bool, Event) {
    let rule = match subject {
        Subject::Limits(_) => LIMITS,
        Subject::Path(_) => PATHS,
        Subject::Host | Subject::Container(_) => MOUNTS,
    };
    let told = buckets.entry(subject.clone()).or_insert_with(|| Bucket::full(rule, now)).spend(now);
    let event = match subject {
        Subject::Limits(id) => Event::Limits { container_id: id.clone() },
        Subject::Container(id) => Event::Mounts { container_id: Some(id.clone()), path: None },
        Subject::Host => Event::Mounts { container_id: None, path: None },
        Subject::Path(path) => Event::Mounts { container_id: None, path: Some(path.clone()) },
    };
    (told, event)
}

fn open_mountinfo(pid: &str) -> rustix::io::Result<OwnedFd> {
    openat(CWD, format!("/proc/{pid}/mountinfo"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
}

fn arm(epoll: &OwnedFd, file: &OwnedFd, token: u64) -> rustix::io::Result<()> {
    epoll::add(epoll, file, epoll::EventData::new_u64(token), epoll::EventFlags::PRI)
}

/// The directory that holds a path, or would; above it, where that is missing, too.
fn watch_name(inotify: &OwnedFd, path: &Path) -> Option<(i32, OsString)> {
    let flags = inotify::WatchFlags::CREATE
        | inotify::WatchFlags::MOVED_TO
        | inotify::WatchFlags::MOVED_FROM
        | inotify::WatchFlags::DELETE
        | inotify::WatchFlags::CLOSE_WRITE
        | inotify::WatchFlags::MOVE_SELF
        | inotify::WatchFlags::ONLYDIR;
    path.ancestors().take(MAX_ANCESTORS).find_map(|place| {
        let (parent, name) = (place.parent()?, place.file_name()?);
        inotify::add_watch(inotify, parent, flags).ok().map(|watch| (watch, name.to_os_string()))
    })
}
