//! Answers by mail: a mail that arrived becomes a comment in its thread, or goes back with the reason. Each mail once, however often it is
//! delivered.
//!
//! What is dropped without a word: what a program wrote, what was looked at before, more than people write, and what is not addressed
//! to one of our addresses.

use std::net::{IpAddr, Ipv4Addr};

use aside_protocol::id::{AttachmentId, CommentId};
use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest as _, Sha256};

use super::attachments::{AttachError, Incoming, attach};
use super::comments::{self, NewComment, PostError};
use super::gate::{self, GateError};
use super::mail::Mailer;
use super::reply_keys;
use crate::domain::access::{self, Allowed, Viewer};
use crate::domain::account::{Email, User};
use crate::domain::attachment::MAX_FILES;
use crate::domain::comment::Visibility;
use crate::domain::reply::{
    Automatic, Body, COUNTED, File, Head, KeyAge, MAX_MAIL, MAX_PER_HOUR, Refused, ReplyAddress,
    automatic, is_proved, letter, own_words,
};
use crate::intake::{Intake, IntakeError};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::replies::{self, MailReply};
use crate::store::{StoreError, Tx, profiles};
use crate::track_cache::TrackCache;

/// Takes answers in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Replies {
    resources: Resources,
    tracks: TrackCache,
    limits: Limits,
    mailer: Mailer,
    address: ReplyAddress,
    /// Whose word counts that a mail comes from the address it names; none: nobody's.
    proved_by: Option<String>,
    /// By what files are kept, and up to how many octets each; none: they are not.
    files: Option<(Intake, u64)>,
}

/// Why a mail has to come again.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the files of a mail cannot be kept now: {0}")]
    Files(AttachError),
}

/// Octets of a mail that is taken.
pub const MAX_OCTETS: usize = MAX_MAIL;

/// A mail as it was handed over.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'m> {
    /// From the first field to the end; where it is larger than [`MAX_MAIL`], its beginning will do.
    pub raw: &'m [u8],
    /// Of all of it, in octets.
    pub size: usize,
    /// To whom it was sent in the envelope; none: only its fields say so.
    pub to: Option<&'m str>,
    /// Whether the envelope says that it is from nobody.
    pub from_nobody: bool,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Posted(CommentId),
    /// It was looked at before.
    Known,
    /// A mail says so to whom it was from.
    Refused(Refused),
    Dropped(Automatic),
    /// More than a person writes; or nobody to answer to.
    Unanswered,
    /// It has no address of ours.
    NotOurs,
}

/// What is known of a mail that has an address of ours.
struct Letter<'m> {
    head: &'m Head,
    from: Option<Email>,
    reply: MailReply,
}

impl Replies {
    pub fn new(resources: Resources, mailer: Mailer, address: ReplyAddress) -> Self {
        let (store, notify) = (resources.store.clone(), resources.notify.clone());
        Self {
            tracks: TrackCache::new(store, notify, resources.clock.clone()),
            limits: Limits::new(resources.clock.clone()),
            resources,
            mailer,
            address,
            proved_by: None,
            files: None,
        }
    }

    /// The same, where this mail server's word is asked for whether a mail comes from the address it names.
    #[must_use]
    pub fn proved_by(self, server: Option<String>) -> Self {
        Self {
            proved_by: server,
            ..self
        }
    }

    /// The same, where files of at most `most` octets each are kept.
    #[must_use]
    pub fn keeping_files(self, intake: Intake, most: u64) -> Self {
        Self {
            files: Some((intake, most)),
            ..self
        }
    }

    /// Whether mails to this address are taken.
    pub async fn knows(&self, to: &str) -> Result<bool, StoreError> {
        let found = reply_keys::find(&self.resources, &self.address, &[to]).await?;
        Ok(found.is_some())
    }

