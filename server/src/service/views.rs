//! Who watched what: noted, shown to the owner, turned off.

use std::net::IpAddr;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::domain::access::{Allowed, Change, Viewer, Watch};
use crate::domain::account::{Role, User};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::views::{Attention, ViewOf, Watcher, attention};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::service::actor::Actor;
use crate::store::views::AgentView;
use crate::store::{Result, Tx, audit, views};
use crate::track_cache::TrackCache;

/// So many views an owner is told apart.
const MAX_VIEWS: u32 = 10_000;

/// What a page says was watched.
#[derive(Debug, Clone)]
pub struct Report {
    /// A number that the browser made for this recording.
    pub visitor: Option<String>,
    /// From and to, in milliseconds.
    pub stretches: Vec<(u64, u64)>,
    /// Where it is now, in milliseconds.
    pub position_ms: u64,
    pub address: IpAddr,
}

/// Notes what somebody watched, where that is noted.
pub async fn note(
    resources: &Resources,
    (tracks, limits): (&TrackCache, &Limits),
    recording: &Allowed<Watch>,
    report: Report,
) -> Result<()> {
    if recording.is_the_viewers() || report.stretches.is_empty() {
        return Ok(());
    }
    let visitor = report.visitor.as_deref().map(visitor);
    let who = match *recording.viewer() {
        Viewer::Member { id, .. } => Some(Watcher::Member(id)),
        Viewer::Guest(id) => Some(Watcher::Guest(id)),
        Viewer::Anonymous => visitor,
        Viewer::Bearer { .. } => None,
    };
    let Some(who) = who else {
        return Ok(());
    };
    let (store, now, id) = (&resources.store, resources.now(), recording.id);
    let member = recording.viewer().member();
    if !store.view_switches(recording.owner, member).await?.noted() {
        return Ok(());
    }
    let view = tracks.view_of(recording).await?;
    let length_ms = view.map_or(0, |view| view.length_ms());
    store
        .write(async |tx: &mut Tx| -> Result<()> {
            if let Some(visitor) = visitor.filter(|visitor| *visitor != who) {
                views::adopt(tx, id, &visitor, &who).await?;
            }
            let mut watched = match views::held(tx, id, &who, now).await? {
                Some(watched) => watched,
                None => {
                    let unknown = matches!(who, Watcher::Visitor(_));
                    // Whoever makes up visitors is not told that they do not count.
                    if unknown && limits.visitor(report.address, id).is_err() {
                        return Ok(());
                    }
                    views::begin(tx, id, &who, now).await?;
                    views::held(tx, id, &who, now).await?.unwrap_or_default()
                }
            };
            for &(from, to) in &report.stretches {
                watched.add(from, to.min(length_ms));
            }
            let position = report.position_ms.min(length_ms);
            let is_view = watched.is_view(length_ms);
            views::set(tx, id, &who, &watched, position, is_view, now).await
        })
        .await
}

fn visitor(number: &str) -> Watcher {
    Watcher::Visitor(Sha256::digest(number.as_bytes()).into())
}

/// What the owner of a recording is told of who watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    pub length_ms: u64,
    /// Members and guests with a name, the newest first.
    pub people: Vec<ViewOf>,
    /// Views of who is not known.
    pub unknown: u64,
    /// Programs that read it with somebody's token, the newest first: no views.
    pub agents: Vec<AgentView>,
    pub attention: Attention,
}

/// Who watched a recording, for its owner; none where that is not counted.
pub async fn audience(
    resources: &Resources,
    tracks: &TrackCache,
    recording: &Allowed<Change>,
) -> Result<Option<Audience>> {
    let store = &resources.store;
    if !store.view_switches(recording.owner, None).await?.shown() {
        return Ok(None);
    }
    let all = store.views_of(recording.id, MAX_VIEWS).await?;
    let view = tracks.view_of(recording).await?;
    let length_ms = view.map_or(0, |view| view.length_ms());
    let attention = attention(all.iter().map(|view| &view.watched), length_ms);
    let (people, unknown): (Vec<ViewOf>, Vec<ViewOf>) =
        all.into_iter().partition(|view| view.name.is_some());
    Ok(Some(Audience {
        length_ms,
        people,
        unknown: u64::try_from(unknown.len()).unwrap_or(u64::MAX),
        agents: store.agent_views(recording.id, MAX_VIEWS).await?,
        attention,
    }))
}

/// Notes, once an hour, that a program reads a recording with somebody's token, where that is who asks: apart from who watches, and
/// where that is noted. A failure keeps nobody from reading and is only logged.
pub async fn note_agent<P>(
    resources: &Resources,
    limits: &Limits,
    actor: &Actor,
    recording: &Allowed<P>,
) {
    if !actor.is_agent() {
        return;
    }
    if let Err(cause) = write_agent(resources, limits, recording).await {
        let id = recording.id;
        tracing::warn!(recording.id = %id, %cause, "could not note that a program reads {id}: {cause}");
    }
}

async fn write_agent<P>(
    resources: &Resources,
    limits: &Limits,
    recording: &Allowed<P>,
) -> Result<()> {
    let (store, id, now) = (&resources.store, recording.id, resources.now());
    let Some(user) = recording.viewer().member() else {
        return Ok(());
    };
    if !limits.agent_view(user, id) {
        return Ok(());
    }
    let switches = store.view_switches(recording.owner, Some(user)).await?;
    if !switches.noted() {
        return Ok(());
    }
    store
        .write(async |tx: &mut Tx| views::note_agent(tx, id, user, now).await)
        .await
}

/// Whether watching is noted: for a person, and for all of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switched {
    pub own: bool,
    pub server: bool,
}

pub async fn switches(resources: &Resources, user: &User) -> Result<Switched> {
    let found = resources.store.view_switches(user.id, None).await?;
    Ok(Switched {
        own: found.owner,
        server: found.server,
    })
}

/// For a person: what they watch, and who watches what they recorded. Turned off, what they watched is forgotten.
pub async fn set_own(resources: &Resources, user: &User, on: bool) -> Result<()> {
    resources
        .store
        .write(async |tx: &mut Tx| {
            views::set_own(tx, user.id, on).await?;
            if !on {
                views::forget(tx, user.id).await?;
            }
            Ok(())
        })
        .await
}

/// For everybody. Says whether the person may.
pub async fn set_server(resources: &Resources, user: &User, on: bool) -> Result<bool> {
    if !matches!(user.role, Role::Owner | Role::Admin) {
        return Ok(false);
    }
    let before = switches(resources, user).await?.server;
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| {
            tx.set_setting(views::SETTING, if on { "on" } else { "off" })
                .await?;
            let detail = json!({ "before": before, "after": on });
            let entry = Entry::by(user, AuditAction::ViewsSwitched, None, detail);
            audit::add(tx, &entry, now).await
        })
        .await?;
    Ok(true)
}
