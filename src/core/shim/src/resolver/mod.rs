//! The verbs `resolve` and `replace`: names for all containers of a data-root that are on networks, at 127.0.0.11 of each. It
//! outlives whoever started it, and ends with the last of them.

mod answer;
mod exchange;
mod forward;
mod member;
mod message;
mod service;
mod stream;
mod streams;
mod takeover;
#[cfg(test)]
mod tests;
mod upstreams;
mod view;
mod work;

use std::path::Path;

use rc_runtime::failure::Outcome;
use rc_runtime::start::process::hide;

use crate::daemon::{self, Daemon};
use service::Service;

pub fn begin(dir: &str, replaces: bool) -> Outcome<Daemon<Service>> {
    let dir = Path::new(dir);
    hide()?;
    daemon::allow_descriptors();
    let inherited = if replaces { takeover::take_over(dir)? } else { vec![] };
    daemon::begin(dir, replaces, || {
        let mut service = Service::new()?;
        inherited.into_iter().try_for_each(|served| service.admit(served))?;
        Ok(service)
    })
}

/// Until nobody needs it.
pub fn serve(resolver: Daemon<Service>) {
    // Questions that are on their way are asked again by who asked.
    drop(daemon::serve(resolver));
}
