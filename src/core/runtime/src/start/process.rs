//! What a process of a container gives up and gets before its program, the first one and each that joins later: one way for both
//! (CVE-2022-29162 was a second one).

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{DumpableBehavior, chdir, getcwd, set_dumpable_behavior, setsid};
use rustix::thread::{Gid, Uid};

use crate::caps;
use crate::failure::{Code, Failure, Outcome};
use crate::protocol::Warning;
use crate::sys;
use crate::user::Identity;

pub const UMASK: u32 = 0o022;

/// Before anything of the container is in reach, and of it in ours: nobody looks into this program's memory or at its file
/// (CVE-2019-5736).
pub fn hide() -> Outcome<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|errno| Failure::sys(Code::Namespace, "prctl", "set dumpable", errno))
}

/// No terminal and no keys of the caller's.
pub fn begin_session() -> Outcome<()> {
    setsid().map_err(|errno| Failure::sys(Code::Namespace, "setsid", "create a session", errno))?;
    sys::new_session_keyring()
        .map_err(|errno| Failure::sys(Code::Namespace, "keyctl", "create a session keyring", errno))
}

/// These become 0 to 2; all others are closed by the exec (CVE-2024-21626).
pub fn keep_only(standard: [&OwnedFd; 3]) -> Outcome<()> {
    let failed =
        |syscall: &'static str| move |errno| Failure::sys(Code::Internal, syscall, "set up descriptors", errno);
    for (number, descriptor) in (0..).zip(standard) {
        sys::put_at(descriptor, number).map_err(failed("dup2"))?;
    }
    sys::close_on_exec_from(3).map_err(failed("close_range"))
}

/// The bounding set needs a capability that the last step takes away.
pub fn become_user(identity: &Identity, names: &[String]) -> Outcome<Vec<Warning>> {
    let failed = |syscall: &'static str| move |errno| Failure::sys(Code::Internal, syscall, "change the user", errno);
    let (set, warnings) = caps::available(caps::parse(names)?)?;
    caps::bound_to(set)?;
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    let groups: Vec<Gid> = identity.groups.iter().map(|group| Gid::from_raw(*group)).collect();
    rustix::thread::set_thread_groups(&groups).map_err(failed("setgroups"))?;
    rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(failed("setresgid"))?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(failed("setresuid"))?;
    caps::limit_to(if identity.uid == 0 { set } else { rustix::thread::CapabilitySet::empty() })?;
    Ok(warnings)
}

pub fn give_up_new_privileges() -> Outcome<()> {
    rustix::thread::set_no_new_privs(true).map_err(|errno| Failure::sys(Code::Internal, "prctl", "no_new_privs", errno))
}

/// As the container's user, and it must lie inside the root: getcwd(2) says `(unreachable)` otherwise.
pub fn enter_working_dir(path: &str) -> Outcome<()> {
    chdir(path).map_err(|errno| {
        let code = if errno == Errno::ACCESS { Code::ExecPerm } else { Code::Spec };
        Failure::sys(code, "chdir", format!("change to the working directory {path}"), errno).at(path)
    })?;
    match getcwd(Vec::new()) {
        Ok(inside) if inside.as_bytes().starts_with(b"/") => Ok(()),
        _ => Err(Failure::new(Code::PathUnsafe, format!("the working directory {path} is outside the root")).at(path)),
    }
}
