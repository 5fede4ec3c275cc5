//! PostgreSQL out of reach: what the copy proves then, and how it comes back.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use meshauth_runtime::{Collections, directory::LiveView};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time,
};

use super::{
    database::in_schema,
    log::a_desk,
    replica::{add_key, found, refuse_strangers, until},
    *,
};
use crate::{replica::Replica, store::Source};

/// A way to the server that can lose all that is sent on it, end all connections, refuse others, and
/// lead to another server.
pub(super) struct Network {
    address: SocketAddr,
    server: Arc<Mutex<String>>,
    pub(super) loses: Arc<AtomicBool>,
    pub(super) refuses: Arc<AtomicBool>,
    /// How many bytes went to the server.
    asked: Arc<AtomicUsize>,
    pub(super) cut: watch::Sender<()>,
}

impl Network {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(Mutex::new(server));
        let leads_to = Arc::clone(&server);
        let (loses, refuses) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let (lost, closed) = (Arc::clone(&loses), Arc::clone(&refuses));
        let (asked, answered) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let counts = [Arc::clone(&asked), answered];
        let (cut, ends) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if closed.load(Ordering::SeqCst) {
                    continue;
                }
                let server = leads_to.lock().unwrap().clone();
                let server = TcpStream::connect(server).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                let ways = [(from_client, to_server), (from_server, to_client)];
                for ((from, to), count) in ways.into_iter().zip(counts.clone()) {
                    let passes = pass_on(from, to, Arc::clone(&lost), count);
                    let mut ends = ends.clone();
                    ends.mark_unchanged();
                    tokio::spawn(async move {
                        tokio::select! { () = passes => (), _ = ends.changed() => () }
                    });
                }
            }
        });
        Self { address, server, loses, refuses, asked, cut }
    }

    /// A network of its own to this database, and the address of the database behind it.
    pub(super) async fn before(database: &Database) -> (Self, String) {
        let (server, schema) = database.schema();
        let (login, place, name) = parts(server);
        let network = Self::to(place.to_owned()).await;
        let url = format!("{login}@{}/{name}", network.address);
        (network, in_schema(&url, schema))
    }

    /// From now on it leads to the server at this address, and all connections end.
    pub(super) fn lead_to(&self, url: &str) {
        parts(url).1.clone_into(&mut self.server.lock().unwrap());
        self.cut.send_replace(());
    }
}

/// The login, the host with its port, and the name of the database.
fn parts(url: &str) -> (&str, &str, &str) {
    let (login, place) = url.rsplit_once('@').unwrap();
    let (place, name) = place.split_once('/').unwrap();
    (login, place, name)
}

async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    loses: Arc<AtomicBool>,
    passed: Arc<AtomicUsize>,
) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        // What is lost once breaks the connection for good: as with a firewall that forgot it.
        if loses.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        passed.fetch_add(count, Ordering::SeqCst);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// A copy behind a network of its own, of a desk with the key 9.
struct Remote {
    database: Database,
    network: Network,
    replica: Replica,
}

impl Remote {
    async fn start() -> Option<Self> {
        let database = Database::postgres().await?;
        a_desk(&database.store).await;
        add_key(&database, 9).await;
        let (network, url) = Network::before(&database).await;
        let replica = Replica::start(Source::server(url, Collections::new())).await.unwrap();
        Some(Self { database, network, replica })
    }

    fn view(&self) -> &LiveView {
        self.replica.view()
    }

    /// And does not only ask each second. What it was not told of makes it listen anew.
    async fn is_told_of_changes(&self) {
        for key in 20..40 {
            add_key(&self.database, key).await;
            let took = until("a key", || found(self.view(), key).is_ok()).await;
            if took < Duration::from_millis(200) && key > 22 {
                return;
            }
            time::sleep(Duration::from_millis(400)).await;
        }
        panic!("it is told of nothing");
    }

    async fn end(self) {
        drop(self.replica);
        self.database.remove().await;
    }
}

fn age(view: &LiveView) -> Duration {
    view.age().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_o05_a_network_that_swallows_packets_is_no_proof_that_nothing_happened() {
    let Some(remote) = Remote::start().await else { return };
    let view = remote.view();
    remote.network.loses.store(true, Ordering::SeqCst);
    time::sleep(Duration::from_secs(4)).await;
    assert!(age(view) > Duration::from_millis(2900), "{:?}", age(view));
    remote.network.loses.store(false, Ordering::SeqCst);
    until("the next connection", || age(view) < Duration::from_secs(1)).await;
    add_key(&remote.database, 8).await;
    until("what came after", || found(view, 8).is_ok()).await;
    remote.is_told_of_changes().await;
    remote.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_or_refused_are_made_anew() {
    let Some(remote) = Remote::start().await else { return };
    let view = remote.view();
    remote.network.refuses.store(true, Ordering::SeqCst);
    remote.network.cut.send_replace(());
    add_key(&remote.database, 8).await;
    time::sleep(Duration::from_millis(2500)).await;
    assert!(found(view, 8).is_err() && age(view) > Duration::from_millis(1400), "{:?}", age(view));
    remote.network.refuses.store(false, Ordering::SeqCst);
    until("what happened meanwhile", || found(view, 8).is_ok()).await;
    remote.is_told_of_changes().await;
    remote.end().await;
}

/// What is asked each second in any case is asked, and nothing more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_i02_unknown_keys_cost_the_database_no_statement() {
    let Some(remote) = Remote::start().await else { return };
    let (asked, patience) = (Arc::clone(&remote.network.asked), Duration::from_secs(4));
    // Statements are sent as a whole once, and then by their names.
    time::sleep(patience).await;
    let before = asked.load(Ordering::SeqCst);
    time::sleep(patience).await;
    let of_a_second = (asked.load(Ordering::SeqCst) - before) / 4;
    assert!((50..1000).contains(&of_a_second), "{of_a_second} bytes are asked each second");

    let (before, began, view) =
        (asked.load(Ordering::SeqCst), Instant::now(), remote.view().clone());
    let refusing = tokio::task::spawn_blocking(move || refuse_strangers(&view));
    refusing.await.unwrap();
    let (asked, seconds) = (asked.load(Ordering::SeqCst) - before, began.elapsed().as_secs());
    let expected = of_a_second * (usize::try_from(seconds).unwrap() + 3);
    assert!(asked <= expected, "{asked} bytes were asked in {seconds} s, and not {expected}");
    remote.end().await;
}
