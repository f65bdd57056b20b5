//! Pieces that several views use.

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::style::ScrollAnimation;
use eframe::egui::{
    Align, Align2, Atom, Button, Color32, Frame, Id, Key, Layout, Margin, Modifiers, Response,
    RichText, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::act::Intent;
use crate::model::take::Take;
use crate::model::{Model, Page, words};
use crate::theme::{self, Palette};

/// Quietest sound that moves the meter, dBFS.
const FLOOR_DB: f32 = -60.0;

/// The name of the app, and the ways to its pages.
pub(super) fn header(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Aside").size(theme::LARGE).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (page, name) in [
                (Page::Settings, "Settings"),
                (Page::Takes, "Takes"),
                (Page::Record, "Record"),
            ] {
                let selected = model.page == page;
                let tab = Button::selectable(selected, RichText::new(name).size(theme::SMALL));
                if ui.add(tab).clicked() && !selected {
                    wishes.push(Intent::Page(page));
                }
            }
        });
    });
}

/// Ctrl+1, 2 and 3 open the pages, whatever has the keyboard.
pub(super) fn page_keys(ui: &Ui, model: &Model, wishes: &mut Vec<Intent>) {
    for (key, page) in [
        (Key::Num1, Page::Record),
        (Key::Num2, Page::Takes),
        (Key::Num3, Page::Settings),
    ] {
        let pressed = ui.input_mut(|i| i.consume_key(Modifiers::CTRL, key));
        if pressed && model.page != page {
            wishes.push(Intent::Page(page));
        }
    }
}

/// Scrolls to what has just got the keyboard. To be called at the end of what scrolls.
pub(super) fn reveal_focus(ui: &Ui) {
    let focused = ui.memory(|memory| memory.focused());
    let known = Id::unique("revealed focus");
    if ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(known), focused))
        == focused
    {
        return;
    }
    if let Some(control) = focused.and_then(|id| ui.ctx().read_response(id))
        && control.layer_id == ui.layer_id()
        && ui.min_rect().contains_rect(control.rect)
    {
        ui.scroll_to_rect_animation(control.rect, None, ScrollAnimation::none());
    }
}

/// A screen reader reads this out when it changes.
pub(super) fn announce(ui: &Ui, id: Id) {
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_live(Live::Polite));
}

/// The one button that matters most here.
pub(super) fn primary(ui: &mut Ui, text: &str, width: f32) -> Response {
    let p = theme::palette(ui.visuals());
    let text = RichText::new(text).color(p.on_accent);
    let response = ui.add(
        Button::new((Atom::grow(), text, Atom::grow()))
            .fill(p.accent)
            .stroke(Stroke::new(1.0, p.accent))
            .min_size(vec2(width, 40.0)),
    );
    ring(ui, &response, p.on_accent);
    response
}

/// Shows that a control of one colour has the keyboard.
fn ring(ui: &Ui, response: &Response, colour: Color32) {
    if response.has_focus() {
        let rect = response.rect.shrink(3.0);
        let line = Stroke::new(2.0, colour);
        ui.painter()
            .rect_stroke(rect, 6.0, line, StrokeKind::Inside);
    }
}

/// A button that looks like words.
pub(super) fn quiet(ui: &mut Ui, text: &str) -> Response {
    let p = theme::palette(ui.visuals());
    let words = RichText::new(text).color(p.link).size(theme::SMALL);
    let response = ui.add(Button::new(words).frame(false));
    ring(ui, &response, p.accent);
    response
}

/// A button that takes something away.
pub(super) fn danger(ui: &mut Ui, text: &str) -> Response {
    let p = theme::palette(ui.visuals());
    ui.add(Button::new(RichText::new(text).color(p.danger)))
}

/// What happened, what is safe, what to do.
pub(super) fn problem(ui: &mut Ui, text: &str) {
    let p = theme::palette(ui.visuals());
    note(ui, text, p.danger, p.danger_soft);
}

/// Something to look at.
pub(super) fn warning(ui: &mut Ui, text: &str) {
    let p = theme::palette(ui.visuals());
    note(ui, text, p.warn, p.warn_soft);
}

