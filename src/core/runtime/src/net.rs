//! Links, addresses and routes, by rtnetlink(7): bridges of the host, and the veth pairs between them and containers.
//! Only links that have our alias are changed.

pub mod address;
pub mod bridge;
pub mod dump;
pub mod guard;
pub mod guard_program;
#[cfg(test)]
mod guard_tests;
pub mod heard;
pub mod link;
pub mod mend;
pub mod namespace;
pub mod pair;
pub mod port_rules;
pub mod route;
pub mod socket;
pub mod sysctl;
#[cfg(test)]
mod test_place;
#[cfg(test)]
mod tests;
pub mod wire;

use crate::failure::{Code, Failure, Outcome};

const MAX_NAME_BYTES: usize = 15;

/// Names become parts of paths below /proc/sys.
pub fn check_name(name: &str) -> Outcome<()> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b':';
    let fits = !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.bytes().all(is_plain);
    if fits && !matches!(name, "." | ".." | "all" | "default" | "lo") {
        return Ok(());
    }
    Err(Failure::new(Code::Spec, format!("{name:?} is no name for a link")).at(name))
}

/// Without an alias nobody could tell later that a link is ours.
pub fn check_alias(alias: &str) -> Outcome<()> {
    const MAX_BYTES: usize = 255;
    if alias.starts_with("reconcile:") && alias.len() <= MAX_BYTES && !alias.contains('\0') {
        return Ok(());
    }
    Err(Failure::new(Code::Spec, format!("alias {alias:?} does not begin with \"reconcile:\", or is too long")))
}

fn foreign(name: &str, alias: Option<&str>) -> Failure {
    let whose = alias.map_or("has no alias".to_string(), |alias| format!("has the alias {alias:?}"));
    let message = format!("a link {name} is there already and not ours (it {whose}): rename or delete it");
    Failure::new(Code::Busy, message).at(name)
}
