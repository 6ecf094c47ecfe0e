//! The verb `attach`: shows what a container writes, and types into it where it has a terminal. It asks the container's shim;
//! nothing of this program enters the container.

mod asked;
mod link;
mod session;

use std::fs;
use std::process::ExitCode;

use rc_runtime::failure::{Code, Failure, Outcome};
use rc_runtime::protocol::{ExitRecord, StartPlan, State};
use rc_runtime::sys::terminal;

use crate::exec::signals::Signals;
use crate::exec::standard::size;
use crate::exec::tty::Raw;
use crate::exec::watchdog;
use crate::exec::{REFUSED, close_strangers, first_process};
use crate::exit_code::ExitCode as HowItEnded;
use crate::rundir;
use asked::Asked;
use link::Link;
use session::{Ended, Keyboard, Session, copy_of, descriptor};

pub fn main(args: &[String]) -> ExitCode {
    let ended = close_strangers().and_then(|()| Asked::parse(args)).and_then(attach);
    ended.unwrap_or_else(|failure| {
        eprintln!("{}", failure.message);
        ExitCode::from(REFUSED)
    })
}

fn attach(asked: Asked) -> Outcome<ExitCode> {
    let (plan, state) =
        (rundir::read::<StartPlan>(&asked.run_dir, "plan")?, rundir::read::<State>(&asked.run_dir, "state")?);
    first_process(&plan, &state)?;
    let types = plan.tty && !asked.no_stdin;
    if types && !terminal::is_terminal(descriptor(0)) {
        let message = format!("{} has a terminal, and standard input is none; --no-stdin only shows", plan.name);
        return Err(Failure::new(Code::Spec, message));
    }
    let signals = Signals::take()?;
    let link = Link::open(&asked.run_dir, &plan.name)?;
    link.attach(plan.tty.then(size))?;
    let keyboard = types.then(|| Keyboard::new(asked.detach_keys)).transpose()?;
    let watchdog = keyboard.as_ref().map(|keys| watchdog::start(Some(keys.terminal()), None)).transpose()?;
    let raw = types.then(|| Raw::of(copy_of(0)?)).transpose()?;
    // As docker does it: with a terminal, keys are the container's signals, and signals are ours.
    let proxy = if plan.tty || asked.no_signals { None } else { Some(Link::open(&asked.run_dir, &plan.name)?) };
    let session = Session { link, proxy, signals, is_tty: plan.tty, keyboard, raw: raw.as_ref(), skipped_bytes: 0 };
    let ran = session.run();
    drop(raw);
    // Not a moment later: the terminal is the shell's again.
    if let Some(watchdog) = watchdog {
        watchdog.leave();
    }
    let (ended, skipped_bytes) = ran?;
    if ended == Ended::Detached {
        // Wherever the container's programs have left the cursor.
        eprintln!("\nleft {} running", plan.name);
    }
    if skipped_bytes > 0 {
        eprintln!("{skipped_bytes} bytes were not shown: they were not taken fast enough here");
    }
    let ended = if ended == Ended::ShimGone { recorded_end(&plan, &state).unwrap_or(ended) } else { ended };
    ended.code(&plan.name).map(ExitCode::from)
}

/// The shim waits for nobody with its last word, but it has written it down before.
fn recorded_end(plan: &StartPlan, state: &State) -> Option<Ended> {
    let record: ExitRecord = serde_json::from_slice(&fs::read(&plan.exit_path).ok()?).ok()?;
    let of_this_run = record.boot_id == state.boot_id
        && (record.pid, record.start_ticks) == (state.started.pid, state.started.start_ticks);
    of_this_run.then(|| Ended::Exited(HowItEnded { code: record.code, signal: record.signal }.as_shells_say()))
}
