//! Who may see a recording: `/api/recordings/{id}/sharing` and what belongs to it.

mod ask;
mod audit;
mod defaults;
mod mailbox;
mod people;
mod unlock;

use aside_protocol::id::{AccessRequestId, FolderId, GrantId, GroupId, RecordingId, Slug, UserId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{self, Allowed};
use crate::domain::sharing::{AccessRequest, Audience, Commenters, Grant, Grantee, SharingError};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{IfMatch, Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::sharing::{self as service, Change, ChangeError, Shared};

pub use ask::*;
pub use audit::*;
pub use defaults::*;
pub use mailbox::*;
pub use people::*;
pub use unlock::*;

/// How a recording is shared.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sharing {
    /// Counts up with each change of the recording; for `If-Match`.
    pub version: i64,
    pub slug: Slug,
    /// The watch link.
    pub url: String,
    pub audience: Audience,
    /// The shared folder in which it lies.
    #[schema(required)]
    pub folder: Option<SharingFolder>,
    /// From then on only its owner sees it.
    #[schema(required)]
    pub ends_at: Option<Timestamp>,
    /// Whether a password is asked for, from all but the owner and the people who are named.
    pub has_password: bool,
    pub comments: Commenters,
    /// Whether it may be had as a file.
    pub download: bool,
    /// Origins whose pages may show it.
    pub embed: Vec<String>,
    /// Who may see it whatever the audience.
    pub people: Vec<SharedWith>,
    /// Who asked to see it and has no answer yet.
    pub requests: Vec<AccessQuestion>,
}

/// The folder that says who may see what lies in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingFolder {
    pub id: FolderId,
    pub name: String,
    pub audience: Audience,
    /// How many people and how many groups may see what lies in it, whatever the audience.
    pub people: u64,
    pub groups: u64,
    /// Whether the recording is shared as the folder is. False: with fewer, by its own audience.
    pub counts: bool,
}

/// Somebody with whom a recording is shared by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedWith {
    pub id: GrantId,
    /// Of who has an account on this server.
    #[schema(required)]
    pub name: Option<String>,
    /// The mail address that was named.
    #[schema(required)]
    pub mail: Option<String>,
    /// The account, of who has one on this server.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The group that was named.
    #[schema(required)]
    pub group: Option<SharedGroup>,
}

/// A group with which a recording is shared.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedGroup {
    pub id: GroupId,
    pub name: String,
    /// How many people are in it now.
    pub members: u64,
}

/// Somebody asks to see a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessQuestion {
    pub id: AccessRequestId,
    pub user_id: UserId,
    pub name: String,
    pub message: String,
    pub asked_at: Timestamp,
}

impl Sharing {
    fn of(base: &BaseUrl, shared: Shared) -> Self {
        let Shared {
            recording,
            people,
            requests,
            folder,
        } = shared;
        let sharing = recording.sharing;
        let counts = !sharing.from_folder.narrowed;
        Self {
            version: recording.version,
            url: base.watch(&recording.slug),
            slug: recording.slug,
            audience: sharing.audience,
            folder: folder.map(|it| SharingFolder {
                id: it.id,
                name: it.name,
                audience: it.audience,
                people: it.people,
                groups: it.groups,
                counts,
            }),
            ends_at: sharing.ends_at,
            has_password: sharing.password.is_some(),
            comments: sharing.comments,
            download: sharing.download,
            embed: sharing.embed,
            people: people.into_iter().map(SharedWith::from).collect(),
            requests: requests.into_iter().map(AccessQuestion::from).collect(),
        }
    }
}

impl From<Grant> for SharedWith {
    fn from(grant: Grant) -> Self {
        let (mail, group) = match grant.to {
            Grantee::Mail(email) => (Some(email.as_str().to_owned()), None),
            Grantee::Person(_) => (None, None),
            Grantee::Group(id) => (None, Some((id, grant.group.unwrap_or_default()))),
        };
        let (user_id, name) = grant.member.unzip();
        Self {
            id: grant.id,
            name,
            mail,
            user_id,
            group: group.map(|(id, (name, members))| SharedGroup { id, name, members }),
        }
    }
}

impl From<AccessRequest> for AccessQuestion {
    fn from(request: AccessRequest) -> Self {
        let (user_id, name) = request.from;
        Self {
            id: request.id,
            user_id,
            name,
            message: request.message,
            asked_at: request.created_at,
        }
    }
}

/// How a recording is shared; for its owner
#[utoipa::path(get, path = "/api/recordings/{id}/sharing", tag = "sharing", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = Sharing)))]
pub async fn get_sharing(
    State(app): State<App>,
    recording: Allowed<access::Change>,
    base: BaseUrl,
) -> ApiResult<Json<Sharing>> {
    let shared = service::read(&app, recording).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

/// What is not said stays; `null` takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSharing {
    /// In a shared folder, not wider than the folder's.
    audience: Option<Audience>,
    /// It is shared as the folder is in which it lies; then `audience` says nothing.
    #[serde(default)]
    as_folder: bool,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Timestamp>, required = false)]
    ends_at: Option<Option<Timestamp>>,
    /// At least eight characters.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, required = false)]
    password: Option<Option<String>>,
    /// Puts back the password that was removed less than a minute ago; who knew it is asked again.
    #[serde(default)]
    password_back: bool,
    comments: Option<Commenters>,
    download: Option<bool>,
    /// Sites such as `https://example.org`.
    embed: Option<Vec<String>>,
}

/// `null` is said, too.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes who may see a recording, and how
///
/// With `If-Match`, only if the recording is still at that version. What was open by rights that are gone ends at once.
#[utoipa::path(patch, path = "/api/recordings/{id}/sharing", tag = "sharing",
    params(("id" = RecordingId, Path,), ("If-Match" = Option<String>, Header, description = "the version that was changed, such as `\"3\"`")),
    request_body = ChangeSharing, responses((status = 200, body = Sharing), (status = 412, description = "version_conflict")))]
pub async fn change_sharing(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<ChangeSharing>,
) -> ApiResult<Json<Sharing>> {
    let change = Change {
        audience: wanted.audience,
        as_folder: wanted.as_folder,
        ends_at: wanted.ends_at,
        password: wanted.password,
        password_back: wanted.password_back,
        comments: wanted.comments,
        download: wanted.download,
        embed: wanted.embed,
    };
    let shared = service::change(&app, &app.passwords, &member, id, version, change).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

/// Gives a recording another link; the old one opens nothing from now on
#[utoipa::path(post, path = "/api/recordings/{id}/link", tag = "sharing", params(("id" = RecordingId, Path,)),
    responses((status = 200, body = Sharing)))]
pub async fn replace_link(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
) -> ApiResult<Json<Sharing>> {
    let shared = service::new_link(&app, &member, id).await?;
    Ok(Json(Sharing::of(&base, shared)))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Gate(cause) => cause.into(),
            ChangeError::OtherVersion(now) => Self::other_version(now),
            ChangeError::NotFound => Self::not_found(),
            ChangeError::Sharing(cause) => cause.into(),
            ChangeError::BadPassword(cause) => {
                let field = match cause {
                    crate::domain::account::AccountError::Email => "person",
                    _ => "password",
                };
                Self::invalid(field, cause)
            }
            ChangeError::Password(cause) => Self::internal(cause),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}

impl From<SharingError> for ApiError {
    fn from(error: SharingError) -> Self {
        Self::invalid(error.field(), error)
    }
}
