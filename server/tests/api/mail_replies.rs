//! Answers by mail: to a comment in its thread, or back with the reason; each mail once.

use std::time::Duration;

use aside_server::config::replies::{LmtpAddress, RepliesConfig};
use aside_server::domain::reply::{Body, MimeBomb, Refused};
use aside_server::lmtp::{self, Listener};
use aside_server::service::replies::{Arrived, MAX_OCTETS, Replies, Taken};
use aside_server::testing::smtp::{Received, SmtpServer};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::people::recorded;
use crate::take::{Take, member};

const SOON: Duration = Duration::from_secs(31);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A server that sends mails which are answered, a recording, and Mo.
struct Place {
    smtp: SmtpServer,
    app: TestApp,
    take: Take,
    mo: Client,
}

impl Place {
    async fn new(app: TestApp) -> Self {
        let smtp = SmtpServer::start().await;
        let app = smtp.used_by(app).configured(|config| {
            config.replies = Some(RepliesConfig {
                address: "reply+{token}@aside.test".parse().unwrap(),
                imap: None,
                lmtp: None,
                proved_by: None,
            });
        });
        let take = recorded(&app, app.sam().await, "members").await;
        let mo = member(&app, "Mo").await;
        Self {
            smtp,
            app,
            take,
            mo,
        }
    }

    fn replies(&self) -> Replies {
        let config = &self.app.app.config;
        let address = config.replies.as_ref().unwrap().address.clone();
        let mailer = self.app.app.mailer.clone().unwrap();
        let intake = self.app.app.attachment_intake.clone();
        let most = config.attachment_bytes;
        Replies::new(self.app.app.resources.clone(), mailer, address).keeping_files(intake, most)
    }

    async fn say(&self, who: &Client, body: Value) -> String {
        let answer = who.post(&self.take.api("/comments"), &body).await;
        let comment: Value = answer.expect(201).json();
        comment["id"].as_str().unwrap().to_owned()
    }

    async fn comments(&self) -> Vec<Value> {
        let path = self.take.api("/comments");
        let answer: Value = self.take.owner.get(&path).await.expect(200).json();
        answer["comments"].as_array().unwrap().clone()
    }

    /// Everything that is sent from now on.
    async fn mails(&self) -> Vec<Received> {
        let before = self.smtp.mails().len();
        self.app.clock.advance(SOON);
        self.smtp.worker(&self.app).run_until_idle().await.unwrap();
        self.smtp.mails().split_off(before)
    }

    /// Sam answers Mo: the thread, and the address by which Mo answers.
    async fn answered(&self) -> (String, String) {
        let thread = self
            .say(&self.mo, json!({ "at_ms": 400, "body": "cut off" }))
            .await;
        let answer = json!({ "parent_id": thread, "body": "where?" });
        self.say(&self.take.owner, answer).await;
        let mails = self.mails().await;
        let mail = mails.iter().find(|it| it.to == "mo@example.org").unwrap();
        assert!(
            mail.text()
                .contains("Answer this mail to answer in the thread.")
        );
        (thread, reply_to(mail))
    }

    async fn take_in(&self, raw: &str) -> Taken {
        take_in(&self.replies(), raw).await
    }
}

async fn take_in(replies: &Replies, raw: &str) -> Taken {
    let raw = raw.replace('\n', "\r\n");
    let mail = Arrived {
        raw: raw.as_bytes(),
        size: raw.len(),
        to: None,
        from_nobody: false,
    };
    Box::pin(replies.take(mail)).await.unwrap()
}

/// A long head goes on in the next line (RFC 5322 §2.2.3).
fn reply_to(mail: &Received) -> String {
    let raw = mail.raw.replace("\n ", " ");
    let line = raw.lines().find(|it| it.starts_with("Reply-To:"));
    let address = line.expect("an address to answer to");
    address["Reply-To:".len()..].trim().to_owned()
}

