//! Handlers of every method of the API, over gRPC and over HTTP, which all do the same: what they are
//! asked for in the header `x-ask`.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::to_bytes,
    extract::{FromRequestParts, Request as HttpRequest, State},
    routing::any,
};
use http::HeaderMap;
use meshauth_runtime::{
    Access as _, Authorised, Denial, GroupName, Method, Public, Resource,
    axum::{AuthorisedCall, GuardedRouter},
    codegen::Exchange,
    tonic::{GuardedRoutes, Incoming},
};
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    Value,
};
use tokio_stream::StreamExt;
use tonic::{Request, Response, Status};

use crate::service::{INDIVIDUAL, group};

include!(concat!(env!("OUT_DIR"), "/everything.rs"));

/// The header in which a test asks a handler for something.
pub(crate) const ASK: &str = "x-ask";

type Access<M> = <M as Method>::Access;
type Sent<M> = <M as Exchange>::Request;
type Answer<M> = <M as Exchange>::Response;
type Answers<M> = tokio_stream::Once<Result<Answer<M>, Status>>;

/// What the generated code is generic over: any method.
pub(crate) trait Tested:
    Exchange<
        Request: Message + Default,
        Response: Message + Default,
        Access: Handled<Self> + FromRequestParts<Everything, Rejection = Denial> + Sync + 'static,
    >
{
}

impl<M> Tested for M where
    M: Exchange<
            Request: Message + Default,
            Response: Message + Default,
            Access: Handled<M> + FromRequestParts<Everything, Rejection = Denial> + Sync + 'static,
        >
{
}

/// Is shown every method.
pub(crate) trait Visitor {
    fn visit<M: Tested>(&mut self);
}

/// What a handler does with its access.
pub(crate) trait Handled<M: Exchange> {
    /// What a handler of a route takes, to show its messages.
    type Shown: Shows<M> + FromRequestParts<Everything, Rejection = Denial> + Send + 'static;

    fn permit(&self, found: Option<Stored>) -> Result<(), Denial>;
}

impl<M: Exchange<Access = Self>> Handled<M> for Authorised<M> {
    type Shown = AuthorisedCall<M>;

    fn permit(&self, found: Option<Stored>) -> Result<(), Denial> {
        self.scope().permit(found).map(drop)
    }
}

/// There is no scope.
impl<M: Exchange<Access = Self>> Handled<M> for Public<M> {
    type Shown = Self;

    fn permit(&self, _: Option<Stored>) -> Result<(), Denial> {
        Ok(())
    }
}

/// What a handler of a route does with its messages.
pub(crate) trait Shows<M: Exchange> {
    fn access(&self) -> &M::Access;
    fn accept(&self, request: M::Request) -> Result<M::Request, Denial>;
    fn release(&self, response: M::Response) -> Result<M::Response, Denial>;
}

impl<M: Exchange<Access = Authorised<M>>> Shows<M> for AuthorisedCall<M> {
    fn access(&self) -> &Authorised<M> {
        self
    }

    fn accept(&self, request: M::Request) -> Result<M::Request, Denial> {
        AuthorisedCall::accept(self, request)
    }

    fn release(&self, response: M::Response) -> Result<M::Response, Denial> {
        AuthorisedCall::release(self, response)
    }
}

impl<M: Exchange<Access = Self>> Shows<M> for Public<M> {
    fn access(&self) -> &Self {
        self
    }

    fn accept(&self, request: M::Request) -> Result<M::Request, Denial> {
        Ok(request)
    }

    fn release(&self, response: M::Response) -> Result<M::Response, Denial> {
        Ok(response)
    }
}

/// A resource as a store has it.
pub(crate) struct Stored {
    owner: String,
    owners: Vec<String>,
}

impl Resource for Stored {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn owners(&self) -> &[String] {
        &self.owners
    }
}

/// Every service.
#[derive(Clone, Default)]
pub(crate) struct Everything {
    runs: Arc<AtomicUsize>,
}

impl Everything {
    /// How often a handler got as far as its store since this was asked last.
    pub(crate) fn take_runs(&self) -> usize {
        self.runs.swap(0, Ordering::SeqCst)
    }

    /// A route for every method, under `/http` and its path.
    pub(crate) fn bind(router: GuardedRouter<Self>) -> GuardedRouter<Self> {
        struct Bind(Option<GuardedRouter<Everything>>);
        impl Visitor for Bind {
            fn visit<M: Tested>(&mut self) {
                let path = format!("/http{}", M::POLICY.path());
                self.0 = self.0.take().map(|router| router.route::<M>(&path, any(over_http::<M>)));
            }
        }
        let mut bind = Bind(Some(router));
        each_method(&mut bind);
        bind.0.unwrap()
    }

