//! The functions that look into messages, by the messages that they look into.

use std::collections::BTreeMap;

use super::bug;
use crate::error::Error;

/// The functions of a service's module that look into messages.
#[derive(Default)]
pub(super) struct MessageFunctions {
    /// Those that look at every depth, by the full name of the message.
    pub(super) nested: BTreeMap<String, String>,
    /// Those that look into the direct fields of a message of several methods.
    pub(super) direct: BTreeMap<String, String>,
    pub(super) code: String,
}

impl MessageFunctions {
    /// The function that looks into a message at every depth.
    pub(super) fn nested(&self, message: &str) -> Result<&str, Error> {
        let function = self.nested.get(message).map(String::as_str);
        function.ok_or_else(|| bug(&format!("nothing looks into {message}")))
    }
}
