//! Invitations, for who gives them.

use aside_protocol::id::{GroupId, InvitationId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::InvitationView;
use crate::app::App;
use crate::domain::account::Role;
use crate::http::ApiResult;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::service::invitations::{self as service, Inviter, NewInvitation};

/// Whom to invite as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Whose account it will be; null or empty: whoever has the link says one.
    #[serde(default)]
    email: Option<String>,
    role: Role,
    /// Into which groups they come.
    #[serde(default)]
    groups: Vec<GroupId>,
    /// How long the link works: 1 to 30 days; 7 when it is not said.
    #[serde(default)]
    days: Option<u32>,
}

/// An invitation with its link, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invited {
    invitation: InvitationView,
    /// Works once.
    link: String,
    /// Whether it is on its way by mail, too: it waits where the mail server is away.
    mailed: bool,
}

impl Invited {
    fn of(made: service::Invited, base: &BaseUrl, now: Timestamp) -> Self {
        Self {
            invitation: InvitationView::of(made.invitation, now),
            link: base.invitation(&made.secret),
            mailed: made.mailed,
        }
    }
}

/// Invites somebody by a link that works once
#[utoipa::path(post, path = "/api/server/invitations", tag = "people", request_body = Invite,
    responses((status = 201, body = Invited), (status = 403), (status = 422, description = "invalid, with the field")))]
pub async fn invite(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Json(wanted): Json<Invite>,
) -> ApiResult<(StatusCode, Json<Invited>)> {
    let wanted = NewInvitation {
        email: wanted.email,
        role: wanted.role,
        groups: wanted.groups,
        days: wanted.days,
    };
    let inviter = Inviter::Member(&member);
    let made = service::invite(&app, app.mailer.as_ref(), inviter, wanted).await?;
    let invited = Invited::of(made, &base, app.now());
    Ok((StatusCode::CREATED, Json(invited)))
}

/// What is to become of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeInvitation {
    revoked: bool,
}

/// Takes an invitation back, or lets its link work again
#[utoipa::path(patch, path = "/api/server/invitations/{id}", tag = "people", params(("id" = InvitationId, Path,)),
    request_body = ChangeInvitation, responses((status = 200, body = InvitationView), (status = 403), (status = 404), (status = 410, description = "gone: it was accepted")))]
pub async fn change_invitation(
    State(app): State<App>,
    member: Member,
    Path(id): Path<InvitationId>,
    Json(wanted): Json<ChangeInvitation>,
) -> ApiResult<Json<InvitationView>> {
    let invitation = service::set_revoked(&app, &member, id, wanted.revoked).await?;
    Ok(Json(InvitationView::of(invitation, app.now())))
}

/// Gives an invitation another link, which works for a week; the old one opens nothing
#[utoipa::path(post, path = "/api/server/invitations/{id}/renew", tag = "people", params(("id" = InvitationId, Path,)),
    responses((status = 200, body = Invited), (status = 403), (status = 404), (status = 410, description = "gone: it was accepted")))]
pub async fn renew_invitation(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<InvitationId>,
) -> ApiResult<Json<Invited>> {
    let made = service::renew(&app, app.mailer.as_ref(), &member, id).await?;
    Ok(Json(Invited::of(made, &base, app.now())))
}
