//! Requests and results of layer operations (schemas/core/).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnpackRequest {
    /// An empty directory of the caller's; filled, or removed with all that it holds.
    pub dir: PathBuf,
    /// Has this name once the layer is whole and verified.
    pub tar_split: PathBuf,
    /// Where the compressed bytes are kept. What the file holds already is the blob's beginning, the pipe brings the rest.
    /// After a failure it stays only if the blob ended early (E_GONE).
    #[serde(default)]
    pub save_blob: Option<PathBuf>,
    /// None: by the first bytes alone.
    #[serde(default)]
    pub media_type: Option<String>,
    /// Of the unpacked stream, and of all files made of it.
    pub max_bytes: u64,
    pub expect: Expected,
    /// None: what the layer hides is marked for an overlay.
    #[serde(default)]
    pub whole: Option<Whole>,
}

/// The directory becomes all that an image shows: the layer, and of the tree below what the layer doesn't hide.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Whole {
    /// None: a base layer.
    pub below: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    #[serde(default)]
    pub blob_digest: Option<String>,
    #[serde(default)]
    pub blob_bytes: Option<u64>,
    #[serde(default)]
    pub diff_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unpacked {
    pub blob_digest: String,
    pub blob_bytes: u64,
    pub diff_id: String,
    /// Of the unpacked stream.
    pub diff_bytes: u64,
    /// What layerdb calls `size`: all but directories, each inode once, links with the length of their targets.
    pub size_bytes: u64,
    pub entries: u64,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssembleRequest {
    pub dir: PathBuf,
    pub tar_split: PathBuf,
    pub diff_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assembled {
    pub diff_bytes: u64,
}
