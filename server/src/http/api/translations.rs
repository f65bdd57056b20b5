//! The words of a recording in other languages.

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::assistant::named;
use crate::app::App;
use crate::domain::access::{Allowed, Change, Watch};
use crate::domain::assistant::run::RunState;
use crate::domain::assistant::translation::{LANGUAGES, Translation};
use crate::domain::transcript_file::TranscriptFormat;
use crate::domain::translation_file::translated;
use crate::http::extract::{Json, Path};
use crate::http::saved::disposition;
use crate::http::{ApiError, ApiResult};
use crate::service::translations::{self as service, AskError, RemoveError};

/// What there is in other languages, and what can be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Translations {
    /// By language.
    translations: Vec<TranslationView>,
    /// The model that translates; of people with an account, where the server has one.
    #[schema(required)]
    translator: Option<Translator>,
}

/// A language model, for who may ask it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Translator {
    model: String,
    /// Where the words are sent.
    host: String,
    /// ISO 639-1.
    languages: Vec<&'static str>,
}

/// How far a translation is. A machine made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TranslationView {
    /// ISO 639-1.
    language: String,
    state: RunState,
    /// Which model made it.
    model: String,
    /// 0 to 100.
    percent: u8,
    /// Why it waits, failed, or is not whole.
    #[schema(required)]
    why: Option<String>,
    /// Whether it is of the words as they are now.
    fresh: bool,
}

impl TranslationView {
    fn of(it: Translation, fresh: bool) -> Self {
        Self {
            percent: it.percent(),
            language: it.language,
            state: it.state,
            model: it.model,
            why: it.why,
            fresh,
        }
    }
}

/// In which other languages the words of a recording are there, and can be had
#[utoipa::path(get, path = "/api/watch/{slug}/translations", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Translations), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn list_translations(
    State(app): State<App>,
    recording: Allowed<Watch>,
) -> ApiResult<Json<Translations>> {
    let all = service::all(&app, &recording).await?;
    let all = all
        .into_iter()
        .map(|(it, fresh)| TranslationView::of(it, fresh));
    let translator = named(&app).filter(|_| recording.viewer().member().is_some());
    Ok(Json(Translations {
        translations: all.collect(),
        translator: translator.map(|it| Translator {
            model: it.model,
            host: it.host,
            languages: LANGUAGES.iter().map(|(code, _)| *code).collect(),
        }),
    }))
}

#[derive(Debug, Deserialize)]
pub struct Wanted {
    language: String,
}

/// Has a language model translate the words, if that was not done yet
///
/// The words of the recording are sent to it, which may cost whoever runs the server: people with an account ask for it, and everybody who
/// may watch reads it then.
#[utoipa::path(post, path = "/api/watch/{slug}/translations/{language}", tag = "watch",
    params(("slug" = String, Path), ("language" = String, Path, description = "ISO 639-1, such as `de`")),
    responses((status = 202, body = TranslationView), (status = 401), (status = 403, description = "password_needed"), (status = 404),
        (status = 409, description = "not_finished: there is no whole transcript yet"), (status = 410, description = "gone"),
        (status = 422, description = "invalid, with the field"), (status = 429)))]
pub async fn ask_for_translation(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(wanted): Path<Wanted>,
) -> ApiResult<(StatusCode, Json<TranslationView>)> {
    let assistant = named(&app);
    let asked = service::ask(
        &app,
        &app.limits,
        assistant.as_ref(),
        &recording,
        &wanted.language,
    );
    let view = TranslationView::of(asked.await?, true);
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// Removes a translation; for the owner of the recording
///
/// Whoever reads it sees what was spoken again. It can be asked for once more, and is then made anew.
#[utoipa::path(delete, path = "/api/recordings/{id}/translations/{language}", tag = "library",
    params(("id" = RecordingId, Path,), ("language" = String, Path, description = "ISO 639-1, such as `de`")),
    responses((status = 204), (status = 403), (status = 404), (status = 410, description = "gone")))]
pub async fn remove_translation(
    State(app): State<App>,
    recording: Allowed<Change>,
    Path(wanted): Path<Wanted>,
) -> ApiResult<StatusCode> {
    service::remove(&app, &recording, &wanted.language).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
pub struct WantedFile {
    language: String,
    format: String,
}

/// The words of a recording in another language, as a file that says that a machine made it
#[utoipa::path(get, path = "/api/watch/{slug}/translations/{language}/{format}", tag = "watch",
    params(("slug" = String, Path), ("language" = String, Path, description = "ISO 639-1, such as `de`"),
        ("format" = String, Path, description = "`txt`, `srt`, `vtt`, `md` or `json`")),
    responses((status = 200, description = "a file", content((String = "text/plain"), (String = "application/x-subrip"), (String = "text/vtt"),
        (String = "text/markdown"), (serde_json::Value = "application/json"))), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn translation_file(
    State(app): State<App>,
    recording: Allowed<Watch>,
    Path(wanted): Path<WantedFile>,
) -> ApiResult<impl IntoResponse> {
    let format: TranscriptFormat = wanted.format.parse().map_err(|_| ApiError::not_found())?;
    let it = service::one(&app, &recording, &wanted.language).await?;
    let it = it.ok_or_else(ApiError::not_found)?;
    let title = match recording.title.as_str() {
        "" => "transcript".to_owned(),
        title => title.to_owned(),
    };
    let name = format!(
        "{}.{}.machine-translation.{}",
        title.replace('/', "-"),
        it.language,
        format.as_str()
    );
    let made = tokio::task::spawn_blocking(move || {
        translated(format, &title, &it.language, &it.model, &it.words())
    });
    let text = made.await.map_err(ApiError::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, format.media_type().to_owned()),
            (
                header::CONTENT_DISPOSITION,
                disposition("attachment", &name),
            ),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        ],
        text,
    ))
}

impl From<RemoveError> for ApiError {
    fn from(error: RemoveError) -> Self {
        match error {
            RemoveError::Gate(cause) => cause.into(),
            RemoveError::Store(cause) => cause.into(),
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NotDone => Self::new(ProblemCode::NotFinished).detail(error),
            AskError::TooOften(wait) => {
                Self::too_many("Too many translations in a short time.", wait)
            }
            AskError::Gate(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
            _ => Self::invalid("language", error),
        }
    }
}
