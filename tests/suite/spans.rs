//! The span of a call: who called, in which group, what, and what came of it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use meshauth_runtime::{Shadow, Shadowable};
use meshauth_tests::{api::meshauth::testing::desk::v1::Note, worlds::group_name};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::{
    answers::{Caller, drain},
    lasting::until,
    service::{
        CORPORATE, CORPORATE_ADMIN, CORPORATE_VIEWER, Fault, INDIVIDUAL, WITHOUT_ROLE, start,
        start_with,
    },
};

type Fields = BTreeMap<String, String>;

/// The spans that were closed, and for each event in them the fields around it.
#[derive(Clone, Default)]
struct Spans {
    closed: Arc<Mutex<Vec<Fields>>>,
    events: Arc<Mutex<Vec<(String, Fields)>>>,
    /// How often something was written into a span.
    writes: Arc<AtomicUsize>,
}

struct Written<'a>(&'a mut Fields);

impl Visit for Written<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}").trim_matches('"').to_owned();
        self.0.insert(field.name().to_owned(), value);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != "meshauth" {
            return;
        }
        let mut fields = Fields::new();
        attributes.record(&mut Written(&mut fields));
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let span = context.span(id).unwrap();
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(&mut Written(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "meshauth_test" {
            return;
        }
        let mut said = Fields::new();
        event.record(&mut Written(&mut said));
        let mut spans = context.event_scope(event).into_iter().flatten();
        let around = spans.find_map(|span| span.extensions().get::<Fields>().cloned());
        self.events.lock().unwrap().push((said["message"].clone(), around.unwrap_or_default()));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(fields) = context.span(&id).unwrap().extensions_mut().remove::<Fields>() {
            self.closed.lock().unwrap().push(fields);
        }
    }
}

impl Spans {
    /// What was closed since the last time: method, entity, group and outcome.
    fn take(&self) -> Vec<[String; 4]> {
        let closed = std::mem::take(&mut *self.closed.lock().unwrap());
        closed
            .into_iter()
            .map(|fields| {
                assert_eq!(fields["request"].len(), 26, "{fields:?}");
                let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
                let method = fields["method"].rsplit('/').next().unwrap().to_owned();
                [method, field("entity"), field("group"), field("outcome")]
            })
            .collect()
    }
}

fn user(index: usize) -> String {
    format!("api_users/000000000000000000000000{index}")
}

/// Server and caller are on the one thread of the test, and so is what they log.
#[tokio::test]
async fn a_span_says_who_called_in_which_group_and_what_came_of_it() {
    let server = start().await;
    let spans = Spans::default();
    let _here = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
    let (viewer, group) = (Caller::new(CORPORATE_VIEWER, CORPORATE), group_name(CORPORATE));
    let who = user(CORPORATE_VIEWER);

    server.get(&viewer, "2").await.unwrap();
    let allowed = ["GetDesk", &who, &group, "ALLOW"].map(str::to_owned);
    assert_eq!(spans.take(), [allowed]);
    // Denied before anybody is known, and after.
    server.get(&Caller::default(), "2").await.unwrap_err();
    assert_eq!(spans.take(), [["GetDesk", "", "", "CREDENTIALS_MISSING"].map(str::to_owned)]);
    server.get(&Caller::new(WITHOUT_ROLE, CORPORATE), "2").await.unwrap_err();
    let denied = ["GetDesk", &user(WITHOUT_ROLE), &group, "ROLE_REQUIRED"].map(str::to_owned);
    assert_eq!(spans.take(), [denied]);
    // Let in, and ended by the guard.
    server.get(&viewer, "leak 3").await.unwrap_err();
    let ended = ["GetDesk", &who, &group, "INTERNAL"].map(str::to_owned);
    assert_eq!(spans.take(), [ended]);
    let admin = Caller::new(CORPORATE_ADMIN, CORPORATE);
    server.put(&admin, "new", &group_name(INDIVIDUAL)).await.unwrap_err();
    let admin = ["PutDesk", &user(CORPORATE_ADMIN), &group, "RESOURCE_NOT_OWNED"];
    assert_eq!(spans.take(), [admin.map(str::to_owned)]);
}

#[tokio::test]
async fn what_a_handler_logs_is_in_the_span_of_its_call() {
    let server = start().await;
    let spans = Spans::default();
    let _here = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    server.get(&viewer, "id 2").await.unwrap();
    let watch = viewer.request(Note { text: "id".to_owned() });
    let watched = server.client().watch_desks(watch).await.unwrap();
    drain(watched.into_inner()).await.unwrap();
    let events = spans.events.lock().unwrap().clone();
    let said: Vec<_> = events.iter().map(|(said, _)| said.as_str()).collect();
    assert_eq!(said, ["in the handler", "in the stream"]);
    for (_, around) in events {
        assert_eq!(around["entity"], user(CORPORATE_VIEWER));
        assert_eq!(around["group"], group_name(CORPORATE));
        assert_eq!(around["outcome"], "ALLOW");
    }
}

/// A subscriber may keep each value that a field had.
#[tokio::test]
async fn a_stream_that_is_decided_again_does_not_fill_its_span() {
    let server =
        start_with(|authoriser| authoriser.max_decision_age(Duration::from_millis(10))).await;
    let spans = Spans::default();
    let _here = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
    let watch = Caller::new(CORPORATE_VIEWER, CORPORATE);
    let watch = watch.request(Note { text: "idle".to_owned() });
    let mut stream = server.client().watch_desks(watch).await.unwrap().into_inner();
    let writes = spans.writes.load(Ordering::SeqCst);
    server.directory.take_calls();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.directory.take_calls().0 >= 10);
    assert_eq!(spans.writes.load(Ordering::SeqCst), writes);
    // That it ends is written.
    server.directory.fail(Fault::Revoked);
    stream.message().await.unwrap_err();
    drop(stream);
    until(|| !spans.closed.lock().unwrap().is_empty()).await;
    let ended = spans.take().remove(0);
    assert_eq!(ended[3], "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn what_only_shadow_mode_lets_through_is_told_apart() {
    let end = std::time::SystemTime::now() + Duration::from_secs(3600);
    let shadow = Shadow::new([Shadowable::Role], end, "roles are granted until Friday").unwrap();
    let server = start_with(|authoriser| authoriser.shadow(shadow)).await;
    let spans = Spans::default();
    let _here = tracing::subscriber::set_default(Registry::default().with(spans.clone()));
    server.get(&Caller::new(WITHOUT_ROLE, CORPORATE), "2").await.unwrap();
    assert_eq!(spans.take().remove(0)[3], "SHADOW");
}
