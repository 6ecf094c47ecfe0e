//! With what a session is opened, and what it says then.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    pub root_id: String,
    /// The core's own directory is `<runDir>/<rootId>`. None: it only looks, and makes none.
    #[serde(default)]
    pub run_dir: Option<String>,
    pub shim_path: String,
    /// `[<a cgroup that was delegated to us>/]reconcile-<rootId>`: the parent of the containers' cgroups in every hierarchy.
    pub cgroup_parent: String,
    /// An absolute directory: the cgroup of the shims. None: they stay in that of who starts them.
    #[serde(default)]
    pub shim_cgroup: Option<String>,
    /// A directory on the file system of the writable layers, where mounting an overlay is tried; null: not tried.
    #[serde(default)]
    pub probe_dir: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub handle: i32,
    pub event_fd: i32,
    pub boot_id: String,
    pub features: Features,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    /// Where it was tried, an overlay can be mounted on that file system.
    pub overlay: bool,
    /// Why not; empty if it can.
    pub overlay_why: String,
    /// False: nobody asked, or the try failed for a reason that has nothing to do with overlays.
    pub overlay_tried: bool,
}
