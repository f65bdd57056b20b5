//! Keeps a handful of pictures, more while the encoder is behind, and brings the one that goes to the encoder up to date.
//!
//! The encoder reads a picture while the next is painted, so a picture cannot be painted over in place. Each tile knows
//! when it last changed and each picture how fresh it is: what a picture missed is copied from the newest one, what
//! is new is converted into it, and nothing else is touched.

use std::sync::Arc;

use super::{Paint, Picture, Rect, Size, TILE};

/// Newest, being painted, being encoded, kept for repeats: nobody waits for an encoder that keeps up.
const AT_WORK: usize = 4;
/// Queued for an encoder that has to wait for the processor: half a second at 30 pictures a second …
const QUEUED: usize = 15;
/// … but no more memory than this; of any size at least two.
const QUEUED_BYTES: usize = 64 << 20;
/// Turns after which a picture beyond those at work is given back: some seconds.
const IDLE_TURNS: u64 = 90;

struct Slot {
    picture: Arc<Picture>,
    /// Turn in which it was complete.
    turn: u64,
}

/// Paints pictures of one size.
pub struct Canvas {
    size: Size,
    /// How many pictures there may be at once.
    most: usize,
    slots: Vec<Slot>,
    /// Slot of the newest picture.
    newest: Option<usize>,
    /// Slot being painted.
    target: Option<usize>,
    turn: u64,
    /// Turn in which each tile last changed, row by row.
    changed: Vec<u64>,
}

impl Canvas {
    pub fn new(size: Size) -> Self {
        let (columns, rows) = size.tiles();
        Self {
            size,
            most: AT_WORK + queued(size),
            slots: Vec::new(),
            newest: None,
            target: None,
            turn: 0,
            changed: vec![0; columns as usize * rows as usize],
        }
    }

    /// The picture as painted since `begin`; `None` if nothing was begun.
    pub fn finish(&mut self) -> Option<Arc<Picture>> {
        let target = self.target.take()?;
        self.slots[target].turn = self.turn;
        self.newest = Some(target);
        self.give_back();
        Some(Arc::clone(&self.slots[target].picture))
    }

    /// The newest picture that is complete.
    pub fn newest(&self) -> Option<Arc<Picture>> {
        self.newest.map(|n| Arc::clone(&self.slots[n].picture))
    }

    /// A picture nobody reads any more; the newest is what others are copied from. The first there is, so that what a
    /// slow moment needed more lies idle at the end.
    fn free(&mut self) -> Option<usize> {
        let free = (0..self.slots.len()).find(|n| self.newest != Some(*n) && self.is_idle(*n));
        if free.is_some() || self.slots.len() == self.most {
            return free;
        }
        self.slots.push(Slot {
            picture: Arc::new(Picture::black(self.size)),
            turn: 0,
        });
        Some(self.slots.len() - 1)
    }

    /// One picture a turn, once nobody has needed it for long: memory taken anew costs a millisecond a picture.
    fn give_back(&mut self) {
        let last = self.slots.len() - 1;
        if last >= AT_WORK && self.slots[last].turn + IDLE_TURNS < self.turn && self.is_idle(last) {
            self.slots.pop();
        }
    }

    fn is_idle(&mut self, slot: usize) -> bool {
        Arc::get_mut(&mut self.slots[slot].picture).is_some()
    }

    /// Copies what `target` missed, but for tiles that are about to be painted.
    fn catch_up(&mut self, target: usize, areas: &[Rect]) {
        let Some(newest) = self.newest else { return };
        let from = Arc::clone(&self.slots[newest].picture);
        let turn = self.slots[target].turn;
        let Some(to) = Arc::get_mut(&mut self.slots[target].picture) else {
            return;
        };
        let columns = self.size.tiles().0 as usize;
        for (n, changed) in self.changed.iter().enumerate() {
            let tile = tile(self.size, columns, n);
            if *changed > turn && !areas.iter().any(|a| a.intersection(tile) == Some(tile)) {
                to.copy(&from, tile);
            }
        }
    }
}

fn queued(size: Size) -> usize {
    let picture = size.width as usize * size.height as usize * 3 / 2;
    (QUEUED_BYTES / picture.max(1)).clamp(2, QUEUED)
}

