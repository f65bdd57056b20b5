//! The window of the desktop: a page, or a bar that floats while a take runs.

use eframe::CreationContext;
use eframe::egui::{
    Context, IconData, Pos2, ViewportBuilder, ViewportCommand, WindowLevel, pos2, vec2,
};
use winit::raw_window_handle::{HasWindowHandle as _, RawWindowHandle};

use crate::model::line::Phase;
use crate::model::place::{self, Place};
use crate::model::{Model, Sight};
use crate::view;

/// A bar that is so near to its place, in pixels, is there.
const NEAR: f32 = 4.0;

/// So long after the last touch or word the preview is shown as fast as somebody looks who does something, in seconds.
const ATTENDED: f64 = 15.0;

/// How the window is at first.
pub(super) fn builder() -> ViewportBuilder {
    ViewportBuilder::default()
        .with_title("Aside")
        .with_app_id("io.github.aside.Aside")
        .with_inner_size(view::WINDOW)
        .with_min_inner_size([320.0, 240.0])
        .with_icon(icon())
}

/// A disc of the accent with the red dot of a recording.
fn icon() -> IconData {
    const SIDE: u32 = 64;
    let mut rgba = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let away = |n: u32| i64::from(2 * n + 1) - i64::from(SIDE);
            let distance = away(x).pow(2) + away(y).pow(2);
            rgba.extend(match distance {
                0..=484 => [0xff, 0x6f, 0x63, 0xff],
                485..=3600 => [0x4f, 0x4b, 0xbd, 0xff],
                _ => [0; 4],
            });
        }
    }
    IconData {
        rgba,
        width: SIDE,
        height: SIDE,
    }
}

/// The number of the window on an X server; `None`: there is none.
pub(super) fn number(window: &CreationContext<'_>) -> Option<u32> {
    match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok(),
        RawWindowHandle::Xcb(handle) => Some(handle.window.get()),
        _ => None,
    }
}

/// In front of everything else.
pub(super) fn raise(ctx: &Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
}

/// What the window is at the moment.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The height it was given, where it is a bar.
    bar: Option<f32>,
    /// Where the bar was put.
    place: Option<Place>,
    /// Where the page was.
    before: Option<Pos2>,
    /// What the task bar says.
    title: &'static str,
    /// When somebody did something here last, in seconds on the clock of the window.
    touched: f64,
}

impl Window {
    /// Whether anybody can see it, and does anything. `heard`: somebody speaks.
    pub(super) fn sight(&mut self, ctx: &Context, heard: bool) -> Sight {
        ctx.input(|input| {
            if heard || !input.raw.events.is_empty() {
                self.touched = input.time;
            }
            let window = input.viewport();
            let hidden = window.minimized == Some(true) || window.occluded == Some(true);
            match (hidden, window.focused) {
                (true, _) => Sight::Hidden,
                (false, Some(false)) => Sight::Behind,
                (false, _) if input.time - self.touched > ATTENDED => Sight::Idle,
                (false, _) => Sight::Front,
            }
        })
    }

    /// Makes the window what the model shows.
    pub(super) fn follow(&mut self, ctx: &Context, model: &Model) {
        self.keep_open(ctx, model);
        let title = match (model.is_live(), model.take.phase) {
            (true, Phase::Paused) => "Aside: paused",
            (true, _) => "Aside: recording",
            (false, _) => "Aside",
        };
        if title != self.title {
            self.title = title;
            ctx.send_viewport_cmd(ViewportCommand::Title(title.to_owned()));
        }
        let height = view::bar_height(model);
        match (model.shows_bar(), self.bar) {
            (true, None) => self.become_bar(ctx, model, height),
            (true, Some(known)) if (known - height).abs() > 0.5 => {
                self.bar = Some(height);
                resize(ctx, height);
                let place = place_of(ctx, model, height);
                if self.is_where_it_was_put(ctx) && matches!(place, Place::At(..)) {
                    self.put(ctx, place);
                }
                self.place = Some(place);
            }
            (false, Some(_)) => self.become_page(ctx),
            // A display that is gone takes the bar with it; where somebody has put it otherwise it stays.
            (true, Some(_)) => {
                let place = place_of(ctx, model, height);
                if self.place != Some(place) {
                    self.put(ctx, place);
                }
            }
            (false, None) => {}
        }
    }

    /// While recording nobody sees it: there is no place for it that is not recorded, or the desktop decides where it is.
    pub(super) fn is_out_of_view(&self, ctx: &Context, model: &Model) -> bool {
        let height = self.bar.unwrap_or_else(|| view::bar_height(model));
        model.wayland || place_of(ctx, model, height) == Place::Minimised
    }

    /// Who closes the window in the middle of a take wants it out of the way.
    fn keep_open(&self, ctx: &Context, model: &Model) {
        if model.is_live() && ctx.input(|i| i.viewport().close_requested()) {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            ctx.send_viewport_cmd(ViewportCommand::Minimized(true));
        }
    }

    fn become_bar(&mut self, ctx: &Context, model: &Model, height: f32) {
        self.bar = Some(height);
        self.before = ctx.input(|i| i.viewport().outer_rect.map(|r| r.min));
        ctx.send_viewport_cmd(ViewportCommand::Decorations(false));
        ctx.send_viewport_cmd(ViewportCommand::WindowLevel(WindowLevel::AlwaysOnTop));
        resize(ctx, height);
        self.put(ctx, place_of(ctx, model, height));
    }

    /// Nobody has moved the bar.
    fn is_where_it_was_put(&self, ctx: &Context) -> bool {
        let Some(Place::At(x, y)) = self.place else {
            return false;
        };
        let scale = ctx.pixels_per_point();
        let at = ctx.input(|i| i.viewport().outer_rect.map(|r| r.min * scale));
        at.is_some_and(|at| (at.x - x as f32).abs() <= NEAR && (at.y - y as f32).abs() <= NEAR)
    }

    fn put(&mut self, ctx: &Context, place: Place) {
        self.place = Some(place);
        match place {
            Place::At(x, y) => {
                let scale = ctx.pixels_per_point();
                let at = pos2(x as f32 / scale, y as f32 / scale);
                ctx.send_viewport_cmd(ViewportCommand::OuterPosition(at));
            }
            Place::Anywhere => {}
            Place::Minimised => ctx.send_viewport_cmd(ViewportCommand::Minimized(true)),
        }
    }

    fn become_page(&mut self, ctx: &Context) {
        self.bar = None;
        self.place = None;
        ctx.send_viewport_cmd(ViewportCommand::Decorations(true));
        ctx.send_viewport_cmd(ViewportCommand::WindowLevel(WindowLevel::Normal));
        ctx.send_viewport_cmd(ViewportCommand::MinInnerSize(vec2(320.0, 240.0)));
        ctx.send_viewport_cmd(ViewportCommand::InnerSize(view::WINDOW.into()));
        if let Some(before) = self.before.take() {
            ctx.send_viewport_cmd(ViewportCommand::OuterPosition(before));
        }
        raise(ctx);
    }
}

fn resize(ctx: &Context, height: f32) {
    let size = vec2(view::BAR_WIDTH, height);
    ctx.send_viewport_cmd(ViewportCommand::MinInnerSize(size));
    ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
}

fn place_of(ctx: &Context, model: &Model, height: f32) -> Place {
    let scale = ctx.pixels_per_point();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a bar is some hundred pixels"
    )]
    let size = ((view::BAR_WIDTH * scale) as i32, (height * scale) as i32);
    let settings = &model.settings;
    place::bar(
        &settings.choice,
        settings.bar,
        &model.sources.screens,
        model.wayland,
        size,
    )
}
