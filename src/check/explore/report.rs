//! What came of a search.

use core::fmt;

use super::model::Property;
use super::path::Path;
use crate::time::Span;

/// What a search visited and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// States visited.
    pub states: u32,
    /// Steps taken: the edges of the graph.
    pub transitions: u32,
    /// The length of the longest of the shortest ways.
    pub depth: u32,
    /// The longest time since the start among the states looked into, in milliseconds.
    pub elapsed: u64,
    /// What was not looked into; empty if the search came to its end.
    pub bounds: Vec<Bound>,
    /// Bytes that the table uses for states, reserve included.
    pub state_bytes: u64,
    /// Bytes that it uses for edges.
    pub edge_bytes: u64,
    /// The most states that were held as such at a time: those of two levels.
    pub states_peak: usize,
    /// The size of such a state in bytes, without what lies on the heap.
    pub state_size: usize,
    /// States in which nothing can happen any more.
    pub dead: u32,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What was to hold.
    pub properties: Vec<Property>,
    /// How many steps of each sort were taken.
    pub taken: Vec<(&'static str, u32)>,
}

/// A bound that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// On the number of states.
    States {
        /// The bound.
        states: u32,
        /// States that were found and not looked into.
        unseen: u32,
    },
    /// On the time since the start.
    Elapsed {
        /// The bound, in milliseconds.
        elapsed: u64,
        /// States that were found and not looked into.
        unseen: u32,
    },
}

/// A property that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub property: Property,
    /// How.
    pub fault: Fault,
    /// A shortest way to where it shows; empty where none does.
    pub path: Path,
}

/// How a property does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not hold in a state.
    Broken,
    /// It holds in no state.
    NeverSeen,
    /// From so many states on, no state in which it holds can be reached, whatever happens.
    Stranded {
        /// How many.
        states: u32,
    },
    /// Without a disturbance, the world may go round in so many states for ever.
    Cycle {
        /// How many.
        states: u32,
    },
    /// Without a disturbance, nothing happens any more.
    DeadEnd,
}

impl Report {
    /// True if everything holds, as far as was looked.
    pub const fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// True if every state that can be reached was looked into.
    pub const fn is_complete(&self) -> bool {
        self.bounds.is_empty()
    }

    /// Bytes of the table for each state visited.
    pub const fn bytes_per_state(&self) -> u64 {
        (self.state_bytes + self.edge_bytes).div_ceil(if self.states == 0 { 1 } else { self.states as u64 })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} states, {} transitions, depth {}", self.states, self.transitions, self.depth)?;
        if self.bounds.is_empty() {
            writeln!(f, "complete: every state that can be reached was looked into")?;
        }
        for bound in &self.bounds {
            writeln!(f, "NOT complete: {bound}")?;
        }
        let edges = self.edge_bytes;
        writeln!(
            f,
            "{} bytes a state ({} for states, {} for edges); at most {} whole states of {} bytes and more at a time",
            self.bytes_per_state(),
            self.state_bytes,
            edges,
            self.states_peak,
            self.state_size
        )?;
        writeln!(f, "{} dead states", self.dead)?;
        for property in &self.properties {
            let found = self.findings.iter().find(|finding| finding.property == *property);
            let verdict = found.map_or("holds".to_owned(), |finding| finding.fault.to_string());
            writeln!(f, "{:<4} {:<10} {}: {verdict}", property.name, property.times.name(), property.says)?;
        }
        for finding in self.findings.iter().filter(|finding| !self.properties.contains(&finding.property)) {
            let Property { times, name, says } = finding.property;
            writeln!(f, "{name:<4} {:<10} {says}: {}", times.name(), finding.fault)?;
        }
        if !self.taken.is_empty() {
            f.write_str("steps taken:")?;
            for (n, (name, times)) in self.taken.iter().enumerate() {
                write!(f, "{} {name} {times}", if n == 0 { "" } else { "," })?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::States { states, unseen } => {
                write!(f, "the bound of {states} states was reached; {unseen} states were not looked into")
            }
            Self::Elapsed { elapsed, unseen } => {
                let span = Span::millis(*elapsed);
                write!(f, "{unseen} states at {span} and later were not looked into")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => f.write_str("BROKEN"),
            Self::NeverSeen => f.write_str("NEVER SEEN"),
            Self::Stranded { states } => write!(f, "OUT OF REACH from {states} states"),
            Self::Cycle { states } => write!(f, "AVOIDED for ever, round {states} states"),
            Self::DeadEnd => f.write_str("AVOIDED, for nothing happens any more"),
        }
    }
}