fn mail(from: &str, to: &str, id: u32, body: &str) -> String {
    format!(
        "Return-Path: <{from}>\nFrom: Somebody <{from}>\nTo: Aside <{to}>\nSubject: Re: Bug\nMessage-ID: <{id}@client.test>\n\
         Content-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

const QUOTE: &str = "\nOn Sat, Nov 28, 2026 at 10:00 AM Aside <aside@aside.test> wrote:\n> Sam answered: Bug at 0:00\n> > where?\n";

#[both]
async fn an_answer_by_mail_stands_in_its_thread_at_the_same_moment_once(app: TestApp) {
    let place = Place::new(app).await;
    let (thread, to) = place.answered().await;
    assert!(to.split('@').next().unwrap().len() <= 64, "{to}");
    let raw = mail(
        "Mo@Example.org",
        &to.to_uppercase(),
        1,
        &format!("At the *left*.\n{QUOTE}"),
    );
    assert!(matches!(place.take_in(&raw).await, Taken::Posted(_)));
    // Polled twice, or delivered twice, with what delivery adds on top.
    for again in [raw.clone(), format!("Received: from somewhere\n{raw}")] {
        assert_eq!(place.take_in(&again).await, Taken::Known);
    }
    let comments = place.comments().await;
    let last = comments.last().unwrap();
    assert_eq!(comments.len(), 3, "{comments:#?}");
    assert_eq!(
        (&last["parent_id"], &last["at_ms"], &last["author"]["name"]),
        (&json!(thread), &json!(400), &json!("Mo"))
    );
    assert_eq!(last["body"], "At the *left*.");
    // Sam is told of it, and answers by mail as well.
    let mails = place.mails().await;
    let [told] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(told.to, "sam@example.org");
    let raw = mail("sam@example.org", &reply_to(told), 2, "Thanks.");
    assert!(matches!(place.take_in(&raw).await, Taken::Posted(_)));
    assert_eq!(place.comments().await.len(), 4);
}

#[both]
async fn files_of_an_answer_are_kept_and_those_that_are_too_many_are_told_of(app: TestApp) {
    let place = Place::new(app).await;
    let (_, to) = place.answered().await;
    let with = |id: u32, text: &str, files: usize| {
        let mut raw = mail("mo@example.org", &to, id, "")
            .replace("text/plain; charset=utf-8", "multipart/mixed; boundary=b");
        raw.push_str(&format!("--b\nContent-Type: text/plain\n\n{text}\n"));
        for n in 0..files {
            raw.push_str(&format!(
                "--b\nContent-Type: text/csv; name=\"{n}.csv\"\nContent-Disposition: attachment; filename=\"{n}.csv\"\n\na;b\n1;2\n"
            ));
        }
        raw.push_str("--b--\n");
        raw
    };
    for (id, text, files, kept, words) in [
        (1, "See the table.", 1, 1, "See the table."),
        (2, "", 1, 1, ""),
        (
            3,
            "All of it.",
            12,
            10,
            "All of it.\n\n*(2 files came with this answer by mail. They were not kept.)*",
        ),
    ] {
        let taken = place.take_in(&with(id, text, files)).await;
        assert!(matches!(taken, Taken::Posted(_)), "{taken:?}");
        place.app.clock.advance(Duration::from_secs(1));
        let comments = place.comments().await;
        let last = comments.last().unwrap();
        assert_eq!(
            last["attachments"].as_array().unwrap().len(),
            kept,
            "{last}"
        );
        assert_eq!(last["attachments"][0]["name"], "0.csv");
        assert_eq!(last["body"], words);
    }
}

#[both]
async fn what_is_not_taken_goes_back_once_with_the_reason_and_the_words(app: TestApp) {
    let place = Place::new(app).await;
    let (_, to) = place.answered().await;
    let mut bomb =
        mail("mo@example.org", &to, 6, "").replace("text/plain", "multipart/mixed; boundary=b");
    bomb.push_str(&"--b\n\nx\n".repeat(1_000));
    let mo = "mo@example.org";
    let cases = [
        (
            mail("ana@example.org", &to, 1, "mine"),
            Refused::OtherSender,
            "ana@example.org",
            "Nothing of it was kept here.",
        ),
        (mail(mo, &to, 3, QUOTE), Refused::Empty, mo, "where?"),
        (
            mail(mo, &to, 4, &"x".repeat(10_001)),
            Refused::Comment(aside_server::domain::comment::CommentError::TooLong),
            mo,
            "xxx",
        ),
        (
            bomb,
            Refused::TooComplex,
            mo,
            "Nothing of it was kept here.",
        ),
    ];
    for (raw, why, back, words) in cases {
        assert_eq!(place.take_in(&raw).await, Taken::Refused(why));
        assert_eq!(place.take_in(&raw).await, Taken::Known);
        let mails = place.mails().await;
        let [mail] = &mails[..] else {
            panic!("{why:?}: {mails:?}")
        };
        assert_eq!(mail.to, back);
        assert_eq!(mail.head("auto-submitted"), "auto-generated");
        let text = mail.text();
        assert!(
            text.contains(&why.to_string()) && text.contains(words),
            "{text}"
        );
        assert!(
            !text.contains("Bug in <login>"),
            "it tells nothing of the recording: {text}"
        );
    }
    let raw = mail(mo, &to, 7, "large").replace('\n', "\r\n");
    let large = Arrived {
        raw: raw.as_bytes(),
        size: MAX_OCTETS + 1,
        to: Some(&to),
        from_nobody: false,
    };
    let taken = Box::pin(place.replies().take(large)).await.unwrap();
    assert_eq!(taken, Taken::Refused(Refused::TooLarge));
    // Nobody to answer to.
    let two = mail("mo@example.org>, Ana <ana@example.org", &to, 8, "both");
    assert_eq!(place.take_in(&two).await, Taken::Unanswered);
    assert_eq!(place.comments().await.len(), 2);
}

#[both]
async fn who_lost_access_is_told_so_and_nothing_else(app: TestApp) {
    let place = Place::new(app).await;
    let (thread, to) = place.answered().await;
    let path = format!("/api/recordings/{}/sharing", place.take.id);
    let closed = json!({ "audience": "owner" });
    place.take.owner.patch(&path, &closed).await.expect(200);
    let raw = mail("mo@example.org", &to, 1, "still here");
    assert_eq!(place.take_in(&raw).await, Taken::Refused(Refused::NoAccess));
    let mails = place.mails().await;
    let back = mails.iter().find(|it| it.to == "mo@example.org").unwrap();
    assert!(back.text().contains("still here"));
    let open = json!({ "audience": "members" });
    place.take.owner.patch(&path, &open).await.expect(200);
    // The same mail stays refused; another one is taken, until the thread is gone.
    assert_eq!(place.take_in(&raw).await, Taken::Known);
    let raw = mail("mo@example.org", &to, 2, "again");
    assert!(matches!(place.take_in(&raw).await, Taken::Posted(_)));
    place
        .mo
        .delete(&format!("/api/comments/{thread}"))
        .await
        .expect(204);
    let raw = mail("mo@example.org", &to, 3, "too late");
    assert!(matches!(
        place.take_in(&raw).await,
        Taken::Refused(Refused::Comment(_))
    ));
}

#[both]
async fn what_programs_write_is_dropped_without_a_word_and_so_is_what_is_not_ours(app: TestApp) {
    let place = Place::new(app).await;
    let (_, to) = place.answered().await;
    for line in [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "List-Id: <x.example.org>",
    ] {
        let raw = format!("{line}\n{}", mail("mo@example.org", &to, 1, "I am away"));
        assert!(
            matches!(place.take_in(&raw).await, Taken::Dropped(_)),
            "{line}"
        );
    }
    let raw = mail("mo@example.org", &to, 1, "x")
        .replace("Return-Path: <mo@example.org>", "Return-Path: <>");
    assert!(matches!(place.take_in(&raw).await, Taken::Dropped(_)));
    let (begin, end) = to.split_at(12);
    let letter = if end.starts_with('a') { 'b' } else { 'a' };
    let forged = format!("{begin}{letter}{}", &end[1..]);
    for not_ours in [forged.as_str(), "aside@aside.test", "reply+@aside.test", ""] {
        let raw = mail("mo@example.org", not_ours, 2, "hello");
        assert_eq!(place.take_in(&raw).await, Taken::NotOurs, "{not_ours}");
    }
    assert!(place.mails().await.is_empty());
    assert_eq!(place.comments().await.len(), 2);
}

#[both]
async fn keys_are_made_anew_and_what_an_old_one_signed_ends_after_a_year(app: TestApp) {
    let place = Place::new(app).await;
    let (thread, old) = place.answered().await;
    place.app.clock.advance(DAY * 91);
    let answer = json!({ "parent_id": thread, "body": "and now?" });
    place.say(&place.take.owner, answer).await;
    let mails = place.mails().await;
    let new = reply_to(&mails[0]);
    assert_ne!(old[..9], new[..9], "the number of the key stands in front");
    for (id, to) in [(1, &old), (2, &new)] {
        let raw = mail("mo@example.org", to, id, "yes");
        assert!(matches!(place.take_in(&raw).await, Taken::Posted(_)));
    }
    place.app.clock.advance(DAY * 275);
    let raw = mail("mo@example.org", &old, 3, "late");
    assert_eq!(place.take_in(&raw).await, Taken::Refused(Refused::TooOld));
    let raw = mail("mo@example.org", &new, 4, "in time");
    assert!(matches!(place.take_in(&raw).await, Taken::Posted(_)));
    // After two years nobody knows whether it was ours.
    place.app.clock.advance(DAY * 400);
    place.mails().await;
    let raw = mail("mo@example.org", &old, 5, "very late");
    assert_eq!(place.take_in(&raw).await, Taken::NotOurs);
}

#[tokio::test]
async fn more_than_a_person_writes_is_a_loop() {
    let place = Place::new(TestApp::sqlite().await).await;
    let (_, to) = place.answered().await;
    let replies = place.replies();
    for id in 0..60 {
        let raw = mail("mo@example.org", &to, id, "yes");
        assert!(
            matches!(take_in(&replies, &raw).await, Taken::Posted(_)),
            "{id}"
        );
    }
    let raw = mail("mo@example.org", &to, 60, "yes");
    assert_eq!(
        take_in(&replies, &raw).await,
        Taken::Refused(Refused::TooMany)
    );
    for id in 61..70 {
        let raw = mail("mo@example.org", &to, id, "yes");
        assert_eq!(take_in(&replies, &raw).await, Taken::Unanswered);
    }
    place.app.clock.advance(Duration::from_secs(3700));
    let raw = mail("mo@example.org", &to, 70, "yes");
    assert!(matches!(take_in(&replies, &raw).await, Taken::Posted(_)));
}

/// Who has one address could write to anybody through the server otherwise, under names that each mail makes up.
#[tokio::test]
async fn whoever_a_mail_says_it_is_from_gets_nothing_that_somebody_else_wrote_and_not_without_end()
{
    let place = Place::new(TestApp::sqlite().await).await;
    let (_, to) = place.answered().await;
    let replies = place.replies();
    for id in 0..60 {
        let raw = mail(&format!("victim{id}@example.org"), &to, id, "Buy now")
            .replace("Subject: Re: Bug", "Subject: Bargains");
        let taken = take_in(&replies, &raw).await;
        assert_eq!(taken, Taken::Refused(Refused::OtherSender));
    }
    let raw = mail("victim60@example.org", &to, 60, "Buy now");
    let taken = take_in(&replies, &raw).await;
    assert_eq!(taken, Taken::Refused(Refused::TooMany));
    for id in 61..70 {
        let raw = mail(&format!("victim{id}@example.org"), &to, id, "Buy now");
        assert_eq!(take_in(&replies, &raw).await, Taken::Unanswered);
    }
    let mails = place.mails().await;
    assert_eq!(mails.len(), 61);
    for mail in mails {
        assert!(mail.to.starts_with("victim"), "{mail:?}");
        assert!(!mail.raw.contains("Bargains") && !mail.text().contains("Buy now"));
    }
}

#[tokio::test]
async fn where_a_mail_server_is_named_its_word_about_the_sender_is_asked_for() {
    let place = Place::new(TestApp::sqlite().await).await;
    let (_, to) = place.answered().await;
    let replies = place.replies().proved_by(Some("mx.aside.test".to_owned()));
    let raw = mail("mo@example.org", &to, 1, "yes");
    assert_eq!(
        take_in(&replies, &raw).await,
        Taken::Refused(Refused::NotProved)
    );
    let raw = format!(
        "Authentication-Results: mx.aside.test; dmarc=pass header.from=example.org\n{}",
        mail("mo@example.org", &to, 2, "yes")
    );
    assert!(matches!(take_in(&replies, &raw).await, Taken::Posted(_)));
}

#[test]
fn a_mail_that_is_nested_or_split_without_end_is_refused_and_a_large_text_is_cut() {
    let mut deep = String::new();
    for n in 0..10_000 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"
        ));
    }
    assert_eq!(Body::read(deep.as_bytes()), Err(MimeBomb));
    let mut wide = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    wide.push_str(&"--b\n\nx\n".repeat(100_000));
    assert_eq!(Body::read(wide.as_bytes()), Err(MimeBomb));
    // The same boundary within itself.
    let same = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(10_000);
    assert_eq!(Body::read(same.as_bytes()), Err(MimeBomb));
    let mails = "Content-Type: message/rfc822\n\n".repeat(100_000);
    assert_eq!(Body::read(mails.as_bytes()).unwrap().files.len(), 1);
    let large = format!("Content-Type: text/plain\n\n{}", "ä".repeat(2_000_000));
    assert!(Body::read(large.as_bytes()).unwrap().text.len() <= 1024 * 1024);
    assert!(
        Body::read(b"").is_ok() && Body::read(b"\n\nx").is_ok() && Body::read(&[0xff; 100]).is_ok()
    );
}

