//! Apps: what they are and require, what updates make of them, and how their steps end.

use super::super::error::Problem;
use super::super::file::{
    AppDetails, AppEntry, AppOutcomeEntry, AppType, At, Code, DownloadEntry, Field, LackWord, Many, OutcomesWord,
    OutputLength, RequireEntry, RequirementsTable, ReturnCodesTable, ScriptRuleTable, TextOr,
};
use super::tenant::{Names, check_weights};
use super::{Context, Result};
use crate::catalog::{AppLimit, CatalogError, Tenant, TenantBuilder};
use crate::content::{App, AppKind, Detection, Item, Operator, Requirements, ScriptRule, ValueKind};
use crate::facts::Feature;
use crate::protocol::PolicyId;
use crate::retry::{ExitClass, ReturnCode, ReturnCodes};
use crate::sim::plan::{AppConduct, AppOutcome, AppRuns, Behavior, Conduct, Fetch, Outcome, RuleOutcome};
use crate::time::Span;

/// Adds one app; gives its id, its feature, and how its steps end.
pub(super) fn app(
    cx: &Context<'_>,
    entry: &AppEntry,
    builder: &mut TenantBuilder<'_>,
    names: &mut Names,
) -> Result<(PolicyId, Feature, Conduct)> {
    let (kind, feature) = match entry.kind.as_ref().map_or(AppType::Win32, |kind| *kind.get()) {
        AppType::Win32 => (AppKind::Win32, Feature::Win32App),
        AppType::StoreWin32 => (AppKind::StoreWin32, Feature::StoreApp),
        AppType::StoreUwp => (AppKind::StoreUwp, Feature::StoreApp),
    };
    let mut app = App { kind, ..App::default() };
    let mut runs = AppRuns::default();
    let details = entry.details();
    describe(cx, &details, &mut app, &mut runs)?;
    let item = Item::App(Box::new(app.clone()));
    let added = builder.item(&entry.name.value, feature, item);
    let id =
        added.map_err(|error| cx.error(&blamed(&details, &error).unwrap_or(entry.name.span.clone()), error.into()))?;
    let mut revisions = vec![(1, runs.clone())];
    let mut updates = Vec::new();
    for (details, n) in entry.update.iter().zip(2..) {
        describe(cx, details, &mut app, &mut runs)?;
        revisions.push((n, runs.clone()));
        updates.push(Item::App(Box::new(app.clone())));
    }
    names.updates.insert(id, updates);
    let not_offered = !entry.offered.unwrap_or(true);
    let conduct = AppConduct { present: entry.present, user_only: entry.user_only, not_offered, revisions };
    Ok((id, feature, Conduct::App(conduct)))
}

/// Finds out with which revision each description of an app begins, now that every change is known. A description that no
/// update asks for is left out.
pub(super) fn place_updates(tenant: &Tenant, conducts: &mut [Conduct]) {
    for (id, conduct) in (0_u32..).map(PolicyId).zip(conducts) {
        if let Conduct::App(AppConduct { revisions, .. }) = conduct
            && revisions.len() > 1
        {
            let begins = tenant.updated_revisions(id);
            revisions.truncate(begins.len() + 1);
            for ((from, _), begin) in revisions.iter_mut().skip(1).zip(begins) {
                *from = begin;
            }
        }
    }
}

/// The key that a limit is about.
fn blamed(details: &AppDetails, error: &CatalogError) -> Option<std::ops::Range<usize>> {
    let CatalogError::AppLimit { limit, .. } = error else { return None };
    Some(match limit {
        AppLimit::Package { .. } => details.package_gb.as_ref()?.span.clone(),
        AppLimit::InstallerScript { .. } => details.installer_script_kb.as_ref()?.span.clone(),
        AppLimit::ProductCodes { .. } => details.product_code_rules.as_ref()?.span.clone(),
        AppLimit::InstallLimit { .. } => details.install_limit.as_ref()?.span.clone(),
    })
}

