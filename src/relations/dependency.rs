//! Whether the dependencies of an app let it be installed.

use serde::{Deserialize, Serialize};

use super::graph::Relations;
use super::hold::Hold;
use super::relation::Dependency;
use crate::protocol::PolicyId;

/// How a dependency stands, seen from its parent.
///
/// Source: B-7.41, B-7.43.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyState {
    /// Detected.
    Present,
    /// Not detected, and nothing stands against installing it.
    Missing,
    /// Not detected, and about to be installed on its own account, for it is wanted by itself.
    Coming,
    /// Not detected, and its enforcement has failed for good: retries are used up, and its 24 h are not over (B-7.43).
    Failed,
    /// Not detected, and its requirements are not met.
    RequirementsNotMet,
    /// A restart has to come first, whether it is detected or not.
    RebootPending,
    /// To be taken away or left out: superseded, or with an uninstall intent of its own (B-7.53).
    Leaving,
    /// Not detected, and held by relations of its own.
    Held(Hold),
}

/// What the dependencies of an app say to its installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// All are there, or there are none.
    Ready,
    /// None stands against it, and this one is the first to be installed before.
    Missing(PolicyId),
    /// This one stands against it: the app is not attempted, and nothing is installed for it.
    Held {
        /// The dependency.
        by: PolicyId,
        /// Why.
        hold: Hold,
    },
}

impl Relations {
    /// Decides from its direct dependencies whether an app can be installed.
    ///
    /// A conflict counts before everything else; after that the first dependency that stands against it does. As long
    /// as one does, none of the others is installed for this app. That the states of deeper dependencies come in
    /// through [`DependencyState::Held`] makes the cost that of the direct ones. Allocates nothing.
    ///
    /// Source: B-7.41, B-7.43, B-7.53.
    pub fn readiness(&self, app: PolicyId, state_of: impl Fn(PolicyId) -> DependencyState) -> Readiness {
        let mut readiness = Readiness::Ready;
        for dependency in self.dependencies_of(app) {
            let state = state_of(dependency.app);
            match against(*dependency, state) {
                Some(Hold::Conflict) => return Readiness::Held { by: dependency.app, hold: Hold::Conflict },
                Some(hold) if !is_held(readiness) => readiness = Readiness::Held { by: dependency.app, hold },
                None if readiness == Readiness::Ready && state != DependencyState::Present => {
                    readiness = Readiness::Missing(dependency.app);
                }
                Some(_) | None => {}
            }
        }
        readiness
    }
}

const fn is_held(readiness: Readiness) -> bool {
    match readiness {
        Readiness::Held { .. } => true,
        Readiness::Ready | Readiness::Missing(_) => false,
    }
}

/// What one dependency has against its parent.
const fn against(dependency: Dependency, state: DependencyState) -> Option<Hold> {
    match state {
        DependencyState::Present | DependencyState::Coming => None,
        DependencyState::Leaving => Some(Hold::Conflict),
        DependencyState::RebootPending => Some(Hold::DependencyRebootPending),
        DependencyState::Missing
        | DependencyState::Failed
        | DependencyState::RequirementsNotMet
        | DependencyState::Held(_)
            if !dependency.auto_install =>
        {
            Some(Hold::AutoInstallOff)
        }
        DependencyState::Missing => None,
        DependencyState::Failed => Some(Hold::DependencyFailed),
        DependencyState::RequirementsNotMet => Some(Hold::DependencyRequirements),
        DependencyState::Held(hold) => Some(hold.seen_from_above()),
    }
}
