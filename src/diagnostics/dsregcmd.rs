//! The output of `dsregcmd /status`. First read: B-11.4.
//!
//! Sections are optional and may be cut off anywhere, prompts may stand before and sentences after. Names of fields are English
//! on every Windows; of their values only `YES` and `NO` are taken, whatever else stands there is not known.

use super::error::Position;
use super::given::{Fact, Given};
use super::report::{Reason, Report};
use super::text::{Line, lines, small};
use crate::facts::diagnosis::JoinFields;
use crate::facts::{Join, Proxy};

/// True for a text with a field, a section or the program's name in it.
pub(super) fn is_one(text: &str) -> bool {
    lines(text).any(|line| {
        section(line.text).is_some_and(|title| SECTIONS.contains(&title))
            || field(line.text).is_some_and(|(name, _)| FIELDS.contains(&name))
    })
}

/// Reads the text; there is nothing in it that could be wrong.
pub(super) fn read(report: &mut Report, text: &str) {
    let mut title = "";
    let mut proxies = Proxies::default();
    let mut last = None;
    for line in lines(text) {
        last = Some(line);
        if let Some(found) = section(line.text) {
            title = found;
        } else if let Some((name, value)) = field(line.text) {
            let number = Some(line.number);
            match name {
                "AzureAdJoined" | "DomainJoined" | "WorkplaceJoined" => joined(report, number, name, value),
                "AzureAdPrt" => token(report, number, value),
                "MdmUrl" => url(report, line, value),
                _ => proxies.note(title, name, value, line),
            }
        }
    }
    proxies.tell(report);
    report.misses(
        &[
            (Fact::Join, "AzureAdJoined"),
            (Fact::Join, "DomainJoined"),
            (Fact::Join, "WorkplaceJoined"),
            (Fact::UserToken, "AzureAdPrt"),
            (Fact::MdmUrl, "MdmUrl"),
        ],
        &Reason::Missing,
    );
    // Output ends with a line break; a selection that was copied may not, and is whole all the same.
    report.cut = last
        .filter(|line| !line.ended && is_half(line.text))
        .map(|line| Position { line: line.number, column: small(line.text.chars().count() + 1) });
}

/// A last line that is no whole field.
fn is_half(line: &str) -> bool {
    field(line).is_none_or(|(_, value)| value.is_empty()) && !line.trim().is_empty() && !line.ends_with('+')
}

/// The title in `| Device State       |`.
fn section(line: &str) -> Option<&str> {
    line.trim().strip_prefix('|')?.strip_suffix('|').map(str::trim)
}

/// Name and value of `  AzureAdJoined : YES`.
fn field(line: &str) -> Option<(&str, &str)> {
    line.split_once(':').map(|(name, value)| (name.trim(), value.trim()))
}

/// YES or NO, and nothing else.
fn yes(value: &str) -> Option<bool> {
    match value {
        "YES" => Some(true),
        "NO" => Some(false),
        _ => None,
    }
}

/// A value that is shown in a message: not longer than a word or two, without what would break the line.
pub(super) fn shown(name: &str, value: &str) -> String {
    let short: String = value.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let rest = if short.len() < value.len() { "..." } else { "" };
    format!("{name} = {short}{rest}")
}

/// Each of the three fields leaves the joins that go together with it, whatever the other two are: B-11.4.
fn joined(report: &mut Report, line: Option<u32>, name: &str, value: &str) {
    let Some(flag) = yes(value) else {
        return report.leaves(Fact::Join, line, shown(name, value), Reason::NeitherYesNorNo);
    };
    let mut left: Vec<Given> = Vec::new();
    for (one, other) in [(false, false), (false, true), (true, false), (true, true)] {
        let (azure_ad_joined, domain_joined, workplace_joined) = match name {
            "AzureAdJoined" => (flag, one, other),
            "DomainJoined" => (one, flag, other),
            _ => (one, other, flag),
        };
        let join = Given::Join(Join::from(JoinFields { azure_ad_joined, domain_joined, workplace_joined }));
        if !left.contains(&join) {
            left.push(join);
        }
    }
    report.says(left, line, shown(name, value));
}

