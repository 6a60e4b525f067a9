//! Plans: every step and every reason has to be justified.

use std::collections::BTreeSet;

use imesim::protocol::PolicyId;
use imesim::relations::{Desired, Hindrance, Hold, Member, Plan, Relation, RelationKind, Relations, Step};
use imesim::rules::b;

use super::common::{Checked, Suite, ensure};
use super::model;
use super::strategy::Situation;

fn plans(relations: &Relations, situation: &Situation) -> Vec<Plan> {
    relations.subgraphs().map(|subgraph| subgraph.plan(|app| situation.member(app))).collect()
}

pub(crate) fn check(situation: Situation, suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let relations = situation.graph.build();
    for subgraph in relations.subgraphs() {
        let plan = subgraph.plan(|app| situation.member(app));
        suite.reached.extend(plan.held.iter().map(|held| held.hold.rule()));
        for (place, step) in plan.steps.iter().enumerate() {
            let (before, after) = (&plan.steps[..place], &plan.steps[place + 1..]);
            ensure(after.iter().all(|other| other.app() != step.app()), || format!("{step:?}, and more of it"))?;
            match *step {
                Step::Install(app) => check_install(app, before, &plan, &situation)?,
                Step::Uninstall(app) => check_uninstall(app, after, &plan, &situation)?,
            }
        }
        check_held(&plan, &situation)?;
        check_set_aside(subgraph.members(), &plan, &situation)?;
    }
    check_involved(&relations, &situation)
}

/// What is set aside is needed by somebody at both ends, and what a wanted app needs at both ends is set aside.
fn check_set_aside(members: &[PolicyId], plan: &Plan, situation: &Situation) -> Checked {
    let parents = |relation: &Relation| {
        let relation = *relation;
        situation.graph.apps.iter().copied().filter(move |app| {
            let needed: Vec<_> = dependencies(situation, *app).map(|dependency| dependency.to).collect();
            needed.contains(&relation.from) && needed.contains(&relation.to)
        })
    };
    for relation in &plan.set_aside {
        ensure(parents(relation).count() > 0, || format!("{relation:?} was set aside for nobody"))?;
    }
    for app in members {
        for relation in acting(plan, situation, *app) {
            let parent = parents(&relation)
                .find(|parent| model::is_wanted(situation, *parent) && acting(plan, situation, *parent).is_empty());
            ensure(parent.is_none(), || format!("{parent:?} needs both ends of {relation:?}"))?;
        }
    }
    Ok(())
}

fn dependencies(situation: &Situation, app: PolicyId) -> impl Iterator<Item = Relation> {
    model::from(&situation.graph, app).filter(|relation| relation.kind.is_dependency())
}

/// What supersedes an app and acts: wanted, or below something that is; less what was set aside.
fn acting(plan: &Plan, situation: &Situation, app: PolicyId) -> Vec<Relation> {
    model::to(&situation.graph, app)
        .filter(|relation| !relation.kind.is_dependency() && !plan.set_aside.contains(relation))
        .filter(|relation| {
            model::is_wanted(situation, relation.from) || !acting(plan, situation, relation.from).is_empty()
        })
        .collect()
}

fn check_install(app: PolicyId, before: &[Step], plan: &Plan, situation: &Situation) -> Checked {
    let member = situation.member(app);
    let broken = |what: &str| format!("{app:?} is installed, although {what}");
    ensure(!member.is_detected, || broken("it is there"))?;
    ensure(member.hindrance.is_none(), || broken("something stands against it"))?;
    ensure(member.desired != Desired::Absent, || broken("it is to go"))?;
    ensure(plan.held(app).is_none(), || broken("it is held"))?;
    ensure(acting(plan, situation, app).is_empty(), || broken("it is superseded"))?;
    let is_needed = model::to(&situation.graph, app).any(|relation| {
        relation.kind == RelationKind::DependsOn { auto_install: true }
            && (situation.member(relation.from).is_detected || plan.steps.contains(&Step::Install(relation.from)))
    });
    ensure(model::is_wanted(situation, app) || is_needed, || broken("nobody needs it"))?;
    for relation in dependencies(situation, app) {
        let is_there = situation.member(relation.to).is_detected || before.contains(&Step::Install(relation.to));
        let goes = plan.steps.contains(&Step::Uninstall(relation.to));
        ensure(is_there && !goes, || broken(&format!("it lacks {:?}", relation.to)))?;
    }
    if model::is_wanted(situation, app) {
        for relation in replaced_below(plan, situation, app) {
            let is_gone = !situation.member(relation).is_detected || before.contains(&Step::Uninstall(relation));
            ensure(is_gone, || broken(&format!("it replaces {relation:?}")))?;
        }
    }
    Ok(())
}

