//! Mails a person what concerns them and is due, one mail after the other, so that those of a thread arrive in its order.
//!
//! A row of the outbox ends in a transaction behind the mail server's yes. A worker that dies between the two sends that mail
//! again, under the same `Message-ID`; no other.

use std::time::Duration;

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use super::{Context, Next, Trouble};
use crate::mail::MailError;
use crate::service::mail::Mailer;
use crate::service::notices::next_mail;
use crate::service::server_look;
use crate::store::outbox::Channel;
use crate::store::{Tx, outbox};

/// So many mails to one person, then it is somebody else's turn.
const BATCH: usize = 20;

pub(super) async fn run(cx: &Context<'_>, user: UserId) -> Result<Next, Trouble> {
    let Some(smtp) = cx.tools.smtp() else {
        return Err(MailError::Settings("this worker has no mail server".to_owned()).into());
    };
    let mailer = Mailer::new(smtp.public().clone()).answered_by(cx.tools.answers().cloned());
    let keys = cx.tools.keys();
    for _ in 0..BATCH {
        if cx.leaving.is_cancelled() {
            return Ok(again_at_once());
        }
        let Some(mail) = next_mail(cx.resources, &mailer, keys, user).await? else {
            return Ok(later(
                cx.resources.store.next_due(user, Channel::Mail).await?,
                cx.now(),
            ));
        };
        let mut rows = mail.rows;
        if mail.letter.is_some() {
            let wait = smtp.turn(cx.resources.clock.monotonic());
            if !wait.is_zero() {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = cx.leaving.cancelled() => return Ok(again_at_once()),
                }
            }
            // It may have been read while this waited.
            let Some(mail) = next_mail(cx.resources, &mailer, keys, user).await? else {
                continue;
            };
            rows = mail.rows;
            if let Some(letter) = mail.letter {
                let look = server_look::read(cx.resources).await?;
                match smtp.send_notices(&letter, &look).await {
                    Ok(()) => {}
                    Err(MailError::Refused(why)) => {
                        tracing::warn!(%user, "a mail about notices was refused: {why}");
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        cx.write(async |tx: &mut Tx| Ok(outbox::end(tx, Channel::Mail, &rows, cx.now()).await?))
            .await?;
    }
    Ok(again_at_once())
}

const fn again_at_once() -> Next {
    Next::Again {
        after: Duration::ZERO,
    }
}

/// When the next row is due; it may have become so meanwhile.
fn later(next: Option<Timestamp>, now: Timestamp) -> Next {
    next.map_or(Next::Done, |at| {
        let left = u64::try_from(at.micros() - now.micros()).unwrap_or(0);
        Next::Again {
            after: Duration::from_micros(left),
        }
    })
}
