//! The line to a provider (OpenID Connect Core 1.0, code flow with PKCE), by `openidconnect` and our own HTTP client.
//!
//! The provider's description and keys are read for each sign-in: a key that was replaced counts at once, and nothing is kept.

use std::path::PathBuf;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId,
    ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::oidc::OidcConfig;
use crate::domain::oidc::Claims;

/// For each answer of the provider.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// Claims that the library does not know, among them the groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Others(Map<String, Value>);
impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Known = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Signatures that only the provider can make. None is `none`, and none is made with a secret that we know as well.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A provider. Cheap enough to make once.
#[derive(Debug)]
pub struct Provider {
    config: OidcConfig,
    secret: Option<ClientSecret>,
    http: reqwest::Client,
}

/// Where a browser is sent, and what has to be known when it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

/// Why nobody comes in by the provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("cannot read {path}: {cause}")]
    SecretFile {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the settings of the provider: {0}")]
    Settings(String),
    /// It does not answer, or not in the way of a provider.
    #[error("the provider: {0}")]
    Away(String),
    /// What it says about the person is not to be believed.
    #[error("the provider's word does not count: {0}")]
    Lie(String),
}

/// An answer that did not come.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Head(#[from] openidconnect::http::Error),
    #[error("the answer is too large")]
    TooLarge,
}

fn away(cause: impl std::error::Error) -> ProviderError {
    ProviderError::Away(chain(&cause))
}

fn lie(cause: impl std::error::Error) -> ProviderError {
    ProviderError::Lie(chain(&cause))
}

impl Provider {
    /// Reads the client's secret; asks the provider nothing yet.
    pub fn open(config: &OidcConfig) -> Result<Self, ProviderError> {
        let secret = config
            .client_secret_file
            .as_ref()
            .map(|path| {
                std::fs::read_to_string(path).map_err(|cause| ProviderError::SecretFile {
                    path: path.clone(),
                    cause,
                })
            })
            .transpose()?;
        let secret = secret.map(|text| ClientSecret::new(text.trim().to_owned()));
        // Fine when another part of the program did so before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect could lead into the network around this server.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|cause| ProviderError::Settings(cause.to_string()))?;
        Ok(Self {
            config: config.clone(),
            secret,
            http,
        })
    }

    pub const fn config(&self) -> &OidcConfig {
        &self.config
    }

    /// Where to send a browser that wants to sign in.
    pub async fn begin(&self) -> Result<Begun, ProviderError> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in &self.config.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.url();
        Ok(Begun {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// What the provider says of the person who came back with `code`.
    pub async fn end(
        &self,
        code: String,
        nonce: String,
        verifier: String,
    ) -> Result<Claims, ProviderError> {
        let client = self.client().await?;
        let http = |request| ask(self.http.clone(), request);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(away)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&http)
            .await
            .map_err(away)?;
        let missing = || ProviderError::Lie("it gave no ID token".to_owned());
        let id_token = tokens.id_token().ok_or_else(missing)?;
        let verify = client.id_token_verifier().set_allowed_algs(SIGNATURES);
        let said = id_token.claims(&verify, &Nonce::new(nonce)).map_err(lie)?;
        if let Some(expected) = said.access_token_hash() {
            let alg = id_token.signing_alg().map_err(lie)?;
            let key = id_token.signing_key(&verify).map_err(lie)?;
            let found =
                AccessTokenHash::from_token(tokens.access_token(), alg, key).map_err(lie)?;
            if found != *expected {
                return Err(ProviderError::Lie(
                    "its access token is another one".to_owned(),
                ));
            }
        }
        let mut claims = Claims {
            issuer: self.config.issuer.clone(),
            subject: said.subject().as_str().to_owned(),
            email: said.email().and_then(|it| it.as_str().parse().ok()),
            email_verified: said.email_verified().unwrap_or(false),
            name: said
                .name()
                .and_then(|it| it.get(None))
                .map(|it| it.as_str().to_owned()),
            groups: self.groups(said.additional_claims()),
        };
        // Many providers tell the rest only to who asks with the access token.
        let groups_matter = !self.config.rules.roles.is_empty();
        let asks = claims.email.is_none() || (groups_matter && claims.groups.is_empty());
        if asks && client.user_info_url().is_some() {
            let subject = said.subject().clone();
            let more: UserInfoClaims<Others, CoreGenderClaim> = client
                .user_info(tokens.access_token().clone(), Some(subject))
                .map_err(away)?
                .request_async(&http)
                .await
                .map_err(away)?;
            if claims.email.is_none() {
                claims.email = more.email().and_then(|it| it.as_str().parse().ok());
                claims.email_verified = more.email_verified().unwrap_or(false);
            }
            if claims.groups.is_empty() {
                claims.groups = self.groups(more.additional_claims());
            }
            claims.name = claims.name.or_else(|| {
                let name = more.name().and_then(|it| it.get(None));
                name.map(|it| it.as_str().to_owned())
            });
        }
        Ok(claims)
    }

    /// A list of names, or one name.
    fn groups(&self, Others(claims): &Others) -> Vec<String> {
        match claims.get(&self.config.groups_claim) {
            Some(Value::Array(all)) => all
                .iter()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        }
    }

    async fn client(&self) -> Result<Known, ProviderError> {
        let settings = |cause: &dyn std::fmt::Display| ProviderError::Settings(cause.to_string());
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|e| settings(&e))?;
        let http = |request| ask(self.http.clone(), request);
        // It has to call itself what the settings call it.
        let described = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(away)?;
        let public = self.config.public_url.origin().ascii_serialization();
        let back =
            RedirectUrl::new(format!("{public}/api/oidc/callback")).map_err(|e| settings(&e))?;
        let client_id = ClientId::new(self.config.client_id.clone());
        Ok(
            Known::from_provider_metadata(described, client_id, self.secret.clone())
                .set_redirect_uri(back),
        )
    }
}

async fn ask(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let (head, body) = request.into_parts();
    let mut answer = http
        .request(head.method, head.uri.to_string())
        .headers(head.headers)
        .body(body)
        .send()
        .await?;
    let mut response = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(NoAnswer::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(response.body(body)?)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}