    /// What all handlers do.
    fn handle<M: Tested>(
        &self,
        access: &M::Access,
        headers: &HeaderMap,
    ) -> Result<M::Response, Denial> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        assert!(!headers.contains_key("x-api-key") && !headers.contains_key("x-group"));
        let ask = headers.get(ASK).map_or("", |ask| ask.to_str().unwrap());
        if ask == "panic" {
            // A panic that says nothing: there are hundreds of them.
            resume_unwind(Box::new("as it was asked to"));
        }
        let Some(own) = access.executing_group() else { return Ok(M::Response::default()) };
        access.permit(found(ask, own))?;
        let owner = if ask == "leak" { group(INDIVIDUAL) } else { own };
        Ok(M::Response::decode(&*response_of(M::POLICY.path(), owner)).unwrap())
    }

    async fn unary<M: Tested>(
        &self,
        access: M::Access,
        request: Request<M::Request>,
    ) -> Result<Response<M::Response>, Status> {
        let headers = request.metadata().clone().into_headers();
        Ok(Response::new(self.handle::<M>(&access, &headers)?))
    }

    async fn server_stream<M: Tested>(
        &self,
        access: M::Access,
        request: Request<M::Request>,
    ) -> Result<Response<Answers<M>>, Status> {
        Ok(self.unary::<M>(access, request).await?.map(|answer| tokio_stream::once(Ok(answer))))
    }

    async fn client_stream<M: Tested>(
        &self,
        access: M::Access,
        request: Request<Incoming<M>>,
    ) -> Result<Response<M::Response>, Status> {
        let (metadata, extensions, mut messages) = request.into_parts();
        while let Some(message) = messages.next().await {
            message?;
        }
        let request = Request::from_parts(metadata, extensions, M::Request::default());
        self.unary::<M>(access, request).await
    }

    async fn bidirectional<M: Tested>(
        &self,
        access: M::Access,
        request: Request<Incoming<M>>,
    ) -> Result<Response<Answers<M>>, Status> {
        let answer = self.client_stream::<M>(access, request).await?;
        Ok(answer.map(|answer| tokio_stream::once(Ok(answer))))
    }
}

/// The same over HTTP, with messages in the form of protobuf.
async fn over_http<M: Tested>(
    State(everything): State<Everything>,
    shown: <M::Access as Handled<M>>::Shown,
    request: HttpRequest,
) -> Result<Vec<u8>, Denial> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.map_err(|_| Denial::Internal)?;
    let message = M::Request::decode(body).map_err(|_| Denial::Internal)?;
    shown.accept(message)?;
    let answer = everything.handle::<M>(shown.access(), &head.headers)?;
    Ok(shown.release(answer)?.encode_to_vec())
}

/// What the store holds under the name that was asked for, seen from this group.
fn found(ask: &str, own: GroupName) -> Option<Stored> {
    let (own, foreign) = (own.to_string(), group(INDIVIDUAL).to_string());
    match ask {
        "absent" => None,
        "invisible" => Some(Stored { owner: foreign.clone(), owners: vec![foreign] }),
        "visible" => Some(Stored { owner: foreign.clone(), owners: vec![own, foreign] }),
        _ => Some(Stored { owner: own.clone(), owners: vec![own] }),
    }
}

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    DescriptorPool::decode(descriptors.as_slice()).unwrap()
});

fn method(path: &str) -> MethodDescriptor {
    let (service, method) = path[1..].split_once('/').unwrap();
    let service = POOL.get_service_by_name(service).unwrap();
    service.methods().find(|one| one.name() == method).unwrap()
}

/// A request of the method with this path, which carries resources of this owner wherever its direct
/// fields can.
pub(crate) fn request_of(path: &str, owner: GroupName) -> Vec<u8> {
    carrying(&method(path).input(), owner).encode_to_vec()
}

/// The same of a response.
pub(crate) fn response_of(path: &str, owner: GroupName) -> Vec<u8> {
    carrying(&method(path).output(), owner).encode_to_vec()
}

fn carrying(message: &MessageDescriptor, owner: GroupName) -> DynamicMessage {
    if let Some(resource) = resource(message, owner) {
        return resource;
    }
    let mut carrier = DynamicMessage::new(message.clone());
    for field in message.fields() {
        let Kind::Message(inner) = field.kind() else { continue };
        let Some(resource) = resource(&inner, owner).map(Value::Message) else { continue };
        carrier.set_field(
            &field,
            if field.is_list() { Value::List(vec![resource]) } else { resource },
        );
    }
    carrier
}

/// The resource with this owner; none if the message is no resource.
fn resource(message: &MessageDescriptor, owner: GroupName) -> Option<DynamicMessage> {
    let is_text = |field: &FieldDescriptor| field.kind() == Kind::String;
    let one = message.get_field_by_name("owner").filter(|field| is_text(field))?;
    let many = message.get_field_by_name("owners").filter(|field| is_text(field))?;
    let owner = Value::String(owner.to_string());
    let mut resource = DynamicMessage::new(message.clone());
    resource.set_field(&one, owner.clone());
    resource.set_field(&many, Value::List(vec![owner]));
    Some(resource)
}
