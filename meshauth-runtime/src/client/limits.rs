//! Where credentials are looked for, and how large they can be.

/// The environment variable that holds the path of a credentials file.
pub const CREDENTIALS_VARIABLE: &str = "MESH_API_CREDENTIALS";

/// The most bytes that a credentials file may have. One with both fields has about 110.
pub(super) const LIMIT: usize = 4096;
