//! Signing in by a provider (OpenID Connect).

use std::path::PathBuf;

use url::Url;

use crate::domain::account::Role;
use crate::domain::oidc::Rules;

/// A provider, and what is said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcConfig {
    /// As it names itself.
    pub issuer: String,
    pub client_id: String,
    /// A file that holds the client's secret; none: a client without one, by PKCE alone.
    pub client_secret_file: Option<PathBuf>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// On the button of the sign-in page.
    pub name: String,
    /// Which claim names the groups of a person.
    pub groups_claim: String,
    pub rules: Rules,
    /// Where people reach this server: they come back there.
    pub public_url: Url,
}

/// Why the provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcConfigError {
    #[error("oidc_issuer {0}: expected https://…; http:// only for this machine")]
    Issuer(String),
    #[error("oidc_issuer without oidc_client_id: say by which name the provider knows this server")]
    NoClient,
    #[error(
        "oidc_issuer without public_url: people come back from the provider to where they reach this server"
    )]
    NoPublicUrl,
    #[error(
        "oidc_roles {0}: expected GROUP=ROLE, separated by commas; a role is admin, member or viewer"
    )]
    Roles(String),
}

/// As given.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given<'g> {
    pub(super) issuer: Option<&'g str>,
    pub(super) client_id: Option<&'g str>,
    pub(super) client_secret_file: Option<&'g PathBuf>,
    pub(super) scopes: Option<&'g str>,
    pub(super) name: Option<&'g str>,
    pub(super) domains: Option<&'g str>,
    pub(super) groups_claim: Option<&'g str>,
    pub(super) roles: Option<&'g str>,
    pub(super) public_url: Option<&'g Url>,
}

/// Reads the settings; none where no provider is named.
pub(super) fn read(given: Given<'_>) -> Result<Option<OidcConfig>, OidcConfigError> {
    let Some(issuer) = given.issuer else {
        return Ok(None);
    };
    let url = Url::parse(issuer).map_err(|_| OidcConfigError::Issuer(issuer.to_owned()))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(OidcConfigError::Issuer(issuer.to_owned()));
    }
    let roles = list(given.roles.unwrap_or_default())
        .map(|pair| role(pair).ok_or_else(|| OidcConfigError::Roles(pair.to_owned())));
    let domains = list(given.domains.unwrap_or_default());
    Ok(Some(OidcConfig {
        issuer: issuer.to_owned(),
        client_id: given.client_id.ok_or(OidcConfigError::NoClient)?.to_owned(),
        client_secret_file: given.client_secret_file.cloned(),
        scopes: given
            .scopes
            .unwrap_or("email profile")
            .split_whitespace()
            .filter(|scope| *scope != "openid")
            .map(str::to_owned)
            .collect(),
        name: given.name.map_or_else(
            || url.host_str().unwrap_or_default().to_owned(),
            str::to_owned,
        ),
        groups_claim: given.groups_claim.unwrap_or("groups").to_owned(),
        rules: Rules {
            domains: domains
                .map(|it| it.trim_start_matches('@').to_lowercase())
                .collect(),
            roles: roles.collect::<Result<_, _>>()?,
        },
        public_url: given
            .public_url
            .ok_or(OidcConfigError::NoPublicUrl)?
            .clone(),
    }))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty())
}

/// An owner is made by hand.
fn role(pair: &str) -> Option<(String, Role)> {
    let (group, role) = pair.rsplit_once('=')?;
    let role = role
        .trim()
        .parse()
        .ok()
        .filter(|role| *role != Role::Owner)?;
    Some((group.trim().to_owned(), role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_read_and_an_owner_is_never_made_by_a_group() {
        let public = Url::parse("https://aside.example.org").unwrap();
        let given = Given {
            issuer: Some("https://id.example.org/realm"),
            client_id: Some("aside"),
            domains: Some("@Example.org, example.net"),
            roles: Some("staff=member, cn=ops,=admin"),
            public_url: Some(&public),
            ..Given::default()
        };
        assert!(matches!(read(given), Err(OidcConfigError::Roles(_))));
        let given = Given {
            roles: Some("staff=member, ops=admin"),
            ..given
        };
        let config = read(given).unwrap().unwrap();
        assert_eq!(config.rules.domains, ["example.org", "example.net"]);
        assert_eq!(config.rules.roles[1], ("ops".to_owned(), Role::Admin));
        assert_eq!(
            (
                config.name.as_str(),
                config.scopes.len(),
                config.groups_claim.as_str()
            ),
            ("id.example.org", 2, "groups")
        );
        let owner = Given {
            roles: Some("all=owner"),
            ..given
        };
        assert!(matches!(read(owner), Err(OidcConfigError::Roles(_))));
        let plain = Given {
            issuer: Some("http://id.example.org"),
            ..given
        };
        assert!(matches!(read(plain), Err(OidcConfigError::Issuer(_))));
        let here = Given {
            issuer: Some("http://127.0.0.1:3000"),
            ..given
        };
        assert!(read(here).is_ok());
        assert_eq!(read(Given::default()), Ok(None));
    }
}
