//! `aside record`.

use std::path::Path;
use std::time::Duration;

use aside_protocol::recording::MAX_PARTS;

use super::app::{App, runtime};
use super::args::Record;
use super::exit::Exit;
use super::failure::Failure;
use super::feed::Feed;
use super::show::{Both, JsonLines, TakeView, Terminal, err};
use super::signals;
use super::stdio::{self, Closed};
use super::{shortcuts, socket, unfinished};
use crate::config::Account;
use crate::http::Http;
use crate::pipeline::Encoders;
use crate::session::{self, KeptWhy, Observer, Plan, Uplink};

pub(super) fn record(app: &App, args: &Record) -> Result<Exit, Failure> {
    args.check()?;
    // Before everything that takes time: a signal that comes meanwhile is a command, not the end of the process.
    let runtime = runtime()?;
    let commands = signals::listen(runtime.handle())
        .map_err(|e| Failure::new(Exit::Failed, format!("signals cannot be received ({e})")))?;
    let feed = Feed::default();
    let lines = match args.is_for_programs() {
        true => JsonLines::feeding(app.world.clone(), feed.clone()),
        false => JsonLines::followed(app.world.clone(), feed.clone()),
    };
    if args.control.is_some() {
        let closed = match args.keep_recording {
            true => Closed::GoesOn,
            false => Closed::Stops,
        };
        stdio::listen(lines.clone(), commands.put.clone(), closed)
            .map_err(|e| Failure::new(Exit::Failed, format!("a thread cannot be started ({e})")))?;
    }
    let encoder = app.encoders(args.encoder)?;
    let spool = app.spool()?;
    spool.expire_trash(app.world.wall.now())?;
    let account = app.account()?;
    let uplink = uplink(account.as_ref(), args.offline)?;
    let mut observer: Box<dyn Observer> = match args.is_for_programs() {
        true => Box::new(lines.clone()),
        false => Box::new(Both(
            TakeView::new(Terminal::new(app.env.no_color)),
            lines.clone(),
        )),
    };
    if let Uplink::Ready(http) = &uplink {
        unfinished::resume_in_background(&spool, http.address(), observer.as_mut());
    }
    // Without it the take cannot be steered by verbs; it is recorded all the same.
    let run_dir = app.env.run_dir()?;
    let _socket = match socket::listen(&run_dir, commands.put.clone(), lines, feed) {
        Ok(socket) => Some(socket),
        Err(error) => {
            err(&format!(
                "`aside stop`, `aside pause` and the like do not reach this recording ({error}); Ctrl-C stops it."
            ));
            None
        }
    };
    let _keys = args
        .shortcuts
        .then(|| shortcuts::steer(commands.put.clone()));
    let outcome = session::record(
        &app.world,
        &spool,
        &plan(app, args, &run_dir, encoder),
        &uplink,
        runtime.handle(),
        &commands.queue,
        observer.as_mut(),
    );
    // A request under way must not keep a person who does not want to wait.
    runtime.shutdown_background();
    let outcome = outcome?;
    for (name, why) in &outcome.failed_encoders {
        app.encoder_failed(name, why);
    }
    Ok(Exit::of(&outcome))
}

fn plan(app: &App, args: &Record, run_dir: &Path, encoder: Encoders) -> Plan {
    Plan {
        chosen: args.chosen(encoder),
        duration: args.duration,
        waits: args.wait,
        previews: args.control.map(|_| run_dir.to_owned()),
        window_titles: args.record_window_titles,
        patience: Duration::from_secs(args.patience),
        clipboard: app.env.desktop,
        max_parts: MAX_PARTS,
    }
}

fn uplink(account: Option<&Account>, offline: bool) -> Result<Uplink, Failure> {
    let Some(account) = account else {
        return Ok(Uplink::Local {
            why: KeptWhy::NoServer,
            server: None,
        });
    };
    let local = |why| {
        Ok(Uplink::Local {
            why,
            server: Some(account.address().to_owned()),
        })
    };
    match &account.token {
        _ if offline => local(KeptWhy::Offline),
        None => local(KeptWhy::SignedOut),
        Some(token) => Ok(Uplink::Ready(Http::new(
            &account.server,
            Some(token.clone()),
        )?)),
    }
}
