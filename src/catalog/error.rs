//! What can be wrong with a tenant. Every error names the place and the value.

use super::filter::FilterError;
use super::group::GroupKind;
use crate::facts::Feature;
use crate::protocol::Intent;
use crate::relations::RelationError;
use crate::time::{Span, Wall};

/// Why a tenant was refused. The builder may be used on after it: what was refused has not been added.
///
/// [`super::TenantBuilder::build`] uses up the builder; its errors are those of changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// Two groups, filters or pieces of content have one name.
    #[error("there already is a {what} named `{name}`")]
    DuplicateName {
        /// `group`, `filter` or `content`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An id leads nowhere; it was made by another builder or by hand.
    #[error("{place}: there is no {what} number {number}")]
    Unknown {
        /// Where the id stands.
        place: String,
        /// `group`, `filter` or `content`.
        what: &'static str,
        /// The id.
        number: u32,
    },
    /// A group was nested in one that holds something else, or a virtual group takes part.
    #[error("group `{parent}` ({parent_kind}) cannot hold group `{child}` ({child_kind})")]
    Nesting {
        /// The outer group.
        parent: String,
        /// Its kind.
        parent_kind: GroupKind,
        /// The inner group.
        child: String,
        /// Its kind.
        child_kind: GroupKind,
    },
    /// A virtual group was to be deleted or restored.
    #[error("group `{name}` is virtual and cannot be deleted or restored")]
    VirtualGroup {
        /// The group.
        name: String,
    },
    /// More filters than a tenant may have (B-12.10).
    #[error("filter `{name}` is one more than the {limit} that a tenant may have")]
    TooManyFilters {
        /// The filter too many.
        name: String,
        /// The limit.
        limit: usize,
    },
    /// The text of a filter is wrong.
    #[error("filter `{name}`: {error}")]
    Filter {
        /// The filter.
        name: String,
        /// What is wrong.
        #[source]
        error: FilterError,
    },
    /// Content of one kind was described as another.
    #[error("`{name}` is not described as a {} is", feature.name())]
    ItemMismatch {
        /// The content.
        name: String,
        /// What it is.
        feature: Feature,
    },
    /// A discovery script is too large (B-8.4).
    #[error("discovery script `{name}` has {bytes} bytes; at most {limit} are accepted")]
    DiscoveryTooLarge {
        /// The script.
        name: String,
        /// Its size.
        bytes: u32,
        /// The limit.
        limit: u32,
    },
    /// A script is too large (B-5.16).
    #[error("script `{name}` has {bytes} bytes and must have fewer than {limit}")]
    ScriptTooLarge {
        /// The script.
        name: String,
        /// Its size.
        bytes: u32,
        /// The parameter `scripts.max_bytes`.
        limit: u32,
    },
    /// A script asks for a host that there is not (B-5.18).
    #[error("script `{name}` asks for a host of {bits} bits; there are 32 and 64")]
    HostBits {
        /// The script.
        name: String,
        /// What it asks for.
        bits: u8,
    },
    /// More remediations than a tenant may have (B-6.1).
    #[error("remediation `{name}` is one more than the {limit} that a tenant may have")]
    TooManyRemediations {
        /// The one too many.
        name: String,
        /// The parameter `rem.max_packages`.
        limit: u32,
    },
    /// A script was added without what belongs to a script.
    #[error("content `{name}` is a script and must be added as one")]
    NotAScript {
        /// The content.
        name: String,
    },
    /// One group was given two intents of one app (B-12.5).
    #[error("app `{content}`: group `{group}` cannot be {first} and {second} at once")]
    TwoIntents {
        /// The app.
        content: String,
        /// The group.
        group: String,
        /// The intent that it has.
        first: Intent,
        /// The intent that was added.
        second: Intent,
    },
    /// One group was assigned twice.
    #[error("content `{content}` already has an assignment for group `{group}`")]
    AssignedTwice {
        /// The content.
        content: String,
        /// The group.
        group: String,
    },
    /// An app was included without saying what for.
    #[error("app `{content}`: the assignment to group `{group}` needs an intent")]
    IntentMissing {
        /// The app.
        content: String,
        /// The group.
        group: String,
    },
    /// An intent was given where there is none: on an exclusion, or on content that is no app (B-12.19).
    #[error("content `{content}`: the assignment to group `{group}` cannot be {intent}, for it is {why}")]
    IntentNotAllowed {
        /// The content.
        content: String,
        /// The group.
        group: String,
        /// The intent.
        intent: Intent,
        /// `an exclusion` or `not of an app`.
        why: &'static str,
    },
    /// An exclusion was given a filter.
    #[error("content `{content}`: the exclusion of group `{group}` cannot have a filter")]
    FilterOnExclusion {
        /// The content.
        content: String,
        /// The group.
        group: String,
    },
    /// Users are included and devices excluded, or the reverse, and the profile says to refuse that (B-12.2).
    #[error(
        "content `{content}`: excluding group `{excluded}` has no effect on included group `{included}`, \
         which is of another kind{}",
        moment(*.at)
    )]
    MixedExclusion {
        /// The content.
        content: String,
        /// An included group.
        included: String,
        /// The excluded group of another kind.
        excluded: String,
        /// The change that leads to it; `None` before the first.
        at: Option<Wall>,
    },
    /// An assignment that is not there was to be taken back.
    #[error("content `{content}` has no assignment for group `{group}` to take back at {at}")]
    NotAssigned {
        /// The content.
        content: String,
        /// The group.
        group: String,
        /// When.
        at: Wall,
    },
    /// Relations between apps cannot be (B-7.40 to B-7.48).
    #[error("{text}{}", moment(*.at))]
    Relations {
        /// What is wrong, with the names of the apps.
        text: String,
        /// The same with their numbers.
        #[source]
        error: Box<RelationError>,
        /// The app whose change leads to it; `None` before the first change.
        from: Option<String>,
        /// When; `None` before the first change.
        at: Option<Wall>,
    },
    /// Content that is deleted was to be changed.
    #[error("content `{name}` is deleted and cannot be changed at {at}")]
    Deleted {
        /// The content.
        name: String,
        /// When.
        at: Wall,
    },
    /// A relation that is not there was to be taken back.
    #[error("app `{from}` has no relation to app `{to}` to take back at {at}")]
    NotRelated {
        /// The parent, or the superseding app.
        from: String,
        /// The other app.
        to: String,
        /// When.
        at: Wall,
    },
    /// A setting of an assignment cannot be.
    #[error("content `{content}`: the assignment to group `{group}` {error}")]
    Setting {
        /// The content.
        content: String,
        /// The group.
        group: String,
        /// What is wrong.
        #[source]
        error: SettingError,
    },
    /// An app is beyond a limit.
    #[error("app `{name}` {limit}")]
    AppLimit {
        /// The app.
        name: String,
        /// Which.
        limit: AppLimit,
    },
    /// The Enrollment Status Page cannot wait for an app (B-7.54).
    #[error("the Enrollment Status Page cannot wait for `{name}`, which {why}")]
    Esp {
        /// The app.
        name: String,
        /// Why not.
        why: String,
    },
    /// A fault ends before it begins.
    #[error("a fault of the service from {from} ends at {until}, which is not later")]
    EmptyFault {
        /// Its first moment.
        from: Wall,
        /// Its end.
        until: Wall,
    },
}

