//! Relations between the apps of a tenant, as an admin describes them. What they lead to is in [`crate::relations`].

use super::builder::TenantBuilder;
use super::change::{Change, ChangeKind};
use super::error::CatalogError;
use super::state::State;
use super::tenant::Tenant;
use crate::content::Item;
use crate::profile::Profile;
use crate::protocol::PolicyId;
use crate::relations::{AppKind, Limits, Relation, RelationError, Relations};
use crate::time::Wall;

impl TenantBuilder<'_> {
    /// Relates apps from before the start, beside those that are related already.
    ///
    /// # Errors
    /// [`CatalogError::Relations`] for relations that cannot be, alone or together with the others; none of them is taken.
    /// Source: B-7.40 to B-7.48.
    pub fn relate(&mut self, relations: &[Relation]) -> Result<(), CatalogError> {
        let all = [&self.relations, relations].concat();
        related(&self.tenant, &all, &limits(self.profile), None)?;
        self.relations = all;
        Ok(())
    }

    /// Sets the apps that the Enrollment Status Page waits for, in their order; the default is none.
    ///
    /// # Errors
    /// [`CatalogError::Esp`] for more than `esp.max_blocking` or 255 of them, for one that is there twice, and for what is
    /// no app.
    /// Source: B-7.54, B-7.55.
    pub fn esp(&mut self, blocking: &[PolicyId]) -> Result<(), CatalogError> {
        let limit = self.profile.esp.max_blocking.min(u8::MAX.into());
        let refuse = |place: usize, why: String| {
            let name = blocking.get(place).and_then(|app| self.tenant.content(*app)).map(|app| app.name.clone());
            Err(CatalogError::Esp { name: name.unwrap_or_default(), why })
        };
        for (place, app) in blocking.iter().enumerate() {
            if !self.known_content("list of blocking apps", *app)?.is_app() {
                return refuse(place, "is no app".to_owned());
            }
            if blocking[..place].contains(app) {
                return refuse(place, "is there twice".to_owned());
            }
            if place >= limit as usize {
                return refuse(place, format!("is one more than the {limit} that it may wait for"));
            }
        }
        self.tenant.esp = blocking.to_vec();
        Ok(())
    }
}

/// B-7.46: an app that stands in a relation cannot be deleted, and what is deleted cannot be changed.
pub(super) fn check_deletion(
    tenant: &Tenant,
    state: &State,
    relations: Option<&Relations>,
    change: &Change,
) -> Result<(), CatalogError> {
    let changed = match change.kind {
        ChangeKind::Assign { content, .. }
        | ChangeKind::UpdateContent { content, .. }
        | ChangeKind::DeleteContent(content) => [content, content],
        ChangeKind::Relate(Relation { from, to, .. }) => [from, to],
        ChangeKind::Unassign { .. }
        | ChangeKind::Unrelate { .. }
        | ChangeKind::DeleteGroup(_)
        | ChangeKind::RestoreGroup(_)
        | ChangeKind::ReleaseAgent { .. }
        | ChangeKind::ServicePrincipal { .. } => return Ok(()),
    };
    if let Some(gone) = changed.into_iter().find(|content| state.is_gone(*content)) {
        return Err(CatalogError::Deleted { name: tenant.contents[gone.0 as usize].name.clone(), at: change.at });
    }
    match (change.kind, relations) {
        (ChangeKind::DeleteContent(content), Some(relations)) => {
            relations.check_removal(content).map_err(|error| refused(tenant, error, Some((content, change.at))))
        }
        _ => Ok(()),
    }
}

/// How large graphs of relations may be (B-7.40, B-7.48).
pub(super) fn limits(profile: &Profile) -> Limits {
    Limits {
        graph_nodes: profile.win32.max_graph_nodes,
        supersedence_nodes: profile.win32.max_supersedence_nodes,
        superseding: profile.win32.max_superseding,
    }
}

/// The relations of the apps of a tenant, checked; `by` is the app whose change led to them, and when.
pub(super) fn related(
    tenant: &Tenant,
    relations: &[Relation],
    limits: &Limits,
    by: Option<(PolicyId, Wall)>,
) -> Result<Relations, CatalogError> {
    let apps = (0_u32..).map(PolicyId).zip(&tenant.contents).filter_map(|(id, content)| match &content.item {
        Some(Item::App(app)) => Some((id, app.kind.in_relations())),
        Some(Item::Remediation(_) | Item::Discovery(_)) | None => None,
    });
    let apps: Vec<(PolicyId, AppKind)> = apps.collect();
    Relations::build(apps, relations, limits).map_err(|error| refused(tenant, error, by))
}

/// The same error with the names of the apps.
fn refused(tenant: &Tenant, error: RelationError, by: Option<(PolicyId, Wall)>) -> CatalogError {
    let name = |app: PolicyId| tenant.content(app).map_or("", |content| content.name.as_str());
    let text = error.named(&name).to_string();
    let (from, at) = by.map(|(from, at)| (name(from).to_owned(), at)).unzip();
    CatalogError::Relations { text, error: Box::new(error), from, at }
}
