//! Discovery scripts of a case: what answers name, what the library holds, and what must hold of every run.

use imesim::agent::{Run, Task};
use imesim::content::{DiscoveryScript, Item, Library};
use imesim::protocol::{Answer, Assigned, PolicyId, RunAs, Target, Token, UserId};

use super::super::common::{Checked, Setting, ensure};

/// Where the ids of discovery scripts begin; other content lies below.
const FIRST: u32 = 200;

/// Puts two revisions of each script into a library, except of the third.
pub(crate) fn fill(library: &mut Library) {
    for (id, run_as) in [(FIRST, RunAs::System), (FIRST + 1, RunAs::User), (FIRST + 3, RunAs::User)] {
        for revision in [1, 2] {
            let script = DiscoveryScript { run_as, ..DiscoveryScript::default() };
            library.insert(PolicyId(id), revision, Item::Discovery(Box::new(script)));
        }
    }
}

/// An answer out of a number: for each script whether it is there, in which revision, and for whom.
pub(crate) fn answer(number: u32) -> Answer<'static> {
    let targets = [Target::Device, Target::User, Target::Both, Target::User];
    let ids = (0..4_u32).filter(|n| number >> n & 1 != 0);
    let assigned = ids.map(|n| Assigned {
        id: PolicyId(FIRST + n),
        revision: 1 + (number >> (4 + n) & 1),
        target: targets[n as usize],
    });
    Answer::Discovery(assigned.collect())
}

/// B-8.1 to B-8.6: one at a time, of a script that can be had, within its limit, and as System where nobody is there.
pub(crate) fn check_run(run: &Run, running: &[(Token, Run)], setting: &Setting) -> Checked {
    let alone = !running.iter().any(|(_, other)| other.task == Task::Discover);
    ensure(alone, || format!("two discovery scripts run at once: {run:?} and one of {running:?}"))?;
    let script = setting.library.discovery(run.policy, run.revision);
    ensure(script.is_some(), || format!("{run:?} is not in the library"))?;
    ensure(run.limit == setting.profile.cc.timeout, || format!("{run:?} has a limit of its own"))?;
    let fits = (run.run_as == RunAs::User) == (run.session != UserId::DEVICE);
    ensure(fits, || format!("{run:?} runs in the session of somebody else"))?;
    let wanted = script.is_some_and(|script| script.run_as == RunAs::User);
    ensure(wanted || run.run_as == RunAs::System, || format!("{run:?} runs as a user"))
}
