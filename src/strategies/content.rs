//! What can be assigned, and answers that assign some of it.

use proptest::prelude::*;
use proptest::sample::select;

use super::values::START;
use crate::content::{
    App, AppKind, Days, DiscoveryScript, Hours, Item, Library, Remediation, RestartBehavior, Schedule, TimeOfDay,
};
use crate::protocol::{
    Answer, AppPolicy, AppSettings, Assigned, Intent, Intents, PolicyId, RestartGrace, RunAs, ScriptPolicy, Target,
    Workload,
};
use crate::relations::{AppKind as Kind, Limits, Relation, Relations};
use crate::time::Span;

/// Ids of scripts are below this, and there are so many.
const SCRIPTS: u32 = 4;
/// Remediations, discovery scripts and apps begin here.
const REMEDIATION: u32 = 100;
const DISCOVERY: u32 = 200;
const APP: u32 = 300;
const REMEDIATIONS: u32 = 4;
const DISCOVERIES: u32 = 3;
const APPS: u32 = 7;
/// Every piece of content comes in so many revisions.
const REVISIONS: u32 = 2;

/// Remediations of every schedule (ids from 100), discovery scripts (from 200) and apps with dependencies and supersedence
/// (from 300), each in revisions 1 and 2. Scripts (ids from 0) need no content.
pub fn library() -> Library {
    let mut library = Library::default();
    let every = |number: u32, of: u32| if number.is_multiple_of(of) { RunAs::User } else { RunAs::System };
    for revision in 1..=REVISIONS {
        library.relate(relations());
        for (id, schedule) in (0..).zip(schedules()) {
            let content =
                Remediation { schedule, run_as: every(id + 2, 3), has_remediation: id != 2, ..Remediation::default() };
            library.insert(PolicyId(REMEDIATION + id), revision, Item::Remediation(Box::new(content)));
        }
        for id in 0..DISCOVERIES {
            let content = DiscoveryScript { run_as: every(id + 1, 2), ..DiscoveryScript::default() };
            library.insert(PolicyId(DISCOVERY + id), revision, Item::Discovery(Box::new(content)));
        }
        for id in 0..APPS {
            library.insert(PolicyId(APP + id), revision, Item::App(Box::new(app(id))));
        }
    }
    library
}

fn schedules() -> [Schedule; REMEDIATIONS as usize] {
    let hourly = Hours::try_from(1).map_or(Schedule::Default, Schedule::Hourly);
    let daily = |at| Schedule::Daily { every: Days::ONE, at, utc: false };
    let at_nine = TimeOfDay::try_from(9 * 3_600).map_or(Schedule::Default, daily);
    [hourly, at_nine, Schedule::Once { at: START.after(Span::hours(30)), utc: true }, Schedule::Default]
}

/// App 0 depends on 1 and 2, and 1 on 2; app 4 takes the place of 3. The others stand alone, one of them from the Store.
fn relations() -> Relations {
    let id = |n| PolicyId(APP + n);
    let all = [
        Relation::dependency(id(0), id(1), true),
        Relation::dependency(id(0), id(2), false),
        Relation::dependency(id(1), id(2), true),
        Relation::supersedence(id(4), id(3), true),
    ];
    let apps = (0..APPS).map(|n| (id(n), if n == 6 { Kind::Store } else { Kind::Win32 }));
    Relations::build(apps, &all, &Limits::default()).unwrap_or_default()
}

fn app(n: u32) -> App {
    App {
        kind: if n == 6 { AppKind::StoreUwp } else { AppKind::Win32 },
        run_as: if n == 5 { RunAs::User } else { RunAs::System },
        restart: [RestartBehavior::ByReturnCode, RestartBehavior::Force][(n % 2) as usize],
        install_limit: (n == 2).then_some(Span::mins(2)),
        allow_available_uninstall: n.is_multiple_of(2),
        ..App::default()
    }
}

/// Any of so many pieces of content from an id on, each with something drawn for it.
fn some<T: Clone + std::fmt::Debug>(
    from: u32,
    count: u32,
    each: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<(PolicyId, T)>> {
    let length = count as usize;
    let chosen = proptest::collection::vec(any::<bool>(), length);
    (chosen, proptest::collection::vec(each, length)).prop_map(move |(chosen, each)| {
        let all = (from..).map(PolicyId).zip(each).zip(chosen);
        all.filter(|(_, is_chosen)| *is_chosen).map(|(one, _)| one).collect()
    })
}

/// An answer that fits a poll for a workload.
pub(super) fn answer(workload: Workload) -> BoxedStrategy<Answer<'static>> {
    let revision = prop_oneof![3 => Just(1_u32), 1 => Just(REVISIONS)];
    let target = select(vec![Target::Device, Target::User, Target::Both]);
    let assigned = (revision, target);
    let listed = |(id, (revision, target))| Assigned { id, revision, target };
    match workload {
        Workload::Script => {
            let one = (assigned, select(vec![RunAs::System, RunAs::User]), prop::bool::weighted(0.1));
            let script = |(id, ((revision, target), run_as, bitness_change))| ScriptPolicy {
                id,
                revision,
                target,
                run_as,
                bitness_change,
            };
            some(0, SCRIPTS, one).prop_map(move |all| Answer::Scripts(all.into_iter().map(script).collect())).boxed()
        }
        Workload::Remediation => some(REMEDIATION, REMEDIATIONS, assigned)
            .prop_map(move |all| Answer::Remediations(all.into_iter().map(listed).collect()))
            .boxed(),
        Workload::Compliance => some(DISCOVERY, DISCOVERIES, assigned)
            .prop_map(move |all| Answer::Discovery(all.into_iter().map(listed).collect()))
            .boxed(),
        Workload::RequiredApp | Workload::AvailableApp => {
            let one = (assigned, intents(workload), settings(), prop::bool::weighted(0.1));
            let app = |(id, ((revision, target), intents, settings, filtered_out))| AppPolicy {
                id,
                revision,
                target,
                intents,
                filtered_out,
                settings,
            };
            some(APP, APPS, one).prop_map(move |all| Answer::Apps(all.into_iter().map(app).collect())).boxed()
        }
    }
}

fn intents(workload: Workload) -> impl Strategy<Value = Intents> {
    let of = |intent| Intents::NONE.with(intent);
    select(match workload {
        Workload::AvailableApp => vec![of(Intent::Available), Intents::REQUIRED_AND_AVAILABLE, Intents::NONE],
        Workload::Script | Workload::RequiredApp | Workload::Remediation | Workload::Compliance => {
            vec![of(Intent::Required), of(Intent::Uninstall), Intents::NONE]
        }
    })
}

fn settings() -> impl Strategy<Value = AppSettings> {
    let moment = prop::option::weighted(0.2, (0..24_u64).prop_map(|hours| START.after(Span::hours(hours))));
    let grace = RestartGrace { grace_min: 90, countdown_min: 15, snooze_min: 30 };
    (moment.clone(), moment, any::<[bool; 2]>(), prop::bool::weighted(0.3), 0..3_u8).prop_map(
        move |(available, deadline, [local_time, foreground], has_grace, esp_place)| AppSettings {
            available,
            deadline,
            local_time,
            foreground,
            restart_grace: has_grace.then_some(grace),
            esp_place,
            ..AppSettings::default()
        },
    )
}
