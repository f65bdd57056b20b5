//! How the app looks: the colours of the web page (`web/src/ui/tokens.css`), sizes 13, 15, 18 and 24, steps of four.

pub mod fonts;

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle,
    Theme, Visuals, vec2,
};

pub const SMALL: f32 = 13.0;
pub const NORMAL: f32 = 15.0;
pub const LARGE: f32 = 18.0;
pub const HUGE: f32 = 24.0;
/// Least height of what is clicked.
pub const CONTROL: f32 = 34.0;
const RADIUS: u8 = 8;

/// The colours of one of the two themes.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    pub bg: Color32,
    pub surface: Color32,
    pub hover: Color32,
    pub line: Color32,
    pub line_control: Color32,
    pub text: Color32,
    pub muted: Color32,
    /// Primary action, focus, selection.
    pub accent: Color32,
    pub accent_hover: Color32,
    pub on_accent: Color32,
    pub link: Color32,
    pub selection: Color32,
    /// Recording, live, now; nothing else.
    pub now: Color32,
    pub on_now: Color32,
    pub danger: Color32,
    pub danger_soft: Color32,
    /// Something needs a look: a silent microphone.
    pub warn: Color32,
    pub warn_soft: Color32,
    pub good: Color32,
    pub inverse: Color32,
    pub on_inverse: Color32,
    pub stage: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

pub const LIGHT: Palette = Palette {
    bg: rgb(0xff_ffff),
    surface: rgb(0xf6_f6fa),
    hover: rgb(0xec_ecf2),
    line: rgb(0xdf_dfe8),
    line_control: rgb(0x82_828f),
    text: rgb(0x1b_1b22),
    muted: rgb(0x5b_5b68),
    accent: rgb(0x4f_4bbd),
    accent_hover: rgb(0x43_3fa8),
    on_accent: rgb(0xff_ffff),
    link: rgb(0x45_42b0),
    selection: rgb(0xd3_d1f6),
    now: rgb(0xc9_2a2a),
    on_now: rgb(0xff_ffff),
    danger: rgb(0xb3_261e),
    danger_soft: rgb(0xfc_f0ef),
    warn: rgb(0x7a_4b00),
    warn_soft: rgb(0xff_efc8),
    good: rgb(0x1f_6b3a),
    inverse: rgb(0x26_262e),
    on_inverse: rgb(0xf4_f4f8),
    stage: rgb(0x0c_0c0f),
};

pub const DARK: Palette = Palette {
    bg: rgb(0x13_1317),
    surface: rgb(0x1b_1b21),
    hover: rgb(0x29_2932),
    line: rgb(0x30_303a),
    line_control: rgb(0x76_7684),
    text: rgb(0xed_edf2),
    muted: rgb(0xa7_a7b5),
    accent: rgb(0x63_5fd0),
    accent_hover: rgb(0x56_52c2),
    on_accent: rgb(0xff_ffff),
    link: rgb(0xab_a8ff),
    selection: rgb(0x43_3f94),
    now: rgb(0xff_6f63),
    on_now: rgb(0x13_1317),
    danger: rgb(0xff_9a90),
    danger_soft: rgb(0x33_1c1c),
    warn: rgb(0xff_d27a),
    warn_soft: rgb(0x3a_2d10),
    good: rgb(0x7f_d6a0),
    inverse: rgb(0xed_edf2),
    on_inverse: rgb(0x1b_1b22),
    stage: rgb(0x0c_0c0f),
};

/// The colours of the theme that is shown.
pub const fn palette(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// Makes both themes ours, and a press of any length a click.
pub fn install(ctx: &Context) {
    // As everywhere else on a desktop. Where frames take long (drawn in software, on a busy machine), a short click looks like a long one.
    ctx.options_mut(|options| options.input_options.max_click_duration = f64::INFINITY);
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| dress(style, palette));
    }
}

fn dress(style: &mut Style, p: &Palette) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(SMALL)),
        (TextStyle::Body, font(NORMAL)),
        (TextStyle::Button, font(NORMAL)),
        (TextStyle::Heading, font(LARGE)),
        (TextStyle::Monospace, FontId::monospace(NORMAL)),
    ]
    .into();
    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(12.0, 4.0);
    style.spacing.interact_size = vec2(CONTROL, CONTROL);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.icon_width = 20.0;
    style.spacing.icon_width_inner = 12.0;
    style.spacing.icon_spacing = 8.0;
    style.spacing.combo_height = 320.0;
    style.animation_time = 0.0;
    style.interaction.selectable_labels = false;

    let v = &mut style.visuals;
    v.panel_fill = p.bg;
    v.window_fill = p.bg;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(RADIUS);
    v.menu_corner_radius = CornerRadius::same(RADIUS);
    v.popup_shadow = Shadow {
        offset: [0, 4],
        blur: 16,
        spread: 0,
        color: Color32::from_black_alpha(40),
    };
    v.extreme_bg_color = p.bg;
    v.text_edit_bg_color = Some(p.bg);
    v.faint_bg_color = p.surface;
    v.code_bg_color = p.surface;
    v.hyperlink_color = p.link;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.danger;
    v.weak_text_color = Some(p.muted);
    v.selection.bg_fill = p.selection;
    v.selection.stroke = Stroke::new(1.0, p.text);
    v.text_cursor.stroke = Stroke::new(2.0, p.accent);
    v.disabled_alpha = 0.55;

    let w = &mut v.widgets;
    for (widget, fill, line) in [
        (&mut w.noninteractive, p.bg, Stroke::new(1.0, p.line)),
        (&mut w.inactive, p.surface, Stroke::new(1.0, p.line_control)),
        (&mut w.hovered, p.hover, Stroke::new(1.0, p.line_control)),
        // Pressed, or with the focus of the keyboard.
        (&mut w.active, p.hover, Stroke::new(2.0, p.accent)),
        (&mut w.open, p.hover, Stroke::new(1.0, p.accent)),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = line;
        widget.fg_stroke = Stroke::new(1.5, p.text);
        widget.corner_radius = CornerRadius::same(RADIUS);
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_stands_out_from_what_lies_behind_it_in_both_themes() {
        for p in [LIGHT, DARK] {
            for (text, behind) in [
                (p.text, p.bg),
                (p.text, p.surface),
                (p.text, p.hover),
                (p.muted, p.bg),
                (p.muted, p.surface),
                (p.on_accent, p.accent),
                (p.on_accent, p.accent_hover),
                (p.on_now, p.now),
                (p.link, p.bg),
                (p.danger, p.bg),
                (p.danger, p.danger_soft),
                (p.warn, p.warn_soft),
                (p.good, p.bg),
                (p.on_inverse, p.inverse),
                (p.text, p.selection),
            ] {
                let found = contrast(text, behind);
                assert!(found >= 4.5, "{text:?} on {behind:?}: {found:.2}");
            }
            for (line, behind) in [(p.line_control, p.bg), (p.accent, p.bg), (p.now, p.bg)] {
                let found = contrast(line, behind);
                assert!(found >= 3.0, "{line:?} on {behind:?}: {found:.2}");
            }
        }
    }
}
