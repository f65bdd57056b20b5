//! Invitations: one-time links to an account. Each change is one transaction with its row of `audit`.

use aside_protocol::id::{GroupId, InvitationId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::account::{AccountNotMade, NewAccount, begin_session};
use super::actor::Member;
use super::mail::Mailer;
use super::people::{ChangeError, acting, note};
use super::server_look;
use crate::auth::password::{PasswordError, Passwords};
use crate::auth::token::Secret;
use crate::domain::account::{AccountError, Email, Password, Role, User, clean_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::mail::Letter;
use crate::domain::page_language::PageLanguage;
use crate::domain::people::{
    Invitation, InvitationState, MAX_OPEN, PeopleError, check_manage, invitation_path, lifetime,
};
use crate::domain::texts::About;
use crate::domain::token::Origin;
use crate::resources::Resources;
use crate::store::{StoreError, Tx, audit, groups, invitations, people, profiles};

/// What an invitation is to give.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// As it was typed; whose account it will be. None: whoever has the link says one.
    pub email: Option<String>,
    pub role: Role,
    pub groups: Vec<GroupId>,
    /// How long it can be accepted; none: a week.
    pub days: Option<u32>,
}

/// Who invites.
#[derive(Debug, Clone, Copy)]
pub enum Inviter<'m> {
    Member(&'m Member),
    /// Whoever runs the program on the server's own machine may do everything.
    CommandLine,
}

/// An invitation and its secret, which is kept nowhere.
#[derive(Debug)]
pub struct Invited {
    pub invitation: Invitation,
    pub secret: Secret,
    /// Whether it is on its way by mail.
    pub mailed: bool,
}

/// Makes an invitation, and sends it where it is for an address and there is a mailer. An earlier one for the same address ends.
pub async fn invite(
    resources: &Resources,
    mailer: Option<&Mailer>,
    inviter: Inviter<'_>,
    wanted: NewInvitation,
) -> Result<Invited, ChangeError> {
    let email = wanted.email.filter(|typed| !typed.trim().is_empty());
    let email = email.map(|typed| typed.parse::<Email>()).transpose()?;
    let now = resources.now();
    let secret = Secret::new(&*resources.entropy);
    let mut into = wanted.groups;
    into.sort_unstable();
    into.dedup();
    let invitation = Invitation {
        id: InvitationId::new(now, resources.id_entropy()),
        email,
        role: wanted.role,
        groups: into,
        inviter: match inviter {
            Inviter::Member(member) => Some(member.user.name.clone()),
            Inviter::CommandLine => None,
        },
        created_at: now,
        expires_at: now.plus(lifetime(wanted.days)?),
        used_at: None,
        revoked_at: None,
    };
    let mailed = resources
        .store
        .write(async |tx: &mut Tx| -> Result<bool, ChangeError> {
            people::lock(tx).await?;
            let by = match inviter {
                Inviter::Member(member) => {
                    check_manage(acting(tx, member).await?, invitation.role)?;
                    Some(member.user.id)
                }
                Inviter::CommandLine => None,
            };
            if let Some(email) = &invitation.email {
                if people::has_address(tx, email).await? {
                    return Err(PeopleError::HasAccount.into());
                }
                invitations::revoke_for(tx, email, now).await?;
            }
            for group in &invitation.groups {
                if groups::get(tx, *group).await?.is_none() {
                    return Err(PeopleError::Group.into());
                }
            }
            if invitations::count_open(tx, now).await? >= MAX_OPEN {
                return Err(PeopleError::TooManyOpen.into());
            }
            invitations::insert(tx, &invitation, &secret.hash(), by).await?;
            let (action, detail) = (AuditAction::PersonInvited, told(&invitation));
            let entry = match inviter {
                Inviter::Member(member) => Entry::by(&member.user, action, None, detail),
                Inviter::CommandLine => Entry::by_command_line(action, detail),
            };
            audit::add(tx, &entry, now).await?;
            Ok(send(tx, resources, mailer, (&invitation, by), &secret).await?)
        })
        .await?;
    if mailed {
        resources.notify.notify_any();
    }
    Ok(Invited {
        invitation,
        secret,
        mailed,
    })
}

/// Sends the link to the address that it is for, if it is for one. Says whether it did. Nobody knows yet what language they read there:
/// it is written in that of `by`, who invites.
async fn send(
    tx: &mut Tx,
    resources: &Resources,
    mailer: Option<&Mailer>,
    (invitation, by): (&Invitation, Option<UserId>),
    secret: &Secret,
) -> Result<bool, StoreError> {
    let (Some(mailer), Some(to)) = (mailer, invitation.email.as_ref()) else {
        return Ok(false);
    };
    let language = match by {
        Some(by) => profiles::language(tx, by).await?,
        None => PageLanguage::default(),
    };
    let look = server_look::read_in(tx).await?;
    let about = About::Invitation {
        by: invitation.inviter.as_deref(),
        server: look.name(),
        // A moment of it is over already.
        days: (invitation.expires_at.micros() - resources.now().micros() + DAY / 2) / DAY,
    };
    let url = mailer.link(&invitation_path(secret.reveal()));
    let letter = Letter::about(to.clone(), language, &about, Some(url));
    mailer.post(tx, resources, &letter).await?;
    Ok(true)
}

/// In microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// Never the secret, nor its hash.
fn told(invitation: &Invitation) -> Value {
    json!({
        "invitation": invitation.id,
        "email": invitation.email.as_ref().map(Email::as_str),
        "role": invitation.role,
        "groups": invitation.groups,
    })
}

/// Revokes an invitation, or takes that back: the same link works again.
pub async fn set_revoked(
    resources: &Resources,
    member: &Member,
    id: InvitationId,
    revoked: bool,
) -> Result<Invitation, ChangeError> {
    let at = revoked.then(|| resources.now());
    let action = if revoked {
        AuditAction::InvitationRevoked
    } else {
        AuditAction::InvitationRestored
    };
    let (invitation, _) = changed(
        resources,
        (member, None),
        id,
        action,
        async |tx: &mut Tx| invitations::set_revoked(tx, id, at).await,
    )
    .await?;
    Ok(invitation)
}

/// Gives an invitation another link and as much time as it had: the old link opens nothing from now on.
pub async fn renew(
    resources: &Resources,
    mailer: Option<&Mailer>,
    member: &Member,
    id: InvitationId,
) -> Result<Invited, ChangeError> {
    let secret = Secret::new(&*resources.entropy);
    let until = resources.now().plus(lifetime(None)?);
    let action = AuditAction::InvitationRenewed;
    let by_mail = mailer.map(|mailer| (mailer, &secret));
    let (invitation, mailed) = changed(
        resources,
        (member, by_mail),
        id,
        action,
        async |tx: &mut Tx| invitations::renew(tx, id, &secret.hash(), until).await,
    )
    .await?;
    if mailed {
        resources.notify.notify_any();
    }
    Ok(Invited {
        invitation,
        secret,
        mailed,
    })
}

/// Changes an invitation by `work`, which says whether nobody had used it; then sends it, if there is something to send it by. Says
/// whether it did.
async fn changed(
    resources: &Resources,
    (member, by_mail): (&Member, Option<(&Mailer, &Secret)>),
    id: InvitationId,
    action: AuditAction,
    work: impl AsyncFnOnce(&mut Tx) -> Result<bool, StoreError>,
) -> Result<(Invitation, bool), ChangeError> {
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, ChangeError> {
            let actor = acting(tx, member).await?;
            let found = invitations::get(tx, id).await?;
            let before = found.ok_or(ChangeError::NotFound)?;
            check_manage(actor, before.role)?;
            if let Some(email) = &before.email
                && action != AuditAction::InvitationRevoked
                && people::has_address(tx, email).await?
            {
                return Err(PeopleError::HasAccount.into());
            }
            if !work(tx).await? {
                return Err(ChangeError::Accepted);
            }
            note(tx, resources, member, action, told(&before)).await?;
            let after = invitations::get(tx, id).await?;
            let after = after.ok_or(ChangeError::NotFound)?;
            let mailed = match by_mail {
                Some((mailer, secret)) => {
                    let of = (&after, Some(member.user.id));
                    send(tx, resources, Some(mailer), of, secret).await?
                }
                None => false,
            };
            Ok((after, mailed))
        })
        .await
}

