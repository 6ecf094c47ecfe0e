//! Four threads that carry out what may block.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rc_runtime::failure::{Code, Failure, Outcome};

use crate::abi::caught;
use crate::ops;
use crate::queue::Event;
use crate::request::Submitted;
use crate::shared::Shared;
use crate::thread::thread;

const THREADS: usize = 4;
const MAX_WAITING: usize = 1024;

type Job = (u32, Submitted);

pub struct Workers {
    jobs: Mutex<Option<SyncSender<Job>>>,
    last_op: AtomicU32,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    pub fn start(shared: Arc<Shared>) -> Outcome<Self> {
        let (jobs, waiting) = sync_channel(MAX_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..THREADS)
            .map(|_| {
                let (shared, waiting) = (shared.clone(), waiting.clone());
                thread("rc-worker", move || work(&shared, &waiting))
            })
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Workers { jobs: Mutex::new(Some(jobs)), last_op: AtomicU32::new(0), threads: Mutex::new(threads) })
    }

    pub fn next_op(&self) -> u32 {
        self.last_op.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn submit(&self, op: u32, request: Submitted) -> Outcome<()> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(jobs) = jobs.as_ref() else { return Err(Failure::new(Code::Gone, "the core is closed")) };
        match jobs.try_send((op, request)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                Err(Failure::new(Code::Busy, format!("{MAX_WAITING} operations wait already")))
            }
            Err(TrySendError::Disconnected(_)) => Err(Failure::new(Code::Internal, "the core has no workers left")),
        }
    }

    /// Takes nothing new and waits for what has begun.
    pub fn join(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

fn work(shared: &Shared, waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((op, request)) = next else { return };
        let outcome = caught(|| {
            let _turn = request.container_id().map(|id| shared.turns.wait(id));
            ops::run(shared, request)
        });
        shared.queue.push(Event::op_done(op, outcome));
    }
}
