//! One request of HTTP/1.1. A status from 200 to 399 is health; of the answer no more than its first line is read.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use super::answer::Answer;
use super::connection::{left_until, reason, timeout};
use super::output::KEPT_BYTES;

pub fn ask(mut stream: TcpStream, host: &str, path: &str, deadline: Instant) -> Answer {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: reconcile\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.set_write_timeout(left_until(deadline));
    if let Err(error) = stream.write_all(request.as_bytes()) {
        return failed(&error);
    }
    let mut line = Vec::new();
    let mut bytes = [0; 512];
    while !line.contains(&b'\n') && line.len() < KEPT_BYTES {
        let Some(left) = left_until(deadline) else { return timeout() };
        let _ = stream.set_read_timeout(Some(left));
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => line.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return failed(&error),
        }
    }
    judged(&line)
}

fn failed(error: &std::io::Error) -> Answer {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => timeout(),
        _ => Answer::Ended { code: 1, output: reason(error) },
    }
}

fn judged(answer: &[u8]) -> Answer {
    let first = answer.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(first).trim_end().to_string();
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|digits| digits.parse().ok());
    match status {
        Some(200..=399) => Answer::Ended { code: 0, output: line },
        Some(_) => Answer::Ended { code: 1, output: line },
        None if line.is_empty() => Answer::Ended { code: 1, output: "no answer".to_string() },
        None => Answer::Ended { code: 1, output: format!("no answer of HTTP: {line}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundreds_and_three_hundreds_are_health() {
        let code = |answer: &str| match judged(answer.as_bytes()) {
            Answer::Ended { code, output } => (code, output),
            other => panic!("{other:?}"),
        };
        assert_eq!(code("HTTP/1.1 200 OK\r\nX: y\r\n"), (0, "HTTP/1.1 200 OK".to_string()));
        assert_eq!(code("HTTP/1.0 302 Found\r\n").0, 0);
        assert_eq!(code("HTTP/1.1 400 Bad Request\r\n").0, 1);
        assert_eq!(code("HTTP/1.1 503\r\n"), (1, "HTTP/1.1 503".to_string()));
        assert_eq!(code(""), (1, "no answer".to_string()));
        assert_eq!(code("220 mail ESMTP\r\n"), (1, "no answer of HTTP: 220 mail ESMTP".to_string()));
    }
}
