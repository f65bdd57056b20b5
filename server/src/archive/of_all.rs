//! What belongs to no recording: groups of people and the log of changes, in an export of all.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use aside_protocol::id::{GroupId, UserId};
use aside_protocol::time::Timestamp;

use super::export::Run;
use super::export_error;
use super::import_error::{self, damaged, disk, read_json};
use super::output::{Output, write_json};
use super::{AUDIT, AuditLine, GROUPS, Manifest, PeopleGroup};
use crate::domain::audit::{Logged, Wanted};
use crate::domain::group::Group;
use crate::resources::Resources;
use crate::store::{StoreError, Tx, audit, groups};

/// Rows of the log that are read at once.
const BATCH: u32 = 1000;

impl Run<'_> {
    /// Groups, with everybody who is in one.
    pub(super) async fn groups(&mut self) -> export_error::Result<()> {
        let mut all = Vec::new();
        for group in self.resources.store.groups().await? {
            for person in &group.members {
                self.names(*person).await?;
            }
            all.push(PeopleGroup {
                id: group.id,
                name: group.name,
                members: group.members,
            });
        }
        write_json(&self.root.join(GROUPS), &all)
    }

    /// The log of changes, the newest first. Answers whose it is.
    pub(super) async fn audit(&self) -> export_error::Result<String> {
        let mut out = Output::create(&self.root.join(AUDIT))?;
        let mut before = None;
        loop {
            let store = &self.resources.store;
            let rows = store.audit(&Wanted::default(), before, BATCH).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.seq);
            for row in rows {
                let line = AuditLine::from(row);
                let text = serde_json::to_string(&line).unwrap_or_default();
                out.write(text.as_bytes())?;
                out.write(b"\n")?;
            }
        }
        out.finish()?;
        let id = self.resources.objects.store_id().await?;
        Ok(id.unwrap_or_default())
    }
}

impl From<Logged> for AuditLine {
    fn from(row: Logged) -> Self {
        Self {
            seq: row.seq,
            at: row.at.micros(),
            actor: row.actor,
            actor_name: row.actor_name,
            action: row.action,
            recording: row.recording,
            detail: row.detail,
        }
    }
}

/// Makes the groups that are not there by name, and puts who is here into them. Answers those of the export as they are here.
pub(super) async fn take_groups(
    resources: &Resources,
    from: &Path,
    people: &HashMap<UserId, UserId>,
) -> import_error::Result<HashMap<GroupId, GroupId>> {
    let path = from.join(GROUPS);
    if !path.is_file() {
        return Ok(HashMap::new());
    }
    let listed: Vec<PeopleGroup> = read_json(&path)?;
    let now = resources.now();
    let write = resources.store.write(async |tx: &mut Tx| {
        let mut here = HashMap::new();
        for theirs in &listed {
            let id = match groups::find(tx, &theirs.name).await? {
                Some(id) => id,
                None => {
                    let group = Group {
                        id: GroupId::new(now, resources.id_entropy()),
                        name: theirs.name.clone(),
                        version: 1,
                        members: Vec::new(),
                    };
                    groups::insert(tx, &group, now).await?;
                    group.id
                }
            };
            for person in theirs.members.iter().filter_map(|id| people.get(id)) {
                groups::add_member(tx, id, *person).await?;
            }
            here.insert(theirs.id, id);
        }
        Ok::<_, StoreError>(here)
    });
    Ok(write.await?)
}

/// Adds what the log of this server lacks of the other one's; says how many rows. They keep their time and the names they had.
pub(super) async fn take_audit(
    resources: &Resources,
    from: &Path,
    manifest: &Manifest,
    people: &HashMap<UserId, UserId>,
) -> import_error::Result<usize> {
    let path = from.join(AUDIT);
    let Some(of) = manifest.audit_of.as_deref().filter(|_| path.is_file()) else {
        return Ok(0);
    };
    let file = File::open(&path).map_err(|source| disk(&path, source))?;
    let mut lines = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|source| disk(&path, source))?;
        let line: AuditLine =
            serde_json::from_str(&line).map_err(|e| damaged(&path, &e.to_string()))?;
        lines.push(line);
    }
    lines.sort_unstable_by_key(|line| line.seq);
    // Up to where an import before this one came.
    let mark = format!("audit_imported:{of}");
    let write = resources.store.write(async |tx: &mut Tx| {
        let known: Option<i64> = tx.setting(&mark).await?.and_then(|it| it.parse().ok());
        let known = known.unwrap_or(i64::MIN);
        let mut added = 0;
        for line in lines.iter().filter(|line| line.seq > known) {
            let row = Logged {
                seq: line.seq,
                at: Timestamp::from_micros(line.at),
                actor: line.actor.and_then(|id| people.get(&id).copied()),
                actor_name: line.actor_name.clone(),
                action: line.action.clone(),
                recording: line.recording,
                detail: line.detail.clone(),
            };
            audit::add_from_elsewhere(tx, &row).await?;
            added += 1;
        }
        if let Some(last) = lines.last().filter(|last| last.seq > known) {
            tx.set_setting(&mark, &last.seq.to_string()).await?;
        }
        Ok::<_, StoreError>(added)
    });
    Ok(write.await?)
}
