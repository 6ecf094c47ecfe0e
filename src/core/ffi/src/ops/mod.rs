//! One operation a file.

mod adopt;
mod cleanup;
pub mod daemon;
mod lost_shim;
mod mount;
mod names;
mod network;
mod nft;
mod previous;
mod repair;
mod report;
mod silenced;
mod start;
mod stop;

use std::os::fd::AsRawFd;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::process::open_identified;
use rc_runtime::proxy::Proxy;
use rc_runtime::resolver::Resolver;
use rustix::io::Errno;
use serde_json::{Value, json};

use crate::request::Submitted;
use crate::shared::Shared;

pub fn run(shared: &Shared, request: Submitted) -> Outcome<Value> {
    match request {
        Submitted::Start { plan, limits } => start::start(shared, *plan, &limits),
        Submitted::Stop { container_id, signal, grace_ms } => stop::stop(shared, &container_id, signal, grace_ms),
        Submitted::Update { container_id, limits } => {
            let cgroups = shared.cgroups(&container_id)?;
            if !cgroups.exist() {
                return Err(Failure::new(Code::Gone, format!("update: container {container_id} has no cgroups")));
            }
            cgroups.update(&limits)?;
            Ok(json!({ "limits": cgroups.read()? }))
        }
        Submitted::Mount(request) => mount::mount(request).map(|edited| json!(edited)),
        Submitted::Adopt { container_id, lost } => adopt::adopt(shared, &container_id, lost.map(|lost| *lost)),
        Submitted::Repair { container_id, pid, start_ticks, repair } => {
            repair::repair(shared, &container_id, pid, start_ticks, repair)
        }
        Submitted::Names { processes } => names::names(processes),
        Submitted::Cleanup { container_id } => cleanup::cleanup(shared, &container_id),
        Submitted::Network { bridge, forwarding } => network::ensure(shared, &bridge, &forwarding),
        Submitted::NetworkRemove { name, alias } => network::remove(shared, &name, &alias),
        Submitted::Interfaces { pid, start_ticks, interfaces, .. } => {
            network::mend(shared, pid, start_ticks, interfaces)
        }
        Submitted::Links { namespaces, host } => network::look(namespaces, host),
        Submitted::Nft { args } => nft::nft(&args),
        Submitted::Resolver { serve, dir } => daemon::serve::<Resolver>(shared, serve, dir),
        Submitted::Proxy { serve, dir } => daemon::serve::<Proxy>(shared, serve, dir),
        Submitted::CopyUp(_)
        | Submitted::CopyTree(_)
        | Submitted::Unpack(_)
        | Submitted::Assemble(_)
        | Submitted::Sync { .. } => Err(Failure::new(Code::Internal, "layers have threads of their own")),
    }
}

/// Never to a bare pid.
pub fn signal(pid: i32, start_ticks: u64, signal: i32) -> Outcome<()> {
    let pidfd = open_identified(pid, start_ticks)?;
    // SAFETY: no pointer but the null siginfo.
    let sent = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0usize, 0) };
    if sent == 0 {
        return Ok(());
    }
    let errno = Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO);
    let code = if errno == Errno::SRCH { Code::Gone } else { Code::Spec };
    Err(Failure::sys(code, "pidfd_send_signal", format!("signal {signal} to process {pid}"), errno))
}
