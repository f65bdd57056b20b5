//! Who a recording is for: kept with it, decided about in [`super::access`]. Pure.

use std::time::Duration;

use aside_protocol::id::{AccessRequestId, GrantId, GroupId, UserId};
pub use aside_protocol::recording::Audience;
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::account::Email;
use super::names::names;

mod folder;
pub use folder::*;

/// Who may write comments, of those who may watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Commenters {
    /// Nobody.
    Off,
    /// People with an account on this server.
    Members,
    /// Everybody; who has no account gives a name.
    Anyone,
}

names!(Commenters, "commenters", {
    Off: "off",
    Members: "members",
    Anyone: "anyone",
});

/// How a recording is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// Of those who are not named; in a shared folder, as far as the folder allows it.
    pub audience: Audience,
    pub from_folder: FromFolder,
    /// From then on it is the owner's alone; none: never.
    pub ends_at: Option<Timestamp>,
    /// Counts the passwords that were set; none: none is asked for. Owner and named people are not asked.
    pub password: Option<i64>,
    pub comments: Commenters,
    /// Whether it may be had as a file.
    pub download: bool,
    /// Sites whose pages may show it, as `https://example.org`.
    pub embed: Vec<String>,
}

impl Sharing {
    /// For this audience, without further conditions.
    pub const fn with(audience: Audience) -> Self {
        Self {
            audience,
            from_folder: FromFolder::NOTHING,
            ends_at: None,
            password: None,
            comments: Commenters::Anyone,
            download: true,
            embed: Vec::new(),
        }
    }

    /// Whether what `other` lets people watch may be less than what this does: links that were given then end.
    pub fn differs_for_viewers(&self, other: &Self) -> bool {
        let what = |s: &Self| {
            let folder = s.from_folder.folder;
            (s.audience, folder, s.ends_at, s.password, s.download)
        };
        what(self) != what(other)
    }
}

/// Most sites that one recording may be shown on.
pub const MAX_EMBED: usize = 20;
/// Most people that one recording may be shared with by name.
pub const MAX_GRANTS: u64 = 200;

/// Most recordings that are shared with somebody at once.
pub const MAX_SHARED_AT_ONCE: usize = 500;

/// Why a change of sharing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    #[error("Name a time in the future.")]
    EndsInThePast,
    #[error("A site is written like https://example.org, and there are at most {MAX_EMBED}.")]
    Embed,
    #[error("A recording can be shared with at most {MAX_GRANTS} people and groups by name.")]
    TooMany,
    #[error("This is the recording's owner, who can always see it.")]
    Owner,
    #[error("At most {MAX_SHARED_AT_ONCE} recordings can be shared at once.")]
    TooManyAtOnce,
    #[error("There is nobody with this id on this server.")]
    NoSuchPerson,
    #[error("There is no such group on this server.")]
    NoSuchGroup,
    #[error(
        "Its folder is for fewer people. Move it out of the folder first, or share the folder with more."
    )]
    WiderThanFolder,
    #[error("It does not lie in a folder that is shared.")]
    NoSharedFolder,
    #[error("A folder is for its owner, for people who are named, or for everyone here.")]
    FolderByLink,
    #[error("A folder can be shared with at most {MAX_FOLDER_GRANTS} people and groups by name.")]
    TooManyForFolder,
    #[error("The password that was removed is not kept any more. Set one again.")]
    PasswordForgotten,
}

/// So long a password that was removed can be put back.
pub const REMOVED_PASSWORD_KEPT_FOR: Duration = Duration::from_secs(60);

impl SharingError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::EndsInThePast => "ends_at",
            Self::Embed => "embed",
            Self::PasswordForgotten => "password",
            Self::TooManyAtOnce => "ids",
            Self::WiderThanFolder | Self::NoSharedFolder | Self::FolderByLink => "audience",
            Self::TooMany
            | Self::TooManyForFolder
            | Self::Owner
            | Self::NoSuchPerson
            | Self::NoSuchGroup => "person",
        }
    }
}

/// Whether sharing may end then.
pub fn check_end(ends_at: Timestamp, now: Timestamp) -> Result<(), SharingError> {
    if ends_at > now {
        Ok(())
    } else {
        Err(SharingError::EndsInThePast)
    }
}

/// Whether it is a plain name or an address: a URL parser lets marks pass (`;`, `,`, `*`) that say something else in a content
/// security policy.
fn is_plain(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name
            .bytes()
            .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// Origins of sites, as a browser writes them; each once.
pub fn clean_embed(sites: &[String]) -> Result<Vec<String>, SharingError> {
    let mut clean = Vec::new();
    for site in sites {
        let url = Url::parse(site.trim()).map_err(|_| SharingError::Embed)?;
        let origin = url.origin();
        if !matches!(url.scheme(), "http" | "https")
            || !origin.is_tuple()
            || !url.host().is_some_and(|it| is_plain(&it))
        {
            return Err(SharingError::Embed);
        }
        let origin = origin.ascii_serialization();
        if !clean.contains(&origin) {
            clean.push(origin);
        }
    }
    if clean.len() > MAX_EMBED {
        return Err(SharingError::Embed);
    }
    Ok(clean)
}

/// Who was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    Person(UserId),
    /// Whoever has this mailbox: a member with this address, or the holder of a link that was made for it.
    Mail(Email),
    /// Whoever is in this group now.
    Group(GroupId),
}

/// A row of `grants`: somebody may watch, whatever the audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub to: Grantee,
    /// Of the member, if it is one now.
    pub member: Option<(UserId, String)>,
    /// Of the group, if it is one: its name, and how many people are in it.
    pub group: Option<(String, u64)>,
    pub created_at: Timestamp,
}

/// A member asks to see a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    pub id: AccessRequestId,
    pub from: (UserId, String),
    pub message: String,
    pub created_at: Timestamp,
}

/// So long the answer to a question for access can be taken back.
pub const ANSWER_TAKEN_BACK_WITHIN: Duration = Duration::from_secs(60);

/// Characters of a question for access.
pub const MAX_MESSAGE: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_kept_as_browsers_write_them() {
        let clean = |sites: &[&str]| {
            let sites: Vec<String> = sites.iter().map(|s| (*s).to_owned()).collect();
            clean_embed(&sites)
        };
        assert_eq!(
            clean(&[
                "https://Example.org/path?x",
                " https://example.org:443 ",
                "http://a.test:8080"
            ]),
            Ok(vec![
                "https://example.org".to_owned(),
                "http://a.test:8080".to_owned()
            ])
        );
        for bad in [
            "example.org",
            "javascript:alert(1)",
            "data:,",
            "*",
            "https://",
            "file:///etc",
            "https://a;b",
            "https://*",
            "https://*.example.org",
            "https://a,b",
            "https://a'b",
        ] {
            assert_eq!(clean(&[bad]), Err(SharingError::Embed), "{bad}");
        }
        for good in [
            "https://127.0.0.1:8443",
            "https://[::1]",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(clean(&[good]), Ok(vec![good.to_owned()]));
        }
        let many: Vec<String> = (0..=MAX_EMBED)
            .map(|n| format!("https://s{n}.test"))
            .collect();
        assert_eq!(clean_embed(&many), Err(SharingError::Embed));
    }

    #[test]
    fn what_only_concerns_comments_ends_no_link() {
        let before = Sharing::with(Audience::Link);
        let mut after = before.clone();
        after.comments = Commenters::Off;
        after.embed = vec!["https://a.test".to_owned()];
        assert!(!after.differs_for_viewers(&before));
        after.download = false;
        assert!(after.differs_for_viewers(&before));
    }
}
