//! The table of events is complete: every known row of what agents write has an event, and no event is without a row.

use std::collections::BTreeSet;

use imesim::log::Event;

/// A row and its events.
type Row = (&'static str, &'static [&'static str]);

/// Section by section, each row with the events that stand for it.
const SECTIONS: &[(&str, &[Row])] = &[
    (
        "service life",
        &[
            ("service start", &["agent-started"]),
            ("agent version", &["agent-version"]),
            ("start, structured", &["start-details"]),
            ("identity", &["identity"]),
            ("join type", &["join-type"]),
            ("previous run", &["previous-run"]),
            ("crash counter", &["crash-count"]),
            ("start finished", &["start-finished"]),
            ("machine shutdown", &["shutdown-signal"]),
            ("service stop asked", &["stop-signal"]),
            ("stop sequence", &["stop-sequence"]),
            ("service stopped", &["agent-stopped"]),
            ("stop, structured", &["stop-details"]),
            ("download cache state", &["content-cache"]),
        ],
    ),
    (
        "timers and delays",
        &[
            ("policy interval", &["policy-interval"]),
            ("app interval", &["app-interval"]),
            ("timer armed", &["timer-armed"]),
            ("timer first fires", &["timer-started"]),
            ("first check-in held back", &["first-hold"]),
            ("same, 2020 wording", &["first-hold"]),
            ("second hold", &["second-hold"]),
            ("third hold", &["third-hold"]),
            ("script default timer", &["script-timer-default"]),
            ("script timer shortened", &["script-timer-short"]),
            ("generic workload sleep", &["generic-sleep"]),
            ("interval drawn", &["interval-drawn"]),
            ("interval applied", &["interval-applied"]),
            ("interval reset", &["interval-reset"]),
            ("periodic job state", &["job-due"]),
        ],
    ),
    (
        "sessions, triggers, locks",
        &[
            ("session change", &["session-change"]),
            ("log-off", &["logoff"]),
            ("session change, structured", &["session-details"]),
            ("sync asked by a client", &["sync-asked"]),
            ("client side of it", &["sync-sent"]),
            ("logon work", &["logon-scripts"]),
            ("logon work, apps", &["logon-apps"]),
            ("logon work, remediations", &["logon-remediations"]),
            ("sessions counted", &["sessions"]),
            ("usable users", &["usable-users"]),
            ("run already going", &["run-refused"]),
            ("lock taken / freed", &["lock-taken", "lock-freed"]),
            ("waiting available sync released", &["available-released"]),
            ("push channel", &["push-registered"]),
        ],
    ),
    (
        "identity and network",
        &[
            ("token refused", &["token-refused"]),
            ("token refused, short", &["token-needs-user"]),
            ("token", &["token"]),
            ("user check failed", &["user-check-failed"]),
            ("audience fallback", &["audience-fallback"]),
            ("device-only request", &["device-only"]),
            ("same, 2020", &["device-only"]),
            ("request begins", &["request-begins"]),
            ("request id", &["request-id"]),
            ("request sent", &["request-sent", "request-sent-try"]),
            ("request done", &["request-done"]),
            ("failure class", &["failure-class"]),
            ("HTTP status", &["http-status"]),
            ("retry wait", &["retry-wait"]),
            ("not retried", &["not-retried"]),
            ("offline", &["offline"]),
            ("offline, 2020", &["offline"]),
            ("throttle book-keeping", &["throttle-checked", "throttle-counted", "throttle-finished"]),
            ("throttled", &["throttled"]),
            ("device certificate", &["certificate"]),
        ],
    ),
    (
        "other check-ins",
        &[
            ("generic workload", &["generic-check-in"]),
            ("nothing to do", &["generic-skipped"]),
            ("generic policy", &["generic-policy"]),
            ("proxy poll", &["proxy-begins", "proxy-ends"]),
            ("proxy helper time-out", &["proxy-timeout"]),
        ],
    ),
    (
        "platform scripts",
        &[
            ("poll begins", &["script-poll-begins"]),
            ("policy request", &["script-request"]),
            ("policies received", &["scripts"]),
            ("raw answer", &["script-answer"]),
            ("after filter", &["scripts-due"]),
            ("attempt count", &["script-tries"]),
            ("script begins", &["script-begins"]),
            ("context", &["script-context"]),
            ("file written", &["script-file"]),
            ("tamper and hash checks", &["script-hash-right", "script-untouched"]),
            ("helper started", &["helper-started"]),
            ("command line", &["helper-command"]),
            ("process id", &["helper-process"]),
            ("helper ended", &["helper-ended"]),
            ("exit code", &["helper-exit"]),
            ("result", &["script-result"]),
            ("failure text", &["script-failure"]),
            ("time-out", &["script-timed-out"]),
            ("give-up", &["script-given-up"]),
            ("report", &["script-report"]),
            ("poll ends", &["script-poll-ends"]),
        ],
    ),
    (
        "agent executor",
        &[
            ("invoked", &["executor-invoked"]),
            ("kind", &["executor-script", "executor-remediation"]),
            ("arguments", &["executor-argument"]),
            ("script begins", &["executor-begins"]),
            ("command", &["executor-command"]),
            ("process", &["executor-process"]),
            ("exit code", &["executor-exit"]),
            ("output sizes", &["executor-output-size", "executor-error-size"]),
            ("error output", &["executor-errors"]),
            ("output stored", &["executor-output"]),
            ("verdict", &["executor-succeeded", "executor-failed"]),
            ("ended", &["executor-ended"]),
            ("time-out", &["executor-timed-out"]),
        ],
    ),
    (
        "app check-in",
        &[
            ("run begins, 2025", &["required-begins", "required-ends"]),
            ("run begins, available", &["available-begins", "available-ends"]),
            ("run begins, session", &["session-apps-begin", "session-apps-end"]),
            ("run begins, older", &["app-poller-begins", "app-poller-ends"]),
            ("what is asked", &["apps-requested"]),
            ("who asked", &["app-sender"]),
            ("apps received", &["apps"]),
            ("policy list", &["app-answer"]),
            ("one user", &["user-begins", "user-ends"]),
            ("co-management", &["co-management"]),
        ],
    ),
    (
        "app processing, 2020",
        &[
            ("app begins", &["app-begins"]),
            ("detection", &["detection-begins", "detection-rule"]),
            ("already there", &["already-there"]),
            ("applicability", &["applicability-begins", "requirements-begin"]),
            ("deadline rule", &["deadline-asap", "deadline-met"]),
            ("retry window over", &["grs-over"]),
            ("in retry window", &["in-grs"]),
            ("attempt", &["tries-begin", "try-begins"]),
            ("detection after", &["detection-after"]),
            ("report", &["app-report-begins", "app-result-new", "app-result-same"]),
        ],
    ),
    (
        "app processing, subgraphs",
        &[
            ("plan", &["subgraphs-begin", "subgraphs-end"]),
            ("subgraph", &["subgraph"]),
            ("filters", &["filtered-out"]),
            ("re-evaluation time", &["reevaluation"]),
            ("retry window unknown", &["grs-unknown"]),
            ("retry window known", &["grs-known"]),
            ("retry window skip", &["grs-skip"]),
            ("window cleared", &["grs-cleared"]),
            ("detection", &["detected"]),
            ("applicability", &["applicable"]),
            ("decision", &["decision"]),
            ("lists", &["action-list"]),
            ("nothing to do", &["no-action"]),
            ("execute", &["execute"]),
            ("state change", &["state-change"]),
            ("status to portal", &["portal-status"]),
        ],
    ),
    (
        "download",
        &[
            ("content request", &["content-request"]),
            ("job made", &["job-made"]),
            ("file added", &["job-file"]),
            ("job starts", &["job-starts", "job-started"]),
            ("limit", &["job-limit"]),
            ("job done", &["job-transferred", "job-completing"]),
            ("job failed", &["job-error", "job-failed"]),
            ("fallback", &["download-fallback"]),
            ("progress", &["download-progress"]),
            ("transport statistics", &["download-figures"]),
            ("integrity", &["content-untouched", "content-hash-right", "content-decrypted", "content-unpacked"]),
        ],
    ),
    (
        "installer",
        &[
            ("launch", &["installer-launched"]),
            ("created", &["installer-created", "installer-process"]),
            ("not created", &["installer-not-created"]),
            ("limit", &["installer-limit"]),
            ("time-out", &["installer-timed-out"]),
            ("ended", &["installer-ended"]),
            ("exit code", &["installer-exit"]),
            ("mapping", &["exit-class"]),
            ("unmapped", &["exit-unlisted"]),
            ("HRESULT", &["installer-hresult"]),
            ("enforcement", &["enforcement", "enforcement-error"]),
            ("restart rule", &["restart-behavior"]),
            ("settle time", &["settle"]),
        ],
    ),
    (
        "restart",
        &[
            ("pending check", &["restart-checked"]),
            ("coordinator", &["restart-due"]),
            ("processing stopped", &["restart-needed"]),
        ],
    ),
    (
        "enrollment status page",
        &[
            ("phase", &["esp-phase"]),
            ("phase before scripts", &["esp-before-scripts"]),
            ("ESP run", &["esp-run"]),
            ("not ESP", &["not-esp"]),
            ("install state", &["esp-state"]),
            ("registered", &["esp-registered"]),
            ("tracked state", &["esp-tracked"]),
        ],
    ),
    (
        "store apps",
        &[
            ("state table", &["store-table"]),
            ("transition", &["store-leaves", "store-enters"]),
            ("progress", &["store-progress"]),
            ("operation phase", &["store-phase"]),
        ],
    ),
    (
        "remediations",
        &[
            ("fetch", &["remediation-request", "remediations"]),
            ("scheduler", &["scheduler-begins"]),
            ("schedule, hourly", &["schedule-hourly"]),
            ("schedule, daily", &["schedule-daily"]),
            ("schedule, once", &["schedule-once"]),
            ("last run", &["last-run"]),
            ("next run", &["earliest-run", "run-queued"]),
            ("kept earlier", &["run-kept"]),
            ("runner", &["runner-begins", "pass-ends"]),
            ("now / later", &["runs-now", "runs-later"]),
            ("script", &["remediation-begins"]),
            ("detection exit", &["detection-exit"]),
            ("detection verdict", &["detection-verdict"]),
            ("remediation exit", &["remediation-exit"]),
            ("second detection", &["second-verdict"]),
            ("result cache", &["remediation-result-new", "remediation-result-same"]),
            ("result json", &["remediation-result"]),
            (
                "report",
                &[
                    "remediation-report-begins",
                    "remediation-report-page",
                    "remediation-reported",
                    "remediation-nothing-to-report",
                ],
            ),
        ],
    ),
    (
        "housekeeping",
        &[
            ("health evaluation", &["health-begins", "health-ends"]),
            ("health rule", &["health-rule"]),
            ("health report", &["health-reported"]),
            ("inventory", &["inventory-begins", "inventory-ends"]),
            ("inventory size", &["inventory-size"]),
            ("inventory change", &["inventory-change", "inventory-same"]),
            ("certificate check", &["certificate-check-begins", "certificate-check-ends"]),
            ("managed installer", &["managed-installer-on", "managed-installer-off"]),
        ],
    ),
];

#[test]
fn every_row_has_an_event_and_every_event_a_row() {
    let rows: Vec<usize> = SECTIONS.iter().map(|(_, rows)| rows.len()).collect();
    assert_eq!(rows, [14, 15, 14, 20, 5, 21, 13, 10, 10, 16, 11, 13, 3, 7, 4, 18, 8]);
    let of_table: BTreeSet<&str> = Event::names().collect();
    let mut of_rows = BTreeSet::new();
    for (section, rows) in SECTIONS {
        for (row, events) in *rows {
            assert!(!events.is_empty(), "{section}: {row}");
            for event in *events {
                assert!(of_table.contains(event), "{section}: {row}: there is no event {event}");
                of_rows.insert(*event);
            }
        }
    }
    // These two are told of in section 11 of the rules alone.
    of_rows.extend(["script-user-skipped", "reevaluation-waits"]);
    assert_eq!(of_rows, of_table);
}
