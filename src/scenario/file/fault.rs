//! How the service fails.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::value::{Field, Read};
use super::words::FaultTarget;
use crate::catalog::FaultKind;
use crate::protocol::Failure;
use crate::scenario::time::{Moment, nearest};
use crate::time::{Span, SpanError};

/// A time in which the service does not answer as it should, or its pushes go astray. Of several at a time the first counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultEntry {
    /// Start, included: an offset, or a time in the scenario's zone. Default: the start.
    pub from: Option<Field<Moment>>,
    /// End, not included. Default: the end of the run.
    pub until: Option<Field<Moment>>,
    /// Which requests: `all`, `ime`, `mdm`, `reports`, or polls of `script`, `required-app`, `available-app`, `remediation`, `compliance`;
    /// or the steps of the job that installs the agent (B-2.7), which `all` leaves alone: `agent-download`, its package cannot be had,
    /// and `agent-installer`, its installer fails. Of pushes: `all`, `mdm` for those that open a session, `ime`, `required-app` or
    /// `remediation` for those to the agent. Default: `all`.
    pub on: Option<Field<FaultTarget>>,
    /// What they get: an HTTP status such as 401 or 429, `retry-after 2h`, which is 429 with the time after which to come again, `empty`, `timeout`, `device-unknown`, or `enrollment-refused 0x80180026`.
    /// Or what polls and sessions are answered with: `stale 6h`, what was assigned so long ago; `partial`, the first half of each list;
    /// `restored 3d`, at the start of the fault the service was put back to a backup so old: what was assigned since, and who enrolled
    /// since, is not known to it until the fault ends; `split-brain`, every other request, drawn, is answered by a node that has learned of
    /// nothing since the start of the fault. Or what becomes of pushes (B-13.3): `push-lost`, `push-late 2h`, `push-doubled`.
    /// A step of the install job merely fails, whatever stands here.
    pub answer: Field<FaultAnswer>,
}

/// What a faulty service answers, or what becomes of its pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultAnswer(pub FaultKind);

const ANSWERS: &str = "an HTTP status from 300 to 599, retry-after 2h, empty, timeout, device-unknown, enrollment-refused 0x80180026, stale 6h, partial, \
                       restored 3d, split-brain, push-lost, push-late 2h or push-doubled";

/// The answers without an argument.
const WORDS: [(&str, FaultKind); 7] = [
    ("empty", FaultKind::Fails(Failure::Empty)),
    ("timeout", FaultKind::Fails(Failure::TimedOut)),
    ("device-unknown", FaultKind::Fails(Failure::DeviceUnknown)),
    ("partial", FaultKind::Partial),
    ("split-brain", FaultKind::SplitBrain),
    ("push-lost", FaultKind::PushLost),
    ("push-doubled", FaultKind::PushDoubled),
];

/// Makes a kind of fault of a length of time.
type MakeKind = fn(Span) -> FaultKind;

/// The answers with a length of time.
const LENGTHS: [(&str, MakeKind); 4] = [
    ("stale", FaultKind::Stale),
    ("restored", FaultKind::Restored),
    ("push-late", FaultKind::PushLate),
    ("retry-after", |after| FaultKind::Fails(Failure::RetryAfter(u32::try_from(after.as_secs()).unwrap_or(u32::MAX)))),
];

impl Read for FaultAnswer {
    const WANTED: &'static str = ANSWERS;
    fn from_text(text: &str) -> Result<Self, String> {
        if let Some((_, kind)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(Self(*kind));
        }
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        if let Some((word, make)) = LENGTHS.iter().find(|(known, _)| *known == word) {
            let length = rest.parse().map_err(|error: SpanError| match rest {
                "" => format!("`{word}` needs a length of time, such as `{word} 6h`"),
                _ => error.to_string(),
            });
            return length.map(|length| Self(make(length)));
        }
        let code = rest.strip_prefix("0x").filter(|_| word == "enrollment-refused");
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        code.map(|code| Self(FaultKind::Fails(Failure::EnrollmentRefused(code)))).ok_or_else(|| {
            let mut known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            known.extend(LENGTHS.iter().map(|(word, _)| *word));
            known.push("enrollment-refused");
            format!("`{text}` is not an answer; allowed: {ANSWERS}{}", nearest(word, &known))
        })
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        u16::try_from(number)
            .ok()
            .filter(|status| (300..600).contains(status))
            .map(|status| Self(FaultKind::Fails(Failure::Status(status))))
            .ok_or_else(|| format!("{number} is not an answer; allowed: {ANSWERS}"))
    }
    fn schema() -> Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 300, "maximum": 599 }, { "type": "string" }] })
    }
}
