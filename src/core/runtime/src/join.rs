//! One more process in a container that runs, told top-down. The first process is held by a pidfd whose identity was checked, so
//! every namespace is its own; all is given up in the way of `start`.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions, umask, waitid};

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::{kernel, paths};
use crate::protocol::{Namespaces, Rlimit, Sharing, StartPlan};
use crate::reaper;
use crate::start::report::{self, Notes};
use crate::start::{cgroups, exec, limits, process};
use crate::sys::handover::{self, Handed};
use crate::sys::terminal::{self, WindowSize};
use crate::sys::{self, Side};
use crate::user::Identity;

/// What to run, and beside whom.
pub struct Joining<'a> {
    pub plan: &'a StartPlan,
    /// The container's own, or one below it.
    pub cgroups: Vec<String>,
    /// pidfd of the container's first process
    pub first: &'a OwnedFd,
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub user: String,
    pub working_dir: String,
    /// Those of the first process, which the plan's go before.
    pub rlimits: Vec<Rlimit>,
    pub oom_score_adj: Option<i32>,
    pub standard: Standard,
    /// What it leaves behind is reaped by a process between it and us, which tells here how it ended.
    pub told: Option<OwnedFd>,
}

/// Where its descriptors 0 to 2 lead.
pub enum Standard {
    Descriptors([OwnedFd; 3]),
    /// A new one of the container's own.
    Terminal(WindowSize),
}

/// It is in the container, and has given up all it must: only its program is missing.
pub struct Waiting {
    pub pid: i32,
    pub pidfd: OwnedFd,
    master: Option<OwnedFd>,
    report: OwnedFd,
    control: OwnedFd,
}

/// A child of the caller's, in the container.
pub struct Member {
    pub pid: i32,
    pub pidfd: OwnedFd,
    /// of its terminal
    pub master: Option<OwnedFd>,
}

const GO: u8 = b'g';

/// Gives a process that waits for `go`, and ends by itself if that never comes.
///
/// # Safety
/// The caller is single-threaded.
pub unsafe fn join(joining: Joining) -> Outcome<Waiting> {
    cgroups::refuse_foreign(joining.plan)?;
    let birthplace = cgroups::birthplace(&joining.cgroups)?;
    let (report, writer) = report::channel()?;
    let (ours, theirs) = handover::pair()?;
    // SAFETY: single-threaded by this function's own contract.
    let side = unsafe { sys::fork_into(0, birthplace.as_ref()) };
    match side.map_err(|errno| failed("clone3", "create a process", errno).in_step("cgroup"))? {
        Side::Child => {
            drop(ours);
            report::end_with_failure(writer, |notes| enter(joining, &theirs, notes))
        }
        Side::Parent { pidfd: middle, .. } => {
            let wants_terminal = matches!(joining.standard, Standard::Terminal(_));
            drop((writer, theirs, joining));
            meet(report, ours, &middle, wants_terminal)
        }
    }
}

/// The process in between tells whom it has made, and ends; that one tells when it waits. Either word may come first.
fn meet(report: OwnedFd, control: OwnedFd, middle: &OwnedFd, wants_terminal: bool) -> Outcome<Waiting> {
    let (mut made, mut waits) = (None, None);
    while made.is_none() || waits.is_none() {
        match handover::receive(&control)? {
            Some(Handed { number: 0, descriptor }) if descriptor.is_some() == wants_terminal => {
                waits = Some(descriptor)
            }
            Some(Handed { number, descriptor: Some(pidfd) }) if number > 0 => {
                let _ = waitid(WaitId::PidFd(middle.as_fd()), WaitIdOptions::EXITED);
                made = Some((number, pidfd));
            }
            _ => return Err(unexplained(report, made.as_ref().map_or(middle, |(_, pidfd)| pidfd))),
        }
    }
    let (Some((pid, pidfd)), Some(master)) = (made, waits) else { return Err(unexplained(report, middle)) };
    Ok(Waiting { pid, pidfd, master, report, control })
}

/// It has ended before it was to; its report tells why.
fn unexplained(report: OwnedFd, of: &OwnedFd) -> Failure {
    report::read(report, of).err().unwrap_or_else(|| Failure::new(Code::Internal, "a process ended without a word"))
}

