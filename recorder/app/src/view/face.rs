//! While recording: where the face lies in the picture, and how large.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use aside_protocol::layout::{Corner, FaceSize, MARGIN_PERMILLE};

use super::widgets;
use crate::model::act::Intent;
use crate::model::line::Face;
use crate::model::take::Take;

/// The picture in small, in points.
const MAP: Vec2 = vec2(64.0, 36.0);

const CORNERS: [(Corner, &str); 4] = [
    (Corner::TopLeft, "Top left"),
    (Corner::TopRight, "Top right"),
    (Corner::BottomLeft, "Bottom left"),
    (Corner::BottomRight, "Bottom right"),
];

const SIZES: [(FaceSize, &str); 3] = [
    (FaceSize::Small, "Small"),
    (FaceSize::Medium, "Medium"),
    (FaceSize::Large, "Large"),
];

/// The face in a small picture, to be dragged into another corner, and its three sizes.
pub(super) fn place(ui: &mut Ui, take: &Take, wishes: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        map(ui, take, wishes);
        let shown = take.face == Face::Corner;
        for (size, name) in SIZES {
            let selected = shown && take.face_size == size;
            if ui.selectable_label(selected, name).clicked() && !selected {
                wishes.push(Intent::FaceSize(size));
            }
        }
        widgets::caption(ui, "Drag the face into a corner");
    });
}

fn map(ui: &mut Ui, take: &Take, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let (rect, _) = ui.allocate_exact_size(MAP, Sense::hover());
    let shown = take.face == Face::Corner;
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let mut dragged = false;
    let mut focused = None;
    for (corner, name) in CORNERS {
        let quarter = quarter(rect, corner);
        let id = ui.scope_id().with(("corner of the face", name));
        let response = ui.interact(quarter, id, Sense::click_and_drag());
        let selected = shown && take.face_corner == corner;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, name));
        if response.has_focus() {
            focused = Some(quarter);
        }
        let mut wanted = response.clicked().then_some(corner);
        if selected && response.dragged() {
            dragged = true;
        }
        if selected && response.drag_stopped() {
            wanted = pointer.map(|at| nearest(rect, at));
        }
        if let Some(wanted) = wanted
            && !(shown && take.face_corner == wanted)
        {
            wishes.push(Intent::FaceCorner(wanted));
        }
        response.on_hover_text(name);
    }
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, p.surface);
    painter.rect_stroke(
        rect,
        3.0,
        Stroke::new(1.0, p.line_control),
        StrokeKind::Inside,
    );
    let (centre, radius) = disc(rect, take.face_corner, take.face_size);
    let at = pointer.filter(|_| dragged).map_or(centre, |at| {
        let inside = rect.shrink(radius);
        pos2(
            at.x.clamp(inside.left(), inside.right()),
            at.y.clamp(inside.top(), inside.bottom()),
        )
    });
    match take.face {
        Face::Corner => {
            painter.circle_filled(at, radius, p.accent);
        }
        Face::Full => {
            painter.rect_filled(rect.shrink(3.0), 2.0, p.accent);
        }
        Face::Hidden => {
            painter.circle_stroke(centre, radius, Stroke::new(1.0, p.muted));
        }
    }
    if let Some(quarter) = focused {
        let line = Stroke::new(2.0, p.accent);
        painter.rect_stroke(quarter, 3.0, line, StrokeKind::Inside);
    }
}

fn is_right(corner: Corner) -> bool {
    matches!(corner, Corner::TopRight | Corner::BottomRight)
}

fn is_low(corner: Corner) -> bool {
    matches!(corner, Corner::BottomLeft | Corner::BottomRight)
}

fn quarter(rect: Rect, corner: Corner) -> Rect {
    let middle = rect.center();
    let x = if is_right(corner) {
        middle.x
    } else {
        rect.left()
    };
    let y = if is_low(corner) { middle.y } else { rect.top() };
    Rect::from_min_size(pos2(x, y), rect.size() * 0.5)
}

fn nearest(rect: Rect, at: eframe::egui::Pos2) -> Corner {
    let middle = rect.center();
    match (at.x >= middle.x, at.y >= middle.y) {
        (false, false) => Corner::TopLeft,
        (true, false) => Corner::TopRight,
        (false, true) => Corner::BottomLeft,
        (true, true) => Corner::BottomRight,
    }
}

/// Where the face lies in the small picture: its middle and radius.
fn disc(rect: Rect, corner: Corner, size: FaceSize) -> (eframe::egui::Pos2, f32) {
    let shorter = rect.width().min(rect.height());
    let part = |permille: u32| shorter * permille as f32 / 1000.0;
    let radius = part(size.permille()) * 0.5;
    let away = part(MARGIN_PERMILLE) + radius;
    let x = if is_right(corner) {
        rect.right() - away
    } else {
        rect.left() + away
    };
    let y = if is_low(corner) {
        rect.bottom() - away
    } else {
        rect.top() + away
    };
    (pos2(x, y), radius)
}
