//! What open streams show of changes: while a risk monitor follows the orders of Corporate, an
//! administrator moves a group and takes the risk monitor's key away.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use http::HeaderMap;
use meshauth_runtime::ApiKey;
use tokio::time::{sleep, timeout};
use tonic::{Status, Streaming};

use crate::{
    api::brokerage::trading::limit_order::v1::LimitOrder,
    call::{Call, letters},
    client::{Client, reason},
    scenarios::{ADMINISTRATOR, BROKER, RISK_MONITOR, RISK_MONITOR_NAME, TRADING_BOT},
    table::Step,
    world::{
        Caller,
        Executing::Group as In,
        Group::{self, Broker, Corporate, Individual},
    },
};

pub(crate) const ABOUT: &str =
    "Streams stay open while the directory changes. Risk monitor holds viewer roles in Corporate.";

/// So long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// A stream that nobody tells of a change ends after 2.5 seconds at the earliest.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Makes the changes, and tells what was seen of each.
pub(crate) async fn make(client: &Client) -> Result<Vec<Step>, Box<dyn Error>> {
    let mut changes = Changes { client, steps: Vec::new() };
    let mut corporate = changes.follow(Corporate, "C", "all orders there are").await?;
    changes.siblings_order_is_not_seen(&mut corporate).await?;
    let mut individual = changes.moved_group_is_seen(&mut corporate).await?;
    changes.revoked_key_ends_streams(&mut corporate, &mut individual).await?;
    Ok(changes.steps)
}

struct Changes<'a> {
    client: &'a Client,
    steps: Vec<Step>,
}

impl Changes<'_> {
    async fn siblings_order_is_not_seen(&mut self, corporate: &mut Followed) -> Done {
        self.create_order(TRADING_BOT, Individual, "allowed: I").await?;
        self.create_order(BROKER, Corporate, "allowed: C").await?;
        let why = "Individual is a sibling";
        self.step("the stream sends", "C", corporate.next(1).await?, why);
        let what = "risk monitor asks for the orders of Individual";
        let call = Call::MonitorLimitOrders;
        self.call(what, RISK_MONITOR, Individual, call, "ROLE_REQUIRED", "granted in Corporate")
            .await
    }

    async fn moved_group_is_seen(
        &mut self,
        corporate: &mut Followed,
    ) -> Result<Followed, Box<dyn Error>> {
        let (group, below) = (Individual, Corporate);
        for (caller, expected, why) in [
            (RISK_MONITOR, "ROLE_REQUIRED", "a viewer changes nothing"),
            (ADMINISTRATOR, "done", "administers Broker and below"),
        ] {
            let headers = caller.headers(In(Broker))?;
            let moved = self.client.move_group(&headers, group, below).await;
            let what = format!("{} moves {group} below {below}", caller.name);
            self.step(&what, expected, outcome(&moved), why);
        }
        let why = "all that Individual owns";
        self.step("the stream sends", "I, I, I, I", corporate.next(4).await?, why);
        let why = "the grant also counts below";
        let mut individual = self.follow(Individual, "I, I, I, I", why).await?;
        self.create_order(TRADING_BOT, Individual, "allowed: I").await?;
        let sent = [corporate.next(1).await?, individual.next(1).await?].join(" and ");
        self.step("the two streams send", "I and I", sent, "both scopes enclose it");
        Ok(individual)
    }

    async fn revoked_key_ends_streams(
        &mut self,
        corporate: &mut Followed,
        individual: &mut Followed,
    ) -> Done {
        let begin = Instant::now();
        let headers = ADMINISTRATOR.headers(In(Corporate))?;
        let key = RISK_MONITOR.key.ok_or("risk monitor has no key")?;
        let digest = ApiKey::parse(key.as_bytes())?.digest();
        let revoked = self.client.revoke_key(&headers, RISK_MONITOR_NAME, &digest).await;
        let what = format!("administrator revokes the key of {}", RISK_MONITOR.name);
        self.step(&what, "done", outcome(&revoked), "Corporate owns risk monitor");
        for (stream, of) in [(corporate, Corporate), (individual, Individual)] {
            let mut ended = stream.next(1).await?;
            if begin.elapsed() > AT_ONCE {
                ended += ", but late";
            }
            let what = format!("the stream of {of} ends");
            self.step(&what, "CREDENTIALS_INVALID", ended, "at once");
        }
        let (what, call) = ("risk monitor opens another", Call::MonitorLimitOrders);
        self.call(what, RISK_MONITOR, Corporate, call, "CREDENTIALS_INVALID", "no such key").await
    }

    /// Risk monitor opens a stream, and gets what is there.
    async fn follow(
        &mut self,
        group: Group,
        expected: &'static str,
        why: &'static str,
    ) -> Result<Followed, Box<dyn Error>> {
        let headers = RISK_MONITOR.headers(In(group))?;
        let mut stream = Followed(self.open(&headers).await?);
        let count = expected.split(", ").count();
        let what = format!("{} follows the orders of {group}", RISK_MONITOR.name);
        self.step(&what, expected, stream.next(count).await?, why);
        Ok(stream)
    }

    /// A change is felt within some tens of milliseconds: whoever it lets in may be refused until then.
    async fn open(&self, headers: &HeaderMap) -> Result<Streaming<LimitOrder>, Status> {
        let begin = Instant::now();
        loop {
            match self.client.follow(headers).await {
                Err(_) if begin.elapsed() < AT_ONCE => sleep(Duration::from_millis(10)).await,
                opened => return opened,
            }
        }
    }

    async fn create_order(&mut self, caller: Caller, group: Group, expected: &'static str) -> Done {
        let what = format!("{} creates an order in {group}", caller.name);
        self.call(&what, caller, group, Call::CreateLimitOrder(group), expected, "").await
    }

    async fn call(
        &mut self,
        what: &str,
        caller: Caller,
        group: Group,
        call: Call,
        expected: &'static str,
        why: &'static str,
    ) -> Done {
        let got = self.client.call(call, &caller.headers(In(group))?).await?;
        self.step(what, expected, got.to_string(), why);
        Ok(())
    }

    fn step(&mut self, what: &str, expected: &'static str, got: String, why: &'static str) {
        self.steps.push(Step { what: what.to_owned(), expected, got, why });
    }
}

type Done = Result<(), Box<dyn Error>>;

/// A stream of orders that stays open.
struct Followed(Streaming<LimitOrder>);

impl Followed {
    /// The owners of the next orders, or why the stream ends.
    async fn next(&mut self, count: usize) -> Result<String, Box<dyn Error>> {
        let mut groups = Vec::new();
        while groups.len() < count {
            match timeout(PATIENCE, self.0.message()).await {
                Ok(Ok(Some(order))) => groups.push(Group::named(&order.owner)?),
                Ok(Ok(None)) => return Ok("the end, without a reason".to_owned()),
                Ok(Err(status)) => return Ok(reason(&status)),
                Err(_) => return Ok(format!("{} and no more", letters(&groups))),
            }
        }
        Ok(letters(&groups))
    }
}

/// What came of a change, as its caller sees it.
fn outcome(changed: &Result<(), Status>) -> String {
    match changed {
        Ok(()) => "done".to_owned(),
        Err(status) => reason(status),
    }
}
