//! A person's destinations, and the server's, which its admins look after.

use std::time::Duration;

use aside_protocol::id::{RecordingId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::issues::work::ask_to_read;
use super::reader::reader;
use super::work::ask;
use crate::domain::access::{Watch, allow};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::outbound::target::Wanted;
use crate::domain::outbound::tracker::TrackerKind;
use crate::domain::outbound::{
    Destination, DestinationId, MAX_DESTINATIONS, Paused, Rule, RuleError, Target, Way,
    clean_destination_name,
};
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::audit;
use crate::store::outbound::deliveries;
use crate::store::outbound::issues::any_made;
use crate::store::outbound::{self as rows};
use crate::store::{StoreError, Tx};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    #[error("there is no such destination")]
    NotFound,
    #[error("Only an owner or an admin of this server may do this, and no token that has scopes.")]
    NotAdmin,
    #[error("There are {MAX_DESTINATIONS} destinations already. Delete one that is not needed.")]
    TooMany,
    #[error(
        "Issues were made at this address and in this project, or are being made there. Make another integration for another one."
    )]
    HasIssues,
    #[error("Only webhooks are signed, and only trackers but Linear get their secret here.")]
    NotSigned,
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub struct New {
    pub of_server: bool,
    pub way: Way,
    pub name: String,
    pub target: Wanted,
    pub rule: Rule,
}

/// What somebody wants otherwise; none: it stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Option<String>,
    pub target: Option<Wanted>,
    pub rule: Option<Rule>,
    pub paused: Option<bool>,
}

/// A recording or a folder that a rule names, by the name that its person may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: Uuid,
    pub name: String,
    pub folder: bool,
}

/// A destination with what its person sees of it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub destination: Destination,
    pub places: Vec<Place>,
    pub waiting: u64,
}

/// What runs the server is in no scope: a program looks after its person's own only.
fn may_server(member: &Member) -> Result<(), ManageError> {
    if !member.agent && may(member.user.role, Act::SetServerDefaults) {
        Ok(())
    } else {
        Err(ManageError::NotAdmin)
    }
}

/// Whether somebody looks after the server's.
pub fn looks_after_server(member: &Member) -> bool {
    may_server(member).is_ok()
}

/// Whose is looked after: the server's by admins, everybody else's by themselves. What one may not see is not there.
pub(super) fn theirs(
    member: &Member,
    found: Option<Destination>,
) -> Result<Destination, ManageError> {
    let found = found.ok_or(ManageError::NotFound)?;
    let mine = found.owner == Some(member.user.id);
    if mine || (found.owner.is_none() && looks_after_server(member)) {
        Ok(found)
    } else {
        Err(ManageError::NotFound)
    }
}

/// What the audit log says of a destination: no secret.
fn told(it: &Destination) -> Value {
    let events: Vec<&str> = it.rule.events.iter().map(|it| it.as_str()).collect();
    json!({
        "name": it.name,
        "kind": it.target.way(),
        "address": it.target.shown(),
        "events": events.join(" "),
        "paused": it.paused.is_some(),
    })
}

/// What is changed for the whole server is written down; one's own is one's own matter.
async fn note(
    tx: &mut Tx,
    resources: &Resources,
    member: &Member,
    it: &Destination,
    action: AuditAction,
    detail: Value,
) -> Result<(), ManageError> {
    if it.owner.is_none() {
        let entry = Entry::by(&member.user, action, None, detail);
        audit::add(tx, &entry, resources.now()).await?;
    }
    Ok(())
}

/// One's own, or the server's.
pub async fn list(
    resources: &Resources,
    member: &Member,
    of_server: bool,
) -> Result<Vec<Shown>, ManageError> {
    if of_server {
        may_server(member)?;
    }
    let owner = (!of_server).then_some(member.user.id);
    let mut all = Vec::new();
    for destination in resources.store.destinations(owner).await? {
        all.push(shown(resources, destination).await?);
    }
    Ok(all)
}

