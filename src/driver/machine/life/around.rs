//! What is around the agent, looked at again while it runs: the configuration, the MDM channel, who is signed in, what people
//! ask, what the service pushes. Whatever has changed reaches the agent as an input, or as another fact.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::super::ask;
use super::super::mdm::{Certificate, CertificateError, MdmState};
use super::super::show::{time, word};
use super::super::{CheckIn, Config, Machine, Pushed, SignedIn};
use super::Life;
use crate::agent::Input;
use crate::diagnostics::Report;
use crate::driver::Transport;
use crate::time::Span;

/// What was seen when it was looked last.
#[derive(Debug, Default)]
pub(super) struct Around {
    looked_at: Span,
    /// When the machine itself was asked; `None` if it is to be asked at the next look.
    asked_at: Option<Span>,
    files: Vec<Stamp>,
    /// Files that have changed and may still be on their way to the disk.
    changing: Option<Vec<Stamp>>,
    /// Why the configuration that lies there now is not in force.
    refused: Option<String>,
    /// What the machine said of itself.
    report: Option<Report>,
    /// What the machine said of the MDM channel.
    machine: MdmState,
    unclear: Option<CertificateError>,
    /// The name of the certificate that was seen last, by this process or one before.
    seen: Option<String>,
    /// What the agent was told of the MDM channel.
    told: MdmState,
    /// Who is signed in as the configuration has it.
    present: Vec<String>,
    /// How the last check-in went, and whether it failed.
    check_in: Option<(String, bool)>,
}

/// Tells one state of a file from another: when it was changed, and how long it is.
type Stamp = Option<(Option<SystemTime>, u64)>;

impl<M: Machine> Life<M> {
    /// Looks for the first time, before the agent is told anything. Gives who is signed in, given those whom the system told.
    pub(super) fn begin_around(&mut self, present: &[String]) -> Vec<String> {
        self.around.looked_at = self.machine.read().since_boot;
        self.around.files = stamps(&self.config);
        // What was asked of the process before is not for this one. Where it cannot be taken away there was nothing.
        let _nothing = ask::clear(self.host().store().folder());
        self.around.seen = self.host().store().certificate();
        self.ask_machine(self.around.looked_at);
        let mut all = present.to_vec();
        if self.everybody_is_entra() {
            self.around.present = self.users_now();
            all.extend(self.around.present.iter().cloned());
        }
        all
    }

    /// Looks around, at most once in [`LOOK_EVERY`]; pushes are taken at once.
    pub(super) fn look_around(&mut self) {
        self.take_pushes();
        self.look_at_check_in();
        let now = self.machine.read().since_boot;
        if now.saturating_sub(self.around.looked_at) < LOOK_EVERY {
            return;
        }
        self.around.looked_at = now;
        for asked in ask::take(self.host().store().folder()) {
            match asked {
                Ok(ask) => self.feed(ask.input()),
                Err(text) => self.host().store().say(&format!("it was asked something that it does not know: {text}")),
            }
        }
        self.look_at_files();
        if self.around.asked_at.is_none_or(|at| now.saturating_sub(at) >= ASK_EVERY) {
            self.ask_machine(now);
        }
        self.tell_certificate();
        self.tell_mdm();
        self.look_at_users();
    }

    /// That the service cannot be reached, or refuses, is said once with all that is known of it, and once that it answers again.
    fn look_at_check_in(&mut self) {
        let Some(CheckIn { at, workload, failure }) = self.host_mut().take_check_in() else { return };
        let had_failed = self.around.check_in.as_ref().is_some_and(|(_, failed)| *failed);
        let (at, workload) = (time(at), word(&workload));
        let line = match failure {
            None => {
                if had_failed {
                    self.host().store().say("check-ins are answered again");
                }
                format!("last check-in: {workload} at {at}, answered")
            }
            Some(failure) => {
                let why = match self.session.transport().trouble() {
                    Some(more) if more != failure.to_string() => format!("{failure} ({more})"),
                    Some(_) | None => failure.to_string(),
                };
                if !had_failed {
                    let text = format!("a check-in failed: {why}; the agent tries again when the next is due");
                    self.host().store().say(&text);
                }
                format!("last check-in: {workload} at {at}, failed: {why}")
            }
        };
        self.around.check_in = Some((line, failure.is_some()));
    }

    fn take_pushes(&mut self) {
        while let Some(pushed) = self.pushes.as_mut().and_then(|pushes| pushes.take()) {
            match pushed {
                Pushed::Agent(input) => self.feed(input),
                // Its session may leave something new.
                Pushed::Mdm => self.around.asked_at = None,
            }
        }
    }

    /// A change is taken over once the files lie still from one look to the next: one that is being written is no change yet.
    fn look_at_files(&mut self) {
        let now = stamps(&self.config);
        if now == self.around.files {
            self.around.changing = None;
            return;
        }
        if self.around.changing.as_ref() != Some(&now) {
            self.around.changing = Some(now);
            return;
        }
        let Some(file) = self.config.file.clone() else { return };
        (self.around.files, self.around.changing) = (now, None);
        match Config::load(&file) {
            Ok(config) => self.reconfigure(config),
            Err(error) => {
                self.host().store().say(&format!("{error}; the configuration before stays in force"));
                self.around.refused = Some(error.to_string());
            }
        }
    }

