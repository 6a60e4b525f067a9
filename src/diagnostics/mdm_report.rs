//! The MDM diagnostics report as XML. First read: B-11.3.
//!
//! What counts as an enrollment with Intune is one whose provider is `MS DM Server`: a device that nobody manages has two dozen
//! entries in the same list, of provisioning packages and other things, in state 1 like the real one.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;

use super::error::Problem;
use super::given::{Fact, Given, number};
use super::report::{Reason, Report};
use super::sniff::Broken;
use super::text::{position, small};
use crate::facts::diagnosis::has_mdm_device_with_aad;
use crate::facts::{EnrollmentPath, Facts};

/// The provider of an enrollment with Intune.
pub(super) const INTUNE: &str = "MS DM Server";

/// The property of B-11.3.
const PROPERTY: &str = "MDMDeviceWithAAD";

const ROOT: &str = "MDMEnterpriseDiagnosticsReport";

/// Reads the report element by element; what lies deeper than its facts is passed over.
pub(super) fn read(report: &mut Report, text: &str) -> Result<(), Broken> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.enter(tag.name().into_inner(), at, text)?,
            Ok(Event::Empty(tag)) => {
                walk.enter(tag.name().into_inner(), at, text)?;
                walk.leave(report);
            }
            Ok(Event::End(_)) => walk.leave(report),
            Ok(Event::Text(piece)) => walk.text(&piece),
            Ok(Event::CData(piece)) => walk.text(&piece),
            // What is referred to is in no value that is looked for; it must not vanish from one.
            Ok(Event::GeneralRef(_)) => walk.text("\u{FFFD}"),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Ok(Event::Eof) => break,
            Err(error) => {
                if is_cut(&error, at, text) {
                    break;
                }
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err((position(text, at), Problem::Xml(error.to_string())));
            }
        }
    }
    if !walk.seen_root {
        return Err((position(text, text.len()), Problem::Xml("it ends before its first element".to_owned())));
    }
    if !walk.is_whole() {
        report.cut = Some(position(text, text.len()));
    }
    walk.finish(report, text);
    Ok(())
}

/// True for an error that the end of the text explains.
fn is_cut(error: &Error, at: usize, text: &str) -> bool {
    match error {
        Error::Syntax(_) | Error::IllFormed(IllFormedError::UnclosedReference) => {
            // Nothing that would close it follows.
            text.get(at..)
                .is_none_or(|rest| !rest.contains('>') || rest.starts_with("<!--") || rest.starts_with("<![C"))
        }
        Error::Io(_)
        | Error::IllFormed(_)
        | Error::InvalidAttr(_)
        | Error::Encoding(_)
        | Error::Escape(_)
        | Error::Namespace(_) => false,
    }
}

/// One entry of the list of enrollments.
#[derive(Default)]
struct Enrollment {
    line: u32,
    provider: String,
    state: String,
    kind: String,
}

/// Where the reader is, and what it has seen.
#[derive(Default)]
struct Walk {
    /// The names of the open elements, as deep as facts lie.
    open: Vec<String>,
    /// How many are open, however deep.
    depth: usize,
    seen_root: bool,
    /// How far lines are counted, and the line there: where the innermost element starts.
    counted: usize,
    line: u32,
    /// The text of the innermost element.
    value: String,
    current: Enrollment,
    enrollments: Vec<Enrollment>,
    /// The lists after whose end no enrollment comes any more.
    lists_ended: u8,
    /// A server of the device's accounts.
    server: Option<u32>,
    version: Option<String>,
    finished: bool,
}

/// How deep facts lie.
const DEEP: usize = 5;

impl Walk {
    fn enter(&mut self, name: &str, at: usize, text: &str) -> Result<(), Broken> {
        if self.depth == 0 {
            if name != ROOT && !self.seen_root {
                let shown: String = name.chars().take(40).collect();
                return Err((position(text, at), Problem::ForeignXml(shown)));
            }
            self.seen_root = true;
        }
        if self.depth < DEEP {
            self.open.push(name.to_owned());
        }
        self.depth += 1;
        self.value.clear();
        let passed = text.as_bytes().get(self.counted..at).unwrap_or_default();
        self.line += small(passed.iter().filter(|byte| **byte == b'\n').count());
        self.counted = self.counted.max(at);
        if self.path() == [ROOT, "Enrollments", "Enrollment"] {
            self.current = Enrollment { line: self.line + 1, ..Enrollment::default() };
        }
        Ok(())
    }

    fn text(&mut self, piece: &str) {
        if self.depth <= DEEP {
            self.value.push_str(piece);
        }
    }

    fn path(&self) -> Vec<&str> {
        if self.depth > DEEP { Vec::new() } else { self.open.iter().map(String::as_str).collect() }
    }

