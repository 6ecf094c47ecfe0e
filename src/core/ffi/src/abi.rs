//! What every entry point does around its work: pointers into slices, results into JSON, panics into E_INTERNAL.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rc_runtime::failure::{Code, Failure, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Enough for every reply but a batch of events; asked for before anything is done.
const REPLY_BYTES: usize = 32 * 1024;
const TOO_SMALL: i32 = -(1 << 30);

pub struct Input<'a>(&'a [u8]);

impl Input<'_> {
    /// # Safety
    /// `data` must be readable for `len` bytes as long as the value lives.
    pub unsafe fn new(data: *const u8, len: i32) -> Self {
        if data.is_null() || len <= 0 {
            return Input(&[]);
        }
        // SAFETY: not null, and the caller's promise.
        Input(unsafe { std::slice::from_raw_parts(data, len as usize) })
    }

    pub fn json<T: DeserializeOwned>(&self) -> Outcome<T> {
        serde_json::from_slice(self.0)
            .map_err(|error| Failure::new(Code::Spec, format!("request to the core: {error}")).in_step("request"))
    }
}

pub struct Output<'a>(&'a mut [u8]);

impl Output<'_> {
    /// # Safety
    /// `data` must be writable for `cap` bytes, by nobody else, as long as the value lives.
    pub unsafe fn new(data: *mut u8, cap: i32) -> Self {
        if data.is_null() || cap <= 0 {
            return Output(&mut []);
        }
        // SAFETY: not null, and the caller's promise.
        Output(unsafe { std::slice::from_raw_parts_mut(data, cap as usize) })
    }

    /// The number of bytes written, or how many are needed.
    pub fn write(&mut self, bytes: &[u8]) -> i32 {
        match self.0.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                bytes.len() as i32
            }
            None => TOO_SMALL - bytes.len() as i32,
        }
    }
}

/// Runs `work` and writes `{"ok":true,"value":…}` or `{"ok":false,"error":…}`.
pub fn answer<T: Serialize>(mut output: Output, work: impl FnOnce() -> Outcome<T>) -> i32 {
    if output.0.len() < REPLY_BYTES {
        return TOO_SMALL - REPLY_BYTES as i32;
    }
    guard(|| {
        let text = reply(caught(work));
        if text.len() <= output.0.len() {
            return output.write(&text);
        }
        output.write(&reply::<()>(Err(Failure::new(Code::Internal, "a reply of the core is too long"))))
    })
}

fn reply<T: Serialize>(outcome: Outcome<T>) -> Vec<u8> {
    let json = match outcome {
        Ok(value) => serde_json::json!({ "ok": true, "value": value }),
        Err(error) => serde_json::json!({ "ok": false, "error": error }),
    };
    json.to_string().into_bytes()
}

/// A panic becomes a failure. The structures behind our mutexes stay usable: they are changed by single inserts and removes.
pub fn caught<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(Failure::new(Code::Internal, format!("the core panicked: {}", text.unwrap_or("without a message"))))
    })
}

/// The last wall: no panic crosses the ABI.
pub fn guard(work: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(-libc::EIO)
}
