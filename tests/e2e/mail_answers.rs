//! A mail goes out, a person answers it with their mail program, and the answer stands in its thread: through Exim and Dovecot, from a
//! mailbox (IMAP) and by a mail server on the way (LMTP).

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result, ensure};
use harness::{Settings, TIMEOUT, TestSetup, Viewer, eventually};
use serde_json::{Value, json};

use crate::mail_system::MailSystem;

/// The fields of a mail end at the first empty line; a long one goes on in the next line.
fn head(mail: &str, name: &str) -> Result<String> {
    let fields = mail.split("\n\n").next().unwrap_or_default();
    let fields = fields.replace("\n ", " ").replace("\n\t", " ");
    let line = fields
        .lines()
        .find(|it| it.to_lowercase().starts_with(name));
    let line = line.with_context(|| format!("no {name} in {mail}"))?;
    Ok(line.split_once(':').unwrap_or_default().1.trim().to_owned())
}

/// As Gmail writes it: two forms, one of them quoted-printable.
fn from_gmail(to: &str, id: &str) -> String {
    format!(
        "MIME-Version: 1.0\nDate: Sat, 28 Nov 2026 10:00:00 +0100\nMessage-ID: <CAF{id}@mail.gmail.com>\nIn-Reply-To: <{id}>\n\
Subject: Re: Demo\nFrom: Mo <mo@people.test>\nTo: Aside <{to}>\nContent-Type: multipart/alternative; boundary=\"000000000000\"\n\n\
--000000000000\nContent-Type: text/plain; charset=\"UTF-8\"\nContent-Transfer-Encoding: quoted-printable\n\n\
Am linken Rand, gr=C3=BCn auf =\ngrau.\n\nAm Sa., 28. Nov. 2026 um 09:58=E2=80=AFUhr schrieb Aside <aside@answers.test>:\n\n\
> Sam answered: Demo at 0:00\n> > where?\n\n--000000000000\nContent-Type: text/html; charset=\"UTF-8\"\n\n\
<div dir=\"ltr\">html</div>\n\n--000000000000--\n"
    )
}

