//! The way from the file to a [`Config`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::form::{AppForm, CertificateForm, File, MdmForm, RemediationForm, SignedInForm, Stated};
use super::service::ServiceAddress;
use super::words::inseparable;
use super::{
    ANY, AppPlace, BITS, CertificateConfig, Config, ConfigError, ConfigProblem, MdmConfig, POLICY_NAMES, Role,
    RunEntry, SignatureCheck, SignedIn, What, kind_of,
};
use crate::chance::Chance;
use crate::content::{
    App, Detection, DiscoveryScript, DiscoverySetting, Item, Library, Remediation, Requirements, Schedule, TimeOfDay,
    ValueKind,
};
use crate::driver::Setup;
use crate::profile::{Profile, Version};
use crate::protocol::{Policies, PolicyId};
use crate::time::{Span, Wall};

/// Reads the text of a file.
pub(super) fn read(text: &str, name: &str, base: &Path) -> Result<Config, ConfigError> {
    let source = Source { text, name };
    let refused = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        source.error(at, ConfigProblem::Form(error.message().to_owned()))
    };
    let file: File = toml::from_str(text).map_err(refused)?;
    let stated: Stated = toml::from_str(text).map_err(refused)?;
    let content = base.join(file.content.as_deref().unwrap_or(Path::new("content")));
    let mut config = Builder { source, base, content }.build(file)?;
    config.stated = stated.facts.into_keys().collect();
    Ok(config)
}

#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a str,
    name: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, problem: ConfigProblem) -> ConfigError {
        ConfigError::at(self.name, self.text, at, problem)
    }

    fn value<T: std::fmt::Display>(&self, value: &Spanned<T>, wanted: &'static str) -> ConfigError {
        self.error(value.span().start, ConfigProblem::Value { found: value.as_ref().to_string(), wanted })
    }
}

struct Builder<'a> {
    source: Source<'a>,
    base: &'a Path,
    content: PathBuf,
}

