//! Cuts a stream into log records: a line each, or pieces of 16 KiB of a longer one.

use super::escape::escape_into;

const MAX_PIECE_BYTES: usize = 16384;

pub struct LineCutter {
    stream: &'static str,
    pending: Vec<u8>,
    /// Of the first piece of the line that is being read; all its pieces carry it.
    time: String,
    record: Vec<u8>,
}

impl LineCutter {
    pub fn new(stream: &'static str) -> LineCutter {
        LineCutter { stream, pending: vec![], time: String::new(), record: vec![] }
    }

    /// Calls `emit` with each finished record of `bytes`, which were read at `now`.
    pub fn take(&mut self, mut bytes: &[u8], now: &str, mut emit: impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            if self.time.is_empty() {
                self.time.push_str(now);
            }
            let room = MAX_PIECE_BYTES - self.pending.len();
            let window = &bytes[..bytes.len().min(room)];
            let end = window.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(window.len(), |end| end + 1);
            self.pending.extend_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
            if end.is_some() || self.pending.len() == MAX_PIECE_BYTES {
                self.emit_pending(&mut emit);
            }
            if end.is_some() {
                self.time.clear();
            }
        }
    }

    /// An unfinished last line is a record without a newline.
    pub fn end(&mut self, mut emit: impl FnMut(&[u8])) {
        if !self.pending.is_empty() {
            self.emit_pending(&mut emit);
        }
        self.time.clear();
    }

    fn emit_pending(&mut self, emit: &mut impl FnMut(&[u8])) {
        write_record(&mut self.record, &self.pending, self.stream, &self.time);
        emit(&self.record);
        self.pending.clear();
    }
}

/// One line of the log file.
pub fn write_record(out: &mut Vec<u8>, text: &[u8], stream: &str, time: &str) {
    out.clear();
    out.extend_from_slice(b"{\"log\":\"");
    escape_into(out, text);
    out.extend_from_slice(b"\",\"stream\":\"");
    out.extend_from_slice(stream.as_bytes());
    out.extend_from_slice(b"\",\"time\":\"");
    out.extend_from_slice(time.as_bytes());
    out.extend_from_slice(b"\"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(reads: &[(&[u8], &str)]) -> Vec<String> {
        let mut cutter = LineCutter::new("stdout");
        let mut out = vec![];
        for (bytes, now) in reads {
            cutter.take(bytes, now, |record| out.push(String::from_utf8(record.to_vec()).unwrap()));
        }
        cutter.end(|record| out.push(String::from_utf8(record.to_vec()).unwrap()));
        out
    }

    #[test]
    fn a_line_keeps_the_time_of_its_first_read() {
        let expected = [
            "{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"t1\"}\n",
            "{\"log\":\"two\\n\",\"stream\":\"stdout\",\"time\":\"t1\"}\n",
            "{\"log\":\"end\",\"stream\":\"stdout\",\"time\":\"t2\"}\n",
        ];
        assert_eq!(records(&[(b"one\ntw", "t1"), (b"o\nend", "t2")]), expected);
    }

    #[test]
    fn a_long_line_is_cut_and_its_pieces_share_one_time() {
        let long = vec![b'x'; MAX_PIECE_BYTES + 3];
        let found = records(&[(&long, "t1"), (b"\nnext\n", "t2")]);
        let ends: Vec<_> = found.iter().map(|record| &record[record.len() - 40..]).collect();
        assert_eq!(found[0].len(), found[1].len() - 2 + MAX_PIECE_BYTES - 3);
        assert!(ends[0].contains("xxx\",") && ends[0].contains("t1"), "{ends:?}");
        assert!(ends[1].contains("\\n") && ends[1].contains("t1"), "{ends:?}");
        assert!(ends[2].contains("t2"), "{ends:?}");
    }

    #[test]
    fn a_line_of_exactly_one_piece_ends_in_a_record_of_its_newline() {
        let line = [vec![b'x'; MAX_PIECE_BYTES], b"\n".to_vec()].concat();
        let found = records(&[(&line, "t1")]);
        assert_eq!(found.len(), 2);
        assert!(found[1].starts_with("{\"log\":\"\\n\","));
    }
}
