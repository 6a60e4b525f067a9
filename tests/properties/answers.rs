//! Answers of the service to polls for work other than scripts.

use imesim::protocol::{Answer, Assigned, PolicyId, Target, Workload};

use super::{apps, discovery};

/// An answer with so many pieces of content, a few at most.
pub(crate) fn work_answer(workload: Workload, count: u32) -> Answer<'static> {
    let ids = (0..count % 4).map(PolicyId);
    let assigned = |id| Assigned { id, revision: 1, target: Target::Device };
    match workload {
        Workload::Script => Answer::Nothing,
        Workload::RequiredApp | Workload::AvailableApp => apps::answer(workload, count),
        Workload::Remediation => Answer::Remediations(ids.map(assigned).collect()),
        Workload::Compliance => discovery::answer(count),
    }
}
