//! JSON strings as Docker's json-file driver writes them: `<`, `>`, `&` and control characters as `\u00xx`, every byte that
//! is no UTF-8 as `\ufffd`.

const HEX: &[u8; 16] = b"0123456789abcdef";

fn is_plain(byte: u8) -> bool {
    (0x20..0x80).contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&')
}

/// Appends `text` without the quotes.
pub fn escape_into(out: &mut Vec<u8>, text: &[u8]) {
    for chunk in text.utf8_chunks() {
        escape_valid(out, chunk.valid());
        for _ in chunk.invalid() {
            out.extend_from_slice(br"\ufffd");
        }
    }
}

fn escape_valid(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        // U+2028 and U+2029 are e2 80 a8 and e2 80 a9; other text beyond ASCII is copied.
        let separator = byte == 0xe2 && bytes[at + 1] == 0x80 && matches!(bytes[at + 2], 0xa8 | 0xa9);
        if is_plain(byte) || (byte >= 0x80 && !separator) {
            at += 1;
            continue;
        }
        out.extend_from_slice(&bytes[start..at]);
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(br"\n"),
            b'\r' => out.extend_from_slice(br"\r"),
            _ if separator => out.extend_from_slice(if bytes[at + 2] == 0xa8 { br"\u2028" } else { br"\u2029" }),
            _ => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
        at += if separator { 3 } else { 1 };
        start = at;
    }
    out.extend_from_slice(&bytes[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8]) -> String {
        let mut out = vec![];
        escape_into(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_are_dockers() {
        assert_eq!(escaped(b"a\"b\\c\n\r\t<&>\x00\x7f"), "a\\\"b\\\\c\\n\\r\\u0009\\u003c\\u0026\\u003e\\u0000\u{7f}");
        assert_eq!(escaped("é\u{2028}\u{2029}€".as_bytes()), "é\\u2028\\u2029€");
        assert_eq!(escaped(b"x\xff\xe2\x82y"), "x\\ufffd\\ufffd\\ufffdy");
    }
}
