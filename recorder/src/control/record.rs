//! `aside record`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aside_protocol::recording::MAX_PARTS;

use super::app::{App, runtime};
use super::args::Record;
use super::exit::Exit;
use super::failure::Failure;
use super::feed::Feed;
use super::on_issue::{Linked, OnIssue, link};
use super::show::{Both, JsonLines, TakeView, Terminal, err};
use super::signals;
use super::stdio::{self, Closed};
use super::{shortcuts, socket, unfinished};
use crate::config::Account;
use crate::http::Http;
use crate::pipeline::Encoders;
use crate::session::{self, Ending, KeptWhy, Notice, Observer, Outcome, Plan, Uplink};

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
    if let (Some(on), Ok(outcome)) = (&args.on_issue, &outcome) {
        let told = match (&uplink, outcome.ending) {
            (Uplink::Ready(http), Ending::Uploaded) => {
                let what = runtime.block_on(link(http, outcome.id, on, &commands.queue));
                linked(on, outcome, &what)
            }
            (_, Ending::Cancelled | Ending::Nothing | Ending::NotBegun) => None,
            _ => {
                let why = "the take is not on the server yet".to_owned();
                linked(on, outcome, &Linked::Not { why })
            }
        };
        if let Some(told) = told {
            observer.notice(&told);
        }
    }
    // A request under way must not keep a person who does not want to wait.
    runtime.shutdown_background();
    let outcome = outcome?;
    for (name, why) in &outcome.failed_encoders {
        app.encoder_failed(name, why);
    }
    Ok(Exit::of(&outcome))
}

/// What is told of `--for`.
fn linked(on: &OnIssue, outcome: &Outcome, what: &Linked) -> Option<Notice> {
    let (id, issue) = (outcome.id, on.to_string());
    let not = |later, message| Notice::NotLinked {
        id,
        issue: issue.clone(),
        later,
        message,
    };
    let link = outcome.link.as_deref().unwrap_or("the link above");
    Some(match what {
        Linked::Done { url } => Notice::Linked {
            id,
            issue,
            url: url.clone(),
        },
        Linked::Later { why } if why.is_empty() => not(
            true,
            format!("The server posts the link on {on} as soon as it can."),
        ),
        Linked::Later { why } => not(
            true,
            format!("The link is not on {on} yet: {why}. The server tries again by itself."),
        ),
        Linked::Not { why } => not(
            false,
            format!(
                "The link is not on {on}: {}. The recording is safe; post the link there yourself: {link}",
                why.trim_end_matches('.')
            ),
        ),
    })
}

/// What is known of this computer.
fn system() -> BTreeMap<&'static str, String> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let named = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned());
    let os = named.unwrap_or_else(|| std::env::consts::OS.to_owned());
    BTreeMap::from([
        (
            "recorder",
            concat!("Aside ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("os", os),
        ("processor", std::env::consts::ARCH.to_owned()),
    ])
}

fn plan(app: &App, args: &Record, run_dir: &Path, encoder: Encoders) -> Plan {
    Plan {
        chosen: args.chosen(encoder),
        duration: args.duration,
        waits: args.wait,
        previews: args.control.map(|_| run_dir.to_owned()),
        window_titles: args.record_window_titles,
        patience: Duration::from_secs(args.patience),
        system: system(),
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
