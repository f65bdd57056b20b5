//! `aside-server user add`, `aside-server user invite`, `aside-server token create`

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use aside_server::auth::password::Passwords;
use aside_server::config::Config;
use aside_server::domain::account::{Email, Password, Role, clean_name};
use aside_server::domain::group::folded;
use aside_server::domain::people::invitation_path;
use aside_server::domain::token::{Scope, Scopes};
use aside_server::resources::Resources;
use aside_server::service::account::{self, NewAccount};
use aside_server::service::invitations::{self, Inviter, NewInvitation};
use aside_server::service::token::{ForProgram, make_for_program};
use aside_server::service::{factors, mail_address, password};
use clap::Subcommand;

use super::common::Common;
use super::{open, say};

#[derive(Subcommand)]
pub(crate) enum User {
    /// Make an account
    Add {
        email: String,
        /// Read the password from stdin
        #[arg(long)]
        password_stdin: bool,
        /// owner, admin, member or viewer
        #[arg(long, default_value = "member")]
        role: Role,
        /// As others see it; the part before the @ when it is not said
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Print a link by which somebody who forgot their password sets a new one; it works once, for an hour
    Reset {
        email: String,
        #[command(flatten)]
        common: Common,
    },
    /// Take the second factor of somebody away who lost it
    Reset2fa {
        email: String,
        #[command(flatten)]
        common: Common,
    },
    /// Give an account another mail address
    SetMail {
        /// The address that it has
        email: String,
        /// The address that it is to have
        new: String,
        #[command(flatten)]
        common: Common,
    },
    /// Make an invitation and print its link; it works once and cannot be shown again
    Invite {
        /// Whose account it will be; whoever has the link says one when it is not said
        email: Option<String>,
        /// owner, admin, member or viewer
        #[arg(long, default_value = "member")]
        role: Role,
        /// A group into which they come; may be said several times
        #[arg(long, value_name = "NAME")]
        group: Vec<String>,
        /// How long the link works, 1 to 30
        #[arg(long)]
        days: Option<u32>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Make an API token and print it; it cannot be shown again
    Create {
        /// E-mail of the account
        #[arg(long)]
        user: String,
        /// To recognise it in the list of tokens
        #[arg(long)]
        name: String,
        /// What a program may do with it: read, comment, record or manage; may be said several times. Not said: whatever its person may
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<Scope>,
        /// How long it works; not said: until it is ended
        #[arg(long)]
        days: Option<u32>,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn user(verb: User) -> anyhow::Result<()> {
    match verb {
        User::Add {
            email,
            password_stdin,
            role,
            name,
            common,
        } => add(&email, password_stdin, role, name.as_deref(), common),
        User::Reset { email, common } => reset(&email, common),
        User::Reset2fa { email, common } => reset_2fa(&email, common),
        User::SetMail { email, new, common } => set_mail(&email, &new, common),
        User::Invite {
            email,
            role,
            group,
            days,
            common,
        } => invite(email, role, &group, days, common),
    }
}

fn invite(
    email: Option<String>,
    role: Role,
    group: &[String],
    days: Option<u32>,
    common: Common,
) -> anyhow::Result<()> {
    let config = common.resolve()?;
    let base = match &config.public_url {
        Some(url) => url.origin().ascii_serialization(),
        None => format!("http://{}", config.listen),
    };
    on(&config, async |resources| {
        let known = resources.store.group_names().await?;
        let find = |wanted: &String| {
            let found = known
                .iter()
                .find(|(_, name)| folded(name) == folded(wanted.trim()));
            found
                .map(|(id, _)| *id)
                .with_context(|| format!("there is no group called {wanted}"))
        };
        let wanted = NewInvitation {
            email,
            role,
            groups: group.iter().map(find).collect::<anyhow::Result<_>>()?,
            days,
        };
        // The link is printed; whoever runs this hands it on.
        let made = invitations::invite(resources, None, Inviter::CommandLine, wanted).await?;
        say::line(&format!("{base}{}", invitation_path(made.secret.reveal())));
        Ok(())
    })
}

fn reset(email: &str, common: Common) -> anyhow::Result<()> {
    let email: Email = email.parse()?;
    let config = common.resolve()?;
    let server = match &config.public_url {
        Some(url) => url.origin().ascii_serialization(),
        None => format!("http://{}", config.listen),
    };
    on(&config, async |resources| {
        let Some(secret) = password::make_link(resources, &email).await? else {
            bail!("nobody has the address {}", email.as_str())
        };
        say::line(&format!("{server}{}", password::path(&secret)));
        Ok(())
    })
}

fn reset_2fa(email: &str, common: Common) -> anyhow::Result<()> {
    let email: Email = email.parse()?;
    with_resources(common, async |resources| {
        let text = email.as_str();
        match factors::reset(resources, &email).await? {
            Some(true) => say::line(&format!("{text} signs in with the password alone now")),
            Some(false) => say::line(&format!("{text} had no second factor")),
            None => bail!("nobody has the address {text}"),
        }
        Ok(())
    })
}

fn set_mail(before: &str, after: &str, common: Common) -> anyhow::Result<()> {
    let (before, after): (Email, Email) = (before.parse()?, after.parse()?);
    with_resources(common, async |resources| {
        if !mail_address::set(resources, &before, &after).await? {
            bail!("nobody has the address {}", before.as_str())
        }
        say::line(&format!("{} is {} now", before.as_str(), after.as_str()));
        Ok(())
    })
}

fn add(
    email: &str,
    password_stdin: bool,
    role: Role,
    name: Option<&str>,
    common: Common,
) -> anyhow::Result<()> {
    let email: Email = email.parse()?;
    let name =
        clean_name(name.unwrap_or_else(|| email.as_str().split('@').next().unwrap_or_default()))?;
    if !password_stdin {
        bail!(
            "say --password-stdin and give the password on stdin, so that it does not stay in your shell's history"
        );
    }
    let password = Password::new(&read_password()?)?;
    let account = NewAccount {
        email,
        name,
        role,
        password,
    };
    with_resources(common, async |resources| {
        let user = account::add(resources, &Passwords::default(), account).await?;
        say::line(&format!("{} is {role} now", user.email.as_str()));
        Ok(())
    })
}

pub(crate) fn token(verb: Token) -> anyhow::Result<()> {
    let Token::Create {
        user,
        name,
        scope,
        days,
        common,
    } = verb;
    let (email, name): (Email, String) = (user.parse()?, clean_name(&name)?);
    with_resources(common, async |resources| {
        let Some((user, _)) = resources.store.credentials(&email).await? else {
            bail!("nobody has the address {}", email.as_str())
        };
        let wanted = ForProgram {
            name,
            scopes: Scopes::only(&scope).unwrap_or(Scopes::EVERYTHING),
            days,
            at_most: None,
        };
        let (_, secret) = make_for_program(resources, user.id, &wanted).await?;
        say::line(secret.reveal());
        Ok(())
    })
}

fn with_resources(
    common: Common,
    work: impl AsyncFnOnce(&Resources) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    on(&common.resolve()?, work)
}

fn on(
    config: &Config,
    work: impl AsyncFnOnce(&Resources) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    open::runtime()?.block_on(async {
        let resources = open::resources(config).await?;
        let done = work(&resources).await;
        resources.store.close().await;
        done
    })
}

fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        bail!(
            "the password is read from stdin: printf '%s' \"$PASSWORD\" | aside-server user add …"
        );
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the password from stdin")?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