impl Waiting {
    /// One that has failed already hears nothing; its report tells why.
    pub fn go(&self) {
        let _ = handover::send(&self.control, i32::from(GO), None);
    }

    /// Readable once it has been executed, or has not been.
    pub fn report(&self) -> BorrowedFd<'_> {
        self.report.as_fd()
    }

    /// When this returns it has been executed, or nothing of it is left.
    pub fn executed(self) -> Outcome<Member> {
        drop(self.control);
        report::read(self.report, &self.pidfd)?;
        Ok(Member { pid: self.pid, pidfd: self.pidfd, master: self.master })
    }
}

/// In its cgroups before all else; a pid namespace only takes what is forked after.
fn enter(joining: Joining, control: &OwnedFd, notes: &mut Notes) -> Outcome<Infallible> {
    process::hide()?;
    notes.step("cgroup", || cgroups::join(&joining.cgroups))?;
    notes.step("namespaces", || enter_namespaces(&joining))?;
    // SAFETY: this process has one thread. The child is the caller's, which waits for it.
    let side = unsafe { sys::fork_into(libc::CLONE_PARENT as u64, None) };
    match side.map_err(|errno| forked(errno, &joining.plan.name))? {
        Side::Child => become_member(joining, control, notes),
        Side::Parent { pid, pidfd } => {
            handover::send(control, pid, Some(&pidfd))?;
            sys::exit_now(0)
        }
    }
}

fn enter_namespaces(joining: &Joining) -> Outcome<()> {
    let flags = libc::CLONE_NEWNS | flags_of(&joining.plan.namespaces);
    // SAFETY: this process has one thread and shares nothing with another.
    if unsafe { libc::setns(joining.first.as_raw_fd(), flags) } == 0 {
        return Ok(());
    }
    match Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL) {
        Errno::SRCH => Err(ended(&joining.plan.name)),
        errno => Err(failed("setns", "join the namespaces", errno)),
    }
}

fn flags_of(namespaces: &Namespaces) -> i32 {
    let its = |sharing: Sharing, flag: i32| if sharing == Sharing::Host { 0 } else { flag };
    its(namespaces.pid, libc::CLONE_NEWPID)
        | its(namespaces.ipc, libc::CLONE_NEWIPC)
        | its(namespaces.uts, libc::CLONE_NEWUTS)
        | its(namespaces.net, libc::CLONE_NEWNET)
        | its(namespaces.cgroup, libc::CLONE_NEWCGROUP)
}

/// The kernel has no memory for a process of a pid namespace whose first one has ended: pid_namespaces(7).
fn forked(errno: Errno, name: &str) -> Failure {
    if errno == Errno::NOMEM { ended(name) } else { failed("clone3", "create a process", errno) }
}

fn ended(name: &str) -> Failure {
    Failure::new(Code::Gone, format!("{name} has just ended"))
}

fn become_member(joining: Joining, control: &OwnedFd, notes: &mut Notes) -> Outcome<Infallible> {
    let plan = joining.plan;
    notes.step("session", process::begin_session)?;
    // setns(2) has made the container's root ours.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open("/", flags, Mode::empty()).map_err(|errno| failed("open", "open the root", errno))?;
    let proc = notes.step("proc", kernel::procfs)?;
    let identity = notes.step("user", || exec::look_up_user(&root, &joining.user))?;
    notes.step("oomScoreAdj", || limits::set_oom_score_adj(&proc, plan.oom_score_adj.or(joining.oom_score_adj)))?;
    notes.step("ulimits", || limits::set_rlimits(&joining.rlimits))?;
    notes.step("ulimits", || limits::set_rlimits(&plan.rlimits))?;
    umask(Mode::from_raw_mode(process::UMASK));

    let standard = notes.step("descriptors", || match joining.standard {
        Standard::Descriptors(standard) => {
            give_pipes(&standard, &identity)?;
            handover::send(control, 0, None).map(|()| standard)
        }
        Standard::Terminal(size) => own_terminal(&root, &identity, size, control),
    })?;
    // The one to the caller is needed a little longer; it is closed by the exec, as is the report.
    notes.step("descriptors", || process::keep_only(standard.each_ref()))?;
    drop((standard, root, proc));
    notes.step("capabilities", || process::become_user(&identity, &plan.capabilities))?;
    notes.step("workingDir", || process::enter_working_dir(&joining.working_dir))?;
    if plan.no_new_privileges {
        notes.step("noNewPrivileges", process::give_up_new_privileges)?;
    }
    sys::reset_signals();
    let program =
        notes.step("exec", || exec::prepare(&joining.args, &exec::with_home(&joining.env, &identity.home)))?;
    let go = handover::receive(control)?.is_some_and(|handed| handed.number == i32::from(GO));
    if !go {
        sys::exit_now(70);
    }
    if let Some(told) = joining.told {
        notes.step("reaper", || reaper::go_on_in_child(told))?;
    }
    notes.ready();
    notes.step("exec", || program.exec())
}

