//! The container's interfaces: made by the parent while the child mounts, which waits at a gate before its program.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::failure::{Code, Failure, Outcome};
use crate::net::pair;
use crate::process::start_ticks;
use crate::protocol::{Sharing, StartPlan, Warning};
use crate::resolver::{Link, Member};

pub const STEP: &str = "network";
/// A resolver that hangs delays a start so long.
const RESOLVER_PATIENCE: Duration = Duration::from_millis(500);

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
    let warnings = match plan.interfaces.is_empty() {
        true => Vec::new(),
        false => pair::make_all(&child, &plan.interfaces).map_err(|failure| failure.in_step(STEP))?,
    };
    // Without a resolver it runs all the same; who looks next finds it unserved.
    let _ = be_served(plan, pid, child);
    gate.open();
    Ok(warnings)
}

/// So that the program's first question has an answer.
fn be_served(plan: &StartPlan, pid: i32, child: impl AsFd) -> Outcome<()> {
    let (Some(names), Some(dir)) = (&plan.names, &plan.resolver) else { return Ok(()) };
    let Some(link) = Link::open(Path::new(dir), RESOLVER_PATIENCE)? else { return Ok(()) };
    let start_ticks = start_ticks(pid).unwrap_or(0);
    let container_id = plan.container_id.clone();
    link.serve(&Member { container_id, pid, start_ticks, names: names.clone() }, child)
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
