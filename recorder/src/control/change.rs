//! `aside change`: the title of a recording on the server, and who may open its link.

use aside_protocol::recording::Audience;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::app::{App, runtime};
use super::args::Change;
use super::exit::Exit;
use super::failure::Failure;
use super::show::{out, who_can_watch};
use crate::http::Http;

/// What the server says of a recording.
#[derive(Debug, Deserialize)]
struct Card {
    url: String,
    title: String,
    audience: String,
}

pub(super) fn change(app: &App, args: &Change) -> Result<Exit, Failure> {
    let account = app.account()?.filter(|account| account.token.is_some());
    let account = account.ok_or_else(|| {
        Failure::new(
            Exit::NotSignedIn,
            "this computer is not signed in; `aside login SERVER` does that",
        )
    })?;
    let http = Http::new(&account.server, account.token.clone())?;
    let request = http
        .request(Method::PATCH, &format!("api/recordings/{}", args.id))?
        .header(CONTENT_TYPE, "application/json")
        .body(body(args).to_string());
    let card: Card = runtime()?.block_on(http.ask(request))?;
    if args.json {
        let Card {
            url,
            title,
            audience,
        } = card;
        out(
            &json!({ "id": args.id, "url": url, "title": title, "audience": audience }).to_string(),
        );
        return Ok(Exit::Ok);
    }
    let name = match card.title.as_str() {
        "" => "The recording".to_owned(),
        title => format!("“{title}”"),
    };
    let who: &str = match card.audience.parse::<Audience>() {
        Ok(audience) => who_can_watch(audience),
        Err(_) => &card.audience,
    };
    out(&format!("{name} can be watched by {who}: {}", card.url));
    Ok(Exit::Ok)
}

/// What is not named stays.
fn body(args: &Change) -> Value {
    let mut body = Map::new();
    if let Some(title) = &args.title {
        body.insert("title".to_owned(), title.as_str().into());
    }
    if let Some(audience) = args.audience {
        let audience = Audience::from(audience).as_str();
        body.insert("audience".to_owned(), audience.into());
    }
    body.into()
}
