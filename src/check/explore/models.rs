//! Models that come with the program.

use super::world::{Budget, Small, SmallError, Sort, Sorts};

/// A ready-made model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyMade {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Where it begins, as a scenario.
    pub scenario: &'static str,
    /// What may happen.
    pub sorts: Sorts,
    /// How much of it may happen where nothing else is said.
    pub budget: Budget,
}

const ONE_SCRIPT: &str = include_str!("models/one_script.toml");
const ONE_APP: &str = include_str!("models/one_app.toml");

/// Every ready-made model.
pub const MODELS: &[ReadyMade] = &[
    ReadyMade {
        name: "one-script",
        about: "a device without an agent, to which one script is assigned: install, check-in, removal, install again",
        scenario: ONE_SCRIPT,
        sorts: Sorts::USUAL,
        budget: Budget { faults: 1, acts: 1 },
    },
    ReadyMade {
        name: "one-app",
        about: "an agent alone with one required app, whose download and installer may fail: tries, and the time of the GRS",
        scenario: ONE_APP,
        sorts: Sorts::USUAL,
        budget: Budget { faults: 1, acts: 0 },
    },
    ReadyMade {
        name: "enrollment",
        about: "a device that enrolls, whose management its user or an admin ends, and that enrolls again",
        scenario: include_str!("models/enrollment.toml"),
        sorts: Sorts::CALM.and(Sorts::NETWORK).and(&[Sort::PushTwice, Sort::Enroll, Sort::Unenroll, Sort::Retire]),
        budget: Budget { faults: 1, acts: 2 },
    },
    ReadyMade {
        name: "one-user",
        about: "a user who signs in and out and syncs in Company Portal, with a script in the user's name",
        scenario: include_str!("models/one_user.toml"),
        sorts: Sorts::CALM.and(&[
            Sort::Lose,
            Sort::LoseAnswer,
            Sort::Twice,
            Sort::Nap,
            Sort::Restart,
            Sort::Kill,
            Sort::CompanyPortal,
            Sort::SignIn,
            Sort::SignOut,
        ]),
        budget: Budget { faults: 1, acts: 2 },
    },
    ReadyMade {
        name: "clock",
        about: "a clock that is put forward and back while the agent comes and its script runs",
        scenario: ONE_SCRIPT,
        sorts: Sorts::CALM.and(&[Sort::ClockForward, Sort::ClockBack, Sort::Night, Sort::Unassign]),
        budget: Budget { faults: 2, acts: 1 },
    },
    ReadyMade {
        name: "pushes",
        about: "pushes that are lost or come twice, while an admin assigns a script and takes it back",
        scenario: ONE_SCRIPT,
        sorts: Sorts::CALM.and(&[
            Sort::LosePush,
            Sort::PushTwice,
            Sort::Night,
            Sort::Assign,
            Sort::Unassign,
            Sort::Settings,
        ]),
        budget: Budget { faults: 2, acts: 2 },
    },
    ReadyMade {
        name: "kills-script",
        about: "the agent's process killed between any two effects, with nothing kept but its file: one script",
        scenario: ONE_SCRIPT,
        sorts: Sorts::CALM.and(&[Sort::Kill, Sort::KillWithin, Sort::Fail, Sort::Unassign]),
        budget: Budget { faults: 2, acts: 1 },
    },
    ReadyMade {
        name: "kills-app",
        about: "the agent's process killed between any two effects, with nothing kept but its file: one app",
        scenario: ONE_APP,
        sorts: Sorts::CALM.and(&[Sort::Kill, Sort::KillWithin, Sort::Fail]),
        budget: Budget { faults: 2, acts: 0 },
    },
    ReadyMade {
        name: "kills-user",
        about: "the agent's process killed between any two effects, those of a user's acts too, with nothing kept but its file",
        scenario: include_str!("models/one_user.toml"),
        sorts: Sorts::CALM.and(&[
            Sort::Kill,
            Sort::KillWithin,
            Sort::CompanyPortal,
            Sort::SignIn,
            Sort::SignOut,
            Sort::Unenroll,
        ]),
        budget: Budget { faults: 1, acts: 2 },
    },
];

impl ReadyMade {
    /// The model of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The world, with what may happen in it.
    ///
    /// # Errors
    /// [`SmallError`]; none for the models that come with the program.
    pub fn small(&self, budget: Budget) -> Result<Small, SmallError> {
        Small::with(self.scenario, self.name, budget, self.sorts)
    }
}
