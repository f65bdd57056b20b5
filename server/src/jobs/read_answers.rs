//! Looks through the mailbox where answers arrive, for as long as this worker lives; one worker at a time. What became a comment or went
//! back is removed there, what is nothing of ours is left.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::not_given::PAUSE;
use super::{Context, Next, Trouble};
use crate::imap::{ImapClient, ImapError, Mailbox};
use crate::service::replies::{Arrived, MAX_OCTETS, Replies, TakeError, Taken};

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let Some((imap, replies)) = cx.tools.mailbox() else {
        return Ok(Next::Done);
    };
    let mut asked = None;
    match Box::pin(looked(cx, imap, replies, &mut asked)).await {
        Ok(()) => Ok(Next::Again {
            after: Duration::ZERO,
        }),
        // The line broke over this mail. It comes last from now on; soon it is left, if the mailbox gives others.
        Err(Trouble::Mailbox(cause)) if asked.is_some() => {
            let mut after = PAUSE;
            if let Some(uid) = asked {
                tracing::warn!(uid, %cause, "the mailbox did not give an answer by mail: {cause}");
                after = cx.tools.not_given().broke(uid, cx.now());
            }
            Ok(Next::Again { after })
        }
        Err(Trouble::Mailbox(cause)) => {
            // Not counted as a failure: it must not be given up. It is said once.
            if cx.tools.mailbox_answers(false) {
                tracing::warn!(%cause, "answers by mail are not read: {cause}");
            }
            Ok(Next::Again { after: PAUSE })
        }
        Err(trouble) => Err(trouble),
    }
}

/// Looks until this worker leaves. `asked` is the mail that the mailbox was asked for when the line broke.
async fn looked(
    cx: &Context<'_>,
    imap: &ImapClient,
    replies: &Replies,
    asked: &mut Option<u32>,
) -> Result<(), Trouble> {
    let mut mailbox = imap.connect().await?;
    loop {
        cx.tools.mailbox_answers(true);
        look_through(cx, &mut mailbox, replies, asked).await?;
        if cx.leaving.is_cancelled() {
            mailbox.close().await;
            return Ok(());
        }
        let held = cx.tools.not_given().held(cx.now());
        mailbox = mailbox.wait(held, cx.leaving.cancelled()).await?;
    }
}

async fn look_through(
    cx: &Context<'_>,
    mailbox: &mut Mailbox,
    replies: &Replies,
    asked: &mut Option<u32>,
) -> Result<(), Trouble> {
    let there = mailbox.new_mails().await?;
    let uids = cx.tools.not_given().look(there, cx.now());
    for uid in uids {
        if cx.leaving.is_cancelled() {
            return Ok(());
        }
        let given_up = cx.tools.not_given().given_up(uid);
        if given_up {
            tracing::error!(
                uid,
                "an answer by mail that the mailbox does not give was left there"
            );
            mailbox.leave(uid).await?;
            continue;
        }
        *asked = Some(uid);
        let Some(mail) = mailbox.fetch(uid, MAX_OCTETS).await? else {
            // Gone meanwhile, or the mailbox says no or hung up: on another line what comes behind is asked for.
            return Err(ImapError::Away("it did not give a mail".to_owned()).into());
        };
        *asked = None;
        cx.tools.not_given().given(uid);
        let arrived = Arrived {
            raw: &mail.raw,
            size: mail.size,
            to: None,
            from_nobody: false,
        };
        // One mail must not keep all others from being read.
        let taken = AssertUnwindSafe(replies.take(arrived)).catch_unwind();
        match Box::pin(taken).await {
            Ok(Ok(Taken::NotOurs)) => mailbox.leave(uid).await?,
            Ok(Ok(_)) => mailbox.remove(uid).await?,
            Ok(Err(TakeError::Store(cause))) if cause.is_outage() => return Err(cause.into()),
            // The disk or the object store: the same mail is looked at later.
            Ok(Err(cause @ TakeError::Files(_))) => {
                return Err(Trouble::Disk(std::io::Error::other(cause)));
            }
            Ok(Err(cause)) => {
                tracing::error!(uid, %cause, "an answer by mail was left in the mailbox: {cause}");
                mailbox.leave(uid).await?;
            }
            Err(_) => {
                tracing::error!(
                    uid,
                    "an answer by mail that cannot be read was left in the mailbox"
                );
                mailbox.leave(uid).await?;
            }
        }
    }
    Ok(())
}

impl From<ImapError> for Trouble {
    fn from(cause: ImapError) -> Self {
        Self::Mailbox(cause)
    }
}