/// What has to go before an app comes.
fn replaced_below(plan: &Plan, situation: &Situation, app: PolicyId) -> Vec<PolicyId> {
    let mut found = Vec::new();
    for relation in model::from(&situation.graph, app).filter(|relation| !plan.set_aside.contains(relation)) {
        if let RelationKind::Supersedes { uninstall_previous } = relation.kind {
            found.extend(uninstall_previous.then_some(relation.to));
            found.extend(replaced_below(plan, situation, relation.to));
        }
    }
    found
}

fn check_uninstall(app: PolicyId, after: &[Step], plan: &Plan, situation: &Situation) -> Checked {
    let member = situation.member(app);
    let broken = |what: &str| format!("{app:?} is uninstalled, although {what}");
    ensure(member.is_detected, || broken("it is not there"))?;
    let stands = matches!(member.hindrance, Some(Hindrance::Failed | Hindrance::RebootPending));
    ensure(!stands, || broken("something stands against it"))?;
    let is_replaced = acting(plan, situation, app)
        .iter()
        .any(|relation| relation.kind == RelationKind::Supersedes { uninstall_previous: true });
    ensure(member.desired == Desired::Absent || is_replaced, || broken("nothing takes it away"))?;
    if member.desired != Desired::Absent {
        // What takes it away is there, or comes after it.
        let aims = situation.graph.apps.iter().filter(|aim| {
            model::is_wanted(situation, **aim)
                && (situation.member(**aim).is_detected || after.contains(&Step::Install(**aim)))
                && replaced_below(plan, situation, **aim).contains(&app)
        });
        ensure(aims.count() > 0, || broken("what replaces it does not come"))?;
    }
    Ok(())
}

fn check_held(plan: &Plan, situation: &Situation) -> Checked {
    let apps: BTreeSet<_> = plan.held.iter().map(|held| held.app).collect();
    ensure(apps.len() == plan.held.len(), || format!("one of {:?} is held twice", plan.held))?;
    for held in &plan.held {
        let (member, by) = (situation.member(held.app), situation.member(held.by));
        let dependency = dependencies(situation, held.app).find(|relation| relation.to == held.by);
        let is_superseded = !acting(plan, situation, held.by).is_empty();
        let is_true = match held.hold {
            Hold::Conflict => dependency.is_some() && (is_superseded || by.desired == Desired::Absent),
            Hold::DependencyFailed => dependency.is_some() && !by.is_detected,
            Hold::DependencyRebootPending => {
                dependency.is_some() && (by.hindrance == Some(Hindrance::RebootPending) || plan.held(held.by).is_some())
            }
            Hold::DependencyRequirements => dependency.is_some() && !by.is_detected,
            Hold::AutoInstallOff => {
                dependency.is_some_and(|relation| relation.kind == RelationKind::DependsOn { auto_install: false })
                    && !by.is_detected
            }
            Hold::AutoInstallOffBelow => dependency.is_some() && plan.held(held.by).is_some(),
            Hold::SupersededStays => by.is_detected && by.hindrance == Some(Hindrance::Failed),
            Hold::SupersededRebootPending => by.hindrance == Some(Hindrance::RebootPending),
            Hold::Superseded => !member.is_detected && model::is_wanted(situation, held.by),
            Hold::SupersedingNotApplicable => by.hindrance == Some(Hindrance::RequirementsNotMet) && !by.is_detected,
        };
        ensure(is_true, || format!("{held:?} is not so"))?;
    }
    Ok(())
}

