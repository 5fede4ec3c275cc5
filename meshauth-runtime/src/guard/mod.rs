//! What every transport's guard is made of: the gate's result, the scope held against messages, and
//! calls that last.

mod admitted_call;
mod call_context;
mod call_ending;
mod gate_pass;
mod handler_future;
mod message_guard;
mod mount;
mod open_call;
#[cfg_attr(
    not(feature = "tonic"),
    expect(unreachable_pub, reason = "it is in the API of tonic's side alone")
)]
mod request_body;
mod response_id;

#[cfg(feature = "tonic")]
pub(crate) use self::call_ending::CallEnding;
pub use self::mount::{MountError, MountFault};
#[cfg(feature = "tonic")]
pub use self::request_body::RequestBody;
#[cfg(not(feature = "tonic"))]
pub(crate) use self::request_body::RequestBody;
#[cfg(feature = "axum")]
pub(crate) use self::{
    admitted_call::AdmittedCall,
    gate_pass::{GatePass, PassedCall},
};
pub(crate) use self::{
    handler_future::{HandlerFuture, poll_caught},
    message_guard::MessageGuard,
    open_call::OpenCall,
    response_id::ResponseId,
};
