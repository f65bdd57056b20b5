//! `aside-server doctor`: what works here, what is missing, what to do. Changes nothing but a probe
//! object, which it takes away again.

use std::path::Path;
use std::process::ExitCode;

use aside_protocol::id::{MailId, RecordingId};
use aside_protocol::recording::Sha256;
use aside_server::assistant::Assistant;
use aside_server::clock::{Clock as _, SystemClock};
use aside_server::config::Config;
use aside_server::domain::account::Email;
use aside_server::domain::confinement::Confined;
use aside_server::domain::mail::Letter;
use aside_server::domain::page_language::PageLanguage;
use aside_server::domain::server_look::ServerLook;
use aside_server::domain::store_identity::{Verdict, judge};
use aside_server::domain::texts::About;
use aside_server::entropy::{Entropy, SystemEntropy};
use aside_server::imap::ImapClient;
use aside_server::lmtp;
use aside_server::mail::SmtpClient;
use aside_server::objects::{ObjectKey, Objects};
use aside_server::proxy_notice;
use aside_server::service::object_census::{self, Census};
use aside_server::service::screen_text;
use aside_server::service::store_identity::look;
use aside_server::store::Store;
use aside_server::transcribe::model::{Choice, unknown_model};
use aside_server::transcribe::processor;
use aside_server::transcribe::whisper::Whisper;
use bytes::Bytes;

use super::finding::Finding;
use super::{open, say, try_decoder};

/// Below this a take may not fit any more.
const LITTLE_SPACE: u64 = 2 * 1024 * 1024 * 1024;

/// So many jobs are told of.
const MAX_JOBS: usize = 5;

/// Exit code 1 when something is broken.
pub(crate) fn run(config: &Config, mail_to: Option<Email>) -> anyhow::Result<ExitCode> {
    let findings = open::runtime()?.block_on(examine(config, mail_to));
    let mut broken = false;
    for (what, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok     ", text),
            Finding::Lacking(text) => ("lacking", text),
            Finding::Broken(text) => {
                broken = true;
                ("BROKEN ", text)
            }
        };
        say::line(&format!("{mark}  {what:<12} {text}"));
    }
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn examine(config: &Config, mail_to: Option<Email>) -> Vec<(&'static str, Finding)> {
    vec![
        ("data", data(&config.data)),
        ("database", database(config).await),
        ("objects", objects(config).await),
        ("store", together(config).await),
        ("jobs", jobs(config).await),
        ("speech", speech(config)),
        ("screen text", screen_text(config).await),
        ("processor", processor()),
        ("decoders", decoders()),
        ("address", address(config).await),
        ("mail", mail(config, mail_to).await),
        ("answers", answers(config).await),
        ("retention", retention(config).await),
        ("assistant", assistant(config).await),
    ]
}

fn data(folder: &Path) -> Finding {
    if let Err(error) = open::folder(folder) {
        return Finding::Broken(format!("{error:#}; choose another folder with --data"));
    }
    match rustix::fs::statvfs(folder) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let text = format!("{}, {:.1} GB free", folder.display(), free as f64 / 1e9);
            if free < LITTLE_SPACE {
                Finding::Lacking(format!("{text}: make room soon"))
            } else {
                Finding::Good(text)
            }
        }
        Err(error) => Finding::Broken(format!("{}: {error}", folder.display())),
    }
}

async fn database(config: &Config) -> Finding {
    let name = config.database_name();
    let store = match Store::open(&config.database).await {
        Ok(store) => store,
        Err(error) => return Finding::Broken(format!("{name}: {error}")),
    };
    let finding = match store.ping().await {
        Err(error) => Finding::Broken(format!("{name}: {error}")),
        Ok(()) => match store.pending_migrations().await.as_deref() {
            Ok([]) => Finding::Good(name),
            Ok(pending) => Finding::Lacking(format!(
                "{name}: {} migrations wait; serve or migrate applies them",
                pending.len()
            )),
            Err(error) => Finding::Broken(format!("{name}: {error}")),
        },
    };
    store.close().await;
    finding
}

