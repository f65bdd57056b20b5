//! `aside-server worker`

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context as _;
use aside_server::assistant::Assistant;
use aside_server::broadcast;
use aside_server::checked_http::{CheckedHttp, Limits};
use aside_server::config::Config;
use aside_server::domain::dial::DialRule;
use aside_server::imap::ImapClient;
use aside_server::jobs::{self, ModelSettings, Reach, Tools};
use aside_server::mail::SmtpClient;
use aside_server::notify::Notify;
use aside_server::store::Store;
use tokio_util::sync::CancellationToken;

use super::open;

/// Set by the server that started this worker: stdin is a pipe from it, and its end means that the server is gone.
pub(super) const PARENT_PIPE: &str = "ASIDE_WORKER_LEASH";

/// Works until it is told to end.
pub(crate) fn run(config: Config) -> anyhow::Result<ExitCode> {
    open::runtime()?.block_on(async {
        let leaving = open::leaving()?;
        let resources = open::resources(&config).await?;
        let resources = resources.mailing(config.mail.is_some());
        let has_parent = std::env::var_os(PARENT_PIPE).is_some();
        if has_parent {
            follow_parent(resources.notify.clone(), leaving.clone())?;
        }
        open::settle(&config, &resources).await?;
        let reach = Reach {
            http: CheckedHttp::new(
                DialRule::new(config.outbound_allow.clone()),
                Limits::default(),
            )?,
            public: config.public_url.clone(),
        };
        let smtp = config.mail.as_ref().map(SmtpClient::open).transpose()?;
        let imap = config.replies.as_ref().and_then(|it| it.imap.as_ref());
        let imap = imap.map(ImapClient::open).transpose()?;
        let mailbox = imap.zip(open::replies(&config, &resources));
        let answers = config.replies.as_ref().map(|it| it.address.clone());
        let screen = match &config.screen_text {
            Some(languages) => open::screen_reader(languages).await,
            None => None,
        };
        let assistant = config.assistant.as_ref();
        let assistant = assistant.map(Assistant::open).transpose()?;
        let tools = Tools::default()
            .reading_screens(screen)
            .sending_by(smtp)
            .asking(assistant)
            .answered_by(answers, mailbox)
            .reaching(Some(reach));
        let store = resources.store.clone();
        let model = ModelSettings {
            name: config.whisper_model,
            data: config.data,
        };
        let broadcast = tokio::spawn(broadcast::run(
            store.clone(),
            resources.notify.clone(),
            leaving.clone(),
        ));
        // PostgreSQL carries word from every server.
        let told = has_parent || matches!(store, Store::Postgres(_));
        jobs::worker::run(resources, &model, tools, told, leaving).await;
        broadcast.await.context("the broadcast broke")?;
        store.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// A thread of its own, because a read of stdin cannot be given up; it is never joined: the
/// process ends around it.
fn follow_parent(notify: Notify, leaving: CancellationToken) -> anyhow::Result<()> {
    let wait = move || {
        let mut bytes = [0; 64];
        while matches!(std::io::stdin().read(&mut bytes), Ok(1..)) {
            notify.notify_any();
        }
        leaving.cancel();
    };
    std::thread::Builder::new()
        .name("parent-pipe".to_owned())
        .spawn(wait)
        .context("cannot start a thread")?;
    Ok(())
}