/// Changes what a table says of an app.
fn describe(cx: &Context<'_>, details: &AppDetails, app: &mut App, runs: &mut AppRuns) -> Result<()> {
    fn set<T: Copy>(into: &mut T, field: &Option<Field<T>>) {
        if let Some(field) = field {
            *into = *field.get();
        }
    }
    set(&mut app.run_as, &details.run_as);
    set(&mut app.detection, &details.detection);
    set(&mut app.restart, &details.restart);
    set(&mut app.package.gigabytes, &details.package_gb);
    set(&mut app.package.product_code_rules, &details.product_code_rules);
    set(&mut runs.found, &details.found);
    app.package.installer_script_kb =
        details.installer_script_kb.as_ref().map(|size| *size.get()).or(app.package.installer_script_kb);
    app.install_limit = details.install_limit.as_ref().map(|limit| *limit.get()).or(app.install_limit);
    app.allow_available_uninstall = details.allow_uninstall.unwrap_or(app.allow_available_uninstall);
    if let Some(table) = &details.requirements {
        (app.requirements, app.script_rule) = requirements(cx, &table.value)?;
    }
    if let Some(table) = &details.return_codes {
        app.return_codes = return_codes(cx, table)?;
    }
    let outcomes = details.outcomes.as_ref();
    let end = |entry: &AppOutcomeEntry| Ok(ended(entry));
    if let Some(install) = &details.install {
        runs.install = behavior(cx, install, outcomes, |entry| entry.weight.as_ref(), end)?;
    }
    if let Some(uninstall) = &details.uninstall {
        runs.uninstall = behavior(cx, uninstall, outcomes, |entry| entry.weight.as_ref(), end)?;
    }
    if let Some(download) = &details.download {
        runs.download = behavior(cx, download, outcomes, |entry| entry.weight.as_ref(), |entry| Ok(fetched(entry)))?;
    }
    if let Some(require) = &details.require {
        let end = |entry: &RequireEntry| rules(cx, entry, &app.requirements);
        runs.require = behavior(cx, require, outcomes, |entry| entry.weight.as_ref(), end)?;
    }
    if let Some(detect) = &details.detect {
        let end = |entry: &AppOutcomeEntry| looked(cx, entry, app.detection);
        runs.detect = behavior(cx, detect, outcomes, |entry| entry.weight.as_ref(), end)?;
    }
    Ok(())
}

fn requirements(cx: &Context<'_>, table: &RequirementsTable) -> Result<(Requirements, Option<ScriptRule>)> {
    let number = |field: &Option<Field<u32>>| field.as_ref().map_or(0, |field| *field.get());
    let small = |field: &Option<Field<u16>>| field.as_ref().map_or(0, |field| *field.get());
    let architectures = table.architecture.iter().flat_map(|all| &all.items).map(|one| one.value.0.bit());
    let rule = table.script.as_ref().map(|script| script_rule(cx, script)).transpose()?;
    let requirements = Requirements {
        architectures: architectures.fold(0, |set, bit| set | bit),
        os_build: number(&table.os_build),
        disk_mb: number(&table.disk_mb),
        memory_mb: number(&table.memory_mb),
        processors: small(&table.processors),
        cpu_mhz: small(&table.cpu_mhz),
        file: table.file,
        registry: table.registry,
        script: rule.is_some(),
    };
    Ok((requirements, rule))
}

fn script_rule(cx: &Context<'_>, script: &At<TextOr<ScriptRuleTable>>) -> Result<ScriptRule> {
    let ScriptRuleTable { kind, operator, value } = match &script.value {
        TextOr::Text(text) => return Ok(ScriptRule::text(text)),
        TextOr::Table(table) => table,
    };
    let rule = ScriptRule {
        kind: kind.as_ref().map_or(ValueKind::Text, |kind| *kind.get()),
        operator: operator.as_ref().map_or(Operator::Equal, |operator| *operator.get()),
        value: value.value.clone(),
    };
    if rule.is_sound() {
        return Ok(rule);
    }
    Err(cx.error(&value.span, Problem::form(format!("`{}` is no value of the type that is asked for", value.value))))
}

/// The standard list with the entries of a table beside it or in place of its own.
fn return_codes(cx: &Context<'_>, table: &At<ReturnCodesTable>) -> Result<ReturnCodes> {
    let ReturnCodesTable { success, soft_reboot, hard_reboot, retry, failed } = &table.value;
    let lists = [
        (success, ExitClass::Success),
        (soft_reboot, ExitClass::SoftReboot),
        (hard_reboot, ExitClass::HardReboot),
        (retry, ExitClass::Retry),
        (failed, ExitClass::Failed),
    ];
    let mut entries: Vec<ReturnCode> = Vec::new();
    for (list, class) in lists {
        for field in list {
            let Code(code) = *field.get();
            if entries.iter().any(|entry| entry.code == code) {
                let twice = format!("return code {code} stands in the table twice");
                return Err(cx.error(&field.span, Problem::misplaced(twice)));
            }
            entries.push(ReturnCode { code, class });
        }
    }
    let standard = ReturnCodes::default();
    let kept = standard.entries().iter().filter(|entry| entries.iter().all(|own| own.code != entry.code));
    let all: Vec<ReturnCode> = kept.chain(&entries).copied().collect();
    ReturnCodes::new(all).map_err(|error| cx.error(&table.span, Problem::form(error.to_string())))
}