fn note(ui: &mut Ui, text: &str, colour: Color32, fill: Color32) {
    Frame::new()
        .fill(fill)
        .corner_radius(8)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let said = ui.label(RichText::new(text).color(colour).size(theme::SMALL));
            announce(ui, said.id);
        });
}

/// A line of text, as wide as there is room.
pub(super) fn field<'t>(text: &'t mut String, hint: &'static str) -> TextEdit<'t> {
    TextEdit::singleline(text)
        .hint_text(hint)
        .align(Align2::LEFT_CENTER)
        .margin(Margin::symmetric(10, 6))
        .desired_width(f32::INFINITY)
}

/// Small words to the left of a control, all as wide as `width`.
pub(super) fn beside(ui: &mut Ui, text: &str, width: f32) -> Response {
    let size = vec2(width, theme::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        caption(ui, text)
    })
    .inner
}

/// Small words above a control.
pub(super) fn caption(ui: &mut Ui, text: &str) -> Response {
    let p = theme::palette(ui.visuals());
    ui.label(RichText::new(text).color(p.muted).size(theme::SMALL))
}

/// How loud it is. `None`: nothing is measured.
pub(super) fn meter(ui: &mut Ui, name: &str, level_db: Option<f32>, warn: bool, size: Vec2) {
    let p = theme::palette(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let loud = level_db.map_or(0.0, |db| ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, if warn { p.bg } else { p.hover });
    let mut filled = rect;
    filled.set_width(rect.width() * loud);
    painter.rect_filled(filled, 3.0, if warn { p.warn } else { p.good });
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from((loud * 100.0).round()));
        info
    });
}

/// The red dot: something is being recorded.
pub(super) fn dot(ui: &mut Ui, colour: Color32, hollow: bool) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
    let painter = ui.painter();
    if hollow {
        painter.circle_stroke(rect.center(), 5.0, Stroke::new(2.0, colour));
    } else {
        painter.circle_filled(rect.center(), 6.0, colour);
    }
}

/// Who can watch, and who could.
pub(super) fn audience(ui: &mut Ui, now: &str, wishes: &mut Vec<Intent>) {
    ui.horizontal_wrapped(|ui| {
        for word in ["owner", "members", "link"] {
            let selected = now == word;
            let name = words::audience(word);
            if ui.selectable_label(selected, name).clicked() && !selected {
                wishes.push(Intent::Audience(word));
            }
        }
    });
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Good,
    Look,
    Bad,
}

/// A small sign beside words that say the same.
pub(super) fn sign(ui: &mut Ui, sign: Sign, colour: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 22.0), Sense::hover());
    let at = rect.center();
    let stroke = Stroke::new(2.0, colour);
    let point = |x: f32, y: f32| pos2(at.x + x, at.y + y);
    let painter = ui.painter();
    match sign {
        Sign::Good => {
            painter.line_segment([point(-6.0, 0.0), point(-2.0, 4.0)], stroke);
            painter.line_segment([point(-2.0, 4.0), point(6.0, -5.0)], stroke);
        }
        Sign::Look => {
            painter.line_segment([point(0.0, -6.0), point(0.0, 1.0)], stroke);
            painter.circle_filled(point(0.0, 5.0), 1.5, colour);
        }
        Sign::Bad => {
            painter.line_segment([point(-5.0, -5.0), point(5.0, 5.0)], stroke);
            painter.line_segment([point(5.0, -5.0), point(-5.0, 5.0)], stroke);
        }
    }
    let name = match sign {
        Sign::Good => "Good",
        Sign::Look => "Worth a look",
        Sign::Bad => "Wrong",
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
}

/// What an icon button shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Pause,
    Go,
    Stop,
    Again,
    Cross,
    Mark,
    Pen,
    Face,
}

/// A square button with a name for screen readers and under the pointer.
pub(super) fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let p = theme::palette(ui.visuals());
    let size = Vec2::splat(36.0);
    let response = ui.add(Button::new("").min_size(size));
    let colour = if icon == Icon::Stop { p.now } else { p.text };
    draw(ui, icon, response.rect.center(), colour);
    response.on_hover_text(name).accessible_name(name)
}

