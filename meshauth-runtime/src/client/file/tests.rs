use std::{fs, io, path::PathBuf};

use tempfile::TempDir;

use super::*;

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const TEXT: &str = r#"{"api_key": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
    "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"}"#;

/// A directory with one file in it that nobody else can read.
fn closed(bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("credentials.json");
    fs::write(&path, bytes).unwrap();
    #[cfg(unix)]
    unix::set_mode(&path, 0o600);
    (directory, path)
}

/// The message after the path.
#[track_caller]
fn refused(path: &Path) -> String {
    let error = Credentials::load(path).expect_err("it is refused");
    assert!(!error.is_not_found());
    let shown = format!("{error}");
    assert_eq!(format!("{error:?}"), shown);
    assert!(!shown.contains(&KEY[..8]), "{shown}");
    let message = shown.strip_prefix(&format!("{}: ", path.display()));
    message.expect("the message starts with the path").to_owned()
}

#[test]
fn a_closed_file_is_read() {
    let (_directory, path) = closed(TEXT);
    assert_eq!(Credentials::load(&path).unwrap().headers()["x-api-key"], KEY);
}

#[test]
fn a_fault_of_the_text_is_told_with_the_path() {
    let (_directory, path) = closed(TEXT.replace("api_key", "key"));
    assert!(refused(&path).starts_with("there is an unknown field"));
    let (_directory, path) = closed([TEXT.as_bytes(), b"\xff"].concat());
    assert_eq!(refused(&path), "the credentials are not UTF-8");
    let (_directory, path) = closed("");
    assert!(refused(&path).starts_with("expected a JSON object"));
}

#[test]
fn a_missing_file_is_told_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let message = refused(&directory.path().join("credentials.json"));
    assert!(message.starts_with("the credentials file cannot be opened: "), "{message}");
    assert!(message.ends_with("; name a file that this user can read"), "{message}");
}

#[test]
fn a_file_may_have_4096_bytes_and_no_more() {
    let padded = |length: usize| format!("{TEXT}{}", " ".repeat(length - TEXT.len()));
    let (_directory, path) = closed(padded(4096));
    assert!(Credentials::load(&path).is_ok());
    for length in [4097, 4098, 1 << 20] {
        let (_directory, path) = closed(padded(length));
        assert_eq!(refused(&path), "a credentials file has at most 4096 bytes");
    }
}

/// A reader that gives a byte at a time, is interrupted in between, and never ends or breaks.
struct Drip {
    left: usize,
    interrupted: bool,
}

impl Read for Drip {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::Other)?;
        to[0] = b'x';
        Ok(1)
    }
}

#[test]
fn reading_goes_on_after_an_interruption_and_stops_at_the_limit_or_a_fault() {
    let drip = |left| read_all(Drip { left, interrupted: false });
    assert!(matches!(drip(usize::MAX), Err(Fault::TooLong)));
    assert!(matches!(drip(10), Err(Fault::Read(_))));
    assert_eq!(*read_all(b"short".as_slice()).ok().unwrap(), b"short");
}

#[cfg(unix)]
mod unix {
    use std::{
        os::unix::{
            fs::{PermissionsExt, symlink},
            net::UnixListener,
        },
        process::Command,
        sync::mpsc,
        thread,
        time::Duration,
    };

    use super::*;

    pub(super) fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_anybody_else_can_access_is_refused_whatever_the_access() {
        let (_directory, path) = closed(TEXT);
        for bit in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001, 0o044, 0o077] {
            set_mode(&path, 0o600 | bit);
            let message = refused(&path);
            let expected = format!(
                "others than its owner can access the credentials file (mode {:04o}): close it \
                 with `chmod 600`, and replace the key if somebody may have read it",
                0o600 | bit
            );
            assert_eq!(message, expected);
        }
        for mode in [0o600, 0o400, 0o700] {
            set_mode(&path, mode);
            assert!(Credentials::load(&path).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn a_link_is_judged_by_the_file_that_it_leads_to() {
        let (directory, path) = closed(TEXT);
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(Credentials::load(&link).is_ok());
        set_mode(&path, 0o640);
        assert!(refused(&link).contains("mode 0640"));
        let nowhere = directory.path().join("nowhere");
        symlink(directory.path().join("missing"), &nowhere).unwrap();
        assert!(refused(&nowhere).contains("cannot be opened"));
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (pipe, socket) = (directory.path().join("pipe"), directory.path().join("socket"));
        assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(refused(&socket).contains("cannot be opened"));

        let (done, wait) = mpsc::channel();
        let paths = [directory.path().to_owned(), PathBuf::from("/dev/null"), pipe];
        thread::spawn(move || {
            for path in paths {
                done.send(refused(&path)).unwrap();
            }
        });
        for _ in 0..3 {
            let message =
                wait.recv_timeout(Duration::from_secs(30)).expect("nothing is waited for");
            assert_eq!(message, "credentials are read from a regular file only, or a link to one");
        }
    }

    #[test]
    fn the_open_file_is_judged_whatever_comes_to_its_path_then() {
        let (directory, path) = closed(TEXT);
        let other = directory.path().join("other");
        let swap_for = |mode| {
            let file = open(&path).unwrap();
            fs::write(&other, "another").unwrap();
            set_mode(&other, mode);
            fs::rename(&other, &path).unwrap();
            read(&file)
        };
        assert_eq!(*swap_for(0o644).ok().unwrap(), TEXT.as_bytes());
        assert!(matches!(swap_for(0o600), Err(Fault::Permissions(0o644))));
    }
}
