//! The start sequence, told top-down. The order is the security property: nothing of the image runs before the last line.

pub mod cgroups;
pub mod console;
pub mod exec;
pub mod init;
pub mod joins;
pub mod limits;
pub mod network;
pub mod process;
pub mod report;
pub mod sysctl;

use std::convert::Infallible;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::process::{Signal, chdir, fchdir, pidfd_send_signal, pivot_root, umask};
use rustix::thread::{Uid, UnshareFlags};

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::{self, dev, host, kernel, paths, restrict, root};
use crate::protocol::{Namespaces, Sharing, StartPlan, Warning};
use crate::sys::{self, Side};
use crate::user::Identity;
use network::Gate;
use report::Notes;

/// Where the first process writes to.
pub enum Output {
    /// Ends of the log pipes; opened read-write, so that a dead reader never kills it by SIGPIPE.
    Pipes { stdout: OwnedFd, stderr: OwnedFd },
    /// A terminal of the container's own, which it reads from, too; its master is sent here.
    Terminal(OwnedFd),
}

pub struct Payload {
    pub pid: i32,
    pub pidfd: OwnedFd,
    pub warnings: Vec<Warning>,
}

/// Starts the container's first process. When this returns it has been executed, or nothing of it is left.
///
/// # Safety
/// The caller is single-threaded.
pub unsafe fn start(plan: &StartPlan, output: Output) -> Outcome<Payload> {
    cgroups::refuse_foreign(plan)?;
    let birthplace = cgroups::birthplace(&plan.cgroups)?;
    network::refuse_shared(plan)?;
    let others = joins::open(&plan.joins)?;
    let (reader, writer) = report::channel()?;
    let mut gate = Gate::new()?;
    let own_pids = joins::children_join(&others)?;
    // SAFETY: single-threaded by this function's own contract.
    let side = unsafe { sys::fork_into(namespaces_at_birth(&plan.namespaces), birthplace.as_ref()) };
    match side.map_err(|errno| Failure::sys(Code::Namespace, "clone3", "create namespaces", errno).in_step("clone"))? {
        Side::Child => {
            gate.is_in_child();
            report::end_with_failure(writer, |notes| become_container(plan, &others, output, gate, notes))
        }
        Side::Parent { pid, pidfd } => {
            drop((writer, output, others));
            if let Err(failure) = joins::children_stay(own_pids) {
                let _ = pidfd_send_signal(&pidfd, Signal::KILL);
                return Err(failure);
            }
            // While the child mounts.
            let connected = network::connect(plan, pid, &pidfd, gate);
            let started = report::read(reader, &pidfd);
            let warnings = network::settle(plan, connected, started)?;
            Ok(Payload { pid, pidfd, warnings })
        }
    }
}

/// The cgroup namespace comes later: its root is where the process is when it is made.
fn namespaces_at_birth(wanted: &Namespaces) -> u64 {
    let private = |sharing: Sharing, flag: i32| if sharing == Sharing::Private { flag as u64 } else { 0 };
    libc::CLONE_NEWNS as u64
        | private(wanted.pid, libc::CLONE_NEWPID)
        | private(wanted.ipc, libc::CLONE_NEWIPC)
        | private(wanted.uts, libc::CLONE_NEWUTS)
        | private(wanted.net, libc::CLONE_NEWNET)
}

fn become_container(
    plan: &StartPlan,
    others: &[joins::Other],
    output: Output,
    mut gate: Gate,
    notes: &mut Notes,
) -> Outcome<Infallible> {
    // In the cgroups first: whatever follows is already limited and accounted for.
    notes.step("cgroup", || cgroups::join(&plan.cgroups))?;
    notes.step("isolate", || isolate(&plan.namespaces))?;
    notes.step("join", || joins::enter(others))?;
    let shared_shm = notes.step("join", || joins::shm(others))?;

    // Host paths while the mount namespace is still the host's peer, then no way back to it.
    let host = notes.step("sources", || host::take(plan, shared_shm))?;
    let init = notes.step("init", || init::image(plan))?;
    notes.step("propagation", leave_peer_group)?;

    let root = notes.step("root", || root::mount(plan))?;
    notes.step("root", || mounts::attach(&root, host_directory(&plan.container_run_dir)?, "/"))?;

    // The kernel's filesystems before anything that the container asked for.
    umask(Mode::empty());
    let proc = notes.step("proc", kernel::procfs)?;
    notes.step("proc", || mounts::attach(&proc, paths::own_directory(&root, "proc")?, "/proc"))?;
    notes.step("sysfs", || kernel::attach_sysfs(&root))?;
    notes.step("sysfs", || kernel::attach_cgroups(&root, host.cgroups.as_ref()))?;
    let dev = notes.step("dev", dev::build)?;
    let null = notes.step("dev", || open_null(&dev))?;
    notes.step("dev", || dev::attach_complete(&root, &dev, &host, plan.shm_size_bytes))?;
    let terminal = notes.step("terminal", || open_terminal(&dev, &output))?;
    umask(Mode::from_raw_mode(process::UMASK));
    notes.step("mounts", || mounts::user::attach_all(&root, plan, &host))?;
    notes.step("workingDir", || paths::ensure(&root, plan.working_dir(), paths::Kind::Directory).map(drop))?;
    let nulls = host.nulls;
    drop((host.binds, host.files, host.shm, host.cgroups));

    notes.step("pivot", || pivot_into(&root))?;

    if network::must_precede_sysctls(plan) {
        notes.step(network::STEP, || gate.pass())?;
    }
    // Written through our own procfs while nothing covers it; then covered; the root's own read-only flag last.
    notes.step("sysctls", || sysctl::write_all(&proc, &plan.sysctls, &plan.namespaces))?;
    notes.step("maskedPaths", || restrict::mask(&root, &plan.masked_paths, nulls))?;
    notes.step("readonlyPaths", || restrict::make_read_only(&root, &plan.readonly_paths))?;
    let identity = notes.step("user", || exec::look_up_user(&root, &plan.user))?;
    if plan.read_only_root {
        notes.step("readOnlyRoot", || restrict::make_root_read_only(&root))?;
    }

    notes.step("hostname", || set_names(plan))?;
    if plan.namespaces.net == Sharing::Private {
        notes
            .step("loopback", || sys::loopback_up().map_err(|errno| namespace("ioctl", "bring loopback up", errno)))?;
    }
    let oom = notes.step("oomScoreAdj", || limits::set_oom_score_adj(&proc, plan.oom_score_adj))?;
    let clamped = notes.step("ulimits", || limits::set_rlimits(&plan.rlimits))?;
    notes.warn(oom.into_iter().chain(clamped));

    notes.step("descriptors", || set_descriptors(null, output, terminal, &identity))?;
    let missing = notes.step("capabilities", || process::become_user(&identity, &plan.capabilities))?;
    notes.warn(missing);
    notes.step("workingDir", || process::enter_working_dir(plan.working_dir()))?;
    if plan.no_new_privileges {
        notes.step("noNewPrivileges", process::give_up_new_privileges)?;
    }
    sys::reset_signals();
    notes.step(network::STEP, || gate.pass())?;
    let env = exec::with_home(&plan.env, &identity.home);
    let program = notes.step("exec", || init::program(init, &plan.args, &env, notes))?;
    notes.ready();
    notes.step("exec", || program.exec())
}

