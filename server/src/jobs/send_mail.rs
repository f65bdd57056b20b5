//! Sends a mail. It is forgotten in the transaction that ends the job, with the secrets in it; a worker that dies between the
//! mail server's yes and that transaction sends it again under the same `Message-ID`.

use aside_protocol::id::MailId;

use super::{Context, Next, Trouble};
use crate::mail::MailError;
use crate::service::server_look;
use crate::store::{Tx, mails};

pub(super) async fn run(cx: &Context<'_>, mail: MailId) -> Result<Next, Trouble> {
    let Some(letter) = cx.resources.store.mail(mail).await? else {
        return Ok(Next::Done);
    };
    let Some(smtp) = cx.tools.smtp() else {
        return Err(MailError::Settings("this worker has no mail server".to_owned()).into());
    };
    let look = server_look::read(cx.resources).await?;
    match smtp.send(mail, &letter, &look).await {
        Ok(()) => {
            cx.write(async |tx: &mut Tx| Ok(mails::remove(tx, mail).await?))
                .await?;
            Ok(Next::Done)
        }
        Err(MailError::Refused(why)) => Ok(Next::GiveUp { why }),
        Err(error) => Err(error.into()),
    }
}
