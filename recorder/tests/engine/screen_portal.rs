//! A screen that the desktop hands out: a portal of the test's on a real bus, and a real PipeWire behind it.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::JoinHandle;

use ashpd::zbus::message::{Message, Type};
use ashpd::zbus::zvariant::{Fd, ObjectPath, OwnedObjectPath, OwnedValue, Value};
use ashpd::zbus::{self, Connection};
use crossbeam_channel::{Receiver, Sender, bounded};
use futures_util::StreamExt as _;
use tokio::sync::oneshot;

use crate::aside::{RecorderHome, Take};
use crate::desktop::{Bus, appear, path_of, play, respond, respond_with};
use crate::pipewire::Daemon;

/// A node that no PipeWire of a test has: nothing ever comes from it.
const SILENT: u32 = 4_000;
/// The person closed the dialog.
const CANCELLED: u32 = 1;

/// A portal that restores a choice as a stream without pictures, and whose person closes the dialog when asked.
struct ScreenPortal {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The token of each question.
    asked: Receiver<Option<String>>,
}

impl ScreenPortal {
    fn on(bus: &Bus, pipewire: &Path) -> Self {
        let (end, ended) = oneshot::channel();
        let (tell, asked) = bounded(8);
        let (address, pipewire) = (bus.address().to_owned(), pipewire.to_owned());
        let thread = play(move |up| async move {
            let (connection, mut messages) = appear(&address).await?;
            up.send(()).unwrap();
            let mut restores = false;
            let screens = async {
                while let Some(message) = messages.next().await {
                    let message = message?;
                    if message.message_type() == Type::MethodCall {
                        answer(&connection, &message, &pipewire, &tell, &mut restores).await?;
                    }
                }
                Ok::<(), zbus::Error>(())
            };
            tokio::select! {
                done = screens => done,
                _ = ended => Ok(()),
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
            asked,
        }
    }
}

impl Drop for ScreenPortal {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(
    connection: &Connection,
    message: &Message,
    pipewire: &Path,
    tell: &Sender<Option<String>>,
    restores: &mut bool,
) -> zbus::Result<()> {
    type Options = HashMap<String, OwnedValue>;
    let header = message.header();
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    let body = message.body();
    // Version 5, screens and windows, and every way to show the pointer.
    let properties = [
        ("version", Value::new(5_u32)),
        ("AvailableSourceTypes", Value::new(3_u32)),
        ("AvailableCursorModes", Value::new(7_u32)),
    ];
    match member.as_str() {
        "Get" => {
            let (_, wanted): (String, String) = body.deserialize()?;
            let found = properties.iter().find(|(name, _)| *name == wanted);
            connection.reply(&header, &found.unwrap().1).await
        }
        "GetAll" => connection.reply(&header, &HashMap::from(properties)).await,
        "CreateSession" => {
            let options: Options = body.deserialize()?;
            let path = path_of(&header, "session", &options["session_handle_token"]);
            let path = OwnedObjectPath::try_from(path)?;
            let results = HashMap::from([("session_handle", Value::new(path.as_str()))]);
            respond(connection, &header, &options, results).await
        }
        "SelectSources" => {
            let (_, options): (ObjectPath<'_>, Options) = body.deserialize()?;
            let token = options.get("restore_token").cloned();
            let token = token.map(|token| String::try_from(token).unwrap());
            *restores = token.is_some();
            tell.send(token).unwrap();
            respond(connection, &header, &options, HashMap::new()).await
        }
        "Start" => {
            let (_, _, options): (ObjectPath<'_>, String, Options) = body.deserialize()?;
            if !*restores {
                return respond_with(connection, &header, &options, CANCELLED, HashMap::new())
                    .await;
            }
            let about = HashMap::from([("source_type", Value::new(1_u32))]);
            let results = HashMap::from([
                ("streams", Value::new(vec![(SILENT, about)])),
                ("restore_token", Value::new("the next")),
            ]);
            respond(connection, &header, &options, results).await
        }
        "OpenPipeWireRemote" => {
            let remote = Fd::from(OwnedFd::from(UnixStream::connect(pipewire)?));
            connection.reply(&header, &remote).await
        }
        _ => connection.reply(&header, &()).await,
    }
}

#[test]
fn a_restored_screen_that_sends_no_picture_is_asked_for_anew_and_its_token_forgotten() {
    let (home, bus, daemon) = (RecorderHome::new(), Bus::start(), Daemon::start());
    let portal = ScreenPortal::on(&bus, daemon.socket());
    let tokens = home.path().join("data/portal.json");
    let kept = r#"{"screen":{"token":"of last time","place":{"kind":"screen","position":null,"size":null,"id":null}},
        "window":null,"last":"screen"}"#;
    std::fs::create_dir_all(tokens.parent().unwrap()).unwrap();
    std::fs::write(&tokens, kept).unwrap();

    let mut command = home.command(&["record", "--screen", "portal", "--mic", "none"]);
    command
        .args(["--offline", "--json"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let (code, events) = Take::start(command).end();
    let asked: Vec<Option<String>> = portal.asked.try_iter().collect();
    assert_eq!(
        asked,
        [Some("of last time".to_owned()), None],
        "{events:#?}"
    );
    // The person did not want to choose.
    assert_eq!(code, Some(3), "{events:#?}");
    let left = std::fs::read_to_string(&tokens).unwrap();
    assert!(!left.contains("of last time"), "{left}");
}
