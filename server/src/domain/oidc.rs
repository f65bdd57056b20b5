//! Who may sign in by a provider (OpenID Connect), as whom. Pure.

use super::account::{Email, Role, clean_name};

/// What the settings say of people who come by the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Who has a mail address of one of these may have an account; empty: whoever has one already, and members of `roles`.
    pub domains: Vec<String>,
    /// Which role a group gives; empty: groups do not matter.
    pub roles: Vec<(String, Role)>,
}

/// What the provider says of a person, after everything that is signed was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    /// By which the provider knows the person, for ever.
    pub subject: String,
    pub email: Option<Email>,
    /// Whether the provider says that the mailbox is theirs.
    pub email_verified: bool,
    pub name: Option<String>,
    pub groups: Vec<String>,
}

/// Why somebody does not come in by the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OidcRefusal {
    #[error(
        "Your provider does not say that your mail address is yours. Confirm it there, then try again."
    )]
    Unverified,
    #[error(
        "People with your mail address do not get an account here. Ask whoever runs this server."
    )]
    Domain,
    #[error("You are in none of the groups that may use this server. Ask whoever runs it.")]
    Group,
    #[error(
        "The account with your mail address belongs to somebody else at your provider. Ask whoever runs this server."
    )]
    OtherPerson,
}

impl Rules {
    /// The role that the person's groups give; none: groups do not matter.
    pub fn role(&self, claims: &Claims) -> Result<Option<Role>, OidcRefusal> {
        if self.roles.is_empty() {
            return Ok(None);
        }
        let theirs = self
            .roles
            .iter()
            .filter(|(group, _)| claims.groups.contains(group));
        let highest = theirs.map(|(_, role)| *role).max();
        highest.map(Some).ok_or(OidcRefusal::Group)
    }

    /// The address by which a person who is not known yet is matched with an account.
    pub fn address<'c>(&self, claims: &'c Claims) -> Result<&'c Email, OidcRefusal> {
        let email = claims.email.as_ref().filter(|_| claims.email_verified);
        let email = email.ok_or(OidcRefusal::Unverified)?;
        if self.domains.is_empty() {
            return Ok(email);
        }
        let (_, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
        if self.domains.iter().any(|it| it == domain) {
            Ok(email)
        } else {
            Err(OidcRefusal::Domain)
        }
    }

    /// Whether somebody without an account gets one, after [`Self::role`] and [`Self::address`].
    pub fn may_join(&self) -> Result<(), OidcRefusal> {
        if self.domains.is_empty() && self.roles.is_empty() {
            // Else everybody in the world with an account at the provider would have one here.
            return Err(OidcRefusal::Domain);
        }
        Ok(())
    }
}

impl Claims {
    /// A name for a new account.
    pub fn account_name(&self, email: &Email) -> String {
        let given = self.name.as_deref().and_then(|name| clean_name(name).ok());
        let local = || email.as_str().split('@').next().unwrap_or_default();
        given.unwrap_or_else(|| local().chars().take(super::account::MAX_NAME).collect())
    }
}

/// A place on this server to go on to: path and query; anything that leads elsewhere becomes `/`.
pub fn safe_next(next: &str) -> String {
    let Ok(base) = url::Url::parse("http://here.invalid/") else {
        return "/".to_owned();
    };
    // By the parser that browsers have, which drops tabs and newlines and takes a backslash for a slash.
    let Ok(url) = base.join(next) else {
        return "/".to_owned();
    };
    if url.origin() != base.origin() || url.path().starts_with("//") || !url.username().is_empty() {
        return "/".to_owned();
    }
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(email: &str, verified: bool, groups: &[&str]) -> Claims {
        Claims {
            issuer: "https://id.example.org".to_owned(),
            subject: "1".to_owned(),
            email: email.parse().ok(),
            email_verified: verified,
            name: None,
            groups: groups.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn rules(domains: &[&str], roles: &[(&str, Role)]) -> Rules {
        Rules {
            domains: domains.iter().map(|it| (*it).to_owned()).collect(),
            roles: roles.iter().map(|(it, r)| ((*it).to_owned(), *r)).collect(),
        }
    }

    #[test]
    fn only_a_verified_address_of_the_domain_names_an_account() {
        let ours = rules(&["example.org"], &[]);
        assert!(ours.address(&claims("Ana@Example.org", true, &[])).is_ok());
        let table = [
            ("ana@example.org", false, OidcRefusal::Unverified),
            ("", true, OidcRefusal::Unverified),
            ("ana@evil.example", true, OidcRefusal::Domain),
            ("ana@sub.example.org", true, OidcRefusal::Domain),
            ("ana@notexample.org", true, OidcRefusal::Domain),
        ];
        for (email, verified, refusal) in table {
            let claims = claims(email, verified, &[]);
            assert_eq!(ours.address(&claims), Err(refusal), "{email}");
        }
    }

    #[test]
    fn the_highest_group_gives_the_role_and_none_of_them_none() {
        let table = rules(&[], &[("staff", Role::Member), ("ops", Role::Admin)]);
        let role = |groups: &[&str]| table.role(&claims("a@b.org", true, groups));
        assert_eq!(role(&["ops", "staff"]), Ok(Some(Role::Admin)));
        assert_eq!(role(&["staff", "football"]), Ok(Some(Role::Member)));
        assert_eq!(role(&["football"]), Err(OidcRefusal::Group));
        assert_eq!(role(&[]), Err(OidcRefusal::Group));
        let none = rules(&[], &[]);
        assert_eq!(none.role(&claims("a@b.org", true, &["ops"])), Ok(None));
    }

    #[test]
    fn a_provider_for_the_whole_world_gives_nobody_a_new_account() {
        assert_eq!(rules(&[], &[]).may_join(), Err(OidcRefusal::Domain));
        assert!(rules(&["example.org"], &[]).may_join().is_ok());
        assert!(rules(&[], &[("staff", Role::Member)]).may_join().is_ok());
    }

    #[test]
    fn a_new_account_has_a_name_that_can_be_seen() {
        let mut it = claims("ana@example.org", true, &[]);
        let email = it.email.clone().unwrap();
        assert_eq!(it.account_name(&email), "ana");
        it.name = Some("Ana \u{202e}Lima".to_owned());
        assert_eq!(it.account_name(&email), "Ana Lima");
        it.name = Some("\u{200b}".to_owned());
        assert_eq!(it.account_name(&email), "ana");
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        let table = [
            ("/w/abc?t=42", "/w/abc?t=42"),
            ("/settings", "/settings"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("\\\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/.//evil.example", "/"),
            ("https://evil.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("http://me@here.invalid/", "/"),
        ];
        for (next, path) in table {
            assert_eq!(safe_next(next), path, "{next:?}");
        }
    }
}
