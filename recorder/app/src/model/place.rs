//! Where the bar is while recording: never in the take, where that can be had.

use super::choice::{Area, Choice, Picture};
use super::settings::Bar;
use super::sources::Screen;

/// Where the window goes when recording begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In view, with its upper left corner there, in pixels of the desktop.
    At(i32, i32),
    /// In view, wherever the desktop puts it.
    Anywhere,
    /// Out of view; hotkeys, the tray and `aside stop` reach the take.
    Minimised,
}

/// Pixels between the bar and the edge of a screen.
const MARGIN: i32 = 24;

/// Where a bar of `size` pixels goes.
pub fn bar(
    choice: &Choice,
    wish: Bar,
    screens: &[Screen],
    wayland: bool,
    size: (i32, i32),
) -> Place {
    let seen = |screen: &Screen| bottom(area_of(screen), size);
    let main = screens
        .iter()
        .find(|s| s.primary)
        .or_else(|| screens.first());
    let shown = main.map_or(Place::Anywhere, seen);
    if wayland {
        // No program may place its window there, and the whole monitor is recorded with everything on it.
        return match (wish, &choice.picture) {
            (Bar::Shown, _) | (_, Picture::Camera) => Place::Anywhere,
            (Bar::Unrecorded, _) => Place::Minimised,
        };
    }
    let free = match &choice.picture {
        // The camera's picture and a window's own picture have no other window in them.
        Picture::Camera | Picture::Window(_) => Some(shown),
        Picture::Desktop => None,
        Picture::Display(index) => screens.iter().find(|s| s.index != *index).map(seen),
        Picture::Area(area) => screens
            .iter()
            .find_map(|screen| beside(*area, area_of(screen), size)),
    };
    match (free, wish) {
        (Some(place), _) => place,
        (None, Bar::Shown) => shown,
        (None, Bar::Unrecorded) => Place::Minimised,
    }
}

fn area_of(screen: &Screen) -> Area {
    Area {
        x: screen.x,
        y: screen.y,
        width: screen.width,
        height: screen.height,
    }
}

fn side(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

/// In the middle of the lower edge.
fn bottom(screen: Area, (width, height): (i32, i32)) -> Place {
    Place::At(
        screen.x + (side(screen.width) - width) / 2,
        screen.y + side(screen.height) - height - MARGIN,
    )
}

/// On the screen, below or above the area that is recorded.
fn beside(area: Area, screen: Area, (width, height): (i32, i32)) -> Option<Place> {
    let (screen_right, screen_bottom) = (
        screen.x + side(screen.width),
        screen.y + side(screen.height),
    );
    let (area_right, area_bottom) = (area.x + side(area.width), area.y + side(area.height));
    let apart = area_right <= screen.x
        || area.x >= screen_right
        || area_bottom <= screen.y
        || area.y >= screen_bottom;
    if apart {
        return Some(bottom(screen, (width, height)));
    }
    let x = (area.x + (side(area.width) - width) / 2)
        .clamp(screen.x, (screen_right - width).max(screen.x));
    let below = area_bottom + MARGIN;
    let above = area.y - MARGIN - height;
    if below + height <= screen_bottom {
        Some(Place::At(x, below))
    } else if above >= screen.y {
        Some(Place::At(x, above))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (i32, i32) = (560, 64);

    fn screen(index: usize, x: i32) -> Screen {
        Screen {
            index,
            name: format!("DP-{index}"),
            width: 1920,
            height: 1080,
            x,
            y: 0,
            primary: index == 0,
        }
    }

    fn of(picture: Picture, screens: &[Screen]) -> Place {
        let choice = Choice {
            picture,
            ..Choice::default()
        };
        bar(&choice, Bar::Unrecorded, screens, false, SIZE)
    }

    #[test]
    fn with_another_display_the_bar_is_on_that_one_and_without_it_is_minimised() {
        let both = [screen(0, 0), screen(1, 1920)];
        let Place::At(x, _) = of(Picture::Display(0), &both) else {
            panic!("there is another display")
        };
        assert!(x >= 1920);
        assert_eq!(of(Picture::Display(0), &both[..1]), Place::Minimised);
        assert_eq!(of(Picture::Desktop, &both), Place::Minimised);
    }

    #[test]
    fn a_display_that_is_unplugged_under_the_bar_gives_it_another_place() {
        let both = [screen(0, 0), screen(1, 1920)];
        let other = |screens: &[Screen]| of(Picture::Display(0), screens);
        let Place::At(x, _) = other(&both) else {
            panic!("there is another display")
        };
        assert!(x >= 1920);
        // The one with the bar is gone; the one that is recorded is not a place for it.
        assert_eq!(other(&both[..1]), Place::Minimised);
        // A window's own picture has no bar in it: the bar moves to the display that is left.
        let Place::At(x, _) = of(Picture::Window("0x1".to_owned()), &both[..1]) else {
            panic!("there is a display")
        };
        assert!(x < 1920);
    }

    #[test]
    fn the_bar_lies_below_or_above_an_area_and_never_on_it() {
        let screens = [screen(0, 0)];
        for (y, height) in [(0, 720), (300, 780), (200, 400)] {
            let area = Area {
                x: 100,
                y,
                width: 1280,
                height,
            };
            let Place::At(_, top) = of(Picture::Area(area), &screens) else {
                panic!("there is room beside {area:?}")
            };
            assert!(
                top >= y + side(height) || top + SIZE.1 <= y,
                "{top} is in {area:?}"
            );
        }
        let all = Area {
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
        };
        assert_eq!(of(Picture::Area(all), &screens), Place::Minimised);
    }

    #[test]
    fn a_window_or_the_camera_is_recorded_without_the_bar_so_it_stays_in_view() {
        let screens = [screen(0, 0)];
        assert!(matches!(of(Picture::Camera, &screens), Place::At(..)));
        assert!(matches!(
            of(Picture::Window("0x1".to_owned()), &screens),
            Place::At(..)
        ));
    }

    #[test]
    fn on_wayland_nothing_needs_to_float() {
        let choice = Choice::default();
        assert_eq!(
            bar(&choice, Bar::Unrecorded, &[], true, SIZE),
            Place::Minimised
        );
        assert_eq!(bar(&choice, Bar::Shown, &[], true, SIZE), Place::Anywhere);
    }
}
