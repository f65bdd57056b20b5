//! Before the take: the devices are opened, and, where that was asked for, shown until `start`; others may be chosen
//! meanwhile.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use super::chosen::{Chosen, EffectsChange};
use super::command::{Asked, Command, Standing};
use super::messages;
use super::notice::{Notice, Observer};
use super::outcome::RecordError;
use super::plan::Plan;
use super::previews::Previews;
use super::snapshot::Snapshot;
use super::state::{Effect, Op, Phase, Reaction, State, op};
use super::world::World;
use crate::clock::Clock;
use crate::pipeline::{FailedTrack, Output, Pipeline, Scene};

/// Parts between the encoders and the disk: half a minute, should the disk be slow.
const PARTS_QUEUED: usize = 64;
/// How often levels are shown while the take waits for its start.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(250);

/// Opens the devices of a scene; `Pipeline::open_scene`, or what stands in its place.
pub type OpenDevices = Arc<
    dyn Fn(&Scene, Arc<dyn Clock>, Sender<Output>) -> Result<Pipeline, FailedTrack> + Send + Sync,
>;

/// The devices, ready to record.
pub(super) struct Prepared {
    pub(super) pipeline: Pipeline,
    pub(super) parts: Receiver<Output>,
    /// With what was asked for meanwhile.
    pub(super) state: State,
}

/// Opens the devices; returns when the take is to begin. `plan` then says what was chosen in the end.
pub(super) fn prepare(
    open: &OpenDevices,
    world: &World,
    plan: &mut Plan,
    commands: &Receiver<Asked>,
    observer: &mut dyn Observer,
    previews: &mut Previews,
    state: State,
) -> Result<Prepared, RecordError> {
    let (parts_in, parts) = bounded(PARTS_QUEUED);
    let mut waiting = Waiting {
        open: Arc::clone(open),
        plan,
        commands: commands.clone(),
        observer,
        previews,
        state,
        wanted: None,
    };
    // Where a program steers, a device that cannot be opened may be replaced by another one.
    let chooses = waiting.state.waits() && waiting.plan.previews.is_some();
    let mut pipeline = waiting.open(world, &parts_in, chooses)?;
    loop {
        while let Some(wanted) = waiting.wanted.take() {
            pipeline = match waiting.change(pipeline, wanted)? {
                Some(pipeline) => pipeline,
                None => waiting.open(world, &parts_in, true)?,
            };
        }
        waiting.opened(&pipeline);
        if waiting.state.phase == Phase::Ready {
            waiting.show(&pipeline, &parts)?;
        }
        // Else something else was chosen.
        if waiting.state.phase != Phase::Opening {
            break;
        }
    }
    Ok(Prepared {
        pipeline,
        parts,
        state: waiting.state,
    })
}

/// How a change of the devices went; the pipeline is as it says.
enum Changed {
    Done,
    /// It is as it was before.
    Undone(FailedTrack),
    /// What was before cannot be opened again either.
    Lost([FailedTrack; 2]),
}

struct Waiting<'a> {
    open: OpenDevices,
    plan: &'a mut Plan,
    commands: Receiver<Asked>,
    observer: &'a mut dyn Observer,
    previews: &'a mut Previews,
    state: State,
    /// Chosen and not open yet.
    wanted: Option<Chosen>,
}

