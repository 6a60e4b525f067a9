//! What a fleet run counted, as files for other programs: CSV, and with the feature `parquet` Parquet too.
//!
//! An [`Exporter`] is given to the run, takes what became of each device while the run goes on, and writes the rest when
//! it is [finished](Exporter::finish). The files are the same to the byte for every number of threads.
//!
//! ```no_run
//! use imesim::fleet::{Options, export::{Exporter, Format}, run};
//! use imesim::scenario::Scenario;
//!
//! fn export(scenario: &Scenario) -> Result<(), Box<dyn std::error::Error>> {
//!     let exporter = Exporter::create("rollout".as_ref(), &[Format::Csv])?;
//!     let report = run(scenario, Options { outcomes: Some(&exporter), ..Options::default() }, |_| {})?;
//!     for path in exporter.finish(&report)? {
//!         println!("{}", path.display());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # The files
//!
//! | file | one row for |
//! |---|---|
//! | `devices.csv`, `devices.parquet` | each device and each script, required app or remediation that is aimed at it |
//! | `load.csv`, `load.parquet` | each bin of the load: a minute, or more in a run of more than 69 days ([`Grid::fine`]) |
//! | `curves.csv`, `curves.parquet` | each step of each rollout curve ([`Grid::coarse`]) |
//! | `summary.json` | nothing: it is the [`FleetReport`] as JSON, written last |
//!
//! A directory without `summary.json` is of a run that has not ended, or that failed.
//!
//! Every number is a whole number that is not negative. Times are whole seconds from the start of the run, rounded down
//! unless the column says otherwise. What is unknown is empty in CSV and null in Parquet; only columns that say "empty"
//! can be. CSV is UTF-8 with a head, commas, and line feeds; Parquet has signed 64-bit integers, strings, and
//! timestamps of UTC in milliseconds, Snappy, and at most 131,072 rows in a group.
//!
//! # `devices`
//!
//! Ordered by `device`, then by the content's place in the scenario. Devices at which nothing is aimed have no row.
//!
//! | column | unit | meaning |
//! |---|---|---|
//! | `device` | | number of the device: `imesim run FILE --device N` shows it |
//! | `name` | text | name of the device |
//! | `population` | text | its population; empty for a device that is described by itself |
//! | `kind` | text | `script`, `app` or `remediation` |
//! | `content` | text | name of the script, app or remediation |
//! | `ring` | text | group through which it was assigned; `none` if there is none any more |
//! | `standing` | text | how it ended: `done`, `failed`, `pending` or `unreachable` ([`Standing::kind`](super::Standing::kind)) |
//! | `cause` | text | why, in one word ([`Standing::cause`](super::Standing::cause)) |
//! | `assigned_secs` | seconds | when it was assigned to the device; 0 for before the start |
//! | `done_secs` | seconds | when the service got the first report of success; empty if it got none |
//! | `failures` | reports | reports of failure that the service got, retries included |
//!
//! # `load`
//!
//! Ordered by time. The last bin holds the end of the run, and may hold nothing else.
//!
//! | column | unit | meaning |
//! |---|---|---|
//! | `start` | UTC | when the bin begins, such as `2026-03-02T00:00:00Z` |
//! | `start_secs` | seconds | the same from the start of the run |
//! | `script_polls` | requests | check-ins for scripts |
//! | `app_polls` | requests | check-ins for apps, required and available |
//! | `remediation_polls` | requests | check-ins for remediations |
//! | `compliance_polls` | requests | check-ins for compliance |
//! | `reports` | requests | reports of the agent |
//! | `mdm_sessions` | requests | sessions of the MDM client |
//! | `other_requests` | requests | enrollments, channel renewals, connection tests |
//! | `refused` | requests | requests that a busy service refused; each is also among the seven kinds above |
//! | `pushes` | pushes | pushes that the service handed over |
//! | `downloads` | downloads | downloads of apps that began |
//! | `installs` | runs | installers and uninstallers that began |
//! | `script_runs` | runs | scripts that began, those of remediations and compliance among them |
//! | `requests` | requests | the sum of the seven kinds of requests, refused ones among them |
//! | `awake` | devices | awake and in use or ready for it, at the end of the bin |
//! | `dark_wake` | devices | awake for maintenance only, at the end of the bin |
//! | `with_agent` | devices | with the agent, at the end of the bin |
//!
//! # `curves`
//!
//! Scripts first, then apps, then remediations, in the order of the scenario; each as a whole, then by ring; each ordered by time.
//!
//! | column | unit | meaning |
//! |---|---|---|
//! | `content` | text | name of the script, app or remediation |
//! | `kind` | text | `script`, `app` or `remediation` |
//! | `ring` | text | `all`, or the name of a group if it is assigned through several |
//! | `bin_end_secs` | seconds | when the step ends, rounded up; the last ends with the run |
//! | `done` | devices | devices that were done by then |
//! | `targeted` | devices | devices at which it is aimed, the same in all rows of a curve |
//!
//! A run that was stopped has the devices or the time that it came to, and `"is_partial": true` in its summary.

