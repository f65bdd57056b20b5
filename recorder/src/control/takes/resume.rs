//! Bringing takes to their server, one after the other.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use crossbeam_channel::{Receiver, bounded, never, select};

use super::super::app::{App, runtime};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::{JsonLines, TakeView, Terminal, out};
use super::super::signals;
use super::cancellations;
use super::find::find;
use super::progress::ResumeProgress;
use crate::config::Account;
use crate::http::Http;
use crate::session::{Asked, Command, KeptWhy, Observer};
use crate::spool::{Recovered, Spool, SpoolError};
use crate::upload::{Event, Events, Finished, Policy, QueuedEvent, UploadError, finish_take};

/// How long a process nobody sees tries a server that does not answer. The next start tries on.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(600);
/// Nothing is due.
const NO_DEADLINE: Duration = Duration::from_secs(86_400);

pub(super) fn resume(
    app: &App,
    id: Option<&str>,
    patience: Option<u64>,
    background: bool,
    json: bool,
) -> Result<Exit, Failure> {
    if background {
        detach_from_terminal();
    }
    let spool = app.spool()?;
    let ids = match id {
        Some(text) => vec![find(&spool, text)?],
        None => spool
            .list()?
            .iter()
            .filter(|t| {
                if background {
                    t.is_unclaimed()
                } else {
                    t.can_be_resumed()
                }
            })
            .map(|t| t.id)
            .collect(),
    };
    let mut observer: Box<dyn Observer> = match json {
        true => Box::new(JsonLines::new(app.world.clone())),
        false => Box::new(TakeView::new(Terminal::new(app.env.no_color))),
    };
    if id.is_none() {
        cancellations::tell_servers(app, &spool)?;
    }
    if ids.is_empty() {
        if !json {
            out("Every take is on its server, or on its way; there is nothing to finish.");
        }
        return Ok(Exit::Ok);
    }
    let runtime = runtime()?;
    let commands = signals::listen(runtime.handle())
        .map_err(|e| Failure::new(Exit::Failed, format!("signals cannot be received ({e})")))?;
    let patience = patience
        .map(Duration::from_secs)
        .or(background.then_some(BACKGROUND_TIMEOUT));
    let account = app.account()?;
    let mut finisher = Finisher {
        app,
        spool: &spool,
        account,
        runtime: runtime.handle(),
        commands: commands.queue,
        patience,
        background,
    };
    let mut worst = Exit::Ok;
    for take in ids {
        let end = finisher.finish(take, observer.as_mut(), id.is_some())?;
        worst = worst.max(end.exit);
        if end.leave {
            break;
        }
    }
    runtime.shutdown_background();
    Ok(worst)
}

struct Finisher<'a> {
    app: &'a App,
    spool: &'a Spool,
    account: Option<Account>,
    runtime: &'a tokio::runtime::Handle,
    commands: Receiver<Asked>,
    patience: Option<Duration>,
    /// Nobody sees what is done.
    background: bool,
}

/// How it went with one take.
struct End {
    exit: Exit,
    /// Do not begin with the next one.
    leave: bool,
}

impl End {
    const fn go_on(exit: Exit) -> Self {
        Self { exit, leave: false }
    }
}

