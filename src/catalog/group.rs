//! Groups: of users or of devices, from Entra or virtual, with nested groups.

use core::fmt;

use serde::{Deserialize, Serialize};

/// One group of the tenant, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub u32);

impl GroupId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a group holds, and who keeps its list of members.
///
/// Source: B-12.1, B-12.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// An Entra group of users.
    Users,
    /// An Entra group of devices.
    Devices,
    /// The virtual group of every user.
    AllUsers,
    /// The virtual group of every device.
    AllDevices,
}

impl GroupKind {
    /// What the group holds; two groups are of one kind in the sense of B-12.1 if this is the same.
    pub const fn side(self) -> Side {
        match self {
            Self::Users | Self::AllUsers => Side::User,
            Self::Devices | Self::AllDevices => Side::Device,
        }
    }

    /// True for the virtual groups of Intune, whose members need no list (B-12.4).
    pub const fn is_virtual(self) -> bool {
        match self {
            Self::AllUsers | Self::AllDevices => true,
            Self::Users | Self::Devices => false,
        }
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Users => "users",
            Self::Devices => "devices",
            Self::AllUsers => "all-users",
            Self::AllDevices => "all-devices",
        })
    }
}

/// The two sides from which an assignment can reach a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Through a group that the device is in.
    Device,
    /// Through a group that its user is in.
    User,
}

/// A group that assignments can name.
///
/// The members are not listed here: each device brings its own and its users' memberships, see
/// [`crate::service::Member`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    /// Its name, unlike that of any other group.
    pub name: String,
    /// What it holds.
    pub kind: GroupKind,
    /// The groups whose members count as its own; a cycle does no harm (B-12.3).
    pub nested: Vec<GroupId>,
}