async fn shown(resources: &Resources, destination: Destination) -> Result<Shown, ManageError> {
    let waiting = resources.store.waiting_deliveries(destination.id).await?;
    let places = places(resources, destination.owner, &destination.rule.chosen).await?;
    Ok(Shown {
        destination,
        places,
        waiting,
    })
}

/// What was chosen, without what its person may not see (any more).
async fn places(
    resources: &Resources,
    owner: Option<UserId>,
    chosen: &[Uuid],
) -> Result<Vec<Place>, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let Some(owner) = owner.filter(|_| !chosen.is_empty()) else {
        return Ok(Vec::new());
    };
    let folders = store.folders_of(owner).await?;
    let mut places = Vec::new();
    for id in chosen {
        if let Some(folder) = folders.iter().find(|it| it.id.0 == *id) {
            places.push(Place {
                id: *id,
                name: folder.name.clone(),
                folder: true,
            });
            continue;
        }
        let Some(seen) = store.recording_seen(RecordingId(*id), Some(owner)).await? else {
            continue;
        };
        if let Ok(recording) = allow::<Watch>(&reader(Some(owner)), seen, now) {
            places.push(Place {
                id: *id,
                name: recording.title.clone(),
                folder: false,
            });
        }
    }
    Ok(places)
}

/// The rule with the places that are there and that its person may see; what tells something itself has none.
async fn checked(
    resources: &Resources,
    owner: Option<UserId>,
    target: &Target,
    rule: Rule,
) -> Result<Rule, ManageError> {
    if target.hook().is_some() {
        return Ok(Rule::of_none());
    }
    let mut rule = rule.checked(owner.is_none())?;
    if !rule.chosen.is_empty() {
        let places = places(resources, owner, &rule.chosen).await?;
        rule.chosen = places.into_iter().map(|it| it.id).collect();
        if rule.chosen.is_empty() {
            return Err(RuleError::Chosen.into());
        }
    }
    Ok(rule)
}

/// Makes a destination. A webhook's secret is shown this once.
pub async fn make(resources: &Resources, member: &Member, new: New) -> Result<Shown, ManageError> {
    if new.of_server {
        may_server(member)?;
    }
    let now = resources.now();
    let owner = (!new.of_server).then_some(member.user.id);
    let entropy = &*resources.entropy;
    let target = Target::new(new.way, &new.target, entropy).map_err(RuleError::from)?;
    let rule = checked(resources, owner, &target, new.rule).await?;
    let destination = Destination {
        id: DestinationId::new(now, resources.id_entropy()),
        owner,
        made_by: Some(member.user.id),
        name: clean_destination_name(&new.name)?,
        target,
        rule,
        created_at: now,
        paused: None,
        failures: 0,
        held_until: now,
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<(), ManageError> {
            if rows::count(tx, owner).await? >= MAX_DESTINATIONS {
                return Err(ManageError::TooMany);
            }
            rows::insert(tx, &destination).await?;
            let added = AuditAction::DestinationAdded;
            note(
                tx,
                resources,
                member,
                &destination,
                added,
                told(&destination),
            )
            .await
        })
        .await?;
    shown(resources, destination).await
}

/// While it was paused or deleted, nobody asked how its issues stand.
async fn ask_about_issues(
    tx: &mut Tx,
    resources: &Resources,
    it: &Destination,
) -> Result<(), ManageError> {
    if it.target.tracker().is_some() {
        ask_to_read(tx, resources, it.id, Duration::ZERO).await?;
    }
    Ok(())
}

