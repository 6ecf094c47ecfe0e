//! A cgroup for one probe, below the container's in one hierarchy: its limits count the probe, and all that the probe has begun is found in
//! it, whatever that has forked, detached or renamed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rc_runtime::cgroup;
use rc_runtime::failure::{Code, Failure, Outcome};

pub struct Nest {
    dir: PathBuf,
    /// The container's cgroups, with this one in the place of the one that it is in.
    pub cgroups: Vec<String>,
}

const NAME: &str = "reconcile-probe";
const KILL_WITHIN: Duration = Duration::from_secs(5);

impl Nest {
    /// What a probe that was killed has left in it goes first.
    pub fn make(cgroups: &[String]) -> Outcome<Nest> {
        let Some(place) = place_in(cgroups) else {
            return Err(Failure::new(Code::Cgroup, "the container has no cgroup"));
        };
        let dir = Path::new(&cgroups[place]).join(NAME);
        let mut cgroups = cgroups.to_vec();
        cgroups[place] = dir.to_string_lossy().into_owned();
        let nest = Nest { dir, cgroups };
        match fs::create_dir(&nest.dir) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => nest.kill()?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::new(Code::Gone, "the container has just ended"));
            }
            Err(error) => {
                let at = nest.dir.display().to_string();
                return Err(Failure::io(Code::Cgroup, "mkdir", format!("make cgroup {at}"), &error).at(at));
            }
            Ok(()) => {}
        }
        Ok(nest)
    }

    fn kill(&self) -> Outcome<()> {
        cgroup::kill_all(std::slice::from_ref(&self.dir), KILL_WITHIN)
    }

    /// What the probe has begun, while its reaper lives to reap it, and then that one.
    pub fn kill_but(&self, reaper: i32) {
        let _ = cgroup::kill_others(std::slice::from_ref(&self.dir), Some(reaper), KILL_WITHIN);
    }

    /// What is left in it keeps it: the next probe, or the container's end, finds that.
    pub fn end(self) {
        if self.kill().is_ok() {
            cgroup::remove_nested(&self.dir);
        }
    }
}

/// The unified hierarchy has a file that kills all at once, a freezer of v1 lets nobody fork away; any other will do.
fn place_in(cgroups: &[String]) -> Option<usize> {
    let has = |name: &'static str| move |dir: &String| Path::new(dir).join(name).exists();
    let first = |name| cgroups.iter().position(has(name));
    first("cgroup.kill").or_else(|| first("freezer.state")).or(if cgroups.is_empty() { None } else { Some(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_where_processes_are_killed_most_surely() {
        let dir = std::env::temp_dir().join(format!("reconcile-nest-{}", std::process::id()));
        let cgroups: Vec<String> =
            ["memory", "freezer", "unified"].iter().map(|name| dir.join(name).display().to_string()).collect();
        cgroups.iter().for_each(|cgroup| fs::create_dir_all(cgroup).unwrap());
        assert_eq!(place_in(&[]), None);
        assert_eq!(place_in(&cgroups), Some(0));
        fs::write(dir.join("freezer/freezer.state"), "").unwrap();
        assert_eq!(place_in(&cgroups), Some(1));
        fs::write(dir.join("unified/cgroup.kill"), "").unwrap();
        assert_eq!(place_in(&cgroups), Some(2));
        fs::remove_dir_all(dir).unwrap();
    }
}
