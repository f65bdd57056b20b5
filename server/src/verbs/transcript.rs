//! `aside-server transcript retry`

use anyhow::bail;
use aside_protocol::id::RecordingId;
use aside_server::domain::transcript::TranscriptState;
use aside_server::service::transcript::{Retried, retry};
use clap::Subcommand;

use super::common::Common;
use super::{open, say};

#[derive(Subcommand)]
pub(crate) enum Transcript {
    /// Try transcripts again that were given up or lack some of the sound; words that are published stay
    Retry {
        /// Ids of recordings
        recordings: Vec<RecordingId>,
        /// Every transcript that was given up
        #[arg(long, conflicts_with = "recordings")]
        failed: bool,
        /// Also those that people corrected; what they wrote stays in the history
        #[arg(long)]
        drop_corrections: bool,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn transcript(verb: Transcript) -> anyhow::Result<()> {
    let Transcript::Retry {
        recordings,
        failed,
        drop_corrections,
        common,
    } = verb;
    if recordings.is_empty() && !failed {
        bail!("say which: ids of recordings, or --failed for every transcript that was given up");
    }
    let config = common.resolve()?;
    open::runtime()?.block_on(async {
        let resources = open::resources(&config).await?;
        let wanted = if failed {
            let state = TranscriptState::Failed;
            resources.store.transcripts_in(state).await?
        } else {
            recordings
        };
        let mut taken_up = 0;
        for recording in &wanted {
            match retry(&resources, *recording, drop_corrections).await? {
                Retried::Begun => taken_up += 1,
                Retried::Nothing => say::line(&format!(
                    "{recording} has no transcript that was given up or lacks some of the sound"
                )),
                Retried::Corrected => say::line(&format!(
                    "{recording} was corrected by people and stays as it is; --drop-corrections transcribes it anew, and keeps what they wrote in its history"
                )),
            }
        }
        say::line(&format!(
            "{taken_up} transcripts are tried again by the next worker"
        ));
        resources.store.close().await;
        Ok(())
    })
}
