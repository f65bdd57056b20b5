//! Reactions: to a comment any emoji, to a moment one of six signs.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::CommentView;
use super::assign::OfLink;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::access::{Allowed, Comment, Viewer, Watch};
use crate::domain::reaction::{MomentKind, MomentReaction};
use crate::domain::token::Kind;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json, Path};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::comments::{self, MomentError, NewMoment, PostedMoment, Reacted, Reacting};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactToComment {
    /// One.
    emoji: String,
    /// Whether it is to be there.
    on: bool,
    /// Needed from who has no account and was not here before.
    #[serde(default)]
    guest_name: Option<String>,
}

/// Sets or takes back an emoji of the viewer on a comment
#[utoipa::path(post, path = "/api/watch/{slug}/comments/{comment}/reactions", tag = "comments",
    params(("slug" = String, Path), ("comment" = Uuid, Path)), request_body = ReactToComment,
    responses((status = 200, body = CommentView), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field"), (status = 429)))]
pub async fn react_to_comment(
    State(app): State<App>,
    recording: Allowed<Comment>,
    actor: Actor,
    Path(OfLink { comment }): Path<OfLink>,
    (via, base, jar): (Via, BaseUrl, Jar),
    headers: HeaderMap,
    Json(wanted): Json<ReactToComment>,
) -> ApiResult<impl IntoResponse> {
    if actor.user().is_none() {
        not_from_elsewhere(&base, &headers)?;
    }
    let wanted = Reacting {
        comment,
        emoji: wanted.emoji,
        on: wanted.on,
        guest_name: wanted.guest_name,
        address: via.client,
    };
    let Reacted {
        read,
        viewer,
        secret,
    } = comments::react(&app, &app.limits, &recording, actor.name(), wanted).await?;
    let cookie = secret.map(|secret| (header::SET_COOKIE, jar.set(Kind::Guest, &secret)));
    Ok((AppendHeaders(cookie), Json(CommentView::of(read, &viewer))))
}

/// A reaction to a moment as pages show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MomentReaction)]
pub struct MomentView {
    pub id: Uuid,
    pub at_ms: u64,
    pub kind: MomentKind,
    /// Of who reacted.
    pub name: String,
    /// Whether the viewer did.
    pub mine: bool,
}

impl MomentView {
    pub(in crate::http) fn of(reaction: MomentReaction, viewer: &Viewer) -> Self {
        Self {
            id: reaction.id,
            at_ms: reaction.at_ms,
            kind: reaction.kind,
            mine: viewer.is(&reaction.by),
            name: reaction.name,
        }
    }
}

/// A reaction to a moment; or it was taken back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MomentNews {
    Reaction(MomentView),
    Deleted(DeletedMoment),
}

/// A reaction that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedMoment {
    pub id: Uuid,
    /// Always true.
    pub deleted: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMomentReaction {
    at_ms: u64,
    kind: MomentKind,
    /// Needed from who has no account and was not here before.
    #[serde(default)]
    guest_name: Option<String>,
}

/// Reacts to a moment
#[utoipa::path(post, path = "/api/watch/{slug}/reactions", tag = "comments", params(("slug" = String, Path)), request_body = NewMomentReaction,
    responses((status = 201, body = MomentView), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field"), (status = 429)))]
pub async fn post_reaction(
    State(app): State<App>,
    recording: Allowed<Comment>,
    actor: Actor,
    (via, base, jar): (Via, BaseUrl, Jar),
    headers: HeaderMap,
    Json(new): Json<NewMomentReaction>,
) -> ApiResult<impl IntoResponse> {
    if actor.user().is_none() {
        not_from_elsewhere(&base, &headers)?;
    }
    let new = NewMoment {
        at_ms: new.at_ms,
        kind: new.kind,
        guest_name: new.guest_name,
        address: via.client,
    };
    let name = actor.name();
    let posted =
        comments::react_to_moment(&app, &app.tracks, &app.limits, &recording, name, new).await?;
    let PostedMoment {
        reaction,
        viewer,
        secret,
    } = posted;
    let cookie = secret.map(|secret| (header::SET_COOKIE, jar.set(Kind::Guest, &secret)));
    Ok((
        StatusCode::CREATED,
        AppendHeaders(cookie),
        Json(MomentView::of(reaction, &viewer)),
    ))
}

#[derive(Debug, Deserialize)]
pub struct OfReaction {
    reaction: Uuid,
}

/// Takes a reaction to a moment back; whose it is may
#[utoipa::path(delete, path = "/api/watch/{slug}/reactions/{reaction}", tag = "comments",
    params(("slug" = String, Path), ("reaction" = Uuid, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn delete_reaction(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(OfReaction { reaction }): Path<OfReaction>,
) -> ApiResult<StatusCode> {
    comments::take_moment_back(&app, &recording, reaction).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<MomentError> for ApiError {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::NotFound => Self::not_found(),
            MomentError::Refused(refusal) => refusal.into(),
            MomentError::Comment(cause) => cause.into(),
            MomentError::Reaction(cause) => cause.into(),
            MomentError::TooMany(wait) => {
                Self::too_many("Too many reactions in a short time.", wait)
            }
            MomentError::Store(cause) => cause.into(),
        }
    }
}