mod counted;
mod csv;
mod devices;
mod directory;
mod error;
mod format;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use error::ExportError;
pub use format::{Format, UnknownFormat};

use self::table::Table;
#[cfg(doc)]
use super::Grid;
use super::{FleetReport, Outcome, OutcomeSink};

/// Writes what one fleet run counts into a directory.
///
/// What became of devices is written while they run; memory for it, some tens of megabytes, does not grow with them.
#[derive(Debug)]
pub struct Exporter {
    path: PathBuf,
    formats: Vec<Format>,
    devices: Mutex<Table>,
    /// The first thing that went wrong; nothing is written after it.
    failed: OnceLock<ExportError>,
}

impl Exporter {
    /// Begins an export into a directory, which is made if it is not there.
    ///
    /// Files of an earlier export are removed. A directory that holds anything else is left as it is: only plain files
    /// with the names above count as ours. Without a format only the summary is written.
    ///
    /// # Errors
    /// [`ExportError`] if there is something else in that place, or it cannot be written to.
    pub fn create(path: &Path, formats: &[Format]) -> Result<Self, ExportError> {
        let mut formats = formats.to_vec();
        formats.sort_unstable();
        formats.dedup();
        directory::prepare(path)?;
        let devices = Table::create(path, devices::NAME, devices::columns(), &formats)?;
        Ok(Self { path: path.to_owned(), formats, devices: Mutex::new(devices), failed: OnceLock::new() })
    }

    /// What went wrong while the run went on, if anything did. The run itself does not end by it; whoever started it may
    /// look here from time to time and [stop](super::Options::stop) it.
    pub fn error(&self) -> Option<&ExportError> {
        self.failed.get()
    }

    /// Writes the rest, and gives the paths of all files.
    ///
    /// # Errors
    /// The first [`ExportError`] of the export; there is no summary then.
    pub fn finish(self, report: &FleetReport) -> Result<Vec<PathBuf>, ExportError> {
        if let Some(error) = self.failed.into_inner() {
            return Err(error);
        }
        let mut paths = self.devices.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        paths.extend(counted::write_load(&self.path, &self.formats, report)?);
        paths.extend(counted::write_curves(&self.path, &self.formats, report)?);
        let path = self.path.join(directory::SUMMARY);
        write_summary(&path, report).map_err(|source| ExportError::write(&path, source))?;
        paths.push(path);
        Ok(paths)
    }
}

impl OutcomeSink for Exporter {
    fn take(&self, outcomes: &[Outcome<'_>]) {
        if self.failed.get().is_some() {
            return;
        }
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = outcomes.iter().try_for_each(|outcome| devices.row(&devices::row(outcome))) {
            self.failed.get_or_init(|| error);
        }
    }
}

fn write_summary(path: &Path, report: &FleetReport) -> io::Result<()> {
    let mut out = BufWriter::new(File::create_new(path)?);
    serde_json::to_writer_pretty(&mut out, report)?;
    writeln!(out)?;
    out.flush()
}
