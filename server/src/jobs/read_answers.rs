//! Looks through the mailbox where answers arrive, for as long as this worker lives; one worker at a time. What became a comment or went
//! back is removed there, what is nothing of ours is left.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::{Context, Next, Trouble};
use crate::imap::{ImapError, Mailbox};
use crate::service::replies::{Arrived, MOST_OCTETS, Replies, TakeError, Taken};

/// A mailbox that does not answer is asked again after this.
const PAUSE: Duration = Duration::from_secs(30);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let Some((imap, replies)) = cx.tools.mailbox() else {
        return Ok(Next::Done);
    };
    let looked = async {
        let mut mailbox = imap.connect().await?;
        loop {
            cx.tools.mailbox_answers(true);
            look_through(cx, &mut mailbox, replies).await?;
            if cx.leaving.is_cancelled() {
                mailbox.close().await;
                return Ok::<_, Trouble>(());
            }
            mailbox = mailbox.wait(cx.leaving.cancelled()).await?;
        }
    };
    match Box::pin(looked).await {
        Ok(()) => Ok(Next::Again {
            after: Duration::ZERO,
        }),
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

async fn look_through(
    cx: &Context<'_>,
    mailbox: &mut Mailbox,
    replies: &Replies,
) -> Result<(), Trouble> {
    for uid in mailbox.new_mails().await? {
        if cx.leaving.is_cancelled() {
            return Ok(());
        }
        let Some(mail) = mailbox.fetch(uid, MOST_OCTETS).await? else {
            continue;
        };
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
