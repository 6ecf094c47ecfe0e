use super::*;

fn with_reader<T>(test: impl FnOnce(&mut TarReader<&[u8]>) -> T, stream: &[u8]) -> T {
    let number = std::process::id();
    let path = std::env::temp_dir().join(format!("reconcile-test-split-{number}-{}", stream.len()));
    let mut reader = TarReader::new(stream, SplitWriter::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    test(&mut reader)
}

fn member(name: &str) -> Block {
    let mut block = [0; BLOCK_BYTES];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[156] = b'5';
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

#[test]
fn a_stream_without_zeros_at_its_end_is_whole() {
    with_reader(
        |reader| {
            let found = reader.next().unwrap().unwrap();
            assert_eq!((found.name.as_slice(), found.kind), (&b"d"[..], Kind::Directory));
            assert!(reader.next().unwrap().is_none());
        },
        &member("d"),
    );
}

#[test]
fn one_entry_more_than_the_bound_is_refused() {
    with_reader(
        |reader| {
            reader.entries = MAX_ENTRIES - 1;
            assert!(reader.next().is_ok());
            let refused = reader.next().unwrap_err();
            assert_eq!(refused.message, "the layer has more than 2000000 entries");
        },
        &[member("a"), member("b")].concat(),
    );
}