impl Waiting<'_> {
    /// Opens the devices on a thread of its own: a desktop may ask a person first, and who does not want to answer
    /// must be able to leave.
    ///
    /// `chooses`: where one cannot be opened, another one may be chosen.
    fn open(
        &mut self,
        world: &World,
        parts: &Sender<Output>,
        chooses: bool,
    ) -> Result<Pipeline, RecordError> {
        loop {
            let (scene, clock) = (self.plan.chosen.scene(), world.clock.clone());
            let (parts, open) = (parts.clone(), Arc::clone(&self.open));
            match self.on_a_thread(move || open(&scene, clock, parts))? {
                Ok(pipeline) => return Ok(pipeline),
                Err(failed) if chooses => {
                    self.not_opened(&failed);
                    self.choose_again()?;
                }
                Err(failed) => return Err(failed.error.into()),
            }
        }
    }

    /// Nothing is open: waits until something else is chosen, or until `start` asks to try the same once more.
    fn choose_again(&mut self) -> Result<(), RecordError> {
        while self.wanted.is_none() && self.state.waits() {
            let told = self.previews.told.clone();
            select! {
                recv(self.commands) -> asked => self.command(asked.ok(), None)?,
                recv(told) -> told => self.tell(told.ok()),
            }
        }
        if let Some(wanted) = self.wanted.take() {
            self.plan.chosen = wanted;
        }
        Ok(())
    }

    fn not_opened(&mut self, failed: &FailedTrack) {
        self.state.wait_again();
        self.observer.notice(&Notice::ChoiceFailed {
            track: failed.track,
            message: failed.error.to_string(),
        });
    }

    /// Opens and closes what was chosen otherwise. `None`: nothing is open any more.
    fn change(
        &mut self,
        pipeline: Pipeline,
        wanted: Chosen,
    ) -> Result<Option<Pipeline>, RecordError> {
        let (before, scene) = (self.plan.chosen.scene(), wanted.scene());
        let (pipeline, changed) = self.on_a_thread(move || {
            let mut pipeline = pipeline;
            let changed = match pipeline.change(&scene) {
                Ok(()) => Changed::Done,
                Err(failed) => match pipeline.change(&before) {
                    Ok(()) => Changed::Undone(failed),
                    Err(before) => Changed::Lost([failed, before]),
                },
            };
            (pipeline, changed)
        })?;
        match changed {
            Changed::Done => self.plan.chosen = wanted,
            Changed::Undone(failed) => self.not_opened(&failed),
            Changed::Lost(failed) => {
                drop(pipeline);
                failed.iter().for_each(|failed| self.not_opened(failed));
                self.choose_again()?;
                return Ok(None);
            }
        }
        Ok(Some(pipeline))
    }

    /// Commands are obeyed meanwhile.
    fn on_a_thread<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, RecordError> {
        let (say_done, done) = bounded(1);
        let thread: JoinHandle<()> = Builder::new()
            .name("open".to_owned())
            .spawn(move || {
                // Nobody listens any more to a dialog that is answered too late; what was opened is closed again.
                let _ = say_done.send(work());
            })
            .map_err(RecordError::Thread)?;
        let told = self.previews.told.clone();
        loop {
            select! {
                recv(done) -> opened => {
                    let _ = thread.join();
                    return opened.map_err(|_| RecordError::Cancelled);
                }
                recv(self.commands) -> asked => self.command(asked.ok(), None)?,
                recv(told) -> told => self.tell(told.ok()),
            }
        }
    }

    fn opened(&mut self, pipeline: &Pipeline) {
        self.state.chosen(self.plan.parts());
        self.previews.mirror(self.plan.chosen.mirror);
        self.previews.show(pipeline);
        pipeline.show_effects(self.plan.chosen.effects);
        self.state = self.state.next(Op::Opened).0;
    }

    /// Shows the levels of the devices until the take is to begin, or something else is chosen.
    fn show(&mut self, pipeline: &Pipeline, parts: &Receiver<Output>) -> Result<(), RecordError> {
        let tracks = pipeline.tracks().into_iter().map(|(name, _)| name);
        self.observer.notice(&Notice::Ready {
            tracks: tracks.collect(),
        });
        while self.state.phase == Phase::Ready {
            let told = self.previews.told.clone();
            select! {
                recv(self.commands) -> asked => self.command(asked.ok(), Some(pipeline))?,
                recv(told) -> told => self.tell(told.ok()),
                recv(parts) -> output => match output {
                    Ok(Output::Alarm(alarm)) => self.observer.notice(&messages::told(&alarm)),
                    // Nothing is recorded, so there are no parts.
                    Ok(Output::Part(_) | Output::Init { .. } | Output::Heard { .. }) => {}
                    Ok(Output::Ended(reason)) => {
                        return Err(RecordError::Lost(reason.to_string()));
                    }
                    Err(_) => return Err(RecordError::Cancelled),
                },
                default(SNAPSHOT_INTERVAL) => {
                    let snapshot = Snapshot::of(&self.state, &pipeline.health());
                    self.observer.snapshot(&snapshot);
                }
            }
        }
        Ok(())
    }

    /// `None`: nothing more will be shown.
    fn tell(&mut self, told: Option<Notice>) {
        match told {
            Some(notice) => self.observer.notice(&notice),
            None => self.previews.told = never(),
        }
    }

    /// `None`: nobody steers any more.
    fn command(
        &mut self,
        asked: Option<Asked>,
        pipeline: Option<&Pipeline>,
    ) -> Result<(), RecordError> {
        let Some(asked) = asked else {
            self.commands = never();
            return Ok(());
        };
        let (next, reaction) = match op(&asked.command) {
            Some(op) => self.state.next(op),
            None => (self.state, Reaction::Nothing),
        };
        self.state = next;
        match (reaction, &asked.command) {
            (Reaction::Do(Effect::Choose), Command::Choose(choice)) => {
                let before = self.wanted.as_ref().unwrap_or(&self.plan.chosen);
                self.wanted = Some(choice.of(before));
            }
            (Reaction::Do(Effect::Preview), Command::Preview(change)) => {
                self.previews.change(*change, pipeline);
            }
            (Reaction::Do(Effect::Effects), Command::Effects(change)) => {
                self.draw(*change, pipeline);
            }
            _ => {}
        }
        asked.reply(match reaction {
            Reaction::Refused(why) => Err(why),
            // What is to be done to the devices is done when they are open.
            Reaction::Nothing | Reaction::Do(_) => Ok(Standing {
                id: None,
                title: self.title(),
                state: next.phase.word(),
                muted: next.muted,
            }),
        });
        match next.phase {
            Phase::Over(_) => Err(RecordError::Cancelled),
            _ => Ok(()),
        }
    }

    /// What was chosen and is not open yet draws the same.
    fn draw(&mut self, change: EffectsChange, pipeline: Option<&Pipeline>) {
        let effects = change.of(self.plan.chosen.effects);
        self.plan.chosen.effects = effects;
        if let Some(wanted) = &mut self.wanted {
            wanted.effects = change.of(wanted.effects);
        }
        if let Some(pipeline) = pipeline {
            pipeline.show_effects(effects);
        }
    }

    fn title(&self) -> String {
        let chosen = self.wanted.as_ref().unwrap_or(&self.plan.chosen);
        chosen.title.clone()
    }
}
