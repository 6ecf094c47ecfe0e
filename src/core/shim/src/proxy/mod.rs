//! The verbs `proxy` and `replace-proxy`: sockets of the host that lead to containers, where the kernel's packet filter leads
//! nothing there. It outlives whoever started it, and ends with the last of these containers.

mod accept;
mod connection;
mod datagrams;
mod flow;
mod listen;
mod member;
mod service;
mod sessions;
mod takeover;
mod work;

use std::path::Path;
use std::time::Duration;

use rc_runtime::caps;
use rc_runtime::failure::Outcome;
use rc_runtime::start::process::{give_up_new_privileges, hide};

use crate::daemon::{self, Daemon, Left, Work};
use service::Service;

const LOOK_EVERY: Duration = Duration::from_secs(10);

pub fn begin(dir: &str, replaces: bool) -> Outcome<Daemon<Service>> {
    let dir = Path::new(dir);
    hide()?;
    daemon::allow_descriptors();
    let inherited = if replaces { takeover::take_over(dir)? } else { vec![] };
    daemon::begin(dir, replaces, || {
        let mut service = Service::new()?;
        inherited.into_iter().try_for_each(|taken| service.inherit(taken))?;
        Ok(service)
    })
}

/// Until nobody needs it. What a successor doesn't take, connections that are open, go on here until they end.
pub fn serve(proxy: Daemon<Service>) {
    // Low ports are all that it needs more than others.
    let kept = caps::parse(&["CAP_NET_BIND_SERVICE".to_string()]).and_then(caps::available);
    let _ = kept.and_then(|(set, _)| caps::limit_to(set));
    let _ = give_up_new_privileges();
    let Some(Left { mut work, mut ready }) = daemon::serve(proxy) else { return };
    work.leave_listeners();
    loop {
        for &(token, flags) in &ready {
            work.attend(token, flags);
        }
        work.expire();
        if !work.has_connections() {
            return;
        }
        daemon::wait(&mut work, LOOK_EVERY, &mut ready);
    }
}
