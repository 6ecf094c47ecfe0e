//! One pass over a layer: bytes of the blob → hash → decompress → hash → tar-split → files. A failure leaves nothing.

use std::io::{BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, ftruncate};

use super::contents::Contents;
use super::decompress::Decompressed;
use super::digest::Hashed;
use super::fault::{entry_failed, entry_refused, read_failure, refused};
use super::marks::Marks;
use super::name;
use super::place::Placer;
use super::remove;
use super::request::{UnpackRequest, Unpacked};
use super::size;
use super::source::Source;
use super::split::SplitWriter;
use super::tar::{Kind, Member, TarReader};
use super::tree::Tree;
use crate::failure::{Code, Failure, Outcome};

const BUFFER_BYTES: usize = 256 * 1024;

/// Reads `pipe` to its end. `cancel` becomes readable when everything is given up.
pub fn unpack(request: &UnpackRequest, pipe: OwnedFd, cancel: &OwnedFd) -> Outcome<Unpacked> {
    // A thread of its own is needed for this: the mask is the whole process's otherwise, and cuts modes.
    crate::sys::own_umask().map_err(|errno| Failure::sys(Code::Internal, "unshare", "an own umask", errno))?;
    let tree = Tree::open(&request.dir)?;
    let mut partial = request.tar_split.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let split = SplitWriter::create(&partial).inspect_err(|_| drop_dir(request, tree.root()))?;
    let root = tree.root().try_clone();
    let marks = request.whole.as_ref().map(|_| Marks::default());
    let outcome = pass(request, pipe, cancel, Placer::new(tree, marks), split);
    let outcome = outcome.and_then(|unpacked| {
        let text = format!("make {}", request.tar_split.display());
        let renamed = std::fs::rename(&partial, &request.tar_split);
        renamed.map(|()| unpacked).map_err(|error| Failure::io(Code::Io, "rename", text, &error))
    });
    outcome.inspect_err(|failure| {
        if let Ok(root) = root {
            drop_dir(request, &root);
        }
        let _ = std::fs::remove_file(&partial);
        if let (Some(blob), true) = (&request.save_blob, failure.code != Code::Gone) {
            let _ = std::fs::remove_file(blob);
        }
    })
}

fn pass(
    request: &UnpackRequest,
    pipe: OwnedFd,
    cancel: &OwnedFd,
    mut placer: Placer,
    split: SplitWriter,
) -> Outcome<Unpacked> {
    let source = Source::open(pipe, cancel, request.save_blob.as_deref(), &request.expect)?;
    let source = BufReader::with_capacity(BUFFER_BYTES, source);
    let decompressed = Decompressed::open(source, request.media_type.as_deref())?;
    let input = BufReader::with_capacity(BUFFER_BYTES, Hashed::new(decompressed, request.max_bytes));
    let mut tar = TarReader::new(input, split);
    while let Some(member) = tar.next()? {
        add(&mut tar, &mut placer, &member, request.max_bytes)?;
    }
    let entries = tar.entries;
    let mut stream = tar.finish()?.into_inner();
    let (diff_id, diff_bytes) = (stream.hash.text(), stream.bytes);
    let source = stream.input().input();
    drain(source)?;
    let (blob_digest, blob_bytes) = (source.get_ref().hash.text(), source.get_ref().bytes);
    matches("blob", &blob_digest, request.expect.blob_digest.as_deref())?;
    matches("unpacked layer", &diff_id, request.expect.diff_id.as_deref())?;
    let size_bytes = match placer.tree.replaced {
        true => size::size_bytes(placer.tree.root()).map_err(|errno| failed_on(&request.dir, "size up", errno))?,
        false => placer.size_bytes,
    };
    if let Some(below) = request.whole.as_ref().and_then(|whole| whole.below.as_deref()) {
        placer.complete(below, cancel)?;
    }
    placer.finish_directories()?;
    Ok(Unpacked { blob_digest, blob_bytes, diff_id, diff_bytes, size_bytes, entries, warnings: placer.warnings })
}

fn add<R: std::io::BufRead>(
    tar: &mut TarReader<R>,
    placer: &mut Placer,
    member: &Member,
    max_bytes: u64,
) -> Outcome<()> {
    let path = name::inside(&member.name);
    if path.is_empty() {
        return root(tar, member);
    }
    if placer.size_bytes.saturating_add(member.file_bytes()) > max_bytes {
        return Err(entry_refused(&member.name, format!("the layer's files exceed the bound of {max_bytes} bytes")));
    }
    if let Some(hidden) = name::split(&path).1.strip_prefix(b".wh.") {
        placer.whiteout(&path, hidden, member)?;
        return tar.contents(member, |_| Ok(()));
    }
    if member.kind != Kind::File {
        placer.entry(&path, member)?;
        return tar.contents(member, |_| Ok(()));
    }
    let file = placer.file(&path, member)?;
    let mut contents = Contents::new(&file, member);
    let failed = |error: std::io::Error| {
        let errno = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
        entry_failed(&member.name, "write")(errno)
    };
    tar.contents(member, |part| contents.write(part).map_err(failed))?;
    if member.sparse.is_some() {
        ftruncate(&file, member.file_bytes()).map_err(entry_failed(&member.name, "ftruncate"))?;
    }
    placer.file_metadata(&file, member)
}

/// `./` says nothing: the root's own attributes are not applied.
fn root<R: std::io::BufRead>(tar: &mut TarReader<R>, member: &Member) -> Outcome<()> {
    match member.kind {
        Kind::Directory => tar.contents(member, |_| Ok(())),
        _ => Err(entry_refused(&member.name, "it names the layer's root, but is no directory")),
    }
}

/// Nothing may follow the compressed stream but what its decoder has taken.
fn drain(source: &mut BufReader<Source>) -> Outcome<()> {
    let mut rest = [0; 1];
    match source.read(&mut rest).map_err(read_failure)? {
        0 => Ok(()),
        _ => Err(refused("something follows the compressed layer")),
    }
}

fn matches(what: &str, found: &str, expected: Option<&str>) -> Outcome<()> {
    match expected {
        Some(expected) if expected != found => {
            Err(Failure::new(Code::Digest, format!("the {what} is {found}, it must be {expected}")))
        }
        _ => Ok(()),
    }
}

/// By the descriptor, so that nothing is removed that took its name; then the name, if nothing is in it.
fn drop_dir(request: &UnpackRequest, root: &OwnedFd) {
    if let Ok(root) = root.try_clone() {
        let _ = remove::empty(root);
    }
    let _ = rustix::fs::unlinkat(CWD, &request.dir, rustix::fs::AtFlags::REMOVEDIR);
}

fn failed_on(dir: &Path, what: &str, errno: rustix::io::Errno) -> Failure {
    Failure::sys(Code::Io, what, format!("{what} {}", dir.display()), errno)
}
