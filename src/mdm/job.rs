//! The job that installs the agent. First read: B-2.4 to B-2.11, C-2.3.

use serde::{Deserialize, Serialize};

use super::{Effect, Event, Sink, Timer, Turn};
use crate::profile::Version;
use crate::protocol::Token;
use crate::retry::{Next, Policy, Retry};
use crate::rules::b;
use crate::sabotage::{Sabotage, is_on};
use crate::time::{Awake, Span};

/// The state of an install job.
///
/// Source: B-2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum JobState {
    /// The node is added.
    Initialised = 10,
    /// The package is downloaded.
    Downloading = 20,
    /// A download failed, the next try is awaited.
    WaitingToDownload = 25,
    /// Every download failed.
    DownloadFailed = 30,
    /// The package is there.
    Downloaded = 40,
    /// The installer needs a user's session.
    WaitingForUser = 48,
    /// The installer runs.
    Enforcing = 50,
    /// The installer failed, the next try is awaited.
    WaitingToEnforce = 55,
    /// Every run of the installer failed.
    EnforcementFailed = 60,
    /// The agent is there.
    Completed = 70,
}

impl JobState {
    /// The number of the state in Windows.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// True where the job is over.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::DownloadFailed | Self::EnforcementFailed | Self::Completed)
    }
}

/// One install job; where Windows keeps its data is B-2.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Job {
    version: Version,
    state: JobState,
    /// Tries of the present step.
    retry: Retry<Awake>,
    token: Option<Token>,
}

impl Job {
    pub(super) const fn state(&self) -> JobState {
        self.state
    }

    /// Puts it into a print. What a job that is over has tried does not count any more: the next begins anew.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        use core::hash::Hash;
        let Self { version, state, retry, token } = self;
        print.version(*version);
        state.hash(print);
        if !state.is_final() {
            retry.print(print, crate::canon::Print::maybe_awake);
            print.token(crate::canon::Side::Mdm, *token);
        }
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// A session ordered the agent in this version (B-2.4). A job that is under way goes on; one that has failed for
    /// good, or brings another version, is begun anew (B-2.11).
    pub(super) fn begin_job(&mut self, version: Version) {
        let Some(enrolled) = self.enrolled() else { return };
        let is_under_way = enrolled.job.as_ref().is_some_and(|job| !job.state.is_final() && job.version == version);
        if is_under_way && !is_on(Sabotage::SecondJob) || is_on(Sabotage::NoInstall) {
            return;
        }
        enrolled.job = Some(Box::new(Job { version, state: JobState::Initialised, retry: Retry::new(), token: None }));
        self.client.timers.clear(Timer::Job);
        self.note_job();
        self.download();
    }

    fn download(&mut self) {
        let token = self.token();
        let Some(version) = self.step(JobState::Downloading, Some(token)) else { return };
        self.arm(Timer::Job, self.cx.profile.install.timeout().unwrap_or(DOWNLOAD_LIMIT));
        self.effect(Effect::Download { token, version });
    }

    fn enforce(&mut self) {
        let token = self.token();
        let Some(version) = self.step(JobState::Enforcing, Some(token)) else { return };
        if let Some(limit) = self.cx.profile.install.timeout() {
            self.arm(Timer::Job, limit);
        }
        self.effect(Effect::Install { token, version });
    }

    /// A download or an installer ended.
    pub(super) fn job_completed(&mut self, token: Token, ok: bool) {
        let job = self
            .enrolled()
            .and_then(|enrolled| enrolled.job.as_deref().copied())
            .filter(|job| job.token == Some(token));
        let Some(job) = job else {
            return self.note(b(2, 4), Event::Stale { token });
        };
        self.client.timers.clear(Timer::Job);
        match (job.state, ok) {
            (JobState::Downloading, true) => {
                self.begin_tries();
                self.step(JobState::Downloaded, None);
                self.enforce();
            }
            (JobState::Enforcing, true) => {
                if let Some(version) = self.step(JobState::Completed, None) {
                    self.effect(Effect::AgentInstalled(version));
                }
            }
            (JobState::Downloading, false) => self.try_failed(JobState::WaitingToDownload, JobState::DownloadFailed),
            (JobState::Enforcing, false) => self.try_failed(JobState::WaitingToEnforce, JobState::EnforcementFailed),
            (
                JobState::Initialised
                | JobState::WaitingToDownload
                | JobState::DownloadFailed
                | JobState::Downloaded
                | JobState::WaitingForUser
                | JobState::WaitingToEnforce
                | JobState::EnforcementFailed
                | JobState::Completed,
                _,
            ) => self.note(b(2, 4), Event::Stale { token }),
        }
    }

