//! A requirement script: what its output must be, and what the output is worth. First read: B-7.11.

use core::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::discovery::ValueKind;

/// What the output of a requirement script must be.
///
/// Source: B-7.9, B-7.11.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptRule {
    /// What the output is taken for.
    pub kind: ValueKind,
    /// How it must stand to the value.
    pub operator: Operator,
    /// The value.
    pub value: String,
}

impl ScriptRule {
    /// The output must be this text, whatever its case.
    pub fn text(value: &str) -> Self {
        Self { kind: ValueKind::Text, operator: Operator::Equal, value: value.to_owned() }
    }

    /// True if the value itself can be taken for its kind; where it cannot, no output meets the rule.
    pub fn is_sound(&self) -> bool {
        compare(self.kind, &self.value, &self.value).is_some()
    }
}

/// How one value must stand to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// The same.
    #[default]
    Equal,
    /// Not the same.
    NotEqual,
    /// Greater.
    Greater,
    /// Greater, or the same.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less, or the same.
    LessOrEqual,
}

impl Operator {
    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// What a run of a requirement script comes to: 0 if the requirement is met, 1008 if it is not, 1 if the output cannot be
/// taken for what the rule expects.
///
/// It is met by exit code 0, an empty error stream, and an output that stands to the value as it must, without its last
/// end of line. Without a rule any output will do (assumed).
///
/// Source: B-7.11, T-7.2.
pub fn script_code(exit_code: i32, stderr: bool, output: &str, rule: Option<&ScriptRule>) -> u16 {
    if exit_code != 0 || stderr {
        return UNMET;
    }
    let Some(rule) = rule else { return 0 };
    let output = output.strip_suffix('\n').map_or(output, |line| line.strip_suffix('\r').unwrap_or(line));
    match compare(rule.kind, output, &rule.value) {
        Some(order) if rule.operator.holds(order) => 0,
        Some(_) => UNMET,
        None => NOT_CONVERTED,
    }
}

/// A requirement script is not met (T-7.2).
const UNMET: u16 = 1_008;
/// Requirements not met, of an output that is no such value (B-7.11).
const NOT_CONVERTED: u16 = 1;

/// How two texts stand to each other as values of a kind; `None` if one of them is no such value.
fn compare(kind: ValueKind, one: &str, other: &str) -> Option<Ordering> {
    Some(match kind {
        ValueKind::Text => one.to_lowercase().cmp(&other.to_lowercase()),
        ValueKind::Boolean => boolean(one)?.cmp(&boolean(other)?),
        ValueKind::Integer => one.trim().parse::<i64>().ok()?.cmp(&other.trim().parse().ok()?),
        ValueKind::Double => decimal(one)?.cmp(&decimal(other)?),
        ValueKind::DateTime => date_time(one)?.cmp(&date_time(other)?),
        ValueKind::Version => version(one)?.cmp(&version(other)?),
    })
}

fn boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

/// A decimal number in billionths: exact, where a floating-point number would depend on rounding.
fn decimal(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.len() > WHOLE_MAX {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some(sign * (whole.parse::<i128>().ok()? * 1_000_000_000 + fraction.parse::<i128>().ok()?))
}

/// So many digits before the point fit.
const WHOLE_MAX: usize = 28;

fn date_time(text: &str) -> Option<chrono::NaiveDateTime> {
    let text = text.trim().replacen(' ', "T", 1);
    let with = |form| chrono::NaiveDateTime::parse_from_str(&text, form).ok();
    let day = || chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    with("%Y-%m-%dT%H:%M:%S").or_else(|| with("%Y-%m-%dT%H:%M")).or_else(day)
}

/// Two to four numbers; those that are left out count as 0.
fn version(text: &str) -> Option<[u32; 4]> {
    let mut all = [0; 4];
    let mut count = 0;
    for part in text.trim().split('.') {
        *all.get_mut(count)? = part.parse().ok().filter(|_| !part.starts_with('+'))?;
        count += 1;
    }
    (count >= 2).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    // B-7.11: exit code 0, no error stream, the whole output less one end of line, texts without regard to case.
    #[test]
    fn a_requirement_script_is_judged_by_its_whole_output() {
        let rule = ScriptRule::text("Yes");
        let code = |output| script_code(0, false, output, Some(&rule));
        assert_eq!((code("yes"), code("YES\r\n"), code("yes\n")), (0, 0, 0));
        assert_eq!((code("yes\n\n"), code("no\nyes"), code("")), (1_008, 1_008, 1_008));
        assert_eq!(script_code(1, false, "yes", Some(&rule)), 1_008);
        assert_eq!(script_code(0, true, "yes", Some(&rule)), 1_008);
        assert_eq!(script_code(0, false, "whatever", None), 0);
    }

    // B-7.11: output that is no such value counts as not met, with code 1.
    #[test]
    fn values_are_compared_by_their_kind() {
        let cases = [
            (ValueKind::Integer, Operator::Greater, "9", "10", 0),
            (ValueKind::Integer, Operator::Greater, "9", "9", 1_008),
            (ValueKind::Integer, Operator::Equal, "9", "nine", 1),
            (ValueKind::Double, Operator::LessOrEqual, "-1.5", "-1.50", 0),
            (ValueKind::Double, Operator::Less, "0.5", "0.25", 0),
            (ValueKind::Double, Operator::Less, "0.5", "1e3", 1),
            (ValueKind::Boolean, Operator::NotEqual, "true", "False", 0),
            (ValueKind::Boolean, Operator::Equal, "true", "1", 1),
            (ValueKind::Version, Operator::GreaterOrEqual, "10.0", "10.0.0.1", 0),
            (ValueKind::Version, Operator::Equal, "10.0", "10", 1),
            (ValueKind::DateTime, Operator::Less, "2026-01-05T08:00:00", "2026-01-05", 0),
            (ValueKind::DateTime, Operator::Equal, "2026-01-05", "today", 1),
        ];
        for (kind, operator, value, output, wanted) in cases {
            let rule = ScriptRule { kind, operator, value: value.to_owned() };
            assert!(rule.is_sound(), "{rule:?}");
            assert_eq!(script_code(0, false, output, Some(&rule)), wanted, "{rule:?} {output}");
        }
        let wrong = ScriptRule { kind: ValueKind::Integer, operator: Operator::Equal, value: "nine".to_owned() };
        assert!(!wrong.is_sound());
    }
}
