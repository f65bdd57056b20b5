//! Every route names its policy. [`Routes`] is the only way to add a route, and it asks for one;
//! what can be enforced before the handler runs is enforced here.

use std::sync::Arc;

use aside_protocol::problem::ProblemCode;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use utoipa::openapi::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt as _};

use super::actor::{admit as admit_actor, presented};
use super::error::ApiError;
use super::forwarded::Via;
use super::quota::Quota;
pub use super::who::Policy;
use super::{etag, forms, idempotent, scopes};
use crate::app::App;
use crate::domain::roles::{Act, may};
use crate::domain::token::Need;
use crate::service::actor::resolve;

/// One registered route, for the test that walks them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub path: String,
    /// Such as `GET`; empty where the API's description does not list them.
    pub methods: Vec<String>,
    pub policy: Policy,
    /// Whether the API's description lists it.
    pub documented: bool,
}

impl Registered {
    /// What a request needs of a token, if one is shown.
    pub fn need(&self, method: &str) -> Need {
        scopes::need(self.policy, method, &self.path)
    }
}

/// A router under construction together with the policies of its routes.
pub struct Routes {
    router: OpenApiRouter<App>,
    registry: Vec<Registered>,
}

impl Routes {
    pub fn new(openapi: utoipa::openapi::OpenApi) -> Self {
        Self {
            router: OpenApiRouter::with_openapi(openapi),
            registry: Vec::new(),
        }
    }

    /// Adds what `routes!(…)` made: it appears in the API's description.
    #[must_use]
    pub fn api(mut self, policy: Policy, routes: UtoipaMethodRouter<App>) -> Self {
        let path = routes.1.paths.keys().next().cloned().unwrap_or_default();
        for (path, item) in &routes.1.paths {
            self.registry.push(Registered {
                path: path.clone(),
                methods: methods_of(item),
                policy,
                documented: true,
            });
        }
        self.router = self
            .router
            .routes(routes.map(|methods| guard(methods, policy, &path)));
        self
    }

    /// Adds a route that is no part of the API: media, pages, assets.
    #[must_use]
    pub fn plain(mut self, policy: Policy, path: &str, methods: MethodRouter<App>) -> Self {
        self.registry.push(Registered {
            path: path.to_owned(),
            methods: Vec::new(),
            policy,
            documented: false,
        });
        self.router = self.router.route(path, guard(methods, policy, path));
        self
    }

    /// The router, its description, and the list of its routes.
    pub fn finish(self) -> (axum::Router<App>, utoipa::openapi::OpenApi, Vec<Registered>) {
        let (router, openapi) = self.router.split_for_parts();
        (router, openapi, self.registry)
    }
}

fn methods_of(item: &PathItem) -> Vec<String> {
    let operations = [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    operations
        .into_iter()
        .filter(|(_, operation)| operation.is_some())
        .map(|(method, _)| method.to_owned())
        .collect()
}

fn guard(methods: MethodRouter<App>, policy: Policy, path: &str) -> MethodRouter<App> {
    let path: Arc<str> = path.into();
    methods.layer(from_fn(move |request, next| {
        enforce(policy, path.clone(), request, next)
    }))
}

/// A request that needs the database is not kept waiting for one that is down, neither at its
/// beginning nor in its middle. What is cut off in its middle is as if the client had gone away.
async fn enforce(policy: Policy, path: Arc<str>, request: Request, next: Next) -> Response {
    let Some(app) = request.extensions().get::<App>().cloned() else {
        return ApiError::internal("the router was built without its application").into_response();
    };
    let reachable = app.reachable.clone();
    tokio::select! {
        // In this order, so that a request that begins without a database does nothing.
        biased;
        () = reachable.lost() => ApiError::no_database().into_response(),
        response = answer(app, policy, &path, request, next) => response,
    }
}

async fn answer(app: App, policy: Policy, path: &str, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let via = Via::of(&app, &parts);
    if via.unheard_https && !app.config.is_https() {
        app.proxy_notice.https_from(via.client);
    }
    parts.extensions.insert(via.clone());
    let need = scopes::need(policy, parts.method.as_str(), path);
    parts.extensions.insert(need);
    let quota = match Quota::take(&app, policy, path, &parts) {
        Ok(quota) => quota,
        Err(refused) => return *refused,
    };
    let mut response = match admit(&app, policy, &via, &mut parts).await {
        Err(refused) => refused.into_response(),
        Ok(()) if idempotent::wanted(&parts, path) => {
            idempotent::answer(&app, parts, body, next).await
        }
        Ok(()) if forms::wanted(&parts, path) => forms::answer(parts, path, body, next).await,
        Ok(()) => {
            let asked = etag::Asked::of(&parts, policy);
            let method = parts.method.clone();
            let response = next.run(Request::from_parts(parts, body)).await;
            forms::tagged(&method, path, asked.answer(response).await).await
        }
    };
    if let Some(quota) = quota {
        quota.tell(response.headers_mut());
    }
    if !matches!(policy, Policy::Open | Policy::Capability) {
        // The answer depends on who asks, and may be another one a moment later.
        let headers = response.headers_mut();
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Finds out who asks, where the policy wants to know; an error when it says no. Who asks for a recording by its link is found
/// out together with the recording.
async fn admit(app: &App, policy: Policy, via: &Via, parts: &mut Parts) -> Result<(), ApiError> {
    if matches!(policy, Policy::Open | Policy::Capability | Policy::BySecret) {
        return Ok(());
    }
    let presented = presented(app, via, parts).await?;
    if policy == Policy::ByRecording {
        parts.extensions.insert(presented);
        return Ok(());
    }
    let actor = resolve(app, &presented).await?;
    admit_actor(app, parts, &actor)?;
    match (policy, actor.user()) {
        (Policy::SignedIn | Policy::Recorder | Policy::Admin, None) => {
            return Err(ApiError::new(ProblemCode::Unauthenticated)
                .detail("Sign in, or send a token that is still valid."));
        }
        (Policy::Recorder, Some(user)) if !may(user.role, Act::Record) => {
            return Err(ApiError::new(ProblemCode::MayNotRecord).detail(
                "Your account may watch and comment, but not record. Ask an owner or an admin of this server for another role.",
            ));
        }
        (Policy::Admin, Some(user)) if !may(user.role, Act::ManagePeople) => {
            return Err(ApiError::new(ProblemCode::Forbidden)
                .detail("Only an owner or an admin of this server may do this."));
        }
        _ => {}
    }
    parts.extensions.insert(actor);
    Ok(())
}
