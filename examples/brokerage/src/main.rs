//! x
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason="x")]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}
fn main() {}
