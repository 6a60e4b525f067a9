//! Rules of section 2 that no scenario can say: numbers of states, and figures that nothing in a run depends on.

use imesim::facts::eligibility::wanted;
use imesim::facts::{Facts, Feature, Features};
use imesim::mdm::JobState;
use imesim::profile::Profile;
use imesim::time::Span;

/// B-2.1: nine features bring the agent, and every one of them does it alone.
#[test]
fn every_feature_is_a_reason_of_its_own() {
    let names: Vec<&str> = Feature::ALL.into_iter().map(Feature::name).collect();
    assert_eq!(
        names,
        [
            "script",
            "remediation",
            "custom-compliance",
            "win32-app",
            "store-app",
            "endpoint-analytics",
            "remote-help",
            "managed-installer",
            "bios-configuration"
        ]
    );
    for feature in Feature::ALL {
        let alone = Features::NONE.with(feature);
        assert_eq!(wanted(&Facts::default(), alone, &Profile::default()), alone, "{feature}");
    }
    assert!(wanted(&Facts::default(), Features::NONE, &Profile::default()).is_empty());
}

/// B-2.5: the fields of Microsoft's sample job.
#[test]
fn the_job_has_the_fields_of_the_sample() {
    let install = Profile::default().install;
    assert_eq!(install.timeout(), Some(Span::mins(5)));
    assert_eq!(install.retry_count, 3);
    assert_eq!(install.retry_interval(), Span::mins(5));
    let mut endless = install;
    endless.timeout_min = 0;
    assert_eq!(endless.timeout(), None, "0 stands for no limit");
}

/// B-2.6.
#[test]
fn job_states_have_the_numbers_of_windows() {
    let all = [
        (JobState::Initialised, 10, false),
        (JobState::Downloading, 20, false),
        (JobState::WaitingToDownload, 25, false),
        (JobState::DownloadFailed, 30, true),
        (JobState::Downloaded, 40, false),
        (JobState::WaitingForUser, 48, false),
        (JobState::Enforcing, 50, false),
        (JobState::WaitingToEnforce, 55, false),
        (JobState::EnforcementFailed, 60, true),
        (JobState::Completed, 70, true),
    ];
    for (state, number, is_final) in all {
        assert_eq!((state.number(), state.is_final()), (number, is_final), "{state:?}");
    }
}

/// B-2.7: both readings of the retry count, and never less than one try.
#[test]
fn the_retry_count_may_include_the_first_try() {
    let mut install = Profile::default().install;
    assert_eq!(install.tries(), 4);
    install.retry_count_excludes_first = false;
    assert_eq!(install.tries(), 3);
    install.retry_count = 0;
    assert_eq!(install.tries(), 1);
}

/// B-2.10.
#[test]
fn an_installation_takes_two_minutes() {
    assert_eq!(Profile::default().install.duration(), Span::mins(2));
}

/// B-2.14.
#[test]
fn releases_are_a_month_apart_and_ten_megabytes_big() {
    let update = Profile::default().update;
    assert_eq!((update.period(), update.size_mb), (Span::days(30), 10));
}

/// B-2.18.
#[test]
fn remote_help_notifies_a_new_device_after_an_hour() {
    assert_eq!(Profile::default().remotehelp.new_device_delay, Span::hours(1));
}
