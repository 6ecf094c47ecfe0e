//! PAX extended headers: records `<length> <key>=<value>\n`.

use super::super::fault::refused;
use super::time::Time;
use crate::failure::{Failure, Outcome};

pub type Records = Vec<(Vec<u8>, Vec<u8>)>;

pub fn parse(mut data: &[u8]) -> Outcome<Records> {
    let mut records = Records::new();
    while !data.is_empty() {
        let (key, value, rest) = record(data).ok_or_else(|| refused("a PAX header can't be read"))?;
        if key.contains(&0) || (is_text(key) && value.contains(&0)) {
            return Err(refused(format!("a PAX record {} holds a NUL", super::super::fault::quoted(key))));
        }
        records.push((key.to_vec(), value.to_vec()));
        data = rest;
    }
    Ok(records)
}

fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(&data[..space])?).ok()?;
    let body = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|&byte| byte == b'=')?;
    let (key, value) = (&body[..equals], &body[equals + 1..]);
    (!key.is_empty()).then_some((key, value, &data[length..]))
}

fn is_text(key: &[u8]) -> bool {
    matches!(key, b"path" | b"linkpath" | b"GNU.sparse.name" | b"uname" | b"gname")
}

/// The last record of a key counts; an empty one takes nothing's place.
pub fn get<'a>(records: &'a Records, key: &str) -> Option<&'a [u8]> {
    let found = records.iter().rev().find(|(each, _)| each == key.as_bytes())?;
    (!found.1.is_empty()).then_some(&found.1)
}

pub fn number(records: &Records, key: &str) -> Outcome<Option<i64>> {
    let Some(text) = get(records, key) else { return Ok(None) };
    decimal(text).map(Some).ok_or_else(|| unreadable(key))
}

pub fn time(records: &Records, key: &str) -> Outcome<Option<Time>> {
    let Some(text) = get(records, key) else { return Ok(None) };
    parse_time(text).map(Some).ok_or_else(|| unreadable(key))
}

fn unreadable(key: &str) -> Failure {
    refused(format!("the PAX record {key} can't be read"))
}

/// Digits with an optional minus.
pub fn decimal(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn parse_time(text: &[u8]) -> Option<Time> {
    let (whole, fraction) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b""[..]),
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = decimal(whole)?;
    let nanos = (0..9).fold(0, |sum, index| sum * 10 + u32::from(fraction.get(index).map_or(0, |digit| digit - b'0')));
    if text.starts_with(b"-") && nanos > 0 {
        return Some(Time { seconds: seconds.checked_sub(1)?, nanos: 1_000_000_000 - nanos });
    }
    Some(Time { seconds, nanos })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_may_hold_anything_after_the_equals_sign() {
        let records = parse(b"18 path=a\nb=c=d\n\xff\n30 mtime=1350244992.023960108\n").unwrap();
        assert_eq!(get(&records, "path").unwrap(), b"a\nb=c=d\n\xff");
        assert_eq!(time(&records, "mtime").unwrap(), Some(Time { seconds: 1_350_244_992, nanos: 23_960_108 }));
    }

    #[test]
    fn broken_records_are_refused() {
        for bad in ["", "5 a=b", "9999999 a=b\n", "0 a=b\n", "6 a=bc", "5 a=\n\n", "6 =ab\n\n", "x a=b\n"] {
            let wanted = bad.is_empty();
            assert_eq!(parse(bad.as_bytes()).is_ok(), wanted, "{bad:?}");
        }
        assert!(parse(b"11 path=a\0b\n").is_err());
    }

    #[test]
    fn times_before_the_epoch_have_a_positive_fraction() {
        assert_eq!(parse_time(b"-1.5"), Some(Time { seconds: -2, nanos: 500_000_000 }));
        assert_eq!(parse_time(b"-0.25"), Some(Time { seconds: -1, nanos: 750_000_000 }));
        assert_eq!(parse_time(b"1.0000000019"), Some(Time { seconds: 1, nanos: 1 }));
        assert_eq!(parse_time(b"1e9"), None);
    }
}
