//! Each method as a type with its policy, as the generated code has them.

use futures_util::FutureExt;
use http::HeaderMap;
use meshauth_runtime::{
    Authorised, Authoriser, Method, MethodPolicy, Operation, Read, Role, ServicePolicy,
};

use super::answer;
use crate::{
    contender::Answer,
    world::methods::{COUNT, Known, MOST_ROLES},
};

/// What there is for each method.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) policy: &'static MethodPolicy,
    pub(super) authorise: fn(&Authoriser, &mut HeaderMap) -> Answer,
}

/// In the order of `world::methods::ALL`.
pub(super) static ROWS: &[Row; COUNT] = &include!(concat!(env!("OUT_DIR"), "/rows.rs"));

const fn row<const INDEX: usize>() -> Row {
    Row { policy: Known::<INDEX>::POLICY, authorise: authorise::<INDEX> }
}

fn authorise<const INDEX: usize>(authoriser: &Authoriser, headers: &mut HeaderMap) -> Answer {
    let access = authoriser.authorise::<Known<INDEX>>(headers).now_or_never();
    answer(access.expect("records in memory are at hand"))
}

impl<const INDEX: usize> Known<INDEX> {
    const LISTED: &'static [Role<'static>] = Self::ROLE_TABLE.split_at(Self::ROLES.len()).0;

    const ROLE_TABLE: [Role<'static>; MOST_ROLES] = {
        let mut roles = [Role::new(1, "ROLE"); MOST_ROLES];
        let mut at = 0;
        while at < Self::ROLES.len() {
            roles[at] = Role::new(Self::ROLES[at], "ROLE");
            at += 1;
        }
        roles
    };
}

impl<const INDEX: usize> Known<INDEX> {
    const MADE: MethodPolicy = {
        let policy = MethodPolicy::authorised(Self::PATH, Operation::Read, Self::LISTED);
        if Self::VERIFIED { policy.verified() } else { policy }
    };
}

impl<const INDEX: usize> Method for Known<INDEX> {
    const POLICY: &'static MethodPolicy = &Self::MADE;
    const SERVICE: &'static ServicePolicy =
        &ServicePolicy::new(Self::SERVICE_NAME, "0", &[Self::POLICY], &[]);
    type Kind = Read;
    type Access = Authorised<Self>;
}
