//! Win32 apps: their limits, how long their steps may take, and when a failed one is tried again.

use super::section::section;
use super::words::words;
use crate::time::Span;

section! {
    /// Win32 apps: `win32.*`.
    Win32 at win32;

    /// Gives up a background download that takes this long.
    download_wait_bg: Span = Span::mins(30), "length of time" in "1s to 365d", "B-7.18";
    /// Gives up a foreground download that takes this long.
    download_wait_fg: Span = Span::hours(12), "length of time" in "1s to 365d", "B-7.18";
    /// Sets the time, from its start, for which a failed enforcement holds back the next one.
    grs: Span = Span::hours(24), "length of time" in "0s to 365d", "B-7.34";
    /// Says after which enforcements the next one is held back.
    grs_set_on: GrsSetOn = GrsSetOn::Failure, "choice", "B-7.34a";
    /// Sets the time limit of an installation or removal, where the app has none of its own.
    install_timeout_min: u32 = 60, "minutes" in "1 to 1440", "B-7.21";
    /// Limits how many apps a graph of dependencies has, the app at its top included.
    max_graph_nodes: u32 = 101, "apps" in "1 to 10000", "B-7.40";
    /// Sets the size up to which a package is accepted.
    max_package_gb: u32 = 30, "gigabytes" in "1 to 1000", "B-1.9";
    /// Limits how many apps a graph of supersedence has, the superseding one included.
    max_supersedence_nodes: u32 = 11, "apps" in "1 to 10000", "B-7.48";
    /// Limits how many apps may supersede one app.
    max_superseding: u32 = 10, "apps" in "0 to 10000", "B-7.48";
    /// Makes a file rule that wants the file to be absent fail as a bad detection rule.
    quirk_file_not_exists: bool = false, "yes or no", "B-7.15";
    /// Chooses a fault in how long a failed enforcement holds back the next one.
    quirk_grs: QuirkGrs = QuirkGrs::None, "choice", "B-7.38";
    /// Sets the time from a result to its report.
    report_delay: Span = Span::secs(35), "length of time" in "0s to 1d", "B-7.59";
    /// Says which failures are tried again at once.
    retry_applies_to: RetryAppliesTo = RetryAppliesTo::RetryType, "choice", "B-7.25";
    /// Sets how often such an installation is tried in all, the first try included.
    retry_attempts: u32 = 3, "tries" in "1 to 1000", "B-7.24";
    /// Sets the time from the end of such a try to the next.
    retry_gap: Span = Span::mins(5), "length of time" in "0s to 1d", "B-7.24";
    /// Ends a detection or requirement script that takes this long.
    rule_script_timeout: Span = Span::hours(1), "length of time" in "1s to 365d", "B-7.14";
    /// Sets the size up to which a script is accepted as installer.
    script_installer_max_kb: u32 = 50, "kilobytes" in "1 to 1000000", "B-7.8";
    /// Sets the age from which on the last evaluation of an unchanged subgraph no longer spares it a new one.
    subgraph_interval: Span = Span::hours(8), "length of time" in "0s to 365d", "B-7.33";
    /// Sets the applicability code of an app in user context that is checked without a user.
    userless_code: u32 = 1012, "applicability code" in "1011 to 1012", "B-7.7";
}

impl Win32 {
    /// The time limit of an installation or removal, where the app has none of its own.
    /// Source: B-7.21.
    pub fn install_timeout(&self) -> Span {
        Span::mins(u64::from(self.install_timeout_min))
    }
}

words! {
    /// After which enforcements the next one is held back for `win32.grs`.
    /// Source: B-7.34a.
    GrsSetOn {
        /// after those that failed.
        Failure = "failure",
        /// after all, also those that went well.
        AnyEnforcement = "any_enforcement",
    }
}

words! {
    /// A fault in how long a failed enforcement holds back the next one.
    /// Source: B-7.38.
    QuirkGrs {
        /// no fault: the time of `win32.grs`.
        None = "none",
        /// the time never ends.
        Stuck = "stuck",
        /// each check-in makes the time end, so that the app is tried with every one of them.
        ResetEachPass = "reset_each_pass",
    }
}

words! {
    /// Which failures of an installation are tried again at once, as often as `win32.retry_attempts` allows.
    /// Source: B-7.25.
    RetryAppliesTo {
        /// those with a return code of the type Retry.
        RetryType = "retry_type",
        /// all.
        AnyFailure = "any_failure",
    }
}
