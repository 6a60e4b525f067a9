//! From a run that the agent asks for to a process, and from the end of the process to what the agent is told.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::config::{Config, Filling, Role, RunEntry, SignatureCheck, What, filled, kind_of};
use super::{DevicePolicy, Finished, Identity, Job, Machine, SignatureFault, UserRefused};
use crate::agent::{Run, RunOutcome, RunRefusal, Task};
use crate::chance::mix;
use crate::content::{Hardware, RuleResults, discovery_error, kept_output, lacking, script_code};
use crate::protocol::app_codes::{app_error, applicability};
use crate::protocol::{RunAs, UserId};

/// What a run comes to.
#[derive(Debug)]
pub(super) enum Plan {
    /// Its answer is known at once.
    Answer(RunOutcome),
    /// It cannot run as its user, and why.
    Refuse(UserRefused),
    /// A process is needed, and the text that it runs, to be deleted afterwards.
    Start(Job, Option<PathBuf>),
    /// Its text does not run as far as its signature goes; the agent is told that, and people why (B-5.20, B-6.20, B-8.6).
    Unsigned(SignatureFault),
}

/// Plans a run: looks up what its id stands for, checks its text and puts it where it is run.
///
/// Source: B-5.18, B-5.20, B-5.22, B-5.23, B-6.20, B-8.6.
pub(super) fn plan<M: Machine>(machine: &M, config: &Config, run: &Run, place: &Place<'_>) -> Plan {
    if let Some(answer) = without_process(config, run) {
        return Plan::Answer(answer);
    }
    let Some(entry) = role(run.task).and_then(|role| config.run(role, run.policy, run.revision)) else {
        return Plan::Answer(RunOutcome::Refused(RunRefusal::Unavailable));
    };
    let identity = match run.run_as {
        RunAs::System => Identity::Own,
        RunAs::User => match place.user_of(run.session) {
            Some(user) => match machine.admits(&user, &place.scripts) {
                Ok(()) => Identity::User(user),
                Err(refused) => return Plan::Refuse(refused),
            },
            None => return Plan::Answer(RunOutcome::Refused(RunRefusal::Unavailable)),
        },
    };
    match command(machine, config, run, place, (&entry, &identity)) {
        Ok((words, text)) => {
            if let Err(fault) = admitted(machine, (&entry, &identity), text.as_deref()) {
                return Plan::Unsigned(fault);
            }
            let mut words = words.into_iter();
            let folder = config.app_place(run.policy, run.revision).and_then(|app| app.folder.clone());
            let job = Job {
                program: words.next().unwrap_or_default().into(),
                args: words.map(Into::into).collect(),
                folder,
                identity,
                mark: format!("{}{}", place.mark, place.token),
                keep: config.keep,
            };
            Plan::Start(job, text)
        }
        Err(refusal) => Plan::Answer(RunOutcome::Refused(refusal)),
    }
}

/// Where a run takes place.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// Where texts lie while they run.
    pub(super) scripts: PathBuf,
    /// The beginning of the marks of this agent's processes.
    pub(super) mark: &'a str,
    /// The number of the run.
    pub(super) token: u32,
    /// The users, in the order of their ids from 1 on.
    pub(super) users: &'a [String],
}

impl Place<'_> {
    fn user_of(&self, id: UserId) -> Option<String> {
        self.users.get(usize::from(id.0.checked_sub(1)?)).cloned()
    }
}

const fn role(task: Task) -> Option<Role> {
    match task {
        Task::Script => Some(Role::Script),
        Task::Detect | Task::DetectAgain => Some(Role::Detect),
        Task::Remediate => Some(Role::Remediate),
        Task::Discover => Some(Role::Discover),
        Task::AppDetect => Some(Role::AppDetect),
        Task::AppRequire => Some(Role::AppRequire),
        Task::AppInstall => Some(Role::AppInstall),
        Task::AppUninstall => Some(Role::AppUninstall),
        Task::AppDownload | Task::AppDownloadForeground => None,
    }
}

/// What needs no process: a look for a file, a requirement that nothing asks for, content that lies here already.
fn without_process(config: &Config, run: &Run) -> Option<RunOutcome> {
    let app = config.app_place(run.policy, run.revision);
    match run.task {
        Task::AppDownload | Task::AppDownloadForeground => Some(RunOutcome::Downloaded(match app {
            Some(app) if app.folder.as_deref().is_none_or(Path::is_dir) => 0,
            Some(_) | None => app_error::NO_CONTENT_INFORMATION,
        })),
        Task::AppDetect => app?.detect_path.as_deref().map(|path| RunOutcome::Found(path.exists())),
        Task::AppRequire => {
            let asks = config.setup.library.app(run.policy, run.revision).is_some_and(|app| app.requirements.script);
            (!asks).then(|| RunOutcome::Required(required(config, run, 0)))
        }
        Task::Script
        | Task::Detect
        | Task::Remediate
        | Task::DetectAgain
        | Task::Discover
        | Task::AppInstall
        | Task::AppUninstall => None,
    }
}

