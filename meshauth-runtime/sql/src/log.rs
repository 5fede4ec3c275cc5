//! What operators find in the log (`tracing`, target `meshauth`): no value of a row, no address.

use std::time::Duration;

use meshauth_runtime::{EntityName, GroupName, WorldError};
use tracing::{error, info, warn};

use crate::error::{SqlError, UnusableRecord};

const TARGET: &str = "meshauth";

pub(crate) fn loaded([groups, entities, clients]: [usize; 3], took: Duration) {
    info!(target: TARGET, groups, entities, clients, ?took, "the directory was read from its database");
}

pub(crate) fn still_reading(since: Duration) {
    info!(target: TARGET, ?since, "the directory is still being read from its database");
}

pub(crate) fn reload_begins() {
    info!(
        target: TARGET,
        "the log of the database does not reach back to what is known, the directory is read again"
    );
}

pub(crate) fn database_failed(error: &SqlError) {
    error!(
        target: TARGET,
        %error,
        "the database does not answer, what is known of the directory ages"
    );
}

pub(crate) fn changes_unread(error: &SqlError) {
    error!(
        target: TARGET,
        %error,
        "the log of changes cannot be read, open streams are decided again by their age alone"
    );
}

pub(crate) fn database_is_back() {
    info!(target: TARGET, "the database answers again");
}

pub(crate) fn update_refused(error: &WorldError) {
    warn!(target: TARGET, %error, "a change does not fit what is known, the directory is read again");
}

pub(crate) fn unusable(record: &UnusableRecord) {
    warn!(target: TARGET, "{record}");
}

pub(crate) fn paths_age(error: &SqlError) {
    error!(
        target: TARGET,
        %error,
        "the paths of groups in the service's database are not kept in step, they age"
    );
}

pub(crate) fn paths_are_kept_again() {
    info!(target: TARGET, "the paths of groups in the service's database are kept in step again");
}

pub(crate) fn glass_is_broken(entity: EntityName, root: GroupName) {
    error!(target: TARGET, %entity, %root, "the glass is broken: this user is let in for an hour");
}

pub(crate) fn glass_is_not_watched(error: &SqlError) {
    warn!(
        target: TARGET,
        %error,
        "who was let in by breaking the glass cannot be read, nothing is said when it is broken"
    );
}

pub(crate) fn uses_are_not_noted(error: &SqlError) {
    warn!(
        target: TARGET,
        %error,
        "when keys were last used is not written down, so that unused keys are not found"
    );
}
