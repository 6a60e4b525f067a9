//! Rules of section 1 that no scenario can say: codes of refusals, limits, and what a virtual machine cannot do.

use imesim::chance::Chance;
use imesim::facts::eligibility::{Refusal, device_refusal, dotnet_warning, feature_refusal, wanted};
use imesim::facts::product::{
    BULK_TOKEN_LIFETIME, ENDPOINTS, InstallContext, PORTS, WPJ_RUNS_USER_REQUIREMENT_SCRIPTS, WpjInstall,
    bulk_token_is_valid, package_fits, wpj_install_context,
};
use imesim::facts::{AppsWorkload, Edition, EnrollmentPath, Facts, Feature, Features, Join, Proxy};
use imesim::mdm::{Context, Effect, Event, Input, MdmClient, Sink};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Failure, Request, enrollment_code};
use imesim::rules::{RuleId, b};
use imesim::time::{Awake, Now, Span, Wall};

fn code(facts: &Facts) -> Option<&'static str> {
    device_refusal(facts, &Profile::default()).map(|refusal| refusal.code())
}

/// B-1.1, B-1.2, B-1.21: the limit of a device is the highest of those that concern it.
#[test]
fn the_lowest_build_depends_on_the_way_of_enrolling() {
    let profile = Profile::default();
    let refused = |os_build, enrollment, apps_workload, profile: &Profile| {
        let facts = Facts { os_build, enrollment, apps_workload, ..Facts::default() };
        device_refusal(&facts, profile)
    };
    let too_old = |needed| Some(Refusal::OsBuild { needed });
    assert_eq!(refused(14_392, EnrollmentPath::GroupPolicy, None, &profile), too_old(14_393));
    assert_eq!(refused(14_393, EnrollmentPath::GroupPolicy, None, &profile), None);
    assert_eq!(refused(16_298, EnrollmentPath::BulkPackage, None, &profile), too_old(16_299));
    assert_eq!(refused(16_299, EnrollmentPath::BulkPackage, None, &profile), None);
    let mut newer = Profile::default();
    newer.elig.comanaged_min_build = 18_362;
    assert_eq!(
        refused(18_361, EnrollmentPath::BulkPackage, Some(AppsWorkload::Intune), &newer),
        too_old(18_362),
        "co-managed and enrolled by a package"
    );
}

/// C-1.3, B-1.5, B-1.7: the reason codes of the two devices that are refused.
#[test]
fn home_is_refused_for_its_edition_and_s_mode_for_itself() {
    let s_mode = Facts { s_mode: true, ..Facts::default() };
    assert_eq!(code(&Facts { edition: Edition::Home, ..Facts::default() }), Some("edition"));
    assert_eq!(code(&s_mode), Some("s-mode"));
    assert_eq!(code(&Facts { s_mode_supplemental: true, ..s_mode }), None);
    assert_eq!(
        code(&Facts { s_mode_supplemental: true, os_build: 18_362, ..s_mode }),
        Some("s-mode"),
        "before version 1909 the policy has no effect"
    );
}

/// B-1.5: S mode excludes every edition.
#[test]
fn every_edition_is_refused_in_s_mode() {
    for edition in [Edition::Pro, Edition::Enterprise, Edition::Education, Edition::MultiSession] {
        assert_eq!(code(&Facts { edition, s_mode: true, ..Facts::default() }), Some("s-mode"), "{edition:?}");
    }
}

/// B-1.6.
#[test]
fn a_surface_hub_is_refused_as_such() {
    assert_eq!(code(&Facts { edition: Edition::SurfaceHub, ..Facts::default() }), Some("surface-hub"));
}

/// B-1.7: what the supplemental policy opens is Win32 apps.
#[test]
fn an_opened_s_mode_takes_win32_apps_alone() {
    let facts = Facts { s_mode: true, s_mode_supplemental: true, ..Facts::default() };
    let all = Feature::ALL.into_iter().fold(Features::NONE, Features::with);
    assert_eq!(wanted(&facts, all, &Profile::default()), Features::NONE.with(Feature::Win32App));
}

