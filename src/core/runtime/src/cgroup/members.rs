//! Bringing a container's processes back into its cgroups.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::hierarchies::{Hierarchies, Hierarchy};
use crate::failure::{Code, Failure, Outcome};
use crate::process::{open_identified, read_proc, start_ticks};

/// What forks while it is moved is found in the next round.
const ROUNDS: u32 = 8;
const MOST_PROCESSES: usize = 4096;

/// Moves the first process and all that descend from it back into `<mount>/<parent>/<id>` of every hierarchy in which they
/// are elsewhere. Gives the number of processes that were moved. E_GONE: the first process is no more; E_BUSY: they fork away
/// faster than they can be moved.
pub fn rejoin(hierarchies: &Hierarchies, own: &str, pid: i32, ticks: u64) -> Outcome<usize> {
    let mut moved = BTreeSet::new();
    for _ in 0..ROUNDS {
        // Held over the round: while this process lives its number is nobody else's.
        let _first = open_identified(pid, ticks)?;
        let outside: Vec<Member> = family(pid).into_iter().filter_map(|each| member(hierarchies, own, each)).collect();
        if outside.is_empty() {
            return Ok(moved.len());
        }
        for each in &outside {
            if bring_back(each, own)? {
                moved.insert(each.pid);
            }
        }
    }
    Err(Failure::new(Code::Busy, format!("processes of {pid} leave their cgroups as fast as they are brought back")))
}

struct Member<'a> {
    pid: i32,
    ticks: u64,
    outside_of: Vec<&'a Hierarchy>,
}

/// None: gone, or where it belongs. A cgroup that is no more is no place to go back to.
fn member<'a>(hierarchies: &'a Hierarchies, own: &str, pid: i32) -> Option<Member<'a>> {
    let ticks = start_ticks(pid)?;
    let text = read_proc(&format!("/proc/{pid}/cgroup")).ok()?;
    let mut outside_of = outside_of(hierarchies, own, &text);
    outside_of.retain(|each| home(each, own).exists());
    (!outside_of.is_empty()).then_some(Member { pid, ticks, outside_of })
}

/// The hierarchies in which `text`, of /proc/<pid>/cgroup, names neither `/<parent>/<id>` nor a cgroup below it. The paths
/// may begin above the mount points.
fn outside_of<'a>(hierarchies: &'a Hierarchies, own: &str, text: &str) -> Vec<&'a Hierarchy> {
    let lines: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    let within = |path: &str| path.ends_with(own) || path.contains(&format!("{own}/"));
    let is_of = |each: &Hierarchy, names: &str| {
        if each.unified {
            names.is_empty()
        } else {
            names.split(',').any(|name| each.controllers.iter().any(|own| own == name))
        }
    };
    let path_in = |each: &Hierarchy| lines.iter().find(|(names, _)| is_of(each, names)).map(|(_, path)| *path);
    hierarchies.list.iter().filter(|each| path_in(each).is_some_and(|path| !within(path))).collect()
}

fn home(hierarchy: &Hierarchy, own: &str) -> PathBuf {
    hierarchy.mount_point.join(own.trim_start_matches('/'))
}

/// False: it ended meanwhile. The kernel takes a number here and no pidfd, so what it was is looked at again afterwards.
fn bring_back(member: &Member, own: &str) -> Outcome<bool> {
    let Member { pid, ticks, outside_of } = member;
    for hierarchy in outside_of {
        if start_ticks(*pid) != Some(*ticks) {
            return Ok(false);
        }
        let path = home(hierarchy, own).join("cgroup.procs");
        match fs::write(&path, pid.to_string()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Ok(false),
            Err(error) => return Err(refused(*pid, &path, &error)),
        }
    }
    Ok(start_ticks(*pid) == Some(*ticks))
}

fn refused(pid: i32, path: &Path, error: &std::io::Error) -> Failure {
    Failure::io(Code::Cgroup, "write", format!("move process {pid} back: write to {}", path.display()), error)
        .at(path.display().to_string())
        .in_step("repair")
}

/// A process and what descends from it, by /proc/<pid>/task/<tid>/children (proc_tid_children(5)).
fn family(pid: i32) -> BTreeSet<i32> {
    let mut found = BTreeSet::from([pid]);
    let mut waiting = vec![pid];
    while let Some(parent) = waiting.pop() {
        for child in children(parent) {
            if found.len() < MOST_PROCESSES && found.insert(child) {
                waiting.push(child);
            }
        }
    }
    found
}

fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|text| text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_outside_where_its_path_is_neither_the_containers_nor_below_it() {
        let hierarchies = Hierarchies::parse(
            "32 31 0:29 / /c/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
             35 31 0:32 / /c/memory rw - cgroup cgroup rw,memory\n\
             41 31 0:38 / /c/unified rw - cgroup2 cgroup2 rw\n",
        );
        let own = "/reconcile-ab/0123";
        let outside = |text: &str| -> Vec<String> {
            let found = outside_of(&hierarchies, own, text);
            found.iter().map(|each| each.mount_point.display().to_string()).collect()
        };
        let home = "4:cpu,cpuacct:/lxc/reconcile-ab/0123\n5:memory:/reconcile-ab/0123/nested\n0::/reconcile-ab/0123";
        assert!(outside(home).is_empty());
        assert_eq!(outside("4:cpu,cpuacct:/\n5:memory:/reconcile-ab/0123\n0::/x"), ["/c/cpu", "/c/unified"]);
        assert_eq!(outside("5:memory:/reconcile-ab/01234"), ["/c/memory"]);
        assert!(outside("9:hugetlb:/").is_empty(), "a hierarchy that containers don't join");
    }

    #[test]
    fn a_family_has_children_of_every_thread() {
        let mut child =
            std::thread::spawn(|| std::process::Command::new("sleep").arg("5").spawn().unwrap()).join().unwrap();
        assert!(family(std::process::id() as i32).contains(&(child.id() as i32)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
