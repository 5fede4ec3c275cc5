//! The messages of a route, held against the scope of its call.

use crate::{access::Authorised, audit, denial::Denial, guard::Guarding, method::Exchange};

/// For handlers of routes: over HTTP a message may have any form, so the handler shows it. Over gRPC
/// the guard looks at every message by itself.
impl<M: Exchange<Access = Self>> Authorised<M> {
    /// Check 6 for what a WRITE is asked to do: the request may carry no resource that states
    /// another owner than the executing group.
    ///
    /// # Errors
    /// [`Denial::ResourceNotOwned`]; operators are told.
    pub fn accept(&self, request: &M::Request) -> Result<(), Denial> {
        self.guarding()?.accept(request)
    }

    /// Check 6 for what is answered: the message, if it carries no resource outside the scope.
    ///
    /// ```ignore
    /// Ok(Json(access.release(account)?))
    /// ```
    ///
    /// # Errors
    /// [`Denial::Internal`]: it is a fault of the handler, which operators are told.
    pub fn release(&self, response: M::Response) -> Result<M::Response, Denial> {
        self.guarding()?.release(&response)?;
        Ok(response)
    }

    /// An access that came by another way than a route has a guard of its own.
    fn guarding(&self) -> Result<Guarding<M>, Denial> {
        let Some(call) = self.call.as_deref() else {
            audit::not_mounted(M::POLICY);
            return Err(Denial::Internal);
        };
        Ok(Guarding::new(call.clone()))
    }
}
