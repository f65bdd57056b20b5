//! Deleting a take: the only way in which something that was recorded and is not on a server
//! leaves this computer, so a person is asked.

use std::io::{self, IsTerminal as _, Write as _};

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::out;
use super::find::{find, find_trashed};
use crate::session::clock;
use crate::spool::Permit;

pub(super) fn discard(app: &App, id: &str, yes: bool) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    if let (Err(_), Ok(trashed)) = (find(&spool, id), find_trashed(&spool, id)) {
        // It was thrown away once already: a second question would protect nothing.
        spool.discard_trashed(trashed, Permit::discarded_by_a_person())?;
        out("Deleted the take from the trash.");
        return Ok(Exit::Ok);
    }
    let held = spool.claim(find(&spool, id)?)?;
    let found = held.recover()?;
    let length = clock(found.ledger.duration());
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "nothing was deleted: to delete this take ({length}) without being asked, say --yes"
                ),
            ));
        }
        let question = format!(
            "Delete this take ({length}, {} parts) from this computer? What is on the server stays there. [y/N] ",
            found.ledger.made()
        );
        if !confirmed(&question) {
            out("Nothing was deleted.");
            return Ok(Exit::Ok);
        }
    }
    held.delete(Permit::discarded_by_a_person())?;
    out(&format!("Deleted the take ({length})."));
    Ok(Exit::Ok)
}

fn confirmed(question: &str) -> bool {
    let _ = write!(io::stderr(), "{question}");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
