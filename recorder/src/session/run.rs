//! A take, told from its beginning to its end.
//!
//! This thread never waits for the network or a device. It writes parts to disk, feeds
//! what happens to the machine in `state` and does what that says; everything slow has a thread
//! of its own and sends its news here.

use std::sync::Arc;

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::TrackName;
use aside_protocol::timed_event;
use aside_protocol::upload::CreateTrack;
use crossbeam_channel::Receiver;

use super::command::Asked;
use super::notice::Observer;
use super::outcome::{Outcome, RecordError};
use super::plan::Plan;
use super::prepare::{OpenDevices, Prepared, prepare};
use super::previews::Previews;
use super::runner::{Closer, Context, TakeRunner};
use super::state::{Effect, Ending, Op, Reaction, State};
use super::uplink::Uplink;
use super::world::World;
use crate::entropy::NoEntropy;
use crate::pipeline::Pipeline;
use crate::spool::{Spool, Take, TakeWriter};

/// Records a take and brings it to its server. After a restart: the take that follows.
pub fn record(
    world: &World,
    spool: &Spool,
    plan: &Plan,
    uplink: &Uplink,
    runtime: &tokio::runtime::Handle,
    commands: &Receiver<Asked>,
    observer: &mut dyn Observer,
) -> Result<Outcome, RecordError> {
    let open: OpenDevices = Arc::new(Pipeline::open_scene);
    record_with(
        &open, world, spool, plan, uplink, runtime, commands, observer,
    )
}

/// Like `record`, with devices of the caller's.
#[expect(
    clippy::too_many_arguments,
    reason = "everything that a take is made with, each of its own kind"
)]
pub fn record_with(
    open: &OpenDevices,
    world: &World,
    spool: &Spool,
    plan: &Plan,
    uplink: &Uplink,
    runtime: &tokio::runtime::Handle,
    commands: &Receiver<Asked>,
    observer: &mut dyn Observer,
) -> Result<Outcome, RecordError> {
    // What is chosen before a take begins is chosen for the next one as well.
    let mut plan = plan.clone();
    let mut previews =
        Previews::new(plan.previews.clone(), world.clock.clone()).map_err(RecordError::Thread)?;
    let mut state = State::new(uplink.line(), plan.parts(), plan.waits);
    let mut failed_encoders = Vec::new();
    loop {
        let Prepared {
            pipeline,
            parts,
            state: begun,
        } = prepare(
            open,
            world,
            &mut plan,
            commands,
            observer,
            &mut previews,
            state,
        )?;
        let context = Context {
            world,
            spool,
            plan: &plan,
            uplink,
            runtime,
        };
        // Before there is anything to stop: a machine that has no thread left must not learn that at the end.
        let closer = Closer::spawn().map_err(RecordError::Thread)?;
        if plan.chosen.countdown.is_zero() {
            begin_at_once(&pipeline, begun);
        }
        let recording = new_take(context, &pipeline)?;
        let runner = TakeRunner::new(
            context,
            observer,
            &mut previews,
            commands.clone(),
            recording,
            pipeline,
            parts,
            closer,
            begun,
        );
        let (mut outcome, last) = play(runner, uplink)?;
        for (name, _) in &outcome.failed_encoders {
            plan.chosen.encoder.without(name);
        }
        failed_encoders.append(&mut outcome.failed_encoders);
        match outcome.ending {
            Ending::Trashed { again: true } => state = last.again(uplink.line()),
            _ => {
                return Ok(Outcome {
                    failed_encoders,
                    ..outcome
                });
            }
        }
    }
}

/// The first picture does not wait until the disk has taken the names of a new take, which may be half a second. Its parts do.
fn begin_at_once(pipeline: &Pipeline, state: State) {
    if matches!(state.next(Op::CountdownOver).1, Reaction::Do(Effect::Start)) {
        pipeline.mute(state.muted);
        pipeline.start();
    }
}

fn play(mut runner: TakeRunner<'_>, uplink: &Uplink) -> Result<(Outcome, State), RecordError> {
    runner.announce_link();
    if let Uplink::Ready(http) = uplink {
        runner.begin_upload(http)?;
    }
    runner.poll();
    loop {
        match runner.over() {
            Some(ending) => return Ok(runner.finish(ending)),
            None => runner.handle_next_event(),
        }
    }
}

/// The id and the link are made here, before any server is asked.
fn new_take(context: Context<'_>, pipeline: &Pipeline) -> Result<TakeWriter, RecordError> {
    let world = context.world;
    let now = world.wall.now();
    let id = RecordingId::new(now, world.entropy.array()?);
    let slug = new_slug(world)?;
    let tracks = pipeline
        .tracks()
        .into_iter()
        .map(|(name, init)| CreateTrack { name, init })
        .chain([CreateTrack {
            name: TrackName::Events,
            init: timed_event::INIT.into(),
        }])
        .collect();
    let server = context.uplink.server().map(str::to_owned);
    let title = context.plan.chosen.title.clone();
    let take = Take::new(id, slug, title, server, now, tracks);
    let audience = context.plan.chosen.audience;
    Ok(context.spool.create(take.shared_with(audience))?)
}

/// A link that nobody can guess.
pub fn new_slug(world: &World) -> Result<Slug, NoEntropy> {
    loop {
        if let Some(slug) = Slug::from_entropy(&world.entropy.array::<48>()?) {
            return Ok(slug);
        }
    }
}