    fn reconfigure(&mut self, mut config: Config) {
        self.around.refused = None;
        if !config.begins_as(&self.config) {
            let what = "`state`, `logs`, `version`, `profile`, `jitter`, `seed`, `device` or [set] have changed";
            self.host().store().say(&format!("{what}: that takes effect when the agent starts again"));
        }
        let before = &self.config;
        (config.state, config.logs, config.version) = (before.state.clone(), before.logs.clone(), before.version);
        (config.setup.profile, config.setup.chance) = (before.setup.profile.clone(), before.setup.chance);
        if let Some(report) = &self.around.report {
            config.learn(report.clone());
        }
        if config.line != self.config.line {
            match config.service.connect() {
                Ok(connection) => {
                    self.session.transport_mut().change(connection.transport);
                    self.pushes = connection.pushes;
                }
                Err(problem) => {
                    self.host().store().say(&format!("{problem}; the connection before stays"));
                    (config.service, config.line) = (self.config.service.clone(), self.config.line);
                }
            }
        }
        self.put_in_force(config);
        self.around.files = stamps(&self.config);
        self.host().store().say("the configuration has changed and was read again");
    }

    fn put_in_force(&mut self, config: Config) {
        let setup = self.session.setup_mut();
        setup.facts = config.setup.facts;
        setup.library = config.setup.library.clone();
        setup.enrolled = config.setup.enrolled;
        let config = Arc::new(config);
        self.host_mut().set_config(Arc::clone(&config));
        self.config = config;
    }

    /// Asks the machine what it says of itself and of the MDM channel.
    fn ask_machine(&mut self, now: Span) {
        self.around.asked_at = Some(now);
        if let Some(report) = self.machine.report().filter(|report| Some(report) != self.around.report.as_ref()) {
            let mut config = Config::clone(&self.config);
            config.learn(report.clone());
            self.around.report = Some(report);
            self.put_in_force(config);
        }
        self.around.machine = self.machine.mdm(self.around.seen.as_deref());
    }

    fn known(&mut self) -> MdmState {
        let (known, unclear) = self.config.mdm.over(self.around.machine.clone(), self.around.seen.as_deref());
        if unclear != self.around.unclear {
            if let Some(error) = &unclear {
                self.host().store().say(&format!("{error}; whether the device is enrolled is not known"));
            }
            self.around.unclear = unclear;
        }
        if let Some(Certificate::There(name)) = &known.certificate
            && self.around.seen.as_ref() != Some(name)
        {
            if let Err(error) = self.host().store().write_certificate(name) {
                self.host().store().say(&format!("that a certificate is there was not kept: {error}"));
            }
            self.around.seen = Some(name.clone());
        }
        known
    }

    /// The certificate came, was renewed or went (B-10.13, B-8.23).
    pub(super) fn tell_certificate(&mut self) {
        let known = self.known().certificate;
        if known.is_none() || known == self.around.told.certificate {
            return;
        }
        let is_there = known != Some(Certificate::Lost);
        self.around.told.certificate = known;
        self.feed(Input::Certificate(is_there));
        if !is_there {
            // They went with it, and are to be told once it is there again.
            self.around.told.policies = None;
        }
    }

    /// Policies (B-8.14, B-8.20, B-8.22), and the phase of the Enrollment Status Page (B-7.56).
    pub(super) fn tell_mdm(&mut self) {
        let MdmState { policies, esp, certificate } = self.known();
        if let Some(policies) = policies.filter(|_| certificate != Some(Certificate::Lost))
            && self.around.told.policies != Some(policies)
        {
            self.around.told.policies = Some(policies);
            self.feed(Input::Policies(policies));
        }
        if let Some(phase) = esp
            && self.around.told.esp != Some(phase)
        {
            self.around.told.esp = Some(phase);
            self.feed(Input::Esp(phase));
        }
    }

    /// Sign-ins and sign-outs as the configuration has them (B-4.17).
    fn look_at_users(&mut self) {
        let now = self.users_now();
        let before = std::mem::take(&mut self.around.present);
        let is_entra = self.everybody_is_entra();
        for user in before.iter().filter(|user| !now.contains(user)) {
            self.signed_out(user);
        }
        for user in now.iter().filter(|user| !before.contains(user)) {
            self.signed_in(user, is_entra);
        }
        self.around.present = now;
    }

    fn users_now(&self) -> Vec<String> {
        match &self.config.signed_in {
            None => Vec::new(),
            Some(SignedIn::Names(names)) => names.clone(),
            Some(SignedIn::Sessions) => self.machine.sessions(),
        }
    }

    /// Who is named in the configuration is one of Entra's; of others nobody can tell here, unless all are.
    fn everybody_is_entra(&self) -> bool {
        self.config.all_users || matches!(self.config.signed_in, Some(SignedIn::Names(_)))
    }

    /// What people may want to know of it.
    pub(super) fn around_lines(&self) -> Vec<String> {
        let mut lines = Vec::from_iter(self.around.check_in.iter().map(|(line, _)| line.clone()));
        if let Some(reason) = &self.around.refused {
            lines.push(format!("the configuration that lies there is not in force: {reason}"));
        }
        lines.extend(self.around.unclear.iter().map(|error| format!("MDM certificate: not known, {error}")));
        lines.extend(self.around.told.lines());
        if !self.around.present.is_empty() {
            lines.push(format!("signed in: {}", self.around.present.join(", ")));
        }
        lines
    }
}

fn stamps(config: &Config) -> Vec<Stamp> {
    let stamp = |path: &Path| fs::metadata(path).ok().map(|is| (is.modified().ok(), is.len()));
    config
        .file
        .as_deref()
        .into_iter()
        .chain(config.watched.iter().map(std::path::PathBuf::as_path))
        .map(stamp)
        .collect()
}

/// How often is looked.
const LOOK_EVERY: Span = Span::secs(1);
/// How often the machine itself is asked, which reads some dozens of keys.
const ASK_EVERY: Span = Span::mins(1);
