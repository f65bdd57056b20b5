//! The dimmed desktop: a window of its own over everything, with a picture of the desktop that this app is not on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use eframe::egui::{
    ColorImage, Context, Pos2, TextureHandle, TextureOptions, Ui, ViewportBuilder, ViewportCommand,
    ViewportId, vec2,
};

use super::{Message, Shell, window};
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::news::News;
use crate::view;
use crate::x11::{self, Shot};

/// What the window is called; by it the keyboard finds it.
const TITLE: &str = "Aside: choose on the desktop";

/// The picture, while something is chosen on it.
#[derive(Default)]
pub(super) struct Dim {
    picture: Option<(TextureHandle, [usize; 2])>,
    /// The app's window is hidden for it; where it was.
    hidden: Option<Option<Pos2>>,
    scene: Arc<Mutex<Scene>>,
}

/// What the window over the desktop draws. A window that is hidden is awake ten times a second only, so this one goes on by itself
/// and what was wanted there is done by the other one a little later.
#[derive(Default)]
struct Scene {
    model: Model,
    wishes: Vec<Intent>,
}

impl Scene {
    fn lock(scene: &Mutex<Self>) -> MutexGuard<'_, Self> {
        scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws; what is wanted is done at once, as far as it is seen.
    fn show(&mut self, ui: &mut Ui, picture: &TextureHandle) {
        for wish in view::dimmed(ui, &self.model, picture) {
            // What follows of it is done once, by the window that is hidden.
            let _ = self.model.act(wish.clone());
            self.wishes.push(wish);
            ui.ctx().request_repaint();
            ui.ctx().request_repaint_of(ViewportId::ROOT);
        }
    }
}

impl Shell {
    /// Hides the window and has a picture taken of what is left.
    pub(super) fn shoot(&mut self, ctx: &Context) {
        let before = ctx.input(|i| i.viewport().outer_rect.map(|r| r.min));
        self.dim.hidden = Some(before);
        ctx.send_viewport_cmd(ViewportCommand::Visible(false));
        let post = self.post.clone();
        let spawned = Builder::new()
            .name("desktop".to_owned())
            .spawn(move || post.send(Message::Shot(x11::shoot())));
        if spawned.is_err() {
            self.shown(ctx, None);
        }
    }

    /// There is a picture, or there is none.
    pub(super) fn shown(&mut self, ctx: &Context, shot: Option<&Shot>) {
        if let (Some(shot), Some(_)) = (shot, &self.model.dimmed) {
            let most = ctx.input(|i| i.max_texture_side);
            let image = image(shot, most);
            let picture = ctx.load_texture("desktop", image, TextureOptions::LINEAR);
            self.dim.picture = Some((picture, [shot.width, shot.height]));
            // The window that is hidden is what opens the other one.
            ctx.send_viewport_cmd(ViewportCommand::RequestPaintWhileHidden);
            let focus = || x11::give_keyboard(TITLE);
            // Without a thread there is the mouse.
            let _ = Builder::new().name("focus".to_owned()).spawn(focus);
        }
        self.hear(ctx, News::Shot(shot.is_some()));
        ctx.request_repaint();
    }

    /// Does what is wanted there. The window is back as soon as nothing is chosen any more.
    pub(super) fn follow_dimmed(&mut self, ctx: &Context) {
        if self.dim.hidden.is_none() {
            return;
        }
        let wishes = std::mem::take(&mut Scene::lock(&self.dim.scene).wishes);
        for wish in wishes {
            self.act(ctx, wish);
        }
        if self.model.dimmed.is_some() {
            let mut scene = Scene::lock(&self.dim.scene);
            if scene.wishes.is_empty() {
                scene.model = self.model.clone();
                ctx.request_repaint_of(id());
            }
            return;
        }
        self.dim.picture = None;
        if let Some(before) = self.dim.hidden.take() {
            ctx.send_viewport_cmd(ViewportCommand::Visible(true));
            if let Some(before) = before {
                ctx.send_viewport_cmd(ViewportCommand::OuterPosition(before));
            }
            window::raise(ctx);
        }
    }

    /// Keeps the window over the desktop, while something is chosen on it.
    pub(super) fn show_dimmed(&self, ctx: &Context) {
        let (Some(dimmed), Some((picture, size))) = (&self.model.dimmed, &self.dim.picture) else {
            return;
        };
        if !dimmed.shown {
            return;
        }
        let scale = ctx.pixels_per_point();
        let builder = ViewportBuilder::default()
            .with_title(TITLE)
            .with_override_redirect(true)
            .with_decorations(false)
            .with_resizable(false)
            .with_taskbar(false)
            .with_always_on_top()
            .with_position(Pos2::ZERO)
            .with_inner_size(vec2(size[0] as f32, size[1] as f32) / scale);
        let (scene, picture) = (Arc::clone(&self.dim.scene), picture.clone());
        // Not one that is drawn with the window that is hidden: that one cannot open a window.
        ctx.show_viewport_deferred(id(), builder, move |ui, _class| {
            Scene::lock(&scene).show(ui, &picture);
        });
    }
}

fn id() -> ViewportId {
    ViewportId::from_hash_of(TITLE)
}

/// No side longer than the driver takes: of a larger desktop every n-th pixel is shown.
fn image(shot: &Shot, most: usize) -> ColorImage {
    let every = shot.width.max(shot.height).div_ceil(most.max(1)).max(1);
    if every == 1 {
        return ColorImage::from_rgba_unmultiplied([shot.width, shot.height], &shot.rgba);
    }
    let rows = shot.rgba.chunks_exact(shot.width * 4).step_by(every);
    let pixels: Vec<u8> = rows
        .flat_map(|row| row.chunks_exact(4).step_by(every).flatten().copied())
        .collect();
    let size = [shot.width.div_ceil(every), shot.height.div_ceil(every)];
    ColorImage::from_rgba_unmultiplied(size, &pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_that_is_larger_than_the_driver_takes_is_shown_smaller_and_whole() {
        for (width, height, most) in [(10, 6, 10), (10, 6, 4), (7, 9, 4), (3, 1, 1)] {
            let shot = Shot {
                width,
                height,
                rgba: vec![7; width * height * 4],
            };
            let image = image(&shot, most);
            assert!(image.size.iter().all(|side| (1..=most).contains(side)));
            assert_eq!(image.pixels.len(), image.size[0] * image.size[1]);
        }
    }
}
