//! `aside doctor`: what this machine can record, and which server it speaks to.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::app::{App, runtime};
use super::exit::Exit;
use super::show::out;
use crate::doctor::{self, Check, Machine, Status};
use crate::encoders;
use crate::http::Http;
use crate::pipeline;
use crate::shortcuts;

pub(super) fn doctor(app: &App, json: bool) -> Exit {
    let machine = Machine::look(|name| std::env::var(name).ok(), Path::new("/"));
    let state = app.env.state_dir().unwrap_or_default();
    let tested = encoders::test_all(&state, &app.conditions());
    let mut checks = doctor::checks(&machine, &pipeline::sources(), &tested);
    if machine.wayland {
        checks.push(doctor::shortcuts(shortcuts::are_bound_here()));
    }
    checks.push(disk(app));
    checks.push(server(app));
    if json {
        out(&json!({ "version": env!("CARGO_PKG_VERSION"), "checks": checks }).to_string());
    } else {
        checks.iter().for_each(show);
    }
    if checks.iter().any(|c| c.verdict == Status::Needed) {
        Exit::NothingToCapture
    } else {
        Exit::Ok
    }
}

fn show(check: &Check) {
    let sign = match check.verdict {
        Status::Good => "✓",
        Status::Missing => "–",
        Status::Needed => "✗",
    };
    out(&format!("{sign} {:<14} {}", check.what, check.detail));
    for line in check.fix.iter().flat_map(|fix| fix.lines()) {
        out(&format!("                 {line}"));
    }
}

fn disk(app: &App) -> Check {
    match app.spool() {
        Ok(spool) => doctor::disk(spool.path()),
        Err(failure) => bad("disk", Status::Needed, failure.message()),
    }
}

/// The server is not needed to record.
fn server(app: &App) -> Check {
    const WHAT: &str = "server";
    let account = match app.account() {
        Ok(Some(account)) => account,
        Ok(None) => {
            return bad(
                WHAT,
                Status::Missing,
                "none: recordings stay here until `aside login SERVER`".to_owned(),
            );
        }
        Err(failure) => return bad(WHAT, Status::Missing, failure.message()),
    };
    let asked = runtime().and_then(|runtime| {
        let http = Http::new(&account.server, account.token.clone())?;
        Ok(runtime.block_on(async {
            http.ask::<Value>(http.request(Method::GET, "api/me")?)
                .await
        })?)
    });
    let address = account.address();
    match asked {
        Ok(me) => match me["user"]["name"].as_str() {
            Some(name) => good(WHAT, format!("{address}, signed in as {name}")),
            None => bad(
                WHAT,
                Status::Missing,
                format!("{address}, not signed in: `aside login {address}`"),
            ),
        },
        Err(failure) => bad(WHAT, Status::Missing, failure.message()),
    }
}

fn good(what: &'static str, detail: String) -> Check {
    Check {
        what,
        verdict: Status::Good,
        detail,
        fix: None,
    }
}

fn bad(what: &'static str, verdict: Status, detail: String) -> Check {
    Check {
        what,
        verdict,
        detail,
        fix: None,
    }
}