/// A user other than root may open what it writes to as `/dev/stdout`. A file of the caller's stays the caller's.
fn give_pipes(standard: &[OwnedFd; 3], identity: &Identity) -> Outcome<()> {
    const PIPEFS_MAGIC: libc::__fsword_t = 0x5049_5045;
    let owner = Some(rustix::fs::Uid::from_raw(identity.uid));
    let is_pipe = |fd: &&OwnedFd| rustix::fs::fstatfs(fd).is_ok_and(|stat| stat.f_type == PIPEFS_MAGIC);
    standard.iter().filter(is_pipe).try_for_each(|pipe| {
        rustix::fs::fchown(pipe, owner, None).map_err(|errno| failed("fchown", "set up descriptors", errno))
    })
}

/// In the container's own devpts, where `ttyname` finds it.
fn own_terminal(root: &OwnedFd, identity: &Identity, size: WindowSize, control: &OwnedFd) -> Outcome<[OwnedFd; 3]> {
    const PATH: &str = "/dev/pts/ptmx";
    let failed = |syscall: &'static str| {
        move |errno| Failure::sys(Code::Mount, syscall, "open a terminal", errno).at(PATH).in_step("terminal")
    };
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK;
    let master = paths::open_in(root, PATH, flags).map_err(failed("openat2"))?;
    if !terminal::is_master(&master).map_err(failed("fstat"))? {
        return Err(Failure::new(Code::PathUnsafe, format!("{PATH} is not that of a devpts")).at(PATH));
    }
    let slave = terminal::slave_of(&master).map_err(failed("ioctl"))?;
    terminal::set_window_size(&slave, size).map_err(failed("ioctl"))?;
    let owner = Some(rustix::fs::Uid::from_raw(identity.uid));
    rustix::fs::fchown(&slave, owner, None).map_err(failed("fchown"))?;
    terminal::control(&slave).map_err(failed("ioctl"))?;
    handover::send(control, 0, Some(&master))?;
    let again = || slave.try_clone().map_err(|error| Failure::io(Code::Mount, "dup", "open a terminal", &error));
    Ok([again()?, again()?, slave])
}

fn failed(syscall: &str, what: &str, errno: Errno) -> Failure {
    Failure::sys(Code::Namespace, syscall, what, errno)
}

#[cfg(test)]
mod tests {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use super::*;

    /// The one that waits may be quicker than the one that made it.
    #[test]
    fn the_two_words_are_understood_in_any_order() {
        let pidfd_of = |pid| pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
        let own = std::process::id() as i32;
        for waits_first in [true, false] {
            let middle = std::process::Command::new("true").spawn().unwrap();
            let middle = pidfd_of(middle.id() as i32);
            let (ours, theirs) = handover::pair().unwrap();
            let (report, _writer) = report::channel().unwrap();
            for waits in [waits_first, !waits_first] {
                let (number, descriptor) = if waits { (0, None) } else { (own, Some(pidfd_of(own))) };
                handover::send(&theirs, number, descriptor.as_ref()).unwrap();
            }
            let met = meet(report, ours, &middle, false).unwrap_or_else(|failure| panic!("{failure:?}"));
            assert_eq!(met.pid, own);
        }
    }
}
