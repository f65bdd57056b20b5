//! Before the take: the devices are opened, and, where that was asked for, shown until `start`.

use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, never, select};

use super::command::{Asked, Standing};
use super::messages;
use super::notice::{Notice, Observer};
use super::outcome::RecordError;
use super::plan::Plan;
use super::snapshot::Snapshot;
use super::state::{Phase, Reaction, State, op};
use super::world::World;
use crate::pipeline::{Output, Pipeline};

/// Parts between the encoders and the disk: half a minute, should the disk be slow.
const PARTS_QUEUED: usize = 64;
/// How often levels are shown while the take waits for its start.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(250);

/// The devices, ready to record.
pub(super) struct Prepared {
    pub(super) pipeline: Pipeline,
    pub(super) parts: Receiver<Output>,
    /// With what was asked for meanwhile.
    pub(super) state: State,
}

/// Opens the devices; returns when the take is to begin.
pub(super) fn prepare(
    world: &World,
    plan: &Plan,
    commands: &Receiver<Asked>,
    observer: &mut dyn Observer,
    state: State,
) -> Result<Prepared, RecordError> {
    let mut waiting = Waiting {
        plan,
        commands: commands.clone(),
        state,
    };
    let (pipeline, parts) = waiting.open(world)?;
    waiting.state = waiting.state.next(super::state::Op::Opened).0;
    if waiting.state.phase == Phase::Ready {
        waiting.show(&pipeline, &parts, observer)?;
    }
    Ok(Prepared {
        pipeline,
        parts,
        state: waiting.state,
    })
}

struct Waiting<'a> {
    plan: &'a Plan,
    commands: Receiver<Asked>,
    state: State,
}

impl Waiting<'_> {
    /// Opens the devices on a thread of its own: a desktop may ask a person first, and who does not want to answer
    /// must be able to leave.
    fn open(&mut self, world: &World) -> Result<(Pipeline, Receiver<Output>), RecordError> {
        let (parts_in, parts) = bounded(PARTS_QUEUED);
        let (say_opened, opened) = bounded(1);
        let (scene, clock) = (self.plan.scene.clone(), world.clock.clone());
        let open = move || {
            // Nobody listens any more to a dialog that is answered too late; what was opened is closed again.
            let _ = say_opened.send(Pipeline::open(&scene, clock, parts_in));
        };
        let opening = Builder::new()
            .name("open".to_owned())
            .spawn(open)
            .map_err(RecordError::Thread)?;
        loop {
            select! {
                recv(opened) -> pipeline => {
                    let _ = opening.join();
                    return match pipeline {
                        Ok(pipeline) => Ok((pipeline?, parts)),
                        Err(_) => Err(RecordError::Cancelled),
                    };
                }
                recv(self.commands) -> asked => self.command(asked.ok())?,
            }
        }
    }

    /// Shows the levels of the devices until the take is to begin.
    fn show(
        &mut self,
        pipeline: &Pipeline,
        parts: &Receiver<Output>,
        observer: &mut dyn Observer,
    ) -> Result<(), RecordError> {
        let tracks = pipeline.tracks().into_iter().map(|(name, _)| name);
        observer.notice(&Notice::Ready {
            tracks: tracks.collect(),
        });
        while self.state.phase == Phase::Ready {
            select! {
                recv(self.commands) -> asked => self.command(asked.ok())?,
                recv(parts) -> output => match output {
                    Ok(Output::Alarm(alarm)) => observer.notice(&messages::told(&alarm)),
                    // Nothing is recorded, so there are no parts.
                    Ok(Output::Part(_)) => {}
                    Ok(Output::Ended(reason)) => {
                        return Err(RecordError::Lost(reason.to_string()));
                    }
                    Err(_) => return Err(RecordError::Cancelled),
                },
                default(SNAPSHOT_INTERVAL) => {
                    observer.snapshot(&Snapshot::of(&self.state, &pipeline.health()));
                }
            }
        }
        Ok(())
    }

    /// `None`: nobody steers any more.
    fn command(&mut self, asked: Option<Asked>) -> Result<(), RecordError> {
        let Some(asked) = asked else {
            self.commands = never();
            return Ok(());
        };
        let (next, reaction) = match op(&asked.command) {
            Some(op) => self.state.next(op),
            None => (self.state, Reaction::Nothing),
        };
        self.state = next;
        asked.reply(match reaction {
            Reaction::Refused(why) => Err(why),
            // What is to be done to the devices is done when they are open.
            Reaction::Nothing | Reaction::Do(_) => Ok(Standing {
                id: None,
                title: self.plan.title.clone(),
                state: next.phase.word(),
                muted: next.muted,
            }),
        });
        match next.phase {
            Phase::Over(_) => Err(RecordError::Cancelled),
            _ => Ok(()),
        }
    }
}
