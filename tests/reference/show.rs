//! What agent and model show of what they keep, side by side.

use std::fmt::Debug;

use imesim::agent::Agent;
use imesim::content::Library;

use super::app::Mark;
use super::model::Model;

/// What differs, in words.
type Shown = Result<(), String>;

/// Compares what both show under a name.
pub(crate) fn same<T: Debug + PartialEq<U>, U: Debug>(what: &str, agent: &T, model: &U) -> Shown {
    if agent == model { Ok(()) } else { Err(format!("{what} differ\nagent {agent:?}\nmodel {model:?}")) }
}

/// Everything.
pub(crate) fn all(agent: &Agent, model: &Model) -> Shown {
    same("statuses", &agent.status(), &model.status())?;
    same("versions", &agent.version(), &model.installed)?;
    same("start types", &agent.start_type(), &model.start_type)?;
    same("breakages", &agent.is_broken(), &model.broken)?;
    same("users", &agent.active_user(), &model.user())?;
    same("records", &agent.scripts(), &model.records.as_slice())?;
    same("discovery records", &agent.discovery(), &model.discovery.as_slice())?;
    remediations(agent, model)?;
    apps(agent, model)?;
    same("inventories", &agent.last_inventory(), &model.inventoried)?;
    same("policies", &agent.policies(), &model.policies)
}

/// When groups of apps were evaluated last (B-7.33).
pub(crate) fn ages(agent: &Agent, model: &Model, library: &Library) -> Shown {
    for age in &model.apps.ages {
        let groups = [1, 11].iter().filter_map(|revision| library.subgraph_of(age.smallest, *revision));
        let Some(group) = groups.map(|group| group.id()).find(|id| id.smallest() == age.smallest) else { continue };
        let all = model.apps.ages.iter().filter(|other| (other.smallest, other.user) == (age.smallest, age.user));
        same("ages", &agent.app_evaluated(group, age.user), &all.filter_map(|age| age.evaluated).max())?;
    }
    Ok(())
}

fn remediations(agent: &Agent, model: &Model) -> Shown {
    let shown = agent.remediations().map(|kept| {
        let unreported = agent.is_remediation_unreported(kept.policy, kept.user);
        let result = (kept.detection, kept.output, kept.standing);
        (kept.policy, kept.revision, kept.user, result, kept.runs, unreported)
    });
    let kept = model.remediations.iter().chain(&model.visitor).map(|kept| {
        let unreported = model.unsent.iter().any(|unsent| (unsent.policy, unsent.user) == (kept.policy, kept.user));
        let result = (kept.detection, kept.output, kept.standing);
        (kept.policy, kept.revision, kept.user, result, kept.runs, unreported)
    });
    same("remediations", &shown.collect::<Vec<_>>(), &kept.collect::<Vec<_>>())
}

fn apps(agent: &Agent, model: &Model) -> Shown {
    let shown = agent.apps().iter().map(|app| {
        let told = (app.revision, app.compliance, app.applicability, app.enforcement, app.error);
        let marks = [app.is_managed(), app.is_from_portal(), app.is_tagged(), app.is_downloaded()];
        (app.policy, app.user, told, app.grs(), marks, app.is_targeted(), app.is_unreported())
    });
    let kept = model.apps.all.iter().map(|app| {
        let told = (app.revision, app.compliance, app.applicability, app.enforcement, app.error);
        let marks = [Mark::Managed, Mark::FromPortal, Mark::Tagged, Mark::Downloaded].map(|mark| app.is(mark));
        (app.policy, app.user, told, app.grs, marks, app.is_targeted(), app.unreported.is_some())
    });
    same("apps", &shown.collect::<Vec<_>>(), &kept.collect::<Vec<_>>())?;
    let shown = agent.pending_restart().map(|restart| (restart.policy, restart.at, restart.countdown));
    let kept = model.apps.restart.as_ref().map(|restart| (restart.policy.id, restart.due, restart.countdown));
    same("restarts", &shown, &kept)?;
    same("reboots", &agent.is_reboot_pending(), &model.apps.reboot)
}
