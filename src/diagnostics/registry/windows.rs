//! What `Windows NT\CurrentVersion` says, in a registry as in the metadata of an MDM report: build, revision, edition.
//!
//! Traps: `ProductName` still says 10 on a Windows 11, `CompositionEditionID` names the edition that an image was made of, and
//! `CurrentVersion` is 6.3 on every Windows. None of them is looked at.

use super::super::dsregcmd::shown;
use super::super::edition;
use super::super::given::{Fact, Given, number};
use super::super::report::{Reason, Report};

/// The values that were found.
#[derive(Default)]
pub(in super::super) struct Told {
    builds: Vec<(&'static str, String, Option<u32>)>,
    revision: Vec<(u32, Option<u32>)>,
    edition: Vec<(String, Option<u32>)>,
    installation: Vec<(String, Option<u32>)>,
}

impl Told {
    /// A value that is a text.
    pub(in super::super) fn text(&mut self, name: &str, value: &str, line: Option<u32>) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("CurrentBuildNumber") {
            self.builds.push(("CurrentBuildNumber", value.to_owned(), line));
        } else if is("CurrentBuild") {
            self.builds.push(("CurrentBuild", value.to_owned(), line));
        } else if is("EditionID") {
            self.edition.push((value.to_owned(), line));
        } else if is("InstallationType") {
            self.installation.push((value.to_owned(), line));
        }
    }

    /// A value that is a number.
    pub(in super::super) fn number(&mut self, name: &str, value: Option<u32>, line: Option<u32>) {
        if let (true, Some(value)) = (name.eq_ignore_ascii_case("UBR"), value) {
            self.revision.push((value, line));
        }
    }

    /// Says it; `prefix` is the key's name, `missing` the reason for what is not there.
    pub(in super::super) fn tell(self, report: &mut Report, prefix: &str, missing: &Reason) {
        for (name, text, line) in &self.builds {
            match number(text) {
                Some(build) => report.says([Given::OsBuild(build)], *line, shown(&format!("{prefix}{name}"), text)),
                None => {
                    report.leaves(Fact::OsBuild, *line, shown(&format!("{prefix}{name}"), text), Reason::Unreadable)
                }
            }
        }
        for (revision, line) in &self.revision {
            report.says([Given::Revision(*revision)], *line, format!("{prefix}UBR = {revision}"));
        }
        // A server says so here; no rule names one.
        let server = self.installation.iter().find(|(kind, _)| kind.to_ascii_lowercase().starts_with("server"));
        for (id, line) in &self.edition {
            let field = shown(&format!("{prefix}EditionID"), id);
            match edition::by_id(id) {
                Some(known) if server.is_none() || known == crate::facts::Edition::MultiSession => {
                    report.says([Given::Edition(known)], *line, field);
                }
                Some(_) | None => report.leaves(Fact::Edition, *line, field, Reason::UnknownEdition),
            }
        }
        let fields = [(Fact::OsBuild, "CurrentBuild"), (Fact::Revision, "UBR"), (Fact::Edition, "EditionID")];
        let fields = fields.map(|(fact, name)| (fact, format!("{prefix}{name}")));
        let fields: Vec<(Fact, &str)> = fields.iter().map(|(fact, name)| (*fact, name.as_str())).collect();
        report.misses(&fields, missing);
    }
}
