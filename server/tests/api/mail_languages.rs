//! Mails in the language of whoever reads them: each kind in German says what the English one says, and each person gets their own. The
//! mail server is real.

use std::collections::BTreeSet;
use std::time::Duration;

use aside_protocol::id::CommentId;
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use aside_server::domain::account::{AccountError, Role};
use aside_server::domain::assignment::NoDay;
use aside_server::domain::attachment::AttachmentError;
use aside_server::domain::comment::CommentError;
use aside_server::domain::drawing::DrawingError;
use aside_server::domain::mail::Letter;
use aside_server::domain::notice::Kind;
use aside_server::domain::notice_mail::{Item, NoticeLetter};
use aside_server::domain::page_language::PageLanguage;
use aside_server::domain::reply::Refused;
use aside_server::domain::texts::{About, Going, texts};
use aside_server::testing::smtp::{Received, SmtpServer};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::account::ana;
use crate::people::recorded;
use crate::take::member;

/// Longer than what is told at once waits.
const SOON: Duration = Duration::from_secs(31);

/// A mail as people see it.
struct Seen {
    subject: String,
    text: String,
    html: String,
}

/// Which kind it is: a new one is counted here, and stands in [`letters`].
const fn kind(about: &About<'_>) -> usize {
    match about {
        About::NewPassword { .. } => 0,
        About::PasswordChanged { .. } => 1,
        About::AddressAsked { .. } => 2,
        About::AddressTaken => 3,
        About::AddressChanged { .. } => 4,
        About::Invitation { .. } => 5,
        About::MailLink { .. } => 6,
        About::GoingSoon(_) => 7,
        About::NotTaken { .. } => 8,
        About::Test => 9,
    }
}

fn refusals() -> Vec<Refused> {
    use CommentError as C;
    let comments = [
        C::Empty,
        C::TooComplex,
        C::TooLong,
        C::TooLate,
        C::Backwards,
        C::NoSuchThread,
        C::ThreadDeleted,
        C::TooMany,
        C::NameTaken,
        C::NoName,
        C::Name(AccountError::Email),
        C::Name(AccountError::Name),
        C::Name(AccountError::PasswordTooShort),
        C::Name(AccountError::PasswordTooLong),
        C::NotAThread,
        C::TooManyMentions,
        C::UnknownMention,
        C::PrivateNeedsAccount,
        C::AssignsReply,
        C::NoSuchPerson,
        C::AssignsNote,
        C::NoDay(NoDay),
        C::Drawing(DrawingError::Empty),
        C::Drawing(DrawingError::TooManyShapes),
        C::Drawing(DrawingError::TooManyPoints),
        C::Drawing(DrawingError::TooLarge),
        C::Drawing(DrawingError::Outside),
        C::Drawing(DrawingError::WrongPoints),
        C::Drawing(DrawingError::WrongText),
        C::Attachment(AttachmentError::Last),
        C::Attachment(AttachmentError::Empty),
        C::Attachment(AttachmentError::TooMany),
        C::Attachment(AttachmentError::Unknown),
        C::Attachment(AttachmentError::TooManyUnnamed),
    ];
    let others = [
        Refused::TooOld,
        Refused::OtherSender,
        Refused::NotProved,
        Refused::NoAccess,
        Refused::TooLarge,
        Refused::TooComplex,
        Refused::Empty,
        Refused::TooMany,
    ];
    let comments = comments.into_iter().map(Refused::Comment);
    others.into_iter().chain(comments).collect()
}

/// Letters of every kind.
fn letters(language: PageLanguage) -> Vec<Seen> {
    let day = texts(language).day(jiff::civil::date(2026, 3, 8));
    let going = |count: usize, title: &str| Going {
        count,
        days: 7,
        first: day.clone(),
        named: vec![(title.to_owned(), day.clone()); count.min(20)],
    };
    let (one, many) = (going(1, ""), going(25, "Fehler"));
    let server = "Acme";
    let mut all = vec![
        About::NewPassword { name: "Ana" },
        About::PasswordChanged { name: "Ana" },
        About::AddressAsked { name: "Ana" },
        About::AddressTaken,
        About::AddressChanged {
            name: "Ana",
            email: "neu@example.org",
        },
        About::Invitation {
            by: Some("Mo"),
            server,
            days: 7,
        },
        About::Invitation {
            by: None,
            server,
            days: 1,
        },
        About::MailLink { title: "Fehler" },
        About::MailLink { title: "" },
        About::GoingSoon(&one),
        About::GoingSoon(&many),
        About::Test,
    ];
    for why in refusals() {
        for (subject, has_words) in [(Some("Betreff"), true), (None, false)] {
            all.push(About::NotTaken {
                why,
                subject,
                has_words,
            });
        }
    }
    let there: BTreeSet<usize> = all.iter().map(kind).collect();
    assert!(there.into_iter().eq(0..10), "every kind is looked at");
    let seen = all.iter().map(|about| {
        let url = Some("https://aside.test/x?a=1".to_owned());
        let to = "ana@example.org".parse().unwrap();
        let it = Letter::about(to, language, about, url);
        let foot = texts(language).foot(server, "https://aside.test");
        Seen {
            text: it.text(&foot),
            html: it.html(&foot),
            subject: it.subject,
        }
    });
    seen.collect()
}

