//! Which cgroup hierarchies are mounted, from /proc/self/mountinfo and nothing else (proc_pid_mountinfo(5)).

use std::path::PathBuf;

use crate::failure::{Code, Failure, Outcome};
use crate::process::read_proc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    pub mount_point: PathBuf,
    /// `cpu`, `cpuacct`, …, `name=systemd`; empty for cgroup2.
    pub controllers: Vec<String>,
    pub unified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hierarchies {
    pub list: Vec<Hierarchy>,
}

/// The controllers that Docker joins. Others (hugetlb, net_cls, …) stay the host's.
const JOINED: [&str; 9] = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"];

impl Hierarchies {
    pub fn mounted() -> Outcome<Self> {
        let path = "/proc/self/mountinfo";
        let text = read_proc(path)
            .map_err(|error| Failure::io(Code::Cgroup, "read", format!("read {path}"), &error).at(path))?;
        Ok(Self::parse(&text))
    }

    /// A hierarchy mounted twice counts once: its first mount.
    pub fn parse(mountinfo: &str) -> Self {
        let mut list: Vec<Hierarchy> = Vec::new();
        for found in mountinfo.lines().filter_map(parse_line) {
            let known = list.iter().any(|each| each.unified == found.unified && each.controllers == found.controllers);
            if !known {
                list.push(found);
            }
        }
        Hierarchies { list }
    }

    pub fn with_controller(&self, name: &str) -> Option<&Hierarchy> {
        self.list.iter().find(|each| each.controllers.iter().any(|controller| controller == name))
    }

    /// The cgroup2 hierarchy where no controller is on v1. A named v1 hierarchy has none.
    pub fn unified_alone(&self) -> Option<&Hierarchy> {
        let has_controller = |each: &Hierarchy| each.controllers.iter().any(|name| !name.starts_with("name="));
        if self.list.iter().any(has_controller) { None } else { self.list.iter().find(|each| each.unified) }
    }

    pub fn require_any(&self) -> Outcome<()> {
        if !self.list.is_empty() {
            return Ok(());
        }
        let text = "no cgroup hierarchy is mounted here; containers need one, v1 or v2, below /sys/fs/cgroup";
        Err(Failure::new(Code::KernelFeature, text))
    }
}

/// `36 35 98:0 / /sys/fs/cgroup/cpu rw,relatime shared:1 - cgroup cgroup rw,cpu,cpuacct`
fn parse_line(line: &str) -> Option<Hierarchy> {
    let (before, after) = line.split_once(" - ")?;
    let mount_point = PathBuf::from(unescape(before.split(' ').nth(4)?));
    let mut fields = after.split(' ');
    match fields.next()? {
        "cgroup2" => Some(Hierarchy { mount_point, controllers: vec![], unified: true }),
        "cgroup" => {
            let controllers: Vec<String> =
                fields.nth(1)?.split(',').filter(|option| JOINED.contains(option)).map(str::to_string).collect();
            (!controllers.is_empty()).then_some(Hierarchy { mount_point, controllers, unified: false })
        }
        _ => None,
    }
}

/// The kernel writes space, tab, newline and backslash as `\ooo`.
fn unescape(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_string(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const HYBRID: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:32 / /srv/a\\040b rw,relatime - cgroup cgroup rw,memory
37 31 0:33 / /sys/fs/cgroup/hugetlb rw,relatime - cgroup cgroup rw,hugetlb
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
";

    #[test]
    fn a_hybrid_host_has_each_hierarchy_once() {
        let found = Hierarchies::parse(HYBRID);
        let points: Vec<_> = found.list.iter().map(|each| each.mount_point.to_str().unwrap()).collect();
        let base = "/sys/fs/cgroup";
        assert_eq!(points, ["cpu,cpuacct", "memory", "systemd", "unified"].map(|name| format!("{base}/{name}")));
        assert_eq!(found.with_controller("cpuacct"), found.with_controller("cpu"));
        assert!(found.with_controller("pids").is_none());
        assert!(found.require_any().is_ok());
        assert_eq!(found.unified_alone(), None);
    }

    #[test]
    fn a_host_with_v2_alone_may_have_a_named_v1_hierarchy_beside_it() {
        let alone = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let named = "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,none,name=systemd\n";
        for mountinfo in [alone.to_string(), format!("{alone}{named}")] {
            let found = Hierarchies::parse(&mountinfo);
            assert!(found.unified_alone().is_some_and(|only| only.mount_point == Path::new("/sys/fs/cgroup")));
        }
    }

    #[test]
    fn a_host_without_any_is_told_so() {
        let refusal = Hierarchies::parse("").require_any().unwrap_err();
        assert_eq!(refusal.code, Code::KernelFeature);
    }

    #[test]
    fn mount_points_are_unescaped() {
        assert_eq!(unescape("/srv/a\\040b\\134c"), "/srv/a b\\c");
    }
}
