//! Notifications of the desktop (`org.freedesktop.Notifications`, version 1.2 of its specification): the take that runs while
//! nobody sees the window, and at the end its link.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use async_io::Timer;
use futures_lite::{StreamExt as _, future};
use zbus::proxy::SignalStream;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy, connection};

use crate::model::message::{Button, Message};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long an answer of the desktop is waited for. What shows notifications may only be started by the question, and one that
/// is shown late and taken for lost would be shown twice.
const ANSWER: Duration = Duration::from_secs(10);
/// After so long a message that could not be shown is tried again, and so often: a desktop without notifications stays one.
const AGAIN: Duration = Duration::from_secs(5);
const TRIES: u32 = 5;
/// How long the window, when it closes, waits for what it shows to be taken back.
const END: Duration = Duration::from_secs(1);
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
    /// And what is closed when it ends.
    thread: Option<(JoinHandle<()>, mpsc::Receiver<()>)>,
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
            let (over, ended) = mpsc::sync_channel(1);
            let serve = move || {
                let _over: mpsc::SyncSender<()> = over;
                future::block_on(serve(&wished, &*tell));
            };
            let thread = Builder::new().name("notify".to_owned()).spawn(serve).ok();
            self.thread = thread.map(|thread| (thread, ended));
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
        // A bus may take a question and never answer.
        if let Some((thread, ended)) = self.thread.take()
            && ended.recv_timeout(END) != Err(RecvTimeoutError::Timeout)
        {
            let _ = thread.join();
        }
    }
}

enum Event {
    /// `None`: nobody wishes anything any more.
    Wish(Option<Option<Message>>),
    Signal(Option<zbus::Message>),
    /// What is owed is tried again.
    Again,
}

/// A message that the desktop did not take.
struct Owed {
    message: Message,
    /// How often it is still tried.
    tries: u32,
    timer: Timer,
}

/// Does what is wished until nobody can wish anything any more.
async fn serve(wishes: &Receiver<Option<Message>>, tell: &dyn Fn(Button)) {
    let mut desktop: Option<Desktop> = None;
    let mut owed: Option<Owed> = None;
    loop {
        let event = next(wishes, desktop.as_mut(), owed.as_mut()).await;
        match event {
            Event::Wish(Some(mut wish)) => {
                let mut was_over = false;
                while let Ok(newer) = wishes.try_recv() {
                    was_over |= wish.is_none();
                    wish = newer;
                }
                if was_over {
                    // What comes after it is another matter, and pops up anew.
                    Box::pin(show(&mut desktop, None, 0)).await;
                }
                owed = Box::pin(show(&mut desktop, wish, TRIES)).await;
            }
            Event::Wish(None) => {
                Box::pin(show(&mut desktop, None, 0)).await;
                return;
            }
            Event::Again => {
                if let Some(Owed { message, tries, .. }) = owed.take() {
                    owed = Box::pin(show(&mut desktop, Some(message), tries)).await;
                }
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

async fn next(
    wishes: &Receiver<Option<Message>>,
    desktop: Option<&mut Desktop>,
    owed: Option<&mut Owed>,
) -> Event {
    let wish = async { Event::Wish(wishes.recv().await.ok()) };
    let signal = async {
        match desktop {
            Some(desktop) => Event::Signal(desktop.signals.next().await),
            None => future::pending().await,
        }
    };
    let again = async {
        match owed {
            Some(owed) => {
                (&mut owed.timer).await;
                Event::Again
            }
            None => future::pending().await,
        }
    };
    future::or(wish, future::or(signal, again)).await
}

/// Only this is shown from now on; answers what is to be tried again, so often at most.
async fn show(desktop: &mut Option<Desktop>, wish: Option<Message>, tries: u32) -> Option<Owed> {
    let Some(message) = wish else {
        if let Some(desktop) = desktop {
            desktop.take_back().await;
        }
        return None;
    };
    if desktop.is_none() {
        let found = async { Box::pin(Desktop::find()).await.ok() };
        // The bus itself is asked without a limit.
        let late = async {
            Timer::after(ANSWER).await;
            None
        };
        *desktop = future::or(found, late).await;
    }
    let is_shown = match desktop {
        Some(desktop) => desktop.show(&message).await,
        None => false,
    };
    let tries = tries.checked_sub(1).filter(|_| !is_shown)?;
    Some(Owed {
        message,
        tries,
        timer: Timer::after(AGAIN),
    })
}

struct Desktop {
    proxy: Proxy<'static>,
    signals: SignalStream<'static>,
    /// It shows buttons.
    buttons: bool,
    /// The number of what stands there.
    shown: Option<u32>,
    /// What was shown last is quiet.
    quiet: bool,
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
            quiet: false,
        })
    }

    /// Shows it in the place of what is shown; whether the desktop took it.
    async fn show(&mut self, message: &Message) -> bool {
        // In the place of a quiet one it would change without anybody seeing it.
        if self.quiet && !message.quiet {
            self.take_back().await;
        }
        // Without an answer, what stood there may still stand.
        let Ok(number) = self.notify(message).await else {
            return false;
        };
        (self.shown, self.quiet) = (Some(number), message.quiet);
        true
    }

    async fn take_back(&mut self) {
        if let Some(number) = self.shown.take() {
            // Somebody may have closed it before.
            let _ = self
                .proxy
                .call::<_, _, ()>("CloseNotification", &number)
                .await;
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
