//! One process of the fleet: the test program, started again, with a directory and a server of its own.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    thread,
};

use meshauth_runtime::{Authoriser, tonic::GuardedRoutes};
use meshauth_sql::PostgresDirectory;
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::Guard;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};

use crate::{BOUND, desks::Desks};

/// What a process is told: where its directory is.
const DIRECTORY: &str = "MESHAUTH_FLEET_DIRECTORY";

/// A process that serves until this is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
}

impl Process {
    pub(crate) fn start(directory: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "process::serves", "--nocapture"])
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.rsplit_once("it listens at ")?;
            Some(format!("http://{address}"))
        });
        // What it says at its end goes nowhere, but has to be taken.
        thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("it says where it listens") }
    }

    pub(crate) async fn connect(&self) -> Channel {
        Endpoint::from_shared(self.address.clone()).unwrap().connect().await.unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process itself. Without what it is told it is a test that does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves() {
    let Ok(url) = env::var(DIRECTORY) else { return };
    let directory = PostgresDirectory::connect(&url).await.unwrap();
    let authoriser = Authoriser::builder(directory).max_decision_age(BOUND).build();
    let routes = GuardedRoutes::new(authoriser).add(Guard::new(Desks)).into_routes().unwrap();
    let server = Server::builder().max_concurrent_streams(10_000).add_routes(routes);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("it listens at {}", listener.local_addr().unwrap());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    // Until whoever has started it is no more.
    let end = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(end).await.unwrap().unwrap();
}
