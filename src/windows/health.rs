//! The daily health task as Task Scheduler is told of it. First read: B-10.8 to B-10.10.

use std::path::Path;

use crate::profile::Health;
use crate::time::{Span, Wall};

/// The name of the task. The real agent's has another, so that both may be on one device.
///
/// Source: B-10.8.
pub const TASK: &str = "imesim agent Health Evaluation";

/// The task in the XML of Task Scheduler: from one period after `now` on, each period with a random delay, as the system,
/// `imesim-agent health`.
///
/// Task Scheduler repeats nothing within a minute or after more than 31 days, so that other periods are taken for these; its
/// delays begin at 0, so that a lowest delay is not kept. A run that was missed comes when it can.
///
/// Source: B-10.8.
pub fn definition(program: &Path, now: Wall, health: &Health) -> String {
    let period = health.period.clamp(Span::mins(1), Span::days(31));
    let begin = now.after(health.period).unix_millis().div_euclid(1_000);
    let begin = chrono::DateTime::from_timestamp(begin, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ");
    let (period, delay) = (seconds(period), seconds(health.random_delay.max));
    let program = escaped(&program.display().to_string());
    format!(
        r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Looks whether the imesim agent runs, and starts it if not.</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition><Interval>PT{period}S</Interval></Repetition>
      <StartBoundary>{begin}</StartBoundary>
      <RandomDelay>PT{delay}S</RandomDelay>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="System"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT10M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="System">
    <Exec><Command>{program}</Command><Arguments>health</Arguments></Exec>
  </Actions>
</Task>
"#
    )
}

/// The definition as the tool reads it: UTF-16 with a byte order mark.
pub fn file(definition: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(definition.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// The arguments with which `schtasks.exe` makes the task out of a file, in place of one of that name.
pub fn create(file: &Path) -> [String; 6] {
    ["/create", "/tn", TASK, "/xml", &file.display().to_string(), "/f"].map(str::to_owned)
}

/// Those with which it removes the task.
pub fn delete() -> [String; 4] {
    ["/delete", "/tn", TASK, "/f"].map(str::to_owned)
}

/// One rule of the health check, and what came of it.
///
/// Source: B-10.9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What must be so.
    pub rule: &'static str,
    /// How it was before it was mended; `None` if nothing had to be.
    pub was: Option<&'static str>,
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.was {
            None => write!(f, "{}: passed", self.rule),
            Some(was) => write!(f, "{}: mended, it was {was}", self.rule),
        }
    }
}

/// What is to be mended of a service that is there, in the order of the rules; `start_type` and `state` in the words of the
/// service manager. A service on its way to somewhere is left alone.
///
/// Source: B-10.9.
pub fn check(start_type: &'static str, state: &'static str) -> [Checked; 3] {
    [
        Checked { rule: "the service exists", was: None },
        Checked { rule: "its start type is automatic", was: (start_type != AUTOMATIC).then_some(start_type) },
        Checked { rule: "it runs", was: (state == STOPPED).then_some(state) },
    ]
}

/// As the service manager says it.
pub(super) const AUTOMATIC: &str = "automatic";
/// As the service manager says it.
pub(super) const STOPPED: &str = "stopped";

const fn seconds(span: Span) -> u64 {
    span.as_millis() / 1_000
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SpanRange;

    /// 2026-11-26 21:00:00.500 UTC.
    const NOW: Wall = Wall::from_unix_millis(1_795_726_800_500);

    fn made(health: &Health) -> String {
        definition(Path::new(r"C:\Tools & More\imesim-agent.exe"), NOW, health)
    }

    // B-10.8: daily, up to an hour later, as the system.
    #[test]
    fn the_task_is_daily_with_its_random_delay() {
        let text = made(&Health::default());
        for part in [
            "<Interval>PT86400S</Interval>",
            "<StartBoundary>2026-11-27T21:00:00Z</StartBoundary>",
            "<RandomDelay>PT3600S</RandomDelay>",
            "<UserId>S-1-5-18</UserId>",
            r"<Command>C:\Tools &amp; More\imesim-agent.exe</Command><Arguments>health</Arguments>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let other =
            Health { period: Span::hours(2), random_delay: SpanRange::exactly(Span::ZERO), ..Health::default() };
        let text = made(&other);
        assert!(
            text.contains("PT7200S") && text.contains("2026-11-26T23:00:00Z") && text.contains("<RandomDelay>PT0S")
        );
        assert!(made(&Health { period: Span::secs(1), ..Health::default() }).contains("<Interval>PT60S"));
        assert!(made(&Health { period: Span::days(365), ..Health::default() }).contains("<Interval>PT2678400S"));
    }

    #[test]
    fn the_tool_is_given_its_form() {
        assert_eq!(file("<a/>"), [0xFF, 0xFE, b'<', 0, b'a', 0, b'/', 0, b'>', 0]);
        assert_eq!(create(Path::new("x.xml")).join(" "), format!("/create /tn {TASK} /xml x.xml /f"));
        assert_eq!(delete().join(" "), format!("/delete /tn {TASK} /f"));
    }

    // B-10.9, B-10.10.
    #[test]
    fn what_is_not_as_it_should_be_is_mended() {
        let mended = |start_type, state| check(start_type, state).map(|checked| checked.was);
        assert_eq!(mended("automatic", "running"), [None, None, None]);
        assert_eq!(mended("automatic", "stopped"), [None, None, Some("stopped")]);
        assert_eq!(mended("disabled", "stopped"), [None, Some("disabled"), Some("stopped")]);
        assert_eq!(mended("by hand", "stopping"), [None, Some("by hand"), None]);
        let lines = check("disabled", "running").map(|checked| checked.to_string());
        assert_eq!(lines[1], "its start type is automatic: mended, it was disabled");
        assert_eq!(lines[2], "it runs: passed");
    }
}
