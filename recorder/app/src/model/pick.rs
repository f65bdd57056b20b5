//! Something of the desktop is chosen on a dimmed picture of it.

use super::choice::Area;
use super::sources::Window;

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    Area,
    Window,
}

/// The dimmed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimmed {
    pub what: Pick,
    /// The picture is there.
    pub shown: bool,
    /// The window that is pointed at, by its id.
    pub pointed: Option<String>,
}

impl Dimmed {
    pub(super) const fn new(what: Pick) -> Self {
        Self {
            what,
            shown: false,
            pointed: None,
        }
    }
}

/// The windows that can be pointed at, those in front first. This app is not on the picture.
pub fn windows(all: &[Window]) -> impl Iterator<Item = &Window> {
    let own = |window: &Window| window.app.to_ascii_lowercase().contains("aside");
    all.iter()
        .filter(move |window| !window.minimised && window.width > 0 && !own(window))
}

/// The window in front at this pixel of the desktop.
pub fn at(all: &[Window], (x, y): (i32, i32)) -> Option<&Window> {
    windows(all).find(|window| {
        let area = area(window);
        let right = area.x.saturating_add_unsigned(area.width);
        let bottom = area.y.saturating_add_unsigned(area.height);
        (area.x..right).contains(&x) && (area.y..bottom).contains(&y)
    })
}

/// The one after (or before) the one that is pointed at.
pub fn next<'w>(all: &'w [Window], pointed: Option<&str>, back: bool) -> Option<&'w Window> {
    let shown: Vec<&Window> = windows(all).collect();
    let count = shown.len();
    let now = pointed.and_then(|id| shown.iter().position(|window| window.id == id));
    let next = match (now, back) {
        (None, false) => 0,
        (None, true) => count.checked_sub(1)?,
        (Some(now), false) => (now + 1) % count,
        (Some(now), true) => (now + count - 1) % count,
    };
    shown.get(next).copied()
}

/// Where a window lies.
pub const fn area(window: &Window) -> Area {
    Area {
        x: window.x,
        y: window.y,
        width: window.width,
        height: window.height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(id: &str, x: i32, app: &str) -> Window {
        Window {
            id: id.to_owned(),
            title: String::new(),
            app: app.to_owned(),
            minimised: false,
            x,
            y: 0,
            width: 100,
            height: 100,
        }
    }

    fn all() -> Vec<Window> {
        let mut all = vec![
            window("front", 50, "Editor"),
            window("own", 0, "io.github.aside.Aside"),
            window("behind", 0, "Browser"),
            window("away", 0, "Mail"),
        ];
        all[3].minimised = true;
        all
    }

    #[test]
    fn the_window_in_front_is_pointed_at_and_never_this_app_or_one_that_is_not_there() {
        let all = all();
        let id = |x, y| at(&all, (x, y)).map(|w| w.id.as_str());
        assert_eq!(id(60, 10), Some("front"));
        assert_eq!(id(10, 10), Some("behind"));
        assert_eq!(id(150, 10), None);
        assert_eq!(id(10, -1), None);
    }

    #[test]
    fn keys_go_round_through_the_windows_in_both_directions() {
        let all = all();
        let id = |now, back| next(&all, now, back).map(|w| w.id.as_str());
        assert_eq!(id(None, false), Some("front"));
        assert_eq!(id(Some("front"), false), Some("behind"));
        assert_eq!(id(Some("behind"), false), Some("front"));
        assert_eq!(id(None, true), Some("behind"));
        assert_eq!(id(Some("gone"), false), Some("front"));
        assert_eq!(next(&[], None, false), None);
        assert_eq!(next(&[], None, true), None);
    }
}