fn tile(size: Size, columns: usize, n: usize) -> Rect {
    let side = |n: usize, limit: u32| {
        let begin = u32::try_from(n).unwrap_or(0) * TILE;
        (begin, TILE.min(limit - begin))
    };
    let ((x, width), (y, height)) = (
        side(n % columns, size.width),
        side(n / columns, size.height),
    );
    Rect {
        x,
        y,
        width,
        height,
    }
}

impl Paint for Canvas {
    fn begin(&mut self, areas: &[Rect]) -> bool {
        let Some(target) = self.free() else {
            return false;
        };
        self.catch_up(target, areas);
        self.turn += 1;
        self.target = Some(target);
        true
    }

    fn patch(&mut self, area: Rect, bgrx: &[u8], stride: usize) {
        let Some(area) = area.intersection(self.size.rect()) else {
            return;
        };
        let Some(picture) = self
            .target
            .and_then(|t| Arc::get_mut(&mut self.slots[t].picture))
        else {
            return;
        };
        picture.convert(area, bgrx, stride);
        let columns = self.size.tiles().0;
        for row in area.y / TILE..=(area.bottom() - 1) / TILE {
            let first = (row * columns + area.x / TILE) as usize;
            let last = (row * columns + (area.right() - 1) / TILE) as usize;
            self.changed[first..=last].fill(self.turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paint(canvas: &mut Canvas, area: Rect, grey: u8) -> Option<Arc<Picture>> {
        if !canvas.begin(&[area]) {
            return None;
        }
        let bytes = vec![grey; (area.width * area.height * 4) as usize];
        canvas.patch(area, &bytes, area.width as usize * 4);
        canvas.finish()
    }

    #[test]
    fn when_every_picture_is_in_use_there_is_no_room_and_later_there_is() {
        let size = Size::even(64, 64);
        let mut canvas = Canvas::new(size);
        let mut held: Vec<_> = (0..AT_WORK + QUEUED)
            .map(|n| paint(&mut canvas, size.rect(), u8::try_from(n).unwrap()).unwrap())
            .collect();
        assert!(paint(&mut canvas, size.rect(), 9).is_none());
        held.remove(0);
        assert!(paint(&mut canvas, size.rect(), 9).is_some());
    }

    #[test]
    fn extra_pictures_of_a_slow_moment_are_freed() {
        let size = Size::even(64, 64);
        let mut canvas = Canvas::new(size);
        let held: Vec<_> = (0..12)
            .map(|n| paint(&mut canvas, size.rect(), n).unwrap())
            .collect();
        drop(held);
        for n in 0..IDLE_TURNS {
            paint(&mut canvas, size.rect(), u8::try_from(n).unwrap()).unwrap();
        }
        assert!(canvas.slots.len() >= 11);
        for n in 0..12 {
            paint(&mut canvas, size.rect(), n).unwrap();
        }
        assert_eq!(canvas.slots.len(), AT_WORK);
    }

    #[test]
    fn large_pictures_wait_in_smaller_numbers() {
        assert_eq!(queued(Size::even(1920, 1080)), 15);
        assert_eq!(queued(Size::even(3840, 2160)), 5);
        assert_eq!(queued(Size::even(15_360, 8640)), 2);
    }

    proptest! {
        #[test]
        fn a_picture_shows_every_patch_whichever_pictures_are_in_use(
            steps in prop::collection::vec((0_u32..5, 0_u32..4, 1_u32..4, 1_u32..4, any::<u8>(), 0_usize..4), 1..40)
        ) {
            let size = Size::even(300, 200);
            let (mut canvas, mut held) = (Canvas::new(size), Vec::new());
            let mut wanted = Picture::black(size);
            for (x, y, w, h, grey, hold) in steps {
                let area = Rect { x: x * TILE, y: y * TILE, width: w * TILE, height: h * TILE };
                let Some(area) = area.intersection(size.rect()) else { continue };
                wanted.convert(area, &vec![grey; (area.width * area.height * 4) as usize], area.width as usize * 4);
                let picture = paint(&mut canvas, area, grey).unwrap();
                prop_assert!(picture.y() == wanted.y() && picture.u() == wanted.u() && picture.v() == wanted.v());
                held.push(picture);
                while held.len() > hold { held.remove(0); }
            }
        }
    }
}
