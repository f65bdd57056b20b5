//! A comment as pages show it to one reader.

use aside_protocol::id::{AttachmentId, CommentId, UserId};
use aside_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::access::Viewer;
use crate::domain::attachment::Attachment;
use crate::domain::comment::{Author, Comment, Visibility};
use crate::domain::markdown::to_html;
use crate::domain::mention::{Mentioned, in_html};
use crate::service::comments::ReadComment;

/// A comment as pages show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView {
    pub id: CommentId,
    /// The comment that opened the thread; none when this is it.
    #[schema(required)]
    pub parent_id: Option<CommentId>,
    pub at_ms: u64,
    #[schema(required)]
    pub end_ms: Option<u64>,
    /// Who reads the thread.
    pub visibility: Visibility,
    /// Markdown, with markers such as `<@user:0192…>` for whom it mentions; empty when deleted.
    pub body: String,
    /// Sanitised: safe to put into a page.
    pub html: String,
    /// Whom the markers mean.
    pub mentions: Vec<MentionView>,
    pub author: AuthorView,
    /// Whether the viewer wrote it.
    pub mine: bool,
    pub created_at: Timestamp,
    #[schema(required)]
    pub edited_at: Option<Timestamp>,
    #[schema(required)]
    pub resolved_at: Option<Timestamp>,
    #[schema(required)]
    pub resolved_by: Option<String>,
    /// Who is to do what the thread says; none also for who has no account.
    #[schema(required)]
    pub assigned: Option<AssignmentView>,
    /// By the emoji, in the order in which these came.
    pub reactions: Vec<ReactionView>,
    /// Shown only where replies hang on it.
    pub deleted: bool,
    /// Counts up with each change of it, but for reactions; for `If-Match`.
    pub version: i64,
    /// Whether something is drawn on the picture; read apart.
    pub drawn: bool,
    /// Its files; each is at `…/comments/{comment}/attachments/{id}`.
    pub attachments: Vec<AttachmentView>,
    /// What issue trackers have of it; for members.
    pub issues: Vec<IssueLinkView>,
}

/// An issue of a tracker.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssueLink)]
pub struct IssueLinkView {
    /// As people call it, such as `ABC-12`.
    pub name: String,
    pub url: String,
    /// In the tracker's words; empty: not known.
    pub state: String,
    pub closed: bool,
}

/// A file of a comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// By what is in it.
    pub content_type: String,
    /// Of a picture that a page may show, with `height`; none of every other file.
    #[schema(required)]
    pub width: Option<u32>,
    #[schema(required)]
    pub height: Option<u32>,
}

impl From<Attachment> for AttachmentView {
    fn from(it: Attachment) -> Self {
        let (width, height) = it.picture.unzip();
        Self {
            id: it.id,
            name: it.name,
            size: it.size,
            content_type: it.content_type,
            width,
            height,
        }
    }
}

/// Somebody, or a group, that is mentioned.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentionView {
    pub kind: MentionKind,
    pub id: Uuid,
    /// As the viewer may know them: `somebody` for whom they may not.
    pub name: String,
    /// For the owner of the recording: whether it is shared with them by name.
    #[schema(required)]
    pub shared: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    User,
    Group,
    Guest,
}

/// Who is to do it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    pub user_id: UserId,
    pub name: String,
    /// A day of their calendar, such as `2026-01-31`.
    #[schema(required)]
    pub due_on: Option<String>,
    /// When that day is over in their time zone.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// For the owner of the recording: whether it is shared with them by name.
    #[schema(required)]
    pub shared: Option<bool>,
}

/// Who gave an emoji.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReactionView {
    pub emoji: String,
    pub count: u64,
    /// Of the first of them.
    pub names: Vec<String>,
    /// Whether the viewer is one of them.
    pub mine: bool,
}

/// Names shown of who gave an emoji.
const MAX_NAMES: usize = 20;

/// Who wrote it, by the name of that day.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorView {
    /// Empty when the comment was deleted.
    pub name: String,
    pub kind: AuthorKind,
    #[schema(required)]
    pub id: Option<Uuid>,
    /// A program wrote it, with their token.
    pub agent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    Member,
    /// Without an account, or with one that is gone.
    Guest,
}

