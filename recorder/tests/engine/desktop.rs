//! A bus of its own, and on it a portal that binds keys, or one that hands out cameras: what a Wayland desktop has, played by the test.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use ashpd::zbus::message::{Header, Message, Type};
use ashpd::zbus::zvariant::{Fd, ObjectPath, OwnedObjectPath, OwnedValue, Value};
use ashpd::zbus::{self, Connection, MessageStream};
use crossbeam_channel::{Receiver, Sender, bounded};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

const PATH: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";

/// A session bus that starts nothing by itself.
pub(crate) struct Bus {
    _folder: TempDir,
    address: String,
    daemon: Child,
}

impl Bus {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        let address = format!("unix:path={}", socket.display());
        let config = format!(
            "<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
        );
        let file = folder.path().join("bus.conf");
        std::fs::write(&file, config).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", file.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon (scripts/setup.sh installs it)");
        // It says where it listens once it does.
        let mut line = String::new();
        let mut said = BufReader::new(daemon.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("unix:"), "dbus-daemon does not listen");
        Self {
            _folder: folder,
            address,
            daemon,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Something a program wants to be able to do with a key, and the keys it wishes for.
pub(crate) type Wished = (String, Option<String>);

/// A portal that binds every key that is wished for. Dropping it is its death.
pub(crate) struct KeyPortal {
    press: Option<mpsc::Sender<String>>,
    wishes: Receiver<Vec<Wished>>,
    thread: Option<JoinHandle<()>>,
}

impl KeyPortal {
    pub(crate) fn on(bus: &Bus) -> Self {
        let (press, presses) = mpsc::channel(8);
        let (tell, wishes) = bounded(8);
        let address = bus.address().to_owned();
        let thread = play(move |up| async move { serve(&address, &up, presses, &tell).await });
        Self {
            press: Some(press),
            wishes,
            thread: Some(thread),
        }
    }

    /// Waits until a program has had keys bound, and says which.
    pub(crate) fn wishes(&self) -> Vec<Wished> {
        self.wishes.recv().unwrap()
    }

    pub(crate) fn press(&self, action: &str) {
        let press = self.press.as_ref().unwrap();
        press.blocking_send(action.to_owned()).unwrap();
    }
}

impl Drop for KeyPortal {
    fn drop(&mut self) {
        drop(self.press.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Plays a portal on a thread of its own, from when it says that it is up.
pub(crate) fn play<F>(portal: impl FnOnce(Sender<()>) -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = zbus::Result<()>>,
{
    let (up, is_up) = bounded(1);
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(Box::pin(portal(up))).unwrap();
    };
    let thread = std::thread::Builder::new()
        .name("portal".to_owned())
        .spawn(body)
        .unwrap();
    is_up.recv().unwrap();
    thread
}

/// Takes the portal's name on the bus; what is asked of it comes from here on.
pub(crate) async fn appear(address: &str) -> zbus::Result<(Connection, MessageStream)> {
    let connection = zbus::connection::Builder::address(address)?.build().await?;
    let messages = MessageStream::from(&connection);
    connection
        .request_name("org.freedesktop.portal.Desktop")
        .await?;
    Ok((connection, messages))
}

async fn serve(
    address: &str,
    up: &Sender<()>,
    mut presses: mpsc::Receiver<String>,
    tell: &Sender<Vec<Wished>>,
) -> zbus::Result<()> {
    let (connection, mut messages) = appear(address).await?;
    up.send(()).unwrap();
    let mut session = OwnedObjectPath::default();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                let message = message?;
                if message.message_type() == Type::MethodCall {
                    answer(&connection, &message, &mut session, tell).await?;
                }
            }
            press = presses.recv() => {
                let Some(action) = press else { return Ok(()) };
                let body = (&session, action, 0_u64, HashMap::<&str, Value<'_>>::new());
                connection.emit_signal(None::<&str>, PATH, SHORTCUTS, "Activated", &body).await?;
            }
        }
    }
}

async fn answer(
    connection: &Connection,
    message: &Message,
    session: &mut OwnedObjectPath,
    tell: &Sender<Vec<Wished>>,
) -> zbus::Result<()> {
    let header = message.header();
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    let body = message.body();
    match member.as_str() {
        "Get" => connection.reply(&header, &Value::new(1_u32)).await,
        "GetAll" => {
            let properties = HashMap::from([("version", Value::new(1_u32))]);
            connection.reply(&header, &properties).await
        }
        "CreateSession" => {
            let options: HashMap<String, OwnedValue> = body.deserialize()?;
            let path = path_of(&header, "session", &options["session_handle_token"]);
            *session = OwnedObjectPath::try_from(path.clone())?;
            let results = HashMap::from([("session_handle", Value::new(path))]);
            respond(connection, &header, &options, results).await
        }
        "BindShortcuts" => {
            type Wishes = Vec<(String, HashMap<String, OwnedValue>)>;
            type Options = HashMap<String, OwnedValue>;
            let (_, wishes, _, options): (ObjectPath<'_>, Wishes, String, Options) =
                body.deserialize()?;
            let text = |value: &OwnedValue| String::try_from(value.clone()).unwrap();
            let wished = |(action, about): &(String, HashMap<String, OwnedValue>)| {
                (action.clone(), about.get("preferred_trigger").map(text))
            };
            let bound: Vec<(String, HashMap<String, Value<'_>>)> = wishes
                .iter()
                .map(|wish| {
                    let (action, keys) = wished(wish);
                    let keys = format!("Press {}", keys.unwrap_or_default());
                    let about = HashMap::from([
                        (
                            "description".to_owned(),
                            Value::new(text(&wish.1["description"])),
                        ),
                        ("trigger_description".to_owned(), Value::new(keys)),
                    ]);
                    (action, about)
                })
                .collect();
            let results = HashMap::from([("shortcuts", Value::new(bound))]);
            respond(connection, &header, &options, results).await?;
            tell.send(wishes.iter().map(wished).collect()).unwrap();
            Ok(())
        }
        _ => connection.reply(&header, &()).await,
    }
}

/// A portal that lets everybody have the cameras of a PipeWire. Dropping it is its death.
pub(crate) struct CameraPortal {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CameraPortal {
    pub(crate) fn on(bus: &Bus, pipewire: &Path) -> Self {
        let (end, ended) = oneshot::channel();
        let (address, pipewire) = (bus.address().to_owned(), pipewire.to_owned());
        let thread = play(move |up| async move {
            let (connection, mut messages) = appear(&address).await?;
            up.send(()).unwrap();
            let cameras = async {
                while let Some(message) = messages.next().await {
                    let message = message?;
                    if message.message_type() == Type::MethodCall {
                        hand_out(&connection, &message, &pipewire).await?;
                    }
                }
                Ok::<(), zbus::Error>(())
            };
            tokio::select! {
                done = cameras => done,
                _ = ended => Ok(()),
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for CameraPortal {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn hand_out(connection: &Connection, message: &Message, pipewire: &Path) -> zbus::Result<()> {
    let header = message.header();
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    let body = message.body();
    match member.as_str() {
        "Get" => {
            let (_, property): (String, String) = body.deserialize()?;
            let value = match property.as_str() {
                "IsCameraPresent" => Value::new(true),
                _ => Value::new(1_u32),
            };
            connection.reply(&header, &value).await
        }
        "GetAll" => {
            let version = ("version", Value::new(1_u32));
            let properties = HashMap::from([version, ("IsCameraPresent", Value::new(true))]);
            connection.reply(&header, &properties).await
        }
        "AccessCamera" => {
            let options: HashMap<String, OwnedValue> = body.deserialize()?;
            respond(connection, &header, &options, HashMap::new()).await
        }
        "OpenPipeWireRemote" => {
            let remote = Fd::from(OwnedFd::from(UnixStream::connect(pipewire)?));
            connection.reply(&header, &remote).await
        }
        _ => connection.reply(&header, &()).await,
    }
}

/// Where an object of a request or a session lies, as portals name it.
pub(crate) fn path_of(header: &Header<'_>, kind: &str, token: &OwnedValue) -> String {
    let sender = header.sender().unwrap().trim_start_matches(':');
    let token = String::try_from(token.clone()).unwrap();
    format!("{PATH}/{kind}/{}/{token}", sender.replace('.', "_"))
}

pub(crate) async fn respond(
    connection: &Connection,
    header: &Header<'_>,
    options: &HashMap<String, OwnedValue>,
    results: HashMap<&str, Value<'_>>,
) -> zbus::Result<()> {
    respond_with(connection, header, options, 0, results).await
}

/// `code`: 0 done, 1 cancelled by a person, 2 ended otherwise.
pub(crate) async fn respond_with(
    connection: &Connection,
    header: &Header<'_>,
    options: &HashMap<String, OwnedValue>,
    code: u32,
    results: HashMap<&str, Value<'_>>,
) -> zbus::Result<()> {
    let request = path_of(header, "request", &options["handle_token"]);
    let path = ObjectPath::try_from(request)?;
    connection.reply(header, &path).await?;
    let body = (code, results);
    let request = "org.freedesktop.portal.Request";
    connection
        .emit_signal(
            header.sender().map(ToOwned::to_owned),
            &path,
            request,
            "Response",
            &body,
        )
        .await
}
