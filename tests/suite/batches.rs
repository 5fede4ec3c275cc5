//! Several resources in one call: every one of them is scoped.

use futures_util::FutureExt;
use meshauth_runtime::{
    Authorised, Authoriser, Denial, Method, Read, Scope,
    codegen::{Enforcer, Exchange},
};
use meshauth_tests::{
    api::{
        meshauth::testing::desk::v1::{
            Desk, Floor, House,
            desk_service_guard::method::{GetDesk, PutFloor, PutHouse},
        },
        meshtrade::wallet::account::v1::{
            Account, ListAccountsRequest, ListAccountsResponse,
            account_service_guard::method::ListAccounts,
        },
    },
    differential::reason,
    worlds::{api_key, group_name},
};
use tonic::{Request, Response, Status};

use crate::service::{BROKER, BROKER_ADMIN, CORPORATE, INDIVIDUAL, Spy, desk, sent};

/// A call of the broker's admin in the name of the corporate client.
fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let headers = [("x-api-key", api_key(BROKER_ADMIN)), ("x-group", group_name(CORPORATE))];
    for (name, value) in headers {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    request
}

/// Runs a call whose handler answers this.
fn call<M>(message: M::Request, answer: M::Response) -> Result<(), Status>
where
    M: Exchange<Request: Send, Response: Send>,
{
    let enforcer = Enforcer::new((), Authoriser::new(Spy::new()));
    let handler = |&(): &(), _, _| std::future::ready(Ok(Response::new(answer)));
    enforcer.unary::<M, _>(request(message), handler).now_or_never().unwrap().map(drop)
}

const COUNT: usize = 5;

/// What `right` makes, `COUNT` times; in one place, what `wrong` makes.
fn with_one<T>(
    place: Option<usize>,
    right: impl Fn() -> T,
    wrong: impl Fn() -> T,
) -> impl Iterator<Item = T> {
    (0..COUNT).map(move |at| if Some(at) == place { wrong() } else { right() })
}

/// A handler of a batch: each name is looked up, and each resource is asked about.
fn batch_get(scope: &Scope<Read>, owners: &[usize]) -> Result<Vec<Desk>, Denial> {
    let stored = |owner: &usize| (*owner < 4).then(|| desk(*owner));
    owners.iter().map(|owner| scope.permit(stored(owner))).collect()
}

#[test]
fn t_f04_a_batch_with_one_foreign_resource_is_one_with_a_resource_that_does_not_exist() {
    let authoriser = Authoriser::new(Spy::new());
    let mut request = request(());
    let headers = request.metadata_mut().as_mut();
    let access: Authorised<GetDesk> =
        authoriser.authorise::<GetDesk>(headers).now_or_never().unwrap().unwrap();
    assert_eq!(GetDesk::POLICY.operation(), meshauth_runtime::Operation::Read);

    assert_eq!(batch_get(access.scope(), &[CORPORATE; COUNT]).unwrap().len(), COUNT);
    for other in [INDIVIDUAL, BROKER, 9] {
        for place in 0..COUNT {
            let owners: Vec<_> = with_one(Some(place), || CORPORATE, || other).collect();
            let refused = batch_get(access.scope(), &owners).unwrap_err();
            assert_eq!(refused, Denial::ResourceNotFound, "{other} at {place}");
            let stored = owners.iter().filter(|owner| **owner < 4).map(|owner| desk(*owner));
            assert_eq!(access.scope().filter(stored).count(), COUNT - 1);
        }
    }
}

#[test]
fn t_f04_a_list_with_one_foreign_resource_does_not_leave() {
    let account = |owner: usize| Account {
        owner: group_name(owner),
        owners: [BROKER, owner].map(group_name).to_vec(),
        ..Account::default()
    };
    let list = |place| {
        let accounts = with_one(place, || account(CORPORATE), || account(INDIVIDUAL)).collect();
        let response = ListAccountsResponse { accounts, ..Default::default() };
        call::<ListAccounts>(ListAccountsRequest::default(), response)
    };
    list(None).unwrap();
    for place in 0..COUNT {
        assert_eq!(reason(&list(Some(place)).unwrap_err()), "INTERNAL", "{place}");
    }
}

#[test]
fn t_f04_a_request_with_one_foreign_resource_among_its_fields_does_not_enter() {
    let put = |place| {
        let desks = with_one(place, || sent(CORPORATE), || sent(INDIVIDUAL)).collect();
        call::<PutFloor>(Floor { desks, ..Floor::default() }, Floor::default())
    };
    put(None).unwrap();
    for place in 0..COUNT {
        assert_eq!(reason(&put(Some(place)).unwrap_err()), "RESOURCE_NOT_OWNED", "{place}");
    }
}

#[test]
fn t_f04_a_request_with_one_foreign_resource_deep_in_it_does_not_enter() {
    let floor = |place: Option<usize>| Floor {
        desks: with_one(place, || sent(CORPORATE), || sent(INDIVIDUAL)).collect(),
        ..Floor::default()
    };
    let wing = |place: Option<usize>| House {
        floors: (0..COUNT)
            .map(|at| floor(place.filter(|place| place / COUNT == at).map(|place| place % COUNT)))
            .collect(),
        ..House::default()
    };
    let house = |place: Option<usize>| {
        let each = COUNT * COUNT;
        let wing = |at: usize| wing(place.filter(|p| p / each == at).map(|p| p % each));
        let wings = (0..COUNT).map(|at| (at.to_string(), wing(at))).collect();
        House { wings, ..House::default() }
    };
    call::<PutHouse>(house(None), House::default()).unwrap();
    for place in 0..COUNT * COUNT * COUNT {
        let refused = call::<PutHouse>(house(Some(place)), House::default()).unwrap_err();
        assert_eq!(reason(&refused), "RESOURCE_NOT_OWNED", "{place}");
    }
}
