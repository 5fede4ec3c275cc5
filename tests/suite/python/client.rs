//! The program in Python that makes the calls.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use prost::Message;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::answers::Caller;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite/python/client.py");

/// Longer than the program waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call as the program is told of it.
pub(super) struct Call(Value);

impl Call {
    pub(super) fn new(path: &str, caller: Caller, message: &impl Message) -> Self {
        let headers = caller.headers();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        Self(json!({
            "path": path,
            "metadata": headers.collect::<Vec<_>>(),
            "message": BASE64_STANDARD.encode(message.encode_to_vec()),
            "streams": false,
        }))
    }

    /// The same, of a method that answers a stream.
    pub(super) fn streams(mut self) -> Self {
        self.0["streams"] = true.into();
        self
    }
}

/// The running program. It ends with the test.
pub(super) struct Python {
    _program: Child,
    calls: ChildStdin,
    read: Lines<BufReader<ChildStdout>>,
}

impl Python {
    /// Starts the program, to call this server.
    pub(super) fn start(server: SocketAddr) -> Self {
        let mut program = Command::new("python3")
            .args([PROGRAM, &server.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python3");
        let (calls, read) = (program.stdin.take().unwrap(), program.stdout.take().unwrap());
        Self { _program: program, calls, read: BufReader::new(read).lines() }
    }

    /// Makes a call, and gives what the program read of the answer.
    pub(super) async fn read(&mut self, call: &Call) -> Value {
        self.calls.write_all(format!("{}\n", call.0).as_bytes()).await.unwrap();
        let line = timeout(PATIENCE, self.read.next_line()).await.expect("an answer").unwrap();
        serde_json::from_str(&line.expect("the program has failed: see above")).unwrap()
    }
}