/// The words as `viewer` sees them, as HTML.
pub(super) fn html_of(comment: &Comment, body: &str, viewer: &Viewer) -> String {
    in_html(&to_html(body), |who| {
        comment.name_of(who, viewer).to_owned()
    })
}

impl CommentView {
    /// As `viewer` sees it.
    pub(in crate::http) fn of(read: ReadComment, viewer: &Viewer) -> Self {
        let ReadComment { comment, owns } = read;
        let (kind, id) = match comment.author {
            Author::Member(id) => (AuthorKind::Member, Some(id.0)),
            Author::Guest(id) => (AuthorKind::Guest, Some(id.0)),
            Author::Nobody => (AuthorKind::Guest, None),
        };
        let deleted = comment.deleted_at.is_some();
        let shown = |text: String| if deleted { String::new() } else { text };
        Self {
            id: comment.id,
            parent_id: comment.parent,
            at_ms: comment.at_ms,
            end_ms: comment.end_ms,
            visibility: comment.visibility,
            html: shown(html_of(&comment, &comment.body, viewer)),
            mentions: if deleted {
                Vec::new()
            } else {
                mentions(&comment, viewer, owns)
            },
            assigned: assigned(&comment, viewer, owns).filter(|_| !deleted),
            reactions: if deleted {
                Vec::new()
            } else {
                reactions(&comment, viewer)
            },
            body: shown(comment.body),
            author: AuthorView {
                name: shown(comment.author_name),
                kind,
                id: id.filter(|_| !deleted),
                agent: comment.by_agent && !deleted,
            },
            mine: viewer.is(&comment.author),
            created_at: comment.created_at,
            edited_at: comment.edited_at,
            resolved_at: comment.resolved_at,
            resolved_by: comment.resolved_by,
            deleted,
            version: comment.version,
            drawn: comment.drawn && !deleted,
            attachments: if deleted {
                Vec::new()
            } else {
                comment.attachments.into_iter().map(Into::into).collect()
            },
            issues: if deleted || viewer.member().is_none() {
                Vec::new()
            } else {
                let issues = comment.issues.into_iter().map(|it| IssueLinkView {
                    name: it.name,
                    url: it.url,
                    state: it.state,
                    closed: it.closed,
                });
                issues.collect()
            },
        }
    }
}

fn mentions(comment: &Comment, viewer: &Viewer, owns: bool) -> Vec<MentionView> {
    let view = |it: &crate::domain::mention::Mention| MentionView {
        kind: match it.who {
            Mentioned::User(_) => MentionKind::User,
            Mentioned::Group(_) => MentionKind::Group,
            Mentioned::Guest(_) => MentionKind::Guest,
        },
        id: it.who.id(),
        name: comment.name_of(it.who, viewer).to_owned(),
        shared: owns.then_some(it.named),
    };
    comment.mentions.iter().map(view).collect()
}

/// Who has no account is not told who of the members does what.
fn assigned(comment: &Comment, viewer: &Viewer, owns: bool) -> Option<AssignmentView> {
    viewer.member()?;
    let it = comment.assignment.as_ref()?;
    Some(AssignmentView {
        user_id: it.to,
        name: it.name.clone(),
        due_on: it.due.map(|day| day.to_string()),
        due_at: it.due_at(),
        shared: owns.then_some(it.named),
    })
}

fn reactions(comment: &Comment, viewer: &Viewer) -> Vec<ReactionView> {
    let mut all: Vec<ReactionView> = Vec::new();
    for reaction in &comment.reactions {
        let at = all.iter().position(|it| it.emoji == reaction.emoji);
        let at = at.unwrap_or_else(|| {
            all.push(ReactionView {
                emoji: reaction.emoji.clone(),
                count: 0,
                names: Vec::new(),
                mine: false,
            });
            all.len() - 1
        });
        if let Some(it) = all.get_mut(at) {
            it.count += 1;
            it.mine |= viewer.is(&reaction.by);
            if it.names.len() < MAX_NAMES {
                it.names.push(reaction.name.clone());
            }
        }
    }
    all
}
