//! What every transport's guard is made of: the gate's result, the scope held against messages, and
//! calls that last.

mod admitted;
mod arrive;
mod guarding;
mod handling;
mod mount;
mod open_call;
mod passed;

pub use self::mount::{MountError, MountFault};
#[cfg(feature = "axum")]
pub(crate) use self::{admitted::Admitted, passed::Passed};
pub(crate) use self::{
    guarding::Guarding,
    handling::{Handling, poll_caught},
    open_call::OpenCall,
};
