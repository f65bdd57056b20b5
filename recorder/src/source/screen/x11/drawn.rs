//! What the speaker draws, in the picture of one window. Everything else that is recorded of a desktop has it by the overlay, which is a
//! window like others there.

use std::sync::Arc;

use crate::clock::Mono;
use crate::compose::{Frame, Rect, Sheet};
use crate::source::drawing::{Board, since};

#[derive(Default)]
pub(super) struct Drawn {
    board: Option<Arc<Board>>,
    /// It is to be drawn into the picture.
    into_picture: bool,
    sheet: Sheet,
    /// Changes of the board that are on the sheet.
    seen: u64,
    /// When it looks otherwise by itself.
    due: Option<Mono>,
}

impl Drawn {
    pub(super) fn of(board: &Arc<Board>, into_picture: bool) -> Self {
        Self {
            board: Some(Arc::clone(board)),
            into_picture,
            ..Self::default()
        }
    }

    /// The pointer draws: its clicks are none.
    pub(super) fn pointer_draws(&self) -> bool {
        let board = self.board.as_ref();
        board.is_some_and(|board| board.read(|drawing| drawing.on))
    }

    fn board(&self) -> Option<&Arc<Board>> {
        self.board.as_ref().filter(|_| self.into_picture)
    }

    /// It looks otherwise than it did in the last picture.
    pub(super) fn is_due(&self, now: Mono) -> bool {
        let changed = |board: &Arc<Board>| board.changes() != self.seen;
        self.board().is_some_and(changed) || self.due.is_some_and(|due| now >= due)
    }

    pub(super) fn due(&self) -> Option<Mono> {
        self.due
    }

    /// What of the window is to be fetched because it is drawn on anew.
    pub(super) fn areas(&mut self, now: Mono, frame: Frame) -> Vec<Rect> {
        let Some(board) = self.board().cloned() else {
            return Vec::new();
        };
        self.seen = board.changes();
        let (sheet, at) = (&mut self.sheet, since(now));
        let (areas, next) = board.read(|drawing| {
            let areas = sheet.update(&drawing.strokes, frame, at);
            (areas, drawing.strokes.changes_at(at))
        });
        self.due = next.map(|next| now + next.saturating_sub(at));
        areas
    }

    pub(super) fn draw(&self, area: Rect, bgrx: &mut [u8]) {
        self.sheet.draw(area, bgrx);
    }
}