/// A limit that an app is beyond, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppLimit {
    /// The package is too large (B-1.9).
    #[error("has a package of {gigabytes} GB; at most {limit} are accepted")]
    Package {
        /// Its size.
        gigabytes: u32,
        /// The parameter `win32.max_package_gb`.
        limit: u32,
    },
    /// The script that installs it is too large (B-7.8).
    #[error("has an installer script of {kilobytes} KB; at most {limit} are accepted")]
    InstallerScript {
        /// Its size.
        kilobytes: u32,
        /// The parameter `win32.script_installer_max_kb`.
        limit: u32,
    },
    /// Several detection rules look for a product code (B-7.12).
    #[error("has {rules} detection rules on product codes; at most 1 is accepted")]
    ProductCodes {
        /// How many.
        rules: u32,
    },
    /// An install takes too long or no time at all (B-7.21).
    #[error("has a time limit for its install of {limit}; allowed 1m to 1d")]
    InstallLimit {
        /// As given.
        limit: Span,
    },
}

/// What is wrong with the settings of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// They are of no inclusion of an app.
    #[error("cannot have settings, for it is no inclusion of an app")]
    Misplaced,
    /// A deadline for an app that is installed on request.
    #[error("cannot have a deadline, for it is available")]
    DeadlineOfAvailable,
    /// The deadline lies before the time of availability (B-7.30).
    #[error("has its deadline at {deadline}, before {available}, when it becomes available")]
    DeadlineFirst {
        /// When it becomes available.
        available: Wall,
        /// The deadline.
        deadline: Wall,
    },
    /// Auto-update of an app that is not available (B-7.52a).
    #[error("cannot update by itself, for it is not available")]
    AutoUpdate,
    /// The grace period is out of range (B-7.29).
    #[error("has a grace period of {minutes} minutes; allowed 1 to 20160")]
    Grace {
        /// As given.
        minutes: u16,
    },
    /// Snooze or countdown is longer than the grace period (B-7.29).
    #[error("has a {what} of {minutes} minutes, more than its grace period of {grace}")]
    BeyondGrace {
        /// `snooze` or `countdown`.
        what: &'static str,
        /// As given.
        minutes: u16,
        /// The grace period.
        grace: u16,
    },
}

/// The words for a moment, where there is one.
fn moment(at: Option<Wall>) -> String {
    at.map(|at| format!(" (at {at})")).unwrap_or_default()
}
