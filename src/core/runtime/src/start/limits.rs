//! Rlimits and the OOM score: what a process without CAP_SYS_RESOURCE may not raise is clamped, with a warning.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use crate::failure::{Code, Failure, Outcome};
use crate::mounts::kernel::procfs_write;
use crate::protocol::{Rlimit, Warning};

fn resource_of(name: &str) -> Option<libc::__rlimit_resource_t> {
    Some(match name {
        "as" => libc::RLIMIT_AS,
        "core" => libc::RLIMIT_CORE,
        "cpu" => libc::RLIMIT_CPU,
        "data" => libc::RLIMIT_DATA,
        "fsize" => libc::RLIMIT_FSIZE,
        "locks" => libc::RLIMIT_LOCKS,
        "memlock" => libc::RLIMIT_MEMLOCK,
        "msgqueue" => libc::RLIMIT_MSGQUEUE,
        "nice" => libc::RLIMIT_NICE,
        "nofile" => libc::RLIMIT_NOFILE,
        "nproc" => libc::RLIMIT_NPROC,
        "rss" => libc::RLIMIT_RSS,
        "rtprio" => libc::RLIMIT_RTPRIO,
        "rttime" => libc::RLIMIT_RTTIME,
        "sigpending" => libc::RLIMIT_SIGPENDING,
        "stack" => libc::RLIMIT_STACK,
        _ => return None,
    })
}

/// As in the lines of /proc/<pid>/limits.
const LABELS: [(&str, &str); 16] = [
    ("as", "Max address space"),
    ("core", "Max core file size"),
    ("cpu", "Max cpu time"),
    ("data", "Max data size"),
    ("fsize", "Max file size"),
    ("locks", "Max file locks"),
    ("memlock", "Max locked memory"),
    ("msgqueue", "Max msgqueue size"),
    ("nice", "Max nice priority"),
    ("nofile", "Max open files"),
    ("nproc", "Max processes"),
    ("rss", "Max resident set"),
    ("rtprio", "Max realtime priority"),
    ("rttime", "Max realtime timeout"),
    ("sigpending", "Max pending signals"),
    ("stack", "Max stack size"),
];

fn bytes_of(value: i64) -> u64 {
    if value < 0 { libc::RLIM_INFINITY } else { value as u64 }
}

fn text_of(value: u64) -> String {
    if value == libc::RLIM_INFINITY { "unlimited".to_string() } else { value.to_string() }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}

pub fn set_rlimits(rlimits: &[Rlimit]) -> Outcome<Vec<Warning>> {
    rlimits.iter().filter_map(|rlimit| set_rlimit(rlimit).transpose()).collect()
}

fn set_rlimit(rlimit: &Rlimit) -> Outcome<Option<Warning>> {
    let name = &rlimit.resource;
    let resource = resource_of(name).ok_or_else(|| Failure::new(Code::Spec, format!("unknown ulimit {name:?}")))?;
    let wanted = libc::rlimit { rlim_cur: bytes_of(rlimit.soft), rlim_max: bytes_of(rlimit.hard) };
    let failed = |errno| Failure::sys(Code::Spec, "setrlimit", format!("set ulimit {name}"), errno);
    let set = |limit: &libc::rlimit| {
        // SAFETY: the kernel reads one rlimit.
        if unsafe { libc::setrlimit(resource, limit) } == 0 { Ok(()) } else { Err(last_errno()) }
    };
    match set(&wanted) {
        Ok(()) => return Ok(None),
        Err(Errno::PERM) => {}
        Err(errno) => return Err(failed(errno)),
    }
    let mut held = wanted;
    // SAFETY: the kernel fills one rlimit.
    if unsafe { libc::getrlimit(resource, &raw mut held) } != 0 {
        return Err(failed(last_errno()));
    }
    let hard = wanted.rlim_max.min(held.rlim_max);
    let clamped = libc::rlimit { rlim_cur: wanted.rlim_cur.min(hard), rlim_max: hard };
    set(&clamped).map_err(failed)?;
    let message = format!(
        "{}:{} instead of {}:{}: raising a hard limit needs CAP_SYS_RESOURCE",
        text_of(clamped.rlim_cur),
        text_of(clamped.rlim_max),
        text_of(wanted.rlim_cur),
        text_of(wanted.rlim_max)
    );
    Ok(Some(Warning { field: format!("ulimits.{name}"), message }))
}

/// The limit of another process. It must be held by a pidfd: the kernel takes its number.
pub fn limit_process(pid: i32, rlimit: &Rlimit) -> Outcome<()> {
    let name = &rlimit.resource;
    let resource = resource_of(name).ok_or_else(|| Failure::new(Code::Spec, format!("unknown ulimit {name:?}")))?;
    let limit = libc::rlimit { rlim_cur: bytes_of(rlimit.soft), rlim_max: bytes_of(rlimit.hard) };
    // SAFETY: the kernel reads one rlimit and writes none.
    if unsafe { libc::prlimit(pid, resource, &raw const limit, std::ptr::null_mut()) } == 0 {
        return Ok(());
    }
    let what = format!("set ulimit {name} of process {pid} to {}:{}", text_of(limit.rlim_cur), text_of(limit.rlim_max));
    Err(Failure::sys(Code::Spec, "prlimit64", what, last_errno()))
}

/// All that a process has now, from its text of /proc/<pid>/limits: prlimit(2) shows another user's only with CAP_SYS_RESOURCE.
pub fn of_text(text: &str) -> Vec<Rlimit> {
    let value = |word: &str| if word == "unlimited" { Some(-1) } else { word.parse().ok() };
    let found = |(resource, label): &(&str, &str)| {
        let mut words = text.lines().find_map(|line| line.strip_prefix(label))?.split_ascii_whitespace();
        let (soft, hard) = (value(words.next()?)?, value(words.next()?)?);
        Some(Rlimit { resource: resource.to_string(), soft, hard })
    };
    LABELS.iter().filter_map(found).collect()
}

pub fn set_oom_score_adj(proc: &OwnedFd, wanted: Option<i32>) -> Outcome<Option<Warning>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let path = format!("{}/oom_score_adj", std::process::id());
    match procfs_write(proc, &path, &wanted.to_string()) {
        Ok(()) => Ok(None),
        Err(Errno::ACCESS | Errno::PERM) => Ok(Some(Warning {
            field: "oomScoreAdj".to_string(),
            message: format!("{wanted} was not set: lowering it needs CAP_SYS_RESOURCE"),
        })),
        Err(errno) => Err(Failure::sys(Code::Spec, "write", format!("set oom_score_adj to {wanted}"), errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_of_a_process_is_read_from_the_kernels_text() {
        let held = of_text(&std::fs::read_to_string("/proc/self/limits").unwrap());
        assert_eq!(held.len(), LABELS.len());
        assert!(held.iter().all(|each| resource_of(&each.resource).is_some()));
        let text =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            100         unlimited         files\n";
        assert_eq!(of_text(text), [Rlimit { resource: "nofile".into(), soft: 100, hard: -1 }]);
    }

    #[test]
    fn minus_one_is_unlimited_and_every_docker_name_is_known() {
        assert_eq!(bytes_of(-1), libc::RLIM_INFINITY);
        assert_eq!(resource_of("nofile"), Some(libc::RLIMIT_NOFILE));
        assert_eq!(resource_of("NOFILE"), None);
    }
}
