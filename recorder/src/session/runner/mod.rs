//! Where a take is played: everything that is open while it runs, and the loop over what happens.

mod alarms;
mod capture;
mod closer;
mod commands;
mod discard;
mod draw;
mod events;
mod finish;
mod poll;
mod upload_events;

pub(super) use closer::Closer;

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::layout::LayoutMoment;
use crossbeam_channel::{Receiver, never, select};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::clipboard::Clipboard;
use super::command::Asked;
use super::notice::{Notice, Observer};
use super::plan::Plan;
use super::previews::Previews;
use super::quality::QualityRule;
use super::report::Reporter;
use super::state::{Ending, Phase, State};
use super::uplink::{Uplink, Upload};
use super::watchdog::Watchdog;
use super::world::{Moment, World};
use crate::clock::Mono;
use crate::events::EventsTrack;
use crate::http::Http;
use crate::pipeline::{
    Board, DesktopEvent, DesktopWatcher, EncodeError, Health, Output, Overlay, Pipeline,
    QualityStep, ShownEffects,
};
use crate::spool::{Ledger, Permit, Spool, SpoolError, TakeWriter};
use crate::upload::UploadError;

/// What the session was given; none of it changes while the take runs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) world: &'a World,
    pub(super) spool: &'a Spool,
    pub(super) plan: &'a Plan,
    pub(super) uplink: &'a Uplink,
    pub(super) runtime: &'a Handle,
}

pub(super) struct TakeRunner<'a> {
    context: Context<'a>,
    observer: &'a mut dyn Observer,
    previews: &'a mut Previews,
    commands: Receiver<Asked>,
    state: State,

    recording: TakeWriter,
    /// What the uploader sees of the recording.
    ledger: watch::Sender<Ledger>,
    /// The disk takes no more: what still comes is dropped.
    disk_failed: Option<SpoolError>,

    pipeline: Option<Pipeline>,
    parts: Receiver<Output>,
    closer: Closer,
    health: Health,
    /// How good the picture may be on this line.
    quality: QualityRule,
    failed_encoders: Vec<(&'static str, EncodeError)>,

    /// `None`: the server does not take them.
    events: Option<EventsTrack>,
    face: LayoutMoment,
    /// Drawn into the picture.
    effects: ShownEffects,
    desktop: Receiver<DesktopEvent>,
    /// Until this is dropped the desktop is watched.
    desktop_watcher: Option<DesktopWatcher>,
    /// Once something was drawn: the speaker sees it.
    overlay: Option<(Overlay, Arc<Board>)>,
    /// The speaker ended drawing.
    drawn: Receiver<()>,
    reporter: Reporter,
    /// How the take went, once it is on disk.
    report: Option<Value>,
    watchdog: Watchdog,
    /// Of the disk, and when it is asked again.
    disk_free: (Option<u64>, Mono),

    upload: Option<Upload>,
    upload_error: Option<UploadError>,
    /// The server has everything: nothing has to be kept here.
    proved: Option<Permit>,
    /// Parts that were made and that the server was found to lack for good.
    missing: usize,
    link: Option<String>,
    /// Who may open the link was told, or is not going to be: it may be copied.
    audience_told: bool,
    clipboard: Option<Clipboard>,
    copied: Receiver<()>,

    countdown_ends: Mono,
    countdown_shown: u64,
    /// When recording was asked for; the first picture comes later.
    started: Option<Mono>,
    stop_requested: Option<Moment>,
    next_tick: Mono,
}