fn item(kind: Kind) -> Item {
    Item {
        kind,
        by: "Mo".to_owned(),
        title: "Fehler".to_owned(),
        words: "Gruß".to_owned(),
        at_ms: Some(83_000),
        url: "https://aside.test/w/x?t=83".to_owned(),
        picture: None,
    }
}

fn bare(kind: Kind) -> Item {
    Item {
        by: String::new(),
        title: String::new(),
        words: String::new(),
        at_ms: None,
        ..item(kind)
    }
}

/// Mails about every kind of notice, alone and together.
fn notices(language: PageLanguage) -> Vec<Seen> {
    let letter = |items: Vec<Item>| NoticeLetter {
        to: "ana@example.org".parse().unwrap(),
        language,
        id: "1".to_owned(),
        thread: None,
        reply_to: None,
        items,
        pictures: Vec::new(),
        left_out: 0,
        off: "https://aside.test/unsubscribe/x".to_owned(),
        settings: "https://aside.test/settings".to_owned(),
    };
    let mut all = Vec::new();
    for kind in Kind::ALL {
        all.push(letter(vec![item(kind)]));
        all.push(letter(vec![bare(kind)]));
        let mut answered = letter(vec![bare(kind)]);
        answered.thread = Some(CommentId::new(Timestamp::from_micros(1), [1; 10]));
        answered.reply_to = Some("reply@aside.test".to_owned());
        all.push(answered);
    }
    let mut digest = letter(Kind::ALL.into_iter().map(item).collect());
    digest.left_out = 3;
    all.push(digest);
    let seen = all.iter().map(|it| {
        let foot = texts(language).foot("Acme", "https://aside.test");
        Seen {
            subject: it.subject(),
            text: it.text(&foot),
            html: it.html(&foot, None),
        }
    });
    seen.collect()
}

/// What is read of an HTML: without its tags and its head.
fn read(html: &str) -> String {
    let mut out = String::new();
    let body = &html[html.find("<body").unwrap()..];
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => {
                in_tag = true;
                out.push('\n');
            }
            '>' => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// What is said in it, of two words and more. What somebody wrote is quoted.
fn sentences(text: &str) -> Vec<&str> {
    let all = text.split(['.', ':', '?', '!', ';', '\n']).map(str::trim);
    let words = |it: &&str| {
        let words = it.split_whitespace();
        words
            .filter(|word| word.contains(char::is_alphabetic))
            .count()
    };
    all.filter(|it| words(it) > 1 && !it.starts_with('>'))
        .collect()
}

fn links(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || "\"<>".contains(c));
    words.filter(|it| it.starts_with("https://")).collect()
}

/// In order of size, because languages put them in another one.
fn numbers(text: &str) -> Vec<u64> {
    let words = text
        .split_whitespace()
        .filter(|it| !it.starts_with("https://"));
    let mut all: Vec<u64> = words
        .flat_map(|it| it.split(|c: char| !c.is_ascii_digit()))
        .filter_map(|it| it.parse().ok())
        .collect();
    all.sort_unstable();
    all
}

fn same_but_translated(english: &Seen, german: &Seen) {
    for (english, german) in [
        (&english.subject, &german.subject),
        (&english.text, &german.text),
        (&read(&english.html), &read(&german.html)),
    ] {
        for sentence in sentences(english) {
            assert!(!german.contains(sentence), "{sentence}: {german}");
        }
        assert_eq!(links(english), links(german));
        assert_eq!(numbers(english), numbers(german), "{english}\n{german}");
    }
    assert!(sentences(&english.text).len() > 1, "{}", english.text);
    assert_eq!(links(&english.html), links(&german.html));
    for (html, lang) in [(&english.html, "en"), (&german.html, "de")] {
        let begin = format!("<!doctype html><html lang=\"{lang}\">");
        assert!(html.starts_with(&begin), "{html}");
    }
}

#[test]
fn every_kind_of_mail_in_german_has_no_sentence_of_the_english_one_and_its_links_and_numbers() {
    let (english, german) = (PageLanguage::English, PageLanguage::German);
    for (english, german) in [
        (letters(english), letters(german)),
        (notices(english), notices(german)),
    ] {
        assert_eq!(english.len(), german.len());
        for (english, german) in english.iter().zip(&german) {
            same_but_translated(english, german);
        }
    }
}

async fn speaks(who: &Client, language: &str) {
    let change = json!({ "language": language });
    who.patch("/api/me/profile", &change).await.expect(204);
}

