//! A take, told from its beginning to its end.
//!
//! This thread never waits for the network or a device. It writes parts to disk, feeds
//! what happens to the machine in `state` and does what that says; everything slow has a thread
//! of its own and sends its news here.

use std::thread::Builder;

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::upload::CreateTrack;
use crossbeam_channel::{Receiver, bounded, never, select};

use super::command::Command;
use super::notice::Observer;
use super::outcome::{Outcome, RecordError};
use super::plan::Plan;
use super::runner::{Closer, Context, TakeRunner};
use super::uplink::Uplink;
use super::world::World;
use crate::entropy::NoEntropy;
use crate::pipeline::{Output, Pipeline};
use crate::spool::{Spool, Take, TakeWriter};

/// Parts between the encoders and the disk: half a minute, should the disk be slow.
const PARTS_QUEUED: usize = 64;

/// Records a take and brings it to its server.
pub fn record(
    world: &World,
    spool: &Spool,
    plan: &Plan,
    uplink: &Uplink,
    runtime: &tokio::runtime::Handle,
    commands: &Receiver<Command>,
    observer: &mut dyn Observer,
) -> Result<Outcome, RecordError> {
    let Opened {
        pipeline,
        parts,
        paused,
    } = open(world, plan, commands)?;
    // Before there is anything to stop: a machine that has no thread left must not learn that at the end.
    let closer = Closer::spawn().map_err(RecordError::Thread)?;
    let recording = new_take(world, spool, plan, uplink, &pipeline)?;

    let context = Context {
        world,
        plan,
        uplink,
        runtime,
    };
    let mut runner = TakeRunner::new(
        context,
        observer,
        commands.clone(),
        recording,
        pipeline,
        parts,
        closer,
    );
    if paused {
        runner.start_paused();
    }
    runner.announce_link();
    if let Uplink::Ready(http) = uplink {
        runner.begin_upload(http)?;
    }
    loop {
        match runner.over() {
            Some(ending) => return Ok(runner.finish(ending)),
            None => runner.handle_next_event(),
        }
    }
}

/// The devices, ready to record.
struct Opened {
    pipeline: Pipeline,
    parts: Receiver<Output>,
    /// A pause was asked for meanwhile.
    paused: bool,
}

/// Opens the devices on a thread of its own: a desktop may ask a person first, and who does not want to answer
/// must be able to leave.
fn open(world: &World, plan: &Plan, commands: &Receiver<Command>) -> Result<Opened, RecordError> {
    let (parts_in, parts) = bounded(PARTS_QUEUED);
    let (say_opened, opened) = bounded(1);
    let (scene, clock) = (plan.scene.clone(), world.clock.clone());
    let open = move || {
        // Nobody listens any more to a dialog that is answered too late; what was opened is closed again.
        let _ = say_opened.send(Pipeline::open(&scene, clock, parts_in));
    };
    let opening = Builder::new()
        .name("open".to_owned())
        .spawn(open)
        .map_err(RecordError::Thread)?;
    let mut commands = commands.clone();
    let mut paused = false;
    loop {
        select! {
            recv(opened) -> pipeline => {
                let _ = opening.join();
                return match pipeline {
                    Ok(pipeline) => Ok(Opened {
                        pipeline: pipeline?,
                        parts,
                        paused,
                    }),
                    Err(_) => Err(RecordError::Cancelled),
                };
            }
            recv(commands) -> command => match command {
                Ok(Command::Stop) => return Err(RecordError::Cancelled),
                Ok(Command::TogglePause) => paused = !paused,
                Err(_) => commands = never(),
            },
        }
    }
}

/// The id and the link are made here, before any server is asked.
fn new_take(
    world: &World,
    spool: &Spool,
    plan: &Plan,
    uplink: &Uplink,
    pipeline: &Pipeline,
) -> Result<TakeWriter, RecordError> {
    let now = world.wall.now();
    let id = RecordingId::new(now, world.entropy.array()?);
    let slug = new_slug(world)?;
    let tracks = pipeline
        .tracks()
        .into_iter()
        .map(|(name, init)| CreateTrack { name, init })
        .collect();
    let server = uplink.server().map(str::to_owned);
    Ok(spool.create(Take::new(id, slug, plan.title.clone(), server, now, tracks))?)
}

fn new_slug(world: &World) -> Result<Slug, NoEntropy> {
    loop {
        if let Some(slug) = Slug::from_entropy(&world.entropy.array::<48>()?) {
            return Ok(slug);
        }
    }
}
