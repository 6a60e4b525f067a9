//! Finding out what goes wrong before users do: invariants of agents that are managed from afar, and ways to break them.
//!
//! | module | owns |
//! |---|---|
//! | [`invariant`] | what must hold of such an agent, by the names of its catalogue, and a judge for each that can be watched |
//! | [`foreign`] | somebody else's agent in the place of ours |
//! | [`conformance`] | everything here that an agent can be put through, in one call |
//! | [`explore`] | every future of a small world |
//! | [`vectors`] | what the agent does in a story, as JSON for agents in other languages |
//! | [`hunt`] | random worlds full of faults, all judges at work, and a failure made small |

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "who looks on picks the few events that it is about, and the others say nothing to it"
)]

pub mod conformance;
pub mod explore;
pub mod foreign;
pub mod hunt;
pub mod invariant;
pub mod vectors;