/// The language of a mail, by its head and by its HTML.
fn language(mail: &Received) -> String {
    let language = mail.head("content-language");
    let raw = mail.raw.replace("=\n", "");
    let html = [
        format!("<html lang=3D\"{language}\">"),
        format!("<html lang=\"{language}\">"),
    ];
    assert!(html.iter().any(|it| raw.contains(it)), "{raw}");
    language
}

#[both]
async fn each_person_is_mailed_in_their_language_within_the_same_thread(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "link").await;
    take.send(TrackName::Video, 2..10).await;
    speaks(&take.owner, "de-AT").await;
    let mo = member(&app, "Mo").await;
    let settle = async || {
        app.clock.advance(SOON);
        smtp.worker(&app).run_until_idle().await.unwrap();
        smtp.mails()
    };
    let said = json!({ "at_ms": 3_400, "body": "cut off" });
    let said = mo.post(&take.api("/comments"), &said).await.expect(201);
    let thread = said.json::<Value>()["id"].as_str().unwrap().to_owned();
    let mails = settle().await;
    let [german] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(
        (german.to.as_str(), language(german).as_str()),
        ("sam@example.org", "de")
    );
    let text = german.text();
    assert!(
        text.starts_with("Mo hat kommentiert: Bug in <login> bei 0:03\n> cut off\nAn dieser Stelle öffnen:\nhttps://aside.test/w/"),
        "{text}"
    );
    assert_eq!(german.head("subject"), "Re: Bug in <login>");
    assert_eq!(
        german.head("references"),
        format!("<thread.{thread}@aside.test>")
    );
    assert_eq!(
        german.head("list-unsubscribe-post"),
        "List-Unsubscribe=One-Click"
    );
    let answer = json!({ "parent_id": thread, "body": "where?" });
    let answer = take.owner.post(&take.api("/comments"), &answer).await;
    answer.expect(201);
    let mails = settle().await;
    let [_, english] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(
        (english.to.as_str(), language(english).as_str()),
        ("mo@example.org", "en"),
        "who has chosen nothing reads English"
    );
    assert!(english.text().starts_with("sam answered: "));
}

#[both]
async fn a_new_password_and_a_new_address_are_asked_for_in_the_language_of_the_account(
    app: TestApp,
) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let ana = ana(&app).await;
    let nobody = app.anonymous();
    let email = json!({ "email": "ana@example.org" });
    for (number, (chosen, wanted, said)) in [
        ("fr", "en", "Choose a new password:\nhttps://"),
        ("de", "de", "Neues Passwort wählen:\nhttps://"),
    ]
    .into_iter()
    .enumerate()
    {
        speaks(&ana, chosen).await;
        nobody.post("/api/password-reset", &email).await.expect(204);
        let mail = smtp.sent(&app, number).await;
        assert_eq!(language(&mail), wanted);
        assert!(mail.text().contains(said), "{}", mail.text());
    }
    let asked = json!({ "email": "neu@example.org", "password": "correct horse battery" });
    ana.post("/api/me/mail", &asked).await.expect(204);
    let mail = smtp.sent(&app, 2).await;
    assert_eq!(
        (mail.to.as_str(), language(&mail).as_str()),
        ("neu@example.org", "de")
    );
    assert_eq!(mail.head("subject"), "Ist das deine Adresse?");
    // Whose address it is reads it in their own language.
    app.person("ben", Role::Member).await;
    let asked = json!({ "email": "ben@example.org", "password": "correct horse battery" });
    ana.post("/api/me/mail", &asked).await.expect(204);
    let mail = smtp.sent(&app, 3).await;
    assert_eq!(mail.head("subject"), "You have an account already");
}

#[both]
async fn an_invitation_is_in_the_language_of_who_invites(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let olga = app.person("olga", Role::Owner).await;
    speaks(&olga, "de").await;
    let wanted = json!({ "role": "member", "email": "ana@example.org" });
    let made = olga.post("/api/server/invitations", &wanted).await;
    made.expect(201);
    let mail = smtp.sent(&app, 0).await;
    assert_eq!(language(&mail), "de");
    let text = mail.text();
    assert!(text.starts_with("olga lädt dich zu Aside ein."), "{text}");
    assert!(text.contains("7 Tage lang"), "{text}");
}

#[both]
async fn who_has_no_account_gets_a_link_in_the_language_they_chose_or_in_english(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let take = recorded(&app, app.sam().await, "owner").await;
    let people = format!("/api/recordings/{}/people", take.id);
    let named = json!({ "mail": "gast@example.org" });
    take.owner.post(&people, &named).await.expect(200);
    let ask = json!({ "email": "gast@example.org" });
    let nobody = app.anonymous().with("accept-language", "de");
    let german = nobody.clone().with("cookie", "aside_language=de");
    for (number, (browser, wanted)) in [(nobody, "en"), (german, "de")].into_iter().enumerate() {
        browser
            .post(&take.api("/mail-link"), &ask)
            .await
            .expect(204);
        let mail = smtp.sent(&app, number).await;
        assert_eq!(language(&mail), wanted);
        assert!(mail.link().starts_with("https://aside.test/mail-link#"));
    }
}
