//! The API's description. `server/openapi.json` is checked in; a test keeps it fresh.

use utoipa::OpenApi;

use super::router;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aside",
        description = "Async video messages a team hosts itself. See docs/PROTOCOL.md for order and promises."
    ),
    components(schemas(aside_protocol::problem::Problem))
)]
struct Base;

/// What every operation stands on: title, problems.
pub(super) fn base() -> utoipa::openapi::OpenApi {
    let mut base = Base::openapi();
    // The version would make the file stale at every release without saying anything about the API.
    base.info.version = "0".to_owned();
    base
}

/// The whole description as pretty JSON with a newline at its end.
pub fn document() -> String {
    let (_, openapi, _) = router::routes().finish();
    openapi
        .to_pretty_json()
        .map_or_else(|_| String::new(), |json| json + "\n")
}
