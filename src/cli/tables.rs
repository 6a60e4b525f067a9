//! `imesim params`, `imesim rules` and `imesim schema`: what there is to know, as tables.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::profile::{Profile, nearest::nearest, params};
use crate::rules::{self, RuleId};

#[derive(Debug, Args)]
pub(super) struct ParamsArgs {
    /// Shows only parameters whose name contains this text.
    filter: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Every parameter: default, unit, range, rule, and the value in each profile that differs.
pub(super) fn print_params(args: &ParamsArgs) -> Result<ExitCode, String> {
    let wanted = |name: &str| args.filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()));
    let found: Vec<_> = params().filter(|param| wanted(param.name)).collect();
    if let (true, Some(filter)) = (found.is_empty(), &args.filter) {
        let hint = nearest(filter, params().map(|param| param.name));
        let hint = hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        return Err(format!("no parameter has `{filter}` in its name{hint}"));
    }
    let mut profiles = Vec::new();
    for name in Profile::NAMES {
        profiles.push((name, Profile::named(name).map_err(|error| error.to_string())?));
    }
    let default = Profile::default();
    let mut out = io::stdout().lock();
    let written = if args.json {
        let rows: Vec<_> = found
            .iter()
            .map(|param| {
                let values: serde_json::Map<_, _> =
                    profiles.iter().map(|(name, profile)| ((*name).to_owned(), (param.get)(profile).into())).collect();
                json!({"name": param.name, "unit": param.unit, "allowed": param.allowed, "rule": param.rule,
                    "doc": param.doc, "profiles": values})
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        found.iter().try_for_each(|param| {
            let value = (param.get)(&default);
            writeln!(out, "{} = {value}  [{}]", param.name, param.rule)?;
            writeln!(out, "    {} {}: {}.", param.doc, capital(param.unit), param.allowed)?;
            profiles.iter().try_for_each(|(name, profile)| {
                let other = (param.get)(profile);
                if other == value { Ok(()) } else { writeln!(out, "    In profile {name}: {other}.") }
            })
        })
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Shows only this rule (B-4.2) or the rules of this section (4).
    which: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Every rule: gist, source, standing, where it is implemented and what tests it.
pub(super) fn print_rules(args: &RulesArgs) -> Result<ExitCode, String> {
    let section: Option<u8> = args.which.as_ref().and_then(|which| which.parse().ok());
    let id: Option<RuleId> = match (&args.which, section) {
        (Some(which), None) => Some(which.parse().map_err(|error: rules::RuleIdError| error.to_string())?),
        _ => None,
    };
    let found: Vec<_> = rules::all()
        .filter(|rule| section.is_none_or(|section| rule.id.section() == section))
        .filter(|rule| id.is_none_or(|id| rule.id == id))
        .collect();
    if found.is_empty() {
        return Err(format!("no rule {}; sections go from 1 to 13", args.which.as_deref().unwrap_or("at all")));
    }
    let mut out = io::stdout().lock();
    let written = if args.json {
        let rows: Vec<_> = found
            .iter()
            .map(|rule| {
                let place = rules::place(rule.id);
                json!({"id": rule.id, "gist": rule.gist, "sources": rule.sources, "standing": rule.standing,
                    "conflict": rule.conflict, "params": rule.params,
                    "code": place.map(|place| place.code), "test": place.map(|place| place.test)})
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        found.iter().try_for_each(|rule| {
            let conflict = if rule.conflict { ", sources disagree" } else { "" };
            writeln!(out, "{}  {}", rule.id, rule.gist)?;
            writeln!(out, "    {}{conflict}; source: {}", rule.standing, rule.sources)?;
            if !rule.params.is_empty() {
                writeln!(out, "    parameters: {}", rule.params.join(", "))?;
            }
            match rules::place(rule.id) {
                Some(place) => writeln!(out, "    code: {}; test: {}", place.code, place.test),
                None => writeln!(out, "    not implemented yet"),
            }
        })
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

/// The JSON Schema of scenario files.
pub(super) fn print_schema() -> Result<ExitCode, String> {
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut out, &crate::scenario::schema())
        .map_err(io::Error::from)
        .and_then(|()| writeln!(out));
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Args)]
pub(super) struct PopulationsArgs {
    /// Prints this one, as the part of a scenario file that it is.
    name: Option<String>,
}

pub(super) fn print_populations(args: &PopulationsArgs) -> Result<ExitCode, String> {
    let mut out = io::stdout().lock();
    let all = crate::scenario::presets();
    let written = match &args.name {
        None => all.iter().try_for_each(|preset| writeln!(out, "{:<20} {}", preset.name, preset.about)),
        Some(name) => match all.iter().find(|preset| preset.name == name.as_str()) {
            Some(preset) => write!(out, "{}", preset.text),
            None => {
                let hint = nearest(name, all.iter().map(|preset| preset.name));
                let hint = hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
                return Err(format!("there is no population `{name}`{hint}"));
            }
        },
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}
