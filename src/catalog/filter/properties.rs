//! What a filter can ask about a device.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::{Edition, Facts, Join, Ownership};
use crate::profile::nearest::nearest;

/// Declares the properties and their names at once.
macro_rules! properties {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, $full:literal;)+) => {
        /// A property of a device that filters can read.
        ///
        /// Source: B-12.10.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Property {
            $($(#[$meta])* $variant,)+
        }

        impl Property {
            /// Every property.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in lower case, without `device.`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Its name as written in expressions, such as `device.osVersion`.
            pub const fn full_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $full,)+
                }
            }
        }
    };
}

properties! {
    /// `Corporate` or `Personal`.
    DeviceOwnership = "deviceownership", "device.deviceOwnership";
    /// The version of Windows, such as `10.0.22631`.
    OsVersion = "osversion", "device.osVersion";
    /// The edition, such as `Professional`.
    OperatingSystemSku = "operatingsystemsku", "device.operatingSystemSKU";
    /// The model.
    Model = "model", "device.model";
    /// The manufacturer.
    Manufacturer = "manufacturer", "device.manufacturer";
    /// The name of the device.
    DeviceName = "devicename", "device.deviceName";
    /// The category; `device.deviceCategory` is read as this too.
    Category = "category", "device.category";
    /// The profile by which it enrolled.
    EnrollmentProfileName = "enrollmentprofilename", "device.enrollmentProfileName";
    /// How it is known to Entra.
    DeviceTrustType = "devicetrusttype", "device.deviceTrustType";
}

impl Property {
    /// The property of this name, in any case and without `device.`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let name = if name == "devicecategory" { "category" } else { name.as_str() };
        Self::ALL.iter().copied().find(|property| property.name() == name)
    }

    /// The full name that a mistyped one most likely stands for.
    pub(super) fn nearest(word: &str) -> Option<&'static str> {
        let lower: Vec<String> = Self::ALL.iter().map(|property| property.full_name().to_lowercase()).collect();
        let found = nearest(&word.to_lowercase(), lower.iter().map(String::as_str))?.to_owned();
        Self::ALL.iter().map(|property| property.full_name()).find(|name| name.to_lowercase() == found)
    }
}

/// The properties of one device, as texts. One that is not set counts as empty.
///
/// Keys are in lower case and without `device.`; unknown keys do no harm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Properties(BTreeMap<String, String>);

impl Properties {
    /// The properties that follow from a device's facts and name: ownership, version, edition, trust type and name.
    pub fn of(facts: &Facts, name: &str) -> Self {
        let mut properties = Self::default();
        properties.set(Property::DeviceName.name(), name);
        properties.set(Property::OsVersion.name(), &format!("10.0.{}", facts.os_build));
        let ownership = match facts.ownership {
            Ownership::Corporate => "Corporate",
            Ownership::Personal => "Personal",
        };
        properties.set(Property::DeviceOwnership.name(), ownership);
        let edition = match facts.edition {
            Edition::Home => "Core",
            Edition::Pro => "Professional",
            Edition::Enterprise => "Enterprise",
            Edition::Education => "Education",
            Edition::MultiSession => "ServerRdsh",
            Edition::SurfaceHub => "PPIPro",
        };
        properties.set(Property::OperatingSystemSku.name(), edition);
        let trust = match facts.join {
            Join::None => "Unknown",
            Join::Registered => "Microsoft Entra registered",
            Join::Entra => "Microsoft Entra joined",
            Join::Hybrid => "Microsoft Entra hybrid joined",
        };
        properties.set(Property::DeviceTrustType.name(), trust);
        properties
    }

    /// Sets one; the name in any case, with or without `device.`.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = name.to_lowercase();
        let bare = name.strip_prefix("device.").unwrap_or(&name);
        let key = Property::named(bare).map_or(bare, |property| property.name());
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// One of them, by its name in lower case and without `device.`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Drops all but those for which the test is true; unknown ones are dropped.
    pub fn retain(&mut self, test: impl Fn(Property) -> bool) {
        self.0.retain(|name, _| Property::named(name).is_some_and(&test));
    }
}
