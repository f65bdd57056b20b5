//! The conversation with the desktop's portal, on a thread of its own: asks for a screen or a window, and hears when the desktop
//! ends it.

use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ashpd::desktop::PersistMode;
use ashpd::desktop::screencast::{
    CursorMode, Screencast, SelectSourcesOptions, SourceType, Streams,
};
use ashpd::desktop::{ResponseError, Session};
use ashpd::enumflags2::BitFlags;
use ashpd::zbus::Connection;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use futures_util::StreamExt as _;
use tokio::sync::oneshot;

use super::tokens::{Kind, Place};
use crate::clock::Clock;
use crate::source::portal;
use crate::source::{OpenError, PortalKind};

/// The person has this long to choose.
const CHOICE_TIMEOUT: Duration = Duration::from_secs(150);
/// A portal is told that a session ends; one that does not answer is not waited for.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// From this version of the interface on a choice can be restored.
const RESTORES: u32 = 4;
/// From this version on the pointer can be asked for.
const CURSORS: u32 = 2;

/// What the desktop is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) kind: PortalKind,
    /// To restore the choice of last time with.
    pub(super) token: Option<String>,
}

/// What it gave.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) remote: OwnedFd,
    /// Of PipeWire.
    pub(super) node: u32,
    pub(super) place: Place,
    /// For next time.
    pub(super) token: Option<String>,
    /// From the question to the answer.
    pub(super) took: Duration,
}

/// Why a session ended that nobody here ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionEnd {
    /// The desktop or the person said so.
    Closed,
    /// The portal's program is gone.
    PortalGone,
}

/// A session that is open. Dropping it closes it and joins its thread.
pub(super) struct PortalSession {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl PortalSession {
    /// Asks, and waits for the answer.
    pub(super) fn start(
        asked: Asked,
        clock: Arc<dyn Clock>,
        on_end: impl FnOnce(SessionEnd) + Send + 'static,
    ) -> Result<(Self, Granted), OpenError> {
        let (tell, told) = bounded(1);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        let thread = std::thread::Builder::new()
            .name("aside-session".to_owned())
            .spawn(move || {
                if let Some(end) =
                    runtime.block_on(Box::pin(run(asked, clock.as_ref(), tell, stopped)))
                {
                    on_end(end);
                }
                runtime.shutdown_background();
            })
            .map_err(|e| OpenError::Internal(e.to_string()))?;
        let session = Self {
            stop: Some(stop),
            thread: Some(thread),
        };
        match told.recv_timeout(CHOICE_TIMEOUT) {
            Ok(granted) => Ok((session, granted?)),
            Err(RecvTimeoutError::Timeout) => Err(OpenError::Portal(
                "nobody chose a screen in time".to_owned(),
            )),
            Err(RecvTimeoutError::Disconnected) => {
                Err(OpenError::Internal("the portal's thread ended".to_owned()))
            }
        }
    }
}

impl Drop for PortalSession {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the portal panicked");
        }
    }
}

/// Runs until the session is over, and says why unless it was ended here.
async fn run(
    asked: Asked,
    clock: &dyn Clock,
    tell: Sender<Result<Granted, OpenError>>,
    mut stopped: oneshot::Receiver<()>,
) -> Option<SessionEnd> {
    let connection = match portal::connect().await {
        Ok(connection) => connection,
        Err(e) => {
            let _ = tell.send(Err(e));
            return None;
        }
    };
    let mut gone = pin!(portal::gone(&connection));
    let opened = tokio::select! {
        opened = Box::pin(open(&connection, asked, clock)) => opened,
        _ = &mut stopped => return None,
        () = &mut gone => Err(OpenError::Portal("it ended while it was asked".to_owned())),
    };
    let session = match opened {
        Ok((session, granted)) => {
            let _ = tell.send(Ok(granted));
            session
        }
        Err(e) => {
            let _ = tell.send(Err(e));
            return None;
        }
    };
    let closed = async {
        match session.receive_closed().await {
            Ok(closed) => drop(pin!(closed).next().await),
            // Then only the other two tell of the end.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = &mut stopped => {
            let _ = tokio::time::timeout(CLOSE_TIMEOUT, session.close()).await;
            None
        }
        () = &mut gone => Some(SessionEnd::PortalGone),
        () = closed => Some(SessionEnd::Closed),
    }
}

