//! A call of a PUBLIC method over HTTP: its access, and what it is sent.

use std::{fmt, ops::Deref};

use crate::{
    authoriser::{Exchange, Public},
    decision::Denial,
    guard::{AdmittedCall, MessageGuard},
};

/// The access of a PUBLIC WRITE whose request the handler shows: the guard empties what it says of
/// owners, as it does by itself over gRPC.
///
/// It is a [`Public`] that also looks at the request; a handler that has none to show takes `Public`
/// itself.
///
/// ```ignore
/// async fn sign_up(
///     call: PublicCall<method::SignUp>,
///     Json(request): Json<SignUpRequest>,
/// ) -> Result<Json<Ticket>, Denial> {
///     let request = call.accept(request)?;
///     // ...
/// }
/// ```
pub struct PublicCall<M: Exchange> {
    access: Public<M>,
    admitted: AdmittedCall,
}

impl<M: Exchange> PublicCall<M> {
    pub(super) fn new(access: Public<M>, admitted: AdmittedCall) -> Self {
        Self { access, admitted }
    }

    /// What a WRITE is asked to do, without a word of who owns it: a PUBLIC method has no executing
    /// group, so in each resource that the guard looks at `owner` and `owners` are emptied.
    ///
    /// # Errors
    /// [`Denial::Internal`], if they could not be.
    pub fn accept(&self, mut request: M::Request) -> Result<M::Request, Denial> {
        MessageGuard::<M>::new(self.admitted.clone()).accept(&mut request)?;
        Ok(request)
    }
}

impl<M: Exchange> Deref for PublicCall<M> {
    type Target = Public<M>;

    fn deref(&self) -> &Public<M> {
        &self.access
    }
}

impl<M: Exchange> fmt::Debug for PublicCall<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicCall").field(&self.access).finish()
    }
}
