//! `/api/destinations`

use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::domain::outbound::target::Wanted;
use crate::domain::outbound::{
    DeliveryId, Destination, DestinationId, EventKind, Places, Rule, Way,
};
use crate::http::extract::{Json, Member, Path, Query};
use crate::http::forms::tag_of;
use crate::http::{ApiError, ApiResult};
use crate::service::outbound::delivered;
use crate::service::outbound::manage::{self as service, Change, ManageError, New, Shown};

/// Whose.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// The server's, for its admins; else one's own.
    #[serde(default)]
    server: bool,
}

/// A destination as who looks after it sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Destination)]
pub struct DestinationView {
    id: DestinationId,
    /// Of what can be changed of it; for `If-Match`.
    etag: String,
    /// It is the server's.
    server: bool,
    kind: Way,
    name: String,
    /// The address, without what is secret in it.
    address: String,
    events: Vec<EventKind>,
    places: Places,
    /// The recordings and folders that were chosen.
    chosen: Vec<PlaceView>,
    created_at: Timestamp,
    /// Since when nothing is sent.
    #[schema(required)]
    paused_at: Option<Timestamp>,
    /// What went wrong; none: somebody paused it.
    #[schema(required)]
    paused_why: Option<String>,
    /// Attempts that failed since the last one that did not.
    failures: u32,
    /// Deliveries that wait.
    waiting: u64,
    /// Where a tracker or Slack is to send what it tells; none of what tells nothing.
    #[schema(required)]
    hook_url: Option<String>,
    /// Whether that is known by a secret.
    hooked: bool,
    /// When the signing secret before this one ends to count.
    #[schema(required)]
    old_secret_until: Option<Timestamp>,
}

/// A recording or a folder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DestinationPlace)]
pub(super) struct PlaceView {
    id: Uuid,
    /// Empty: not named yet.
    name: String,
    folder: bool,
}

