//! The C ABI, and nothing else. Synchronous, buffers of UTF-8 JSON, i32 results:
//! `>= 0` bytes written; `-1…-4095` is -errno; `-(1<<30) - n` says that the output needs n bytes, and that nothing was done.

mod abi;
mod keyed;
mod layers;
mod locks;
mod notify;
mod ops;
mod probe;
mod probe_overlay;
mod queue;
mod request;
mod run_dir;
#[cfg(test)]
mod samples;
mod session;
mod shared;
mod spawn;
mod thread;
mod watcher;
mod workers;
mod writers;

use abi::{Input, Output};

const VERSION_MAJOR: i32 = 1;
const VERSION_MINOR: i32 = 21;

#[unsafe(no_mangle)]
pub extern "C" fn rc_abi() -> i32 {
    VERSION_MAJOR << 16 | VERSION_MINOR
}

/// # Safety
/// `config` must be readable for `len` bytes, `out` writable for `cap` bytes, both until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_open(config: *const u8, len: i32, out: *mut u8, cap: i32) -> i32 {
    // SAFETY: the caller's promise, above.
    let (input, output) = unsafe { (Input::new(config, len), Output::new(out, cap)) };
    abi::answer(output, || session::open(input.json()?))
}

/// # Safety
/// As for `rc_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_submit(handle: i32, request: *const u8, len: i32, out: *mut u8, cap: i32) -> i32 {
    // SAFETY: the caller's promise, above.
    let (input, output) = unsafe { (Input::new(request, len), Output::new(out, cap)) };
    abi::answer(output, || session::get(handle)?.submit(input.json()?))
}

/// # Safety
/// As for `rc_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_call(handle: i32, request: *const u8, len: i32, out: *mut u8, cap: i32) -> i32 {
    // SAFETY: the caller's promise, above.
    let (input, output) = unsafe { (Input::new(request, len), Output::new(out, cap)) };
    abi::answer(output, || session::get(handle)?.call(input.json()?))
}

/// Moves all waiting records, a JSON array, into `out`; with too little room they stay.
///
/// # Safety
/// `out` must be writable for `cap` bytes until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rc_events(handle: i32, out: *mut u8, cap: i32) -> i32 {
    // SAFETY: the caller's promise, above.
    let mut output = unsafe { Output::new(out, cap) };
    abi::guard(|| match session::get(handle) {
        Ok(session) => session.shared.queue.drain_into(&mut output),
        Err(_) => -libc::EBADF,
    })
}

/// Joins the threads; operations that have begun are finished first.
#[unsafe(no_mangle)]
pub extern "C" fn rc_close(handle: i32) -> i32 {
    abi::guard(|| if session::close(handle) { 0 } else { -libc::EBADF })
}
