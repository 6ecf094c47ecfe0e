//! Names as members are promised them, and whatever a container may send instead of a question.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::answer::{self, Data};
use super::message::{A, AAAA, ANY, CLASS_IN, Edns, Fault, PTR, Query, answers, read_query, reverse_address, set_id};
use super::view::{Found, Names};

fn question(name: &str, kind: u16, edns: Option<u16>) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(edns.is_some())];
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.extend_from_slice(&[0, (kind >> 8) as u8, kind as u8, 0, 1]);
    if let Some(size) = edns {
        bytes.extend_from_slice(&[0, 0, 41, (size >> 8) as u8, size as u8, 0, 0, 0, 0, 0, 0]);
    }
    bytes
}

fn query(name: &str, kind: u16) -> Query {
    read_query(&question(name, kind, None)).unwrap()
}

fn shop() -> Names {
    let text = br#"{"version":1,"forward":true,"members":[
        {"names":["web","web.shop","WWW"],"addresses":["10.200.0.2","fd00::2"]},
        {"names":["db","www"],"addresses":["10.200.0.3"]},
        {"names":["bad..name","x y",""],"addresses":["10.200.0.4"]}]}"#;
    Names::parse(text).unwrap()
}

fn found(name: &str, kind: u16) -> Option<Vec<String>> {
    match shop().look_up(&query(name, kind), 0) {
        Found::Unknown => None,
        Found::Records(records) => Some(records.iter().map(text_of).collect()),
    }
}

fn text_of(data: &Data) -> String {
    match data {
        Data::Address(address) => address.to_string(),
        Data::Name(name) => name.clone(),
    }
}

#[test]
fn a_question_is_read_with_what_it_says_of_itself() {
    let read = read_query(&question("WeB.Shop.", A, Some(1232))).unwrap();
    assert_eq!((read.id, read.name.as_deref(), read.kind, read.class), (0x1234, Some("web.shop"), A, CLASS_IN));
    assert_eq!((read.recursion_desired, read.edns), (true, Some(Edns { size_bytes: 1232, version: 0 })));
    assert_eq!(query("", 2).name.as_deref(), Some(""));
    let mut dotted = question("webxshop", A, None);
    dotted[16] = b'.';
    assert_eq!(read_query(&dotted).unwrap().name, None, "a dot within a label is no host's name");
}

#[test]
fn what_is_not_exactly_one_question_is_refused() {
    let good = question("web", A, Some(512));
    for length in 0..good.len() {
        let expected = if length < 12 { Fault::Silence } else { Fault::Refused { id: 0x1234, opcode: 0, code: 1 } };
        assert_eq!(read_query(&good[..length]), Err(expected), "{length} bytes");
    }
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut packet = good.clone();
        change(&mut packet);
        read_query(&packet).unwrap_err()
    };
    let formerr = Fault::Refused { id: 0x1234, opcode: 0, code: 1 };
    assert_eq!(changed(&|packet| packet[2] = 0x81), Fault::Silence, "an answer");
    assert_eq!(changed(&|packet| packet[2] = 0x28), Fault::Refused { id: 0x1234, opcode: 5, code: 4 }, "an update");
    assert_eq!(changed(&|packet| packet[5] = 2), formerr, "two questions");
    assert_eq!(changed(&|packet| packet[7] = 1), formerr, "an answer in a question");
    assert_eq!(changed(&|packet| packet.push(0)), formerr, "bytes behind it");
    assert_eq!(changed(&|packet| packet[11] = 255), formerr, "records that aren't there");
    assert_eq!(changed(&|packet| packet[12] = 0xc0), formerr, "a pointer in a question");
    assert_eq!(changed(&|packet| packet[12] = 0x40), formerr, "a kind of label that was never used");
    let end = good.len() - 11;
    let with_name = |name: &[u8]| [&good[..end], name, &good[end + 1..]].concat();
    let loops = with_name(&[0xc0, end as u8]);
    assert_eq!(read_query(&loops), Err(formerr), "a name that is itself");
    assert_eq!(read_query(&with_name(&[0xc0, 0xff])), Err(formerr), "a name further on");
    let long = question(&["a".repeat(63).as_str(); 4].join("."), A, None);
    assert_eq!(read_query(&long), Err(formerr), "a name of 257 bytes");
    let longest = [&"a".repeat(63), &"a".repeat(63), &"a".repeat(63), &"a".repeat(61)].map(String::as_str).join(".");
    assert!(read_query(&question(&longest, A, None)).is_ok(), "one of 255");
}

