//! What a device has, and whether that is what an app requires. First read: B-7.9, B-7.10, B-8.11, T-7.2.

use serde::{Deserialize, Serialize};

use super::app::{App, AppKind};
use crate::protocol::app_codes::applicability;

/// What a machine is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hardware {
    /// What its processor understands.
    pub architecture: Architecture,
    /// Free disk space, in megabytes; the default is 102,400.
    pub disk_mb: u32,
    /// Memory, in megabytes; the default is 16,384.
    pub memory_mb: u32,
    /// Logical processors; the default is 8.
    pub processors: u16,
    /// Speed of a processor, in megahertz; the default is 2,400.
    pub cpu_mhz: u16,
}

impl Default for Hardware {
    fn default() -> Self {
        Self { architecture: Architecture::X64, disk_mb: 102_400, memory_mb: 16_384, processors: 8, cpu_mhz: 2_400 }
    }
}

/// What a processor understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Architecture {
    /// 32-bit Intel.
    X86 = 1,
    /// 64-bit Intel.
    #[default]
    X64 = 2,
    /// 64-bit ARM.
    Arm64 = 4,
}

impl Architecture {
    /// Its place in the set [`Requirements::architectures`](super::Requirements::architectures).
    pub const fn bit(self) -> u8 {
        self as u8
    }
}

/// How the rules of an app that look at more than the hardware come out on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleResults {
    /// The rule on a file holds.
    pub file: bool,
    /// The rule on the registry holds.
    pub registry: bool,
    /// What the script comes to: 0, or a code as of [`script_code`](super::script_code).
    pub script: u16,
    /// A Store app is offered in the region of the device (B-8.11).
    pub offered: bool,
}

impl RuleResults {
    /// Everything holds.
    pub const MET: Self = Self { file: true, registry: true, script: 0, offered: true };
}

/// What an app requires and a device lacks, as the code of T-7.2; 0 if nothing is lacking. For hosts, which answer the
/// agent with it.
///
/// Of several the first in the order of the table counts. A Store app asks for 2 processors by itself, and one that is
/// not offered in the region comes to 1, requirements not met (assumed).
///
/// Source: B-7.9, B-7.10, B-8.11, T-7.2.
pub fn lacking(app: &App, os_build: u32, hardware: &Hardware, rules: &RuleResults) -> u16 {
    let wanted = &app.requirements;
    let is_store = match app.kind {
        AppKind::Win32 => false,
        AppKind::StoreWin32 | AppKind::StoreUwp => true,
    };
    let processors = if is_store { wanted.processors.max(STORE_PROCESSORS) } else { wanted.processors };
    let any = wanted.architectures == 0;
    let checks = [
        (!is_store || rules.offered, applicability::REQUIREMENTS_NOT_MET),
        (any || wanted.architectures & hardware.architecture.bit() != 0, applicability::ARCHITECTURE),
        (hardware.disk_mb >= wanted.disk_mb, applicability::DISK),
        (os_build >= wanted.os_build, applicability::OS_VERSION),
        (hardware.memory_mb >= wanted.memory_mb, applicability::MEMORY),
        (hardware.processors >= processors, applicability::PROCESSORS),
        (hardware.cpu_mhz >= wanted.cpu_mhz, applicability::CPU_SPEED),
        (!wanted.file || rules.file, applicability::FILE),
        (!wanted.registry || rules.registry, applicability::REGISTRY),
        (!wanted.script || rules.script == 0, rules.script),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map_or(0, |(_, code)| code)
}

/// B-8.11.
const STORE_PROCESSORS: u16 = 2;

#[cfg(test)]
mod tests {
    use super::super::Requirements;
    use super::*;

    fn app(requirements: Requirements) -> App {
        App { requirements, ..App::default() }
    }

    // B-7.9, B-7.10, T-7.2: each requirement has its code, and the first of the table counts.
    #[test]
    fn what_is_lacking_has_the_code_of_the_table() {
        let small =
            Hardware { architecture: Architecture::X86, disk_mb: 10, memory_mb: 10, processors: 1, cpu_mhz: 10 };
        let none = RuleResults { file: false, registry: false, script: 1_008, offered: true };
        let all = Requirements {
            architectures: Architecture::X64.bit() | Architecture::Arm64.bit(),
            os_build: 19_041,
            disk_mb: 11,
            memory_mb: 11,
            processors: 2,
            cpu_mhz: 11,
            file: true,
            registry: true,
            script: true,
        };
        let mut left = all;
        for code in 1_000..=1_008 {
            assert_eq!(lacking(&app(left), 19_040, &small, &none), code);
            match code {
                1_000 => left.architectures = 0,
                1_001 => left.disk_mb = 10,
                1_002 => left.os_build = 19_040,
                1_003 => left.memory_mb = 10,
                1_004 => left.processors = 1,
                1_005 => left.cpu_mhz = 10,
                1_006 => left.file = false,
                1_007 => left.registry = false,
                _ => left.script = false,
            }
        }
        assert_eq!(lacking(&app(left), 19_040, &small, &none), 0);
        let large = Hardware::default();
        assert_eq!(lacking(&app(all), 19_041, &large, &RuleResults::MET), 0);
    }

    // B-8.11: a Store app needs 2 processors, and to be offered.
    #[test]
    fn store_apps_have_requirements_of_their_own() {
        let store = App { kind: AppKind::StoreUwp, ..App::default() };
        let single = Hardware { processors: 1, ..Hardware::default() };
        let elsewhere = RuleResults { offered: false, ..RuleResults::MET };
        assert_eq!(lacking(&store, 0, &single, &RuleResults::MET), 1_004);
        assert_eq!(lacking(&store, 0, &Hardware::default(), &elsewhere), 1);
        assert_eq!(lacking(&store, 0, &Hardware::default(), &RuleResults::MET), 0);
        assert_eq!(lacking(&App::default(), 0, &single, &elsewhere), 0);
    }
}
