//! What a layer hides of those below it, kept in a list where the tree itself can't be marked for an overlay.

use std::os::fd::OwnedFd;

use rustix::fs::fstat;
use rustix::io::Errno;

use super::bounds::MAX_MARKS_BYTES;
use super::copy::{Inode, Overlaid, inode};
use super::fault::{entry_failed, refused};
use super::tree::Tree;
use crate::failure::Outcome;

/// Paths as members name them; links in them are followed when all of the layer is there.
#[derive(Default)]
pub struct Marks {
    /// parent and name
    whiteouts: Vec<(Vec<u8>, Vec<u8>)>,
    opaque: Vec<Vec<u8>>,
    bytes: usize,
}

impl Marks {
    pub fn hide(&mut self, parent: &[u8], name: &[u8]) -> Outcome<()> {
        self.whiteouts.push((parent.to_vec(), name.to_vec()));
        self.take(parent.len() + name.len())
    }

    pub fn hide_all_in(&mut self, directory: &[u8]) -> Outcome<()> {
        self.opaque.push(directory.to_vec());
        self.take(directory.len())
    }

    fn take(&mut self, bytes: usize) -> Outcome<()> {
        self.bytes += bytes;
        if self.bytes > MAX_MARKS_BYTES {
            return Err(refused(format!(
                "the names that the layer hides have more than {MAX_MARKS_BYTES} bytes together"
            )));
        }
        Ok(())
    }

    /// `own`: directories that are members of the layer.
    pub fn in_tree<'a>(&self, tree: &Tree, own: impl Iterator<Item = &'a [u8]>) -> Outcome<Overlaid> {
        let mut overlaid = Overlaid::default();
        for path in own {
            overlaid.own.extend(directory(tree, path)?);
        }
        for path in &self.opaque {
            overlaid.opaque.extend(directory(tree, path)?);
        }
        for (parent, name) in &self.whiteouts {
            if let Some(parent) = directory(tree, parent)? {
                overlaid.hidden.entry(parent).or_default().insert(name.clone());
            }
        }
        Ok(overlaid)
    }
}

/// None: something else has taken the directory's place.
fn directory(tree: &Tree, path: &[u8]) -> Outcome<Option<Inode>> {
    let found = |dir: OwnedFd| fstat(&dir).map(|stat| Some(inode(&stat)));
    match tree.open_dir(path) {
        Ok(dir) => found(dir).map_err(entry_failed(path, "fstat")),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        Err(errno) => Err(entry_failed(path, "openat2")(errno)),
    }
}