async fn objects(config: &Config) -> Finding {
    let name = open::objects_name(config);
    let probed = async {
        let objects: Objects = open::objects(config)?;
        let bytes = Bytes::from_static(b"aside-server doctor");
        let nobody = RecordingId(uuid::Uuid::nil());
        let key = ObjectKey::Poster {
            recording: nobody,
            sha256: Sha256::of(&bytes),
        };
        objects.put(&key, bytes.clone()).await?;
        let read = objects.get(&key).await?;
        objects.delete(&key).await?;
        anyhow::ensure!(read == bytes, "what was written is not what is read");
        anyhow::Ok(())
    };
    match probed.await {
        Ok(()) => Finding::Good(format!("{name}: written, read, deleted")),
        Err(error) => Finding::Broken(format!("{name}: {error:#}")),
    }
}

/// Whether database and objects belong together, and what one has that the other lacks.
async fn together(config: &Config) -> Finding {
    let looked = async {
        let store = Store::open(&config.database).await?;
        let objects = open::objects(config)?;
        if !store.pending_migrations().await?.is_empty() {
            return anyhow::Ok(Finding::Lacking(
                "not compared: the database waits for its migrations".to_owned(),
            ));
        }
        let verdict = judge(&look(&store, &objects).await?);
        let census = object_census::take(&store, &objects).await?;
        store.close().await;
        Ok(compared(config, verdict, census))
    };
    looked
        .await
        .unwrap_or_else(|error| Finding::Broken(format!("cannot compare: {error:#}")))
}

fn compared(config: &Config, verdict: Verdict, census: Census) -> Finding {
    let Census {
        known,
        deleted,
        unknown,
        unknown_bytes,
        missing,
    } = census;
    let megabytes = unknown_bytes as f64 / 1e6;
    let counts = format!(
        "{known} objects belong to recordings, {deleted} wait to be removed, {unknown} ({megabytes:.1} MB) belong to nothing this database knows, {missing} parts lack their object"
    );
    match verdict {
        Verdict::Refuse(stranger) => {
            Finding::Broken(format!("{} ({counts})", open::refusal(config, stranger)))
        }
        _ if missing > 0 => Finding::Lacking(format!(
            "{counts}: restore them from a backup; a recorder that still has the take sends them again when it finishes"
        )),
        _ if unknown > 0 => Finding::Lacking(format!(
            "{counts}: left by an upload that was cut off, or by another database; they are never removed by themselves"
        )),
        Verdict::Same(id) => Finding::Good(format!("{id}: {counts}")),
        Verdict::Complete(_) => Finding::Good(format!("new; serve gives it its id: {counts}")),
    }
}

/// Jobs that cannot go on, and why.
async fn jobs(config: &Config) -> Finding {
    let listed = async {
        let store = Store::open(&config.database).await?;
        if !store.pending_migrations().await?.is_empty() {
            return anyhow::Ok(Vec::new());
        }
        let jobs = store.jobs().await?;
        store.close().await;
        Ok(jobs)
    };
    let jobs = match listed.await {
        Ok(jobs) => jobs,
        Err(error) => return Finding::Broken(format!("cannot be read: {error:#}")),
    };
    let told: Vec<String> = jobs
        .iter()
        .filter_map(|job| {
            let why = job.last_error.as_deref()?;
            let key = job.job.dedup_key();
            Some(format!("{key} is {}: {why}", job.state))
        })
        .take(MAX_JOBS)
        .collect();
    if told.is_empty() {
        Finding::Good("none has failed in the last week".to_owned())
    } else {
        Finding::Lacking(format!(
            "{}; transcripts that failed are tried again by: aside-server transcript retry --failed",
            told.join("; ")
        ))
    }
}

fn speech(config: &Config) -> Finding {
    let choice = Choice::of(config.whisper_model.as_deref());
    let path = choice.path(&config.data);
    match (choice, path) {
        (Choice::Named(known), Some(path)) if !path.is_file() => Finding::Lacking(format!(
            "{}: not on disk yet; a worker downloads it ({} MB) to {}",
            known.name,
            known.size / 1_000_000,
            path.display()
        )),
        (Choice::Named(_) | Choice::File(_), Some(path)) => match Whisper::new(&path, 1) {
            Ok(_) => Finding::Good(path.display().to_string()),
            Err(error) => Finding::Broken(error.to_string()),
        },
        (Choice::Unknown(name), _) => Finding::Broken(unknown_model(&name)),
        (Choice::None | Choice::Named(_) | Choice::File(_), _) => Finding::Lacking(
            "no model, so no transcripts: say --whisper-model base.en, or a file".to_owned(),
        ),
    }
}

