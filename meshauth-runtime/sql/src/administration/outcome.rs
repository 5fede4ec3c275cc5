//! What becomes of a change that is asked for.

use super::ProposalName;

/// What became of a change that may widen what somebody may do.
///
/// Where the root of the tree asks for [four eyes](super::FourEyes), such a change is a proposal until
/// enough people have agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the change may wait for others to agree"]
pub enum Outcome {
    /// The change is made.
    Done,
    /// Nothing is changed yet: others have to agree to this proposal.
    Proposed(ProposalName),
}

/// What became of a proposal when somebody agreed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the change may wait for more people to agree"]
pub enum Agreement {
    /// The change is made: enough people have agreed.
    CarriedOut,
    /// So many more people have to agree.
    Waits(u8),
}
