//! Rules of section 2 that no scenario can say: numbers of states, and figures that nothing in a run depends on.

use std::collections::BTreeSet;

use imesim::facts::eligibility::wanted;
use imesim::facts::product::{
    DATA_FOLDER, LOG_FOLDER, PROGRAM_FOLDER, SERVICE_ACCOUNT, SERVICE_DISPLAY_NAME, SERVICE_NAME, SERVICE_START,
    UPGRADE_CODE, job_key, next_release, product_code, remote_help_notifies,
};
use imesim::facts::{Facts, Feature, Features};
use imesim::mdm::JobState;
use imesim::profile::{Profile, Version};
use imesim::time::{Span, Wall};

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

/// B-2.8: a key for each product, below that of the device.
#[test]
fn install_jobs_lie_under_the_code_of_their_product() {
    let root =
        r"HKLM\SOFTWARE\Microsoft\EnterpriseDesktopAppManagement\S-0-0-00-0000000000-0000000000-000000000-000\MSI\";
    assert_eq!(job_key(UPGRADE_CODE), format!("{root}{{9FE9701C-0F89-40B4-B77A-AA65607E87D8}}"));
    let old = job_key(product_code(Version([1, 93, 0, 0])));
    assert!(old.starts_with(root));
    assert_ne!(old, job_key(product_code(Version([1, 94, 0, 0]))));
}

/// B-2.9: many versions, as many codes, and none of them is that of all versions together.
#[test]
fn every_version_has_a_product_code_of_its_own() {
    assert_eq!(UPGRADE_CODE.to_string(), "{9FE9701C-0F89-40B4-B77A-AA65607E87D8}");
    let mut codes = BTreeSet::from([UPGRADE_CODE]);
    for minor in 0..200 {
        for patch in 0..20 {
            let version = Version([1, minor, patch, 0]);
            assert_eq!(product_code(version), product_code(version));
            assert!(codes.insert(product_code(version)), "{version}");
        }
    }
}

/// B-2.14.
#[test]
fn a_release_follows_the_last_one_after_the_period() {
    let mut profile = Profile::default();
    let first = Wall::from_unix_millis(0);
    let days = |profile: &Profile| next_release(first, profile).since(first);
    assert_eq!(days(&profile), Span::days(30));
    profile.update.period_days = 14;
    assert_eq!(days(&profile), Span::days(14));
}

/// B-2.16.
#[test]
fn the_service_has_its_names_and_starts_by_itself() {
    assert_eq!(SERVICE_NAME, "IntuneManagementExtension");
    assert_eq!(SERVICE_DISPLAY_NAME, "Microsoft Intune Management Extension");
    assert_eq!((SERVICE_ACCOUNT, SERVICE_START), ("LocalSystem", "automatic"));
}

/// B-2.17: the path that one page calls the place of installation holds logs, and no program.
#[test]
fn program_and_logs_lie_apart() {
    assert_eq!(PROGRAM_FOLDER, r"C:\Program Files (x86)\Microsoft Intune Management Extension");
    assert_eq!(LOG_FOLDER, r"C:\ProgramData\Microsoft\IntuneManagementExtension\Logs");
    assert_eq!(LOG_FOLDER, format!(r"{DATA_FOLDER}\Logs"));
}

/// B-2.18: exactly after the delay, which can be set.
#[test]
fn remote_help_waits_on_a_new_device() {
    let mut profile = Profile::default();
    assert!(!remote_help_notifies(Span::mins(59), &profile));
    assert!(remote_help_notifies(Span::mins(60), &profile));
    profile.remotehelp.new_device_delay = Span::ZERO;
    assert!(remote_help_notifies(Span::ZERO, &profile));
}
