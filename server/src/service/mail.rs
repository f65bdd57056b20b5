//! Mails: written into the queue in the transaction that causes them, sent by a worker (`jobs/send_mail`).

use aside_protocol::id::{JobId, MailId};
use url::Url;

use crate::domain::job::Job;
use crate::domain::mail::Letter;
use crate::domain::reply::ReplyAddress;
use crate::resources::Resources;
use crate::store::{Result, Tx, jobs, mails};

/// Takes mails in; there is one where a mail server is set. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    /// Where people reach this server.
    public: Url,
    /// How mails are answered; none: they are not.
    answers: Option<ReplyAddress>,
}

impl Mailer {
    /// `public` is an origin: links in mails begin with it.
    pub const fn new(public: Url) -> Self {
        Self {
            public,
            answers: None,
        }
    }

    /// The same, where mails are answered by such addresses.
    #[must_use]
    pub fn answered_by(self, answers: Option<ReplyAddress>) -> Self {
        Self { answers, ..self }
    }

    /// By which addresses mails are answered.
    pub const fn answers(&self) -> Option<&ReplyAddress> {
        self.answers.as_ref()
    }

    /// Behind the `@` of message ids.
    pub fn host(&self) -> String {
        self.public.host_str().unwrap_or("aside.invalid").to_owned()
    }

    /// A link for a mail. It begins with the address of the settings, never with what a request calls this server: whoever
    /// asks for a mail to somebody else must not choose where the secret in it leads.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public.origin().ascii_serialization())
    }

    /// Queues a mail, in the transaction that causes it. After the commit, `notify.notify_any()` tells the worker of it; it
    /// would look by itself within seconds.
    pub async fn post(&self, tx: &mut Tx, resources: &Resources, letter: &Letter) -> Result<()> {
        let now = resources.now();
        let mail = MailId::new(now, resources.id_entropy());
        mails::insert(tx, mail, letter, now).await?;
        let id = JobId::new(now, resources.id_entropy());
        jobs::enqueue(tx, &Job::SendMail { mail }, now, now, id).await
    }
}