/// A token is there only within the session of its user, so there is a session; without one nothing follows.
fn token(report: &mut Report, line: Option<u32>, value: &str) {
    match yes(value) {
        Some(flag) => {
            report.says([Given::UserToken(flag)], line, shown("AzureAdPrt", value));
            if flag {
                report.says([Given::UserSignedIn(true)], line, shown("AzureAdPrt", value));
            }
        }
        None => report.leaves(Fact::UserToken, line, shown("AzureAdPrt", value), Reason::NeitherYesNorNo),
    }
}

/// Whether there is an address; which one is nobody's business here. One that is cut off is there all the same, but an empty
/// one may only be cut off.
fn url(report: &mut Report, line: Line<'_>, value: &str) {
    let number = Some(line.number);
    if !value.is_empty() {
        report.says([Given::MdmUrl(true)], number, "MdmUrl is set");
    } else if line.ended {
        report.says([Given::MdmUrl(false)], number, "MdmUrl is empty");
    } else {
        report.leaves(Fact::MdmUrl, number, "MdmUrl", Reason::MaybeCut);
    }
}

/// The settings of the proxy: the user's, which take three fields, and the machine's.
///
/// What no setting shows is a proxy that inspects TLS (B-1.27), so that stays possible.
#[derive(Default)]
struct Proxies {
    detects: Option<(u32, bool)>,
    script: Option<(u32, bool)>,
    servers: Option<(u32, bool)>,
    machine: Option<(u32, bool)>,
    unread: Option<(u32, String)>,
}

impl Proxies {
    fn note(&mut self, section: &str, name: &str, value: &str, line: Line<'_>) {
        let whole = line.ended || !value.is_empty();
        match (section, name) {
            (USER_PROXY, "Auto Detect Settings") => self.detects = yes(value).map(|flag| (line.number, flag)),
            (USER_PROXY, "Auto-Configuration URL") if whole => self.script = Some((line.number, !value.is_empty())),
            (USER_PROXY, "Proxy Server List") if whole => self.servers = Some((line.number, !value.is_empty())),
            (MACHINE_PROXY, "Access Type") if value == "DIRECT" => self.machine = Some((line.number, false)),
            (MACHINE_PROXY, "Access Type") => self.unread = Some((line.number, shown(name, value))),
            _ => {}
        }
    }

    fn tell(self, report: &mut Report) {
        let left = |ways: [Proxy; 3]| ways.map(Given::Proxy);
        match (self.detects, self.script, self.servers) {
            (_, Some((line, true)), _) | (_, _, Some((line, true))) => {
                let ways = left([Proxy::Machine, Proxy::UserOnly, Proxy::Inspecting]);
                report.says(ways, Some(line), "a proxy of the user is set");
            }
            (Some((line, false)), Some((_, false)), Some((_, false))) => {
                let ways = left([Proxy::Direct, Proxy::Machine, Proxy::Inspecting]);
                report.says(ways, Some(line), "no proxy of the user is set");
            }
            _ => {}
        }
        if let Some((line, false)) = self.machine {
            report.says(
                left([Proxy::Direct, Proxy::UserOnly, Proxy::Inspecting]),
                Some(line),
                "WinHttp Access Type = DIRECT",
            );
        }
        if let Some((line, field)) = self.unread {
            report.leaves(Fact::Proxy, Some(line), field, Reason::Unreadable);
        }
    }
}

const USER_PROXY: &str = "IE Proxy Config for Current User";
const MACHINE_PROXY: &str = "WinHttp Default Proxy Config";

/// What shows that a text is this output, however little of it is there.
const SECTIONS: [&str; 8] = [
    "Device State",
    "Device Details",
    "Tenant Details",
    "User State",
    "SSO State",
    "Diagnostic Data",
    "Ngc Prerequisite Check",
    "Work Account 1",
];
const FIELDS: [&str; 8] = [
    "AzureAdJoined",
    "EnterpriseJoined",
    "DomainJoined",
    "WorkplaceJoined",
    "AzureAdPrt",
    "MdmUrl",
    "NgcSet",
    "WamDefaultSet",
];
