//! What the benches of replicas share: a world, calls in it, and changes that go on beside a measurement.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    ApiKey, Authorised, Authoriser, EntityName, GroupName, Method, MethodPolicy, Operation, Read,
    Role, RoleMethods, ServicePolicy,
};
use meshauth_sql::PostgresDirectory;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};
use tokio::{task::JoinSet, time};

const ADMIN: Role<'_> = Role::new(1, "ROLE_ADMIN");
const VIEWER: Role<'_> = Role::new(2, "ROLE_VIEWER");
const PATH: &str = "/bench.v1.Desks/Get";
static POLICY: MethodPolicy = MethodPolicy::authorised(PATH, Operation::Read, &[ADMIN, VIEWER]);
static SERVICE: ServicePolicy = ServicePolicy::new(
    "bench.v1.Desks",
    "0",
    &[&POLICY],
    &[RoleMethods::new(ADMIN, &[PATH]), RoleMethods::new(VIEWER, &[PATH])],
);

/// The method that is called, as generated code has it.
#[derive(Debug)]
pub(crate) enum Get {}

impl Method for Get {
    const POLICY: &'static MethodPolicy = &POLICY;
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Read;
    type Access = Authorised<Self>;
}

/// So deep are the trees, and so many grants has each user.
const DEPTH: u32 = 8;
const GRANTS: u32 = 8;

pub(crate) fn group(number: u32) -> GroupName {
    GroupName::from_ulid(number.into())
}

pub(crate) fn user(number: u32) -> EntityName {
    EntityName::api_user(number.into())
}

/// Bytes that look random.
fn key(number: u32) -> String {
    let mut bytes = [0; 32];
    let mut state = u64::from(number) + 1;
    for word in bytes.chunks_mut(8) {
        state = state.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) ^ 0x94D0_49BB_1331_11EB;
        word.copy_from_slice(&state.to_le_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// The headers of a user's call in its own group.
pub(crate) fn call(number: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(&key(number)).unwrap());
    headers.insert("x-group", HeaderValue::from_str(&group(number).to_string()).unwrap());
    headers
}

/// Nothing is waited for.
pub(crate) fn is_allowed(authoriser: &Authoriser, call: &HeaderMap) -> bool {
    let answer = authoriser.authorise::<Get>(&mut call.clone()).now_or_never();
    answer.unwrap().is_ok()
}

/// The address of a directory without records, in a schema of its own.
pub(crate) async fn make_directory(server: &str, schema: &str) -> String {
    let pool = PgPool::connect(server).await.unwrap();
    pool.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))).await.unwrap();
    pool.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
    pool.close().await;
    let url = format!("{server}?options[search_path]={schema}");
    PostgresDirectory::migrate(&url).await.unwrap();
    url
}

/// So many groups in trees, with a user in each, who has a role there and others elsewhere.
pub(crate) async fn insert_world(pool: &PgPool, size: u32) {
    let insert = async |table: &str, rows: Vec<String>| {
        for rows in rows.chunks(5000) {
            let insert = format!("INSERT INTO meshauth_{table} VALUES {}", rows.join(","));
            pool.execute(AssertSqlSafe(insert)).await.unwrap();
        }
    };
    let owner = |number: u32| match number % DEPTH {
        0 => "NULL".to_owned(),
        _ => format!("'{}'", group(number - 1)),
    };
    let groups = (0..size).map(|n| format!("('{}',{})", group(n), owner(n)));
    insert("groups", groups.collect()).await;
    let users = (0..size).map(|n| format!("('{}','{}','ACTIVE')", user(n), group(n)));
    insert("entities", users.collect()).await;
    let digest = |n| hex(ApiKey::parse(key(n).as_bytes()).unwrap().digest().as_bytes());
    let keys = (0..size).map(|n| format!("('\\x{}','{}','bench',NULL,NULL,0)", digest(n), user(n)));
    insert("credentials", keys.collect()).await;
    let grants = (0..size).flat_map(|n| {
        (0..GRANTS).map(move |nth| {
            let role = if nth == GRANTS - 1 { 2 } else { 1_000_000 + nth };
            format!("('{}','{}',{role})", user(n), group((n + (GRANTS - 1 - nth) * 7) % size))
        })
    });
    insert("grants", grants.collect()).await;
    pool.execute("VACUUM ANALYZE").await.unwrap();
}

/// Changes that are made until this ends: each is a transaction, of one user's grants.
pub(crate) struct Load {
    tasks: JoinSet<()>,
    ends: Arc<AtomicBool>,
    made: Arc<AtomicU64>,
    began: Instant,
}

impl Load {
    /// So many changes a second, or none; of the users with these numbers.
    pub(crate) async fn start(url: &str, users: Range<u32>, a_second: u32) -> Self {
        const WRITERS: u32 = 4;
        let (ends, made) = <(Arc<AtomicBool>, Arc<AtomicU64>)>::default();
        let mut tasks = JoinSet::new();
        for writer in 0..if a_second == 0 { 0 } else { WRITERS } {
            let (ends, made) = (Arc::clone(&ends), Arc::clone(&made));
            let (pool, users) = (PgPool::connect(url).await.unwrap(), users.clone());
            let mut due = time::interval(Duration::from_secs(1) * WRITERS / a_second);
            tasks.spawn(async move {
                for n in (users.start + writer..users.end).step_by(WRITERS as usize).cycle() {
                    if ends.load(Ordering::Relaxed) {
                        return;
                    }
                    due.tick().await;
                    change(&pool, n).await;
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { tasks, ends, made, began: Instant::now() }
    }

    /// How many changes a second there were.
    #[expect(clippy::cast_precision_loss, reason = "there are not so many")]
    pub(crate) async fn end(mut self) -> f64 {
        let made: &AtomicU64 = &self.made;
        let rate = made.load(Ordering::Relaxed) as f64 / self.began.elapsed().as_secs_f64();
        self.ends.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        rate
    }
}

/// A grant that the user has is of another role from then on.
async fn change(pool: &PgPool, number: u32) {
    let toggle = "UPDATE meshauth_grants SET role = CASE role WHEN 1000000 THEN 1999999 ELSE 1000000 END \
                  WHERE entity = $1 AND role IN (1000000, 1999999)";
    sqlx::query(toggle).bind(user(number).to_string()).execute(pool).await.unwrap();
}
