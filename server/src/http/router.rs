//! The table of contents: every address, grouped by who calls it, each with its policy.

use std::sync::OnceLock;

use aside_protocol::problem::ProblemCode;
use axum::extract::{DefaultBodyLimit, MatchedPath};
use axum::http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Version, header,
};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::UtoipaMethodRouterExt as _;
use utoipa_axum::routes;

use super::body::MAX_COMMENT;
use super::content_policy::{content_policy, media_elsewhere};
use super::policy::{Policy, Routes};
use super::saved::AsStored;
use super::{ApiError, api, docs, dress, error, mcp, oembed, openapi, shell};
use crate::app::App;
use crate::picture;

/// Largest JSON body.
const MAX_JSON: usize = 1024 * 1024;

/// The longest take's list of hashes: two tracks of [`aside_protocol::recording::MAX_PARTS`] parts.
const MAX_FINISH: usize = 48 * 1024 * 1024;

/// Everything the server answers to.
pub fn routes() -> Routes {
    Routes::new(openapi::base())
        // the recorder
        .api(Policy::Recorder, routes!(api::upload::create_recording))
        .api(Policy::Recorder, routes!(api::upload::put_init))
        .api(Policy::Recorder, routes!(api::upload::put_part))
        .api(Policy::Recorder, routes!(api::upload::upload_status))
        .api(Policy::Recorder, routes!(api::upload::heartbeat))
        .api(Policy::Recorder, routes!(api::upload::cancel_recording))
        .api(Policy::Recorder, routes!(api::issues::link_on_issue))
        .api(
            Policy::Recorder,
            routes!(api::upload::finish_recording)
                .map(|r| r.layer(DefaultBodyLimit::max(MAX_FINISH))),
        )
        // the watch page
        .api(Policy::ByRecording, routes!(api::watch::get_watch))
        .api(Policy::ByRecording, routes!(api::watch::get_poster))
        .api(Policy::ByRecording, routes!(api::watch::get_frame))
        .api(Policy::ByRecording, routes!(api::watch::get_key_moments))
        .api(Policy::ByRecording, routes!(api::watch::get_thumbnails))
        .api(
            Policy::ByRecording,
            routes!(api::watch::get_thumbnail_image),
        )
        .api(Policy::ByRecording, routes!(api::watch::get_preview))
        .api(Policy::ByRecording, routes!(api::watch::get_clip))
        .api(Policy::ByRecording, routes!(api::watch::get_clip_as_gif))
        .api(Policy::ByRecording, routes!(api::watch::get_steps_text))
        .api(Policy::ByRecording, routes!(api::watch::get_steps_page))
        .api(Policy::ByRecording, routes!(api::watch::get_steps_pdf))
        .api(
            Policy::ByRecording,
            routes!(api::suggestions::get_suggestions),
        )
        .api(
            Policy::ByRecording,
            routes!(api::translations::list_translations),
        )
        .api(
            Policy::ByRecording,
            routes!(api::translations::ask_for_translation),
        )
        .api(
            Policy::ByRecording,
            routes!(api::translations::translation_file),
        )
        .api(Policy::ByRecording, routes!(api::watch::ask_for_download))
        .api(
            Policy::ByRecording,
            routes!(api::transcript::get_transcript),
        )
        .api(Policy::ByRecording, routes!(api::transcript::get_captions))
        .api(Policy::ByRecording, routes!(api::search::search_inside))
        .api(
            Policy::ByRecording,
            routes!(api::transcript::transcript_file),
        )
        .api(
            Policy::ByRecording,
            routes!(api::comments::get_comments, api::comments::post_comment)
                .map(|r| r.layer(DefaultBodyLimit::max(MAX_COMMENT))),
        )
        .api(Policy::ByRecording, routes!(api::comments::get_drawing))
        .api(Policy::ByRecording, routes!(api::comments::post_attachment))
        .api(Policy::ByRecording, routes!(api::comments::get_attachment))
        .plain(
            Policy::Capability,
            "/attachments/{cap}/{name}",
            api::comments::attachment_file(),
        )
        .api(
            Policy::ByRecording,
            routes!(api::comments::patch_comment, api::comments::delete_comment),
        )
        .api(
            Policy::ByRecording,
            routes!(api::comments::remove_attachment),
        )
        .api(Policy::ByRecording, routes!(api::comments::restore_comment))
        .api(
            Policy::ByRecording,
            routes!(
                api::comments::assign_comment,
                api::comments::unassign_comment
            ),
        )
        .api(
            Policy::ByRecording,
            routes!(api::comments::react_to_comment),
        )
        .api(Policy::ByRecording, routes!(api::comments::comment_history))
        .api(Policy::ByRecording, routes!(api::comments::export_comments))
        .api(Policy::ByRecording, routes!(api::comments::post_reaction))
        .api(Policy::ByRecording, routes!(api::comments::delete_reaction))
        .api(Policy::ByRecording, routes!(api::marks::post_mark))
        .api(
            Policy::ByRecording,
            routes!(api::marks::patch_mark, api::marks::delete_mark),
        )
        .api(Policy::ByRecording, routes!(api::marks::restore_mark))
        .api(Policy::ByRecording, routes!(api::events::get_events))
        .api(Policy::ByRecording, routes!(api::sharing::unlock_recording))
        .api(Policy::SignedIn, routes!(api::sharing::ask_for_access))
        .api(Policy::BySecret, routes!(api::sharing::ask_for_mail_link))
        .api(Policy::BySecret, routes!(api::sharing::prove_mailbox))
        .api(Policy::ByRecording, routes!(api::views::report_watched))
        .api(
            Policy::ByRecording,
            routes!(api::issues::get_issues, api::issues::make_issue),
        )
        // players
        .plain(
            Policy::ByRecording,
            "/w/{slug}/master.m3u8",
            api::media::link(),
        )
        .plain(
            Policy::Capability,
            "/media/{cap}/{file}",
            api::media::playlists(),
        )
        .plain(
            Policy::Capability,
            "/media/{cap}/{track}/{file}",
            api::media::files(),
        )
        // the recorder signs in
        .api(Policy::BySecret, routes!(api::device::authorize_device))
        .api(Policy::BySecret, routes!(api::device::device_token))
        .api(Policy::SignedIn, routes!(api::device::get_device))
        .api(Policy::SignedIn, routes!(api::device::approve_device))
        .api(Policy::SignedIn, routes!(api::device::deny_device))
        // people
        .api(Policy::Anyone, routes!(api::me::get_me))
        .api(Policy::BySecret, routes!(api::setup::set_up))
        .api(Policy::BySecret, routes!(api::session::sign_in))
        .api(
            Policy::BySecret,
            routes!(api::passkey::begin_passkey_sign_in),
        )
        .api(
            Policy::BySecret,
            routes!(api::passkey::confirm_passkey_sign_in),
        )
        .api(Policy::Anyone, routes!(api::session::sign_out))
        .api(
            Policy::SignedIn,
            routes!(
                api::tokens::list_tokens,
                api::tokens::make_token,
                api::account::end_all_tokens
            ),
        )
        .api(Policy::SignedIn, routes!(api::tokens::revoke_token))
        // one's own account
        .api(
            Policy::SignedIn,
            routes!(api::account::get_profile, api::account::change_profile),
        )
        .api(
            Policy::SignedIn,
            routes!(api::account::set_picture, api::account::remove_picture)
                .map(|r| r.layer(DefaultBodyLimit::max(picture::MAX_BYTES))),
        )
        .api(Policy::SignedIn, routes!(api::account::get_picture))
        .api(Policy::SignedIn, routes!(api::account::change_mail))
        .api(Policy::BySecret, routes!(api::account::verify_mail))
        .api(Policy::SignedIn, routes!(api::account::change_password))
        .api(Policy::BySecret, routes!(api::account::forgot_password))
        .api(Policy::BySecret, routes!(api::account::reset_password))
        .api(
            Policy::SignedIn,
            routes!(
                api::account::list_sessions,
                api::account::end_other_sessions
            ),
        )
        .api(Policy::SignedIn, routes!(api::account::end_session))
        .api(
            Policy::SignedIn,
            routes!(api::account::get_two_factor, api::account::begin_two_factor),
        )
        .api(Policy::SignedIn, routes!(api::account::confirm_two_factor))
        .api(Policy::SignedIn, routes!(api::account::new_recovery_codes))
        .api(Policy::SignedIn, routes!(api::account::turn_off_two_factor))
        .api(Policy::SignedIn, routes!(api::passkey::ask_passkey))
        .api(Policy::SignedIn, routes!(api::passkey::begin_passkey))
        .api(Policy::SignedIn, routes!(api::passkey::confirm_passkey))
        .api(Policy::SignedIn, routes!(api::passkey::rename_passkey))
        .api(Policy::SignedIn, routes!(api::passkey::remove_passkey))
        // what concerns one
        .api(Policy::SignedIn, routes!(api::notices::list_notices))
        .api(Policy::SignedIn, routes!(api::notices::count_notices))
        .api(Policy::SignedIn, routes!(api::notices::get_notice_events))
        .api(Policy::SignedIn, routes!(api::notices::change_notices))
        .api(Policy::SignedIn, routes!(api::catch_up::get_catch_up))
        .api(Policy::SignedIn, routes!(api::catch_up::set_caught_up))
        .api(
            Policy::SignedIn,
            routes!(api::catch_up::get_viewers, api::catch_up::ask_viewers),
        )
        .api(Policy::SignedIn, routes!(api::notices::read_notices))
        .api(
            Policy::SignedIn,
            routes!(
                api::notices::get_notice_settings,
                api::notices::set_notice_settings
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(api::notices::get_push, api::notices::set_push),
        )
        .api(Policy::SignedIn, routes!(api::notices::end_push))
        .api(
            Policy::SignedIn,
            routes!(
                api::notices::get_subscription,
                api::notices::set_subscription
            ),
        )
        .api(
            Policy::BySecret,
            routes!(
                api::notices::get_unsubscribe,
                api::notices::post_unsubscribe
            ),
        )
        .plain(
            Policy::BySecret,
            "/unsubscribe/{token}",
            get(shell::page_of_its_own).post(api::notices::one_click),
        )
        // where events are sent, and what comes back from there
        .plain(
            Policy::BySecret,
            "/hooks/{destination}",
            post(api::issues::take_hook),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::destinations::list_destinations,
                api::destinations::make_destination
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::destinations::change_destination,
                api::destinations::delete_destination
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(api::destinations::restore_destination),
        )
        .api(Policy::SignedIn, routes!(api::destinations::rotate_secret))
        .api(
            Policy::SignedIn,
            routes!(api::destinations::test_destination),
        )
        .api(
            Policy::SignedIn,
            routes!(api::destinations::list_deliveries),
        )
        .api(
            Policy::SignedIn,
            routes!(api::destinations::delivery_attempts),
        )
        .api(
            Policy::SignedIn,
            routes!(api::destinations::replay_deliveries),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::calendar::get_calendar,
                api::calendar::renew_calendar,
                api::calendar::end_calendar
            ),
        )
        .plain(
            Policy::BySecret,
            "/calendar/{file}",
            get(api::calendar::read_calendar),
        )
        .api(Policy::BySecret, routes!(api::oidc::begin_oidc))
        .api(Policy::BySecret, routes!(api::oidc::end_oidc))
        // who runs the server
        .api(Policy::Admin, routes!(api::people::get_roster))
        .api(Policy::Admin, routes!(api::people::change_person))
        .api(Policy::Admin, routes!(api::people::delete_person))
        .api(Policy::Admin, routes!(api::people::hand_over))
        .api(Policy::Admin, routes!(api::people::invite))
        .api(Policy::Admin, routes!(api::people::change_invitation))
        .api(Policy::Admin, routes!(api::people::renew_invitation))
        .api(Policy::Admin, routes!(api::people::make_group))
        .api(
            Policy::Admin,
            routes!(api::people::rename_group, api::people::remove_group),
        )
        .api(
            Policy::Admin,
            routes!(api::people::join_group, api::people::leave_group),
        )
        .api(Policy::BySecret, routes!(api::people::look_at_invitation))
        .api(Policy::BySecret, routes!(api::people::accept_invitation))
        // the library
        .api(Policy::SignedIn, routes!(api::recordings::list_recordings))
        .api(Policy::SignedIn, routes!(api::search::search_everywhere))
        .api(
            Policy::SignedIn,
            routes!(
                api::recordings::change_recording,
                api::recordings::delete_recording
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(api::recordings::restore_recording),
        )
        .api(Policy::SignedIn, routes!(api::recordings::change_layout))
        .api(
            Policy::SignedIn,
            routes!(
                api::recordings::get_recorded_events,
                api::recordings::empty_recorded_events
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::recordings::get_screen_text,
                api::recordings::switch_screen_text
            ),
        )
        .api(Policy::SignedIn, routes!(api::transcript::retry_transcript))
        .api(
            Policy::SignedIn,
            routes!(api::suggestions::change_suggestion),
        )
        .api(Policy::SignedIn, routes!(api::tasks::give_task))
        .api(Policy::SignedIn, routes!(api::assistant::ask_assistant))
        .api(
            Policy::SignedIn,
            routes!(api::translations::remove_translation),
        )
        .api(
            Policy::SignedIn,
            routes!(api::transcript::correct_transcript),
        )
        .api(
            Policy::SignedIn,
            routes!(api::transcript::transcript_versions),
        )
        .api(
            Policy::SignedIn,
            routes!(api::transcript::restore_transcript),
        )
        .api(
            Policy::SignedIn,
            routes!(api::transcript::bring_captions).map(|r| r.layer(DefaultBodyLimit::disable())),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::team_words::get_team_words,
                api::team_words::set_team_words
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::server_look::get_server_look,
                api::server_look::set_server_look
            ),
        )
        .api(Policy::SignedIn, routes!(api::library::get_library))
        .api(Policy::SignedIn, routes!(api::recordings::list_unfinished))
        .api(Policy::SignedIn, routes!(api::library::change_library))
        .api(Policy::SignedIn, routes!(api::library::share_recordings))
        .api(
            Policy::SignedIn,
            routes!(api::library::take_recordings_back),
        )
        .api(
            Policy::SignedIn,
            routes!(
                api::library::get_folder_sharing,
                api::library::change_folder_sharing
            ),
        )
        .api(Policy::SignedIn, routes!(api::library::add_folder_person))
        .api(
            Policy::SignedIn,
            routes!(api::library::remove_folder_person),
        )
        .api(Policy::SignedIn, routes!(api::library::make_folder))
        .api(
            Policy::SignedIn,
            routes!(api::library::change_folder, api::library::remove_folder),
        )
        .api(Policy::SignedIn, routes!(api::library::restore_folder))
        .api(Policy::SignedIn, routes!(api::recordings::list_trash))
        .api(Policy::SignedIn, routes!(api::recordings::get_trashed))
        // who may see what
        .api(
            Policy::SignedIn,
            routes!(api::sharing::get_sharing, api::sharing::change_sharing),
        )
        .api(Policy::SignedIn, routes!(api::sharing::replace_link))
        .api(Policy::SignedIn, routes!(api::sharing::add_person))
        .api(Policy::SignedIn, routes!(api::sharing::remove_person))
        .api(Policy::SignedIn, routes!(api::sharing::answer_access))
        .api(Policy::SignedIn, routes!(api::sharing::take_answer_back))
        .api(Policy::SignedIn, routes!(api::sharing::list_people))
        .api(
            Policy::SignedIn,
            routes!(
                api::sharing::get_sharing_defaults,
                api::sharing::set_own_sharing_default
            ),
        )
        .api(
            Policy::SignedIn,
            routes!(api::sharing::set_server_sharing_default),
        )
        .api(Policy::SignedIn, routes!(api::sharing::get_audit))
        .api(Policy::SignedIn, routes!(api::sharing::export_audit))
        // how long recordings stay
        .api(Policy::SignedIn, routes!(api::retention::get_retention))
        .api(
            Policy::SignedIn,
            routes!(
                api::retention::get_server_retention,
                api::retention::set_server_retention
            ),
        )
        // who watched what
        .api(Policy::SignedIn, routes!(api::views::get_views))
        .api(
            Policy::SignedIn,
            routes!(api::views::get_view_switches, api::views::set_own_views),
        )
        .api(Policy::SignedIn, routes!(api::views::set_server_views))
        // programs
        .plain(Policy::SignedIn, "/mcp", post(mcp::serve))
        .plain(Policy::Open, "/api/docs", get(docs::page))
        .plain(Policy::Open, "/api/docs/{file}", get(docs::file))
        // pages; the rest of them by the fallback
        .plain(Policy::ByRecording, "/w/{slug}", get(shell::watch))
        .plain(Policy::ByRecording, "/e/{slug}", get(shell::embed))
        .api(Policy::Open, routes!(oembed::get_oembed))
        .plain(Policy::Open, "/robots.txt", get(shell::robots))
        .plain(Policy::Open, "/look.css", get(dress::style_sheet))
        .plain(Policy::Open, "/language/{tag}", get(dress::choose))
        // the operator
        .plain(Policy::Open, "/healthz", get(api::health::healthz))
}

