//! The container's interfaces: made by the parent while the child mounts, which waits at a gate before its program.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::daemon::{Kind, Link};
use crate::failure::{Code, Failure, Outcome};
use crate::net::pair;
use crate::process::start_ticks;
use crate::protocol::{Sharing, StartPlan, Warning};
use crate::proxy::{self, Proxy};
use crate::resolver::{self, Resolver};

pub const STEP: &str = "network";
/// One that hangs, resolver or proxy, delays a start so long.
const PATIENCE: Duration = Duration::from_millis(500);

/// A pipe: one byte opens it, an end of file means that it stays shut.
pub struct Gate {
    reader: OwnedFd,
    writer: Option<OwnedFd>,
    is_open: bool,
}

impl Gate {
    pub fn new() -> Outcome<Self> {
        let (reader, writer) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|errno| Failure::sys(Code::Shim, "pipe2", "create a pipe", errno))?;
        Ok(Gate { reader, writer: Some(writer), is_open: false })
    }

    /// The child's own copy of the other end would keep it waiting for ever.
    pub fn is_in_child(&mut self) {
        self.writer = None;
    }

    fn open(self) {
        let _ = self.writer.map(|writer| rustix::io::write(&writer, &[1]));
    }

    pub fn pass(&mut self) -> Outcome<()> {
        while !self.is_open {
            match rustix::io::read(&self.reader, &mut [0; 1]) {
                Err(Errno::INTR) => continue,
                Ok(1) => self.is_open = true,
                _ => return Err(Failure::new(Code::Network, "the container's interfaces were not made")),
            }
        }
        Ok(())
    }
}

pub fn refuse_shared(plan: &StartPlan) -> Outcome<()> {
    if plan.interfaces.is_empty() || plan.namespaces.net == Sharing::Private {
        return Ok(());
    }
    Err(Failure::new(Code::Spec, "interfaces need a network namespace of the container's own").in_step(STEP))
}

/// What is set for links that are there, or that are made later, has to find them made.
pub fn must_precede_sysctls(plan: &StartPlan) -> bool {
    let is_of_network = |key: &String| key.starts_with("net.") || key.starts_with("net/");
    !plan.interfaces.is_empty() && plan.sysctls.keys().any(is_of_network)
}

/// In the parent. The gate opens, or is gone when this returns.
pub fn connect(plan: &StartPlan, pid: i32, child: impl AsFd, gate: Gate) -> Outcome<Vec<Warning>> {
    let mut warnings = match plan.interfaces.is_empty() {
        true => Vec::new(),
        false => pair::make_all(&child, &plan.interfaces).map_err(|failure| failure.in_step(STEP))?,
    };
    // Without a resolver it runs all the same; who looks next finds it unserved.
    let _ = be_named(plan, pid, &child);
    let proxied = be_proxied(plan, pid, &child);
    gate.open();
    warnings.extend(proxied.err().map(|failure| Warning { field: "ports".into(), message: failure.message }));
    Ok(warnings)
}

/// So that the program's first question has an answer.
fn be_named(plan: &StartPlan, pid: i32, child: impl AsFd) -> Outcome<()> {
    let (Some(names), Some(dir)) = (&plan.names, &plan.resolver) else { return Ok(()) };
    let (container_id, start_ticks) = (plan.container_id.clone(), start_ticks(pid).unwrap_or(0));
    match Link::<Resolver>::open(Path::new(dir), PATIENCE)? {
        Some(link) => link.serve(resolver::Member { container_id, pid, start_ticks, names: names.clone() }, child),
        None => Ok(()),
    }
}

/// So that its ports are open when its program runs.
fn be_proxied(plan: &StartPlan, pid: i32, child: impl AsFd) -> Outcome<()> {
    let Some(dir) = plan.proxy.as_ref().filter(|_| !plan.proxied.is_empty()) else { return Ok(()) };
    let (container_id, start_ticks) = (plan.container_id.clone(), start_ticks(pid).unwrap_or(0));
    match Link::<Proxy>::open(Path::new(dir), PATIENCE)? {
        Some(link) => {
            link.serve(proxy::Member { container_id, pid, start_ticks, sockets: plan.proxied.clone() }, child)
        }
        None => Err(Failure::new(Code::Network, format!("{} is not there", Proxy::NAME))),
    }
}

/// One of the two says why a start failed: the child's own reason, unless that is the gate. Then nothing is left on the host.
pub fn settle(
    plan: &StartPlan,
    connected: Outcome<Vec<Warning>>,
    started: Outcome<Vec<Warning>>,
) -> Outcome<Vec<Warning>> {
    let outcome = match (connected, started) {
        (Ok(warnings), started) => started.map(|own| [own, warnings].concat()),
        (Err(reason), Err(child)) if child.step.as_deref() != Some(STEP) && reason.code == Code::Gone => Err(child),
        (Err(reason), _) => Err(reason),
    };
    if outcome.is_err() && !plan.interfaces.is_empty() {
        pair::remove_all(&plan.interfaces);
    }
    outcome
}
