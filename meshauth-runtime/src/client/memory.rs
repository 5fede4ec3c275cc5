//! The key in this process's own memory, as a debugger would find it.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use zeroize::{Zeroize, Zeroizing};

use super::credentials::Credentials;

const LENGTH: usize = 43;
const CHUNK: usize = 1 << 16;

/// The key with each byte's bits turned: that is what the test holds, never the key.
fn turned() -> [u8; LENGTH] {
    std::array::from_fn(|i| !(b'a' + u8::try_from((i * 7 + i / 5) % 26).unwrap()))
}

fn write_file(path: &Path, turned: &[u8]) {
    let mut text = Zeroizing::new(Vec::with_capacity(256));
    text.extend_from_slice(br#"{"api_key": ""#);
    text.extend(turned.iter().map(|byte| !byte));
    text.extend_from_slice(br#"", "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"}"#);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(&text).unwrap();
}

/// How often the key stands in memory that this process can write.
fn copies(turned: &[u8]) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut chunk = Zeroizing::new(vec![0; CHUNK]);
    let own = chunk.as_ptr().addr()..chunk.as_ptr().addr() + CHUNK;
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let parse = |text| usize::from_str_radix(text, 16).unwrap();
        let (mut from, to) = (parse(from), parse(to));
        while from < to {
            // Chunks overlap, so that none cuts a key in two.
            let length = CHUNK.min(to - from);
            let Ok(read) = memory.read_at(&mut chunk[..length], from as u64) else { break };
            let starts = chunk[..read].windows(LENGTH).enumerate().filter(|(at, window)| {
                !own.contains(&(from + at))
                    && window.iter().zip(turned).all(|(byte, turned)| *byte == !turned)
            });
            found += starts.count();
            chunk.zeroize();
            chunk.resize(CHUNK, 0);
            if read < length || from + length == to {
                break;
            }
            from += length - (LENGTH - 1);
        }
    }
    found
}

#[test]
fn t_l01_a_key_is_in_memory_once_and_is_gone_with_its_last_user() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("credentials.json");
    let turned = turned();
    write_file(&path, &turned);
    assert_eq!(copies(&turned), 0, "the test leaves no copy itself");

    let credentials = Credentials::load(&path).unwrap();
    assert_eq!(copies(&turned), 1);

    let (clone, headers) = (credentials.clone(), credentials.headers());
    drop(credentials);
    drop(clone);
    assert_eq!(copies(&turned), 1, "the headers share it");
    drop(headers);
    assert_eq!(copies(&turned), 0);
}