/// How steps of one kind end.
fn behavior<E, T>(
    cx: &Context<'_>,
    Many { items, span }: &Many<E>,
    outcomes: Option<&Field<OutcomesWord>>,
    weight: impl Fn(&E) -> Option<&Field<u32>>,
    end: impl Fn(&E) -> Result<T>,
) -> Result<Behavior<T>> {
    let weighted = outcomes.is_some_and(|word| *word.get() == OutcomesWord::Weighted);
    if items.is_empty() {
        return Err(cx.error(span, Problem::missing("an outcome")));
    }
    let mut total = 0;
    for item in items {
        let weight = weight(&item.value);
        if let (false, Some(weight)) = (weighted, weight) {
            return Err(cx.error(&weight.span, Problem::misplaced("a weight counts only with outcomes = \"weighted\"")));
        }
        total += weight.map_or(1, |weight| u64::from(*weight.get()));
    }
    check_weights(cx, span, total)?;
    Ok(Behavior { outcomes: items.iter().map(|item| end(&item.value)).collect::<Result<_>>()?, weighted })
}

fn length(field: Option<&Field<OutputLength>>) -> Option<Span> {
    match field.map_or(OutputLength::For(Span::ZERO), |length| *length.get()) {
        OutputLength::For(span) => Some(span),
        OutputLength::Hangs => None,
    }
}

fn run(
    weight: Option<&Field<u32>>,
    exit: Option<&Field<Code>>,
    stderr: bool,
    duration: Option<&Field<OutputLength>>,
) -> Outcome {
    Outcome {
        weight: weight.map_or(1, |weight| *weight.get()),
        exit_code: exit.map_or(0, |code| code.get().0),
        stderr,
        duration: length(duration),
        output: String::new(),
    }
}

fn ended(entry: &AppOutcomeEntry) -> AppOutcome {
    let AppOutcomeEntry { exit, stderr, duration, detected, weight } = entry;
    AppOutcome { run: run(weight.as_ref(), exit.as_ref(), *stderr, duration.as_ref()), detected: *detected }
}

/// A look by rules is over at once, and no process ends with a code.
fn looked(cx: &Context<'_>, entry: &AppOutcomeEntry, detection: Detection) -> Result<AppOutcome> {
    let field = entry.exit.as_ref().map(|exit| &exit.span).or(entry.duration.as_ref().map(|duration| &duration.span));
    match (detection, field) {
        (Detection::Rules | Detection::FileNotExists, Some(span)) => Err(
            cx.error(span, Problem::misplaced("only a script takes time and has an exit code: detection = \"script\""))
        ),
        (Detection::Rules | Detection::FileNotExists, None) | (Detection::Script, _) => Ok(ended(entry)),
    }
}

fn fetched(entry: &DownloadEntry) -> Fetch {
    let DownloadEntry { error, duration, weight } = entry;
    Fetch {
        weight: weight.as_ref().map_or(1, |weight| *weight.get()),
        error: error.as_ref().map_or(0, |code| code.get().0),
        duration: length(duration.as_ref()),
    }
}

fn rules(cx: &Context<'_>, entry: &RequireEntry, requirements: &Requirements) -> Result<RuleOutcome> {
    let mut lacks_script = false;
    let mut outcome = RuleOutcome {
        run: run(entry.weight.as_ref(), entry.exit.as_ref(), entry.stderr, entry.duration.as_ref()),
        output: entry.output.clone(),
        ..RuleOutcome::default()
    };
    for lack in &entry.lacks {
        let (asked, name) = match lack.get() {
            LackWord::File => (requirements.file, "file"),
            LackWord::Registry => (requirements.registry, "registry"),
            LackWord::Script => (requirements.script, "script"),
        };
        if !asked {
            let missing = format!("`requirements` ask for no {name}, so none can be lacking");
            return Err(cx.error(&lack.span, Problem::misplaced(missing)));
        }
        match lack.get() {
            LackWord::File => outcome.file = false,
            LackWord::Registry => outcome.registry = false,
            LackWord::Script => lacks_script = true,
        }
    }
    if lacks_script && outcome.run.exit_code == 0 {
        outcome.run.exit_code = 1;
    }
    outcome.code = match &entry.code {
        Some(code) if *code.get() > CODE_MAX => {
            return Err(cx.error(&code.span, Problem::range("an applicability code", code.get(), 0, CODE_MAX)));
        }
        Some(code) => Some(*code.get()),
        None => None,
    };
    Ok(outcome)
}

/// The last code of T-7.2.
const CODE_MAX: u16 = 1_012;
