//! A connection in the container's network, by this program itself: nothing of the container's is run.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{Sharing, StartPlan, State};
use rustix::fs::{FlockOperation, flock};

use super::answer::Answer;
use super::http;
use crate::begun::cgroup_dirs;
use crate::exec;
use crate::rundir;

/// Addresses in the order in which they are tried.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    pub host: String,
    pub addresses: Vec<SocketAddr>,
}

impl Target {
    pub fn parse(host: &str, port: &str) -> Outcome<Target> {
        let wrong = |what: String| Failure::new(Code::Spec, what);
        let port: u16 = port.parse().map_err(|_| wrong(format!("{port:?} is no port")))?;
        let ips: Vec<IpAddr> = match host {
            "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            _ => vec![host.parse().map_err(|_| wrong(format!("{host:?} is neither localhost nor an address")))?],
        };
        let host = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(Target { host, addresses: ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect() })
    }
}

/// The container that a probe is about, held so that it can't be another one.
pub struct Place {
    pub plan: StartPlan,
    pub state: State,
    pub first: OwnedFd,
    /// Two probes at a time would end each other.
    _lock: File,
}

pub fn place_of(run_dir: &Path) -> Outcome<Place> {
    let gone = || Failure::new(Code::Gone, "the container has just ended");
    let lock = File::open(run_dir).map_err(|_| gone())?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| Failure::new(Code::Busy, "the container is being probed"))?;
    let unless_gone = |failure: Failure| if failure.code == Code::Shim { gone() } else { failure };
    let plan = rundir::read::<StartPlan>(run_dir, "plan").map_err(unless_gone)?;
    let state = rundir::read::<State>(run_dir, "state").map_err(unless_gone)?;
    let first = exec::first_process(&plan, &state)?;
    Ok(Place { plan, state, first, _lock: lock })
}

impl Place {
    /// What was paused meanwhile can't have answered.
    pub fn stood_still(&self, answer: &Answer) -> bool {
        matches!(answer, Answer::Timeout { .. }) && cgroup::is_frozen(&cgroup_dirs(&self.plan))
    }

    pub fn paused(&self) -> Answer {
        Answer::Void { message: format!("{} is paused", self.plan.name) }
    }
}

/// `path`: it must answer a request for it, too.
pub fn reach(run_dir: &Path, target: &Target, path: Option<&str>, deadline: Instant) -> Outcome<Answer> {
    // SAFETY: no pointers. Who asked and is gone wants no answer.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    let place = place_of(run_dir)?;
    enter_network(&place)?;
    let answer = match connect(target, deadline) {
        Ok(stream) => path.map_or_else(connected, |path| http::ask(stream, &target.host, path, deadline)),
        Err(answer) => answer,
    };
    Ok(if place.stood_still(&answer) { place.paused() } else { answer })
}

fn connected() -> Answer {
    Answer::Ended { code: 0, output: String::new() }
}

fn enter_network(Place { plan, first, .. }: &Place) -> Outcome<()> {
    // SAFETY: no pointers; this process has one thread.
    if plan.namespaces.net != Sharing::Host && unsafe { libc::setns(first.as_raw_fd(), libc::CLONE_NEWNET) } != 0 {
        return match std::io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::ESRCH) => {
                Err(Failure::new(Code::Gone, format!("{} has just ended", plan.name)))
            }
            error => Err(Failure::io(Code::Namespace, "setns", "join the container's network", &error)),
        };
    }
    Ok(())
}

fn connect(target: &Target, deadline: Instant) -> Result<TcpStream, Answer> {
    let mut why = String::new();
    for address in &target.addresses {
        let left = left_until(deadline).ok_or_else(timeout)?;
        match TcpStream::connect_timeout(address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == ErrorKind::TimedOut => return Err(timeout()),
            Err(error) => {
                let told = format!("connect {address}: {}", reason(&error));
                why = if why.is_empty() { told } else { format!("{why}; {told}") };
            }
        }
    }
    Err(Answer::Ended { code: 1, output: why })
}

/// None: it is over.
pub fn left_until(deadline: Instant) -> Option<Duration> {
    Some(deadline.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
}

pub fn timeout() -> Answer {
    Answer::Timeout { output: String::new() }
}

/// `connection refused`, without the number of it.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_both_loopbacks_and_a_name_is_nobody() {
        let target = Target::parse("localhost", "80").unwrap();
        assert_eq!(target.addresses, ["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()]);
        assert_eq!(Target::parse("::1", "8080").unwrap().host, "[::1]:8080");
        assert!(Target::parse("db", "80").is_err() && Target::parse("localhost", "65536").is_err());
    }
}
