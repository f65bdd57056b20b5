//! Gets the speech model that the settings name, and brings back the transcripts that waited for one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Ears;
use super::worker::Worker;
use crate::domain::transcript::TranscriptState;
use crate::service::transcript::take_up;
use crate::store;
use crate::transcribe::model::{Choice, REPOSITORY, fetch};
use crate::transcribe::whisper::Whisper;

/// A download that failed is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(600);
/// More threads than this make whisper.cpp hardly faster.
const MOST_THREADS: usize = 4;

impl Worker {
    /// Makes the ears ready, if the settings name a model; ends when they are, or when they never will be.
    pub(super) async fn prepare_model(&self, leaving: &CancellationToken) {
        let config = &self.app().config;
        let choice = Choice::of(config.whisper_model.as_deref());
        let Some(path) = choice.path(&config.data) else {
            tracing::info!(
                "no speech model: recordings get no transcript. Name one with --whisper-model, e.g. base.en"
            );
            return;
        };
        if let Choice::Named(known) = choice {
            self.tools().set_ears(Ears::Coming);
            while let Err(error) = fetch(known, &path, REPOSITORY).await {
                tracing::error!(
                    model = known.name, %error,
                    "cannot download the speech model {}: {error}. Everything else works. It is tried again in ten minutes; or put the file ggml-{}.bin of whisper.cpp at {} yourself and start again",
                    known.name, known.name, path.display(),
                );
                self.tools().set_ears(Ears::None);
                tokio::select! {
                    () = leaving.cancelled() => return,
                    () = tokio::time::sleep(TRY_AGAIN) => {}
                }
            }
        }
        // Half the machine: whisper.cpp's threads wait for each other by spinning, so one that has to share its
        // core makes all of them slower than fewer would be.
        let threads = std::thread::available_parallelism()
            .map_or(1, |n| n.get() / 2)
            .clamp(1, MOST_THREADS);
        match Whisper::new(&path, threads) {
            Ok(whisper) => {
                self.tools().set_ears(Ears::of(whisper));
                if let Err(error) = self.revive().await {
                    tracing::warn!(%error, "cannot take up the transcripts that waited for a speech model: {error}");
                }
            }
            Err(error) => {
                self.tools().set_ears(Ears::None);
                tracing::error!(%error, "{error}. Everything else works; name another with --whisper-model, e.g. base.en");
            }
        }
    }

    /// Takes up every transcript that waits for a model.
    pub async fn revive(&self) -> store::Result<()> {
        let app = self.app();
        let waiting = TranscriptState::NoModel;
        for recording in app.store.transcripts_in(waiting).await? {
            take_up(&app.store, &*app.entropy, recording, waiting, app.now()).await?;
        }
        Ok(())
    }
}
