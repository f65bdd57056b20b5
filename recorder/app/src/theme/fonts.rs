//! The desktop's own fonts, where fontconfig names them; else those that come with egui. A font for a script that none of
//! these has is looked for when its first letter is shown.

use std::process::{Command, Stdio};
use std::sync::Arc;

use eframe::egui::{
    Context, FontData, FontFamily,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily},
};

/// Larger than any font of one script.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Asks for fonts from now on.
pub fn install(ctx: &Context) {
    if let Some(font) = find("sans-serif") {
        ctx.add_font(insert("desktop", font, FontPriority::Highest));
    }
    let missing = |request: &FallbackRequest<'_>| {
        let letter = request.cluster.chars().next()?;
        let font = find(&format!("sans-serif:charset={:x}", u32::from(letter)))?;
        Some(insert(&format!("for {letter}"), font, FontPriority::Lowest))
    };
    ctx.add_font_provider(Arc::new(missing));
}

fn insert(name: &str, data: FontData, priority: FontPriority) -> FontInsert {
    let family = InsertFontFamily {
        family: FontFamily::Proportional,
        priority,
    };
    FontInsert::new(name, data, vec![family])
}

/// The font of fontconfig's choice.
fn find(pattern: &str) -> Option<FontData> {
    let said = Command::new("fc-match")
        .args(["-f", "%{file}\n%{index}", pattern])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|said| said.status.success())?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (file, index) = said.split_once('\n')?;
    // Only outlines; the upper half of the number is the variation of a variable font.
    let lower = file.to_ascii_lowercase();
    let outlines = [".ttf", ".otf", ".ttc", ".otc"];
    let small = std::fs::metadata(file).is_ok_and(|m| m.len() <= MAX_BYTES);
    if !small || !outlines.iter().any(|end| lower.ends_with(end)) {
        return None;
    }
    let mut font = FontData::from_owned(std::fs::read(file).ok()?);
    font.index = index.trim().parse::<u32>().unwrap_or(0) & 0xffff;
    Some(font)
}
