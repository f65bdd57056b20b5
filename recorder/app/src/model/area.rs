//! A part of the desktop, chosen on a small picture of it.

use super::choice::Area;
use super::sources::Screen;

/// Smallest side, in pixels.
const LEAST: u32 = 64;

/// The smallest rectangle around all displays; `None`: there is none.
pub fn desktop(screens: &[Screen]) -> Option<Area> {
    let right = |s: &Screen| s.x.saturating_add_unsigned(s.width);
    let bottom = |s: &Screen| s.y.saturating_add_unsigned(s.height);
    let (x, y) = (
        screens.iter().map(|s| s.x).min()?,
        screens.iter().map(|s| s.y).min()?,
    );
    let (to_x, to_y) = (
        screens.iter().map(right).max()?,
        screens.iter().map(bottom).max()?,
    );
    Some(Area {
        x,
        y,
        width: to_x.abs_diff(x),
        height: to_y.abs_diff(y),
    })
}

/// What is offered first: the middle of the main display, three quarters of its height, 16:9.
pub fn first(desktop: Area, screens: &[Screen]) -> Area {
    let main = screens.iter().find(|s| s.primary).or(screens.first());
    let (x, y, width, height) = main
        .map_or((desktop.x, desktop.y, desktop.width, desktop.height), |s| {
            (s.x, s.y, s.width, s.height)
        });
    let tall = (height / 4 * 3).min(width / 16 * 9);
    let wide = tall / 9 * 16;
    let area = Area {
        x: x.saturating_add_unsigned((width - wide.min(width)) / 2),
        y: y.saturating_add_unsigned((height - tall) / 2),
        width: wide,
        height: tall,
    };
    inside(area, desktop)
}

/// Between two points, in pixels of the desktop. `wide`: 16:9, from the first point on.
pub fn between(from: (i32, i32), to: (i32, i32), wide: bool, desktop: Area) -> Area {
    let (width, mut height) = (from.0.abs_diff(to.0), from.1.abs_diff(to.1));
    if wide {
        height = width / 16 * 9;
    }
    let upper = if to.1 < from.1 {
        from.1.saturating_sub_unsigned(height)
    } else {
        from.1
    };
    let area = Area {
        x: from.0.min(to.0),
        y: upper,
        width,
        height,
    };
    inside(area, desktop)
}

/// Moved by so many pixels.
pub fn moved(area: Area, (right, down): (i32, i32), desktop: Area) -> Area {
    let area = Area {
        x: area.x.saturating_add(right),
        y: area.y.saturating_add(down),
        ..area
    };
    inside(area, desktop)
}

/// Wider and taller by so many pixels; the upper left corner stays.
pub fn resized(area: Area, (right, down): (i32, i32), desktop: Area) -> Area {
    let area = Area {
        width: area.width.saturating_add_signed(right),
        height: area.height.saturating_add_signed(down),
        ..area
    };
    inside(area, desktop)
}

/// Not smaller than can be recorded, with even sides, and wholly on the desktop.
fn inside(area: Area, desktop: Area) -> Area {
    let side = |side: u32, most: u32| side.clamp(LEAST.min(most), most) & !1;
    let (width, height) = (
        side(area.width, desktop.width),
        side(area.height, desktop.height),
    );
    let place = |at: i32, from: i32, most: u32, side: u32| {
        at.clamp(from, from.saturating_add_unsigned(most - side))
    };
    Area {
        x: place(area.x, desktop.x, desktop.width, width),
        y: place(area.y, desktop.y, desktop.height, height),
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESKTOP: Area = Area {
        x: -1920,
        y: 0,
        width: 3840,
        height: 1080,
    };

    fn screens() -> Vec<Screen> {
        [(-1920, false), (0, true)]
            .map(|(x, primary)| Screen {
                index: 0,
                name: String::new(),
                width: 1920,
                height: 1080,
                x,
                y: 0,
                primary,
            })
            .into()
    }

    #[test]
    fn the_first_area_lies_in_the_middle_of_the_main_display() {
        assert_eq!(desktop(&screens()), Some(DESKTOP));
        assert_eq!(desktop(&[]), None);
        let first = first(DESKTOP, &screens());
        assert_eq!((first.width, first.height), (1440, 810));
        assert_eq!((first.x, first.y), (240, 135));
    }

    #[test]
    fn whatever_is_dragged_or_pressed_the_area_stays_on_the_desktop_and_can_be_recorded() {
        let points = [-9999, -1920, -3, 0, 7, 1079, 1919, 9999];
        let mut areas = Vec::new();
        for x in points {
            for y in points {
                for wide in [false, true] {
                    areas.push(between((100, 100), (x, y), wide, DESKTOP));
                }
            }
        }
        let all = areas.clone();
        for (right, down) in [(-5000, 10), (10, -5000), (5000, 5000)] {
            areas.extend(all.iter().map(|a| moved(*a, (right, down), DESKTOP)));
            areas.extend(all.iter().map(|a| resized(*a, (right, down), DESKTOP)));
        }
        for a in areas {
            let right = a.x + i32::try_from(a.width).unwrap();
            let bottom = a.y + i32::try_from(a.height).unwrap();
            assert!(
                a.x >= -1920 && a.y >= 0 && right <= 1920 && bottom <= 1080,
                "{a:?}"
            );
            assert!(a.width >= LEAST && a.height >= LEAST, "{a:?}");
            assert_eq!((a.width % 2, a.height % 2), (0, 0), "{a:?}");
        }
    }

    #[test]
    fn with_shift_a_drag_is_sixteen_by_nine_in_every_direction() {
        for to in [(1380, 900), (1380, -500), (-1180, 101)] {
            let area = between((100, 500), to, true, DESKTOP);
            assert_eq!(area.width / 16, area.height / 9, "{area:?}");
        }
    }
}
