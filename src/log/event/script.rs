//! What is said of platform scripts, by the service and by the helper that runs them.

use super::table::events;
use super::words::{Ending, Guid, RunsAs, SessionKind};

events! {
    /// Platform scripts, as the service sees them.
    Script ScriptEvent<'a> {
        /// A check-in of scripts begins.
        "script-poll-begins" PollBegins IntuneManagementExtension "|[PowerShell] Polling thread starts|.";
        /// The id of its request.
        "script-request" Request { request: Guid } IntuneManagementExtension
            "|[PowerShell] Requesting policies with session id {}| ...";
        /// How many scripts the service has for a user; all zeros stand for the device.
        "scripts" Received { count: u64, user: Guid, session: u64 } IntuneManagementExtension
            "|[PowerShell] Get {} policies for user {} in session {}";
        /// The answer as it came, an array with the scripts' texts in it.
        "script-answer" Answer { json: &'a str } IntuneManagementExtension "[PowerShell] |response payload is {}";
        /// How many of them are due.
        "scripts-due" Due { count: u64, user: Guid, session: u64 } IntuneManagementExtension
            "[PowerShell] |After filter, get {} policies for user {} in session {}"
            | "[PowerShell] |After filter, get {} policies for user {}, session {}";
        /// How many tries a script has had.
        "script-tries" Tries { policy: Guid, user: Guid, count: u64 } IntuneManagementExtension
            "|[PowerShell] Policy {} for user {} has download count = {}";
        /// A script begins.
        "script-begins" Begins { policy: Guid, user: Guid } IntuneManagementExtension
            "[PowerShell] |Processing policy with id = {} for user {}";
        /// Scripts of a user are left out on a device that is registered only.
        "script-user-skipped" UserSkipped { user: Guid } IntuneManagementExtension
            "[PowerShell] |This is not AADJ/HAADJ device, skip user context for {}";
        /// As whom it runs.
        "script-context" Context { runs_as: RunsAs<'a> } IntuneManagementExtension
            "[PowerShell] |The policy needs be run as {}";
        /// Its file is written; the name has user and policy.
        "script-file" File { path: &'a str } IntuneManagementExtension "|Script file {} is generated|.";
        /// Its hash is right.
        "script-hash-right" HashRight IntuneManagementExtension "[PowerShell] |Hash validation pass|.";
        /// Nobody has changed it.
        "script-untouched" Untouched IntuneManagementExtension
            "[PowerShell] |Tamper validation pass|." | "|[TamperProtection] Pass|.";
        /// The helper is started.
        "helper-started" HelperStarted { session: SessionKind<'a> } IntuneManagementExtension
            "|Launch powershell executor in {} session";
        /// With these arguments.
        "helper-command" HelperCommand { arguments: &'a str } IntuneManagementExtension
            "\"C:\\Program Files (x86)\\Microsoft Intune Management Extension\\|agentexecutor.exe\"  -powershell {}";
        /// The helper's process.
        "helper-process" HelperProcess { process: u64 } IntuneManagementExtension
            "^|process id = {}" | "|Create proxy process successfully. Process id = {}";
        /// The helper has ended.
        "helper-ended" HelperEnded IntuneManagementExtension "|Execution is done, collecting result";
        /// With this exit code.
        "helper-exit" HelperExit { code: i64 } IntuneManagementExtension "|Powershell execution is done, exitCode = {}";
        /// The script's result.
        "script-result" Result { user: Guid, policy: Guid, result: Ending<'a> } IntuneManagementExtension
            "[PowerShell] |User Id = {}, Policy id = {}, policy result = {}";
        /// Why it failed; after a time-out this says so.
        "script-failure" Failure { details: &'a str } IntuneManagementExtension "[PowerShell] |Fail, the details are {}";
        /// It took longer than it may.
        "script-timed-out" TimedOut IntuneManagementExtension "|Powershell execution has exceeded defined timeout|.";
        /// It has had all its tries.
        "script-given-up" GivenUp { policy: Guid, user: Guid } IntuneManagementExtension
            "|[PowerShell] Policy {} for user {} has exceeded the max run count| but not exceeded report count, continue report result.";
        /// Results were sent.
        "script-report" Reported IntuneManagementExtension "^|Policy results are successfully sent|.";
        /// The check-in of scripts is over.
        "script-poll-ends" PollEnds IntuneManagementExtension "|[PowerShell] Polling thread stopped|.";
    }
}

events! {
    /// The helper that runs scripts.
    Executor ExecutorEvent<'a> {
        /// It is called.
        "executor-invoked" Invoked AgentExecutor
            "|ExecutorLog AgentExecutor gets invoked" | "|{0} software distribution gets invoked";
        /// For a platform script.
        "executor-script" ForScript AgentExecutor "|Powershell option gets invoked";
        /// For a remediation.
        "executor-remediation" ForRemediation AgentExecutor "|remediation script option gets invoked";
        /// With this argument; the script's path has user and policy.
        "executor-argument" Argument { name: &'a str, value: &'a str } AgentExecutor
            "|Adding argument {} with value {} to the named arg|ument list.";
        /// The script begins.
        "executor-begins" Begins AgentExecutor "|Prepare to run Powershell Script| ..";
        /// With this command line.
        "executor-command" Command { line: &'a str } AgentExecutor "|cmd line for running powershell is {}";
        /// In this process.
        "executor-process" Process { process: u64 } AgentExecutor "[Executor] |created powershell with process id {}";
        /// Its exit code.
        "executor-exit" Exit { code: i64 } AgentExecutor "|Powershell exit code is {}";
        /// How many characters it wrote.
        "executor-output-size" OutputSize { characters: u64 } AgentExecutor "|lenth of out={}" | "|length of out={}";
        /// How many characters of errors it wrote.
        "executor-error-size" ErrorSize { characters: u64 } AgentExecutor "|lenth of error={}" | "|length of error={}";
        /// Its errors.
        "executor-errors" Errors { text: &'a str } AgentExecutor "|error from script ={}";
        /// What it wrote was stored.
        "executor-output" Output { output: &'a str, error: &'a str } AgentExecutor
            "|write output done. output = {}, error = {}";
        /// The script ended well.
        "executor-succeeded" Succeeded AgentExecutor "|Powershell script is successfully executed|.";
        /// It did not.
        "executor-failed" Failed AgentExecutor "|Powershell script is failed to execute";
        /// The helper has done its work.
        "executor-ended" Ended AgentExecutor "|Agent executor completed|.";
        /// The script took longer than these seconds.
        "executor-timed-out" TimedOut { seconds: u64 } AgentExecutor
            "|Powershell script execution timed out. timeout = {}| seconds";
    }
}