async fn open(
    connection: &Connection,
    asked: Asked,
    clock: &dyn Clock,
) -> Result<(Session<Screencast>, Granted), OpenError> {
    let cast = Screencast::with_connection(connection.clone())
        .await
        .map_err(refused)?;
    let restores = cast.version() >= RESTORES;
    let mut options = SelectSourcesOptions::default()
        .set_multiple(false)
        .set_sources(kinds(&cast, asked.kind).await?);
    if cast.version() >= CURSORS {
        let modes = cast.available_cursor_modes().await.map_err(refused)?;
        // A desktop that cannot draw the pointer is recorded without it.
        let drawn = modes.contains(CursorMode::Embedded);
        options = options.set_cursor_mode(drawn.then_some(CursorMode::Embedded));
    }
    if restores {
        options = options
            .set_persist_mode(PersistMode::ExplicitlyRevoked)
            .set_restore_token(asked.token.as_deref());
    }
    let session = cast
        .create_session(Default::default())
        .await
        .map_err(refused)?;
    let begin = clock.now();
    let streams = select(&cast, &session, options).await?;
    let took = clock.now() - begin;
    let Some(stream) = streams.streams().first() else {
        return Err(OpenError::Portal("it named no picture".to_owned()));
    };
    let kind = match (stream.source_type(), asked.kind) {
        (Some(SourceType::Window), _) | (None, PortalKind::Window) => Kind::Window,
        _ => Kind::Screen,
    };
    let remote = cast
        .open_pipe_wire_remote(&session, Default::default())
        .await
        .map_err(|e| OpenError::NoPipeWire(e.to_string()))?;
    let granted = Granted {
        remote,
        node: stream.pipe_wire_node_id(),
        place: Place {
            kind,
            position: stream.position(),
            size: stream.size(),
            id: stream.id().map(str::to_owned),
        },
        token: streams
            .restore_token()
            .filter(|token| restores && !token.is_empty())
            .map(str::to_owned),
        took,
    };
    Ok((session, granted))
}

async fn select(
    cast: &Screencast,
    session: &Session<Screencast>,
    options: SelectSourcesOptions,
) -> Result<Streams, OpenError> {
    cast.select_sources(session, options)
        .await
        .and_then(|request| request.response())
        .map_err(refused)?;
    cast.start(session, None, Default::default())
        .await
        .and_then(|request| request.response())
        .map_err(refused)
}

/// What of it this desktop has.
async fn kinds(cast: &Screencast, wanted: PortalKind) -> Result<BitFlags<SourceType>, OpenError> {
    let wanted = match wanted {
        PortalKind::Any => SourceType::Monitor | SourceType::Window,
        PortalKind::Screen => SourceType::Monitor.into(),
        PortalKind::Window => SourceType::Window.into(),
    };
    let offered = cast.available_source_types().await.map_err(refused)?;
    let both = wanted & offered;
    if both.is_empty() {
        let lacks = match wanted.contains(SourceType::Monitor) {
            true => "this desktop's portal offers no screen",
            false => "this desktop's portal offers no windows; record a screen",
        };
        return Err(OpenError::Portal(lacks.to_owned()));
    }
    Ok(both)
}

/// Why nothing was given, in our words.
fn refused(error: ashpd::Error) -> OpenError {
    match error {
        ashpd::Error::Response(ResponseError::Cancelled) => OpenError::PortalCancelled,
        ashpd::Error::Response(ResponseError::Other) => {
            OpenError::Portal("it ended the question and gave no reason".to_owned())
        }
        ashpd::Error::PortalNotFound(_) => {
            OpenError::Portal("this desktop's portal cannot record screens".to_owned())
        }
        error => OpenError::Portal(error.to_string()),
    }
}