/// What is not involved changes nothing.
fn check_involved(relations: &Relations, situation: &Situation) -> Checked {
    for subgraph in relations.subgraphs() {
        let involved = subgraph.involved(|app| situation.member(app).desired != Desired::None);
        let plan = subgraph.plan(|app| situation.member(app));
        let other = |app| {
            let member = situation.member(app);
            if involved.contains(&app) { member } else { Member { is_detected: !member.is_detected, ..member } }
        };
        ensure(subgraph.plan(other) == plan, || format!("more than {involved:?} is involved"))?;
        let touched = plan.steps.iter().map(|step| step.app()).chain(plan.held.iter().map(|held| held.app));
        ensure(touched.into_iter().all(|app| involved.contains(&app)), || {
            format!("not only {involved:?} do something")
        })?;
    }
    Ok(())
}

fn steps(situation: &Situation) -> BTreeSet<Step> {
    plans(&situation.graph.build(), situation).into_iter().flat_map(|plan| plan.steps).collect()
}

pub(crate) fn check_dependencies(situation: Situation, suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let mut expected = BTreeSet::new();
    for app in &situation.graph.apps {
        let member = situation.member(*app);
        if member.is_detected && member.desired == Desired::Absent {
            expected.insert(Step::Uninstall(*app));
        } else if !member.is_detected && model::has_reason(&situation, *app) {
            expected.insert(Step::Install(*app));
        }
    }
    let steps = steps(&situation);
    ensure(steps == expected, || format!("{steps:?} instead of {expected:?}"))
}

pub(crate) fn check_supersedence(situation: Situation, suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let mut expected = BTreeSet::new();
    for app in &situation.graph.apps {
        let member = situation.member(*app);
        let is_replaced = model::to(&situation.graph, *app).any(|relation| {
            relation.kind == RelationKind::Supersedes { uninstall_previous: true }
                && (model::is_wanted(&situation, relation.from) || model::is_superseded(&situation, relation.from))
        });
        if member.is_detected && (member.desired == Desired::Absent || is_replaced) {
            expected.insert(Step::Uninstall(*app));
        }
        let is_aim = model::is_wanted(&situation, *app) && !model::is_superseded(&situation, *app);
        if is_aim && !member.is_detected {
            expected.insert(Step::Install(*app));
        }
    }
    let steps = steps(&situation);
    ensure(steps == expected, || format!("{steps:?} instead of {expected:?}"))
}

/// Does one step after another, as the contract of [`Step`] says.
pub(crate) fn check_execution((mut situation, fails): (Situation, Option<Vec<bool>>), suite: &mut Suite) -> Checked {
    suite.steps += 1;
    suite.reached.insert(b(7, 50));
    let relations = situation.graph.build();
    let mut fails = fails.into_iter().flatten();
    let mut failed = false;
    for subgraph in relations.subgraphs() {
        let plan = |situation: &Situation| subgraph.plan(|app| situation.member(app));
        let first = plan(&situation);
        let mut done = Vec::new();
        while let Some(step) = plan(&situation).steps.first().copied() {
            ensure(!done.contains(&step.app()), || format!("{step:?}, and it was {done:?} already"))?;
            done.push(step.app());
            let fails = fails.next().unwrap_or(false);
            failed |= fails;
            let member = situation.member_mut(step.app());
            if fails {
                member.hindrance = Some(Hindrance::Failed);
            } else {
                member.is_detected = step == Step::Install(step.app());
            }
        }
        if !failed {
            let kept: Vec<_> = first.steps.iter().map(|step| step.app()).filter(|app| !done.contains(app)).collect();
            ensure(kept.is_empty(), || format!("{kept:?} were planned and left out"))?;
            for app in subgraph.members().iter().copied().filter(|app| model::is_wanted(&situation, *app)) {
                let is_well = situation.member(app).is_detected || plan(&situation).held(app).is_some();
                ensure(is_well, || format!("{app:?} is wanted, not there and not held"))?;
            }
        }
    }
    Ok(())
}
