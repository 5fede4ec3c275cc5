//! Reading a credentials file that nobody else can read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use super::{
    credentials::Credentials,
    error::{CredentialsError, Fault},
    json,
    limits::LIMIT,
};

impl Credentials {
    /// Credentials from a JSON file, in the form of [`Credentials::from_json`].
    ///
    /// On Unix, only its owner may have access to the file (`chmod 600`, or `400`). Windows has no
    /// mode: there, a file under the user's profile is as closed as the profile is, and nothing is
    /// checked.
    ///
    /// # Errors
    /// As [`Credentials::from_json`], and a file that cannot be read, is not a regular file or a
    /// link to one, is longer than 4096 bytes, or is open to others than its owner.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CredentialsError> {
        let path = path.as_ref();
        open(path)
            .map_err(Fault::Open)
            .and_then(|file| read(&file))
            .and_then(|bytes| json::parse(str::from_utf8(&bytes).map_err(|_| Fault::NotText)?))
            .map_err(|fault| CredentialsError::at(path, fault))
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    // A pipe would wait for its writer, and a terminal would become the program's own, before it
    // can be seen what they are.
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// What is looked at is the open file, not the path: between two looks at a path, another file may
/// have come there.
fn read(file: &File) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let metadata = file.metadata().map_err(Fault::Read)?;
    if !metadata.is_file() {
        return Err(Fault::NotAFile);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(Fault::Permissions(mode));
        }
    }
    read_all(file)
}

/// Reads into memory that never grows: a buffer that does leaves copies behind. One byte more than
/// is allowed tells a file that is too long.
fn read_all(mut from: impl Read) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes = Zeroizing::new(vec![0; LIMIT + 1]);
    let mut length = 0;
    while length < bytes.len() {
        match from.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::Read(error)),
        }
    }
    if length > LIMIT {
        return Err(Fault::TooLong);
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests;