/// A mail server on the other side.
struct Sender {
    line: BufReader<TcpStream>,
}

impl Sender {
    async fn say(&mut self, text: &str) -> String {
        self.line.write_all(text.as_bytes()).await.unwrap();
        self.hear().await
    }

    /// An answer, of which the last line is told.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.line.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }
}

#[tokio::test]
async fn a_mail_server_hands_answers_over_by_lmtp_and_hears_of_each_recipient() {
    let place = Place::new(TestApp::sqlite().await).await;
    let (_, to) = place.answered().await;
    let folder = tempfile::tempdir().unwrap();
    let socket = LmtpAddress::Socket(folder.path().join("lmtp"));
    // A socket that a program left behind is replaced; one that is in use is not.
    drop(Listener::bind(&socket).await.unwrap());
    let used = Listener::bind(&socket).await.unwrap();
    Listener::bind(&socket).await.unwrap_err();
    drop(used);
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let at = listener.address().unwrap();
    let leaving = CancellationToken::new();
    let serving = tokio::spawn(lmtp::serve(listener, place.replies(), leaving.clone()));
    lmtp::greet(&at).await.unwrap();
    let LmtpAddress::Tcp(at) = at else {
        panic!("{at}")
    };
    let mut sender = Sender {
        line: BufReader::new(TcpStream::connect(at).await.unwrap()),
    };
    assert!(sender.hear().await.starts_with("220 "));
    let talk = [
        ("EHLO x\r\n", "500"),
        ("MAIL FROM:<mo@example.org>\r\n", "503"),
        ("NONSENSE\r\n", "500"),
        ("LHLO client.test\r\n", "250 SIZE"),
        ("RCPT TO:<x@aside.test>\r\n", "503"),
        ("MAIL FROM:<mo@example.org> SIZE=99999999\r\n", "552"),
        ("MAIL FROM:<mo@example.org>\r\n", "250"),
        ("RCPT TO:<reply+nothing@aside.test>\r\n", "550"),
        ("DATA\r\n", "503"),
    ];
    for (say, hears) in talk {
        let heard = sender.say(say).await;
        assert!(heard.starts_with(hears), "{say}: {heard}");
    }
    // Twice the same recipient: two answers, one comment. What follows the mail is read as well.
    let rcpt = format!("RCPT TO:<{to}>\r\n");
    assert!(sender.say(&rcpt).await.starts_with("250"));
    assert!(sender.say(&rcpt).await.starts_with("250"));
    assert!(sender.say("DATA\r\n").await.starts_with("354"));
    let raw = mail("mo@example.org", "aside@aside.test", 1, "..dot\nsecond").replace('\n', "\r\n");
    assert!(
        sender
            .say(&format!("{raw}.\r\nNOOP\r\n"))
            .await
            .starts_with("250")
    );
    assert!(sender.hear().await.starts_with("250"));
    assert_eq!(sender.hear().await, "250 2.0.0 Ok");
    let comments = place.comments().await;
    assert_eq!(comments.len(), 3);
    assert_eq!(comments[2]["body"], ".dot\nsecond");
    // From nobody: a bounce.
    for say in ["MAIL FROM:<>\r\n", &rcpt, "DATA\r\n"] {
        let heard = sender.say(say).await;
        assert!(heard.starts_with('2') || heard.starts_with('3'), "{heard}");
    }
    let raw = mail("mo@example.org", "x@y", 2, "bounced").replace('\n', "\r\n");
    assert!(sender.say(&format!("{raw}.\r\n")).await.starts_with("250"));
    assert_eq!(place.comments().await.len(), 3);
    leaving.cancel();
    serving.await.unwrap();
}