impl<'a> TakeRunner<'a> {
    #[expect(
        clippy::too_many_arguments,
        reason = "what a take is played with; each is handed over once"
    )]
    pub(super) fn new(
        context: Context<'a>,
        observer: &'a mut dyn Observer,
        previews: &'a mut Previews,
        commands: Receiver<Asked>,
        recording: TakeWriter,
        pipeline: Pipeline,
        parts: Receiver<Output>,
        closer: Closer,
        state: State,
    ) -> Self {
        let now = context.world.clock.now();
        if state.muted {
            pipeline.mute(true);
        }
        Self {
            state,
            ledger: watch::Sender::new(recording.ledger().clone()),
            disk_failed: None,
            link: recording.take().link(),
            recording,
            pipeline: Some(pipeline),
            parts,
            closer,
            health: Health::default(),
            quality: QualityRule::new(QualityStep::default()),
            failed_encoders: Vec::new(),
            events: Some(EventsTrack::default()),
            face: LayoutMoment::default(),
            effects: context.plan.chosen.effects,
            desktop: never(),
            desktop_watcher: None,
            overlay: None,
            drawn: never(),
            reporter: Reporter::of(context.plan.system.clone()),
            report: None,
            watchdog: Watchdog::default(),
            disk_free: (None, now),
            upload: None,
            upload_error: None,
            proved: None,
            missing: 0,
            audience_told: context.plan.chosen.audience.is_some()
                || matches!(context.uplink, Uplink::Local { .. }),
            clipboard: None,
            copied: never(),
            countdown_ends: now + context.plan.chosen.countdown,
            countdown_shown: 0,
            started: None,
            stop_requested: None,
            next_tick: now,
            context,
            observer,
            previews,
            commands,
        }
    }

    /// Before the first frame: the link, and whether the take goes to its server at once.
    pub(super) fn announce_link(&mut self) {
        if let Some(audience) = self.context.plan.chosen.audience {
            self.observer.notice(&Notice::Audience {
                audience,
                confirmed: false,
            });
        }
        if let Some(url) = self.link.clone() {
            self.show_link(url);
        }
        if let Uplink::Local { why, server } = self.context.uplink {
            let id = self.recording.take().id;
            self.observer.notice(&Notice::Local {
                id,
                why: *why,
                server: server.clone(),
            });
        }
    }

    fn show_link(&mut self, url: String) {
        let take = self.recording.take();
        self.observer.notice(&Notice::Link {
            url: url.clone(),
            id: take.id,
            slug: take.slug.clone(),
        });
        self.link = Some(url);
        if self.audience_told {
            self.copy_link();
        }
    }

    /// Nothing is said any more of who may open the link, before it is copied.
    fn audience_told(&mut self) {
        if !std::mem::replace(&mut self.audience_told, true) {
            self.copy_link();
        }
    }

    fn copy_link(&mut self) {
        if let (true, Some(url)) = (self.context.plan.clipboard, &self.link) {
            let (clipboard, copied) = Clipboard::offer(url.clone());
            (self.clipboard, self.copied) = (Some(clipboard), copied);
        }
    }

    /// The server hears of the take before its first frame, so that the link works at once.
    pub(super) fn begin_upload(&mut self, http: &Http) -> Result<(), SpoolError> {
        let (ledger, context) = (self.ledger.subscribe(), &self.context);
        self.upload = Some(Upload::begin(
            http,
            &self.recording,
            ledger,
            context.world,
            context.runtime,
        )?);
        Ok(())
    }

    /// How it ended, once it has.
    pub(super) const fn over(&self) -> Option<Ending> {
        match self.state.phase {
            Phase::Over(ending) => Some(ending),
            _ => None,
        }
    }

    /// Waits for the next thing to happen and deals with it.
    pub(super) fn handle_next_event(&mut self) {
        let (news, done) = match &self.upload {
            Some(upload) => (upload.news.clone(), upload.done.clone()),
            None => (never(), never()),
        };
        // A channel whose other end is gone is always ready: each is replaced by one that never is.
        select! {
            recv(self.parts) -> output => match output {
                Ok(output) => self.handle_output(output),
                Err(_) => self.parts = never(),
            },
            recv(self.closer.closed) -> summary => self.sealed(summary.ok()),
            recv(self.commands) -> asked => match asked {
                Ok(asked) => self.command(&asked),
                Err(_) => self.commands = never(),
            },
            recv(self.desktop) -> event => match event {
                Ok(event) => self.desktop_event(event),
                Err(_) => self.desktop = never(),
            },
            recv(self.drawn) -> ended => match ended {
                Ok(()) => self.tell_drawing(),
                Err(_) => self.drawn = never(),
            },
            recv(self.previews.told) -> told => match told {
                Ok(notice) => self.observer.notice(&notice),
                Err(_) => self.previews.told = never(),
            },
            recv(news) -> news => self.upload_event(news.ok().map(|told| told.event)),
            recv(done) -> done => self.upload_done(done.ok()),
            recv(self.copied) -> copied => {
                self.copied = never();
                if copied.is_ok() {
                    self.observer.notice(&Notice::Copied);
                }
            },
            default(self.until_next_poll()) => {}
        }
        self.poll();
    }

    /// Tells of something that a person should know.
    fn alarm(&mut self, code: &'static str, message: String) {
        self.reporter.alarmed(code);
        self.observer.notice(&Notice::Alarm { code, message });
    }

    fn now(&self) -> Mono {
        self.context.world.clock.now()
    }
}

/// In milliseconds, however long.
fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