/// Whether text in pictures is read, and with which languages it could be.
async fn screen_text(config: &Config) -> Finding {
    let there = screen_text::languages().await;
    let told = match &there {
        Ok(there) => format!("tesseract has {}", there.join(", ")),
        Err(error) => error.to_string(),
    };
    match (&config.screen_text, &there) {
        (None, Ok(_)) => Finding::Good(format!("not read (--screen-text eng); {told}")),
        (None, Err(_)) => Finding::Good(format!("not read; {told}")),
        (Some(wanted), Err(_)) => Finding::Broken(format!(
            "{wanted}: {told}; install tesseract-ocr and its languages"
        )),
        (Some(wanted), Ok(there)) => match wanted.lacking(there)[..] {
            [] => Finding::Good(format!("{wanted}; {told}")),
            ref lacking => Finding::Broken(format!(
                "{wanted}: {} is not installed; {told}",
                lacking.join(", ")
            )),
        },
    }
}

/// Whether the speech code can run here at all.
fn processor() -> Finding {
    let built = processor::compiled_for();
    match processor::lacking(&built) {
        Some(lacking) => Finding::Lacking(lacking),
        None if built.is_empty() => {
            Finding::Good("of a kind whose extensions are not compared".to_owned())
        }
        None => Finding::Good(format!(
            "has what the speech code was compiled for: {}",
            processor::names(built.iter())
        )),
    }
}

/// How far processes that decode are kept from files and from the network, as one of them found.
fn decoders() -> Finding {
    let tried = match try_decoder::ask() {
        Ok(tried) => tried,
        Err(error) => return Finding::Broken(format!("cannot be tried: {error:#}")),
    };
    match tried.confined() {
        Confined::Yes => Finding::Good(
            "single pictures and clips are decoded by processes that can open no file and connect to nobody (Landlock; one tried)"
                .to_owned(),
        ),
        Confined::FilesOnly => Finding::Lacking(
            "processes that decode can open no file; they are not kept from the network, the kernel is older than Linux 6.7"
                .to_owned(),
        ),
        Confined::No => Finding::Lacking(
            "processes that decode could read this user's files and reach the network: the kernel has no Landlock (Linux 5.13 with it among lsm=), or what runs the server forbids it"
                .to_owned(),
        ),
        Confined::Leaks => Finding::Broken(format!(
            "the kernel said that a process that decodes is confined, and it was not: {tried:?}"
        )),
    }
}

async fn address(config: &Config) -> Finding {
    if let Some(proxy) = unheard_proxy(config).await {
        return Finding::Lacking(format!(
            "people came by https through {proxy}, which this server was not told about: links say http and cookies are not Secure; \
             say --public-url https://…, and --trusted-proxy {proxy} if it is your proxy"
        ));
    }
    match &config.public_url {
        Some(url) => Finding::Good(format!("{url} on {}", config.listen)),
        None if config.listen.ip().is_loopback() => Finding::Lacking(format!(
            "{}: only this machine reaches it; say --listen 0.0.0.0:4646 for the network around it, --public-url behind a proxy",
            config.listen
        )),
        None => Finding::Good(config.listen.to_string()),
    }
}

/// A proxy that `serve` noticed and that the settings still do not name.
async fn unheard_proxy(config: &Config) -> Option<String> {
    if config.is_https() {
        return None;
    }
    let store = Store::open(&config.database).await.ok()?;
    let proxy = proxy_notice::noticed(&store).await.ok().flatten();
    store.close().await;
    proxy.filter(|proxy| {
        let address = proxy.parse();
        !address.is_ok_and(|address| config.trusted_proxies.contains(address))
    })
}

