//! Expectations that hold and that do not.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{TraceRecord, check};
use super::read;
use crate::time::Span;

fn record(minutes: u64, device: &str, fields: Value) -> TraceRecord {
    TraceRecord {
        at: Span::mins(minutes),
        device: device.to_owned(),
        fields: fields.as_object().cloned().unwrap_or_default(),
    }
}

/// A check-in at 0 and 60 min with a run each, the second a minute late.
fn trace() -> Vec<TraceRecord> {
    vec![
        record(0, "pc", json!({ "event": "check-in", "workload": "script" })),
        record(1, "pc", json!({ "event": "script-run", "policy": "vpn", "try": 1, "rule": "B-5.1" })),
        record(60, "pc", json!({ "event": "check-in", "workload": "script" })),
        record(62, "pc", json!({ "event": "script-run", "policy": "vpn", "try": 2, "rule": "B-5.3" })),
    ]
}

fn failures(expect: &str) -> Vec<String> {
    let text = format!("[[script]]\nname = \"vpn\"\n[[device]]\nname = \"pc\"\n[[expect]]\n{expect}\n");
    let finals = BTreeMap::from([(
        "pc".to_owned(),
        json!({ "agent": "running", "scripts": { "vpn 1.2": { "device": { "tries": 2 } } } }),
    )]);
    check(&read(&text).expectations, &trace(), &finals).iter().map(ToString::to_string).collect()
}

#[test]
fn these_hold() {
    for expect in [
        "event = \"script-run\"\nat = [\"1m\", \"62m\"]\ncount = 2",
        "event = \"script-run\"\nwith = { policy = \"vpn\", try = \"2\", rule = \"B-5.3\" }\nat = [\"01:02\"]",
        "event = \"script-run\"\nwith = { try = [2, 3] }\nat_least = 1\nat_most = 1",
        "event = \"script-run\"\nfrom = \"2m\"\nto = \"62m\"\nnever = true",
        "event = \"script-run\"\nwithin = \"2m\"\nafter = { event = \"check-in\" }",
        "device = \"pc\"\norder = [{ event = \"check-in\" }, { event = \"check-in\" }, { event = \"script-run\" }]",
        "device = \"pc\"\nstate = { agent = [\"absent\", \"running\"], \"scripts.vpn 1.2.device.tries\" = 2 }",
    ] {
        assert_eq!(failures(expect), Vec::<String>::new(), "{expect}");
    }
}

#[test]
fn these_fail_and_say_how() {
    for (expect, message) in [
        (
            "event = \"script-run\"\nat = [\"1m\", \"1h\"]\nline = \"hourly\"",
            "t.toml:5: script-run: expected exactly at 1m, 1h, but it happened at 1m, 1h2m; none at 1h, the nearest is 2m after it, at 1h2m; not expected: 1h2m (hourly)",
        ),
        (
            "event = \"script-run\"\ncount = 3",
            "t.toml:5: script-run: expected 3 times, but it happened 2 times at 1m, 1h2m",
        ),
        ("event = \"sleep\"\nat_least = 1", "t.toml:5: sleep: expected at least 1 times, but it happened 0 times"),
        (
            "device = \"pc\"\nevent = \"script-run\"\nfrom = \"1h\"\nnever = true",
            "t.toml:5: script-run on pc from 1h: expected never, but it happened 1 times at 1h2m",
        ),
        (
            "event = \"script-run\"\nwithin = \"1m\"\nafter = { event = \"check-in\" }",
            "t.toml:5: script-run: expected it within 1m after every check-in, but after the one at 1h on pc the next came at 1h2m, 2m later",
        ),
        (
            "event = \"script-run\"\nwithin = \"1m\"\nafter = { event = \"sleep\" }",
            "t.toml:5: script-run: expected it within 1m after every sleep, but sleep never happened",
        ),
        (
            "order = [{ event = \"check-in\" }, { event = \"sleep\" }]",
            "t.toml:5: expectation: expected in this order check-in, sleep, but number 2 (sleep) did not happen after number 1 at 0s",
        ),
        (
            "state = { agent = \"absent\" }",
            "t.toml:5: expectation: expected `agent` = \"absent\" at the end, but on pc it is \"running\"",
        ),
        (
            "state = { \"agent.version\" = \"1\" }",
            "t.toml:5: expectation: expected `agent.version` = \"1\" at the end, but on pc it is not there",
        ),
    ] {
        assert_eq!(failures(expect), [message], "{expect}");
    }
}
