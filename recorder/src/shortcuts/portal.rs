//! The conversation with the portal.

use std::pin::pin;
use std::time::Duration;

use ashpd::desktop::ResponseError;
use ashpd::desktop::global_shortcuts::{GlobalShortcuts, NewShortcut};
use futures_util::StreamExt as _;
use tokio::sync::oneshot;

use super::{Bound, Shortcut, ShortcutError};
use crate::source::portal;

/// A desktop that does not answer has no keys.
const ANSWER: Duration = Duration::from_secs(2);

/// Whether this desktop binds keys for programs. Nobody is asked.
pub fn are_bound_here() -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return false;
    };
    let asked = async {
        let connection = portal::connect().await.ok()?;
        let portal = GlobalShortcuts::with_connection(connection).await.ok()?;
        portal.get_property::<u32>("version").await.ok()
    };
    let version = runtime.block_on(Box::pin(async {
        tokio::time::timeout(ANSWER, asked).await
    }));
    runtime.shutdown_background();
    matches!(version, Ok(Some(_)))
}

/// Binds all of `shortcuts` in one call, tells what became of it, and calls `pressed` with an action each time, until `stop` is
/// sent or dropped. Blocks the calling thread.
///
/// # Errors
/// When the desktop binds no keys, the person closes its dialog, or its portal ends.
pub fn listen(
    shortcuts: &[Shortcut],
    stop: oneshot::Receiver<()>,
    bound: impl FnOnce(Vec<Bound>),
    pressed: impl FnMut(&str),
) -> Result<(), ShortcutError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| ShortcutError::Refused(e.to_string()))?;
    let ended = runtime.block_on(Box::pin(async {
        tokio::select! {
            ended = Box::pin(converse(shortcuts, bound, pressed)) => ended,
            _ = stop => Ok(()),
        }
    }));
    runtime.shutdown_background();
    ended
}

async fn converse(
    shortcuts: &[Shortcut],
    bound: impl FnOnce(Vec<Bound>),
    mut pressed: impl FnMut(&str),
) -> Result<(), ShortcutError> {
    let connection = portal::connect()
        .await
        .map_err(|_| ShortcutError::Unsupported)?;
    portal::introduce(&connection).await;
    let portal = GlobalShortcuts::with_connection(connection.clone())
        .await
        .map_err(refused)?;
    let session = portal
        .create_session(Default::default())
        .await
        .map_err(refused)?;
    // Before they are bound, so that the first press is heard.
    let presses = portal.receive_activated().await.map_err(refused)?;
    let mut presses = pin!(presses);
    let wishes: Vec<NewShortcut> = shortcuts
        .iter()
        .map(|s| NewShortcut::new(&s.action, &s.name).preferred_trigger(s.trigger().as_deref()))
        .collect();
    let answer = portal
        .bind_shortcuts(&session, &wishes, None, Default::default())
        .await
        .and_then(|request| request.response())
        .map_err(refused)?;
    bound(
        answer
            .shortcuts()
            .iter()
            .map(|s| Bound {
                action: s.id().to_owned(),
                keys: s.trigger_description().to_owned(),
            })
            .collect(),
    );
    let mut gone = pin!(portal::gone(&connection));
    loop {
        tokio::select! {
            press = presses.next() => match press {
                Some(press) => pressed(press.shortcut_id()),
                None => return Err(ShortcutError::PortalGone),
            },
            () = &mut gone => return Err(ShortcutError::PortalGone),
        }
    }
}

fn refused(error: ashpd::Error) -> ShortcutError {
    match error {
        ashpd::Error::Response(ResponseError::Cancelled) => ShortcutError::Cancelled,
        ashpd::Error::PortalNotFound(_) => ShortcutError::Unsupported,
        error => {
            let text = error.to_string();
            // A portal without this part says so in one of these ways.
            match ["UnknownMethod", "UnknownInterface", "No such interface"]
                .iter()
                .any(|name| text.contains(name))
            {
                true => ShortcutError::Unsupported,
                false => ShortcutError::Refused(text),
            }
        }
    }
}
