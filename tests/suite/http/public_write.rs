//! A PUBLIC WRITE over HTTP: what it says of owners reaches nobody who asks the guard.

use axum::{Json, routing::post};
use http::HeaderMap;
use meshauth_runtime::{
    Authoriser, Denial, Method, MethodPolicy, Operation, Public, ServicePolicy, Write,
    axum::{GuardedRouter, PublicCall},
    codegen::{Exchange, OwnershipMut},
};
use meshauth_tests::worlds::group_name;

use super::wire::{Client, Wire, serve};
use crate::service::{CORPORATE, INDIVIDUAL, Spy};

static OFFER: MethodPolicy = MethodPolicy::public("/p.S/Offer", Operation::Write);
static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[&OFFER], &[]);

enum Offer {}

impl Method for Offer {
    const POLICY: &'static MethodPolicy = &OFFER;
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Write;
    type Access = Public<Self>;
}

/// A resource: `owner` and `owners`, and what it is about.
type Sent = (String, Vec<String>, String);

impl Exchange for Offer {
    type Request = Sent;
    type Response = ();

    fn request_claimed(
        (owner, owners, _): &mut Sent,
        claims: &mut impl FnMut(OwnershipMut<'_>) -> bool,
    ) -> bool {
        claims(OwnershipMut::new(owner, owners))
    }
}

async fn offer(call: PublicCall<Offer>, Json(sent): Json<Sent>) -> Result<Json<Sent>, Denial> {
    call.accept(sent).map(Json)
}

#[tokio::test]
async fn t_f03_what_a_public_write_says_of_owners_is_emptied() {
    let router = GuardedRouter::new(Authoriser::new(Spy::new()))
        .route::<Offer>("/offers", post(offer))
        .into_router()
        .unwrap();
    let mut client = Client::connect(serve(router).await).await;
    let sent: Sent =
        (group_name(CORPORATE), vec![group_name(INDIVIDUAL)], String::from("an offer"));
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let sent = serde_json::to_vec(&sent).unwrap();
    let answered = client.post(Wire::Http1, "/offers", &headers, &sent).await;
    let answer: Sent = serde_json::from_slice(&answered.body).unwrap();
    assert_eq!(answer, (String::new(), Vec::new(), String::from("an offer")));
}
