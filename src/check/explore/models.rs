//! Models that come with the program.

use super::world::{Budget, Small, SmallError};

/// A ready-made model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyMade {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Where it begins, as a scenario.
    pub scenario: &'static str,
    /// What may happen where nothing else is said.
    pub budget: Budget,
}

/// Every ready-made model.
pub const MODELS: &[ReadyMade] = &[
    ReadyMade {
        name: "one-script",
        about: "a device without an agent, to which one script is assigned: install, check-in, removal, install again",
        scenario: include_str!("models/one_script.toml"),
        budget: Budget { faults: 1, acts: 1 },
    },
    ReadyMade {
        name: "one-app",
        about: "an agent alone with one required app, whose download and installer may fail: tries, and the time of the GRS",
        scenario: include_str!("models/one_app.toml"),
        budget: Budget { faults: 1, acts: 0 },
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
        Small::parse(self.scenario, self.name, budget)
    }
}