/// The rules by which recordings go to the trash.
async fn retention(config: &Config) -> Finding {
    let read = async {
        let store = Store::open(&config.database).await?;
        let words = match store.pending_migrations().await?.as_slice() {
            [] => Some(store.retention_words().await?),
            _ => None,
        };
        store.close().await;
        anyhow::Ok(words)
    };
    match read.await {
        Ok(Some(words)) => Finding::Good(match words.own() {
            0 => format!("recordings {}", words.server().told()),
            own => format!(
                "recordings {}, but for {own} folders with a rule of their own",
                words.server().told()
            ),
        }),
        Ok(None) => Finding::Good("none before the migrations".to_owned()),
        Err(error) => Finding::Broken(format!("cannot be read: {error:#}")),
    }
}

/// Signs in to the mailbox where answers by mail arrive, and asks whether somebody takes them at the socket.
async fn answers(config: &Config) -> Finding {
    let Some(settings) = &config.replies else {
        return Finding::Lacking(
            "mails are not answered by mail: say --reply-address, and --reply-imap or --reply-lmtp"
                .to_owned(),
        );
    };
    let mut said = vec![settings.address.to_string()];
    if let Some(imap) = &settings.imap {
        let looked = async { ImapClient::open(imap)?.connect().await };
        match Box::pin(looked).await {
            Ok(mut mailbox) => {
                let waiting = mailbox.new_mails().await.map_or(0, |it| it.len());
                mailbox.close().await;
                said.push(format!("{} opens, {waiting} mails wait", imap.url));
            }
            Err(error) => {
                return Finding::Broken(format!(
                    "{}: {error}; answers wait there until it opens",
                    imap.url
                ));
            }
        }
    }
    if let Some(address) = &settings.lmtp {
        match lmtp::greet(address).await {
            Ok(()) => said.push(format!("LMTP at {address}")),
            Err(error) => {
                return Finding::Broken(format!(
                    "nobody takes mails at {address} ({error}): is the server running?"
                ));
            }
        }
    }
    if settings.proved_by.is_none() {
        said.push(
            "whoever writes under a person's mail address from their signed address is believed"
                .to_owned(),
        );
    }
    Finding::Good(said.join("; "))
}

/// Asks the language model for one word.
async fn assistant(config: &Config) -> Finding {
    let Some(settings) = &config.assistant else {
        return Finding::Good(
            "none: titles, chapters and tasks are found without a language model, nothing is translated, and no words leave this server for one"
                .to_owned(),
        );
    };
    let name = settings.name();
    let said = format!("{} at {}", name.model, name.host);
    let asked = async { Assistant::open(settings)?.greet().await };
    match Box::pin(asked).await {
        Ok(true) => Finding::Good(format!(
            "{said} answers; the words of recordings are sent there, {} tokens at a time",
            settings.context
        )),
        Ok(false) => Finding::Lacking(format!(
            "{said} answers, but not with the JSON it was asked for: what it writes will often be of no use; name another model"
        )),
        Err(error) => Finding::Broken(format!(
            "{said}: {error}; recordings wait for it, everything else works"
        )),
    }
}

/// Connects to the mail server; with an address, sends a mail there.
async fn mail(config: &Config, to: Option<Email>) -> Finding {
    let Some(settings) = &config.mail else {
        let text = "no mail server, so links to a new password and for guests are shown or not sent: say --smtp, --mail-from and --public-url";
        return match to {
            Some(to) => Finding::Broken(format!("nothing was sent to {}: {text}", to.as_str())),
            None => Finding::Lacking(text.to_owned()),
        };
    };
    let name = format!("{} as {}", settings.url, settings.from);
    let smtp = match SmtpClient::open(settings) {
        Ok(smtp) => smtp,
        Err(error) => return Finding::Broken(format!("{name}: {error}")),
    };
    let Some(to) = to else {
        return match smtp.greet().await {
            Ok(()) => Finding::Good(format!("{name}; --mail ADDRESS sends a test mail")),
            Err(error) => Finding::Broken(format!("{name}: {error}; mails wait until it is back")),
        };
    };
    let letter = Letter::about(to.clone(), PageLanguage::English, &About::Test, None);
    let entropy: &dyn Entropy = &SystemEntropy;
    let id = MailId::new(SystemClock.now(), entropy.array());
    match smtp.send(id, &letter, &ServerLook::default()).await {
        Ok(()) => Finding::Good(format!("{name} took a test mail to {}", to.as_str())),
        Err(error) => Finding::Broken(format!(
            "{name} did not take a mail to {}: {error}",
            to.as_str()
        )),
    }
}