    /// B-2.7: with a retry count of 3 there are 4 tries before the failed state.
    fn try_failed(&mut self, waiting: JobState, failed: JobState) {
        self.client.timers.clear(Timer::Job);
        let install = &self.cx.profile.install;
        let (policy, now) = (Policy::install_job(install.tries(), install.retry_interval()), self.now.awake);
        let Some(job) = self.enrolled().and_then(|enrolled| enrolled.job.as_mut()) else { return };
        // The wait has no spread, so nothing is drawn.
        match job.retry.on_failure(&policy, 0, now) {
            Next::After(wait) => {
                self.step(waiting, None);
                self.arm(Timer::Job, wait);
            }
            Next::GiveUpUntil(_) | Next::LeftTo(_) => {
                self.step(failed, None);
            }
        }
    }

    /// The wait for the next try is over; or a download came to no end, or the installer ran longer than it may
    /// (B-2.5).
    pub(super) fn job_due(&mut self) {
        match self.enrolled().and_then(|enrolled| enrolled.job.as_ref()).map(|job| job.state) {
            Some(JobState::WaitingToDownload) => self.download(),
            Some(JobState::WaitingToEnforce) => self.enforce(),
            Some(JobState::Downloading) => self.try_failed(JobState::WaitingToDownload, JobState::DownloadFailed),
            Some(JobState::Enforcing) => self.try_failed(JobState::WaitingToEnforce, JobState::EnforcementFailed),
            Some(
                JobState::Initialised
                | JobState::DownloadFailed
                | JobState::Downloaded
                | JobState::WaitingForUser
                | JobState::EnforcementFailed
                | JobState::Completed,
            )
            | None => {}
        }
    }

    /// The device went down in the middle: the try that was under way has failed.
    pub(super) fn job_cut_off(&mut self) {
        let Some(job) = self.enrolled().and_then(|enrolled| enrolled.job.as_deref().copied()) else { return };
        match job.state {
            JobState::Downloading => self.try_failed(JobState::WaitingToDownload, JobState::DownloadFailed),
            JobState::Enforcing => self.try_failed(JobState::WaitingToEnforce, JobState::EnforcementFailed),
            JobState::Initialised
            | JobState::WaitingToDownload
            | JobState::DownloadFailed
            | JobState::Downloaded
            | JobState::WaitingForUser
            | JobState::WaitingToEnforce
            | JobState::EnforcementFailed
            | JobState::Completed => {}
        }
    }

    /// The enrollment that the job belongs to is over, and with it what runs for the job: it is one of the tasks of management
    /// (B-10.13). No source names it among them; assumed.
    pub(super) fn end_job(&mut self) {
        if let Some(token) = self.enrolled().and_then(|enrolled| enrolled.job.take()?.token) {
            self.effect(Effect::Stop { token });
        }
    }

    /// Moves the job on and notes it. Returns the version it brings.
    fn step(&mut self, state: JobState, token: Option<Token>) -> Option<Version> {
        let job = self.enrolled()?.job.as_mut()?;
        job.state = state;
        job.token = token;
        let version = job.version;
        self.note_job();
        Some(version)
    }

    /// Each step has tries of its own.
    fn begin_tries(&mut self) {
        if let Some(job) = self.enrolled().and_then(|enrolled| enrolled.job.as_mut()) {
            job.retry = Retry::new();
        }
    }

    fn note_job(&mut self) {
        if let Some(job) = self.enrolled().and_then(|enrolled| enrolled.job.as_deref().copied()) {
            self.note(b(2, 6), Event::Job { state: job.state, number: job.state.number(), version: job.version });
        }
    }
}

/// How long a download may take where the job has no time limit, so that a lost completion does not hold the job for
/// ever. Not published; assumed.
const DOWNLOAD_LIMIT: Span = Span::hours(12);
