//! A call over HTTP: its access, and its messages held against the scope.

use std::{fmt, ops::Deref};

use super::message_show::MessageShower;
use crate::{
    authoriser::{Authorised, Exchange},
    decision::Denial,
    guard::{AdmittedCall, MessageGuard},
};

/// The access of a call whose messages the handler shows: over HTTP a message may have any form, so
/// the guard cannot look at it by itself, as it does over gRPC.
///
/// It is an [`Authorised`] that also looks at messages; a handler that has none to show takes
/// `Authorised` itself. One that answers successfully and has shown none leaves an error in the log.
///
/// ```ignore
/// async fn update(
///     call: AuthorisedCall<method::UpdateAccount>,
///     Json(request): Json<UpdateAccountRequest>,
/// ) -> Result<Json<Account>, Denial> {
///     let request = call.accept(request)?;
///     // ...
///     call.release(account).map(Json)
/// }
/// ```
pub struct AuthorisedCall<M: Exchange> {
    access: Authorised<M>,
    admitted: AdmittedCall,
    shower: MessageShower,
}

impl<M: Exchange> AuthorisedCall<M> {
    pub(super) fn new(
        access: Authorised<M>,
        admitted: AdmittedCall,
        shower: MessageShower,
    ) -> Self {
        Self { access, admitted, shower }
    }

    /// Check 6 for what a WRITE is asked to do: the request may carry no resource that states
    /// another owner than the executing group. In what is given back, both fields of each resource
    /// that the guard looks at are set to the executing group and its path.
    ///
    /// # Errors
    /// [`Denial::ResourceNotOwned`]; operators are told.
    pub fn accept(&self, mut request: M::Request) -> Result<M::Request, Denial> {
        self.messages().accept(&mut request)?;
        Ok(request)
    }

    /// Check 6 for what is answered: the message, if it carries no resource outside the scope.
    ///
    /// # Errors
    /// [`Denial::Internal`]: it is a fault of the handler, which operators are told.
    pub fn release(&self, response: M::Response) -> Result<M::Response, Denial> {
        self.messages().release(&response)?;
        Ok(response)
    }

    fn messages(&self) -> MessageGuard<M> {
        self.shower.show();
        MessageGuard::new(self.admitted.clone())
    }
}

impl<M: Exchange> Deref for AuthorisedCall<M> {
    type Target = Authorised<M>;

    fn deref(&self) -> &Authorised<M> {
        &self.access
    }
}

impl<M: Exchange> fmt::Debug for AuthorisedCall<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorisedCall").field(&self.access).finish()
    }
}
