//! `GET /api/me/notices`

use aside_protocol::id::{CommentId, NoticeId, RecordingId, Slug, UserId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::notice::{Kind, Part};
use crate::http::ApiResult;
use crate::http::extract::{Json, Member, Query};
use crate::service::notices::{self as service, MAX_COUNTED, Shown};

const DEFAULT: u32 = 30;
const MAX_PAGE: u32 = 100;

/// Which page of which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticePage {
    /// `inbox` when it is not said.
    #[param(inline)]
    part: Option<Part>,
    /// `next` of the page before, of the same part.
    before: Option<NoticeId>,
    /// 1 to 100; 30 when it is not said.
    limit: Option<u32>,
}

/// Something that concerns one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub(super) struct NoticeView {
    id: NoticeId,
    kind: Kind,
    created_at: Timestamp,
    read: bool,
    done: bool,
    /// Until when it is put off.
    #[schema(required)]
    later_until: Option<Timestamp>,
    recording: NoticedRecording,
    /// Who did it; none where nobody's name is known any more.
    #[schema(required)]
    by: Option<NoticedPerson>,
    /// The comment that it is about.
    #[schema(required)]
    comment: Option<NoticedComment>,
    /// The comment that opened its thread.
    #[schema(required)]
    thread_id: Option<CommentId>,
    /// What somebody said who asks for access.
    #[schema(required)]
    message: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticedRecording {
    id: RecordingId,
    slug: Slug,
    /// Empty: not named yet.
    title: String,
    owner_name: String,
    #[schema(required)]
    thumbnail_url: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticedPerson {
    /// None for who has no account.
    #[schema(required)]
    id: Option<UserId>,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticedComment {
    id: CommentId,
    at_ms: u64,
    /// Plain text.
    text: String,
}

/// A page of a part of an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeList {
    /// The newest first.
    items: Vec<NoticeView>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<NoticeId>,
}

/// How many notices are unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeCount {
    /// At most 99.
    pub unread: usize,
    /// There are more.
    pub more: bool,
}

impl NoticeCount {
    pub(super) fn of(counted: usize) -> Self {
        Self {
            unread: counted.min(MAX_COUNTED),
            more: counted > MAX_COUNTED,
        }
    }
}

impl NoticeView {
    fn of(shown: Shown, now: Timestamp) -> Self {
        let Shown {
            notice,
            recording,
            owner_name,
            by,
            comment,
            thread,
            message,
        } = shown;
        let comment = notice.comment.zip(comment);
        Self {
            id: notice.id,
            kind: notice.kind,
            created_at: notice.created_at,
            read: notice.read_at.is_some(),
            done: notice.done_at.is_some(),
            later_until: Some(notice.shown_at).filter(|at| *at > now),
            by: by.map(|(id, name)| NoticedPerson { id, name }),
            comment: comment.map(|(id, it)| NoticedComment {
                id,
                at_ms: it.at_ms,
                text: it.text,
            }),
            thread_id: thread,
            message,
            recording: NoticedRecording {
                id: recording.id,
                thumbnail_url: recording
                    .thumbnail_key
                    .as_ref()
                    .or(recording.poster_key.as_ref())
                    .map(|_| format!("/api/watch/{}/poster?size=small", recording.slug)),
                slug: recording.slug,
                title: recording.title,
                owner_name,
            },
        }
    }
}

/// What concerns one and may be seen by one now
#[utoipa::path(get, path = "/api/me/notices", tag = "inbox", params(NoticePage),
    responses((status = 200, body = NoticeList)))]
pub async fn list_notices(
    State(app): State<App>,
    member: Member,
    Query(page): Query<NoticePage>,
) -> ApiResult<Json<NoticeList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MAX_PAGE);
    let part = page.part.unwrap_or_default();
    let found = service::list(&app, &member, part, page.before, limit).await?;
    let now = app.now();
    let items = found.shown.into_iter().map(|it| NoticeView::of(it, now));
    Ok(Json(NoticeList {
        items: items.collect(),
        next: found.next,
    }))
}

/// How much of the inbox is unread
#[utoipa::path(get, path = "/api/me/notices/count", tag = "inbox", responses((status = 200, body = NoticeCount)))]
pub async fn count_notices(State(app): State<App>, member: Member) -> ApiResult<Json<NoticeCount>> {
    let counted = service::count(&app, &member.viewer(), member.user.id).await?;
    Ok(Json(NoticeCount::of(counted)))
}
