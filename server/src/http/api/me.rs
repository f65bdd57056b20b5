//! `GET /api/me`: who am I, and how is the server.

use aside_protocol::id::UserId;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::picture_url;
use super::assistant::named as assistant_named;
use crate::app::App;
use crate::auth::cookie::{language_cookie, set_language};
use crate::domain::account::{Role, User};
use crate::domain::speech_model::Phase;
use crate::http::ApiResult;
use crate::http::extract::{Actor, Json};
use crate::service::{account, profile, transcript};

/// A person as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
}

impl From<&User> for Account {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            role: user.role,
        }
    }
}

/// Somebody who gave a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestName {
    name: String,
}

/// What the page needs before it can show anything.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    #[schema(required)]
    user: Option<Account>,
    #[schema(required)]
    guest: Option<GuestName>,
    /// Nobody has an account: the visitor may become the owner.
    setup_needed: bool,
    /// How somebody with an account wants to see this; none for everybody else.
    #[schema(required)]
    look: Option<Look>,
    server: ServerFacts,
}

/// How a person wants to see the pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Look {
    /// The address of one's own picture.
    #[schema(required)]
    picture: Option<String>,
    /// Of the IANA database; none: the browser's.
    #[schema(required)]
    time_zone: Option<String>,
    /// BCP 47, of pages where there are some in it, and of dates; none: the browser's.
    #[schema(required)]
    language: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ServerFacts {
    /// Whether it sends mails.
    mail: bool,
    /// The name of the provider by which people sign in.
    #[schema(required)]
    provider: Option<String>,
    /// The language model that the operator named; for people with an account.
    #[schema(required)]
    assistant: Option<AssistantFacts>,
    transcription: Transcription,
    /// Of the model's download, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription_percent: Option<u8>,
}

/// A language model, and where words are sent for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantFacts {
    model: String,
    host: String,
}

/// Whether speech becomes words here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transcription {
    /// A worker has loaded the speech model.
    Ready,
    /// A worker fetches it; transcripts wait.
    Downloading,
    /// None is named, or it cannot be used.
    NoModel,
}

/// Who asks, and what the server can do.
#[utoipa::path(get, path = "/api/me", tag = "account", responses((status = 200, body = Me)))]
pub async fn get_me(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let setup_needed = actor.user().is_none() && account::is_setup_needed(&app).await?;
    let model = transcript::speech_model(&app).await?;
    let (transcription, transcription_percent) = match &model {
        Some(m) if m.phase == Phase::Ready => (Transcription::Ready, None),
        Some(m) if m.phase == Phase::Downloading => (Transcription::Downloading, m.percent),
        _ => (Transcription::NoModel, None),
    };
    let guest = match &actor {
        Actor::Guest(guest) => Some(GuestName {
            name: guest.name.clone(),
        }),
        _ => None,
    };
    let look = match actor.user() {
        Some(user) => {
            let profile = profile::read(&app, user.id).await?;
            Some(Look {
                picture: profile.picture.map(|hash| picture_url(user.id, &hash)),
                time_zone: profile.time_zone,
                language: profile.language,
            })
        }
        None => None,
    };
    // This browser learns it, so that the next page comes in the language of the account.
    let language = look.as_ref().and_then(|it| it.language.as_deref());
    let cookie = language
        .filter(|tag| language_cookie(&headers) != Some(*tag))
        .map(|tag| AppendHeaders([(header::SET_COOKIE, set_language(Some(tag)))]));
    let me = Json(Me {
        look,
        user: actor.user().map(Account::from),
        guest,
        setup_needed,
        server: ServerFacts {
            mail: app.mailer.is_some(),
            provider: app.oidc.as_ref().map(|it| it.config().name.clone()),
            assistant: assistant_named(&app)
                .filter(|_| actor.user().is_some())
                .map(|it| AssistantFacts {
                    model: it.model,
                    host: it.host,
                }),
            transcription,
            transcription_percent,
        },
    });
    Ok((cookie, me))
}
