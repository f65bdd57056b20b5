//! Whom something may concern, and how they stand to it: who is told is for the rule to say.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use uuid::Uuid;

use super::{Result, Tx};
use crate::domain::account::Email;
use crate::domain::notice::Standing;
use crate::domain::notice_settings::NoticeSettings;
use crate::in_tx;

/// Somebody who may be told of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub user: UserId,
    pub standing: Standing,
    /// Of the profile.
    pub zone: Option<String>,
    pub settings: NoticeSettings,
    /// Whether mails reach them.
    pub has_mail: bool,
    /// Whether they are told in a browser.
    pub has_push: bool,
}

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: Uuid,
    owns: bool,
    wrote: bool,
    thread_word: Option<bool>,
    recording_word: Option<bool>,
    folder_word: Option<bool>,
    person_word: Option<bool>,
    time_zone: Option<String>,
    settings: Option<String>,
    email_proved: bool,
    has_push: bool,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        Self {
            user: UserId(row.id),
            standing: Standing {
                owns: row.owns,
                wrote: row.wrote,
                mentioned: false,
                assigned: false,
                thread: row.thread_word,
                recording: row.recording_word,
                folder: row.folder_word,
                person: row.person_word,
            },
            zone: row.time_zone,
            settings: super::notice_settings::read(row.settings.as_deref()),
            has_mail: row.email_proved,
            has_push: row.has_push,
        }
    }
}

/// People of `$who` with how they stand: `$1` the recording, `$2` the thread, `$3` who did it.
macro_rules! candidates {
    ($who:literal) => {
        concat!(
            "WITH told (id) AS (",
            $who,
            ") SELECT u.id, r.owner_id = u.id AS owns, \
             EXISTS (SELECT 1 FROM comments c WHERE c.user_id = u.id AND c.deleted_at IS NULL AND (c.id = $2 OR c.parent_id = $2)) AS wrote, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $2) AS thread_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $1) AS recording_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = r.folder_id) AS folder_word, \
             (SELECT s.follows FROM subscriptions s WHERE s.user_id = u.id AND s.target = $3) AS person_word, \
             u.time_zone, n.settings, u.email_proved, \
             EXISTS (SELECT 1 FROM push_subscriptions p WHERE p.user_id = u.id) AS has_push \
             FROM told JOIN users u ON u.id = told.id JOIN recordings r ON r.id = $1 \
             LEFT JOIN notice_settings n ON n.user_id = u.id \
             WHERE u.deactivated_at IS NULL ORDER BY u.id"
        )
    };
}

/// Whom a thread may concern: the owner of the recording, who wrote in it, who follows it or what it lies in. Without whoever did
/// the deed.
pub async fn concerned(
    tx: &mut Tx,
    recording: RecordingId,
    thread: CommentId,
    by: Option<UserId>,
) -> Result<Vec<Candidate>> {
    const SQL: &str = candidates!(
        "SELECT owner_id FROM recordings WHERE id = $1 \
         UNION SELECT user_id FROM comments WHERE id = $2 AND deleted_at IS NULL \
         UNION SELECT user_id FROM comments WHERE parent_id = $2 AND deleted_at IS NULL \
         UNION SELECT user_id FROM subscriptions WHERE follows AND target IN ($1, $2) \
         UNION SELECT s.user_id FROM subscriptions s JOIN recordings f ON f.folder_id = s.target WHERE s.follows AND f.id = $1"
    );
    let rows = in_tx!(tx, |db| sqlx::query_as::<_, CandidateRow>(SQL)
        .bind(recording.0)
        .bind(thread.0)
        .bind(by.map(|id| id.0))
        .fetch_all(db)
        .await)?;
    let all = rows.into_iter().map(Candidate::from);
    Ok(all.filter(|it| Some(it.user) != by).collect())
}

/// One person, and how they stand to a thread; where there is none, to the recording. None where they are not there (any more).
pub async fn candidate(
    tx: &mut Tx,
    user: UserId,
    recording: RecordingId,
    thread: Option<CommentId>,
    by: Option<UserId>,
) -> Result<Option<Candidate>> {
    const SQL: &str = candidates!("SELECT id FROM users WHERE id = $4");
    let row = in_tx!(tx, |db| sqlx::query_as::<_, CandidateRow>(SQL)
        .bind(recording.0)
        .bind(thread.map_or(recording.0, |id| id.0))
        .bind(by.map(|id| id.0))
        .bind(user.0)
        .fetch_optional(db)
        .await)?;
    Ok(row.map(Candidate::from))
}

/// Everybody who follows a person.
pub async fn followers(tx: &mut Tx, person: UserId) -> Result<Vec<UserId>> {
    const SQL: &str =
        "SELECT user_id FROM subscriptions WHERE target = $1 AND follows ORDER BY user_id";
    users(tx, SQL, person.0).await
}

/// Everybody in a group whose account counts.
pub async fn group_members(tx: &mut Tx, group: Uuid) -> Result<Vec<UserId>> {
    const SQL: &str = "SELECT u.id FROM user_group_members m JOIN users u ON u.id = m.user_id \
         WHERE m.group_id = $1 AND u.deactivated_at IS NULL ORDER BY u.id";
    users(tx, SQL, group).await
}

async fn users(tx: &mut Tx, sql: &'static str, of: Uuid) -> Result<Vec<UserId>> {
    let ids: Vec<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(sql)
        .bind(of)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// The person with this address, if it is proved to be theirs.
pub async fn by_mail(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    const SQL: &str = "SELECT id FROM users WHERE email = $1 AND email_proved";
    let found: Option<Uuid> = in_tx!(tx, |db| sqlx::query_scalar(SQL)
        .bind(email.as_str())
        .fetch_optional(db)
        .await)?;
    Ok(found.map(UserId))
}
