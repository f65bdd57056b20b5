//! A take is played back by `aside takes play`.

use std::process::Stdio;
use std::sync::Arc;

use super::verbs::Owned;
use super::{Engines, Heard, follow, program};
use crate::model::EngineId;
use crate::model::news::News;

impl Engines {
    /// Plays a take of the scratch folder; its lines and its end are told as those of an engine.
    pub fn play(&mut self, id: EngineId, take: &str) {
        let mut command = program::command(&self.program);
        self.scratch.within(&mut command);
        let spawned = command
            .args(["takes", "play", "--json", "--", take])
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return self.cannot_start(id, &error),
        };
        let (tell, output) = (Arc::clone(&self.tell), child.stdout.take());
        let player = Owned::new(child);
        self.players.insert(id, player.clone());
        self.follow(id, move || {
            if let Some(output) = output {
                follow::lines(id, output, &tell);
            }
            player.ended();
            tell(Heard::News(News::Gone { id }));
        });
    }
}
