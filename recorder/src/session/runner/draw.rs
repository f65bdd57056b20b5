//! What the speaker draws.

use crossbeam_channel::bounded;

use super::TakeRunner;
use crate::pipeline::since;
use crate::session::drawing::DrawChange;
use crate::session::notice::Notice;
use crate::session::refusal::Refusal;

impl TakeRunner<'_> {
    /// The overlay comes with the first wish and stays until the take is stopped.
    pub(super) fn draw(&mut self, change: &DrawChange) -> Result<(), Refusal> {
        if self.overlay.is_none() {
            let (ended, drawn) = bounded(1);
            let pipeline = self.pipeline.as_ref().ok_or(Refusal::AlreadyStopped)?;
            let opened = pipeline.open_overlay(None, ended).map_err(|why| {
                tracing::debug!(%why, "drawing is refused: {why}");
                Refusal::NoOverlay
            })?;
            (self.overlay, self.drawn) = (Some(opened), drawn);
        }
        let now = since(self.now());
        if let Some((_, board)) = &self.overlay {
            board.change(|drawing| change.apply(drawing, now));
        }
        let settings = (change.on, change.tool, change.ink, change.keep);
        if settings != (None, None, None, None) {
            self.tell_drawing();
        }
        Ok(())
    }

    pub(super) fn tell_drawing(&mut self) {
        let Some((_, board)) = &self.overlay else {
            return;
        };
        let (on, style) = board.read(|drawing| (drawing.on, drawing.style));
        self.observer.notice(&Notice::Drawing {
            on,
            tool: style.tool,
            colour: style.ink,
            keep: style.keep,
        });
    }

    /// The pointer draws: its clicks are none.
    pub(super) fn pointer_draws(&self) -> bool {
        let board = self.overlay.as_ref();
        board.is_some_and(|(_, board)| board.read(|drawing| drawing.on))
    }
}
