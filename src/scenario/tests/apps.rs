//! What apps of a file become, and what the machine makes of them.

use super::read;
use crate::catalog::{AssignmentSettings, Intent};
use crate::content::{Architecture, Detection, ScriptRule};
use crate::protocol::{Notifications, PolicyId, RestartGrace, RunAs};
use crate::relations::Relation;
use crate::retry::ExitClass;
use crate::sim::plan::{AppConduct, Conduct, Found, Patch};
use crate::time::{Span, Wall};

const DEVICE: &str = "[[device]]\nname = \"pc\"\n";

fn conduct(conduct: &Conduct) -> &AppConduct {
    let Conduct::App(conduct) = conduct else { unreachable!("{conduct:?}") };
    conduct
}

#[test]
fn an_app_has_what_is_written() {
    let plan = read(&format!(
        "[[app]]\nname = \"a\"\nrun_as = \"user\"\ndetection = \"script\"\ninstall_limit = \"2h\"\nallow_uninstall = true\n\
         requirements = {{ architecture = [\"x64\", \"arm64\"], memory_mb = 4096, registry = true, script = \"yes\" }}\n\
         return_codes = {{ retry = [1602], failed = [\"0x669\"] }}\n\
         install = [{{ exit = 1618 }}, {{ duration = \"3m\", detected = false }}]\nuninstall = {{ duration = \"hangs\" }}\n\
         download = {{ error = \"0x87D30067\" }}\nrequire = [{{ lacks = [\"script\"] }}, {{ code = 1011 }}, {{}}]\n\
         detect = {{ duration = \"5s\" }}\n{DEVICE}"
    ))
    .plan;
    let app = plan.library.app(PolicyId(0), 1).expect("there is one");
    assert_eq!((app.run_as, app.detection, app.install_limit), (RunAs::User, Detection::Script, Some(Span::hours(2))));
    assert!(app.allow_available_uninstall && app.requirements.registry && app.requirements.script);
    assert_eq!(app.requirements.architectures, Architecture::X64.bit() | Architecture::Arm64.bit());
    assert_eq!(app.script_rule, Some(ScriptRule::text("yes")));
    // B-7.22: beside the standard list, or in place of its entries; 0x669 is 1641.
    let class = |code| app.return_codes.class(code);
    assert_eq!((class(1602), class(1641), class(3010)), (ExitClass::Retry, ExitClass::Failed, ExitClass::SoftReboot));
    let conduct = conduct(&plan.conducts[0]);
    let (from, runs) = &conduct.revisions[0];
    assert_eq!((*from, conduct.revisions.len(), runs.install.outcomes.len()), (1, 1, 2));
    assert_eq!((runs.install.outcomes[1].detected, runs.uninstall.outcomes[0].run.duration), (Some(false), None));
    assert_eq!(runs.download.outcomes[0].error, -2_016_214_937);
    let required: Vec<_> = runs.require.outcomes.iter().map(|one| (one.run.exit_code, one.code)).collect();
    assert_eq!(required, [(1, None), (0, Some(1_011)), (0, None)]);
}

// B-7.36: what an update makes of an app begins with the revision that it leads to, whatever else makes revisions.
#[test]
fn updates_begin_with_their_revision() {
    let plan = read(&format!(
        "[[app]]\nname = \"a\"\nfound = \"never\"\nrun_as = \"user\"\n\
         update = [{{ found = \"if-present\" }}, {{ run_as = \"system\" }}]\n\
         [[app]]\nname = \"b\"\ndepends_on = \"a\"\n{DEVICE}\
         [[at]]\nat = \"2h\"\ndo = \"update\"\ncontent = \"a\"\n\
         [[at]]\nat = \"1h\"\ndo = \"unrelate\"\ncontent = \"b\"\ndepends_on = \"a\"\nfor = \"2h\"\n"
    ))
    .plan;
    let revisions: Vec<_> =
        conduct(&plan.conducts[0]).revisions.iter().map(|(from, runs)| (*from, runs.found)).collect();
    assert_eq!(revisions, [(1, Found::Never), (3, Found::IfPresent)], "the second description is asked for by nobody");
    let run_as = |revision| plan.library.app(PolicyId(0), revision).map(|app| app.run_as);
    assert_eq!([run_as(1), run_as(4), run_as(5)], [Some(RunAs::User), Some(RunAs::User), None]);
    assert_eq!(plan.tenant.revision_at(PolicyId(1), Wall::MAX), 3);
}

