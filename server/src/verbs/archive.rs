//! `aside-server export` and `aside-server import`: recordings as a folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use aside_server::archive::{self, Step, Wanted};
use aside_server::config::Config;
use aside_server::domain::account::Email;

use super::{open, say};

/// Exit code 1 when something was left out.
pub(crate) fn export(
    config: &Config,
    folder: &Path,
    user: Option<&str>,
    one_file: bool,
) -> anyhow::Result<ExitCode> {
    let email = user.map(str::parse::<Email>).transpose()?;
    open::runtime()?.block_on(async {
        let resources = open::resources(config).await?;
        let owner = match &email {
            None => None,
            Some(email) => match resources.store.credentials(email).await? {
                Some((user, _)) => Some(user.id),
                None => bail!("nobody here has the address {}; nothing was written", email.as_str()),
            },
        };
        let wanted = Wanted { owner, one_file };
        let done = archive::export(&resources, &wanted, folder, tell)
            .await
            .with_context(|| format!("{} was not written", folder.display()))?;
        resources.store.close().await;
        say::line(&format!(
            "{}: {} recordings ({:.1} MB of media). Open index.html in it to look at them; it holds everything that was said and shown, so keep it as private",
            folder.display(),
            done.recordings,
            done.bytes as f64 / 1e6
        ));
        Ok(code(done.lacking))
    })
}

/// Exit code 1 when a recording was refused.
pub(crate) fn import(config: &Config, folder: &Path) -> anyhow::Result<ExitCode> {
    open::runtime()?.block_on(async {
        let resources = open::resources(config).await?;
        open::settle(config, &resources).await?;
        let done = archive::import(&resources, folder, tell).await.context(
            "not everything was imported; what was stays, and the same command goes on from there",
        )?;
        resources.store.close().await;
        for email in &done.accounts {
            say::line(&format!("{email} has an account now, without a password"));
        }
        say::line(&format!(
            "{} recordings imported under their links, {} were there already, {} refused",
            done.recordings, done.present, done.refused
        ));
        if done.audit > 0 {
            say::line(&format!("{} rows of the audit log added", done.audit));
        }
        Ok(code(done.refused))
    })
}

fn code(left_out: usize) -> ExitCode {
    if left_out == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(step: Step) {
    let name = |title: String| {
        if title.is_empty() {
            "untitled".to_owned()
        } else {
            title
        }
    };
    say::line(&match step {
        Step::Done { n, of, title } => format!("{n} of {of}: {}", name(title)),
        Step::There { n, of, title } => format!("{n} of {of}: {} is there already", name(title)),
        Step::Lacking { title, why } => format!("NOTE: {}: {why}", name(title)),
    });
}
