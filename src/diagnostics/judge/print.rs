//! A judgement in print: text and JSON.

use core::fmt;

use serde_json::{Value, json};

use super::super::given::Fact;
use super::{Judged, Judgement, Refused, Verdict};

/// Prints the causes that hold, those that cannot be judged with what they hinge on, and those that do not hold.
impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.group(f, Verdict::Holds, "The agent does not arrive on this device because")?;
        self.group(f, Verdict::NotKnown, "This cannot be judged, because what decides it is not known")?;
        self.what_would_tell(f)?;
        self.group(f, Verdict::DoesNotHold, "These are no causes here")?;
        writeln!(f, "What would bring the agent here, once it is assigned:")?;
        for refused in &self.features {
            writeln!(f, "  {:<24} {}", refused.feature.name(), answer(refused))?;
        }
        if let Some(version) = self.dotnet {
            writeln!(
                f,
                "Warning: .NET Framework is older than {version}; the agent comes, without newer functions (B-1.8)"
            )?;
        }
        for hint in &self.hints {
            writeln!(f, "Hint: {hint} ({})", hint.rule())?;
        }
        Ok(())
    }
}

impl Judgement {
    fn group(&self, f: &mut fmt::Formatter<'_>, verdict: Verdict, title: &str) -> fmt::Result {
        let mut found = self.causes.iter().filter(|judged| judged.verdict == verdict).peekable();
        if found.peek().is_none() {
            return match verdict {
                Verdict::Holds => writeln!(f, "Nothing that is known keeps the agent from this device."),
                Verdict::NotKnown | Verdict::DoesNotHold => Ok(()),
            };
        }
        writeln!(f, "{title}:")?;
        for judged in found {
            let depends = if judged.hinges.is_empty() { String::new() } else { names(&judged.hinges) };
            let depends = if depends.is_empty() { depends } else { format!("depends on {depends}") };
            let line = format!("  {:<53} {:<13} {depends}", text(judged), rules(judged));
            writeln!(f, "{}", line.trim_end())?;
            for source in &judged.because {
                writeln!(f, "      {source}")?;
            }
        }
        Ok(())
    }

    /// Where to look for what is not known and would decide something.
    fn what_would_tell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hinges: Vec<Fact> = self.causes.iter().flat_map(|judged| judged.hinges.iter().copied()).collect();
        hinges.sort_unstable();
        hinges.dedup();
        if !hinges.is_empty() {
            writeln!(f, "To judge more, look here:")?;
        }
        let (nobody, somebody): (Vec<Fact>, Vec<Fact>) = hinges.into_iter().partition(|fact| fact.told_by().is_empty());
        for fact in &somebody {
            writeln!(f, "  {:<24} {}", fact.name(), fact.told_by())?;
        }
        if !nobody.is_empty() {
            writeln!(f, "  {:<24} {}", "no file, say it yourself", names(&nobody))?;
        }
        Ok(())
    }

    /// Everything as JSON.
    pub fn to_json(&self) -> Value {
        let causes: Vec<Value> = self
            .causes
            .iter()
            .map(|judged| {
                let rules: Vec<String> = judged.rules().iter().map(ToString::to_string).collect();
                let hinges: Vec<&str> = judged.hinges.iter().map(|fact| fact.name()).collect();
                let reasons: Vec<&str> = judged.causes.iter().map(|cause| cause.code()).collect();
                json!({"cause": judged.code, "reasons": reasons, "text": text(judged), "verdict": judged.verdict, "rules": rules,
                    "depends_on": hinges, "because": judged.because})
            })
            .collect();
        let hints: Vec<Value> = self
            .hints
            .iter()
            .map(|hint| json!({"hint": hint, "text": hint.to_string(), "rule": hint.rule().to_string()}))
            .collect();
        let features: Vec<Value> = self
            .features
            .iter()
            .map(|one| {
                let hinges: Vec<&str> = one.hinges.iter().map(|fact| fact.name()).collect();
                let reasons: Vec<Value> = one
                    .refusals
                    .iter()
                    .map(|refusal| json!({"refusal": refusal.code(), "rule": refusal.rule().to_string()}))
                    .collect();
                json!({"feature": one.feature, "refused": one.verdict, "reasons": reasons,
                    "depends_on": hinges})
            })
            .collect();
        json!({"causes": causes, "features": features, "dotnet_recommended": self.dotnet.map(|version| version.to_string()), "hints": hints})
    }
}

/// What is said of a cause: itself where it holds, and can be only one; else the question.
fn text(judged: &Judged) -> String {
    match (judged.verdict, judged.causes.as_slice()) {
        (Verdict::Holds, [cause]) => cause.to_string(),
        (Verdict::Holds | Verdict::NotKnown | Verdict::DoesNotHold, _) => judged.asked.to_owned(),
    }
}

fn rules(judged: &Judged) -> String {
    judged.rules().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn names(facts: &[Fact]) -> String {
    facts.iter().map(|fact| fact.name()).collect::<Vec<_>>().join(", ")
}

fn answer(refused: &Refused) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for refusal in &refused.refusals {
        let reason = format!("{} ({})", refusal.code(), refusal.rule());
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    match (refused.verdict, refused.refusals.as_slice()) {
        (Verdict::Holds, [refusal]) => format!("no: {refusal} ({})", refusal.rule()),
        (Verdict::Holds, _) => format!("no, for one of these reasons: {}", reasons.join(", ")),
        (Verdict::DoesNotHold, _) => "yes".to_owned(),
        (Verdict::NotKnown, _) => format!("depends on {}", names(&refused.hinges)),
    }
}
