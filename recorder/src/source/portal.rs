//! The way to the desktop's portal: a connection to the session's bus with a portal on it.

use std::pin::pin;

use ashpd::AppID;
use ashpd::zbus::{Connection, fdo};
use futures_util::StreamExt as _;

use super::OpenError;

/// Of every portal, on the session's bus.
const PORTAL: &str = "org.freedesktop.portal.Desktop";

/// Connects to the bus and makes sure that a portal is there, which starts it where the bus knows how.
pub(crate) async fn connect() -> Result<Connection, OpenError> {
    let connection = Connection::session().await.map_err(|_| {
        OpenError::NoPortal("there is no session bus (DBUS_SESSION_BUS_ADDRESS)".to_owned())
    })?;
    start(&connection)
        .await
        .map_err(|e| OpenError::NoPortal(e.to_string()))?;
    Ok(connection)
}

async fn start(connection: &Connection) -> fdo::Result<()> {
    let bus = fdo::DBusProxy::new(connection).await?;
    let name = PORTAL.try_into().map_err(ashpd::zbus::Error::from)?;
    // A bus without a file for it refuses to start even what runs.
    if bus
        .name_has_owner(PORTAL.try_into().map_err(ashpd::zbus::Error::from)?)
        .await?
    {
        return Ok(());
    }
    bus.start_service_by_name(name, 0).await.map(drop)
}

/// The name of the program's desktop entry.
const APP_ID: &str = "io.github.aside.Aside";

/// Says who asks, for what a desktop remembers by program; older portals, and those without our desktop entry, know no way to
/// be told.
pub(crate) async fn introduce(connection: &Connection) {
    let Ok(name) = APP_ID.parse::<AppID>() else {
        return;
    };
    let told = ashpd::register_host_app_with_connection(connection.clone(), name).await;
    if let Err(error) = told {
        tracing::debug!(%error, "the desktop does not learn which program asks");
    }
}

/// Ends when the portal's program does, or the bus.
pub(crate) async fn gone(connection: &Connection) {
    let Ok(bus) = fdo::DBusProxy::new(connection).await else {
        return;
    };
    let Ok(changes) = bus
        .receive_name_owner_changed_with_args(&[(0, PORTAL)])
        .await
    else {
        return;
    };
    let mut changes = pin!(changes);
    while let Some(change) = changes.next().await {
        let Ok(args) = change.args() else { continue };
        if args.new_owner().is_none() {
            return;
        }
    }
}
