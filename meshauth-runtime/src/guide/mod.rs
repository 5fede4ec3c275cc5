//! The guide: how to write, run and review services that meshauth guards.
//!
//! - [`services`]: for developers of services.
//! - [`annotations`]: the annotation, its errors and lints, and the options of the generator.
//! - [`operators`]: for operators, with every reason, fault, metric and audit event, and alert rules.
//! - [`security`]: for security reviewers.
//!
//! These pages are documentation only. The module has no items.

// The links between pages: a definition before the page's own, which is for readers of the files.

#[doc = "[annotations]: crate::guide::annotations\n[operators]: crate::guide::operators\n[security]: crate::guide::security\n"]
#[doc = include_str!("services.md")]
pub mod services {}

#[doc = "[services]: crate::guide::services\n[operators]: crate::guide::operators\n[security]: crate::guide::security\n"]
#[doc = include_str!("annotations.md")]
pub mod annotations {}

#[doc = "[services]: crate::guide::services\n[annotations]: crate::guide::annotations\n[security]: crate::guide::security\n"]
#[doc = include_str!("operators.md")]
pub mod operators {}

#[doc = "[services]: crate::guide::services\n[annotations]: crate::guide::annotations\n[operators]: crate::guide::operators\n"]
#[doc = include_str!("security.md")]
pub mod security {}
