//! A part of the desktop, or a window of it, chosen on a dimmed picture of it: by mouse or by keys.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Area as Floating, CentralPanel, Color32, CursorIcon, Event, FontId, Frame, Id, Image,
    Key, Margin, PointerButton, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, TextureHandle, Ui,
    WidgetInfo, pos2, vec2,
};

use super::area::{Map, by_keys};
use super::widgets;
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::area;
use crate::model::choice::Area;
use crate::model::pick::{self, Pick};
use crate::model::sources::Window;
use crate::theme;

/// Everything that is not chosen.
const DIM: u8 = 150;
/// A pointer that goes no further than this, in points, clicks.
const NEAR: f32 = 4.0;

pub(super) fn show(ui: &mut Ui, model: &Model, picture: &TextureHandle) -> Vec<Intent> {
    let mut wishes = Vec::new();
    let Some(dimmed) = &model.dimmed else {
        return wishes;
    };
    let desktop = area::desktop(&model.sources.screens);
    CentralPanel::no_frame().show(ui, |ui| {
        let rect = ui.max_rect();
        Image::new(picture).paint_at(ui, rect);
        let Some(desktop) = desktop else {
            return;
        };
        let map = Map::over(rect, desktop);
        match (dimmed.what, model.area) {
            (Pick::Area, Some((chosen, _))) => choose_area(ui, &map, chosen, &mut wishes),
            (Pick::Area, None) => {}
            (Pick::Window, _) => {
                let pointed = dimmed.pointed.as_deref();
                point(ui, &map, &model.sources.windows, pointed, &mut wishes);
            }
        }
    });
    if ui.input(|i| i.key_pressed(Key::Escape)) {
        wishes.push(Intent::AreaCancel);
    } else if ui.input(|i| i.key_pressed(Key::Enter)) {
        wishes.push(Intent::AreaDone);
    }
    wishes
}

fn choose_area(ui: &mut Ui, map: &Map, chosen: Area, wishes: &mut Vec<Intent>) {
    let canvas = ui.allocate_rect(map.rect, Sense::click_and_drag());
    let canvas = canvas.on_hover_cursor(CursorIcon::Crosshair);
    map.dim(ui, Some(chosen), DIM);
    let words = format!("{} × {}", chosen.width, chosen.height);
    canvas.widget_info(|| {
        WidgetInfo::labeled(Role::Canvas, true, format!("Area of the desktop: {words}"))
    });
    let dragged = drag(ui).map(|(from, to)| {
        let shift = ui.input(|i| i.modifiers.shift);
        area::between(map.pixel(from), map.pixel(to), shift, map.desktop)
    });
    // Keys of the same frame come after the drag.
    let by_keys = by_keys(ui, dragged.unwrap_or(chosen), map.desktop);
    wishes.extend(by_keys.or(dragged).map(Intent::Area));
    if canvas.double_clicked() {
        wishes.push(Intent::AreaDone);
    }
    let place = map.place(chosen);
    tag(ui, map.rect, place, &words);
    let help = "Drag an area, with Shift 16:9. Arrow keys move it, with Shift they resize it, with Ctrl in small steps.";
    buttons(ui, "Record this area", true, help, wishes);
}

/// From where to where the pointer was dragged, as far as it is now. Events are read one by one: a frame of a large desktop may have
/// taken longer than the whole drag.
fn drag(ui: &Ui) -> Option<(Pos2, Pos2)> {
    let id = Id::unique("drag on the desktop");
    let mut from: Option<Pos2> = ui.data(|data| data.get_temp(id)).flatten();
    let mut dragged = None;
    for event in ui.input(|i| i.events.clone()) {
        let to = match event {
            Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                ..
            } => {
                let over = ui.ctx().layer_id_at(pos);
                let free = over.is_none_or(|layer| layer == ui.layer_id());
                if pressed {
                    from = Some(pos).filter(|_| free);
                    continue;
                }
                from.take().map(|from| (from, pos))
            }
            Event::PointerMoved(pos) => from.map(|from| (from, pos)),
            _ => None,
        };
        dragged = to
            .filter(|(from, to)| from.distance(*to) > NEAR)
            .or(dragged);
    }
    ui.data_mut(|data| data.insert_temp(id, from));
    dragged
}

