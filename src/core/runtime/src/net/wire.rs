//! Messages of netlink(7) as bytes: a header, a fixed part, and attributes that are padded to four bytes.

const HEADER_BYTES: usize = 16;
const ATTRIBUTE_HEADER_BYTES: usize = 4;
const KIND_MASK: u16 = 0x3fff;

pub const REQUEST: u16 = 1;
pub const ACK: u16 = 4;
pub const DUMP: u16 = 0x300;
pub const REPLACE: u16 = 0x100;
pub const EXCLUSIVE: u16 = 0x200;
pub const CREATE: u16 = 0x400;

pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// `fixed`: the message's own struct, e.g. `ifinfomsg`.
    pub fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flags | REQUEST).to_ne_bytes());
        bytes.extend_from_slice(fixed);
        Message { bytes }
    }

    pub fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let length = (ATTRIBUTE_HEADER_BYTES + value.len()) as u16;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    pub fn number(self, kind: u16, value: u32) -> Self {
        self.attribute(kind, &value.to_ne_bytes())
    }

    pub fn text(self, kind: u16, value: &str) -> Self {
        self.attribute(kind, &[value.as_bytes(), &[0]].concat())
    }

    /// An attribute made of `fixed` (often nothing) and attributes.
    pub fn nest(mut self, kind: u16, fixed: &[u8], fill: impl FnOnce(Self) -> Self) -> Self {
        let begin = self.bytes.len();
        let mut filled = fill(self.attribute(kind, fixed));
        let length = (filled.bytes.len() - begin) as u16;
        filled.bytes[begin..begin + 2].copy_from_slice(&length.to_ne_bytes());
        self = filled;
        self
    }

    pub fn finish(mut self, sequence: u32) -> Vec<u8> {
        let length = self.bytes.len() as u32;
        self.bytes[0..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.bytes
    }
}

/// One message of a datagram.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub kind: u16,
    pub flags: u16,
    pub sequence: u32,
    pub payload: &'a [u8],
}

/// What is cut off ends the list.
pub fn messages(mut datagram: &[u8]) -> impl Iterator<Item = Received<'_>> {
    std::iter::from_fn(move || {
        let length = u32_at(datagram, 0)? as usize;
        let payload = datagram.get(HEADER_BYTES..length)?;
        let (kind, flags, sequence) = (u16_at(datagram, 4)?, u16_at(datagram, 6)?, u32_at(datagram, 8)?);
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Received { kind, flags, sequence, payload })
    })
}

/// Kinds without the flag bits.
pub fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u16_at(bytes, 0)? as usize;
        let (kind, value) = (u16_at(bytes, 2)? & KIND_MASK, bytes.get(ATTRIBUTE_HEADER_BYTES..length)?);
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

/// Text attributes may end with a NUL byte.
pub fn text_of(value: &[u8]) -> String {
    let value = value.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_attributes_are_read_as_they_were_written() {
        let message =
            Message::new(16, ACK, &[7; 16]).text(3, "eth0").nest(18, &[], |data| data.text(1, "veth").number(2, 9));
        let bytes = message.finish(5);
        let [received] = messages(&bytes).collect::<Vec<_>>()[..] else { panic!() };
        assert_eq!((received.kind, received.flags, received.sequence), (16, ACK | REQUEST, 5));
        let read: Vec<_> = attributes(&received.payload[16..]).collect();
        assert_eq!(text_of(read[0].1), "eth0");
        let inner: Vec<_> = attributes(read[1].1).collect();
        assert_eq!((read[1].0, text_of(inner[0].1), u32_at(inner[1].1, 0)), (18, "veth".into(), Some(9)));
    }

    #[test]
    fn what_is_cut_off_or_says_a_wrong_length_ends_the_list() {
        let bytes = Message::new(16, 0, &[0; 16]).text(3, "eth0").finish(1);
        for cut in 0..bytes.len() {
            assert_eq!(messages(&bytes[..cut]).count(), 0, "{cut}");
        }
        for length in [0u16, 1, 3, 9, 0xffff] {
            let wrong = [&length.to_ne_bytes()[..], &[3, 0, b'e', b'0']].concat();
            assert_eq!(attributes(&wrong).count(), 0, "{length}");
        }
    }
}