/// The same, where it switches something on and off.
pub(super) fn icon_toggle(ui: &mut Ui, icon: Icon, name: &str, on: bool) -> Response {
    let p = theme::palette(ui.visuals());
    let button = Button::new("").min_size(Vec2::splat(36.0)).selected(on);
    let response = ui.add(button);
    draw(ui, icon, response.rect.center(), p.text);
    response.on_hover_text(name).accessible_name(name)
}

fn draw(ui: &Ui, icon: Icon, at: eframe::egui::Pos2, colour: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(2.0, colour);
    let point = |x: f32, y: f32| pos2(at.x + x, at.y + y);
    let bar = |x: f32| {
        let rect = eframe::egui::Rect::from_center_size(point(x, 0.0), vec2(3.5, 13.0));
        painter.rect_filled(rect, 1.0, colour);
    };
    match icon {
        Icon::Pause => {
            bar(-3.5);
            bar(3.5);
        }
        Icon::Go => {
            let corners = vec![point(-4.0, -7.0), point(7.0, 0.0), point(-4.0, 7.0)];
            painter.add(eframe::egui::Shape::convex_polygon(
                corners,
                colour,
                Stroke::NONE,
            ));
        }
        Icon::Stop => {
            let rect = eframe::egui::Rect::from_center_size(at, Vec2::splat(13.0));
            painter.rect_filled(rect, 2.0, colour);
        }
        Icon::Again => {
            let turn = |n: u8| {
                let angle = f32::from(n) * 0.26 - 0.6;
                point(6.5 * angle.cos(), 6.5 * angle.sin())
            };
            painter.line((0..20).map(turn).collect(), stroke);
            let end = turn(0);
            painter.line_segment([end, pos2(end.x + 0.5, end.y - 5.5)], stroke);
            painter.line_segment([end, pos2(end.x - 5.5, end.y + 0.5)], stroke);
        }
        Icon::Cross => {
            painter.line_segment([point(-5.5, -5.5), point(5.5, 5.5)], stroke);
            painter.line_segment([point(5.5, -5.5), point(-5.5, 5.5)], stroke);
        }
        Icon::Pen => {
            painter.line_segment([point(-6.0, 6.0), point(5.0, -5.0)], stroke);
            painter.line_segment([point(-7.5, 7.5), point(-3.0, 6.0)], stroke);
            painter.line_segment([point(-7.5, 7.5), point(-6.0, 3.0)], stroke);
        }
        Icon::Face => {
            let frame = eframe::egui::Rect::from_center_size(at, vec2(18.0, 13.0));
            painter.rect_stroke(frame, 2.0, Stroke::new(1.5, colour), StrokeKind::Inside);
            painter.circle_filled(point(-4.0, 1.5), 3.0, colour);
        }
        Icon::Mark => {
            painter.line_segment([point(-4.0, -7.0), point(-4.0, 8.0)], stroke);
            let flag = vec![point(-4.0, -7.0), point(7.0, -3.0), point(-4.0, 1.0)];
            painter.add(eframe::egui::Shape::convex_polygon(
                flag,
                colour,
                Stroke::NONE,
            ));
        }
    }
}

/// What is wrong with the take at the moment, in the engine's words.
pub(super) fn alarms(take: &Take) -> impl Iterator<Item = String> {
    use crate::model::words::in_window;
    let silent = take.is_silent();
    let told = take
        .alarms
        .iter()
        .any(|a| a.code.starts_with("microphone_"));
    let silent =
        (silent && !told).then(|| "The microphone is silent. Is it switched on?".to_owned());
    let closed = take.upload_closed.as_deref().map(in_window);
    let live = take.phase.is_live();
    let alarms = take.alarms.iter().map(move |alarm| {
        let said = in_window(&alarm.message);
        match live {
            true => said,
            // Nothing is recorded yet.
            false => said.replace(" The recording goes on.", ""),
        }
    });
    silent.into_iter().chain(closed).chain(alarms)
}

/// Colours by name, for views that draw more than one thing.
pub(super) fn palette(ui: &Ui) -> &'static Palette {
    theme::palette(ui.visuals())
}