/// An invitation, and what became of it; none where the secret is of none.
pub async fn look(
    resources: &Resources,
    secret: &Secret,
) -> Result<Option<(Invitation, InvitationState)>, StoreError> {
    let found = resources.store.invitation_by_secret(&secret.hash()).await?;
    Ok(found.map(|it| {
        let state = it.state(resources.now());
        (it, state)
    }))
}

/// What who accepts typed.
#[derive(Clone, Copy)]
pub struct Accepting<'a> {
    /// Counts where the invitation is for no address.
    pub email: Option<&'a str>,
    pub name: &'a str,
    pub password: &'a str,
}

/// Why an invitation gave no account.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error("there is no such invitation")]
    NotFound,
    #[error("{}", why(*.0))]
    Over(InvitationState),
    #[error(transparent)]
    Account(#[from] AccountNotMade),
    #[error(transparent)]
    Store(#[from] StoreError),
}

const fn why(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => "This invitation can be accepted.",
        InvitationState::Used => "This invitation was used already. It works once.",
        InvitationState::Revoked => "This invitation was taken back.",
        InvitationState::Expired => "This invitation has expired.",
    }
}

impl From<AccountError> for AcceptError {
    fn from(error: AccountError) -> Self {
        Self::Account(error.into())
    }
}

