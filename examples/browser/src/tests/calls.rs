//! The calls of the page, in a real browser.

use std::{
    collections::BTreeSet,
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, header::ACCESS_CONTROL_EXPOSE_HEADERS},
    middleware::{from_fn, map_response},
    response::Response,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{TestResult, chromium, cors_inside};
use crate::{authoriser, page, routes};

const CALLS: [&str; 4] = ["viewer, HTTP", "viewer, gRPC-Web", "guest, HTTP", "guest, gRPC-Web"];

/// Two origins with the page, and the methods of HTTP that have reached the API.
struct Served {
    named: SocketAddr,
    other: SocketAddr,
    api: SocketAddr,
    reached: Arc<Mutex<Vec<Method>>>,
}

impl Served {
    /// The API is made for pages of the first origin.
    async fn start(
        api: impl FnOnce(HeaderValue) -> Result<Router, Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let [named, other] = [listen(page::router()).await?, listen(page::router()).await?];
        let reached = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reached);
        let record = from_fn(move |request: Request, next: axum::middleware::Next| {
            seen.lock().unwrap().push(request.method().clone());
            next.run(request)
        });
        let api = api(page::origin(named).parse()?)?.layer(record);
        Ok(Self { named, other, api: listen(api).await?, reached })
    }

    /// What the page of this origin got.
    async fn results(&self, page: SocketAddr) -> Result<Value, Box<dyn Error>> {
        chromium::results(&page::url(page, self.api)).await
    }

    /// The browser asked ahead of each call of this page, and sent none of them.
    async fn assert_blocked(&self, page: SocketAddr) -> TestResult {
        let blocked = json!({ "blocked": "TypeError: Failed to fetch" });
        let results = self.results(page).await?;
        assert_eq!(
            results,
            CALLS.map(|call| (call.to_owned(), blocked.clone())).into_iter().collect::<Value>()
        );
        let reached = self.reached.lock().unwrap();
        assert_eq!(*reached, vec![Method::OPTIONS; CALLS.len()]);
        Ok(())
    }
}

/// Serves on a free port of the loopback interface until the test's runtime ends.
async fn listen(router: Router) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(address)
}

fn as_shown(page: HeaderValue) -> Result<Router, Box<dyn Error>> {
    Ok(routes(authoriser()?, page)?)
}

/// Takes the ids of the calls out of the results, because they are different each time.
fn take_requests(results: &mut Value) -> Vec<Value> {
    let calls =
        CALLS.map(|call| results[call].as_object_mut().and_then(|call| call.remove("request")));
    calls.into_iter().map(Option::unwrap_or_default).collect()
}

#[tokio::test]
async fn t_b12_a_browser_on_another_origin_reads_answers_and_denials() -> TestResult {
    if !chromium::asked_for() {
        return Ok(());
    }
    let served = Served::start(as_shown).await?;
    let mut results = served.results(served.named).await?;
    let requests = take_requests(&mut results);
    assert_eq!(
        results,
        json!({
            "viewer, HTTP": { "status": 200, "name": "main account" },
            "viewer, gRPC-Web": { "status": "0", "name": "main account" },
            "guest, HTTP": { "status": 403, "reason": "ROLE_REQUIRED" },
            "guest, gRPC-Web": { "status": "7", "reason": "ROLE_REQUIRED" },
        })
    );
    let ids = requests.iter().filter_map(Value::as_str).filter(|id| id.len() == 26);
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), CALLS.len(), "{requests:?}");
    Ok(())
}

/// The call is decided all the same; what is not exposed, the page does not see.
#[tokio::test]
async fn t_b12_without_exposed_headers_a_browser_hides_the_reason_of_a_denial() -> TestResult {
    if !chromium::asked_for() {
        return Ok(());
    }
    let hide = map_response(async |mut response: Response| {
        response.headers_mut().remove(ACCESS_CONTROL_EXPOSE_HEADERS);
        response
    });
    let served = Served::start(|page| Ok(as_shown(page)?.layer(hide))).await?;
    let mut results = served.results(served.named).await?;
    assert_eq!(take_requests(&mut results), vec![Value::Null; CALLS.len()]);
    assert_eq!(results["viewer, gRPC-Web"], json!({ "status": "0", "name": "main account" }));
    assert_eq!(results["guest, gRPC-Web"], json!({ "status": null }));
    Ok(())
}

#[tokio::test]
async fn t_b12_a_browser_blocks_the_page_of_an_origin_that_is_not_named() -> TestResult {
    if !chromium::asked_for() {
        return Ok(());
    }
    let served = Served::start(as_shown).await?;
    served.assert_blocked(served.other).await
}

#[tokio::test]
async fn t_a06_a_browser_blocks_every_call_if_the_gate_stands_before_cors() -> TestResult {
    if !chromium::asked_for() {
        return Ok(());
    }
    let served = Served::start(cors_inside).await?;
    served.assert_blocked(served.named).await
}
