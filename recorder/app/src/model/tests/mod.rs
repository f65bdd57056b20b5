//! The model as a window would use it: news and wishes in, effects out.

mod drawing;
mod faults;
mod message;
mod sign_in;
mod sources;
mod take;
mod takes;
mod trial;

use serde_json::{Value, json};

use super::account::{Account, LoginLine, Step};
use super::act::Intent;
use super::choice::{Choice, Device, Picture};
use super::hotkey::Action;
use super::line::{Phase, parse};
use super::news::{News, Said};
use super::settings::Settings;
use super::take::End;
use super::*;

/// A model that is signed in, with an engine that waits.
fn ready() -> (Model, EngineId) {
    let mut model = signed_in();
    let id = started(&model.hear(no_takes()));
    tell(&mut model, id, HELLO);
    tell(
        &mut model,
        id,
        r#"{"event":"ready","tracks":["video","audio"]}"#,
    );
    (model, id)
}

const HELLO: &str = r#"{"event":"hello","version":1,"program":"aside 0.1.0","commands":["start","stop","preview","choose","sources"]}"#;
const LINK: &str =
    r#"{"event":"link","url":"https://a.example/w/abc","id":"0191-aa","slug":"abc"}"#;

fn signed_in() -> Model {
    let mut model = Model::new(Settings::default(), false);
    let account = r#"{"server":"https://a.example","signed_in":true}"#;
    model.hear(done(Task::Account, account));
    model
}

fn done(task: Task, out: &str) -> News {
    let said = Said {
        ok: true,
        out: out.to_owned(),
        err: String::new(),
    };
    News::Done { task, said }
}

fn no_takes() -> News {
    done(Task::Running, "[]")
}

fn started(effects: &[Effect]) -> EngineId {
    let mut ids = effects.iter().filter_map(|e| match e {
        Effect::Start { id, .. } => Some(*id),
        _ => None,
    });
    ids.next_back()
        .unwrap_or_else(|| panic!("no engine was started: {effects:?}"))
}

fn tell(model: &mut Model, id: EngineId, line: &str) -> Vec<Effect> {
    let line = parse(line).unwrap();
    model.hear(News::Line { id, line })
}

fn live() -> (Model, EngineId) {
    let (mut model, id) = ready();
    model.act(Intent::Record);
    tell(&mut model, id, LINK);
    tell(
        &mut model,
        id,
        r#"{"event":"started","tracks":["video","audio"]}"#,
    );
    (model, id)
}

fn sent(effects: &[Effect]) -> Vec<Value> {
    let commands = effects.iter().filter_map(|e| match e {
        Effect::Send { command, .. } => Some(command.clone()),
        _ => None,
    });
    commands.collect()
}

fn stopped(model: &mut Model, id: EngineId) {
    tell(
        model,
        id,
        r#"{"event":"stopping","why":"asked","message":null}"#,
    );
    tell(
        model,
        id,
        r#"{"event":"stopped","duration_ms":4000,"parts":8,"size":1}"#,
    );
}