/// As Outlook writes it: HTML alone, base64; what it quotes stands below a line.
fn from_outlook(to: &str, from: &str, words: &str) -> String {
    let html = format!(
        "<html><head><style>p.MsoNormal {{margin:0}}</style></head><body><p class=\"MsoNormal\">{words}</p>\
<div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p><b>Von:</b> Aside</p></div><p>cut off</p></body></html>"
    );
    format!(
        "From: {from}\nTo: {to}\nSubject: AW: Demo\nMessage-ID: <AM0PR{}@outlook.test>\nX-Way: lmtp\nMIME-Version: 1.0\n\
Content-Type: text/html; charset=utf-8\n\n{html}\n",
        words.len()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_by_mail_stands_in_its_thread_from_a_mailbox_and_from_a_mail_server() -> Result<()>
{
    let mails = MailSystem::start().await?;
    let smtp = format!("smtp://127.0.0.1:{}?starttls=no", mails.smtp);
    let imap = format!("imaps://reply@localhost:{}", mails.imaps);
    let (password, socket) = (mails.password_file()?, mails.socket());
    let more: Vec<String> = [
        ("--public-url", "https://aside.test"),
        ("--smtp", &smtp),
        ("--mail-from", "Aside <aside@answers.test>"),
        ("--reply-address", "reply+{token}@answers.test"),
        ("--reply-imap", &imap),
        (
            "--reply-imap-password-file",
            &password.display().to_string(),
        ),
        ("--reply-lmtp", &socket.display().to_string()),
    ]
    .iter()
    .flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()])
    .collect();
    let trusted = format!("SSL_CERT_FILE={}", mails.certificate().display());
    let settings = Settings {
        worker: true,
        within: vec!["env".to_owned(), trusted],
        more: more.clone(),
        ..Settings::default()
    };
    let setup = TestSetup::with(settings).await?;
    // Exim may be somebody else than who runs the server.
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666))?;
    let (link, _) = setup.recorded(2).await?;
    let mo = setup.server.person("mo@people.test").await?;
    let path = format!("/api/watch/{}/comments", link.slug);
    let thread = mo
        .post(&path, &json!({ "at_ms": 700, "body": "cut off" }))
        .await?;
    let answer = json!({ "parent_id": thread["id"], "body": "where?" });
    setup.owner.post(&path, &answer).await?;
    // Nothing of ours: it stays where it is.
    let other = "From: x@people.test\nTo: reply@answers.test\nSubject: hello\n\nfor whoever reads this mailbox\n";
    mails
        .send("x@people.test", "reply@answers.test", other)
        .await?;

    mails.mail("reply", "whoever reads").await?;
    // The mailbox cannot give this one: what comes behind it is read all the same.
    mails.put_unreadable("reply")?;

    let told = mails.mail("mo", "where?").await?;
    let to = head(&told, "reply-to:")?;
    mails
        .send("mo@people.test", &to, &from_gmail(&to, "1"))
        .await?;
    let told = mails.mail("sam", "cut off").await?;
    let to_sam = head(&told, "reply-to:")?;
    let raw = from_outlook(&to_sam, "sam@example.org", "Schon behoben.");
    mails.send("sam@example.org", &to_sam, &raw).await?;
    let stranger = from_outlook(
        &to_sam,
        "eve@people.test",
        "I am not Sam, but I have this address.",
    );
    mails.send("eve@people.test", &to_sam, &stranger).await?;

    let author = Viewer::new(setup.owner.clone(), &link.slug);
    let wanted = ["Am linken Rand, grün auf grau.", "Schon behoben."];
    let comments: Vec<Value> = eventually("two answers in the thread", TIMEOUT, || async {
        let all = author.comments().await?;
        Ok((all.len() == 4).then_some(all))
    })
    .await?;
    for words in wanted {
        let found = comments.iter().find(|it| it["body"] == words);
        let found = found.with_context(|| format!("{words}: {comments:#?}"))?;
        ensure!(
            found["parent_id"] == thread["id"] && found["at_ms"] == 700,
            "{found}"
        );
    }
    let back = mails.mail("eve", "made for somebody else").await?;
    ensure!(head(&back, "auto-submitted:")? == "auto-generated");
    // What was taken is gone from the mailbox; what is not ours is marked and left.
    eventually("the mailbox", TIMEOUT, || async {
        let mut left = mails.mails("reply")?;
        left.retain(|it| !it.1.contains("never read"));
        let one = left.len() == 1 && left.iter().all(|it| it.1.contains("whoever reads"));
        // Keywords are letters behind the flags of the name.
        Ok((one && left.iter().all(|it| it.0.ends_with('a'))).then_some(()))
    })
    .await?;
    // The one that is not given is marked, too, after a few tries, and no longer asked for.
    eventually("the unreadable mail", TIMEOUT * 2, || async {
        let name = mails.unreadable("reply")?;
        Ok(name.filter(|it| it.ends_with('a')))
    })
    .await?;

    let mut doctor: Vec<&str> = vec!["doctor"];
    doctor.extend(more.iter().map(String::as_str));
    // STARTTLS, and in the clear on this machine.
    let starttls = format!("imap://reply@localhost:{}", mails.imap);
    let clear = format!("imap://reply@127.0.0.1:{}?starttls=no", mails.imap);
    // Its certificate is made for another name: that opens nothing.
    let other = format!("imaps://reply@127.0.0.1:{}", mails.imaps);
    for (mailbox, opens) in [
        (&imap, true),
        (&starttls, true),
        (&clear, true),
        (&other, false),
    ] {
        let verb: Vec<&str> = doctor
            .iter()
            .map(|it| if it == &imap { mailbox.as_str() } else { it })
            .collect();
        let said = setup.server.verb(&verb)?.output().await?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let line = said.lines().find(|it| it.contains("  answers "));
        let line = line.with_context(|| format!("doctor says nothing of answers: {said}"))?;
        ensure!(
            opens == (line.starts_with("ok") && line.contains("opens, 0 mails wait")),
            "{mailbox}: {line}"
        );
        ensure!(!opens || line.contains("LMTP at"), "{line}");
    }
    Ok(())
}
