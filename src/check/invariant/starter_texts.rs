//! The texts of the starter scenarios, as they lie in `tests/scenarios/starter`.

macro_rules! texts {
    ($($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../tests/scenarios/starter/", $file)))),+]
    };
}

/// Each by the name of its file, in order.
pub(super) const TEXTS: &[(&str, &str)] = texts![
    "s-01-b-clock-set-back-wall.toml",
    "s-01-clock-set-back.toml",
    "s-02-clock-jumps-ahead-and-back.toml",
    "s-03-a-month-in-pieces.toml",
    "s-04-irrecoverable-twins.toml",
    "s-05-wake-without-names.toml",
    "s-06-maintenance-wake.toml",
    "s-07-a-year-of-days.toml",
    "s-08-an-outage-of-28-minutes.toml",
    "s-09-two-days-without-a-service.toml",
    "s-10-refused-after-connecting.toml",
    "s-11-a-portal-clears.toml",
    "s-12-skew-after-resume.toml",
    "s-13-refused-for-long.toml",
    "s-14-deleted-on-the-service.toml",
    "s-15-empty-by-mistake.toml",
    "s-16-assigned-while-it-goes.toml",
    "s-17-wiped-and-back.toml",
    "s-18-first-download-404.toml",
    "s-19-ready-late.toml",
    "s-20-removed-in-an-upgrade.toml",
    "s-21-killed-at-every-step.toml",
    "s-22-damaged-state.toml",
    "s-23-everything-at-once.toml",
    "s-24-b-newer-agents.toml",
    "s-24-four-kinds-of-sync.toml",
    "s-25-three-kinds-of-failure.toml",
    "s-26-put-off.toml",
    "s-27-cut-before-the-report.toml",
    "s-28-run-for-the-excluded.toml",
    "s-29-stopped-in-every-state.toml",
    "s-30-two-clones.toml",
    "s-31-throttled-after-an-update.toml",
    "s-32-asleep-too-long.toml",
    "s-32-b-kept-without-end.toml",
    "s-33-monday-at-nine.toml",
    "s-34-update-while-a-restart-waits.toml",
    "s-35-another-interval.toml",
    "s-36-b-one-app-hangs.toml",
    "s-36-one-app-does-not-apply.toml",
];
