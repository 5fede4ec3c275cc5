//! What a decision costs, next to a plain hand-written check on the same world: 69 methods, 100
//! groups four deep, one API user in each group. Times are for comparison within one run;
//! allocations are counted exactly.
//!
//! ```sh
//! cargo bench -p meshauth-tests --no-default-features
//! ```

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot run says so"
)]

use std::future::IntoFuture;

use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    Answer, Authorizer, Directory, Header, KeyDigest, Lookup, Method, Presented, Record,
    ShadowedChecks, Step, Trace, Verdict, evaluate,
};
use meshauth_tests::{
    api::meshtrade::wallet::account::v1::account_service_guard::method::GetAccount,
    worlds::{api_key, group_name},
};

#[path = "support/mod.rs"]
mod support;

use support::{hand_written::HandWritten, world};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    // A sample of one call, which divan takes where the first is slow, times its own cold caches.
    divan::Divan::default().sample_size(64).sample_count(500).config_with_args().main();
}

/// The caller acts in a group four deep, with a role granted one above it.
fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(&api_key(world::USER)).unwrap());
    headers.insert("x-group", HeaderValue::from_str(&group_name(world::GROUP)).unwrap());
    headers
}

/// The checks alone: the records are at hand.
#[divan::bench]
fn decision_alone(bencher: Bencher<'_, '_>) {
    let directory = world::directory(4);
    let presented = Presented::read(&headers());
    let key = presented_key(presented);
    let user = found(directory.api_user(&key));
    let group = found(directory.group(group_name(world::GROUP).parse().unwrap()));
    let client = found(directory.client(&group));
    bencher.bench_local(|| {
        let mut trace = Trace::EMPTY;
        let evaluation = |trace| -> Step<Verdict> {
            let needs = evaluate(
                Some(GetAccount::POLICY),
                black_box(&presented),
                ShadowedChecks::NONE,
                trace,
            )?;
            let needs = needs.answer(Answer::Found(user.clone()))?;
            let needs = needs.answer(Answer::Found(group.clone()))?;
            let needs = needs.answer(None)?;
            Step::Continue(needs.answer(Answer::Found(client)))
        };
        let (Step::Break(verdict) | Step::Continue(verdict)) = evaluation(&mut trace);
        assert!(matches!(verdict, Verdict::Allow(_)));
        (verdict, trace)
    });
}

fn presented_key(presented: Presented) -> KeyDigest {
    match presented.key {
        Header::Value(key) => key,
        other => panic!("{other:?}"),
    }
}

/// Headers in, access out: both headers, the key's hash, all look-ups in memory, all checks.
#[divan::bench(args = [4, 64])]
fn whole_authorisation(bencher: Bencher<'_, '_>, depth: usize) {
    let authorizer = Authorizer::new(world::directory(depth));
    bencher.with_inputs(headers).bench_local_values(|mut headers| {
        let access = authorizer.authorise::<GetAccount>(&mut headers).now_or_never().unwrap();
        assert!(black_box(&access).is_ok());
        (access, headers)
    });
}

/// The same, refused for want of a role.
#[divan::bench]
fn whole_authorisation_denied(bencher: Bencher<'_, '_>) {
    let authorizer = Authorizer::new(world::directory(4));
    let mut foreign = headers();
    foreign.insert("x-api-key", HeaderValue::from_str(&api_key(99)).unwrap());
    bencher.with_inputs(|| foreign.clone()).bench_local_values(|mut headers| {
        let access = authorizer.authorise::<GetAccount>(&mut headers).now_or_never().unwrap();
        assert!(black_box(&access).is_err());
        (access, headers)
    });
}

/// The hash of the key, which every check of an API key pays.
#[divan::bench]
fn hash_of_the_key(bencher: Bencher<'_, '_>) {
    let key = api_key(world::USER);
    bencher.bench_local(|| {
        meshauth_runtime::ApiKey::parse(black_box(key.as_bytes())).map(|key| key.digest())
    });
}

/// A plain check by hand, of maps and strings, that asks the same of the same world.
#[divan::bench(args = [4, 64])]
fn hand_written(bencher: Bencher<'_, '_>, depth: usize) {
    let check = HandWritten::new(&world::world(depth));
    bencher.with_inputs(headers).bench_local_values(|headers| {
        let allowed = check.authorise(black_box(GetAccount::POLICY.path()), &headers);
        assert!(allowed.is_ok());
        (allowed, headers)
    });
}

/// The hand-written check, refused for want of a role.
#[divan::bench]
fn hand_written_denied(bencher: Bencher<'_, '_>) {
    let check = HandWritten::new(&world::world(4));
    let mut foreign = headers();
    foreign.insert("x-api-key", HeaderValue::from_str(&api_key(99)).unwrap());
    bencher.with_inputs(|| foreign.clone()).bench_local_values(|headers| {
        let allowed = check.authorise(black_box(GetAccount::POLICY.path()), &headers);
        assert!(allowed.is_err());
        (allowed, headers)
    });
}

/// What the guard pays for each resource in a response.
#[divan::bench(args = [1, 1000])]
fn scope_of_a_list(bencher: Bencher<'_, '_>, length: usize) {
    use meshauth_runtime::Resource;
    let authorizer = Authorizer::new(world::directory(4));
    let access =
        authorizer.authorise::<GetAccount>(&mut headers()).now_or_never().unwrap().unwrap();
    let accounts = world::accounts(length);
    bencher.counter(ItemsCount::new(length)).bench_local(|| {
        let inside = access.scope().filter(black_box(&accounts)).count();
        assert_eq!(inside, length);
        accounts[0].owner().len()
    });
}

/// A unary call through tonic's server, in this process: without a guard, and with it.
mod tonic_call {
    use super::*;
    use support::call::{call, guarded, request, routes, unguarded};

    #[divan::bench]
    fn without_guard(bencher: Bencher<'_, '_>) {
        let mut server = unguarded();
        let request = || request(&headers());
        bencher.with_inputs(request).bench_local_values(|request| call(&mut server, request));
    }

    #[divan::bench]
    fn with_guard(bencher: Bencher<'_, '_>) {
        let mut server = guarded(Authorizer::new(world::directory(4)));
        let request = || request(&headers());
        bencher.with_inputs(request).bench_local_values(|request| call(&mut server, request));
    }

    /// As it is served: by its path.
    #[divan::bench]
    fn routed_without_guard(bencher: Bencher<'_, '_>) {
        let mut routes = tonic::service::Routes::new(unguarded()).prepare();
        let request = || request(&headers());
        bencher.with_inputs(request).bench_local_values(|request| call(&mut routes, request));
    }

    /// As it is served: by its path, with the gate before the body.
    #[divan::bench]
    fn routed_with_guard(bencher: Bencher<'_, '_>) {
        let mut routes = routes(Authorizer::new(world::directory(4)));
        let request = || request(&headers());
        bencher.with_inputs(request).bench_local_values(|request| call(&mut routes, request));
    }
}

fn found<T>(lookup: Lookup<'_, T>) -> T {
    match lookup.into_future().now_or_never().unwrap().unwrap() {
        Record::Found(record) => record,
        record => panic!("{}", matches!(record, Record::Unknown)),
    }
}
