//! Notifications of the desktop (`org.freedesktop.Notifications`, version 1.2 of its specification): the take that runs while
//! nobody sees the window, and at the end its link.

use std::collections::HashMap;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use futures_lite::{StreamExt as _, future};
use zbus::proxy::SignalStream;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy, connection};

use crate::model::message::{Button, Message};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long an answer of the desktop is waited for.
const ANSWER: Duration = Duration::from_secs(2);
/// Changes that wait; the newest one counts.
const QUEUED: usize = 16;
/// A desktop may leave a message of this urgency out of view: 0 of 0 to 2.
const LOW: u8 = 0;
const NORMAL: u8 = 1;

type Tell = Box<dyn Fn(Button) + Send>;

/// What this app has the desktop show. It is taken back when this is dropped.
pub struct Notifier {
    wishes: Option<Sender<Option<Message>>>,
    wanted: Option<Message>,
    tell: Option<Tell>,
    thread: Option<JoinHandle<()>>,
}

impl Notifier {
    /// `tell` hears, on another thread, what is pressed. A desktop without notifications is none's fault.
    pub fn new(tell: impl Fn(Button) + Send + 'static) -> Self {
        Self {
            wishes: None,
            wanted: None,
            tell: Some(Box::new(tell)),
            thread: None,
        }
    }

    /// Only this is shown from now on.
    pub fn show(&mut self, message: Option<Message>) {
        if message == self.wanted {
            return;
        }
        self.wanted.clone_from(&message);
        // The desktop is not spoken to before there is something to say.
        if let Some(tell) = self.tell.take() {
            let (wishes, wished) = async_channel::bounded(QUEUED);
            let serve = move || future::block_on(serve(&wished, &*tell));
            self.thread = Builder::new().name("notify".to_owned()).spawn(serve).ok();
            self.wishes = Some(wishes);
        }
        if let Some(wishes) = &self.wishes {
            // Where the desktop does not keep up, what is oldest is passed over.
            let _ = wishes.force_send(message);
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

enum Event {
    /// `None`: nobody wishes anything any more.
    Wish(Option<Option<Message>>),
    Signal(Option<zbus::Message>),
}

/// Does what is wished until nobody can wish anything any more.
async fn serve(wishes: &Receiver<Option<Message>>, tell: &dyn Fn(Button)) {
    let mut desktop: Option<Desktop> = None;
    loop {
        let event = match &mut desktop {
            None => Event::Wish(wishes.recv().await.ok()),
            Some(desktop) => {
                let wish = async { Event::Wish(wishes.recv().await.ok()) };
                let signal = async { Event::Signal(desktop.signals.next().await) };
                future::or(wish, signal).await
            }
        };
        match event {
            Event::Wish(Some(mut wish)) => {
                while let Ok(newer) = wishes.try_recv() {
                    wish = newer;
                }
                if desktop.is_none() && wish.is_some() {
                    desktop = Box::pin(Desktop::find()).await.ok();
                }
                if let Some(desktop) = &mut desktop {
                    desktop.show(wish).await;
                }
            }
            Event::Wish(None) => {
                if let Some(mut desktop) = desktop {
                    desktop.show(None).await;
                }
                return;
            }
            Event::Signal(Some(signal)) => {
                if let Some(desktop) = &mut desktop
                    && let Some(button) = desktop.pressed(&signal)
                {
                    tell(button);
                }
            }
            // The bus is gone; another one may be there by the next wish.
            Event::Signal(None) => desktop = None,
        }
    }
}

struct Desktop {
    proxy: Proxy<'static>,
    signals: SignalStream<'static>,
    /// It shows buttons.
    buttons: bool,
    /// The number of what stands there.
    shown: Option<u32>,
}

impl Desktop {
    async fn find() -> zbus::Result<Self> {
        let builder = connection::Builder::session()?.method_timeout(ANSWER);
        let connection: Connection = builder.build().await?;
        let proxy = Proxy::new(&connection, NAME, PATH, NAME).await?;
        let signals = proxy.receive_all_signals().await?;
        let abilities: Vec<String> = proxy.call("GetCapabilities", &()).await?;
        Ok(Self {
            buttons: abilities.iter().any(|ability| ability == "actions"),
            proxy,
            signals,
            shown: None,
        })
    }

    async fn show(&mut self, message: Option<Message>) {
        match message {
            Some(message) => self.shown = self.notify(&message).await.ok(),
            None => {
                if let Some(number) = self.shown.take() {
                    // Somebody may have closed it before.
                    let _ = self
                        .proxy
                        .call::<_, _, ()>("CloseNotification", &number)
                        .await;
                }
            }
        }
    }

    async fn notify(&self, message: &Message) -> zbus::Result<u32> {
        let shown = message.buttons.iter().filter(|_| self.buttons);
        let actions: Vec<&str> = shown.flat_map(|b| [b.key(), b.name()]).collect();
        let urgency = if message.quiet { LOW } else { NORMAL };
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("desktop-entry", Value::from("io.github.aside.Aside")),
            ("urgency", Value::from(urgency)),
            ("resident", Value::from(message.quiet)),
            // It would be in the recording.
            ("suppress-sound", Value::from(message.quiet)),
        ]);
        let body = (
            "Aside",
            self.shown.unwrap_or(0),
            "io.github.aside.Aside",
            message.title.as_str(),
            message.text.as_str(),
            actions,
            hints,
            // As long as the desktop thinks right.
            -1_i32,
        );
        self.proxy.call("Notify", &body).await
    }

    /// What was pressed, where it was ours.
    fn pressed(&mut self, signal: &zbus::Message) -> Option<Button> {
        let header = signal.header();
        let body = signal.body();
        match header.member()?.as_str() {
            "ActionInvoked" => {
                let (number, key): (u32, String) = body.deserialize().ok()?;
                let ours = self.shown == Some(number);
                let button = Button::ALL.into_iter().find(|b| b.key() == key);
                button.filter(|_| ours)
            }
            "NotificationClosed" => {
                let (number, _why): (u32, u32) = body.deserialize().ok()?;
                self.shown.take_if(|shown| *shown == number);
                None
            }
            _ => None,
        }
    }
}
