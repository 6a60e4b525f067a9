//! What the keys of a registry say.

use std::io;

use super::super::dsregcmd::shown;
use super::super::given::{Fact, Given};
use super::super::mdm_report::INTUNE;
use super::super::report::{Reason, Report};
use super::key::{CO_MANAGEMENT, DOTNET, Data, ENROLLMENTS, JOIN, Key, Registry, S_MODE, WINDOWS};
use super::windows::Told;
use crate::facts::{AppsWorkload, Join};
use crate::profile::Version;

/// Says all that the registry tells.
pub(super) fn tell(report: &mut Report, registry: &Registry) {
    windows(report, registry);
    dotnet(report, registry);
    s_mode(report, registry);
    enrollments(report, registry);
    join(report, registry);
    co_management(report, registry);
}

/// Notes that a key may not be read.
pub(super) fn refuse(report: &mut Report, path: &str, error: &io::Error) {
    let facts: &[Fact] = match path {
        WINDOWS => &[Fact::OsBuild, Fact::Revision, Fact::Edition],
        DOTNET => &[Fact::Dotnet],
        S_MODE => &[Fact::SMode],
        ENROLLMENTS => &[Fact::Enrolled],
        JOIN => &[Fact::Join],
        _ => &[Fact::AppsWorkload, Fact::EndpointProtection],
    };
    // What was found before is not all, so that nothing follows from what was not found.
    report.evidence.retain(|evidence| !evidence.says.iter().any(|value| facts.contains(&value.fact())));
    for fact in facts {
        report.leaves(*fact, None, path, Reason::Refused(error.to_string()));
    }
}

