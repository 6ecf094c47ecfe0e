//! What this kernel and this root may do. Each probe leaves nothing behind.

use std::fs;
use std::path::Path;

use crate::probe_overlay::{self, Tried};
use crate::request::Features;

pub fn features(probe_dir: Option<&str>) -> Features {
    let (overlay_why, overlay_tried) = match probe_dir {
        Some(dir) => match probe_overlay::try_on(Path::new(dir)) {
            Tried::Works => (String::new(), true),
            Tried::Refused(why) => (why, true),
            Tried::Disturbed(why) => (why, false),
        },
        None => (if is_known() { "" } else { "this kernel has no overlay file system" }.to_string(), false),
    };
    Features { overlay: overlay_why.is_empty(), overlay_why, overlay_tried }
}

fn is_known() -> bool {
    fs::read_to_string("/proc/filesystems").unwrap_or_default().contains("\toverlay\n")
}
