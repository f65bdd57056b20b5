//! The API's description. `server/openapi.json` is checked in; a test keeps it fresh.

use utoipa::OpenApi;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Required, Response, ResponseBuilder};

use super::forms;
use super::policy::{Policy, Routes};
use crate::domain::token::Need;

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
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let token = token.description(Some(
        "A token of a person, made under Settings. The scopes that an operation names are those that it needs: one of `read`, `comment`, \
         `record`, `manage`; none: only a token for everything, or a browser, may.",
    ));
    base.components
        .get_or_insert_default()
        .add_security_scheme("token", SecurityScheme::Http(token.build()));
    base
}

/// Who an operation is for: with a token that has this scope, by the cookie of a browser, or by nothing at all.
fn security(need: Need, policy: Policy) -> Option<Vec<SecurityRequirement>> {
    let scopes: &[&str] = match need {
        Need::Nothing => return None,
        Need::Scope(scope) => &[scope.as_str()],
        Need::Everything => &[],
    };
    let token = SecurityRequirement::new("token", scopes.iter().copied());
    let anybody = matches!(policy, Policy::ByRecording | Policy::Anyone);
    let nobody = anybody.then(SecurityRequirement::default);
    Some(std::iter::once(token).chain(nobody).collect())
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
    let (_, mut openapi, registry) = routes.finish();
    for (path, item) in &mut openapi.paths.paths {
        let operations = [
            ("GET", &mut item.get),
            ("PUT", &mut item.put),
            ("POST", &mut item.post),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            let mut routes = registry.iter().filter(|route| route.path == *path);
            let route = routes.find(|route| route.methods.iter().any(|it| it == method));
            if forms::is_form(method, path) {
                let tag = ParameterBuilder::new()
                    .name("If-Match")
                    .parameter_in(ParameterIn::Header)
                    .required(Required::False)
                    .description(Some(
                        "The `ETag` (or `etag`) of what was read: changed only if that is still there, else 412 `version_conflict`",
                    ))
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
                operation
                    .parameters
                    .get_or_insert_default()
                    .push(RefOr::T(tag.build()));
            }
            let need = route.map_or(Need::Nothing, |route| route.need(method));
            operation.security = route.and_then(|route| security(need, route.policy));
            let json = operation.responses.responses.get("200");
            let json = json.is_some_and(|response| match response {
                RefOr::T(response) => response.content.contains_key("application/json"),
                RefOr::Ref(_) => false,
            });
            if method == "GET" && need != Need::Nothing && json {
                let same = ResponseBuilder::new()
                    .description("With a token: what `If-None-Match` names is still the same");
                operation
                    .responses
                    .responses
                    .insert("304".to_owned(), RefOr::T(same.build()));
            }
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
