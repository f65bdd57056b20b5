//! `/api/watch/{slug}/issues`, and a link on an issue that is there.

use aside_protocol::id::CommentId;
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::{IssueView, Issues};
use crate::app::App;
use crate::domain::access::{Action, Allowed, Change, Comment, Watch};
use crate::domain::outbound::{DestinationId, Way};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::outbound::issues::ask::{self, IssueError, On, Wish};
use crate::service::outbound::issues::list::offer;

/// About what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AboutWhat {
    /// A comment; none: the recording.
    comment: Option<CommentId>,
    /// A moment of it, in milliseconds.
    #[serde(default)]
    at_ms: u64,
}

/// What is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIssue {
    /// An integration that writes to a tracker: one's own, or the server's.
    tracker: DestinationId,
    /// A comment; none: the recording.
    #[serde(default)]
    comment: Option<CommentId>,
    /// A moment of it, in milliseconds.
    #[serde(default)]
    at_ms: u64,
    /// Once more, where it came to nothing.
    #[serde(default)]
    again: bool,
}

/// An issue that is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnIssue {
    /// `github`, `gitlab`, `jira` or `linear`.
    kind: Way,
    /// `OWNER/REPO`, or the path of GitLab's project; empty of Jira and Linear.
    #[serde(default)]
    project: String,
    /// `12`, or `ABC-12`.
    issue: String,
    /// Once more, where it came to nothing.
    #[serde(default)]
    again: bool,
}

/// Issues of a comment or of a recording, the trackers where one can be made, and its words for every other one
#[utoipa::path(get, path = "/api/watch/{slug}/issues", tag = "integrations", params(("slug" = String, Path), AboutWhat),
    responses((status = 200, body = Issues), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_issues(
    State(app): State<App>,
    recording: Allowed<Watch>,
    base: BaseUrl,
    Query(about): Query<AboutWhat>,
) -> ApiResult<Json<Issues>> {
    let comments = recording.may(Action::Comment);
    let about = (about.comment, about.at_ms);
    let found = offer(
        &app,
        base.as_str(),
        &recording,
        recording.viewer(),
        comments,
        about,
    );
    Ok(Json(found.await?.into()))
}

/// Makes an issue of a comment, of the recording or of a moment
///
/// Who may comment and has an account may. Who asks for the same again gets what is there. With `Idempotency-Key`, once.
#[utoipa::path(post, path = "/api/watch/{slug}/issues", tag = "integrations", params(("slug" = String, Path)),
    request_body = NewIssue,
    responses((status = 202, body = IssueView), (status = 401), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field")))]
pub async fn make_issue(
    State(app): State<App>,
    recording: Allowed<Comment>,
    Json(new): Json<NewIssue>,
) -> ApiResult<(StatusCode, Json<IssueView>)> {
    let wish = Wish {
        destination: new.tracker,
        comment: new.comment,
        at_ms: new.at_ms,
        again: new.again,
        password: recording.password(),
    };
    let asked = ask::issue(&app, recording.id, recording.viewer(), wish).await?;
    Ok((StatusCode::ACCEPTED, Json(asked.into())))
}

/// Links the recording on an issue that is there, by a comment on it
///
/// Asked for again, it answers how far it is.
#[utoipa::path(post, path = "/api/recordings/{id}/issue-link", tag = "integrations", params(("id" = Uuid, Path)),
    request_body = OnIssue,
    responses((status = 202, body = IssueView), (status = 401), (status = 403), (status = 404), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field")))]
pub async fn link_on_issue(
    State(app): State<App>,
    recording: Allowed<Change>,
    Json(on): Json<OnIssue>,
) -> ApiResult<(StatusCode, Json<IssueView>)> {
    let kind = on.kind.tracker();
    let kind = kind.ok_or_else(|| ApiError::invalid("kind", "That is no issue tracker."))?;
    let wanted = On {
        kind,
        project: on.project,
        issue: on.issue,
    };
    let asked = ask::link(&app, recording.id, recording.viewer(), &wanted, on.again).await?;
    Ok((StatusCode::ACCEPTED, Json(asked.into())))
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::NoComment => Self::not_found(),
            IssueError::NoTracker | IssueError::Paused(_) => Self::invalid("tracker", error),
            IssueError::NotSetUp(_) => Self::invalid("project", error),
            IssueError::NoIssue => Self::invalid("issue", error),
            IssueError::TooMany => Self::new(ProblemCode::Invalid).detail(error),
            IssueError::Refused(refusal) => refusal.into(),
            IssueError::Store(cause) => cause.into(),
        }
    }
}
