//! Content: what can be assigned.

use serde::{Deserialize, Serialize};

use super::assignment::Assignment;
use crate::content::{App, AppKind, Item};
use crate::facts::Feature;
use crate::protocol::RunAs;

/// One piece of content: a script, an app, a remediation or another reason for the agent to be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    /// Its name, unlike that of any other content.
    pub name: String,
    /// What it is.
    pub feature: Feature,
    /// The script, where it is one.
    pub script: Option<ScriptContent>,
    /// What the agent is given of it, where it is an app, a remediation or a discovery script.
    pub item: Option<Item>,
    /// Its assignments before the first change, in the order given.
    pub assignments: Vec<Assignment>,
}

impl Content {
    /// True for what has intents and is installed: Win32 and Store apps.
    pub const fn is_app(&self) -> bool {
        is_app(self.feature)
    }
}

/// True for the features whose content is an app with intents.
pub(crate) const fn is_app(feature: Feature) -> bool {
    match feature {
        Feature::Win32App | Feature::StoreApp => true,
        Feature::Script
        | Feature::Remediation
        | Feature::CustomCompliance
        | Feature::EndpointAnalytics
        | Feature::RemoteHelp
        | Feature::ManagedInstaller
        | Feature::BiosConfiguration => false,
    }
}

/// What the agent is given of content about which nothing is said.
pub(super) fn default_item(feature: Feature) -> Option<Item> {
    match feature {
        Feature::Win32App => Some(Item::App(Box::default())),
        Feature::StoreApp => Some(Item::App(Box::new(App { kind: AppKind::StoreWin32, ..App::default() }))),
        Feature::Remediation => Some(Item::Remediation(Box::default())),
        Feature::CustomCompliance => Some(Item::Discovery(Box::default())),
        Feature::Script
        | Feature::EndpointAnalytics
        | Feature::RemoteHelp
        | Feature::ManagedInstaller
        | Feature::BiosConfiguration => None,
    }
}

/// True if the feature works with such an item.
pub(super) fn fits(item: &Item, feature: Feature) -> bool {
    match item {
        Item::App(app) => match app.kind {
            AppKind::Win32 => feature == Feature::Win32App,
            AppKind::StoreWin32 | AppKind::StoreUwp => feature == Feature::StoreApp,
        },
        Item::Remediation(_) => feature == Feature::Remediation,
        Item::Discovery(_) => feature == Feature::CustomCompliance,
    }
}

/// What is known of a PowerShell script and its settings. Its text is never looked at.
///
/// The default is a small unsigned script that runs as System in the 32-bit host without a signature check.
///
/// Source: B-5.16 to B-5.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptContent {
    /// Size of the file, in bytes; the default is 1,024 (B-5.16).
    pub bytes: u32,
    /// In whose name it runs.
    pub run_as: RunAs,
    /// It runs only if signed by a trusted publisher (B-5.20).
    pub signature_check: bool,
    /// It is signed by a trusted publisher.
    pub signed: bool,
    /// The host it asks for, 32 or 64 bits (B-5.18).
    pub host_bits: u8,
}

impl Default for ScriptContent {
    fn default() -> Self {
        Self { bytes: 1_024, run_as: RunAs::System, signature_check: false, signed: false, host_bits: 32 }
    }
}
