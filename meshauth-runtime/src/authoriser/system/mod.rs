//! Access without a request: for timers, queue consumers, and what follows a WRITE.

use std::{fmt, sync::Arc, time::Instant};

mod handler_mark;
mod task;

pub(crate) use self::handler_mark::HandlerMark;
pub use self::task::SystemTask;
use super::{
    Authoriser,
    access::stamp,
    core::{Core, Lease},
    deadline::Deadline,
    gathered_records::look_up_group,
};
use crate::{
    audit::{self, Audit, AuditRecord, RequestId},
    decision::{Denial, Fault, GroupFinding, denial_of_group},
    metrics::{self, Counted},
    names::GroupName,
    policy::Operation,
    records::{Group, Miss},
    scope::{Kind, ResourceMut, Scope, Write},
};

impl Authoriser {
    /// Access for work of the service itself in one group: a scope, as a handler has one, for what
    /// no request asks for.
    ///
    /// The group must be known and consistent (check 2); there is no entity and no role. It is
    /// recorded like a call, with the name of the task, and under strict audit a WRITE waits until
    /// its record is written. It holds what the directory knows now: ask again for each unit of
    /// work, not once at the start of the process.
    ///
    /// ```
    /// use meshauth_runtime::{Authoriser, Denial, GroupName, Read, Scope, SystemTask};
    ///
    /// static NIGHTLY_STATEMENTS: SystemTask<Read> =
    ///     SystemTask::new("nightly-statements", "customers find their statement in the morning");
    ///
    /// async fn make_statements(authoriser: &Authoriser, group: GroupName) -> Result<(), Denial> {
    ///     let access = authoriser.system(&NIGHTLY_STATEMENTS, group).await?;
    ///     make_statement(access.scope());
    ///     Ok(())
    /// }
    /// # fn make_statement(_: &Scope<Read>) {}
    /// ```
    ///
    /// # Errors
    /// - [`Denial::RoleRequired`]: the group is unknown or inconsistent.
    /// - [`Denial::DirectoryUnavailable`], [`Denial::AuditUnavailable`]: try again later.
    /// - [`Denial::Internal`]: a fault of the directory; or this was called while a guarded handler
    ///   runs. Access that follows from a request is decided for its caller: use the access that the
    ///   handler was given. Work that goes on after the answer belongs into a task of its own.
    pub async fn system<K: Kind>(
        &self,
        task: &SystemTask<K>,
        group: GroupName,
    ) -> Result<SystemAccess<K>, Denial> {
        let lease = self.lease();
        let request = RequestId::random();
        let (name, operation) = (task.name(), K::OPERATION);
        let home = lease.core().admit_system(name, operation, group, request).await?;
        Ok(SystemAccess { task: task.name(), scope: Scope::new(group), lease, home, request })
    }
}

/// What a [`SystemTask`] may touch in one group. Only [`Authoriser::system`] makes one.
#[must_use = "an access is recorded, so ask for one only to use it"]
pub struct SystemAccess<K> {
    task: &'static str,
    scope: Scope<K>,
    lease: Lease,
    home: Home,
    request: RequestId,
}

/// Where the hierarchy of the group is found.
enum Home {
    View,
    LookedUp(Arc<Group>),
}

impl<K: Kind> SystemAccess<K> {
    /// What the task may touch.
    #[must_use]
    pub fn scope(&self) -> &Scope<K> {
        &self.scope
    }

    /// The group that it works in.
    #[must_use]
    pub fn group(&self) -> GroupName {
        self.scope.group()
    }

    /// The ownership hierarchy of the group: from the root down to the group itself. What a WRITE
    /// creates has it as its `owners`.
    #[must_use]
    pub fn hierarchy(&self) -> Vec<GroupName> {
        match &self.home {
            Home::View => {
                let view = self.lease.core().last_view();
                view.and_then(|view| view.hierarchy_of(self.group())).unwrap_or_default()
            }
            Home::LookedUp(group) => group.hierarchy().to_vec(),
        }
    }

    /// The name of the task.
    #[must_use]
    pub fn task(&self) -> &'static str {
        self.task
    }

    /// The id of its audit record.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        self.request
    }
}

impl SystemAccess<Write> {
    /// Makes the group the owner of what the task creates, as
    /// [`Authorised::stamp`](crate::Authorised::stamp) does.
    ///
    /// # Errors
    /// [`Denial::RoleRequired`] if the group is not in the directory any more.
    pub fn stamp(&self, resource: &mut impl ResourceMut) -> Result<(), Denial> {
        stamp(resource, &self.hierarchy())
    }
}

impl<K: Kind> fmt::Debug for SystemAccess<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemAccess")
            .field("task", &self.task)
            .field("scope", &self.scope)
            .field("request_id", &self.request)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Decides whether the task may work in the group, and leaves a record of it.
    async fn admit_system(
        &self,
        task: &'static str,
        operation: Operation,
        group: GroupName,
        request: RequestId,
    ) -> Result<Home, Denial> {
        let started = Instant::now();
        let mut deadline = Deadline::new(self.deadline);
        let (finding, home, fault) = if HandlerMark::is_set() {
            let fault = Some(Fault::SystemAccessInRequest);
            (GroupFinding::NotLookedUp(group), Err(Denial::Internal), fault)
        } else {
            match self.home(group, &mut deadline).await {
                Ok(home) => (GroupFinding::Known(group), Ok(home), None),
                Err(miss) => {
                    let finding = GroupFinding::Missed(group, miss);
                    (finding, Err(denial_of_group(miss)), Fault::of_group(miss))
                }
            }
        };
        let told = home.as_ref().map(drop).map_err(|denial| *denial);
        let mut record = AuditRecord::of_system(task, operation, request, finding, told);
        record.fault = fault;
        record.latency = started.elapsed();
        self.keep_system(record, &mut deadline).await?;
        home
    }

    async fn home(&self, group: GroupName, deadline: &mut Deadline) -> Result<Home, Miss> {
        if let Some(view) = self.view() {
            return view.group_row(group).map(|_| Home::View).ok_or(Miss::Unknown);
        }
        if self.is_in_memory() {
            return Err(Miss::Unavailable);
        }
        look_up_group(&*self.directory, group, deadline).await.map(Home::LookedUp)
    }

    /// Keeps, logs and counts the record: before the work if the audit is strict about it.
    async fn keep_system(
        &self,
        mut record: AuditRecord,
        deadline: &mut Deadline,
    ) -> Result<(), Denial> {
        let kept = match &self.audit {
            Some(audit) => keep(audit, record.clone(), deadline).await,
            None => Ok(()),
        };
        // What is told from here on is what the task is told.
        record.denial = kept.err().or(record.denial);
        audit::system(&record);
        let AuditRecord { task: method, denial, latency, .. } = record;
        let (event, latency) = (record.event.name(), Some(latency));
        metrics::decision(Counted { event, method, denial, latency, ..Counted::NONE });
        kept
    }
}

async fn keep(audit: &Audit, record: AuditRecord, deadline: &mut Deadline) -> Result<(), Denial> {
    if audit.comes_first(&record) {
        return audit
            .write(record, deadline.record_ends())
            .await
            .map_err(|_| Denial::AuditUnavailable);
    }
    audit.offer(Box::new(record));
    Ok(())
}
