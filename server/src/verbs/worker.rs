//! `aside-server worker`

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context as _;
use aside_server::broadcast;
use aside_server::config::Config;
use aside_server::jobs::{self, ModelSettings};
use tokio_util::sync::CancellationToken;

use super::open;

/// Set by the server that started this worker: stdin is a pipe from it, and its end means that the server is gone.
pub(super) const PARENT_PIPE: &str = "ASIDE_WORKER_LEASH";

/// Works until it is told to end.
pub(crate) fn run(config: Config) -> anyhow::Result<ExitCode> {
    open::runtime()?.block_on(async {
        let leaving = open::leaving()?;
        if std::env::var_os(PARENT_PIPE).is_some() {
            follow_leash(leaving.clone())?;
        }
        let resources = open::resources(&config).await?;
        open::settle(&config, &resources).await?;
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
        jobs::worker::run(resources, &model, leaving).await;
        broadcast.await.context("the broadcast broke")?;
        store.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// A thread of its own, because a read of stdin cannot be given up; it is never joined: the
/// process ends around it.
fn follow_leash(leaving: CancellationToken) -> anyhow::Result<()> {
    let wait = move || {
        let mut byte = [0; 1];
        while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
        leaving.cancel();
    };
    std::thread::Builder::new()
        .name("parent-pipe".to_owned())
        .spawn(wait)
        .context("cannot start a thread")?;
    Ok(())
}