    fn leave(&mut self, report: &mut Report) {
        let (line, value) = (self.line + 1, self.value.trim().to_owned());
        match self.path().as_slice() {
            [ROOT, "SystemInformation", "OSVersion"] => self.version = Some(value),
            [ROOT, "Enrollments", "Enrollment", "ProviderID"] => self.current.provider = value,
            [ROOT, "Enrollments", "Enrollment", "EnrollmentState"] => self.current.state = value,
            [ROOT, "Enrollments", "Enrollment", "EnrollmentType"] => self.current.kind = value,
            [ROOT, "Enrollments", "Enrollment"] => {
                let whole = core::mem::take(&mut self.current);
                self.enrollments.push(whole);
            }
            [ROOT, "DeviceManagementAccount", .., "MDMServerName"] if !value.is_empty() => self.server = Some(line),
            [ROOT, "Enrollments" | "DeviceManagementAccount"] => self.lists_ended += 1,
            [ROOT] => self.finished = true,
            _ => {}
        }
        if let Some(version) = self.version.take() {
            system(report, &version, Some(line));
        }
        if self.depth <= DEEP {
            self.open.pop();
        }
        self.depth = self.depth.saturating_sub(1);
        self.value.clear();
    }

    fn is_whole(&self) -> bool {
        self.finished && self.depth == 0
    }

    /// What the lists say when nothing more comes.
    fn finish(&self, report: &mut Report, text: &str) {
        let intune: Vec<&Enrollment> =
            self.enrollments.iter().filter(|one| one.provider.eq_ignore_ascii_case(INTUNE)).collect();
        for one in &intune {
            let field = format!("Enrollment of {INTUNE}, state {}, type {}", or_none(&one.state), or_none(&one.kind));
            if one.state == "1" {
                report.says([Given::Enrolled(true)], Some(one.line), field);
            } else {
                report.leaves(Fact::Enrolled, Some(one.line), field, Reason::EnrollmentState);
            }
        }
        if intune.is_empty() {
            let field = format!("Enrollment of {INTUNE}");
            match self.server {
                Some(line) => report.leaves(Fact::Enrolled, Some(line), "MDMServerName", Reason::Unreadable),
                None if self.lists_ended == 2 => {
                    let all = self.enrollments.len();
                    report.says([Given::Enrolled(false)], None, format!("none of {all} entries is an {field}"));
                }
                None if self.is_whole() => report.leaves(Fact::Enrolled, None, field, Reason::Missing),
                None => report.leaves(Fact::Enrolled, None, field, Reason::MaybeCut),
            }
        }
        self.note_types(report);
        property(report, text, self.is_whole());
        report.misses(&[(Fact::OsBuild, "OSVersion"), (Fact::Revision, "OSVersion")], &Reason::Missing);
    }

    /// How many enrollments there are of each type.
    fn note_types(&self, report: &mut Report) {
        let mut types: BTreeMap<u32, u32> = BTreeMap::new();
        for kind in self.enrollments.iter().filter_map(|one| number(&one.kind)) {
            *types.entry(kind).or_default() += 1;
        }
        if !types.is_empty() {
            let listed: Vec<String> = types.iter().map(|(kind, count)| format!("{count} of type {kind}")).collect();
            report.notes.push(format!("enrollments: {}", listed.join(", ")));
        }
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// `10.0.19592.1001`: the third number is the build, the fourth its revision.
pub(super) fn system(report: &mut Report, version: &str, line: Option<u32>) {
    let numbers: Option<Vec<u32>> = version.split('.').map(number).collect();
    let field = super::dsregcmd::shown("OSVersion", version);
    match numbers.as_deref() {
        Some([10, 0, build, revision]) => {
            report.says([Given::OsBuild(*build)], line, field.clone());
            report.says([Given::Revision(*revision)], line, field);
        }
        Some([10, 0, build]) => report.says([Given::OsBuild(*build)], line, field),
        Some(_) | None => report.leaves(Fact::OsBuild, line, field, Reason::Unreadable),
    }
}

/// The property of B-11.3, wherever it stands: its place in the file is not known.
///
/// Where it is, the device enrolled in one of the ways that the rule counts as automatic. Where it is not, that is said, but
/// no way follows: public reports of enrolled devices lack it.
pub(super) fn property(report: &mut Report, text: &str, is_whole: bool) {
    match text.find(PROPERTY) {
        Some(at) => {
            let line = Some(position(text, at).line);
            report.says([Given::AutoEnrolled(true)], line, PROPERTY);
            report.says([Given::Enrolled(true)], line, PROPERTY);
            let ways: Vec<Given> = Fact::Enrollment.values().into_iter().flatten().filter(is_automatic).collect();
            report.says(ways, line, PROPERTY);
        }
        None if is_whole => report.says([Given::AutoEnrolled(false)], None, format!("{PROPERTY} does not occur")),
        None => report.leaves(Fact::AutoEnrolled, None, PROPERTY, Reason::MaybeCut),
    }
}

fn is_automatic(way: &Given) -> bool {
    let with = |enrollment: EnrollmentPath| Facts { enrollment, ..Facts::default() };
    matches!(way, Given::Enrollment(path) if has_mdm_device_with_aad(&with(*path), true))
}