impl Finisher<'_> {
    fn finish(
        &mut self,
        id: RecordingId,
        observer: &mut dyn Observer,
        named: bool,
    ) -> Result<End, Failure> {
        let claimed = match self.background {
            true => self.spool.claim_in_background(id),
            false => self.spool.claim(id),
        };
        let held = match claimed {
            Ok(held) => held,
            // Another process was quicker, which is all that was wanted.
            Err(SpoolError::Busy { .. } | SpoolError::NoSuchTake { .. }) if !named => {
                return Ok(End::go_on(Exit::Ok));
            }
            Err(error) => return Err(error.into()),
        };
        let mut view = ResumeProgress::new(id, observer);
        let http = match self.server_for(held.take.server.as_deref()) {
            Ok(http) => http,
            Err((why, message)) => {
                view.kept(why, message);
                return Ok(End::go_on(Exit::of_kept(why)));
            }
        };
        let (tell, reader) = Events::queue();
        let (tell_found, found) = bounded(1);
        let (tell_done, done) = bounded(1);
        let entropy = Arc::clone(&self.app.world.entropy);
        let task = self.runtime.spawn(async move {
            let say = |recovered: &Recovered| {
                let _ = tell_found.send(recovered.clone());
            };
            let _ = tell_done
                .send(finish_take(held, http, tell, entropy, Policy::default(), say).await);
        });
        let end = self.follow(&mut view, reader.queue.clone(), found, &done);
        task.abort();
        Ok(end)
    }

    /// Only ever to the server the link was made for.
    fn server_for(&self, server: Option<&str>) -> Result<Http, (KeptWhy, String)> {
        let Some(account) = &self.account else {
            let message = "no server is configured. Sign in with `aside login SERVER`; the take is safe on this computer";
            return Err((KeptWhy::NoServer, message.to_owned()));
        };
        let ours = account.address();
        if let Some(other) = server.filter(|s| *s != ours) {
            let message = format!(
                "this take was recorded for {other}, and this computer is signed in to {ours}. Sign in there with \
                 `aside login {other}`, or set ASIDE_SERVER and ASIDE_TOKEN; the take is safe on this computer"
            );
            return Err((KeptWhy::OtherServer, message));
        }
        let Some(token) = &account.token else {
            let message =
                format!("sign in with `aside login {ours}`; the take is safe on this computer");
            return Err((KeptWhy::SignedOut, message));
        };
        Http::new(&account.server, Some(token.clone()))
            .map_err(|e| (KeptWhy::NoAnswer, e.to_string()))
    }

    fn follow(
        &mut self,
        view: &mut ResumeProgress<'_>,
        mut news: Receiver<QueuedEvent>,
        mut found: Receiver<Recovered>,
        done: &Receiver<Result<Finished, UploadError>>,
    ) -> End {
        let mut trouble_since = None;
        loop {
            let now = self.app.world.clock.now();
            let left = match (trouble_since, self.patience) {
                (Some(since), Some(patience)) => patience.saturating_sub(now.since(since)),
                _ => NO_DEADLINE,
            };
            if left.is_zero() {
                view.stays(KeptWhy::NoAnswer);
                return End {
                    exit: Exit::NotUploaded,
                    leave: true,
                };
            }
            // A channel whose other end is gone is always ready: each is replaced by one that never is.
            select! {
                recv(found) -> recovered => match recovered {
                    Ok(recovered) => view.recovered(&recovered),
                    Err(_) => found = never(),
                },
                recv(news) -> event => match event {
                    Ok(QueuedEvent { event, .. }) => {
                        match event {
                            Event::Retrying { .. } => { trouble_since.get_or_insert(now); }
                            Event::Received(_)
                            | Event::Reconnected
                            | Event::EventsRefused
                            | Event::Created { .. } => trouble_since = None,
                        }
                        view.upload_event(event);
                    }
                    Err(_) => news = never(),
                },
                recv(done) -> outcome => {
                    found.try_iter().for_each(|recovered| view.recovered(&recovered));
                    news.try_iter().for_each(|told| view.upload_event(told.event));
                    return match outcome {
                        Ok(outcome) => End::go_on(view.done(outcome)),
                        Err(_) => End::go_on(Exit::Failed),
                    };
                },
                recv(self.commands) -> asked => match asked {
                    Ok(asked) if asked.command == Command::Stop => {
                        view.stays(KeptWhy::Left);
                        return End { exit: Exit::NotUploaded, leave: true };
                    }
                    Ok(_) => {}
                    Err(_) => self.commands = never(),
                },
                default(left) => {}
            }
        }
    }
}

/// A session of its own: closing the terminal in which the first process was started is nothing to this one.
fn detach_from_terminal() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}
