//! The container's root: an overlay of one lower, one upper and one work directory, attached nowhere.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::mount::MountAttrFlags;

use super::paths::host_path;
use crate::failure::{Code, Failure, Outcome};

/// fsconfig(2) takes values below 256 bytes.
const MAX_VALUE_BYTES: usize = 255;

/// A directory as overlayfs is told it: its path, or by descriptor where the path is too long or holds a separator.
struct Layer {
    text: String,
    _held: Option<OwnedFd>,
}

impl Layer {
    fn of(path: &str) -> Outcome<Layer> {
        let plain = path.len() <= MAX_VALUE_BYTES && !path.contains([':', ',', '\\']);
        if plain {
            return Ok(Layer { text: path.to_string(), _held: None });
        }
        let held = host_path(path)
            .map_err(|errno| Failure::sys(Code::Mount, "openat", format!("open {path}"), errno).at(path))?;
        Ok(Layer { text: format!("/proc/self/fd/{}", held.as_raw_fd()), _held: Some(held) })
    }
}

pub fn mount(lower: &str, upper: &str, work: &str) -> Outcome<OwnedFd> {
    let (lower_layer, upper_layer, work_layer) = (Layer::of(lower)?, Layer::of(upper)?, Layer::of(work)?);
    let options = [
        ("source", "overlay"),
        ("lowerdir", lower_layer.text.as_str()),
        ("upperdir", upper_layer.text.as_str()),
        ("workdir", work_layer.text.as_str()),
    ];
    super::fresh("overlay", &options, MountAttrFlags::empty()).map_err(|failure| failure.at(upper))
}