impl DestinationView {
    fn of(shown: Shown, app: &App) -> Self {
        let now = app.now();
        let Shown {
            destination,
            places,
            waiting,
        } = shown;
        let hook = destination.target.hook();
        let public = app.config.public_url.as_ref();
        let hook_url = hook.and(public).map(|it| {
            format!(
                "{}/hooks/{}",
                it.origin().ascii_serialization(),
                destination.id
            )
        });
        let hooked = hook.is_some_and(|it| !it.is_empty());
        let old = destination
            .target
            .secrets()
            .and_then(|it| it.before.as_ref());
        let old = old.map(|it| it.until).filter(|until| *until > now);
        let of_rule = (
            &destination.rule.events,
            &destination.rule.places,
            &destination.rule.chosen,
        );
        let paused = destination.paused.as_ref().map(|it| it.at);
        let state = (
            &destination.name,
            destination.target.shown(),
            of_rule,
            paused,
        );
        Self {
            etag: tag_of(&state),
            id: destination.id,
            server: destination.owner.is_none(),
            kind: destination.target.way(),
            name: destination.name,
            address: destination.target.shown(),
            events: destination.rule.events,
            places: destination.rule.places,
            chosen: places
                .into_iter()
                .map(|it| PlaceView {
                    id: it.id,
                    name: it.name,
                    folder: it.folder,
                })
                .collect(),
            created_at: destination.created_at,
            paused_at: destination.paused.as_ref().map(|it| it.at),
            paused_why: destination.paused.and_then(|it| it.why),
            failures: destination.failures,
            waiting,
            hook_url,
            hooked,
            old_secret_until: old,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DestinationList {
    /// The oldest first.
    destinations: Vec<DestinationView>,
    /// Whether anything is sent: without `public_url` the server does not know its own address.
    available: bool,
    /// Whether one may look after the server's.
    admin: bool,
}

/// An address, and what belongs to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DestinationTarget)]
pub struct TargetView {
    /// Of a webhook, of a Matrix homeserver, or of a tracker's API, where it is not the usual one.
    url: String,
    /// Of Matrix: the id of the room, such as `!abc:example.org`.
    #[serde(default)]
    room: String,
    /// Of Matrix and of trackers: an access token of the account that writes.
    #[serde(default)]
    token: String,
    /// Of a tracker: `OWNER/REPO` of GitHub, the path of GitLab's project, `KEY` or `KEY/Issue type` of Jira, the key of a team of Linear.
    #[serde(default)]
    project: String,
    /// Of Jira Cloud: the mail address that belongs to the token.
    #[serde(default)]
    account: String,
    /// Of a tracker: the secret by which its webhooks are known. Empty: one is made; Linear makes its own.
    #[serde(default)]
    hook: String,
}

impl From<TargetView> for Wanted {
    fn from(view: TargetView) -> Self {
        Self {
            url: view.url,
            room: view.room,
            token: view.token,
            project: view.project,
            account: view.account,
            hook: view.hook,
        }
    }
}

/// What is told there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DestinationRule)]
pub struct RuleView {
    events: Vec<EventKind>,
    places: Places,
    /// Ids of recordings and of folders of one's own, where places are chosen.
    #[serde(default)]
    chosen: Vec<Uuid>,
}

impl From<RuleView> for Rule {
    fn from(view: RuleView) -> Self {
        Self {
            events: view.events,
            places: view.places,
            chosen: view.chosen,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDestination {
    /// The server's; for its admins.
    #[serde(default)]
    server: bool,
    kind: Way,
    name: String,
    target: TargetView,
    rule: RuleView,
}

/// What is to be otherwise; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationChange {
    name: Option<String>,
    /// What is empty in it stays; a token only where the address is of the same server.
    target: Option<TargetView>,
    rule: Option<RuleView>,
    paused: Option<bool>,
}

/// A destination that was made, or whose secret was replaced.
#[derive(Serialize, ToSchema)]
pub struct DestinationMade {
    destination: DestinationView,
    /// Of a webhook: by it the receiver knows that a message is ours. Of a tracker: by it its webhooks are known. It is shown this once.
    #[schema(required)]
    secret: Option<String>,
}

/// The delivery of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestQueued {
    delivery: DeliveryId,
}

fn secret(destination: &Destination) -> Option<String> {
    let hook = destination.target.tracker().map(|it| it.hook.clone());
    let hook = hook.filter(|it| !it.is_empty());
    destination
        .target
        .secrets()
        .map(|it| it.now.to_text())
        .or(hook)
}

/// Where events are sent
#[utoipa::path(get, path = "/api/destinations", tag = "integrations", params(Whose),
    responses((status = 200, body = DestinationList), (status = 403)))]
pub async fn list_destinations(
    State(app): State<App>,
    member: Member,
    Query(whose): Query<Whose>,
) -> ApiResult<Json<DestinationList>> {
    let all = service::list(&app, &member, whose.server).await?;
    Ok(Json(DestinationList {
        destinations: all
            .into_iter()
            .map(|it| DestinationView::of(it, &app))
            .collect(),
        available: app.config.public_url.is_some(),
        admin: service::looks_after_server(&member),
    }))
}

/// Adds a destination
#[utoipa::path(post, path = "/api/destinations", tag = "integrations", request_body = NewDestination,
    responses((status = 201, body = DestinationMade), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn make_destination(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewDestination>,
) -> ApiResult<(StatusCode, Json<DestinationMade>)> {
    if app.config.public_url.is_none() {
        return Err(ApiError::new(ProblemCode::Forbidden).detail(
            "This server does not know its own address, so nothing could link to it. Its operator has to set public_url.",
        ));
    }
    let new = New {
        of_server: new.server,
        way: new.kind,
        name: new.name,
        target: new.target.into(),
        rule: new.rule.into(),
    };
    let made = service::make(&app, &member, new).await?;
    let made = DestinationMade {
        secret: secret(&made.destination),
        destination: DestinationView::of(made, &app),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes, pauses or resumes a destination
#[utoipa::path(patch, path = "/api/destinations/{id}", tag = "integrations", params(("id" = DestinationId, Path)),
    request_body = DestinationChange,
    responses((status = 200, body = DestinationView), (status = 404), (status = 422, description = "invalid, with the field")))]
pub async fn change_destination(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
    Json(wish): Json<DestinationChange>,
) -> ApiResult<Json<DestinationView>> {
    let wish = Change {
        name: wish.name,
        target: wish.target.map(Wanted::from),
        rule: wish.rule.map(Rule::from),
        paused: wish.paused,
    };
    let changed = service::change(&app, &member, id, wish).await?;
    Ok(Json(DestinationView::of(changed, &app)))
}

/// Deletes a destination; for a day it can be restored
#[utoipa::path(delete, path = "/api/destinations/{id}", tag = "integrations", params(("id" = DestinationId, Path)),
    responses((status = 204), (status = 404)))]
pub async fn delete_destination(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
) -> ApiResult<StatusCode> {
    service::delete(&app, &member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a destination back
#[utoipa::path(post, path = "/api/destinations/{id}/restore", tag = "integrations", params(("id" = DestinationId, Path)),
    responses((status = 200, body = DestinationView), (status = 404), (status = 422, description = "invalid: there are too many")))]
pub async fn restore_destination(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
) -> ApiResult<Json<DestinationView>> {
    let restored = service::restore(&app, &member, id).await?;
    Ok(Json(DestinationView::of(restored, &app)))
}

/// Replaces the signing secret of a webhook; for a day the old one counts as well. Or the one by which a tracker's webhooks are known
#[utoipa::path(post, path = "/api/destinations/{id}/secret", tag = "integrations", params(("id" = DestinationId, Path)),
    responses((status = 200, body = DestinationMade), (status = 404), (status = 422, description = "not a webhook")))]
pub async fn rotate_secret(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
) -> ApiResult<Json<DestinationMade>> {
    let rotated = service::rotate(&app, &member, id).await?;
    let secret = secret(&rotated);
    let shown = service::get(&app, &member, id).await?;
    Ok(Json(DestinationMade {
        destination: DestinationView::of(shown, &app),
        secret,
    }))
}

/// Sends a test, also to a paused destination; the log says what became of it
#[utoipa::path(post, path = "/api/destinations/{id}/test", tag = "integrations", params(("id" = DestinationId, Path)),
    responses((status = 202, body = TestQueued), (status = 404)))]
pub async fn test_destination(
    State(app): State<App>,
    member: Member,
    Path(id): Path<DestinationId>,
) -> ApiResult<(StatusCode, Json<TestQueued>)> {
    let delivery = delivered::test(&app, &member, id).await?;
    Ok((StatusCode::ACCEPTED, Json(TestQueued { delivery })))
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::NotFound => Self::not_found(),
            ManageError::NotAdmin => Self::new(ProblemCode::Forbidden).detail(error),
            ManageError::TooMany | ManageError::HasIssues | ManageError::NotSigned => {
                Self::new(ProblemCode::Invalid).detail(error)
            }
            ManageError::Rule(cause) => Self::invalid(cause.field(), cause),
            ManageError::Store(cause) => cause.into(),
        }
    }
}
