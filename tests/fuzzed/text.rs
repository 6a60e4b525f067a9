//! Bytes as the texts that users type: spans, versions, rules, figures, filters, tokens of failures.
//!
//! Nothing panics, refusals say something, and what is read prints as something that is read the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use imesim::catalog::{Filter, Properties};
use imesim::check::hunt::Token;
use imesim::profile::{Profile, Version};
use imesim::rules::RuleId;
use imesim::time::Span;

/// True if the text is anything.
pub(crate) fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let figure = text.split_once('=').is_some_and(|(name, value)| is_figure(name, value));
    let is_any = [is_read::<Span>(text), is_read::<Version>(text), is_read::<RuleId>(text), is_read::<Token>(text)];
    is_any.contains(&true) || figure || is_filter(text)
}

fn is_read<T: FromStr<Err: Display> + Display + Debug + PartialEq>(text: &str) -> bool {
    match text.parse::<T>() {
        Ok(value) => {
            let printed = value.to_string();
            let again = printed.parse::<T>();
            assert!(again.as_ref().is_ok_and(|again| *again == value), "{text:?} is {value:?}, printed {printed:?}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// `name=value`, as after `--set`.
fn is_figure(name: &str, value: &str) -> bool {
    let mut profile = Profile::default();
    match profile.set(name, value) {
        Ok(()) => {
            assert_eq!(profile.check(), Ok(()), "{name} = {value}");
            let printed = profile.get(name).expect("it was set");
            let mut again = Profile::default();
            assert_eq!(again.set(name, &printed), Ok(()), "{name} = {value} prints {printed}");
            assert_eq!(again, profile, "{name} = {value} prints {printed}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(profile, Profile::default(), "{error}");
            false
        }
    }
}

fn is_filter(text: &str) -> bool {
    match Filter::new("f", text) {
        Ok(filter) => {
            let _ = filter.matches(&Properties::default());
            assert_eq!(filter.text(), text);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}
