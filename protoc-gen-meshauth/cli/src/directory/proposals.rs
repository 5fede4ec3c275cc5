//! `proposals`, `agree` and `withdraw`: changes that wait.

use std::{error::Error, io::Write};

use clap::Args;
use meshauth_runtime::GroupName;
use meshauth_sql::{Agreement, Proposal, ProposalName};

use super::{operator::Operator, parse};
use crate::database::Database;

#[derive(Debug, Args)]
pub(super) struct List {
    /// Those of this group and of all below it
    #[arg(value_parser = parse::group)]
    group: GroupName,
}

impl List {
    pub(super) async fn run(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let proposals = database.open().await?.proposals(self.group).await?;
        for proposal in &proposals {
            show(proposal, out)?;
        }
        if proposals.is_empty() {
            writeln!(out, "nothing waits")?;
        }
        Ok(())
    }
}

fn show(proposal: &Proposal, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", proposal.name())?;
    writeln!(out, "    {} {}", proposal.action(), proposal.details())?;
    writeln!(out, "    in the name of {}, by {}", proposal.group(), proposal.proposer())?;
    for agreed in proposal.agreed() {
        writeln!(out, "    agreed: {agreed}")?;
    }
    writeln!(out, "    until {}", parse::shown(proposal.expires()))
}

#[derive(Debug, Args)]
pub(super) struct Answer {
    /// As `proposals` lists it; its group is the executing group
    #[arg(value_parser = parse::proposal)]
    proposal: ProposalName,
    #[command(flatten)]
    operator: Operator,
}

impl Answer {
    pub(super) async fn agree(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let session = self.operator.enter(database).await?;
        match session.administration.agree(session.by(), self.proposal).await? {
            Agreement::CarriedOut => writeln!(out, "done: the change is made")?,
            Agreement::Waits(1) => writeln!(out, "one more has to agree")?,
            Agreement::Waits(people) => writeln!(out, "{people} more have to agree")?,
        }
        Ok(())
    }

    pub(super) async fn withdraw(
        self,
        database: &Database,
        out: &mut impl Write,
    ) -> Result<(), Box<dyn Error>> {
        let session = self.operator.enter(database).await?;
        session.administration.withdraw(session.by(), self.proposal).await?;
        writeln!(out, "withdrawn")?;
        Ok(())
    }
}