/// B-1.8, C-1.5: older than recommended is a warning; no version at all is a refusal.
#[test]
fn an_old_dotnet_is_warned_about_and_never_refused() {
    let profile = Profile::default();
    let with = |dotnet| Facts { dotnet: Version(dotnet), ..Facts::default() };
    assert_eq!(dotnet_warning(&with([4, 7, 1, 0]), &profile), Some(Version([4, 7, 2, 0])));
    assert_eq!(dotnet_warning(&with([4, 7, 2, 0]), &profile), None);
    for dotnet in [[0, 0, 0, 0], [3, 5, 0, 0], [4, 6, 2, 0]] {
        assert_eq!(device_refusal(&with(dotnet), &profile), None);
    }
}

/// B-1.9.
#[test]
fn a_win32_package_may_have_30_gigabytes() {
    assert_eq!(Profile::default().win32.max_package_gb, 30);
}

/// B-1.10, B-1.10a: each refusal of a remediation by its code.
#[test]
fn remediations_say_why_they_do_not_come() {
    let code =
        |facts: Facts| feature_refusal(Feature::Remediation, &facts, &Profile::default()).map(|refusal| refusal.code());
    let facts = Facts::default();
    let old = Facts { os_build: 18_361, ..facts };
    assert_eq!(code(facts), None);
    assert_eq!(code(Facts { remediation_license: false, ..facts }), Some("license"));
    assert_eq!(code(Facts { join: Join::Registered, ..facts }), Some("registered-only"));
    let with_cm = Some(AppsWorkload::ConfigurationManager);
    assert_eq!(code(Facts { apps_workload: with_cm, ..old }), Some("co-managed-too-old"));
    assert_eq!(code(Facts { apps_workload: Some(AppsWorkload::Intune), ..old }), None);
    assert_eq!(code(Facts { apps_workload: with_cm, os_build: 18_362, ..facts }), None);
}

/// B-1.11.
#[test]
fn only_a_device_without_any_join_is_refused_for_it() {
    for (join, refused) in
        [(Join::None, Some("not-joined")), (Join::Registered, None), (Join::Entra, None), (Join::Hybrid, None)]
    {
        assert_eq!(code(&Facts { join, ..Facts::default() }), refused, "{join:?}");
    }
}

/// B-1.20, B-1.22: each workload holds back what it decides about.
#[test]
fn workloads_hold_back_apps_and_managed_installer() {
    let profile = Profile::default();
    let facts = Facts {
        enrollment: EnrollmentPath::CoManagement,
        apps_workload: Some(AppsWorkload::PilotOutside),
        endpoint_protection_with_intune: false,
        ..Facts::default()
    };
    let all = Feature::ALL.into_iter().fold(Features::NONE, Features::with);
    let kept: Vec<Feature> = wanted(&facts, all, &profile).iter().collect();
    let refused: Vec<Feature> = Feature::ALL.into_iter().filter(|feature| !kept.contains(feature)).collect();
    assert_eq!(refused, [Feature::Win32App, Feature::StoreApp, Feature::ManagedInstaller]);
}

/// B-1.26, B-1.27: when a request reaches the service.
#[test]
fn a_proxy_decides_when_the_service_is_reached() {
    let reached = |proxy, user| Facts { proxy, ..Facts::default() }.is_service_reachable(true, user);
    for (proxy, without_user, with_user) in [
        (Proxy::Direct, true, true),
        (Proxy::Machine, true, true),
        (Proxy::UserOnly, false, true),
        (Proxy::Inspecting, false, false),
    ] {
        assert_eq!((reached(proxy, false), reached(proxy, true)), (without_user, with_user), "{proxy:?}");
    }
    assert!(!Facts::default().is_service_reachable(false, true));
}

