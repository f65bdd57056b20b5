//! The API's description. `server/openapi.json` is checked in; a test keeps it fresh.

use utoipa::OpenApi;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use super::policy::Routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aside",
        description = "Async video messages a team hosts itself. See docs/PROTOCOL.md for order and promises."
    ),
    components(schemas(aside_protocol::problem::Problem, super::api::events::Events))
)]
struct Base;

/// What every operation stands on: title, problems.
pub(super) fn base() -> utoipa::openapi::OpenApi {
    let mut base = Base::openapi();
    // The version would make the file stale at every release without saying anything about the API.
    base.info.version = "0".to_owned();
    base
}

/// What every operation may answer.
fn problem() -> RefOr<Response> {
    let (kind, content) = problem_content();
    let response = ResponseBuilder::new().description("A problem (RFC 9457); branch on its `code`");
    RefOr::T(response.content(kind, content).build())
}

fn problem_content() -> (String, Content) {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ("application/problem+json".to_owned(), content)
}

/// The description of `routes` as pretty JSON with a newline at its end.
pub fn document(routes: Routes) -> String {
    let (_, mut openapi, _) = routes.finish();
    for item in openapi.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            for (status, response) in responses.iter_mut() {
                if let (RefOr::T(response), Some(b'4' | b'5')) = (response, status.bytes().next())
                    && response.content.is_empty()
                {
                    let (kind, content) = problem_content();
                    response.content.insert(kind, RefOr::T(content));
                }
            }
            responses
                .entry("default".to_owned())
                .or_insert_with(problem);
        }
    }
    openapi
        .to_pretty_json()
        .map_or_else(|_| String::new(), |json| json + "\n")
}
