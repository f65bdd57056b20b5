//! `aside sources`: what can be recorded.

use super::exit::Exit;
use super::show::{err, out};
use crate::pipeline;

pub(super) fn sources(json: bool) -> Exit {
    let sources = pipeline::sources();
    if json {
        if let Ok(text) = serde_json::to_string_pretty(&sources) {
            out(&text);
        }
        return Exit::Ok;
    }
    if !sources.screens.is_empty() {
        out("Displays (--display N)");
    }
    for screen in &sources.screens {
        let main = if screen.primary { "  main" } else { "" };
        out(&format!(
            "  {}  {}  {}×{}{main}",
            screen.index, screen.name, screen.width, screen.height
        ));
    }
    if !sources.windows.is_empty() {
        out("Windows (--window ID)");
    }
    for window in &sources.windows {
        let mut remarks = String::new();
        if window.active {
            remarks.push_str("  in front");
        }
        if window.minimised {
            remarks.push_str("  minimised");
        }
        out(&format!(
            "  {}  {}  {}  {}×{}{remarks}",
            window.id, window.app, window.title, window.width, window.height
        ));
    }
    if !sources.microphones.is_empty() {
        out("Microphones (--mic DEVICE)");
    }
    for mic in &sources.microphones {
        let mut remarks = String::new();
        if mic.default {
            remarks.push_str("  default");
        }
        if mic.monitor {
            remarks.push_str("  hears what this computer plays");
        }
        out(&format!("  {}  {}{remarks}", mic.id, mic.name));
    }
    if !sources.cameras.is_empty() {
        out("Cameras (--camera DEVICE)");
    }
    for camera in &sources.cameras {
        let default = if camera.default { "  default" } else { "" };
        out(&format!("  {}  {}{default}", camera.id, camera.name));
    }
    if !sources.outputs.is_empty() {
        out("Outputs (--system-audio on records the default one)");
    }
    for output in &sources.outputs {
        let default = if output.default { "  default" } else { "" };
        out(&format!("  {}{default}", output.name));
    }
    for note in &sources.notes {
        err(&super::show::sentence(note));
    }
    Exit::Ok
}