/// B-1.28: self-deploying needs a physical TPM, so a virtual machine does not even ask.
#[test]
fn a_virtual_machine_cannot_deploy_itself() {
    let tried = |virtual_machine, enrollment| {
        let facts = Facts { virtual_machine, enrollment, ..Facts::default() };
        let profile = Profile::default();
        let cx = Context { profile: &profile, facts: &facts, chance: Chance::Lowest, agent: None };
        let now = Now { wall: Wall::from_unix_millis(0), awake: Awake::at(Span::ZERO) };
        let mut taken = Taken::default();
        let _ = MdmClient::new().handle(&cx, now, Input::Enroll, &mut taken);
        let asked = taken.effects.iter().any(|effect| matches!(effect, Effect::Send { request: Request::Enroll, .. }));
        let impossible = taken.notes.contains(&(b(1, 28), Event::EnrollmentImpossible));
        (asked, impossible)
    };
    assert_eq!(tried(true, EnrollmentPath::AutopilotSelfDeploying), (false, true));
    assert_eq!(tried(false, EnrollmentPath::AutopilotSelfDeploying), (true, false));
    assert_eq!(tried(true, EnrollmentPath::Autopilot), (true, false));
}

#[derive(Default)]
struct Taken {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Taken {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// B-1.29: the agent of such a host asks for no user's work, and the host itself has to be of version 1903.
#[test]
fn a_multi_session_host_has_no_user_check_in() {
    let host = Facts { edition: Edition::MultiSession, ..Facts::default() };
    assert!(!host.has_user_check_in());
    assert!(Facts::default().has_user_check_in());
    let refused = |os_build| device_refusal(&Facts { os_build, ..host }, &Profile::default());
    assert_eq!(refused(18_361), Some(Refusal::OsBuild { needed: 18_362 }));
    assert_eq!(refused(18_362), None);
}

/// B-1.30: three codes are known, and a refused enrollment names its own.
#[test]
fn the_codes_of_refused_enrollments_have_a_meaning() {
    for known in [0x8018_0026, 0x8018_002b, 0x8007_2f9a] {
        let meaning = enrollment_code(known);
        let text = Failure::EnrollmentRefused(known).to_string();
        assert!(meaning.is_some_and(|meaning| text.ends_with(meaning)), "{text}");
        assert!(text.contains(&format!("{known:#010x}")), "{text}");
    }
    assert_eq!(enrollment_code(0x8018_0027), None);
}

/// B-1.9: a package of just the limit fits.
#[test]
fn a_package_above_the_limit_does_not_fit() {
    let mut profile = Profile::default();
    assert_eq!((package_fits(30, &profile), package_fits(31, &profile)), (true, false));
    profile.win32.max_package_gb = 8;
    assert_eq!((package_fits(8, &profile), package_fits(9, &profile)), (true, false));
}

/// B-1.15.
#[test]
fn a_registered_device_takes_apps_in_system_context() {
    let answer = |app, context| wpj_install_context(app, context);
    assert_eq!(answer(Feature::Win32App, InstallContext::System), Some(WpjInstall::Works));
    assert_eq!(answer(Feature::StoreApp, InstallContext::System), Some(WpjInstall::Works));
    assert_eq!(answer(Feature::StoreApp, InstallContext::User), Some(WpjInstall::RequirementsNotMet));
    assert_eq!(answer(Feature::Win32App, InstallContext::User), Some(WpjInstall::NotAdvised));
    assert_eq!(answer(Feature::Script, InstallContext::System), None, "a script is no app");
    const { assert!(WPJ_RUNS_USER_REQUIREMENT_SCRIPTS) };
}

/// B-1.18.
#[test]
fn the_token_of_a_package_lasts_180_days() {
    assert_eq!(BULK_TOKEN_LIFETIME, Span::days(180));
    assert!(bulk_token_is_valid(Span::days(180)));
    assert!(!bulk_token_is_valid(Span::days(181)));
}

/// B-1.27.
#[test]
fn five_kinds_of_endpoints_are_reached_on_two_ports() {
    assert_eq!(PORTS, [80, 443]);
    assert_eq!(ENDPOINTS.len(), 5);
    assert!(ENDPOINTS.contains(&"Delivery Optimization"));
}
