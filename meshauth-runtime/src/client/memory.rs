//! The key in this process's own memory, as a debugger would find it.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroizing;

use super::credentials::Credentials;

const LENGTH: usize = 43;
/// What is looked for: the end of the key. An allocator overwrites the start of what it is given
/// back.
const END: usize = 16;
const CHUNK: usize = 1 << 16;

/// The key with each byte's bits turned: that is what the test holds, never the key.
fn turned(seed: usize) -> [u8; LENGTH] {
    std::array::from_fn(|i| !(b'a' + u8::try_from((i * 7 + i / 5 * seed) % 26).unwrap()))
}

/// A file in which the key stands at the `@`. That is late in it: the start of what is given back to
/// an allocator is soon used again.
fn write_file(path: &Path, text: &str, turned: &[u8]) {
    let (before, after) = text.split_once('@').unwrap();
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    bytes.resize(3500, b' ');
    bytes.extend_from_slice(before.as_bytes());
    bytes.extend(turned.iter().map(|byte| !byte));
    bytes.extend_from_slice(after.as_bytes());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(&bytes).unwrap();
}

/// Looks through the memory of this process. It takes what it needs when it is made: later, that
/// could overwrite what it looks for.
struct Search {
    /// Two searches would find each other's chunks.
    _alone: MutexGuard<'static, ()>,
    memory: File,
    maps: String,
    chunk: Zeroizing<Vec<u8>>,
}

impl Search {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        // The other test may have failed: it has nothing to leave behind.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = File::open("/proc/self/mem").unwrap();
        let chunk = Zeroizing::new(vec![0; CHUNK]);
        Self { _alone: alone, memory, maps: String::with_capacity(1 << 20), chunk }
    }

    /// How often the end of the key stands in memory that this process can write.
    fn copies(&mut self, turned: &[u8]) -> usize {
        self.maps.clear();
        File::open("/proc/self/maps").unwrap().read_to_string(&mut self.maps).unwrap();
        let maps = std::mem::take(&mut self.maps);
        let parse = |text| usize::from_str_radix(text, 16).unwrap();
        let writable = maps.lines().filter(|line| line.contains(" rw"));
        let found = writable.map(|line| {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            self.copies_in(parse(from), parse(to), &turned[LENGTH - END..])
        });
        let found = found.sum();
        self.maps = maps;
        found
    }

    fn copies_in(&mut self, mut from: usize, to: usize, end: &[u8]) -> usize {
        let own = self.chunk.as_ptr().addr()..self.chunk.as_ptr().addr() + CHUNK;
        let mut found = 0;
        loop {
            let length = CHUNK.min(to - from);
            let Ok(read) = self.memory.read_at(&mut self.chunk[..length], from as u64) else {
                return found;
            };
            let here = self.chunk[..read].windows(END).enumerate().filter(|(at, window)| {
                !own.contains(&(from + at))
                    && window.iter().zip(end).all(|(byte, end)| *byte == !end)
            });
            found += here.count();
            self.chunk.fill(0);
            if read < length || from + length == to {
                return found;
            }
            // Chunks overlap, so that none cuts a key in two.
            from += length - (END - 1);
        }
    }
}

#[test]
fn t_l01_a_key_is_in_memory_once_and_is_gone_with_its_last_user() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("credentials.json");
    let turned = turned(1);
    let text = r#"{"group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA", "api_key": "@"}"#;
    write_file(&path, text, &turned);
    let mut search = Search::new();
    assert_eq!(search.copies(&turned), 0, "the test leaves no copy itself");

    let credentials = Credentials::load(&path).unwrap();
    assert_eq!(search.copies(&turned), 1);

    let (clone, headers) = (credentials.clone(), credentials.headers());
    drop(credentials);
    drop(clone);
    assert_eq!(search.copies(&turned), 1, "the headers share it");
    drop(headers);
    assert_eq!(search.copies(&turned), 0);
}

#[test]
fn t_l01_a_refused_file_leaves_no_copy_of_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("credentials.json");
    let turned = turned(2);
    let mut search = Search::new();
    for text in [
        r#"{"api_key": "@"}"#,
        // With space to the end: without optimisation, the search for the line of a fault leaves
        // the last bytes that it has seen on the stack.
        &format!(r#"{{"api_key": "@"{}"#, " ".repeat(64)),
        r#"{"api_key": "@", "api_key": "", "group": ""}"#,
        r#"{"api_key": "\u0041@", "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"}"#,
        // As long a value as no small string that is made afterwards takes the place of.
        &format!(r#"{{"api_key": "{}", "group": "{}@"}}"#, "A".repeat(43), "x".repeat(200)),
        r#"{"@": ""}"#,
        r#""@""#,
        "@",
    ] {
        write_file(&path, text, &turned);
        let error = Credentials::load(&path).expect_err(text);
        assert_eq!(search.copies(&turned), 0, "{text}: {error}");
        fs::remove_file(&path).unwrap();
    }
}
