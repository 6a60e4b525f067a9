//! The agent's log files: which there are, where app events go, when a file is put aside.

use super::section::section;
use super::words::words;

section! {
    /// The agent's log files: `log.*`.
    Log at log;

    /// Says in which file app events stand.
    app_events_in: AppEventsIn = AppEventsIn::AppWorkload, "choice", "B-11.6";
    /// Says which files there are.
    files: LogFiles = LogFiles::SeedTen, "choice", "B-11.7";
    /// Sets how many old files are kept of each.
    history: u32 = 3, "files" in "0 to 1000", "B-11.11";
    /// Sets the size from which on a file is put aside before the next record is written.
    max_bytes: u32 = 3_145_728, "bytes" in "1 to 1073741824", "B-11.11";
    /// Honours the size and history that the registry may name.
    registry_override: bool = true, "yes or no", "B-11.12";
    /// Says how a file that is put aside is named.
    rotation_name: RotationName = RotationName::DateSuffix, "choice", "B-11.11";
}

words! {
    /// In which file app events stand.
    /// Source: B-11.6.
    AppEventsIn {
        /// in AppWorkload.log, as since August 2024.
        AppWorkload = "app_workload",
        /// in the main log, as before.
        Main = "main",
    }
}

words! {
    /// Which log files there are.
    /// Source: B-11.7.
    LogFiles {
        /// the ten of the catalogue.
        SeedTen = "seed_ten",
        /// NotificationInfra.log besides.
        WithNotificationInfra = "with_notification_infra",
    }
}

words! {
    /// How a log file that is put aside is named.
    /// Source: B-11.11.
    RotationName {
        /// by the local time of its last record, `Name-YYYYMMDD-HHMMSS.log`; several are kept.
        DateSuffix = "date_suffix",
        /// `_Name.log`; only one is kept.
        Underscore = "underscore",
    }
}
