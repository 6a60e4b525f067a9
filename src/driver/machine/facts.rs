//! Where the facts of a machine come from: what the configuration states, else what the machine itself says, else the usual.
//! Each keeps its source, which `status` prints. First read: section 1.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::diagnostics::{Fact, Finding, Given, Reading, Report, State};
use crate::facts::Facts;

/// A fact as the agent takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownFact {
    /// Its name.
    pub name: String,
    /// Its value, as configurations write it.
    pub value: String,
    /// Who says so.
    pub from: String,
}

impl Config {
    /// Takes the facts that the configuration does not state from what the machine says of itself.
    ///
    /// What the machine does not tell stays as usual. Where it leaves some values, the usual one is taken if it is among them, else
    /// the first. Either is said with the fact.
    pub fn learn(&mut self, report: Report) {
        let mut reading = Reading::of(vec![report]);
        let mut shown = Vec::new();
        let usual = Facts::default();
        for fact in Fact::ALL {
            let is_stated = self.stated.contains(key(*fact));
            // What the machine said before is nothing to fall back on.
            let Some(present) = fact.of(if is_stated { &self.setup.facts } else { &usual }) else { continue };
            let (value, from) = if is_stated {
                (present, "the configuration".to_owned())
            } else {
                told(&reading.finding(*fact), present)
            };
            reading.assume(value);
            shown.push(ShownFact { name: key(*fact).to_owned(), value: value.word(), from });
        }
        // Every fact has a value now, so that none is missing.
        if let Ok(facts) = reading.facts() {
            self.setup.facts = facts;
            self.facts = shown;
        }
    }
}

/// The name of a fact in a configuration.
fn key(fact: Fact) -> &'static str {
    if fact == Fact::EndpointProtection {
        "endpoint_protection_with_intune"
    } else if fact == Fact::Wns {
        "wns_reachable"
    } else {
        fact.name()
    }
}

/// The value that the machine leads to, and how.
fn told(finding: &Finding, usual: Given) -> (Given, String) {
    let sources: Vec<String> = finding.evidence.iter().map(|evidence| evidence.source.to_string()).collect();
    let sources = sources.join(", ");
    match finding.state() {
        State::Known(value) => (value, sources),
        State::OneOf(values) if values.contains(&usual) => {
            (usual, format!("{sources}; that leaves {}, of which this is the usual", State::OneOf(values)))
        }
        State::OneOf(values) => {
            let first = values.first().copied().unwrap_or(usual);
            (first, format!("{sources}; that leaves {}, of which this is the first", State::OneOf(values)))
        }
        State::Conflict => (usual, format!("the usual; {sources} contradict each other")),
        State::NotKnown => match finding.gaps.first() {
            Some(gap) => (usual, format!("the usual; {} {}", gap.source, gap.reason)),
            None => (usual, "the usual; nothing here tells".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;
    use crate::diagnostics::registry::{Data, Keys, read_keys};
    use crate::facts::{Edition, Join};

    /// A registry that has Windows and nothing else, and does not show what it has of .NET.
    struct Windows;

    impl Keys for Windows {
        fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>> {
            if path.contains("NET Framework") {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            let text = |name: &str, text: &str| (name.to_owned(), Data::Text(text.to_owned()));
            let values = vec![text("CurrentBuildNumber", "19045"), text("EditionID", "Education")];
            Ok(path.ends_with(r"Windows NT\CurrentVersion").then_some(values))
        }

        fn children(&self, _: &str) -> io::Result<Option<Vec<String>>> {
            Ok(None)
        }
    }

    /// One that holds nothing.
    struct Nothing;

    impl Keys for Nothing {
        fn values(&self, _: &str) -> io::Result<Option<Vec<(String, Data)>>> {
            Ok(None)
        }

        fn children(&self, _: &str) -> io::Result<Option<Vec<String>>> {
            Ok(None)
        }
    }

    fn learned(facts: &str) -> Config {
        let text = format!("service = \"tcp://127.0.0.1:1\"\nversion = \"1.94.0.0\"\n{facts}");
        let mut config = Config::parse(&text, "a.toml", Path::new("/base")).unwrap();
        config.learn(read_keys("this device", &Windows));
        config
    }

    fn from(config: &Config, name: &str) -> String {
        config.facts.iter().find(|fact| fact.name == name).unwrap().from.clone()
    }

    #[test]
    fn what_the_machine_says_is_taken_and_what_it_leaves_open_is_said() {
        let config = learned("");
        let facts = &config.setup.facts;
        assert_eq!((facts.os_build, facts.edition, facts.join), (19_045, Edition::Education, Join::None));
        assert!(from(&config, "os_build").contains("this device: "), "{:?}", config.facts);
        assert!(from(&config, "join").ends_with("that leaves none or registered, of which this is the first"));
        assert!(from(&config, "dotnet").starts_with("the usual; this device: "));
        assert_eq!(from(&config, "wns_reachable"), "the usual; nothing here tells");
        assert_eq!(config.facts.len(), 14);
    }

    #[test]
    fn a_second_reading_takes_the_place_of_the_first() {
        let mut config = learned("[facts]\njoin = \"hybrid\"\n");
        let first = (config.setup.facts, config.facts.clone());
        config.learn(read_keys("this device", &Nothing));
        let facts = &config.setup.facts;
        assert_eq!((facts.os_build, facts.join), (crate::facts::Facts::default().os_build, Join::Hybrid));
        assert!(from(&config, "os_build").starts_with("the usual"), "{:?}", config.facts);
        config.learn(read_keys("this device", &Windows));
        assert_eq!((config.setup.facts, config.facts), first);
    }

    #[test]
    fn what_the_configuration_states_comes_first() {
        let config = learned("[facts]\nos_build = 22631\njoin = \"hybrid\"\nwns_reachable = true\n");
        let facts = &config.setup.facts;
        assert_eq!((facts.os_build, facts.edition, facts.join), (22_631, Edition::Education, Join::Hybrid));
        for name in ["os_build", "join", "wns_reachable"] {
            assert_eq!(from(&config, name), "the configuration");
        }
    }
}
