use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use rustix::event::{EventfdFlags, eventfd};

use super::*;

/// Two layers, a volume and its staging; removed at the end.
struct Lab(PathBuf);

impl Lab {
    fn make(name: &str) -> Self {
        let top = std::env::temp_dir().join(format!("reconcile-test-copy-up-{name}-{}", std::process::id()));
        for name in ["top/srv", "base/srv/data/sub", "volume"] {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        Lab(top)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn request(&self) -> CopyUpRequest {
        CopyUpRequest {
            lowers: ["top", "base"].map(|name| self.at(name).display().to_string()).to_vec(),
            path: "/srv/data".to_string(),
            target: self.at("volume"),
            staging: self.at("copy-up"),
        }
    }

    fn copy(&self) -> Outcome<Copied> {
        copy_up(&self.request(), &never())
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

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn all_that_an_entry_has_comes_along() {
    let lab = Lab::make("all");
    let data = lab.at("base/srv/data");
    fs::write(data.join("tool"), "tool").unwrap();
    chown(data.join("tool"), Some(7), Some(8)).unwrap();
    fs::set_permissions(data.join("tool"), fs::Permissions::from_mode(0o4755)).unwrap();
    rustix::fs::lsetxattr(data.join("tool"), "trusted.note", b"x", rustix::fs::XattrFlags::empty()).unwrap();
    fs::hard_link(data.join("tool"), data.join("sub/same")).unwrap();
    symlink("/etc/passwd", data.join("out")).unwrap();
    let null = rustix::fs::makedev(1, 3);
    let private = Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(CWD, data.join("null"), rustix::fs::FileType::CharacterDevice, private, null).unwrap();
    let sparse = fs::File::create(data.join("sparse")).unwrap();
    sparse.set_len(64 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"end", 32 << 20).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o1770)).unwrap();
    chown(&data, Some(5), Some(6)).unwrap();
    let past = std::time::UNIX_EPOCH + std::time::Duration::new(1_500_000_000, 123_000_000);
    for path in [data.join("tool"), data.join("sub"), data.clone()] {
        fs::File::open(path).unwrap().set_modified(past).unwrap();
    }

    let copied = lab.copy().unwrap();
    assert_eq!((copied.copied, copied.entries), (true, 6));
    assert!(copied.warnings.is_empty(), "{:?}", copied.warnings);
    let volume = lab.at("volume");
    let tool = fs::metadata(volume.join("tool")).unwrap();
    assert_eq!((tool.mode(), tool.uid(), tool.gid(), tool.nlink()), (0o104755, 7, 8, 2));
    assert_eq!(tool.ino(), fs::metadata(volume.join("sub/same")).unwrap().ino());
    let mut value = [0u8; 8];
    assert_eq!(rustix::fs::lgetxattr(volume.join("tool"), "trusted.note", &mut value[..]).unwrap(), 1);
    assert_eq!(fs::read_link(volume.join("out")).unwrap(), Path::new("/etc/passwd"));
    assert_eq!(fs::metadata(volume.join("null")).unwrap().rdev(), null);
    let sparse = fs::metadata(volume.join("sparse")).unwrap();
    assert!(sparse.len() == 64 << 20 && sparse.blocks() * 512 < 1 << 20, "{} blocks", sparse.blocks());
    assert_eq!(&fs::read(volume.join("sparse")).unwrap()[32 << 20..][..4], b"end\0");
    let own = fs::metadata(&volume).unwrap();
    assert_eq!((own.mode() & 0o7777, own.uid(), own.gid()), (0o1770, 5, 6));
    for path in [volume.join("tool"), volume.join("sub"), volume] {
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), past, "{}", path.display());
    }
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn the_layers_are_seen_together_and_links_lead_nowhere_outside() {
    let lab = Lab::make("together");
    fs::create_dir_all(lab.at("top/real")).unwrap();
    fs::write(lab.at("top/real/inside"), "").unwrap();
    symlink("../../../../real", lab.at("top/srv/data")).unwrap();
    assert!(lab.copy().unwrap().copied);
    assert_eq!(names(&lab.at("volume")), ["inside"]);
}

#[test]
fn what_hides_nothing_is_not_there() {
    let lab = Lab::make("hides-nothing");
    fs::remove_dir_all(lab.at("base/srv/data")).unwrap();
    fs::create_dir(lab.at("top/srv/data")).unwrap();
    fs::write(lab.at("top/srv/data/shown"), "").unwrap();
    let whiteout = lab.at("top/srv/data/gone");
    rustix::fs::mknodat(CWD, whiteout, rustix::fs::FileType::CharacterDevice, Mode::empty(), 0).unwrap();
    assert!(lab.copy().unwrap().copied);
    assert_eq!(names(&lab.at("volume")), ["shown"]);
}

#[test]
fn a_volume_that_holds_something_stays_as_it_is() {
    let lab = Lab::make("full");
    fs::write(lab.at("base/srv/data/image"), "").unwrap();
    fs::write(lab.at("volume/own"), "").unwrap();
    fs::create_dir(lab.at("copy-up.part")).unwrap();
    assert_eq!(lab.copy().unwrap(), Copied::default());
    assert_eq!(names(&lab.at("volume")), ["own"]);
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn where_the_image_has_nothing_nothing_is_copied_and_a_file_is_refused() {
    let lab = Lab::make("nothing");
    fs::set_permissions(lab.at("volume"), fs::Permissions::from_mode(0o711)).unwrap();
    let absent = CopyUpRequest { path: "/none/at/all".to_string(), ..lab.request() };
    assert_eq!(copy_up(&absent, &never()).unwrap(), Copied::default());
    fs::write(lab.at("base/srv/file"), "").unwrap();
    let file = CopyUpRequest { path: "/srv/file".to_string(), ..lab.request() };
    assert_eq!(copy_up(&file, &never()).unwrap_err().code, Code::Spec);
    assert_eq!(fs::metadata(lab.at("volume")).unwrap().mode() & 0o7777, 0o711);
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn a_copy_that_was_cut_off_is_finished_and_harms_nothing_that_came_meanwhile() {
    let lab = Lab::make("cut-off");
    for (path, text) in [("copy-up/left", "image"), ("copy-up/both", "image"), ("volume/both", "own")] {
        fs::create_dir_all(lab.at(path).parent().unwrap()).unwrap();
        fs::write(lab.at(path), text).unwrap();
    }
    assert!(lab.copy().unwrap().copied);
    assert_eq!(names(&lab.at("volume")), ["both", "left"]);
    assert_eq!(fs::read_to_string(lab.at("volume/both")).unwrap(), "own");
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn half_a_copy_is_made_whole_by_whoever_comes_next() {
    let lab = Lab::make("next");
    fs::write(lab.at("base/srv/data/of-another-image"), "").unwrap();
    for path in ["copy-up/second", "volume/first", "copy-up.part/rest"] {
        fs::create_dir_all(lab.at(path).parent().unwrap()).unwrap();
        fs::write(lab.at(path), "").unwrap();
    }
    fs::set_permissions(lab.at("copy-up"), fs::Permissions::from_mode(0o1770)).unwrap();
    assert!(lab.copy().unwrap().copied);
    assert_eq!(names(&lab.at("volume")), ["first", "second"]);
    assert_eq!(fs::metadata(lab.at("volume")).unwrap().mode() & 0o7777, 0o1770);
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn without_layers_only_what_is_left_is_moved() {
    let lab = Lab::make("left");
    let none = CopyUpRequest { lowers: Vec::new(), ..lab.request() };
    assert_eq!(copy_up(&none, &never()).unwrap(), Copied::default());
    fs::create_dir(lab.at("copy-up.part")).unwrap();
    fs::create_dir(lab.at("copy-up")).unwrap();
    fs::write(lab.at("copy-up/second"), "").unwrap();
    assert!(copy_up(&none, &never()).unwrap().copied);
    assert_eq!(names(&lab.at("volume")), ["second"]);
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}

#[test]
fn a_copy_that_is_given_up_leaves_nothing() {
    let lab = Lab::make("given-up");
    fs::write(lab.at("base/srv/data/image"), "").unwrap();
    let cancelled = eventfd(1, EventfdFlags::CLOEXEC).unwrap();
    assert_eq!(copy_up(&lab.request(), &cancelled).unwrap_err().code, Code::Gone);
    assert!(names(&lab.at("volume")).is_empty());
    assert_eq!(names(&lab.0), ["base", "top", "volume"]);
}
