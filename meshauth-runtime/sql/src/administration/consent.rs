//! Agreeing to a proposal: who counts, and when it is carried out.

use meshauth_runtime::EntityName;
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, Agreement, Proposal, ProposalName, Told,
    access_change::AccessChange, judged::Judged,
};
use crate::store::entity_text;

impl Administration {
    /// Agrees to a proposal of the executing group, and carries it out if that makes enough people.
    ///
    /// Whoever agrees is a user (a person, not a program), has the right to make the change, and is
    /// another person than whoever proposed it and all who agreed before. Two entities may be one
    /// person if one has ever made a key of the other, directly or by others in between, or if a third
    /// one has made keys of both: whoever makes a key may know it.
    ///
    /// When it is carried out it is judged again for all of them, by the records as they are then. Who
    /// has lost the right since does not count.
    ///
    /// # Errors
    /// No right to do so, a proposal that is not open any more, an agreement that does not count; or
    /// the change cannot be made any more. A refusal is recorded.
    pub async fn agree(
        &self,
        by: impl Into<Actor>,
        proposal: ProposalName,
    ) -> Result<Agreement, AdministrationError> {
        let by = by.into();
        let agreed = self.agree_or_not(by.clone(), proposal).await;
        if let Err(error) = &agreed
            && error.is_judgement()
        {
            self.record_refusal(by, proposal, error).await?;
        }
        agreed
    }

    async fn agree_or_not(
        &self,
        by: Actor,
        name: ProposalName,
    ) -> Result<Agreement, AdministrationError> {
        let mut judged = Judged::judge(self.store.begin_change().await?, by.clone()).await?;
        let mut proposal = judged.open_proposal(name).await?;
        judged.is_another_person(by.entity(), &proposal.wanted_by()).await?;
        proposal.agreed = judged.agreed_still(&by, &proposal).await?;
        judged.may_make(proposal.made_by(&by, by.entity()), &proposal.change).await?;
        judged.add_consent(name, by.entity()).await?;
        proposal.agreed.push(by.entity());
        // The rule as it is now: another one may hold than when it was proposed.
        let rule = judged.change.four_eyes(proposal.executing).await?.unwrap_or_default();
        let wanted_by = u8::try_from(proposal.wanted_by().len()).unwrap_or(u8::MAX);
        if wanted_by < rule.people() {
            let told = json!({ "proposal": name.to_string() });
            judged.actor = by;
            judged.commit("proposals.agree", Told::new(told)).await?;
            return Ok(Agreement::Waits(rule.people() - wanted_by));
        }
        judged.carry_out(by, &proposal).await?;
        Ok(Agreement::CarriedOut)
    }

    /// Takes a proposal of the executing group back. Whoever may make the change may do so, and
    /// whoever proposed it: it narrows.
    ///
    /// # Errors
    /// No right to do so, or a proposal that is not open any more.
    pub async fn withdraw(
        &self,
        by: impl Into<Actor>,
        proposal: ProposalName,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "proposals.withdraw", async |judged| {
            let open = judged.open_proposal(proposal).await?;
            if open.proposer != judged.actor.entity() {
                let by = judged.actor.clone();
                judged.may_make(open.made_by(&by, by.entity()), &open.change).await?;
                judged.actor = by;
            }
            judged.close(proposal, "WITHDRAWN").await?;
            Ok(((), Told::gone(open.told())))
        })
        .await
    }

    /// That somebody agreed and it does not count: in a change of its own, as nothing else is changed.
    async fn record_refusal(
        &self,
        by: Actor,
        proposal: ProposalName,
        refused: &AdministrationError,
    ) -> Result<(), AdministrationError> {
        let change = self.store.begin_change().await?;
        let told =
            json!({ "proposal": proposal.to_string(), "refused_because": refused.to_string() });
        let judged = Judged { change, actor: by };
        judged.commit("proposals.refuse_agreement", Told::new(told)).await
    }
}

impl Judged {
    /// That this one may make the change now.
    async fn may_make(
        &mut self,
        actor: Actor,
        change: &AccessChange,
    ) -> Result<(), AdministrationError> {
        self.actor = actor;
        self.judge_actor().await?;
        change.judge(self).await
    }

    /// Those who agreed and have the right still.
    async fn agreed_still(
        &mut self,
        by: &Actor,
        proposal: &Proposal,
    ) -> Result<Vec<EntityName>, AdministrationError> {
        let mut still = Vec::new();
        for agreed in &proposal.agreed {
            match self.may_make(proposal.made_by(by, *agreed), &proposal.change).await {
                Ok(()) => still.push(*agreed),
                Err(error) if error.is_judgement() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(still)
    }

    /// In the name of whoever proposed it, who has the right still.
    async fn carry_out(
        mut self,
        by: Actor,
        proposal: &Proposal,
    ) -> Result<(), AdministrationError> {
        let proposer = proposal.made_by(&by, proposal.proposer);
        match self.may_make(proposer, &proposal.change).await {
            Err(AdministrationError::NotAuthorised | AdministrationError::MayNotGrant) => {
                return Err(AdministrationError::ProposerLostRight);
            }
            judged => judged?,
        }
        let mut told = proposal.change.apply(&mut self).await?;
        self.close(proposal.name, "CARRIED_OUT").await?;
        let agreed: Vec<_> = proposal.agreed.iter().copied().map(entity_text).collect();
        let consent = json!({ "proposal": proposal.name.to_string(), "agreed": agreed });
        told.add("consent", consent);
        self.commit(proposal.action(), told).await
    }
}
