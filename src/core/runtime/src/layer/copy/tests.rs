use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::event::{EventfdFlags, eventfd};

use super::*;
use crate::layer::directory::open_directory;
use crate::layer::{CopyTreeRequest, copy_tree};

/// A source and a target; removed at the end.
struct Lab(PathBuf);

impl Lab {
    fn make(name: &str, files: &[&str]) -> Self {
        let top = std::env::temp_dir().join(format!("reconcile-test-copy-{name}-{}", std::process::id()));
        for name in ["from", "into"] {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        for file in files {
            let path = top.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        Lab(top)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn copy(&self, overlaid: Overlaid) -> Copied {
        let open = |name: &str| open_directory(&self.at(name)).unwrap();
        Copier::new(open("from"), open("into"), &never()).unwrap().over(overlaid).copy().unwrap()
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.at(name)).ok()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn never() -> OwnedFd {
    eventfd(0, EventfdFlags::CLOEXEC).unwrap()
}

fn inode_of(path: &Path) -> Inode {
    let found = fs::metadata(path).unwrap();
    (found.dev(), found.ino())
}

#[test]
fn what_the_target_has_hides_what_the_source_has_there() {
    let lab = Lab::make("hides", &["from/both", "from/dir/in", "from/file", "from/link/in", "into/both", "into/dir"]);
    fs::create_dir_all(lab.at("into/file")).unwrap();
    symlink("/nowhere", lab.at("into/link")).unwrap();
    assert_eq!(lab.copy(Overlaid::default()).entries, 0);
    assert_eq!(lab.read("into/both").unwrap(), "into/both");
    assert_eq!(lab.read("into/dir").unwrap(), "into/dir");
    assert!(fs::read_dir(lab.at("into/file")).unwrap().next().is_none());
    assert_eq!(fs::read_link(lab.at("into/link")).unwrap(), Path::new("/nowhere"));
}

#[test]
fn hidden_names_and_what_is_in_opaque_directories_stay_away() {
    let lab = Lab::make("hidden", &["from/a/gone/deep", "from/a/stays", "from/b/old", "from/b/c/old", "into/b/new"]);
    fs::create_dir_all(lab.at("into/a")).unwrap();
    let overlaid = Overlaid {
        own: HashSet::new(),
        opaque: HashSet::from([inode_of(&lab.at("into/b"))]),
        hidden: HashMap::from([(inode_of(&lab.at("into/a")), HashSet::from([b"gone".to_vec()]))]),
    };
    lab.copy(overlaid);
    assert_eq!(lab.read("into/a/stays").unwrap(), "from/a/stays");
    assert!(!fs::exists(lab.at("into/a/gone")).unwrap());
    let names: Vec<_> = fs::read_dir(lab.at("into/b")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["new"]);
}

#[test]
fn a_directory_of_its_own_keeps_its_mode_and_the_others_get_that_of_the_source() {
    let lab = Lab::make("own", &["from/own/x", "from/other/x", "into/own/y", "into/other/y"]);
    for (name, mode) in [("from/own", 0o711), ("from/other", 0o711), ("into/own", 0o1777), ("into/other", 0o700)] {
        fs::set_permissions(lab.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let past = std::time::UNIX_EPOCH + std::time::Duration::new(1_500_000_000, 0);
    fs::File::open(lab.at("from/other")).unwrap().set_modified(past).unwrap();
    lab.copy(Overlaid { own: HashSet::from([inode_of(&lab.at("into/own"))]), ..Overlaid::default() });
    let mode = |name: &str| fs::metadata(lab.at(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode("into/own"), mode("into/other")), (0o1777, 0o711));
    assert_eq!(fs::metadata(lab.at("into/other")).unwrap().modified().unwrap(), past);
    assert_eq!(lab.read("into/own/x").unwrap(), "from/own/x");
}

#[test]
fn of_a_file_with_two_names_one_of_which_is_hidden_the_other_one_is_copied() {
    let lab = Lab::make("names", &["from/a", "into/a"]);
    for name in ["b", "c"] {
        fs::hard_link(lab.at("from/a"), lab.at("from").join(name)).unwrap();
    }
    lab.copy(Overlaid::default());
    assert_eq!(lab.read("into/a").unwrap(), "into/a");
    assert_eq!(lab.read("into/b").unwrap(), "from/a");
    assert_eq!(inode_of(&lab.at("into/b")), inode_of(&lab.at("into/c")));
}

#[test]
fn a_tree_is_not_copied_into_itself() {
    let lab = Lab::make("itself", &["from/deep/er/file"]);
    let text = |name: &str| lab.at(name).display().to_string();
    let request = CopyTreeRequest { from: text("from"), into: lab.at("from/deep/er") };
    let refused = copy_tree(&request, &never()).unwrap_err();
    assert_eq!(refused.code, Code::Spec);
    assert!(refused.message.contains("it can't be copied into itself"), "{}", refused.message);
    let request = CopyTreeRequest { from: text("from"), into: lab.at("into") };
    assert_eq!(copy_tree(&request, &never()).unwrap().entries, 3);
    assert_eq!(lab.read("into/deep/er/file").unwrap(), "from/deep/er/file");
}
