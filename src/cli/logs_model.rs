//! `imesim logs --against` and `--forecast`: a log held against the model, and what comes after it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::log::conform::{self, judge};
use crate::log::files;
use crate::log::forecast::{self, forecast};
use crate::log::trace::Trace;
use crate::profile::Profile;
use crate::scenario::{Overrides, Scenario};

/// What a log is held against.
#[derive(Debug, Args)]
pub(super) struct ModelArgs {
    /// Says which of the log's decisions the rules of a profile explain: default, seed_strict, observed_2025 or hardened, or
    /// that of a scenario, by its file. Ends with 1 if one does not fit.
    #[arg(long, value_name = "PROFILE", conflicts_with_all = ["forecast", "html"])]
    against: Option<String>,
    /// Says what comes next, from the state that the log ends in.
    #[arg(long, conflicts_with_all = ["html", "all"])]
    forecast: bool,
    /// The profile of the forecast.
    #[arg(long, value_name = "PROFILE", requires = "forecast")]
    profile: Option<String>,
    /// Sets one parameter of the profile, such as ime.script_interval=1h; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = super::name_value)]
    set: Vec<(String, String)>,
}

impl ModelArgs {
    /// Whether any of this was asked for.
    pub(super) const fn is_asked(&self) -> bool {
        self.against.is_some() || self.forecast || !self.set.is_empty()
    }

    pub(super) fn print(&self, paths: &[PathBuf], all: bool, json: bool) -> Result<ExitCode, String> {
        let asked = self.against.as_deref().or(self.profile.as_deref());
        if self.against.is_none() && !self.forecast {
            return Err("--set is for --against and --forecast".to_owned());
        }
        let name = asked.unwrap_or("observed_2025");
        let mut profile = if Path::new(name).extension().is_some_and(|ending| ending == "toml") {
            let scenario = Scenario::load(Path::new(name), &Overrides::default());
            scenario.map_err(|error| error.to_string())?.plan.profile
        } else {
            Profile::named(name).map_err(|error| error.to_string())?
        };
        for (parameter, value) in &self.set {
            profile.set(parameter, value).map_err(|error| error.to_string())?;
        }
        let devices = files::traces(paths).map_err(|error| error.to_string())?;
        let mut out = io::BufWriter::new(io::stdout().lock());
        let (mut page, mut code) = (String::new(), ExitCode::SUCCESS);
        for (place, (folder, trace)) in devices.iter().enumerate() {
            if devices.len() > 1 && !json {
                let gap = if place > 0 { "\n" } else { "" };
                page += &format!("{gap}{}:\n", folder.display());
            }
            if self.forecast {
                Self::foresee(trace, (&profile, name), json, &mut page)?;
            } else if Self::hold_against(trace, (&profile, name), (all, json), &mut page)? {
                code = ExitCode::from(1);
            }
        }
        super::ignore_closed_pipe(out.write_all(page.as_bytes()).and_then(|()| out.flush()))?;
        Ok(code)
    }

    fn foresee(trace: &Trace, (profile, name): (&Profile, &str), json: bool, page: &mut String) -> Result<(), String> {
        let forecast = forecast(trace, profile).ok_or("there is no record to go on from")?;
        if json {
            *page += &(serde_json::to_string(&forecast).map_err(|error| error.to_string())? + "\n");
            return Ok(());
        }
        forecast::text::write(&forecast, name, page).map_err(|error| error.to_string())
    }

    /// Gives whether something does not fit.
    fn hold_against(
        trace: &Trace,
        (profile, name): (&Profile, &str),
        (all, json): (bool, bool),
        page: &mut String,
    ) -> Result<bool, String> {
        let judged = judge(trace, profile);
        if judged.decisions.is_empty() {
            return Err("these logs show no decision of the agent".to_owned());
        }
        if json {
            *page += &(serde_json::to_string(&judged).map_err(|error| error.to_string())? + "\n");
        } else {
            conform::text::write(&judged, name, all, page).map_err(|error| error.to_string())?;
        }
        Ok(judged.misfits > 0)
    }
}