    /// Looks at a mail. What it answers is written down for good; an error means that it has to come again.
    pub async fn take(&self, mail: Arrived<'_>) -> Result<Taken, TakeError> {
        let Some(head) = Head::read(mail.raw) else {
            return Ok(Taken::NotOurs);
        };
        let named = match mail.to {
            Some(to) => to.to_owned(),
            None => head.recipients(),
        };
        let known = reply_keys::find(&self.resources, &self.address, &[&named]).await?;
        let Some(known) = known else {
            return Ok(Taken::NotOurs);
        };
        if let Some(why) = automatic(&head, mail.from_nobody, &self.mailer.host()) {
            tracing::info!(?why, "dropped a mail that a program wrote");
            return Ok(Taken::Dropped(why));
        }
        let from = match head.from() {
            [one] => Some(one.clone()),
            _ => None,
        };
        let answered = self.resources.store.answered(known.notice).await?;
        let sender = from.as_ref().map_or("", Email::as_str);
        let mut letter = Letter {
            head: &head,
            reply: MailReply {
                message: message_key(&known.token, &head, mail.raw),
                sender: digest(&[sender.as_bytes()]),
                user: answered.map(|it| it.user),
                outcome: "posted",
            },
            from,
        };
        let store = &self.resources.store;
        if store.knows_mail(&letter.reply.message).await? {
            return Ok(Taken::Known);
        }
        let since = self.resources.now().minus(COUNTED);
        // By whoever has the address as well: a sender is only what a mail says of itself.
        let (sender, user) = (&letter.reply.sender, letter.reply.user);
        let before = store.mails_of(sender, user, since).await?;
        if before > MAX_PER_HOUR {
            tracing::warn!("dropped an answer by mail: its sender wrote {before} within an hour");
            return Ok(Taken::Unanswered);
        }
        let body = match mail.size > MAX_MAIL {
            true => Err(Refused::TooLarge),
            false => Body::read(mail.raw).map_err(|_| Refused::TooComplex),
        };
        let words = body.as_ref().map_or("", |it| &*it.text).to_owned();
        let (theirs, checked) = self.checked(&letter, known.age, answered).await?;
        let checked = match before == MAX_PER_HOUR {
            true => Err(Refused::TooMany),
            false => checked,
        };
        let posted = match (checked, body) {
            (Err(why), _) | (_, Err(why)) => Err(why),
            (Ok((person, to)), Ok(body)) => self.post(&letter, &person, to, body).await?,
        };
        match posted {
            Ok(taken) => Ok(taken),
            Err(why) => {
                letter.reply.outcome = why.as_str();
                Ok(self.refuse(&letter, why, theirs.then_some(&words)).await?)
            }
        }
    }

    /// Who answers what, if that counts; and whether the mail comes from the person whose address it is, as far as that is known.
    async fn checked(
        &self,
        letter: &Letter<'_>,
        age: KeyAge,
        answered: Option<replies::Answered>,
    ) -> Result<(bool, Result<(User, replies::Answered), Refused>), StoreError> {
        let store = &self.resources.store;
        let Some(answered) = answered else {
            return Ok((false, Err(Refused::NoAccess)));
        };
        let person = store.user(answered.user).await?;
        let counts = store.has_proved_mail(answered.user).await?
            && !store.is_deactivated(answered.user).await?;
        let Some(person) = person else {
            return Ok((false, Err(Refused::NoAccess)));
        };
        if letter.from.as_ref() != Some(&person.email) {
            return Ok((false, Err(Refused::OtherSender)));
        }
        if let Some(server) = &self.proved_by
            && !is_proved(letter.head, server)
        {
            return Ok((false, Err(Refused::NotProved)));
        }
        let checked = match (age, counts) {
            (KeyAge::TooOld, _) => Err(Refused::TooOld),
            (_, true) => Ok((person, answered)),
            (_, false) => Err(Refused::NoAccess),
        };
        Ok((true, checked))
    }

    async fn post(
        &self,
        letter: &Letter<'_>,
        person: &User,
        to: replies::Answered,
        body: Body,
    ) -> Result<Result<Taken, Refused>, TakeError> {
        let viewer = Viewer::from(person);
        let recording =
            gate::by_id::<access::Comment>(&self.resources, &viewer, to.recording).await;
        let recording = match recording {
            Ok(recording) => recording,
            Err(GateError::Store(cause)) => return Err(cause.into()),
            Err(GateError::NotFound | GateError::Refused(_)) => return Ok(Err(Refused::NoAccess)),
        };
        let mut words = own_words(&body.text);
        if words.is_empty() && body.files.is_empty() {
            return Ok(Err(Refused::Empty));
        }
        let (mut attachments, mut left) = (Vec::new(), 0);
        for file in body.files {
            let kept = match attachments.len() < MAX_FILES {
                true => self.keep(&recording, file).await?,
                false => None,
            };
            match kept {
                Some(id) => attachments.push(id),
                None => left += 1,
            }
        }
        if words.is_empty() && attachments.is_empty() {
            return Ok(Err(Refused::Empty));
        }
        words.push_str(&left_out(left));
        let new = NewComment {
            at_ms: 0,
            end_ms: None,
            parent: to.comment,
            visibility: Visibility::Everyone,
            body: words,
            drawing: None,
            attachments,
            guest_name: None,
            // Only strangers are counted by it.
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            by_mail: Some(letter.reply.clone()),
            by_agent: false,
        };
        let posted = comments::post(
            &self.resources,
            &self.tracks,
            &self.limits,
            &recording,
            Some(&person.name),
            new,
        );
        Ok(match Box::pin(posted).await {
            Ok(posted) => Ok(Taken::Posted(posted.read.comment.id)),
            Err(PostError::Twice) => Ok(Taken::Known),
            Err(PostError::Comment(why)) => Err(Refused::Comment(why)),
            Err(PostError::TooMany(_)) => Err(Refused::TooMany),
            Err(PostError::Store(cause)) => return Err(cause.into()),
        })
    }

