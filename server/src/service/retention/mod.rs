//! Rules of retention: announced to owners, then done; said for the server.

use std::collections::BTreeMap;
use std::time::Duration;

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::json;

use super::mail::Mailer;
use crate::domain::access::{Allowed, Change};
use crate::domain::account::User;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::retention::{
    self, Facts, Rule, Source, Step, WARNED_BEFORE, Word, Words, goes_at, step,
};
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::store::retention::{Candidate, SETTING, announce, candidate, told_at, words_for};
use crate::store::{Result, Tx, audit, retention as store};

mod letter;

/// Recordings that are read at once.
const PAGE: u32 = 500;
/// Recordings of one owner that are changed in one transaction.
const BATCH: usize = 200;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    pub announced: u64,
    pub trashed: u64,
}

/// Does what rules ask for: announces what goes within a week, moves to the trash what was announced for so long. Ends early, with
/// `None`, once `leave` says so. Owners are told by mail where there is a mailer, and by their library in any case.
pub async fn apply(
    resources: &Resources,
    mailer: Option<&Mailer>,
    leave: impl Fn() -> bool,
) -> Result<Option<Applied>> {
    let now = resources.now();
    let words = resources.store.retention_words().await?;
    let oldest = |shortest: Duration| now.minus(shortest).plus(WARNED_BEFORE);
    let created_before = words
        .shortest()
        .map_or(Timestamp::from_micros(i64::MIN), oldest);
    let mut done = Applied::default();
    let mut after = None;
    loop {
        let page = resources
            .store
            .retention_candidates(after, created_before, PAGE, now)
            .await?;
        let Some(last) = page.last() else {
            return Ok(Some(done));
        };
        after = Some(last.facts.id);
        let mut by_owner: BTreeMap<UserId, Vec<RecordingId>> = BTreeMap::new();
        for Candidate { owner, facts, .. } in page {
            if next(&words, &facts, now) != Step::Nothing {
                by_owner.entry(owner).or_default().push(facts.id);
            }
        }
        for (owner, ids) in by_owner {
            for ids in ids.chunks(BATCH) {
                if leave() {
                    return Ok(None);
                }
                let some = apply_to(resources, mailer, owner, ids).await?;
                done.announced += some.announced;
                done.trashed += some.trashed;
            }
        }
    }
}

fn next(words: &Words, facts: &Facts, now: Timestamp) -> Step {
    step(words.of(facts.folder).map(|(rule, _)| rule), facts, now)
}

/// The same for some recordings of one owner. Each is looked at again when it is held; the mail is queued in the transaction that
/// notes the announcement, so that nothing is announced twice or without it.
async fn apply_to(
    resources: &Resources,
    mailer: Option<&Mailer>,
    owner: UserId,
    ids: &[RecordingId],
) -> Result<Applied> {
    let now = resources.now();
    let (applied, changed) = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_> {
            let words = words_for(tx, owner).await?;
            let mut applied = Applied::default();
            let mut announced = Vec::new();
            let mut changed = Vec::new();
            for &id in ids {
                tx.lock_recording(id).await?;
                // Somebody else's meanwhile: the next run asks by their words.
                let found = candidate(tx, id, now).await?;
                let Some(Candidate { title, facts, .. }) = found.filter(|it| it.owner == owner)
                else {
                    continue;
                };
                match next(&words, &facts, now) {
                    Step::Nothing => continue,
                    Step::Announce(at) => {
                        announce(tx, id, Some(at)).await?;
                        note(tx, AuditAction::RetentionAnnounced, &words, &facts, now).await?;
                        announced.push((title, at));
                        applied.announced += 1;
                    }
                    Step::Correct(at) => announce(tx, id, at).await?,
                    Step::ToTrash => {
                        tx.set_trashed(id, true, now).await?;
                        note(tx, AuditAction::RetentionTrashed, &words, &facts, now).await?;
                        applied.trashed += 1;
                    }
                }
                changed.push(id);
            }
            if let Some(mailer) = mailer
                && !announced.is_empty()
                && let Some((to, zone, language)) = told_at(tx, owner).await?
            {
                let to = (to, language);
                let letter = letter::announcement(to, zone.as_deref(), &announced, mailer);
                mailer.post(tx, resources, &letter).await?;
            }
            Ok((applied, changed))
        })
        .await?;
    for id in changed {
        resources.notify.notify(id);
    }
    resources.notify.notify_any();
    Ok(applied)
}

async fn note(
    tx: &mut Tx,
    action: AuditAction,
    words: &Words,
    facts: &Facts,
    now: Timestamp,
) -> Result<()> {
    let rule = words.of(facts.folder);
    let detail = json!({
        "rule": rule.map(|(rule, _)| Word::After(rule).to_string()),
        "of": rule.map(|(_, source)| match source {
            Source::Server => "server",
            Source::Folder(_) => "folder",
        }),
    });
    let entry = Entry::by_server(action, facts.id, detail);
    audit::add(tx, &entry, now).await
}

/// What is in force for a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub pinned: bool,
    pub rule: Option<Rule>,
    /// The folder that says so; none: the server.
    pub folder: Option<String>,
    /// When it goes, as it looks now.
    pub goes_at: Option<Timestamp>,
    /// Its owner was told.
    pub announced: bool,
}

/// For the owner of a recording.
pub async fn in_force(resources: &Resources, recording: &Allowed<Change>) -> Result<InForce> {
    let (db, now, owner) = (&resources.store, resources.now(), recording.owner);
    let words = db.retention_words_for(owner).await?;
    let Some(facts) = db.retention_facts(recording.id, now).await? else {
        // In the trash since it was let through.
        return Ok(InForce {
            pinned: false,
            rule: None,
            folder: None,
            goes_at: None,
            announced: false,
        });
    };
    let (rule, source) = words.of(facts.folder).unzip();
    let folder = match source {
        Some(Source::Folder(id)) => {
            let folders = db.folders_of(owner).await?;
            folders.into_iter().find(|it| it.id == id).map(|it| it.name)
        }
        Some(Source::Server) | None => None,
    };
    Ok(InForce {
        pinned: facts.pinned,
        rule,
        folder,
        goes_at: goes_at(rule, &facts, now),
        announced: facts.announced.is_some(),
    })
}

/// What is said for the server.
pub async fn server_word(resources: &Resources) -> Result<Word> {
    let text = resources.store.setting(SETTING).await?;
    Ok(text.as_deref().map_or(Word::Never, retention::stored))
}

/// Says it. Answers whether the person may.
pub async fn set_server_word(resources: &Resources, user: &User, word: Word) -> Result<bool> {
    if !may(user.role, Act::SetServerDefaults) {
        return Ok(false);
    }
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| {
            let before = store::server_word(tx).await?.unwrap_or(Word::Never);
            if before == word {
                return Ok(());
            }
            tx.set_setting(SETTING, &word.to_string()).await?;
            let detail = json!({ "before": before.to_string(), "after": word.to_string() });
            let entry = Entry::by(user, AuditAction::RetentionChanged, None, detail);
            audit::add(tx, &entry, now).await
        })
        .await?;
    Ok(true)
}