fn windows(report: &mut Report, registry: &Registry) {
    for key in registry.at(WINDOWS) {
        let mut told = Told::default();
        for (name, data, line) in &key.values {
            match data {
                Data::Text(text) => told.text(name, text, *line),
                Data::Dword(number) => told.number(name, Some(*number), *line),
                Data::Other => {}
            }
        }
        // A key that others lie below is there in every export from above it, with its values.
        told.tell(report, r"CurrentVersion\", if key.is_whole { &Reason::Missing } else { &Reason::MaybeCut });
    }
}

/// B-1.8. The number tells the least version: later builds of the same version have higher ones.
fn dotnet(report: &mut Report, registry: &Registry) {
    for key in registry.at(DOTNET) {
        for (data, line) in key.values("Release") {
            let version = match data {
                Data::Dword(release) => DOTNET_RELEASES.iter().find(|(least, _)| release >= least),
                Data::Text(_) | Data::Other => None,
            };
            let field = field(key, "Release", data);
            match version {
                Some((_, version)) => report.says([Given::Dotnet(Version(*version))], line, field),
                None => report.leaves(Fact::Dotnet, line, field, Reason::Unreadable),
            }
        }
        report.misses(&[(Fact::Dotnet, r"Full\Release")], missing(key));
    }
}

/// From the newest down.
const DOTNET_RELEASES: [(u32, [u16; 4]); 11] = [
    (533_320, [4, 8, 1, 0]),
    (528_040, [4, 8, 0, 0]),
    (461_808, [4, 7, 2, 0]),
    (461_308, [4, 7, 1, 0]),
    (460_798, [4, 7, 0, 0]),
    (394_802, [4, 6, 2, 0]),
    (394_254, [4, 6, 1, 0]),
    (393_295, [4, 6, 0, 0]),
    (379_893, [4, 5, 2, 0]),
    (378_675, [4, 5, 1, 0]),
    (378_389, [4, 5, 0, 0]),
];

/// B-1.5. A device that is not in S mode has the key without the value.
fn s_mode(report: &mut Report, registry: &Registry) {
    const NAME: &str = "SkuPolicyRequired";
    for key in registry.at(S_MODE) {
        let mut found = false;
        for (data, line) in key.values(NAME) {
            found = true;
            match data {
                Data::Dword(number @ (0 | 1)) => {
                    report.says([Given::SMode(*number == 1)], line, field(key, NAME, data));
                }
                Data::Dword(_) | Data::Text(_) | Data::Other => {
                    report.leaves(Fact::SMode, line, field(key, NAME, data), Reason::Unreadable);
                }
            }
        }
        if !found && key.is_whole {
            report.says([Given::SMode(false)], key.line, format!(r"{}\{NAME} is not there", key.name));
        } else if !found {
            report.leaves(Fact::SMode, key.line, format!(r"{}\{NAME}", key.name), Reason::MaybeCut);
        }
    }
}

/// An enrollment with Intune is one whose provider is `MS DM Server`; others are of provisioning packages and the like.
fn enrollments(report: &mut Report, registry: &Registry) {
    let mut found = false;
    for key in registry.below(ENROLLMENTS) {
        let is_intune = key.values("ProviderID").any(|(data, _)| match data {
            Data::Text(text) => text.eq_ignore_ascii_case(INTUNE),
            Data::Dword(_) | Data::Other => false,
        });
        if !is_intune {
            continue;
        }
        found = true;
        match key.values("EnrollmentState").next() {
            Some((data @ Data::Dword(1), line)) => {
                report.says(
                    [Given::Enrolled(true)],
                    line,
                    format!("of {INTUNE}: {}", field(key, "EnrollmentState", data)),
                );
            }
            Some((data, line)) => {
                let field = format!("of {INTUNE}: {}", field(key, "EnrollmentState", data));
                report.leaves(Fact::Enrolled, line, field, Reason::EnrollmentState);
            }
            None => {
                let field = format!(r"of {INTUNE}: {}\EnrollmentState", key.name);
                report.leaves(Fact::Enrolled, key.line, field, missing(key).clone());
            }
        }
        if let Some((Data::Dword(kind), _)) = key.values("EnrollmentType").next() {
            report.notes.push(format!("enrollment with {INTUNE}: type {kind}"));
        }
    }
    if !found {
        let field = format!("Enrollments: none of {INTUNE}");
        if registry.is_proved_below(ENROLLMENTS) {
            report.says([Given::Enrolled(false)], None, field);
        } else if registry.at(ENROLLMENTS).next().is_some() {
            report.leaves(Fact::Enrolled, None, field, Reason::MaybeCut);
        }
    }
}

/// A key here is a device that is joined to Entra, alone or hybrid; that none is here leaves the other two.
fn join(report: &mut Report, registry: &Registry) {
    let mut found = false;
    for key in registry.below(JOIN) {
        if let Some((Data::Text(_), line)) = key.values("TenantId").next() {
            found = true;
            report.says([Join::Entra, Join::Hybrid].map(Given::Join), line, r"JoinInfo\*\TenantId is set");
        }
    }
    if !found && registry.is_proved_below(JOIN) {
        report.says([Join::None, Join::Registered].map(Given::Join), None, "JoinInfo has no entry");
    } else if !found && registry.at(JOIN).next().is_some() {
        report.leaves(Fact::Join, None, "JoinInfo", Reason::MaybeCut);
    }
}

/// B-1.20, B-1.22. The bits of workloads that are with Intune, and one that says that the device is co-managed at all: observed
/// by many, documented by nobody. They do not tell a pilot from the rest: what its collections give a device is merged with what is
/// set for all before it gets there (observed: byteben.com, co-management series, part 7), and no other place on it has more.
fn co_management(report: &mut Report, registry: &Registry) {
    const NAME: &str = "CoManagementFlags";
    let none = |report: &mut Report, line, field: String| {
        report.says([Given::AppsWorkload(None)], line, field.clone());
        // It matters on a co-managed device only, and on others nobody but Intune has it.
        report.says([Given::EndpointProtection(true)], line, field);
    };
    let mut found = false;
    for key in registry.at(CO_MANAGEMENT) {
        found = true;
        let mut has_flags = false;
        for (data, line) in key.values(NAME) {
            has_flags = true;
            let field = field(key, NAME, data);
            match data {
                Data::Dword(0) => none(report, line, field),
                Data::Dword(flags) if flags & CO_MANAGED != 0 => {
                    let ways = if flags & CLIENT_APPS != 0 {
                        [AppsWorkload::PilotInside, AppsWorkload::Intune]
                    } else {
                        [AppsWorkload::ConfigurationManager, AppsWorkload::PilotOutside]
                    };
                    report.says(ways.map(|way| Given::AppsWorkload(Some(way))), line, field.clone());
                    report.says([Given::EndpointProtection(flags & ENDPOINT_PROTECTION != 0)], line, field);
                }
                Data::Dword(_) | Data::Text(_) | Data::Other => {
                    report.leaves(Fact::AppsWorkload, line, field.clone(), Reason::Flags);
                    report.leaves(Fact::EndpointProtection, line, field, Reason::Flags);
                }
            }
        }
        if !has_flags && key.is_whole {
            none(report, key.line, format!(r"{}\{NAME} is not there", key.name));
        } else if !has_flags {
            report.leaves(Fact::AppsWorkload, key.line, format!(r"{}\{NAME}", key.name), Reason::MaybeCut);
        }
    }
    if !found && registry.is_proved(CO_MANAGEMENT) {
        none(report, None, "CCM is not there".to_owned());
    }
}

/// Co-management is set up.
const CO_MANAGED: u32 = 1;
/// The Endpoint Protection workload is with Intune.
const ENDPOINT_PROTECTION: u32 = 32;
/// The Apps workload is with Intune.
const CLIENT_APPS: u32 = 64;

fn missing(key: &Key) -> &'static Reason {
    if key.is_whole { &Reason::Missing } else { &Reason::MaybeCut }
}

/// `Full\Release = 528049`.
fn field(key: &Key, name: &str, data: &Data) -> String {
    let name = format!(r"{}\{name}", key.name);
    match data {
        Data::Dword(number) => format!("{name} = {number}"),
        Data::Text(text) => shown(&name, text),
        Data::Other => name,
    }
}
