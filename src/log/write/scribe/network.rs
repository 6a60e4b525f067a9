//! Requests on their way, what becomes of them, and reports.

use super::{START, Scribe};
use crate::log::event::{AppEvent, NetworkEvent, RemediationEvent, ScriptEvent};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{Answer, AppReport, Failure, Report, Request, Token, UserId, Workload};

impl<I: Ids, P: Pen> Scribe<I, P> {
    pub(super) fn request_leaves(&mut self, token: Token, request: &Request) {
        match request {
            Request::Poll { workload, user, .. } => self.poll_leaves(token, *workload, *user),
            Request::Report(report) => self.report_leaves(token, *report),
            // The first has no records of its own in any log; the others are not the agent's.
            Request::ConnectionTest
            | Request::Enroll
            | Request::MdmSession { .. }
            | Request::RenewChannel
            | Request::Unenrolled => {}
        }
    }

    fn poll_leaves(&mut self, token: Token, workload: Workload, user: UserId) {
        let id = self.ids.token(token);
        let Some(check_in) = &mut self.check_ins[workload as usize] else { return };
        let thread = check_in.thread;
        if check_in.token.replace(token).is_some() {
            // Without a wait, as the agent of 2020 does it, and in its words: the later agent waits 120 seconds.
            check_in.repeats += 1;
            let attempt = check_in.repeats;
            return self.say(thread, NetworkEvent::RequestSentTry { attempt });
        }
        match workload {
            Workload::Script => self.say(thread, ScriptEvent::Request { request: id }),
            Workload::Remediation | Workload::Compliance => self.say(thread, RemediationEvent::Request { request: id }),
            Workload::RequiredApp | Workload::AvailableApp => {}
        }
        if user.is_device() {
            self.say(thread, NetworkEvent::DeviceOnly);
        }
        self.request_begins(thread, token);
    }

    fn request_begins(&mut self, thread: u32, token: Token) {
        let (request, retries) = (self.ids.token(token), self.retries);
        self.say(thread, NetworkEvent::RequestBegins { attempt: 0, retries });
        self.say(thread, NetworkEvent::RequestId { request, method: "PUT" });
    }

    /// The service answered a request.
    pub(super) fn answered(&mut self, token: Token, answer: &Answer<'_>) {
        let asked = self.check_ins.iter().flatten().find(|check_in| check_in.token == Some(token));
        if let Some(thread) = asked.map(|check_in| check_in.thread) {
            return self.say(thread, NetworkEvent::RequestDone);
        }
        if let Some((_, report, thread)) = self.report.take_if(|(known, ..)| *known == token) {
            self.say(thread, NetworkEvent::RequestDone);
            if matches!(answer, Answer::Accepted) {
                match report {
                    Report::Script(_) => self.say(thread, ScriptEvent::Reported),
                    Report::Remediation(_) | Report::Compliance(_) => self.say(thread, RemediationEvent::Reported),
                    Report::App(_) | Report::Inventory => {}
                }
            }
            self.free_thread(thread);
        }
    }

    /// A request failed on its way or was refused. A report that failed is not told of by the turn alone.
    pub(super) fn failed(&mut self, token: Token, failure: Failure) {
        let asked = self.check_ins.iter().flatten().find(|check_in| check_in.token == Some(token));
        if let Some(thread) = asked.map(|check_in| check_in.thread) {
            self.tell_failure(thread, failure);
        } else if self.report.as_ref().is_some_and(|(known, ..)| *known == token) {
            self.report_kept(failure);
        }
    }

    /// A check-in is given up. What it was refused with stands there already, but for what nobody answered.
    pub(super) fn check_in_failed(&mut self, workload: Workload, failure: Failure) {
        let thread = self.check_in(workload).map_or(START, |check_in| check_in.thread);
        if matches!(failure, Failure::TimedOut | Failure::NoCertificate | Failure::Empty) {
            self.tell_failure(thread, failure);
        }
    }

    /// A report could not be sent.
    pub(super) fn report_kept(&mut self, failure: Failure) {
        if let Some((_, _, thread)) = self.report.take() {
            self.tell_failure(thread, failure);
            self.free_thread(thread);
        }
    }

    /// There is no token for the user, and the device asks for itself.
    pub(super) fn user_token_missing(&mut self, workload: Workload) {
        let Some(check_in) = &mut self.check_ins[workload as usize] else { return };
        check_in.token = None;
        let thread = check_in.thread;
        self.warn(thread, NetworkEvent::TokenNeedsUser);
    }

    fn tell_failure(&mut self, thread: u32, failure: Failure) {
        let status = match failure {
            Failure::NoNetwork => return self.warn(thread, NetworkEvent::Offline),
            Failure::NoUserToken => return,
            Failure::NameResolution => "NameResolutionFailure",
            Failure::TimedOut => "Timeout",
            Failure::NoCertificate => "SecureChannelFailure",
            Failure::Empty => "ReceiveFailure",
            Failure::DeviceUnknown
            | Failure::Status(_)
            | Failure::RetryAfter(_)
            | Failure::MaintenanceCap
            | Failure::EnrollmentRefused(_) => "ProtocolError",
        };
        self.warn(thread, NetworkEvent::FailureClass { status });
        let code = match failure {
            Failure::Status(code) => Some(code),
            Failure::RetryAfter(_) => Some(429),
            Failure::NoNetwork
            | Failure::NoUserToken
            | Failure::NameResolution
            | Failure::TimedOut
            | Failure::NoCertificate
            | Failure::Empty
            | Failure::DeviceUnknown
            | Failure::MaintenanceCap
            | Failure::EnrollmentRefused(_) => None,
        };
        if let Some(status) = code {
            self.warn(thread, NetworkEvent::HttpStatus { status: status.into() });
        }
        if status == "NameResolutionFailure" {
            self.warn(thread, NetworkEvent::Offline);
        }
    }

    fn report_leaves(&mut self, token: Token, report: Report) {
        if let Some((_, _, left)) = self.report.take() {
            self.free_thread(left);
        }
        let thread = self.take_thread();
        self.report = Some((token, report, thread));
        match report {
            Report::Script(_) | Report::Inventory => {}
            Report::App(report) => self.app_report(thread, &report),
            Report::Remediation(_) | Report::Compliance(_) => {
                self.say(thread, RemediationEvent::ReportBegins);
                self.say(thread, RemediationEvent::ReportPage { page: 1 });
            }
        }
        self.request_begins(thread, token);
    }

    fn app_report(&mut self, thread: u32, report: &AppReport) {
        let app = self.ids.policy(report.policy);
        self.say(thread, AppEvent::ReportBegins);
        self.say(thread, AppEvent::ResultNew { app, version: report.revision.into() });
        let json = serde_json::json!({
            "ApplicationId": app.to_string(),
            "ResultantAppState": report.compliance,
            "ApplicabilityState": report.applicability,
            "EnforcementState": report.enforcement,
            "EnforcementErrorCode": (report.error != 0).then_some(report.error),
            "InternalVersion": report.revision,
        });
        self.say(thread, AppEvent::PortalStatus { json: &json.to_string() });
    }
}
