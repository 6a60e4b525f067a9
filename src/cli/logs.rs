//! `imesim logs`: what log files of a real agent tell.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::log::{files, text};
use crate::report::logs_page;

const EXAMPLES: &str = "Examples:
  imesim logs C:\\ProgramData\\Microsoft\\IntuneManagementExtension\\Logs
  imesim logs IntuneManagementExtension.log AppWorkload.log --all
  imesim logs Logs --json > timeline.json
  imesim logs Logs --html timeline.html
  imesim logs Logs --against observed_2025
  imesim logs Logs --forecast --profile observed_2025";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LogsArgs {
    /// Log files, or folders with them; rotated parts of a log are joined.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Shows everything, also what went as usual and says little.
    #[arg(long)]
    all: bool,
    /// Prints one JSON document: of a timeline with the keys `logs`, `items`, `anomalies` and `findings`.
    #[arg(long, conflicts_with = "all")]
    json: bool,
    /// Writes a page of one file, and prints nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "json"])]
    html: Option<PathBuf>,
    #[command(flatten)]
    model: super::logs_model::ModelArgs,
}

pub(super) fn print(args: &LogsArgs) -> Result<ExitCode, String> {
    if args.model.is_asked() {
        return args.model.print(&args.paths, args.all, args.json);
    }
    let timeline = files::read(&args.paths).map_err(|error| error.to_string())?;
    if let Some(file) = &args.html {
        let page = logs_page(&timeline);
        let written = File::create(file).and_then(|mut out| out.write_all(page.as_bytes()));
        written.map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if args.json {
        serde_json::to_writer(&mut out, &timeline).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        let mut page = String::new();
        text::write(&timeline, text::Shown { all: args.all }, &mut page).map_err(|error| error.to_string())?;
        out.write_all(page.as_bytes())
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(ExitCode::SUCCESS)
}
