//! `aside account`: where takes are brought to. It asks nobody: `aside doctor` says whether the server answers.

use serde_json::json;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;

pub(super) fn account(app: &App, json: bool) -> Result<Exit, Failure> {
    let account = app.account()?;
    let signed_in = account.as_ref().is_some_and(|a| a.token.is_some());
    if json {
        let server = account.as_ref().map(|a| a.address());
        out(&json!({ "server": server, "signed_in": signed_in }).to_string());
        return Ok(Exit::Ok);
    }
    out(&match (&account, signed_in) {
        (Some(account), true) => format!("This computer is signed in to {}.", account.address()),
        (Some(account), false) => format!(
            "This computer is not signed in; `aside login {}` does that.",
            account.address()
        ),
        (None, _) => "No server is configured; `aside login SERVER` does that.".to_owned(),
    });
    Ok(Exit::Ok)
}
