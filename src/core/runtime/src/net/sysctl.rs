//! Sysctls of links, in the network namespace of this thread: /proc/sys/net shows that of who looks.

use std::fs;
use std::io::ErrorKind;

use crate::failure::{Code, Failure, Outcome};

pub fn read(path: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/sys/net/{path}")).ok().map(|text| text.trim().to_string())
}

/// Written only if it is another: a write is told to all who listen.
pub fn set(path: &str, value: &str) -> Outcome<()> {
    if read(path).as_deref() == Some(value) {
        return Ok(());
    }
    let full = format!("/proc/sys/net/{path}");
    fs::write(&full, value)
        .map_err(|error| Failure::io(Code::Network, "write", format!("set {full} to {value}"), &error).at(&full))
}

/// A kernel without IPv6 has nothing to be told.
pub fn set_if_there(path: &str, value: &str) -> Outcome<()> {
    match fs::symlink_metadata(format!("/proc/sys/net/{path}")) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        _ => set(path, value),
    }
}

/// IPv6 on a link: none where it has no such address, and then not even the kernel's own; never from its neighbours' word
/// (CVE-2020-13401).
pub fn set_ipv6(link: &str, wanted: bool) -> Outcome<()> {
    let of = |key: &str| format!("ipv6/conf/{link}/{key}");
    if !wanted {
        return set_if_there(&of("disable_ipv6"), "1");
    }
    set(&of("accept_ra"), "0")?;
    set(&of("disable_ipv6"), "0")
}