#[test]
fn relations_and_the_status_page_are_read() {
    let plan = read(&format!(
        "[[app]]\nname = \"new\"\ndepends_on = [\"lib\", {{ app = \"tool\", auto_install = false }}]\n\
         supersedes = [\"older\", {{ app = \"old\", uninstall = true }}]\n\
         [[app]]\nname = \"lib\"\n[[app]]\nname = \"tool\"\n[[app]]\nname = \"older\"\n[[app]]\nname = \"old\"\n\
         [esp]\nblocking = [\"tool\", \"new\"]\n{DEVICE}"
    ))
    .plan;
    let [new, lib, tool, older, old] = [0, 1, 2, 3, 4].map(PolicyId);
    let relations: Vec<_> = plan.tenant.initial().relations().to_vec();
    let wanted = [
        Relation::dependency(new, lib, true),
        Relation::dependency(new, tool, false),
        Relation::supersedence(new, older, false),
        Relation::supersedence(new, old, true),
    ];
    assert_eq!(relations, wanted);
    assert_eq!(plan.tenant.esp(), [tool, new]);
}

// B-7.29 to B-7.32: the settings of an assignment; a time of day is one on each device's clock unless it is UTC.
#[test]
fn settings_of_assignments_are_read() {
    let plan = read(&format!(
        "start = \"2026-01-05T09:00:00\"\nzone = \"UTC+2\"\n[[app]]\nname = \"a\"\nassign = [\n\
         {{ group = \"all-devices\", available = \"10:00\", deadline = \"day 2 08:00\", foreground = true, restart_grace = true }},\n\
         {{ group = \"all-users\", intent = \"uninstall\", deadline = \"18:00\", utc = true, notifications = \"none\" }},\n]\n{DEVICE}\
         [[at]]\nat = \"1h\"\ndo = \"assign\"\ncontent = \"a\"\ngroup = \"all-users\"\nintent = \"available\"\navailable = \"2h\"\n\
         auto_update = true\nrestart_grace = {{ grace = \"30m\", countdown = \"5m\" }}\n"
    ))
    .plan;
    let at = |text: &str| format!("2026-01-{text}:00:00.000Z");
    let assignments = &plan.tenant.contents()[0].assignments;
    let AssignmentSettings { available, deadline, local_time, foreground, restart_grace, .. } = assignments[0].settings;
    let shown = |wall: Option<Wall>| wall.map(|wall| wall.to_string()).unwrap_or_default();
    assert_eq!([shown(available), shown(deadline)], [at("05T10"), at("06T08")]);
    assert!(local_time && foreground);
    assert_eq!(restart_grace, Some(RestartGrace { grace_min: 1_440, countdown_min: 15, snooze_min: 240 }));
    let settings = assignments[1].settings;
    assert_eq!((shown(settings.deadline), settings.local_time), (at("05T18"), false));
    assert_eq!(settings.notifications, Notifications::None);
    let mut state = plan.tenant.initial();
    state.apply(0, &plan.tenant.changes()[0].kind);
    let changed = state.assignments(PolicyId(0))[1].assignment;
    assert_eq!((changed.intent, changed.settings.auto_update), (Some(Intent::Available), true));
    assert_eq!(shown(changed.settings.available), at("05T09"));
    let grace = RestartGrace { grace_min: 30, countdown_min: 5, snooze_min: 30 };
    assert_eq!(changed.settings.restart_grace, Some(grace));
}

#[test]
fn devices_have_hardware_and_apps() {
    let plan = read(
        "[[app]]\nname = \"a\"\npresent = true\n[[app]]\nname = \"b\"\n\
         [[device]]\nname = \"pc\"\napps = [\"b\"]\nhardware = { architecture = \"arm64\", processors = 4 }\n\
         [[population]]\nname = \"p\"\ncount = 3\napps = { \"a, b\" = 1, none = 2 }\nhardware = { memory_mb = { 4096 = 1 } }\n",
    )
    .plan;
    let pc = &plan.groups[0].base;
    assert_eq!(
        (pc.hardware.architecture, pc.hardware.processors, pc.hardware.disk_mb),
        (Architecture::Arm64, 4, 102_400)
    );
    assert_eq!(pc.apps, Some(vec![PolicyId(1)]));
    let axes: Vec<_> = plan.groups[1].axes.iter().map(|axis| axis.choices.clone()).collect();
    let apps = vec![(1, Patch::Apps(vec![PolicyId(0), PolicyId(1)])), (2, Patch::Apps(Vec::new()))];
    assert_eq!(axes, [vec![(1, Patch::MemoryMb(4_096))], apps]);
}
