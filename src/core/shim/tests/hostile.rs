//! Images made to break out. Nothing outside the root may be touched, whatever their paths are.

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use common::{Bundle, bind, strings};
use rc_runtime::failure::Code;
use rc_runtime::protocol::Mount;

/// A directory outside of the root that must stay empty.
fn bait(bundle: &Bundle) -> String {
    let bait = bundle.path("bait");
    fs::create_dir(&bait).unwrap();
    bait.to_string_lossy().into_owned()
}

fn is_empty(directory: &str) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

fn replace_by_link(bundle: &Bundle, name: &str, target: &str) {
    let path = bundle.path("lower").join(name);
    let _ = fs::remove_dir_all(&path);
    symlink(target, path).unwrap();
}

fn mountinfo() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

#[test]
fn the_kernels_directories_must_be_real_ones() {
    for name in ["proc", "sys", "dev"] {
        let mut bundle = Bundle::new("true");
        let bait = bait(&bundle);
        replace_by_link(&bundle, name, &bait);
        let error = bundle.try_start().error.unwrap();
        assert_eq!((error.code, error.path), (Code::PathUnsafe, Some(format!("/{name}"))));
        assert!(is_empty(&bait));
    }
}

#[test]
fn a_file_in_place_of_proc_is_refused() {
    let mut bundle = Bundle::new("true");
    fs::write(bundle.path("lower/proc"), "").unwrap();
    assert_eq!(bundle.try_start().error.unwrap().code, Code::PathUnsafe);
}

#[test]
fn an_etc_that_points_outside_stays_inside() {
    let mut bundle = Bundle::new("cat /etc/hostname");
    let bait = bait(&bundle);
    replace_by_link(&bundle, "etc", &bait);
    let record = bundle.run();
    assert_eq!((record.code, bundle.stdout().as_str()), (Some(0), "box\n"));
    assert!(is_empty(&bait));
    assert!(bundle.path("upper").join(bait.trim_start_matches('/')).join("hostname").exists());
}

#[test]
fn a_mount_target_behind_links_stays_inside() {
    let up = "../".repeat(40);
    for link in ["/BAIT", &format!("{up}BAIT"), "one", "/proc/1/root/BAIT", "/proc/self/cwd"] {
        let mut bundle = Bundle::new("true");
        let bait = bait(&bundle);
        let link = link.replace("/BAIT", &bait).replace("BAIT", bait.trim_start_matches('/'));
        replace_by_link(&bundle, "srv", &link);
        symlink("one", bundle.path("lower/one")).unwrap();
        let source = bundle.path("files").to_string_lossy().into_owned();
        bundle.plan.mounts.push(bind(&source, "/srv/new/place", false));
        bundle.plan.mounts.push(Mount::Tmpfs {
            target: "/srv/other".into(),
            read_only: false,
            size_bytes: None,
            mode: None,
        });
        let before = mountinfo();
        match bundle.try_start().error {
            Some(error) => assert!(matches!(error.code, Code::PathUnsafe | Code::Mount), "{link}: {error:?}"),
            None => drop(bundle.exit()),
        }
        assert!(is_empty(&bait), "{link}");
        assert_eq!(mountinfo(), before, "{link}");
    }
}

#[test]
fn proc_is_no_place_for_mounts() {
    for target in ["/proc", "/proc/sys", "/link"] {
        let mut bundle = Bundle::new("true");
        symlink("/proc", bundle.path("lower/link")).unwrap();
        bundle.plan.mounts.push(Mount::Tmpfs { target: target.into(), read_only: false, size_bytes: None, mode: None });
        assert_eq!(bundle.try_start().error.unwrap().code, Code::PathUnsafe, "{target}");
    }
}

#[test]
fn the_root_itself_is_no_place_for_mounts() {
    for target in ["/", "/..", "/srv/..", "/link"] {
        let mut bundle = Bundle::new("true");
        symlink("/../..", bundle.path("lower/link")).unwrap();
        bundle.plan.mounts.push(Mount::Tmpfs { target: target.into(), read_only: false, size_bytes: None, mode: None });
        assert_eq!(bundle.try_start().error.unwrap().code, Code::PathUnsafe, "{target}");
    }
}

#[test]
fn a_passwd_that_is_no_file_is_not_waited_for() {
    let mut bundle = Bundle::new("id -u");
    fs::remove_file(bundle.path("lower/etc/passwd")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        bundle.path("lower/etc/passwd"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert_eq!((bundle.run().code, bundle.stdout().as_str()), (Some(0), "0\n"));
}

#[test]
fn a_working_directory_outside_is_refused_or_inside() {
    let mut bundle = Bundle::new("pwd");
    let bait = bait(&bundle);
    replace_by_link(&bundle, "srv", &format!("{bait}/made"));
    bundle.plan.working_dir = "/srv".into();
    bundle.run();
    assert!(is_empty(&bait));
}

#[test]
fn the_way_out_through_descriptors_is_shut() {
    let script = "ls /proc/self/fd | wc -l; for f in /proc/self/fd/*; do ls $f/.. 2>/dev/null | grep -c BAITED; done; \
        cat /proc/1/cmdline | tr '\\0' ' ' | cut -c1-5; ls /proc/1/root/ | grep -c lost+found";
    let mut bundle = Bundle::new(script);
    bundle.run();
    let inside = bundle.stdout();
    // 0 to 2, and the one that ls itself opens.
    assert!(inside.starts_with("4\n"), "{inside}");
    assert!(inside.ends_with("sh -c\n0\n"), "{inside}");
}

#[test]
fn the_hosts_mounts_and_lower_directory_are_as_before() {
    let before = mountinfo();
    let mut bundle = Bundle::new("umount /usr 2>/dev/null; rm -rf /etc /srv; mkdir /new");
    bundle.plan.capabilities = strings(&["CAP_DAC_OVERRIDE", "CAP_MKNOD"]);
    bundle.run();
    assert_eq!(mountinfo(), before);
    assert!(bundle.path("lower/etc/passwd").exists() && !Path::new(&bundle.path("lower/new")).exists());
}
