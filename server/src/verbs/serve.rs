//! `aside-server serve`

use std::process::ExitCode;

use anyhow::Context as _;
use aside_server::broadcast;
use aside_server::config::Config;
use aside_server::http::router;
use aside_server::http::serve::{Limits, serve};
use aside_server::imap::ImapClient;
use aside_server::lmtp;
use aside_server::mail::SmtpClient;
use aside_server::oidc::Provider;
use tokio::net::TcpListener;

use super::{open, say, supervise};

/// Runs until it is told to end. Zero required settings.
pub(crate) fn run(config: Config) -> anyhow::Result<ExitCode> {
    let _lock = open::lock(&config.data)?;
    open::runtime()?.block_on(run_on(config))?;
    Ok(ExitCode::SUCCESS)
}

async fn run_on(mut config: Config) -> anyhow::Result<()> {
    let leaving = open::leaving()?;
    // Now and not in the worker, so that whoever starts the server reads what is wrong.
    config.mail.as_ref().map(SmtpClient::open).transpose()?;
    config.oidc.as_ref().map(Provider::open).transpose()?;
    let replies = config.replies.clone();
    let imap = replies.as_ref().and_then(|it| it.imap.as_ref());
    imap.map(ImapClient::open).transpose()?;
    let lmtp = match replies.and_then(|it| it.lmtp) {
        Some(at) => {
            let listening = lmtp::Listener::bind(&at).await;
            Some(listening.with_context(|| {
                format!("cannot listen on {at}; choose another address with --reply-lmtp")
            })?)
        }
        None => None,
    };
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; choose another address with --listen",
            config.listen
        )
    })?;
    // Port 0 means a free one; links must name the one it became.
    config.listen = listener.local_addr()?;
    let address = config.listen;
    let limits = Limits {
        connections: config.max_connections,
        // So that one address alone cannot keep everybody else out.
        connections_per_address: (config.max_connections / 4).max(1),
        trusted: config.trusted_proxies.clone(),
        ..Limits::default()
    };
    let (worker, as_worker) = (config.worker, config.clone());

    let app = open::app(config).await?;
    open::settle(&app.config, &app).await?;
    let store = app.store.clone();
    let broadcast = tokio::spawn(broadcast::run(
        app.store.clone(),
        app.notify.clone(),
        leaving.clone(),
    ));
    let answers = lmtp.zip(open::replies(&app.config, &app));
    let lmtp = answers.map(|(listener, replies)| {
        if let Ok(at) = listener.address() {
            say::line(&format!("answers by mail on {at}"));
        }
        tokio::spawn(lmtp::serve(listener, replies, leaving.clone()))
    });
    let supervisor = worker.then(|| {
        let notify = app.notify.clone();
        tokio::spawn(supervise::keep_alive(as_worker, notify, leaving.clone()))
    });
    let answering = tokio::spawn(serve(
        listener,
        router::service(app),
        limits,
        leaving.clone(),
    ));
    say::line(&format!("listening on http://{address}"));

    answering.await.context("the accept loop broke")?;
    leaving.cancel();
    if let Some(lmtp) = lmtp {
        lmtp.await.context("the listener for mails broke")?;
    }
    if let Some(supervisor) = supervisor {
        supervisor.await.context("the worker's supervisor broke")?;
    }
    broadcast.await.context("the broadcast broke")?;
    store.close().await;
    Ok(())
}