#[test]
fn members_have_addresses_by_each_name_and_names_by_each_address() {
    let strings = |all: &[&str]| Some(all.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(found("web", A), strings(&["10.200.0.2"]));
    assert_eq!(found("WEB.shop", AAAA), strings(&["fd00::2"]));
    assert_eq!(found("web", ANY), strings(&["10.200.0.2", "fd00::2"]));
    assert_eq!(found("www", A), strings(&["10.200.0.2", "10.200.0.3"]), "an alias of two");
    assert_eq!(found("db", AAAA), strings(&[]), "a name without such an address is a name all the same");
    assert_eq!([16, 15, 33, 6, 2].map(|kind| found("web", kind)), [(); 5].map(|()| strings(&[])));
    assert_eq!(found("2.0.200.10.in-addr.arpa", PTR), strings(&["web"]));
    let digits: String = "fd000000000000000000000000000002".chars().rev().flat_map(|digit| [digit, '.']).collect();
    assert_eq!(found(&format!("{digits}ip6.arpa"), PTR), strings(&["web"]));
    assert_eq!(found("2.0.200.10.in-addr.arpa", A), strings(&[]));
    for other in ["example.com", "a.web", "shop", "9.0.200.10.in-addr.arpa", "x.0.200.10.in-addr.arpa", "bad..name"] {
        assert_eq!(found(other, A), None, "{other}");
    }
}

#[test]
fn who_shares_a_name_has_it_in_turns() {
    let first = |turn| match shop().look_up(&query("www", A), turn) {
        Found::Records(records) => text_of(&records[0]),
        Found::Unknown => "unknown".to_string(),
    };
    assert_eq!([first(0), first(1), first(2)], ["10.200.0.2", "10.200.0.3", "10.200.0.2"]);
}

#[test]
fn an_answer_has_the_question_its_records_and_edns_where_it_was_spoken() {
    let packet = question("web", A, Some(4096));
    let read = read_query(&packet).unwrap();
    let records = [Data::Address(IpAddr::from([10, 0, 0, 2]))];
    let bytes = answer::with_records(&packet, &read, &records, 512);
    assert!(answers(&bytes, 0x1234, &packet[12..read.question_end]));
    assert_eq!(bytes[2..12], [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 1]);
    assert_eq!(bytes[read.question_end..][..16], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 2]);
    assert_eq!(bytes[read.question_end + 16..], [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    let many: Vec<Data> = (0..40).map(|host| Data::Address(IpAddr::from([10, 0, 0, host]))).collect();
    let cut = answer::with_records(&packet, &read, &many, 512);
    assert_eq!((cut[2] & 2, cut[7], cut.len() <= 512), (2, 0, true), "one that has no room says so");
    assert_eq!(answer::with_records(&packet, &read, &many, 65535)[7], 40);
}

#[test]
fn only_the_answer_to_the_question_is_an_answer() {
    let packet = question("example.com", A, None);
    let mut good = packet.clone();
    good[2] |= 0x80;
    let question = &packet[12..];
    assert!(answers(&good, 0x1234, question));
    assert!(answers(&good.to_ascii_uppercase(), 0x1234, question));
    assert!(!answers(&packet, 0x1234, question), "the question itself");
    assert!(!answers(&good, 0x1235, question), "another id");
    assert!(!answers(&good[..good.len() - 1], 0x1234, question), "cut off");
    good[14] = b'y';
    assert!(!answers(&good, 0x1234, question), "another name");
}

#[test]
fn addresses_are_read_backwards() {
    assert_eq!(reverse_address("1.2.3.4.in-addr.arpa"), Some("4.3.2.1".parse().unwrap()));
    for bad in ["2.3.4.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "1.2.3.400.in-addr.arpa", "1.ip6.arpa", "in-addr.arpa"]
    {
        assert_eq!(reverse_address(bad), None, "{bad}");
    }
}

/// xorshift: the same packets each time.
struct Mutator(u64);

impl Mutator {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn change(&mut self, packet: &mut Vec<u8>) {
        const ODD: [u8; 10] = [0, 1, 12, 41, 63, 64, 0x80, 0xc0, 0xfe, 0xff];
        for _ in 0..=self.below(4) {
            let at = self.below(packet.len().max(1));
            match self.below(5) {
                0 => packet.truncate(at),
                1 => packet.insert(at.min(packet.len()), ODD[self.below(ODD.len())]),
                2 => packet.extend_from_within(at.min(packet.len())..),
                _ if packet.is_empty() => packet.push(0xc0),
                3 => packet[at] ^= 1 << self.below(8),
                _ => packet[at] = ODD[self.below(ODD.len())],
            }
        }
        packet.truncate(4096);
    }
}

/// `RECONCILE_FUZZ_SECONDS`: longer than the short form.
#[test]
fn no_packet_gets_more_than_an_answer_to_itself() {
    let corpus = [
        question("web", A, None),
        question("web.shop", AAAA, Some(1232)),
        question("2.0.200.10.in-addr.arpa", PTR, Some(512)),
        question("", 2, Some(65535)),
        question(&["a".repeat(63).as_str(); 3].join("."), ANY, None),
        question("host.example.com", 16, Some(0)),
    ];
    let seconds = std::env::var("RECONCILE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (names, mut mutator, mut made, mut read) = (shop(), Mutator(0x5eed), 0u64, 0u64);
    while made < 20_000 || Instant::now() < end {
        let mut packet = corpus[mutator.below(corpus.len())].clone();
        mutator.change(&mut packet);
        made += 1;
        let Ok(query) = read_query(&packet) else { continue };
        read += 1;
        let bytes = match names.look_up(&query, made as usize) {
            Found::Records(records) => answer::with_records(&packet, &query, &records, answer::room_bytes(&query)),
            Found::Unknown => answer::failure(&packet, &query),
        };
        assert!(bytes.len() <= 4096 && answers(&bytes, query.id, &packet[12..query.question_end]), "{packet:x?}");
        let mut forged = packet.clone();
        set_id(&mut forged, query.id.wrapping_add(1));
        assert!(!answers(&forged, query.id, &packet[12..query.question_end]), "{packet:x?}");
    }
    assert!(read > made / 50, "{read} of {made} could be read");
}
