//! What a WRITE creates or changes belongs to the executing group: in what a handler gets, the guard
//! has set the owner and its path, whatever the caller sent.

use meshauth_runtime::Denial;
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Desk, Floor, House, floor},
    worlds::group_name,
};
use tonic::Code;

use crate::{
    answers::{Caller, assert_told, drain},
    service::{BROKER_ADMIN, CORPORATE, INDIVIDUAL, desk, housed, sent, start},
};

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

/// What callers say of the owner and its path: nothing, the truth, and another tenant's path.
fn claims() -> Vec<Desk> {
    let owners: [&[usize]; 4] =
        [&[], &[CORPORATE], &[INDIVIDUAL], &[INDIVIDUAL, CORPORATE, 1, 2, 3]];
    let stated = ["".to_owned(), group_name(CORPORATE)];
    let desk = |owner: &String, owners: &[usize]| Desk {
        name: "new".to_owned(),
        owner: owner.clone(),
        owners: owners.iter().map(|group| group_name(*group)).collect(),
    };
    stated.iter().flat_map(|owner| owners.map(|owners| desk(owner, owners))).collect()
}

#[track_caller]
fn assert_of_the_corporate(claimed: &Desk) {
    let Desk { owner, owners, .. } = desk(CORPORATE);
    assert_eq!((&claimed.owner, &claimed.owners), (&owner, &owners));
}

/// An `UpdateAccount` whose `owner` is the caller's own and whose `owners` name another tenant would
/// plant a resource in that tenant's reads, and hide it from its owner.
#[tokio::test]
async fn t_m06_a_resource_cannot_be_planted_in_another_tenants_reads() {
    let server = start().await;
    for claim in claims() {
        let put = server.client().put_desk(admin().request(claim)).await.unwrap().into_inner();
        assert_of_the_corporate(&put);
    }
    let status = server.client().put_desk(admin().request(sent(INDIVIDUAL))).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, Denial::ResourceNotOwned.reason());
}

#[tokio::test]
async fn each_request_of_a_stream_is_claimed() {
    let server = start().await;
    let desks = tokio_stream::iter(claims());
    let exchange = server.client().exchange_desks(admin().request(desks)).await.unwrap();
    let answers = drain(exchange.into_inner()).await.unwrap();
    assert_eq!(answers.len(), claims().len());
    answers.iter().for_each(assert_of_the_corporate);
}

/// In a field, a list, a map and a oneof, at every depth that the guard looks at.
#[tokio::test]
async fn a_resource_deep_in_a_request_is_claimed() {
    let server = start().await;
    for claim in claims() {
        let house = server.client().put_house(admin().request(housed(claim))).await.unwrap();
        let House { wings, .. } = house.into_inner();
        let floor = wings["west"].floors[0].clone();
        let Floor { inside: Some(floor::Inside { desk: Some(desk) }), .. } = floor else {
            panic!("{floor:?}")
        };
        assert_of_the_corporate(&desk);
    }
}
