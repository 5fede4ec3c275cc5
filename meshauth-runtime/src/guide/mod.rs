//! The guide: how to write, run and review services that meshauth guards.
//!
//! - [`services`]: for developers of services.
//! - [`annotations`]: the annotation, its errors and lints, and the options of the generator.
//! - [`operators`]: for operators, with every reason, fault, metric and audit event, and alert rules.
//! - [`security`]: for security reviewers.
//!
//! These pages are documentation only. The module has no items.

// The links between pages: a definition before the page's own, which is for readers of the files.

#[doc = "[annotations]: super::annotations\n[operators]: super::operators\n[security]: super::security\n"]
#[doc = include_str!("services.md")]
pub mod services {}

#[doc = "[services]: super::services\n[operators]: super::operators\n[security]: super::security\n"]
#[doc = include_str!("annotations.md")]
pub mod annotations {}

#[doc = "[services]: super::services\n[annotations]: super::annotations\n[security]: super::security\n"]
#[doc = include_str!("operators.md")]
pub mod operators {}

#[doc = "[services]: super::services\n[annotations]: super::annotations\n[operators]: super::operators\n"]
#[doc = include_str!("security.md")]
pub mod security {}