/// The API's description, written once.
fn description() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| openapi::document(routes()))
}

/// The service: routes, fallbacks, and what wraps them all.
pub fn service(app: App) -> Router {
    let (router, _, _) = routes().finish();
    let api = router
        .clone()
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .layer(Extension(app.clone()))
        .with_state(app.clone());
    let compressed = DefaultPredicate::new()
        .and(NotForContentType::new("video/"))
        .and(NotForContentType::new("audio/"))
        .and(
            |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
                extensions.get::<AsStored>().is_none()
            },
        );
    let router = router
        .method_not_allowed_fallback(|| async { ApiError::new(ProblemCode::MethodNotAllowed) })
        .fallback(shell::other)
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .layer(Extension(mcp::Inner(api)))
        .layer(Extension(docs::Description(description)))
        .layer(Extension(app.clone()))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(TraceLayer::new_for_http().make_span_with(span));
    let hsts = app.config.is_https().then_some(HSTS);
    let elsewhere = media_elsewhere(&app);
    let policy = (
        header::CONTENT_SECURITY_POLICY,
        content_policy(elsewhere, &[]),
    );
    SECURITY
        .into_iter()
        .chain([policy])
        .chain(hsts)
        .fold(router, |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::if_not_present(name, value))
        })
        .with_state(app)
}

/// The watch link is a secret, so it is not told to other sites.
const SECURITY: [(HeaderName, HeaderValue); 2] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];

/// Half a year without http to this host (RFC 6797), where people reach it by https. Sub-domains
/// are not ours to speak for.
const HSTS: (HeaderName, HeaderValue) = (
    header::STRICT_TRANSPORT_SECURITY,
    HeaderValue::from_static("max-age=15552000"),
);

/// Links, codes and media capabilities are secrets: a request is logged by its route, not by its address.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}
