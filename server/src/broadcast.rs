//! Tells other processes on the same PostgreSQL which recordings changed here, and subscribers here what changed there.
//!
//! Only a way to be quick: who waits for rows also looks for them each second, so a lost message costs at most that. On
//! SQLite there is nothing to do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::notify::Notify;
use crate::store::channel::{Received, Sender};
use crate::store::{Result, Store};

/// After a failure the database is asked again this much later.
const RETRY: Duration = Duration::from_secs(1);
/// A connection on which nothing arrived for this long is replaced: it may have died without a word.
const IDLE: Duration = Duration::from_secs(60);

/// Broadcasts until `leaving` is cancelled. Messages count from the moment this was first polled.
pub async fn run(store: Store, notify: Notify, leaving: CancellationToken) {
    let Some(sender) = store.channel() else {
        return;
    };
    let Some(receiver_of) = store.channel() else {
        return;
    };
    notify.begin_broadcast();
    // What this process itself said comes back on the channel.
    let own = AtomicU32::new(0);
    tokio::select! {
        () = send(sender, &notify, &own) => {}
        () = receive(receiver_of, &notify, &own) => {}
        () = leaving.cancelled() => {}
    }
}

async fn send(mut sender: Sender, notify: &Notify, own: &AtomicU32) {
    loop {
        let untold = notify.untold().await;
        let sent = async {
            own.store(sender.backend().await?, Ordering::Relaxed);
            sender.send(untold).await
        };
        let sent: Result<()> = sent.await;
        if let Err(cause) = sent {
            tracing::warn!(%cause, "other servers could not be told of a change; they see it within a second: {cause}");
            tokio::time::sleep(RETRY).await;
        }
    }
}

async fn receive(channel: Sender, notify: &Notify, own: &AtomicU32) {
    loop {
        if let Err(cause) = listen(&channel, notify, own).await {
            tracing::warn!(%cause, "cannot hear of changes on other servers; they are looked for each second: {cause}");
            tokio::time::sleep(RETRY).await;
        }
    }
}

/// Listens on one connection until it fails or falls silent.
async fn listen(channel: &Sender, notify: &Notify, own: &AtomicU32) -> Result<()> {
    let mut receiver = channel.receiver().await?;
    notify.notify_all_here();
    while let Ok(received) = tokio::time::timeout(IDLE, receiver.next()).await {
        match received? {
            Received::Changed { recording, backend } => {
                if backend != own.load(Ordering::Relaxed) {
                    notify.notify_here(recording);
                }
            }
            Received::Gap => notify.notify_all_here(),
        }
    }
    Ok(())
}
