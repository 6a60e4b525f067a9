//! Relations between apps, from before the start and on the timeline.

use super::super::error::Problem;
use super::super::file::{At, AtEntry, DependsOn, Many, ScenarioFile, Supersedes, TextOr};
use super::tenant::Names;
use super::{Context, Result, find};
use crate::catalog::{ChangeKind, TenantBuilder};
use crate::facts::Feature;
use crate::protocol::PolicyId;
use crate::relations::Relation;

/// Relates the apps of a file, and tells the Enrollment Status Page which of them it waits for.
pub(super) fn relations(
    cx: &Context<'_>,
    file: &ScenarioFile,
    builder: &mut TenantBuilder<'_>,
    names: &Names,
) -> Result<()> {
    for entry in &file.app {
        let from = app(cx, names, &entry.name)?;
        for (relation, at) in of(cx, names, from, entry.depends_on.as_ref(), entry.supersedes.as_ref())? {
            builder.relate(&[relation]).map_err(|error| cx.error(&at, error.into()))?;
        }
    }
    let Some(esp) = &file.esp else { return Ok(()) };
    let mut blocking = Vec::new();
    for name in &esp.blocking {
        blocking.push(app(cx, names, name)?);
        builder.esp(&blocking).map_err(|error| cx.error(&name.span, error.into()))?;
    }
    Ok(())
}

/// The changes of a `relate` or `unrelate`.
pub(super) fn changes(cx: &Context<'_>, entry: &AtEntry, names: &Names, relates: bool) -> Result<Vec<ChangeKind>> {
    let name = super::verbs::needed(cx, entry, "content", &entry.content)?;
    let from = app(cx, names, name)?;
    let relations = of(cx, names, from, entry.depends_on.as_ref(), entry.supersedes.as_ref())?;
    if relations.is_empty() {
        let missing = format!("`depends_on` or `supersedes` of `{}`", entry.verb.value);
        return Err(cx.error(&entry.verb.span, Problem::missing(missing)));
    }
    let change = |relation: Relation| match relates {
        true => ChangeKind::Relate(relation),
        false => ChangeKind::Unrelate { from: relation.from, to: relation.to },
    };
    Ok(relations.into_iter().map(|(relation, _)| change(relation)).collect())
}

/// What begins at an app, and where each stands in the file.
fn of(
    cx: &Context<'_>,
    names: &Names,
    from: PolicyId,
    depends_on: Option<&Many<TextOr<DependsOn>>>,
    supersedes: Option<&Many<TextOr<Supersedes>>>,
) -> Result<Vec<(Relation, std::ops::Range<usize>)>> {
    let mut all = Vec::new();
    for At { value, span } in depends_on.iter().flat_map(|many| &many.items) {
        let (to, auto_install) = match value {
            TextOr::Text(name) => (app(cx, names, &At { value: name.clone(), span: span.clone() })?, true),
            TextOr::Table(table) => (app(cx, names, &table.app)?, table.auto_install.unwrap_or(true)),
        };
        all.push((Relation::dependency(from, to, auto_install), span.clone()));
    }
    for At { value, span } in supersedes.iter().flat_map(|many| &many.items) {
        let (to, uninstall) = match value {
            TextOr::Text(name) => (app(cx, names, &At { value: name.clone(), span: span.clone() })?, false),
            TextOr::Table(table) => (app(cx, names, &table.app)?, table.uninstall),
        };
        all.push((Relation::supersedence(from, to, uninstall), span.clone()));
    }
    Ok(all)
}

/// The id of an app.
pub(super) fn app(cx: &Context<'_>, names: &Names, name: &At<String>) -> Result<PolicyId> {
    let apps =
        names.contents.iter().filter(|(_, (_, feature))| matches!(feature, Feature::Win32App | Feature::StoreApp));
    match find(cx, &names.contents, "content", name) {
        Ok((id, Feature::Win32App | Feature::StoreApp)) => Ok(id),
        Ok((_, other)) => {
            Err(cx.error(&name.span, Problem::misplaced(format!("`{}` is no app but a {other}", name.value))))
        }
        Err(_) => Err(cx.error(&name.span, Problem::unknown("app", &name.value, apps.map(|(name, _)| name.as_str())))),
    }
}
