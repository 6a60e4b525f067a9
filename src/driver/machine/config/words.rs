//! The words of the command that runs a text, and what is put in their places.

use std::path::Path;

/// What is put in the places of a command.
#[derive(Clone, Copy, Debug)]
pub(in crate::driver::machine) struct Filling<'a> {
    /// For `{system}`.
    pub(in crate::driver::machine) system: &'a str,
    /// For `{policy}`; without one, what says it is left out.
    pub(in crate::driver::machine) policy: Option<&'a str>,
    /// For `{file}`.
    pub(in crate::driver::machine) file: &'a str,
}

/// The words with their places filled.
///
/// Where the policy is left out, so is every word that has it, and if a word is nothing but the policy, the switch before it: of
/// `-ExecutionPolicy {policy}` and of `-ExecutionPolicy:{policy}` nothing stays.
pub(in crate::driver::machine) fn filled(words: &[String], filling: &Filling<'_>) -> Vec<String> {
    let mut filled: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let word = match filling.policy {
            Some(policy) => word.replace(POLICY, policy),
            None if !word.contains(POLICY) => word.clone(),
            None => {
                if word == POLICY && filled.last().is_some_and(|before| before.starts_with(['-', '/'])) {
                    filled.pop();
                }
                continue;
            }
        };
        filled.push(word.replace("{system}", filling.system).replace("{file}", filling.file));
    }
    filled
}

/// The word out of which the policy cannot be left, if there is one: it says something else too.
pub(super) fn inseparable(words: &[String]) -> Option<&String> {
    words.iter().find(|word| {
        word.split_once(POLICY).is_some_and(|(before, after)| {
            let is_switch = before.is_empty() || before.starts_with(['-', '/']);
            !is_switch || !after.is_empty() || before.contains([' ', '{'])
        })
    })
}

/// Which kind of text a file is: the ending of its name, in small letters.
pub(in crate::driver::machine) fn kind_of(file: &Path) -> String {
    file.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_ascii_lowercase()
}

const POLICY: &str = "{policy}";

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    // B-5.20, B-6.20.
    #[test]
    fn the_policy_is_said_or_left_out_with_its_switch() {
        for (line, said, left_out) in [
            (
                "{system}/host|-ExecutionPolicy|{policy}|-File|{file}",
                "S/host|-ExecutionPolicy|P|-File|F",
                "S/host|-File|F",
            ),
            ("host|-NoProfile|-ep:{policy}|{file}", "host|-NoProfile|-ep:P|F", "host|-NoProfile|F"),
            ("host|{policy}|{file}", "host|P|F", "host|F"),
            ("host|{file}|/p|{policy}", "host|F|/p|P", "host|F"),
            ("host|{file}", "host|F", "host|F"),
        ] {
            let line = words(line);
            let filling = Filling { system: "S", policy: Some("P"), file: "F" };
            assert_eq!(filled(&line, &filling), words(said));
            assert_eq!(filled(&line, &Filling { policy: None, ..filling }), words(left_out));
            assert_eq!(inseparable(&line), None);
        }
    }

    #[test]
    fn a_word_that_says_more_than_the_policy_is_found() {
        for word in
            ["& {file} -ep {policy}", "-c:{system}{policy}", "-ep:{policy}!", "policy={policy}", "{policy}{policy}"]
        {
            let line = words(&format!("host|-x|{word}|y"));
            assert_eq!(inseparable(&line).map(String::as_str), Some(word));
        }
    }
}
