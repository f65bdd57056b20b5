//! Accounts: the first one, others, signing a browser in and out.

use aside_protocol::id::UserId;

use crate::auth::password::{PasswordError, Passwords};
use crate::auth::token::Secret;
use crate::domain::account::{AccountError, Email, Password, Role, User, clean_name};
use crate::domain::passkey::PasskeyRefusal;
use crate::domain::token::{Kind, Origin};
use crate::limits::{Limits, Wait};
use crate::resources::Resources;
use crate::service::factors::{self, Checked, FactorError};
use crate::service::token::issue;
use crate::store::{self, StoreError, Tx, sessions};

/// The setting that says who came first. Two visitors at once cannot both write it.
const SETUP: &str = "set_up_by";

/// An account as somebody asks for it.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub email: Email,
    /// As others see it.
    pub name: String,
    pub role: Role,
    pub password: Password,
}

impl NewAccount {
    pub(super) async fn user(
        self,
        resources: &Resources,
        passwords: &Passwords,
    ) -> Result<(User, String), PasswordError> {
        let now = resources.now();
        let user = User {
            id: UserId::new(now, resources.id_entropy()),
            email: self.email,
            name: self.name,
            role: self.role,
            created_at: now,
        };
        let hash = passwords.hash(self.password, &*resources.entropy).await?;
        Ok((user, hash))
    }
}

/// What the first visitor typed.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a str,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum AccountNotMade {
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("Somebody set this server up already. Sign in, or ask its owner for an account.")]
    AlreadySetUp,
    #[error("{0} has an account already")]
    Duplicate(String),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an account.
pub async fn add(
    resources: &Resources,
    passwords: &Passwords,
    wanted: NewAccount,
) -> Result<User, AccountNotMade> {
    let (user, hash) = wanted.user(resources, passwords).await?;
    let made = resources
        .store
        .write(async |tx: &mut Tx| tx.insert_user(&user, Some(&hash)).await)
        .await;
    match made {
        Err(error) if error.is_duplicate() => {
            Err(AccountNotMade::Duplicate(user.email.as_str().to_owned()))
        }
        made => {
            made?;
            Ok(user)
        }
    }
}

/// Everybody with an account, by name.
pub async fn people(resources: &Resources) -> Result<Vec<User>, StoreError> {
    resources.store.people().await
}

/// Whether nobody has an account yet.
pub async fn is_setup_needed(resources: &Resources) -> Result<bool, StoreError> {
    resources.store.is_empty().await
}

/// Makes the first account, and signs its browser in. Of two visitors at once one wins.
pub async fn set_up(
    resources: &Resources,
    passwords: &Passwords,
    typed: Typed<'_>,
    from: &Origin,
) -> Result<(User, Secret), AccountNotMade> {
    if !resources.store.is_empty().await? {
        return Err(AccountNotMade::AlreadySetUp);
    }
    let wanted = NewAccount {
        email: typed.email.parse()?,
        name: clean_name(typed.name)?,
        role: Role::Owner,
        password: Password::new(typed.password)?,
    };
    let (user, hash) = wanted.user(resources, passwords).await?;
    let secret = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, AccountNotMade> {
            if !tx.insert_setting(SETUP, &user.id.to_string()).await? || tx.any_user().await? {
                return Err(AccountNotMade::AlreadySetUp);
            }
            tx.insert_user(&user, Some(&hash)).await?;
            Ok(begin_session(tx, resources, user.id, from).await?)
        })
        .await?;
    tracing::info!(user.id = %user.id, "{} became the owner of this server", user.id);
    Ok((user, secret))
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The same whether the account or the password is wrong: who has an account is nobody's business.
    #[error("Wrong e-mail or password.")]
    Wrong,
    #[error("Show your second factor as well: a passkey, or a code.")]
    SecondFactor,
    /// The password was right.
    #[error("This code is not right now, or was used already. Wait for the next one.")]
    WrongCode,
    #[error("too many wrong passwords")]
    TooMany(Wait),
    /// Told to who knows the password, and to nobody else.
    #[error("This account was deactivated. Ask an owner or an admin of this server.")]
    Deactivated,
    #[error("too many wrong codes")]
    TooManyCodes(Wait),
    #[error("too many questions for a passkey")]
    TooManyPasskeys(Wait),
    #[error(transparent)]
    Refused(#[from] PasskeyRefusal),
    /// A passkey was not asked for, or too long ago, or it was answered already.
    #[error("This took too long, or was used already. Try again.")]
    Unasked,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs a browser in: every session begins here.
pub async fn begin_session(
    tx: &mut Tx,
    resources: &Resources,
    user: UserId,
    from: &Origin,
) -> store::Result<Secret> {
    let (token, secret) = issue(tx, resources, Kind::Session, Some(user), &from.device).await?;
    sessions::set_address(tx, token.id, &from.address.to_string()).await?;
    Ok(secret)
}

/// Who has this address and this password, and counts.
pub(super) async fn known(
    resources: &Resources,
    passwords: &Passwords,
    limits: &Limits,
    (email, password): (&str, &str),
    from: &Origin,
) -> Result<User, SignInError> {
    // What can be no address or no password of anybody is simply wrong.
    let (Ok(email), Ok(password)) = (email.parse::<Email>(), Password::new(password)) else {
        return Err(SignInError::Wrong);
    };
    limits
        .sign_in(&email, from.address)
        .map_err(SignInError::TooMany)?;
    let found = resources.store.credentials(&email).await?;
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
    let right = passwords.verify(password, hash).await?;
    let user = user.filter(|_| right).ok_or(SignInError::Wrong)?;
    limits.signed_in(&email, from.address);
    if resources.store.is_deactivated(user.id).await? {
        return Err(SignInError::Deactivated);
    }
    Ok(user)
}

/// Signs a browser in by a password.
pub async fn sign_in(
    resources: &Resources,
    passwords: &Passwords,
    limits: &Limits,
    (email, password, code): (&str, &str, Option<&str>),
    from: &Origin,
) -> Result<(User, Secret), SignInError> {
    let user = known(resources, passwords, limits, (email, password), from).await?;
    match factors::check(resources, limits, user.id, code).await {
        Ok(Checked::NotAsked | Checked::Right) => {}
        Ok(Checked::Missing) => return Err(SignInError::SecondFactor),
        Err(FactorError::TooMany(wait)) => return Err(SignInError::TooManyCodes(wait)),
        Err(FactorError::Store(cause)) => return Err(cause.into()),
        Err(_) => return Err(SignInError::WrongCode),
    }
    let secret = resources
        .store
        .write(async |tx: &mut Tx| {
            tx.delete_expired_sessions(resources.now()).await?;
            begin_session(tx, resources, user.id, from).await
        })
        .await?;
    Ok((user, secret))
}
