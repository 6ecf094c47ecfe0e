//! unpack and assemble: each a thread and a pipe whose other end is TypeScript's. A slow network holds no worker, and
//! neither does a tree that is copied, nor a slow disk.

use std::os::fd::{BorrowedFd, IntoRawFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::layer::{self, AssembleRequest, CopyTreeRequest, CopyUpRequest, UnpackRequest};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::syncfs;
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use serde_json::{Value, json};

use crate::abi::caught;
use crate::queue::{Event, Queue};
use crate::thread::thread;

const MAX_AT_ONCE: usize = 64;
/// The most that is allowed without CAP_SYS_RESOURCE.
const PIPE_BYTES: usize = 1024 * 1024;

pub struct Layers {
    /// Readable: all of them give up.
    cancel: Arc<OwnedFd>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Layers {
    pub fn new() -> Outcome<Self> {
        let cancel = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| Failure::sys(Code::Internal, "eventfd2", "layers", errno))?;
        Ok(Layers { cancel: Arc::new(cancel), threads: Mutex::new(Vec::new()) })
    }

    pub fn unpack(&self, op: u32, request: UnpackRequest, queue: Arc<Queue>) -> Outcome<Value> {
        absolute(&request.dir)?;
        absolute(&request.tar_split)?;
        request.save_blob.as_deref().map_or(Ok(()), absolute)?;
        request.whole.as_ref().and_then(|whole| whole.below.as_deref()).map_or(Ok(()), absolute)?;
        let (read, write) = pipe()?;
        self.run(op, queue, move |cancel| Ok(json!(layer::unpack(&request, read, cancel)?)))?;
        // The writer owns its end from here on.
        Ok(json!({ "op": op, "writeFd": write.into_raw_fd() }))
    }

    pub fn assemble(&self, op: u32, request: AssembleRequest, queue: Arc<Queue>) -> Outcome<Value> {
        absolute(&request.dir)?;
        absolute(&request.tar_split)?;
        let (read, write) = pipe()?;
        self.run(op, queue, move |cancel| Ok(json!(layer::assemble(&request, write, cancel)?)))?;
        Ok(json!({ "op": op, "readFd": read.into_raw_fd() }))
    }

    pub fn copy_up(&self, op: u32, request: CopyUpRequest, queue: Arc<Queue>) -> Outcome<Value> {
        for path in [&request.target, &request.staging] {
            absolute(path)?;
        }
        self.run(op, queue, move |cancel| Ok(json!(layer::copy_up(&request, cancel)?)))?;
        Ok(json!({ "op": op }))
    }

    pub fn copy_tree(&self, op: u32, request: CopyTreeRequest, queue: Arc<Queue>) -> Outcome<Value> {
        absolute(Path::new(&request.from))?;
        absolute(&request.into)?;
        self.run(op, queue, move |cancel| Ok(json!(layer::copy_tree(&request, cancel)?)))?;
        Ok(json!({ "op": op }))
    }

    /// What was written to the file system of a directory is on its disk. Takes as long as the disk does.
    pub fn sync(&self, op: u32, directory_fd: i32, queue: Arc<Queue>) -> Outcome<Value> {
        let failed = |syscall: &'static str| {
            move |errno| Failure::sys(Code::Io, syscall, "bring what was written to the disk", errno)
        };
        if directory_fd < 0 {
            return Err(failed("fcntl")(Errno::BADF));
        }
        // SAFETY: used for this call alone; the kernel tells if it isn't open.
        let directory = unsafe { BorrowedFd::borrow_raw(directory_fd) };
        // Of the same open file: the errors since that was opened count.
        let directory = fcntl_dupfd_cloexec(directory, 3).map_err(failed("fcntl"))?;
        self.run(op, queue, move |_| syncfs(&directory).map_err(failed("syncfs")).map(|()| Value::Null))?;
        Ok(json!({ "op": op }))
    }

    /// Tells all to give up, and waits until they have removed what they made.
    pub fn join(&self) {
        let _ = rustix::io::write(&*self.cancel, &1u64.to_ne_bytes());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }

    fn run(
        &self,
        op: u32,
        queue: Arc<Queue>,
        work: impl FnOnce(&OwnedFd) -> Outcome<Value> + Send + 'static,
    ) -> Outcome<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        if threads.len() >= MAX_AT_ONCE {
            return Err(Failure::new(Code::Busy, format!("{MAX_AT_ONCE} layers are being unpacked or read already")));
        }
        let cancel = self.cancel.clone();
        threads.push(thread("rc-layer", move || {
            let outcome = caught(|| work(&cancel));
            queue.push(Event::op_done(op, outcome));
        })?);
        Ok(())
    }
}

fn absolute(path: &Path) -> Outcome<()> {
    if path.is_absolute() {
        return Ok(());
    }
    Err(Failure::new(Code::Spec, format!("{} is no absolute path", path.display())).in_step("request"))
}

fn pipe() -> Outcome<(OwnedFd, OwnedFd)> {
    let failed = |errno| Failure::sys(Code::Io, "pipe2", "a pipe for a layer", errno);
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    // Smaller, it is only slower.
    let _ = fcntl_setpipe_size(&read, PIPE_BYTES);
    Ok((read, write))
}
