//! Gets the speech model that the settings name, says how it stands, and takes up the transcripts that waited for it.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::ModelState;
use super::worker::Worker;
use crate::domain::speech_model::{ModelStatus, Phase};
use crate::domain::transcript::TranscriptState;
use crate::service::transcript::take_up;
use crate::store::{self, Tx, speech_model};
use crate::transcribe::TranscribeError;
use crate::transcribe::model::{Choice, REPOSITORY, fetch, unknown_model};
use crate::transcribe::processor;
use crate::transcribe::whisper::Whisper;

/// A download that failed is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(600);
/// More threads than this make whisper.cpp hardly faster.
const MAX_THREADS: usize = 4;

/// What the settings say of the model.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// A known name or a path; none: no transcripts.
    pub name: Option<String>,
    /// Where downloaded models lie.
    pub data: PathBuf,
}

impl Worker {
    /// Makes the model ready, if the settings name one; ends when it is, or when it never will be.
    pub(super) async fn prepare_model(
        &self,
        settings: &ModelSettings,
        leaving: &CancellationToken,
    ) {
        let name = settings.name.clone().unwrap_or_default();
        let choice = Choice::of(settings.name.as_deref());
        if let Choice::Unknown(name) = &choice {
            tracing::error!("{}. Everything else works", unknown_model(name));
        }
        let Some(path) = choice.path(&settings.data) else {
            if choice == Choice::None {
                tracing::info!(
                    "no speech model: recordings get no transcript. Name one with --whisper-model, e.g. base.en"
                );
            }
            self.model_is(Phase::Missing, &name, None).await;
            return;
        };
        if let Some(lacking) = processor::lacking(&processor::compiled_for()) {
            tracing::error!("{lacking}");
            self.model_is(Phase::Missing, &name, None).await;
            return;
        }
        if let Choice::Named(known) = choice {
            self.tools().set_model(ModelState::Downloading);
            let progress = async |percent| {
                self.model_is(Phase::Downloading, &name, Some(percent))
                    .await;
            };
            while let Err(error) = fetch(known, &path, REPOSITORY, progress).await {
                tracing::error!(
                    model = known.name, %error,
                    "cannot download the speech model {}: {error}. Everything else works. It is tried again in ten minutes; or put the file ggml-{}.bin of whisper.cpp at {} yourself and start again",
                    known.name, known.name, path.display(),
                );
                self.tools().set_model(ModelState::Missing);
                self.resources().notify.notify_any();
                self.model_is(Phase::Missing, &name, None).await;
                tokio::select! {
                    () = leaving.cancelled() => return,
                    () = tokio::time::sleep(TRY_AGAIN) => {}
                }
            }
        }
        match load(path).await {
            Ok(whisper) => {
                self.tools().set_model(ModelState::ready(whisper));
                self.resources().notify.notify_any();
                self.model_is(Phase::Ready, &name, None).await;
                if let Err(error) = self.revive().await {
                    tracing::warn!(%error, "cannot take up the transcripts that waited for a speech model: {error}");
                }
            }
            Err(error) => {
                self.tools().set_model(ModelState::Missing);
                self.resources().notify.notify_any();
                self.model_is(Phase::Missing, &name, None).await;
                tracing::error!(%error, "{error}. Everything else works; name another with --whisper-model, e.g. base.en");
            }
        }
    }

    /// Writes down how the model stands, for `GET /api/me`.
    pub(super) async fn model_is(&self, phase: Phase, name: &str, percent: Option<u8>) {
        let resources = self.resources();
        let status = ModelStatus {
            phase,
            name: name.to_owned(),
            percent,
        };
        let written = resources
            .store
            .write(async |tx: &mut Tx| speech_model::set(tx, &status, resources.now()).await)
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "cannot write down how the speech model stands: {error}");
        }
    }

    /// Takes up every transcript that waits for a model.
    pub async fn revive(&self) -> store::Result<()> {
        let resources = self.resources();
        let waiting = TranscriptState::NoModel;
        for recording in resources.store.transcripts_in(waiting).await? {
            take_up(resources, recording).await?;
        }
        Ok(())
    }
}

/// Loads the model once, so that "ready" is true.
async fn load(path: PathBuf) -> Result<Whisper, TranscribeError> {
    // Half the machine: whisper.cpp's threads wait for each other by spinning, so one that has to share its
    // core makes all of them slower than fewer would be.
    let threads = std::thread::available_parallelism()
        .map_or(1, |n| n.get() / 2)
        .clamp(1, MAX_THREADS);
    let name = path.display().to_string();
    let loaded = tokio::task::spawn_blocking(move || {
        let whisper = Whisper::new(&path, threads)?;
        whisper.check()?;
        Ok(whisper)
    });
    loaded.await.unwrap_or_else(|_| {
        Err(TranscribeError::Model(
            name,
            "loading it panicked".to_owned(),
        ))
    })
}
