//! Drawing while a take runs.

use super::*;
use crate::model::drawing::{Draw, Tool};

const DRAWS: &str = r#"{"event":"hello","version":1,"commands":["start","stop","draw"]}"#;

#[test]
fn the_bar_shows_how_drawing_stands_as_the_engine_tells_it() {
    let (mut model, id) = live();
    tell(&mut model, id, DRAWS);
    assert_eq!(
        sent(&model.act(Intent::Hotkey(Action::Draw))),
        [json!({"command":"draw","on":true})]
    );
    assert!(!model.take.drawing.on, "the engine has not said so");
    let on = r#"{"event":"drawing","on":true,"tool":"arrow","colour":"red","keep":true}"#;
    tell(&mut model, id, on);
    let drawing = model.take.drawing;
    assert!(drawing.on && drawing.keep && drawing.tool == Tool::Arrow);
    assert_eq!(
        sent(&model.act(Intent::Draw(Draw::Undo))),
        [json!({"command":"draw","do":"undo"})]
    );
    assert_eq!(
        sent(&model.act(Intent::Hotkey(Action::Draw))),
        [json!({"command":"draw","on":false})]
    );
}

#[test]
fn the_engine_is_told_to_leave_the_bar_out_each_time_that_drawing_begins_whoever_began_it() {
    let (mut model, id) = live();
    model.window = Some(0x01a0_0007);
    let told = |on: bool, tool: &str| {
        format!(r#"{{"event":"drawing","on":{on},"tool":"{tool}","keep":false}}"#)
    };
    let leave_out = [json!({"command":"draw","leave_out":"0x1a00007"})];
    let none = [] as [Value; 0];
    assert_eq!(sent(&tell(&mut model, id, &told(true, "pen"))), leave_out);
    assert_eq!(sent(&tell(&mut model, id, &told(true, "box"))), none);
    assert_eq!(sent(&tell(&mut model, id, &told(false, "box"))), none);
    assert_eq!(sent(&tell(&mut model, id, &told(true, "box"))), leave_out);
}

#[test]
fn where_nothing_can_be_drawn_that_is_said() {
    let (mut model, _) = live();
    assert_eq!(
        sent(&model.act(Intent::Hotkey(Action::Draw))),
        [] as [Value; 0]
    );
    assert!(model.toast.as_ref().unwrap().text.contains("draw"));
    let (mut model, id) = live();
    tell(&mut model, id, DRAWS);
    model.act(Intent::Hotkey(Action::Draw));
    let refused = r#"{"event":"refused","command":"draw","reason":"no_overlay","message":"on Wayland nothing may lie over other windows"}"#;
    tell(&mut model, id, refused);
    assert!(model.toast.as_ref().unwrap().text.starts_with("On Wayland"));
}
