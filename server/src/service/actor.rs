//! Who asks, from the tokens that a request shows.

use aside_protocol::id::TokenId;
use aside_protocol::time::Timestamp;

use super::token::note_use;
use crate::auth::token::Secret;
use crate::domain::access::Viewer;
use crate::domain::account::User;
use crate::domain::token::{Kind, Need, Scope, TokenHash};
use crate::resources::Resources;
use crate::store::StoreError;
use crate::store::tokens::Shown;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Actor {
    Anonymous,
    Guest(Guest),
    Member(Member),
}

/// Somebody who gave a name and got a guest cookie for it.
#[derive(Debug, Clone)]
pub struct Guest {
    pub id: TokenId,
    pub name: String,
}

/// A person with an account, and by which token they are known.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: User,
    pub token: TokenId,
    /// A program works with their token, for itself.
    pub agent: bool,
}

impl Actor {
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Member(member) => Some(&member.user),
            _ => None,
        }
    }

    /// Whether a program works with somebody's token, for itself.
    pub fn is_agent(&self) -> bool {
        matches!(self, Self::Member(Member { agent: true, .. }))
    }

    /// The name by which whoever asks is known; none for somebody new.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Guest(guest) => Some(&guest.name),
            Self::Member(member) => Some(&member.user.name),
        }
    }

    /// For [`crate::domain::access::decide`].
    pub fn viewer(&self) -> Viewer {
        match self {
            Self::Anonymous => Viewer::Anonymous,
            Self::Guest(guest) => Viewer::Guest(guest.id),
            Self::Member(member) => member.viewer(),
        }
    }
}

impl Member {
    /// For [`crate::domain::access::decide`].
    pub fn viewer(&self) -> Viewer {
        Viewer::from(&self.user)
    }
}

/// The tokens that a request shows.
#[derive(Debug, Clone)]
pub enum Presented {
    /// Of a program.
    Bearer {
        secret: Secret,
        /// What the request needs of it.
        need: Need,
        /// Whoever asks came by a way for agents, whatever the token is.
        agent: bool,
    },
    /// Of a browser.
    Cookies {
        session: Option<Secret>,
        guest: Option<Secret>,
    },
}

/// Why nobody is let in, not even as somebody unknown.
#[derive(Debug, thiserror::Error)]
pub enum ActorError {
    #[error("This token is not valid (any more). Sign in again.")]
    BadToken,
    #[error(
        "This token has not the scope `{}`. Make one that has it, under Settings.", .0.as_str()
    )]
    TooLittle(Scope),
    #[error(
        "No scope lets a token do this. Sign in and do it there, or use a token that was made for everything."
    )]
    NoScope,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// No token has it: a hash is never all zeros.
const NONE: TokenHash = [0; 32];

impl Presented {
    /// To look the tokens up.
    pub fn hashes(&self) -> [TokenHash; 2] {
        let hash = |secret: &Option<Secret>| secret.as_ref().map_or(NONE, Secret::hash);
        match self {
            Self::Bearer { secret, .. } => [secret.hash(), NONE],
            Self::Cookies { session, guest } => [hash(session), hash(guest)],
        }
    }

    const fn is_empty(&self) -> bool {
        matches!(
            self,
            Self::Cookies {
                session: None,
                guest: None
            }
        )
    }
}

/// Finds out who asks.
pub async fn resolve(resources: &Resources, presented: &Presented) -> Result<Actor, ActorError> {
    if presented.is_empty() {
        return Ok(Actor::Anonymous);
    }
    let shown = resources.store.shown_tokens(&presented.hashes()).await?;
    let shown = shown.into_iter().map(|shown| (shown, false)).collect();
    Ok(known(resources, presented, shown).await?.0)
}

/// Who asks, by what is known of the tokens, and what was said of it; that they were used is noted.
///
/// A bearer token that does not count is refused, because a program must learn that it has to sign in again. A cookie that
/// does not count is passed over: the person is simply not signed in.
pub async fn known(
    resources: &Resources,
    presented: &Presented,
    shown: Vec<(Shown, bool)>,
) -> Result<(Actor, bool), ActorError> {
    let now = resources.now();
    let [first, second] = presented.hashes();
    let valid = |hash: TokenHash, kinds: &[Kind]| valid(&shown, hash, kinds, now);
    let found = match presented {
        Presented::Bearer { .. } => valid(first, &[Kind::Api, Kind::Device]),
        Presented::Cookies { .. } => {
            valid(first, &[Kind::Session]).or_else(|| valid(second, &[Kind::Guest]))
        }
    };
    let Some((Shown { token, user, .. }, said)) = found else {
        return match presented {
            Presented::Bearer { .. } => Err(ActorError::BadToken),
            Presented::Cookies { .. } => Ok((Actor::Anonymous, false)),
        };
    };
    if let Presented::Bearer { need, .. } = presented
        && !token.scopes.allow(*need)
    {
        return Err(match need {
            Need::Scope(scope) => ActorError::TooLittle(*scope),
            Need::Nothing | Need::Everything => ActorError::NoScope,
        });
    }
    note_use(resources, token, now).await;
    let by_agent = matches!(presented, Presented::Bearer { agent: true, .. });
    let actor = match user {
        Some(user) => Actor::Member(Member {
            user: user.clone(),
            token: token.id,
            agent: by_agent || token.is_an_agents(),
        }),
        None => Actor::Guest(Guest {
            id: token.id,
            name: token.name.clone(),
        }),
    };
    Ok((actor, *said))
}

/// The token of one of `kinds` that has not run out. A guest's has no person, every other has one.
fn valid<'s>(
    shown: &'s [(Shown, bool)],
    hash: TokenHash,
    kinds: &[Kind],
    now: Timestamp,
) -> Option<&'s (Shown, bool)> {
    shown.iter().find(|(shown, _)| {
        let Shown { token, user, .. } = shown;
        shown.hash == hash
            && kinds.contains(&token.kind)
            && token.expires_at.is_none_or(|end| end > now)
            && user.is_some() == (token.kind != Kind::Guest)
    })
}