impl From<PasswordError> for AcceptError {
    fn from(error: PasswordError) -> Self {
        Self::Account(error.into())
    }
}

/// Makes the account that an invitation gives, and signs its browser in. Of two at once one wins.
pub async fn accept(
    resources: &Resources,
    passwords: &Passwords,
    secret: &Secret,
    typed: Accepting<'_>,
    from: &Origin,
) -> Result<(User, Secret), AcceptError> {
    let found = look(resources, secret).await?;
    let (invitation, state) = found.ok_or(AcceptError::NotFound)?;
    if state != InvitationState::Open {
        return Err(AcceptError::Over(state));
    }
    let wanted = NewAccount {
        email: match &invitation.email {
            Some(email) => email.clone(),
            None => typed.email.unwrap_or_default().parse()?,
        },
        name: clean_name(typed.name)?,
        role: invitation.role,
        password: Password::new(typed.password)?,
    };
    let (user, hash) = wanted.user(resources, passwords).await?;
    let now = resources.now();
    let made = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Secret, AcceptError> {
            join(tx, &invitation, (&user, &hash), now).await?;
            Ok(begin_session(tx, resources, user.id, from).await?)
        })
        .await;
    match made {
        Err(AcceptError::Store(error)) if error.is_duplicate() => {
            let email = user.email.as_str().to_owned();
            Err(AccountNotMade::Duplicate(email).into())
        }
        made => Ok((user, made?)),
    }
}

async fn join(
    tx: &mut Tx,
    invitation: &Invitation,
    (user, hash): (&User, &str),
    now: Timestamp,
) -> Result<(), AcceptError> {
    people::lock(tx).await?;
    tx.insert_user(user, Some(hash)).await?;
    if !invitations::take(tx, invitation.id, user.id, now).await? {
        let now_there = invitations::get(tx, invitation.id).await?;
        let state = now_there.map_or(InvitationState::Revoked, |it| it.state(now));
        return Err(AcceptError::Over(state));
    }
    if invitation.email.is_none() {
        people::set_unproved(tx, user.id).await?;
    }
    for group in &invitation.groups {
        if groups::get(tx, *group).await?.is_some() {
            groups::add_member(tx, *group, user.id).await?;
        }
    }
    let entry = Entry::by(
        user,
        AuditAction::InvitationAccepted,
        None,
        told(invitation),
    );
    Ok(audit::add(tx, &entry, now).await?)
}