    /// Keeps a file of a mail; none where it is not taken.
    async fn keep(
        &self,
        recording: &Allowed<access::Comment>,
        file: File,
    ) -> Result<Option<AttachmentId>, TakeError> {
        let Some((intake, most)) = &self.files else {
            return Ok(None);
        };
        let File { name, bytes } = file;
        let incoming = Incoming {
            name,
            length: Some(bytes.len()),
            body: stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes))]),
        };
        let kept = attach(&self.resources, intake, *most, recording, incoming);
        match Box::pin(kept).await {
            Ok(kept) => Ok(Some(kept.id)),
            Err(AttachError::Store(cause)) => Err(cause.into()),
            Err(
                why @ (AttachError::Storage(_)
                | AttachError::Intake(
                    IntakeError::Full | IntakeError::Disk(_) | IntakeError::Cancelled,
                )),
            ) => Err(TakeError::Files(why)),
            Err(why) => {
                tracing::info!(%why, "a file of an answer by mail was left out: {why}");
                Ok(None)
            }
        }
    }

    /// Says the reason, and sends the words back. Without `words` whoever it says it is from may be anybody: they get no word that
    /// somebody else wrote.
    async fn refuse(
        &self,
        of: &Letter<'_>,
        why: Refused,
        words: Option<&String>,
    ) -> Result<Taken, StoreError> {
        let now = self.resources.now();
        let subject = words.and_then(|_| of.head.subject());
        let words = words.map(|all| match own_words(all) {
            own if own.is_empty() => all.clone(),
            own => own,
        });
        let words = words.unwrap_or_default();
        let store = &self.resources.store;
        let is_new = store
            .write(async |tx: &mut Tx| -> Result<bool, StoreError> {
                if !replies::add(tx, &of.reply, now).await? {
                    return Ok(false);
                }
                if let Some(to) = &of.from {
                    let language = profiles::language_at(tx, to).await?.unwrap_or_default();
                    let page = self.mailer.link("/inbox");
                    let back = letter(to.clone(), language, why, subject, &words, page);
                    self.mailer.post(tx, &self.resources, &back).await?;
                }
                Ok(true)
            })
            .await?;
        if !is_new {
            return Ok(Taken::Known);
        }
        self.resources.notify.notify_any();
        tracing::info!(%why, "an answer by mail went back");
        Ok(match of.from {
            Some(_) => Taken::Refused(why),
            None => Taken::Unanswered,
        })
    }
}

fn left_out(files: usize) -> String {
    match files {
        0 => String::new(),
        1 => "\n\n*(A file came with this answer by mail. It was not kept.)*".to_owned(),
        many => format!("\n\n*({many} files came with this answer by mail. They were not kept.)*"),
    }
}

/// The same for the same mail to the same address. A mail without a `Message-ID` is known by what it is, apart from what each delivery
/// adds on top.
fn message_key(token: &str, head: &Head, raw: &[u8]) -> String {
    match head.message_id() {
        Some(id) => digest(&[token.as_bytes(), b"id", id.as_bytes()]),
        None => {
            let date = head.field("date").unwrap_or_default();
            let end = raw.windows(4).position(|it| it == b"\r\n\r\n").unwrap_or(0);
            let body = raw.get(end..).unwrap_or_default();
            digest(&[token.as_bytes(), b"body", date.as_bytes(), body])
        }
    }
}

fn digest(pieces: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_be_bytes());
        hash.update(piece);
    }
    hex::encode(&hash.finalize()[..16])
}
