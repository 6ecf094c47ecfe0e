//! The log file as Docker's json-file driver would have written it.

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{Bundle, PATIENCE, bind};
use rc_runtime::protocol::Verb;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

const PIECE_BYTES: usize = 16384;

fn records(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_of_five_megabytes_is_cut_into_pieces_with_one_time() {
    let size: usize = 5_000_000;
    let mut bundle = Bundle::new(&format!("head -c {size} /dev/zero | tr '\\0' x; echo; echo next"));
    bundle.run();
    let records = records(&bundle.raw_log());
    let pieces = &records[..records.len() - 1];
    assert_eq!(pieces.len(), size.div_ceil(PIECE_BYTES));
    let (last, full) = pieces.split_last().unwrap();
    assert!(full.iter().all(|piece| piece["log"].as_str().unwrap().len() == PIECE_BYTES));
    assert!(pieces.iter().all(|piece| piece["time"] == last["time"]));
    assert!(last["log"].as_str().unwrap().ends_with("x\n"));
    assert_eq!(records.last().unwrap()["log"], "next\n");
}

#[test]
fn records_have_dockers_key_order_and_an_unfinished_line_no_newline() {
    let mut bundle = Bundle::new("printf 'a<b>&\\t\"end'");
    bundle.run();
    let log = bundle.raw_log();
    let start = "{\"log\":\"a\\u003cb\\u003e\\u0026\\u0009\\\"end\",\"stream\":\"stdout\",\"time\":\"20";
    assert!(log.starts_with(start) && log.ends_with("Z\"}\n"), "{log}");
}

#[test]
fn rotation_keeps_the_newest_files() {
    let mut bundle = Bundle::new("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done");
    bundle.plan.log.max_size_bytes = Some(10_000);
    bundle.plan.log.max_file = 3;
    bundle.run();
    let names = ["log.2", "log.1", "log"];
    let texts = names.map(|name| fs::read_to_string(bundle.path("container").join(name)).unwrap());
    assert!(!bundle.path("container/log.3").exists());
    for text in &texts[..2] {
        let longest = text.lines().map(|line| line.len() + 1).max().unwrap();
        assert!(text.len() >= 10_000 && text.len() < 10_000 + longest, "{}", text.len());
    }
    let lines: Vec<String> =
        records(&texts.concat()).iter().map(|record| record["log"].as_str().unwrap().to_string()).collect();
    let expected: Vec<String> = (2000 - lines.len()..2000).map(|number| format!("line {number}\n")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_single_file_is_still_rotated_to_one() {
    let mut bundle = Bundle::new("i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); done");
    bundle.plan.log.max_size_bytes = Some(10_000);
    bundle.run();
    assert!(bundle.path("container/log.1").exists() && !bundle.path("container/log.2").exists());
    assert!(bundle.stdout().ends_with("line 399\n"));
}

#[test]
fn two_hundred_megabytes_take_seconds() {
    let mut bundle =
        Bundle::new("yes 'a line of some sixty characters, as programs like to write it' | head -c 200000000");
    bundle.plan.log.max_size_bytes = Some(50_000_000);
    bundle.plan.log.max_file = 2;
    let begun = Instant::now();
    bundle.start();
    assert_eq!(bundle.exit().log_lines_lost, 0);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

/// A small filesystem of the test's own, unmounted when the test ends, however it ends.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn new(place: std::path::PathBuf) -> SmallDisk {
        fs::create_dir(&place).unwrap();
        mount("tmpfs", &place, "tmpfs", MountFlags::empty(), c"size=64k").unwrap();
        SmallDisk(place)
    }

    fn grow(&self) {
        mount_remount(&self.0, MountFlags::empty(), c"size=64m").unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

#[test]
fn a_full_disk_loses_lines_and_says_so_but_never_blocks() {
    let script =
        "yes line | head -n 500000; echo > /gate/reached; while [ ! -e /gate/open ]; do sleep 0.01; done; echo after";
    let mut bundle = Bundle::new(script);
    let disk = SmallDisk::new(bundle.path("small"));
    let gate = bundle.path("gate");
    fs::create_dir(&gate).unwrap();
    bundle.plan.mounts.push(bind(&gate.to_string_lossy(), "/gate", false));
    bundle.plan.log.path = bundle.path("small/log").to_string_lossy().into_owned();
    bundle.start();
    let deadline = Instant::now() + PATIENCE;
    while !gate.join("reached").exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    disk.grow();
    fs::write(gate.join("open"), "").unwrap();
    let record = bundle.exit();
    let texts: Vec<String> = records(&fs::read_to_string(bundle.path("small/log")).unwrap())
        .iter()
        .map(|record| record["log"].as_str().unwrap().to_string())
        .collect();
    let notices: Vec<&String> = texts.iter().filter(|text| text.contains("lines lost")).collect();
    assert!(record.code == Some(0) && record.log_lines_lost > 0, "{record:?}");
    assert_eq!(notices, [&format!("reconcile: {} lines lost: the log could not be written\n", record.log_lines_lost)]);
    assert_eq!(texts.iter().filter(|text| *text == "line\n").count() as u64 + record.log_lines_lost, 500_000);
    assert_eq!(texts.last().unwrap(), "after\n");
}

#[test]
fn half_a_record_of_a_killed_shim_is_cut_off() {
    let mut bundle = Bundle::new("echo next");
    let whole = "{\"log\":\"before\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n";
    fs::write(bundle.path("container/log"), format!("{whole}{{\"log\":\"hal")).unwrap();
    bundle.run();
    assert_eq!(bundle.stdout(), "before\nnext\n");
}

#[test]
fn a_log_whose_directory_was_deleted_goes_on_in_a_new_one() {
    let script = "echo one; while [ ! -e /gate/two ]; do sleep 0.01; done; echo two; echo > /gate/said; while [ ! -e /gate/three ]; do sleep 0.01; done; echo three";
    let mut bundle = Bundle::new(script);
    let gate = bundle.path("gate");
    fs::create_dir(&gate).unwrap();
    bundle.plan.mounts.push(bind(&gate.to_string_lossy(), "/gate", false));
    bundle.start();
    bundle.wait_for_log("one");
    fs::remove_dir_all(bundle.path("container")).unwrap();
    fs::write(gate.join("two"), "").unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !gate.join("said").exists() {
        assert!(Instant::now() < deadline, "it said nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
    // Whoever answers has read what was written before.
    bundle.ask(&Verb::Hello);
    assert!(!bundle.path("container").exists());
    fs::create_dir(bundle.path("container")).unwrap();
    fs::write(gate.join("three"), "").unwrap();
    assert_eq!(bundle.exit().code, Some(0));
    assert_eq!(bundle.stdout(), "three\n");
}
