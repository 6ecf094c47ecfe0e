//! Controllers are handed down from a cgroup to its children by `cgroup.subtree_control`.

use std::path::Path;

use super::super::file;
use crate::failure::Failure;

const NEEDED: [&str; 5] = ["cpu", "cpuset", "io", "memory", "pids"];

/// Hands down what the hierarchy's root has, through all that is above `dir` to it: one by one, for one may be refused, and
/// never takes anything away, for others may rely on it. `dir` exists, so nobody removes its parent meanwhile. What was
/// refused matters only where a limit needs it.
pub fn down_to(mount_point: &Path, dir: &Path) -> Vec<Failure> {
    let mut above: Vec<&Path> = dir.ancestors().skip(1).take_while(|each| each.starts_with(mount_point)).collect();
    above.reverse();
    above.into_iter().flat_map(hand_down).collect()
}

/// What cgroups below may have: the host's own root can hand down all, another cgroup only while no process is in it.
pub fn is_available(mount_point: &Path, controller: &str) -> bool {
    let is_hosts_root = !mount_point.join("cgroup.type").exists();
    let can_change = is_hosts_root || words(mount_point, "cgroup.procs").is_empty();
    holds(&words(mount_point, if can_change { "cgroup.controllers" } else { "cgroup.subtree_control" }), controller)
}

fn hand_down(dir: &Path) -> Vec<Failure> {
    let (has, hands_down) = (words(dir, "cgroup.controllers"), words(dir, "cgroup.subtree_control"));
    NEEDED
        .iter()
        .filter(|name| holds(&has, name) && !holds(&hands_down, name))
        .filter_map(|name| file::write(dir, "cgroup.subtree_control", name, &format!("+{name}")).err())
        .collect()
}

fn words(dir: &Path, name: &str) -> String {
    file::text(Some(dir), name).ok().flatten().unwrap_or_default()
}

fn holds(words: &str, name: &str) -> bool {
    words.split(' ').any(|word| word == name)
}
