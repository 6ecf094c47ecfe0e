//! The container's environment, changed as docker does it: TERM for a terminal below it, what is asked for above it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::asked::Asked;

/// Docker's; every image knows it, which can't be said of the caller's.
const TERM: &str = "TERM=xterm";

pub fn of(container: &[String], asked: &Asked) -> Vec<String> {
    let mut env: Vec<String> = if asked.tty { vec![TERM.to_string()] } else { vec![] };
    container.iter().for_each(|entry| put(&mut env, entry.clone()));
    for entry in &asked.env {
        match (entry.contains('='), std::env::var(entry)) {
            (true, _) => put(&mut env, entry.clone()),
            (false, Ok(value)) => put(&mut env, format!("{entry}={value}")),
            // Named, and the caller has none: then the command has none.
            (false, Err(_)) => env.retain(|held| key(held) != entry),
        }
    }
    env
}

fn key(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(key, _)| key)
}

fn put(env: &mut Vec<String>, entry: String) {
    match env.iter_mut().find(|held| key(held) == key(&entry)) {
        Some(held) => *held = entry,
        None => env.push(entry),
    }
}

pub fn entry(key: OsString, value: OsString) -> Vec<u8> {
    [key.into_vec(), b"=".to_vec(), value.into_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_goes_before_the_containers_and_that_before_the_terminals() {
        let strings = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        let asked = |env: &[&str], tty| Asked { env: strings(env), tty, ..Asked::default() };
        let container = strings(&["PATH=/bin", "A=1=1", "B=2"]);
        assert_eq!(of(&container, &asked(&["A=3", "C="], false)), ["PATH=/bin", "A=3", "B=2", "C="]);
        assert_eq!(of(&container, &asked(&["B", "NOBODY_HAS_THIS"], true)), ["TERM=xterm", "PATH=/bin", "A=1=1"]);
        assert_eq!(of(&strings(&["TERM=vt100"]), &asked(&[], true)), ["TERM=vt100"]);
    }
}