impl Builder<'_> {
    fn build(&self, file: File) -> Result<Config, ConfigError> {
        let profile = self.profile(&file)?;
        let at = |value: &Spanned<String>| value.span().start;
        let version = &file.version;
        let version =
            version.as_ref().parse::<Version>().map_err(|error| self.source.error(at(version), error.into()))?;
        let mdm = self.mdm(&file.mdm)?;
        let enrollment = match &mdm.certificate {
            Some(CertificateConfig::File(path)) => Some(path.as_path()),
            Some(CertificateConfig::Stated(_)) | None => None,
        };
        let read = ServiceAddress::read(file.service.as_ref(), &file.connection, self.base, enrollment);
        let mut watched = file.connection.files(self.base);
        let line = file.connection.sum(file.service.as_ref(), &watched);
        watched.extend(enrollment.map(Path::to_owned));
        // What is wrong may show only when the way is made, so it is made once for nothing.
        let service = read.and_then(|service| Ok(service.transport().map(|_unused| service)?));
        let service = service
            .map_err(|refused| self.source.error(refused.at.unwrap_or_else(|| at(&file.service)), refused.problem))?;
        let utc_offset = file.utc_offset_min.as_ref().map(|minutes| match *minutes.as_ref() {
            offset @ -1_440..=1_440 => Ok(offset * 60),
            _ => Err(self.source.value(minutes, "-1440 to 1440 minutes")),
        });
        let keep = file.output_max_kb.as_ref().map_or(Ok(KEEP_KB), |kb| match *kb.as_ref() {
            kb @ 1..=65_536 => Ok(kb),
            _ => Err(self.source.value(kb, "1 to 65536 kilobytes")),
        })?;
        let enrolled = file.enrolled_at.as_ref().map(|time| {
            let read = chrono::DateTime::parse_from_rfc3339(time.as_ref());
            let wanted = "a time such as 2026-01-05T08:00:00Z";
            read.map_or_else(
                |_| Err(self.source.value(time, wanted)),
                |t| Ok(Wall::from_unix_millis(t.timestamp_millis())),
            )
        });
        let mut config = Config {
            service,
            state: file.state.as_ref().map(|state| self.base.join(state)),
            content: self.content.clone(),
            logs: file.logs.as_ref().map(|logs| self.base.join(logs)),
            version,
            setup: Setup {
                profile,
                facts: file.facts,
                chance: Chance::seeded(file.seed, file.device.into()),
                enrolled: enrolled.transpose()?,
                ..Setup::default()
            },
            keep: keep as usize * 1_024,
            restart: file.restart.clone(),
            utc_offset: utc_offset.transpose()?,
            all_users: file.all_users,
            signed_in: file.signed_in.as_ref().map(|form| self.signed_in(form)).transpose()?,
            mdm,
            line,
            watched,
            file: None,
            facts: Vec::new(),
            stated: BTreeSet::new(),
            interpreters: interpreters(file.interpreters.clone()),
            runs: BTreeMap::new(),
            apps: BTreeMap::new(),
        };
        let mut library = Library::EMPTY;
        for script in &file.script {
            let mut entry = self.text(&config, &script.file, script.host_bits.as_ref())?;
            if script.signature_check {
                entry.signature = SignatureCheck::Publisher;
            }
            if let (What::Text { sha256, .. }, Some(given)) = (&mut entry.what, &script.sha256) {
                let hash = given.as_ref().to_ascii_lowercase();
                if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(self.source.value(given, "64 hexadecimal digits"));
                }
                *sha256 = Some(hash);
            }
            self.put(&mut config, (Role::Script, "script"), &script.id, script.revision.unwrap_or(ANY), entry)?;
        }
        for form in &file.remediation {
            self.remediation(&mut config, &mut library, form)?;
        }
        for form in &file.compliance {
            let mut entry = self.text(&config, &form.file, form.host_bits.as_ref())?;
            if form.signature_check {
                entry.signature = SignatureCheck::Publisher;
            }
            let setting = |(name, kind): (&String, &ValueKind)| DiscoverySetting { name: name.clone(), kind: *kind };
            let settings = form.settings.iter().map(setting).collect();
            let script = DiscoveryScript {
                run_as: form.run_as,
                host_bits: entry.bits,
                signature_check: form.signature_check,
                settings,
                ..DiscoveryScript::default()
            };
            self.put(&mut config, (Role::Discover, "compliance"), &form.id, form.revision, entry)?;
            library.insert(PolicyId(*form.id.as_ref()), form.revision, Item::Discovery(Box::new(script)));
        }
        for form in &file.app {
            self.app(&mut config, &mut library, form)?;
        }
        config.setup.library = library;
        Ok(config)
    }

    fn profile(&self, file: &File) -> Result<Profile, ConfigError> {
        let mut profile = match &file.profile {
            Some(name) => {
                let refused = |error: crate::profile::ParamError| self.source.error(name.span().start, error.into());
                Profile::named(name.as_ref()).map_err(refused)?
            }
            None => Profile::default(),
        };
        match file.jitter.as_ref().map(|jitter| jitter.as_ref().as_str()) {
            None | Some("on") => {}
            Some("off") => profile = profile.without_jitter(),
            Some(_) => {
                return file.jitter.as_ref().map_or(Ok(profile), |jitter| Err(self.source.value(jitter, "on or off")));
            }
        }
        for (name, value) in &file.set {
            let text = value.as_ref().to_string();
            let refused = |error: crate::profile::ParamError| self.source.error(value.span().start, error.into());
            profile.set(name, &text).map_err(refused)?;
        }
        Ok(profile)
    }

    fn mdm(&self, form: &MdmForm) -> Result<MdmConfig, ConfigError> {
        let policy = |name: &Spanned<String>| {
            let known = POLICY_NAMES.iter().find(|(known, _)| known == name.as_ref());
            known
                .map(|(_, policy)| *policy)
                .ok_or_else(|| self.source.value(name, "analytics, managed-installer or bios"))
        };
        let policies = form.policies.as_ref().map(|names| {
            names.iter().try_fold(Policies::NONE, |all, name| Ok::<_, ConfigError>(all.with(policy(name)?)))
        });
        let certificate = form.certificate.as_ref().map(|form| match form {
            CertificateForm::Stated(is_there) => CertificateConfig::Stated(*is_there),
            CertificateForm::File(file) => CertificateConfig::File(self.base.join(file)),
        });
        Ok(MdmConfig { certificate, policies: policies.transpose()?, esp: form.esp })
    }

    fn signed_in(&self, form: &Spanned<SignedInForm>) -> Result<SignedIn, ConfigError> {
        let refused = |found: &str, wanted| {
            self.source.error(form.span().start, ConfigProblem::Value { found: found.to_owned(), wanted })
        };
        if cfg!(windows) {
            return Err(refused("signed_in", "none of it: Windows says who is signed in"));
        }
        match form.as_ref() {
            SignedInForm::Names(names) => Ok(SignedIn::Names(names.clone())),
            SignedInForm::Word(word) if word == "sessions" => Ok(SignedIn::Sessions),
            SignedInForm::Word(word) => Err(refused(word, "a list of account names, or \"sessions\"")),
        }
    }

    /// A text in the content folder that something can run.
    fn text(
        &self,
        config: &Config,
        file: &Spanned<PathBuf>,
        bits: Option<&Spanned<u8>>,
    ) -> Result<RunEntry, ConfigError> {
        let path = self.content.join(file.as_ref());
        let at = file.span().start;
        let kind = kind_of(&path);
        if config.interpreter(&kind).is_none_or(<[String]>::is_empty) {
            return Err(self.source.error(at, ConfigProblem::NoInterpreter(kind)));
        }
        if !path.is_file() {
            return Err(self.source.error(at, ConfigProblem::NoFile(path)));
        }
        let what = What::Text { file: path, sha256: None };
        Ok(RunEntry { what, bits: self.bits(bits)?, signature: SignatureCheck::None })
    }

    fn bits(&self, bits: Option<&Spanned<u8>>) -> Result<u8, ConfigError> {
        match bits {
            None => Ok(BITS),
            Some(bits) if [32, 64].contains(bits.as_ref()) => Ok(*bits.as_ref()),
            Some(bits) => Err(self.source.value(bits, "32 or 64")),
        }
    }

    fn put(
        &self,
        config: &mut Config,
        (role, kind): (Role, &'static str),
        id: &Spanned<u32>,
        revision: u32,
        entry: RunEntry,
    ) -> Result<(), ConfigError> {
        let number = *id.as_ref();
        match config.runs.insert((role, PolicyId(number), revision), entry) {
            None => Ok(()),
            Some(_) => Err(self.source.error(id.span().start, ConfigProblem::Twice { kind, id: number })),
        }
    }

    fn remediation(
        &self,
        config: &mut Config,
        library: &mut Library,
        form: &RemediationForm,
    ) -> Result<(), ConfigError> {
        let text = |file: &Spanned<PathBuf>| {
            let mut entry = self.text(config, file, form.host_bits.as_ref())?;
            if form.signature_check {
                entry.signature = SignatureCheck::Device;
                if let Some(word) = config.interpreter(&kind_of(file.as_ref())).and_then(inseparable) {
                    return Err(self.source.error(file.span().start, ConfigProblem::Inseparable(word.clone())));
                }
            }
            Ok(entry)
        };
        let detect = text(&form.detect)?;
        let remediate = form.remediate.as_ref().map(text).transpose()?;
        self.put(config, (Role::Detect, "remediation"), &form.id, form.revision, detect)?;
        if let Some(entry) = remediate {
            self.put(config, (Role::Remediate, "remediation"), &form.id, form.revision, entry)?;
        }
        let remediation = Remediation {
            run_as: form.run_as,
            has_remediation: form.remediate.is_some(),
            schedule: self.schedule(form)?,
            signature_check: form.signature_check,
            ..Remediation::default()
        };
        library.insert(PolicyId(*form.id.as_ref()), form.revision, Item::Remediation(Box::new(remediation)));
        Ok(())
    }

    fn schedule(&self, form: &RemediationForm) -> Result<Schedule, ConfigError> {
        match (&form.every_hours, &form.every_days) {
            (None, None) => Ok(Schedule::Default),
            (Some(hours), None) => {
                let refused = |error| self.source.error(hours.span().start, ConfigProblem::Schedule(error));
                Ok(Schedule::Hourly((*hours.as_ref()).try_into().map_err(refused)?))
            }
            (None, Some(days)) => {
                let refused = |error| self.source.error(days.span().start, ConfigProblem::Schedule(error));
                let every = (*days.as_ref()).try_into().map_err(refused)?;
                Ok(Schedule::Daily { every, at: self.time_of_day(form.at.as_ref())?, utc: false })
            }
            (Some(hours), Some(_)) => Err(self.source.value(hours, "one of `every_hours` and `every_days`")),
        }
    }

    fn time_of_day(&self, at: Option<&Spanned<String>>) -> Result<TimeOfDay, ConfigError> {
        let Some(at) = at else { return TimeOfDay::try_from(0).map_err(|error| self.source.error(0, error.into())) };
        let read =
            at.as_ref().split_once(':').and_then(|(h, m)| Some((h.parse::<u32>().ok()?, m.parse::<u32>().ok()?)));
        let seconds = read.filter(|(h, m)| *h < 24 && *m < 60).map(|(h, m)| h * 3_600 + m * 60);
        let time = seconds.and_then(|seconds| TimeOfDay::try_from(seconds).ok());
        time.ok_or_else(|| self.source.value(at, "a time of day such as 09:30"))
    }

    fn app(&self, config: &mut Config, library: &mut Library, form: &AppForm) -> Result<(), ConfigError> {
        let (id, number) = (&form.id, *form.id.as_ref());
        let detection = match (&form.detect, &form.detect_path) {
            (Some(script), None) => {
                let entry = self.text(config, script, form.host_bits.as_ref())?;
                self.put(config, (Role::AppDetect, "app"), id, form.revision, entry)?;
                Detection::Script
            }
            (None, Some(_)) => Detection::Rules,
            (Some(_), Some(_)) | (None, None) => {
                return Err(self.source.error(id.span().start, ConfigProblem::NoDetection(number)));
            }
        };
        if let Some(script) = &form.require {
            let entry = self.text(config, script, form.host_bits.as_ref())?;
            self.put(config, (Role::AppRequire, "app"), id, form.revision, entry)?;
        }
        let bits = self.bits(form.host_bits.as_ref())?;
        let command = |command: &[String]| RunEntry {
            what: What::Command(command.to_vec()),
            bits,
            signature: SignatureCheck::None,
        };
        self.put(config, (Role::AppInstall, "app"), id, form.revision, command(&form.install))?;
        if let Some(uninstall) = &form.uninstall {
            self.put(config, (Role::AppUninstall, "app"), id, form.revision, command(uninstall))?;
        }
        let place = AppPlace {
            detect_path: form.detect_path.clone(),
            folder: form.folder.as_ref().map(|folder| self.content.join(folder)),
        };
        config.apps.insert((PolicyId(number), form.revision), place);
        let app = App {
            run_as: form.run_as,
            detection,
            requirements: Requirements { script: form.require.is_some(), ..Requirements::default() },
            install_limit: form.limit_min.map(Span::mins),
            ..App::default()
        };
        library.insert(PolicyId(number), form.revision, Item::App(Box::new(app)));
        Ok(())
    }
}

/// What runs a text, by the ending of its name: what the file says over what is usual on the system (B-5.20, B-5.21).
fn interpreters(given: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let usual: &[(&str, &[&str])] = if cfg!(windows) {
        &[
            ("cmd", &["{system}\\cmd.exe", "/d", "/c", "{file}"]),
            ("ps1", &[POWERSHELL, "-NoProfile", "-ExecutionPolicy", "{policy}", "-File", "{file}"]),
        ]
    } else {
        &[("ps1", &["pwsh", "-NoProfile", "-File", "{file}"]), ("sh", &["/bin/sh", "{file}"])]
    };
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut all: BTreeMap<String, Vec<String>> =
        usual.iter().map(|(kind, words)| ((*kind).to_owned(), owned(words))).collect();
    all.extend(given);
    all
}

const POWERSHELL: &str = "{system}\\WindowsPowerShell\\v1.0\\powershell.exe";
/// How much is kept of a stream of a process, in kilobytes, where the file does not say.
const KEEP_KB: u32 = 1_024;