fn required(config: &Config, run: &Run, script: u16) -> u16 {
    let rules = RuleResults { script, ..RuleResults::MET };
    let app = config.setup.library.app(run.policy, run.revision);
    app.map_or(applicability::UNKNOWN_REASON, |app| {
        lacking(app, config.setup.facts.os_build, &Hardware::default(), &rules)
    })
}

/// Whether a text may run as far as its signature goes. The copy is asked after, for it is what runs; one that may not is deleted.
fn admitted<M: Machine>(
    machine: &M,
    (entry, identity): (&RunEntry, &Identity),
    text: Option<&Path>,
) -> Result<(), SignatureFault> {
    let asks = match (entry.signature, text) {
        (SignatureCheck::None, _) => return Ok(()),
        // Only PowerShell has such a policy; what runs other texts asks for nothing, so that this does.
        (SignatureCheck::Device, Some(text)) if kind_of(text) == POWERSHELL => {
            machine.device_policy(identity, entry.bits).and_then(DevicePolicy::asks_for_signature)
        }
        (SignatureCheck::Device | SignatureCheck::Publisher, _) => Ok(true),
    };
    let Some(text) = text else { return Err(SignatureFault::NoProvider) };
    asks.and_then(|asks| if asks { machine.signature(text) } else { Ok(()) }).inspect_err(|_| {
        // Should it stay, it is what the content folder has too.
        let _kept = fs::remove_file(text);
    })
}

/// The words of the command, and the text that was put in its place for it.
fn command<M: Machine>(
    machine: &M,
    config: &Config,
    run: &Run,
    place: &Place<'_>,
    (entry, identity): (&RunEntry, &Identity),
) -> Result<(Vec<String>, Option<PathBuf>), RunRefusal> {
    let system = machine.system_folder(entry.bits);
    let policy = match entry.signature {
        SignatureCheck::None => Some("Bypass"),
        SignatureCheck::Publisher => Some("AllSigned"),
        // What says none leaves that of the device in force.
        SignatureCheck::Device => None,
    };
    let system = system.display().to_string();
    let in_place = |words: &[String], file: &str| filled(words, &Filling { system: &system, policy, file });
    let (file, sha256) = match &entry.what {
        What::Command(words) => return Ok((in_place(words, ""), None)),
        What::Text { file, sha256 } => (file, sha256),
    };
    let bytes = fs::read(file).map_err(|_| RunRefusal::Unavailable)?;
    // B-5.23: what is checked is what runs, since a copy is made of these very bytes.
    if sha256.as_ref().is_some_and(|wanted| *wanted != hex(&Sha256::digest(&bytes))) {
        return Err(RunRefusal::Tampered);
    }
    let kind = kind_of(file);
    let words = config.interpreter(&kind).ok_or(RunRefusal::Unavailable)?;
    // B-5.22: named after user and policy. The number of the run keeps one that is being ended apart from the next.
    let copy = place.scripts.join(format!("{}_{}_{}.{kind}", run.user.0, run.policy.0, place.token));
    let _none_before = fs::remove_file(&copy);
    let file = match identity {
        Identity::Own => machine.private_file(&copy),
        Identity::User(user) => machine.file_for_user(&copy, user),
    };
    let written = file.and_then(|mut to| to.write_all(&bytes));
    written.map_err(|_| RunRefusal::Unavailable)?;
    Ok((in_place(words, &copy.display().to_string()), Some(copy)))
}

/// What the agent is told of a process that ended.
pub(super) fn outcome(config: &Config, run: &Run, ended: &Finished) -> RunOutcome {
    let text = ended.stdout.text();
    let stderr = ended.stderr.total > 0;
    let exited = |output: &str| RunOutcome::Exited { code: ended.code, stderr, output: number_of(output) };
    match run.task {
        Task::Script | Task::AppDetect | Task::AppInstall | Task::AppUninstall => exited(&text),
        // B-6.3: the host keeps this much and no more.
        Task::Detect | Task::Remediate | Task::DetectAgain => exited(kept_output(&text, &config.setup.profile)),
        Task::Discover => {
            let script = config.setup.library.discovery(run.policy, run.revision);
            let settings = script.map_or(&[][..], |script| &script.settings);
            let error = discovery_error(ended.code, &text, settings, &config.setup.profile.cc);
            RunOutcome::Discovered { error, output: number_of(&text) }
        }
        Task::AppRequire => {
            let app = config.setup.library.app(run.policy, run.revision);
            let rule = app.and_then(|app| app.script_rule.as_ref());
            RunOutcome::Required(required(config, run, script_code(ended.code, stderr, &text, rule)))
        }
        // These start no process; one that ended all the same brought nothing.
        Task::AppDownload | Task::AppDownloadForeground => RunOutcome::Downloaded(app_error::UNKNOWN),
    }
}

/// A number for a text, the same for the same text; 0 for none.
fn number_of(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let sum = text.bytes().fold(text.len() as u64, |sum, byte| mix(sum ^ u64::from(byte)));
    u32::try_from(sum >> 32).unwrap_or(u32::MAX).max(1)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The kind of texts for PowerShell.
const POWERSHELL: &str = "ps1";

#[cfg(test)]
mod tests;
