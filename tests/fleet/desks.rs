//! The service of each process: what it answers depends on nothing but that it was called.

use std::{pin::Pin, time::Duration};

use futures_util::stream;
use meshauth_runtime::{Authorised, GroupName, Public, tonic::Incoming};
use meshauth_tests::api::meshauth::testing::desk::v1::{
    Desk, Floor, House, Note,
    desk_service_guard::{DeskService, method},
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use crate::history::now;

/// What a stream is asked for that never has a message.
pub(crate) const IDLE: &str = "idle";
/// Between two messages of any other.
const TICK: Duration = Duration::from_millis(400);

pub(crate) struct Desks;

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Messages that say when they were made.
fn ticks<T: Send + 'static>(
    asked: &Note,
    message: impl Fn(String) -> T + Send + 'static,
) -> Messages<T> {
    if asked.text == IDLE {
        return Box::pin(stream::pending());
    }
    Box::pin(stream::unfold(message, |message| async {
        tokio::time::sleep(TICK).await;
        Some((Ok(message(now().to_string())), message))
    }))
}

fn desk(name: String, hierarchy: &[GroupName]) -> Desk {
    let owners: Vec<_> = hierarchy.iter().map(ToString::to_string).collect();
    Desk { name, owner: owners.last().cloned().unwrap_or_default(), owners }
}

fn not_asked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("nobody calls it"))
}

impl DeskService for Desks {
    type WatchDesksStream = Messages<Desk>;
    type WatchStatementsStream = Messages<Note>;
    type ExchangeDesksStream = Messages<Desk>;
    type ExchangeHousesStream = Messages<House>;
    type EchoStream = Messages<Note>;

    async fn get_desk(
        &self,
        access: Authorised<method::GetDesk>,
        _: Request<Note>,
    ) -> Result<Response<Desk>, Status> {
        Ok(Response::new(desk(String::new(), &access.hierarchy())))
    }

    async fn put_desk(
        &self,
        _: Authorised<method::PutDesk>,
        request: Request<Desk>,
    ) -> Result<Response<Desk>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn watch_desks(
        &self,
        access: Authorised<method::WatchDesks>,
        request: Request<Note>,
    ) -> Result<Response<Self::WatchDesksStream>, Status> {
        let hierarchy = access.hierarchy();
        Ok(Response::new(ticks(request.get_ref(), move |made| desk(made, &hierarchy))))
    }

    async fn get_statement(
        &self,
        _: Authorised<method::GetStatement>,
        _: Request<Note>,
    ) -> Result<Response<Note>, Status> {
        Ok(Response::new(Note::default()))
    }

    async fn watch_statements(
        &self,
        _: Authorised<method::WatchStatements>,
        request: Request<Note>,
    ) -> Result<Response<Self::WatchStatementsStream>, Status> {
        Ok(Response::new(ticks(request.get_ref(), |text| Note { text })))
    }

    async fn put_statement(
        &self,
        _: Authorised<method::PutStatement>,
        _: Request<Note>,
    ) -> Result<Response<Note>, Status> {
        not_asked()
    }

    async fn put_desks(
        &self,
        _: Authorised<method::PutDesks>,
        _: Request<Incoming<method::PutDesks>>,
    ) -> Result<Response<Note>, Status> {
        not_asked()
    }

    async fn exchange_desks(
        &self,
        _: Authorised<method::ExchangeDesks>,
        _: Request<Incoming<method::ExchangeDesks>>,
    ) -> Result<Response<Self::ExchangeDesksStream>, Status> {
        not_asked()
    }

    async fn put_floor(
        &self,
        _: Authorised<method::PutFloor>,
        _: Request<Floor>,
    ) -> Result<Response<Floor>, Status> {
        not_asked()
    }

    async fn put_house(
        &self,
        _: Authorised<method::PutHouse>,
        _: Request<House>,
    ) -> Result<Response<House>, Status> {
        not_asked()
    }

    async fn exchange_houses(
        &self,
        _: Authorised<method::ExchangeHouses>,
        _: Request<Incoming<method::ExchangeHouses>>,
    ) -> Result<Response<Self::ExchangeHousesStream>, Status> {
        not_asked()
    }

    async fn r#match(
        &self,
        _: Public<method::Match>,
        _: Request<()>,
    ) -> Result<Response<()>, Status> {
        not_asked()
    }

    async fn echo(
        &self,
        _: Public<method::Echo>,
        _: Request<Incoming<method::Echo>>,
    ) -> Result<Response<Self::EchoStream>, Status> {
        not_asked()
    }
}