fn point(
    ui: &mut Ui,
    map: &Map,
    windows: &[Window],
    pointed: Option<&str>,
    wishes: &mut Vec<Intent>,
) {
    let canvas = ui.allocate_rect(map.rect, Sense::click());
    let canvas = canvas.on_hover_cursor(CursorIcon::PointingHand);
    let known = pick::windows(windows).find(|w| Some(w.id.as_str()) == pointed);
    map.dim(ui, known.map(pick::area), DIM);
    let name = known.map_or("no window", |window| match window.title.as_str() {
        "" => window.app.as_str(),
        title => title,
    });
    canvas.widget_info(|| {
        WidgetInfo::labeled(Role::Canvas, true, format!("Window on the desktop: {name}"))
    });
    let under = |at| pick::at(windows, map.pixel(at)).map(|window| window.id.clone());
    let moved = ui.input(|i| i.pointer.delta() != vec2(0.0, 0.0));
    if let Some(at) = canvas.hover_pos().filter(|_| moved) {
        let under = under(at);
        if under.as_deref() != pointed {
            wishes.push(Intent::Point(under));
        }
    }
    if canvas.clicked()
        && let Some(window) = canvas.interact_pointer_pos().and_then(under)
    {
        wishes.push(Intent::Point(Some(window)));
        wishes.push(Intent::AreaDone);
    }
    let (on, back) = ui.input(|i| {
        let pressed = |keys: [Key; 2]| keys.iter().any(|key| i.key_pressed(*key));
        (
            pressed([Key::ArrowRight, Key::ArrowDown]),
            pressed([Key::ArrowLeft, Key::ArrowUp]),
        )
    });
    if on || back {
        let next = pick::next(windows, pointed, back);
        wishes.push(Intent::Point(next.map(|window| window.id.clone())));
    }
    if let Some(window) = known {
        let words = format!("{name}, {} × {}", window.width, window.height);
        tag(ui, map.rect, map.place(pick::area(window)), &words);
    }
    let help = "Click the window, or go through them with the arrow keys.";
    buttons(ui, "Record this window", known.is_some(), help, wishes);
}

/// Says what is chosen, below it where there is room.
fn tag(ui: &Ui, all: Rect, chosen: Rect, words: &str) {
    let p = widgets::palette(ui);
    let short: String = words.chars().take(80).collect();
    let font = FontId::proportional(theme::NORMAL);
    let galley = ui.painter().layout_no_wrap(short, font, p.on_inverse);
    let size = galley.size() + vec2(20.0, 12.0);
    let below = chosen.max.y + 8.0;
    let top = if below + size.y <= all.max.y {
        below
    } else {
        (chosen.max.y.min(all.max.y) - size.y - 8.0).max(all.min.y)
    };
    let left =
        (chosen.center().x - size.x * 0.5).clamp(all.min.x, (all.max.x - size.x).max(all.min.x));
    let rect = Rect::from_min_size(pos2(left, top), size);
    ui.painter().rect_filled(rect, 8.0, p.inverse);
    ui.painter()
        .galley(rect.min + vec2(10.0, 6.0), galley, p.on_inverse);
}

/// What can be done, at the upper edge.
fn buttons(ui: &Ui, take: &str, able: bool, help: &str, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    Floating::new(Id::unique("dimmed buttons"))
        .anchor(Align2::CENTER_TOP, vec2(0.0, 16.0))
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(p.bg)
                .stroke(Stroke::new(1.0, p.line))
                .corner_radius(8)
                .inner_margin(Margin::same(12))
                .show(ui, |ui| {
                    ui.set_max_width(520.0);
                    ui.label(RichText::new(help).color(p.muted).size(theme::SMALL));
                    ui.horizontal(|ui| {
                        let wanted =
                            ui.add_enabled_ui(able, |ui| widgets::primary(ui, take, 180.0));
                        if wanted.inner.clicked() {
                            wishes.push(Intent::AreaDone);
                        }
                        if ui.button("Cancel").clicked() {
                            wishes.push(Intent::AreaCancel);
                        }
                        let keys = "Enter takes it, Esc leaves.";
                        ui.label(RichText::new(keys).color(p.muted).size(theme::SMALL));
                    });
                });
        });
}

/// Everything around what is chosen.
impl Map {
    fn dim(&self, ui: &Ui, chosen: Option<Area>, alpha: u8) {
        let p = widgets::palette(ui);
        let painter = ui.painter();
        let dark = Color32::from_black_alpha(alpha);
        let Some(chosen) = chosen else {
            painter.rect_filled(self.rect, 0.0, dark);
            return;
        };
        let chosen = self.place(chosen).intersect(self.rect);
        for part in self.around(chosen) {
            painter.rect_filled(part, 0.0, dark);
        }
        painter.rect_stroke(chosen, 0.0, Stroke::new(2.0, p.accent), StrokeKind::Outside);
    }
}