fn namespace(syscall: &str, what: &str, errno: Errno) -> Failure {
    Failure::sys(Code::Namespace, syscall, what, errno)
}

/// Not dumpable before anything of the container is in reach (CVE-2019-5736); no terminal and no keys of the caller.
fn isolate(namespaces: &Namespaces) -> Outcome<()> {
    process::hide()?;
    if namespaces.cgroup == Sharing::Private {
        // SAFETY: this process has one thread and shares no descriptor table.
        unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWCGROUP) }
            .map_err(|errno| namespace("unshare", "create the cgroup namespace", errno))?;
    }
    process::begin_session()
}

/// From here on no mount of ours reaches the host; the host's unmounts still reach us.
fn leave_peer_group() -> Outcome<()> {
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .map_err(|errno| Failure::sys(Code::Mount, "mount", "make / a slave", errno))
}

fn host_directory(path: &str) -> Outcome<OwnedFd> {
    paths::host_path(path).map_err(|errno| Failure::sys(Code::Mount, "openat", format!("open {path}"), errno).at(path))
}

/// The container's standard input, from the device tree that we have just made.
fn open_null(dev: &OwnedFd) -> Outcome<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let null = openat(dev, "null", flags, Mode::empty())
        .map_err(|errno| Failure::sys(Code::Mount, "openat", "open /dev/null", errno).at("/dev/null"))?;
    host::verify_null(&null).map(|()| null)
}

/// The old root is put under the new one and detached, without a directory for it: pivot_root(2), NOTES.
fn pivot_into(root: impl AsFd) -> Outcome<()> {
    let failed = |syscall: &'static str| move |errno| Failure::sys(Code::Mount, syscall, "change the root", errno);
    fchdir(root).map_err(failed("fchdir"))?;
    pivot_root(".", ".").map_err(failed("pivot_root"))?;
    unmount(".", UnmountFlags::DETACH).map_err(failed("umount2"))?;
    chdir("/").map_err(failed("chdir"))
}

fn set_names(plan: &StartPlan) -> Outcome<()> {
    if plan.namespaces.uts != Sharing::Private {
        return Ok(());
    }
    rustix::system::sethostname(plan.hostname.as_bytes())
        .map_err(|errno| namespace("sethostname", "set the hostname", errno))?;
    rustix::system::setdomainname(plan.domainname.as_bytes())
        .map_err(|errno| namespace("setdomainname", "set the domain name", errno))
}

fn open_terminal(dev: &OwnedFd, output: &Output) -> Outcome<Option<OwnedFd>> {
    match output {
        Output::Pipes { .. } => Ok(None),
        Output::Terminal(to_shim) => console::open(dev, to_shim).map(Some),
    }
}

/// 0 to 2 are the container's, every other descriptor ends at exec (CVE-2024-21626). The pipes belong to the container's
/// user, or `/dev/stdout` could not be opened by it; so does the terminal.
fn set_descriptors(null: OwnedFd, output: Output, terminal: Option<OwnedFd>, identity: &Identity) -> Outcome<()> {
    let failed =
        |syscall: &'static str| move |errno| Failure::sys(Code::Internal, syscall, "set up descriptors", errno);
    let own = |fd: &OwnedFd| rustix::fs::fchown(fd, Some(Uid::from_raw(identity.uid)), None).map_err(failed("fchown"));
    if let Output::Pipes { stdout, stderr } = &output {
        own(stdout).and_then(|()| own(stderr))?;
        return process::keep_only([&null, stdout, stderr]);
    }
    let Some(terminal) = terminal else { return Err(Failure::new(Code::Internal, "no terminal was made")) };
    own(&terminal)?;
    sys::terminal::control(&terminal).map_err(failed("ioctl"))?;
    process::keep_only([&terminal, &terminal, &terminal])
}