/// Changes one. What it is like is read where it is written: nothing that somebody else changes meanwhile is written back.
pub async fn change(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
    wish: Change,
) -> Result<Shown, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.destination(id).await?)?;
    let name = wish
        .name
        .as_deref()
        .map(clean_destination_name)
        .transpose()?;
    let rule = match wish.rule {
        Some(rule) => Some(checked(resources, found.owner, &found.target, rule).await?),
        None => None,
    };
    store
        .write(async |tx: &mut Tx| -> Result<(), ManageError> {
            if wish.paused == Some(false) {
                // The job before the destination, as its worker takes them.
                ask(tx, resources, id, 0, now).await?;
                ask_about_issues(tx, resources, &found).await?;
            }
            let mut it = theirs(member, tx.held_destination(id).await?)?;
            let before = told(&it);
            if let Some(name) = name {
                it.name = name;
            }
            if let Some(wanted) = &wish.target {
                let old = it.target.tracker().cloned();
                let changed = it.target.changed(wanted, &*resources.entropy);
                it.target = changed.map_err(RuleError::from)?;
                if let (Some(old), Some(new)) = (&old, it.target.tracker())
                    && !old.shares_issues_with(new)
                    && any_made(tx, id).await?
                {
                    return Err(ManageError::HasIssues);
                }
            }
            if let Some(rule) = rule {
                it.rule = rule;
            }
            rows::update(tx, &it).await?;
            match wish.paused.filter(|wanted| *wanted != it.paused.is_some()) {
                Some(true) => {
                    let paused = Paused { at: now, why: None };
                    rows::set_paused(tx, id, Some(&paused)).await?;
                    it.paused = Some(paused);
                }
                Some(false) => {
                    rows::set_paused(tx, id, None).await?;
                    deliveries::begin_anew(tx, id, now).await?;
                    it.paused = None;
                }
                None => {}
            }
            let after = told(&it);
            if before != after {
                let detail = json!({ "name": it.name, "before": before, "after": after });
                note(
                    tx,
                    resources,
                    member,
                    &it,
                    AuditAction::DestinationChanged,
                    detail,
                )
                .await?;
            }
            Ok(())
        })
        .await?;
    resources.notify.notify_any();
    get(resources, member, id).await
}

/// One of them.
pub async fn get(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
) -> Result<Shown, ManageError> {
    let found = theirs(member, resources.store.destination(id).await?)?;
    shown(resources, found).await
}

/// Deletes one; for a day it can be brought back.
pub async fn delete(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
) -> Result<(), ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.destination(id).await?)?;
    store
        .write(async |tx: &mut Tx| -> Result<(), ManageError> {
            rows::set_deleted(tx, id, Some(now)).await?;
            let deleted = AuditAction::DestinationDeleted;
            note(tx, resources, member, &found, deleted, told(&found)).await
        })
        .await
}

/// Brings one back.
pub async fn restore(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
) -> Result<Shown, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    let found = theirs(member, store.deleted_destination(id).await?)?;
    store
        .write(async |tx: &mut Tx| -> Result<(), ManageError> {
            if rows::count(tx, found.owner).await? >= MAX_DESTINATIONS {
                return Err(ManageError::TooMany);
            }
            ask(tx, resources, id, found.failures, now).await?;
            ask_about_issues(tx, resources, &found).await?;
            rows::set_deleted(tx, id, None).await?;
            let restored = AuditAction::DestinationRestored;
            note(tx, resources, member, &found, restored, told(&found)).await
        })
        .await?;
    resources.notify.notify_any();
    get(resources, member, id).await
}

/// Another signing secret; for a day messages are signed with the old one as well. Or another secret by which a tracker's webhooks are
/// known: the old one ends at once.
pub async fn rotate(
    resources: &Resources,
    member: &Member,
    id: DestinationId,
) -> Result<Destination, ManageError> {
    let (store, now) = (&resources.store, resources.now());
    theirs(member, store.destination(id).await?)?;
    store
        .write(async |tx: &mut Tx| -> Result<Destination, ManageError> {
            let mut it = theirs(member, tx.held_destination(id).await?)?;
            it.target = match it.target {
                Target::Webhook { url, secrets } => Target::Webhook {
                    url,
                    secrets: secrets.rotated(&*resources.entropy, now),
                },
                Target::Tracker(tracker) if tracker.kind != TrackerKind::Linear => {
                    Target::Tracker(tracker).with_other_hook(&*resources.entropy)
                }
                _ => return Err(ManageError::NotSigned),
            };
            rows::update(tx, &it).await?;
            note(
                tx,
                resources,
                member,
                &it,
                AuditAction::DestinationSecret,
                told(&it),
            )
            .await?;
            Ok(it)
        })
        .await
}
