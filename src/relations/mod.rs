//! Relations between apps: dependencies and supersedence, what they allow, and what they lead to.
//!
//! [`Relations`] holds those of a whole tenant. It is built once, where content is described, and refuses what could
//! not be evaluated; after that it is shared by every device, and its queries follow a few indices.
//!
//! | to read | file |
//! |---|---|
//! | the words: kinds of apps and relations, limits | `relation.rs` |
//! | what is refused, and in which words | `build.rs`, `error.rs` |
//! | the whole, and what can be asked of it | `graph.rs`, `lists.rs` |
//! | subgraphs, their order and their content hash (B-7.5, B-7.35) | `subgraph.rs`, `hash.rs` |
//! | whether the dependencies of an app let it be installed (B-7.41) | `dependency.rs`, `hold.rs` |
//! | what is to be done in a subgraph (B-7.49 to B-7.53) | `member.rs`, `plan.rs` |
//! | which apps are concerned at all (B-7.52) | `reach.rs` |
//!
//! # What is refused, and what is a conflict
//!
//! Refused is what no device could evaluate, or what the admin center does not let an admin say. Everything else is
//! taken, and where it contradicts itself on a device, the device reports it:
//!
//! | what | becomes |
//! |---|---|
//! | an app that depends on or supersedes itself | refused |
//! | two relations from one app to the same other: the same twice, or both kinds | refused |
//! | a circle, of dependencies, of supersedence or of both | refused: none could be evaluated first (B-7.5) |
//! | a dependency or superseded app that is not a Win32 app, or a relation of an app that is not | refused (B-7.40a) |
//! | more apps than the limits allow | refused (B-7.40, B-7.48) |
//! | A depends on B, C supersedes B | A is held with a conflict, C is installed (B-7.53) |
//! | A depends on B, C replaces A | A goes, C is installed, B stays as it is (B-7.53) |
//! | A depends on B and C, B supersedes C | the supersedence does not go through as long as A is sought (B-7.53) |
//! | A depends on C, which depends on B, and A supersedes B | C is held with a conflict, and A because of C |
//! | A depends on B, and B has an uninstall intent | A is held with a conflict, B is uninstalled |
//!
//! The last two rows are not in any text; they follow from the first conflict.
//!
//! # Examples
//!
//! ```
//! use imesim::protocol::PolicyId;
//! use imesim::relations::{AppKind, Desired, Limits, Member, Relation, Relations, Step};
//!
//! let [runtime, old, new] = [0, 1, 2].map(PolicyId);
//! let apps = [runtime, old, new].map(|app| (app, AppKind::Win32));
//! let replaces = Relation::supersedence(new, old, true);
//! let relations = Relations::build(apps, &[replaces, Relation::dependency(new, runtime, true)], &Limits::default())?;
//!
//! let subgraph = relations.subgraph_of(new).expect("it is one of the apps");
//! assert_eq!(subgraph.members(), [runtime, old, new]);
//! let plan = subgraph.plan(|app| match app {
//!     app if app == new => Member::new(Desired::Present, false),
//!     app => Member::new(Desired::None, app == old),
//! });
//! assert_eq!(plan.steps, [Step::Install(runtime), Step::Uninstall(old), Step::Install(new)]);
//!
//! let circle = [replaces, Relation::dependency(old, new, false)];
//! let error = Relations::build(apps, &circle, &Limits::default()).expect_err("neither could be evaluated first");
//! assert_eq!(
//!     error.named(&|app| ["runtime", "old", "new"][app.0 as usize]).to_string(),
//!     "app `old` depends on app `new`, which supersedes app `old`: a circle has no order of evaluation"
//! );
//! # Ok::<(), imesim::relations::RelationError>(())
//! ```

mod build;
mod dependency;
mod error;
mod graph;
mod hash;
mod hold;
mod lists;
mod member;
mod plan;
mod reach;
mod relation;
mod subgraph;
#[cfg(test)]
mod tests;

pub use dependency::{DependencyState, Readiness};
pub use error::{Named, RelationError};
pub use graph::Relations;
pub use hash::ContentHash;
pub use hold::Hold;
pub use member::{Desired, Hindrance, Member};
pub use plan::{Held, Plan, Step};
pub use relation::{AppKind, Dependency, Limits, Relation, RelationKind, Supersedence};
pub use subgraph::{Subgraph, SubgraphId};
