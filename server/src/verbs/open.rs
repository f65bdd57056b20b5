//! From settings to the parts of the program.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use aside_server::app::{App, mailer};
use aside_server::auth::password::Passwords;
use aside_server::clock::SystemClock;
use aside_server::config::Config;
use aside_server::domain::screen_text::Languages;
use aside_server::domain::store_identity::Stranger;
use aside_server::entropy::SystemEntropy;
use aside_server::intake::Intake;
use aside_server::objects::Objects;
use aside_server::resources::Resources;
use aside_server::service::replies::Replies;
use aside_server::service::screen_text::{self, ScreenReader};
use aside_server::service::store_identity::{IdentityError, Settled, settle as settle_identity};
use aside_server::store::Store;

/// Threads that wait for the disk; each costs a stack.
const BLOCKING: usize = 16;

/// Memory for files of answers by mail, in octets; what is larger goes by the disk.
const FILES_MEMORY: u32 = 4 * 1024 * 1024;

/// The multi-threaded runtime everything runs on.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// How often a database that may still be starting is asked, and how long is waited in between.
const TRIES: usize = 30;
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The database, brought up to date.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    let name = config.database_name();
    let mut tries = 1;
    let store = loop {
        match Store::open(&config.database).await {
            Err(cause) if cause.is_unreachable() && tries < TRIES => {
                tracing::warn!(%cause, "the database {name} does not answer yet");
                tokio::time::sleep(ASK_AGAIN).await;
                tries += 1;
            }
            opened => break opened.with_context(|| format!("cannot open the database {name}"))?,
        }
    };
    for name in store
        .migrate()
        .await
        .context("cannot bring the database up to date")?
    {
        tracing::info!(migration = name, "applied migration {name}");
    }
    Ok(store)
}

pub(super) fn objects(config: &Config) -> anyhow::Result<Objects> {
    let objects = match &config.objects {
        Some(address) => Objects::bucket(address, aws_settings()),
        None => Objects::folder(&config.data.join("objects")),
    };
    objects.context("cannot open the object store")
}

/// What the environment says about buckets.
pub(super) fn aws_settings() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("AWS_"))
}

/// What every verb works with. `config.data` is made if it is not there, readable for its owner alone.
pub(super) async fn resources(config: &Config) -> anyhow::Result<Resources> {
    folder(&config.data)?;
    Ok(Resources::new(
        store(config).await?,
        objects(config)?,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    ))
}

/// Everything that answers requests.
pub(super) async fn app(config: Config) -> anyhow::Result<App> {
    let resources = resources(&config).await?;
    let app = App::new(config, resources, Passwords::default());
    // Now and not at the first use: watching must not need to write, for a disk may be full by then.
    app.media_keys
        .get(&app)
        .await
        .context("cannot make the key of media links")?;
    Ok(app)
}

/// Takes answers by mail in, where the settings say how they come.
pub(super) fn replies(config: &Config, resources: &Resources) -> Option<Replies> {
    let settings = config.replies.as_ref()?;
    let replies = Replies::new(resources.clone(), mailer(config)?, settings.address.clone());
    let intake = Intake::new(config.data.clone(), FILES_MEMORY);
    let replies = replies.keeping_files(intake, config.attachment_bytes);
    Some(replies.proved_by(settings.proved_by.clone()))
}

/// Reads text in pictures, where `tesseract` is here with these languages; else it is said once, and everything else works.
pub(super) async fn screen_reader(wanted: &Languages) -> Option<ScreenReader> {
    let lacking = match screen_text::languages().await {
        Ok(there) => match wanted.lacking(&there)[..] {
            [] => return Some(ScreenReader::by_this_program(wanted.clone())),
            ref lacking => format!("tesseract does not have {}", lacking.join(", ")),
        },
        Err(error) => error.to_string(),
    };
    tracing::error!(
        "text in pictures is not read: {lacking}. Everything else works; install tesseract-ocr and its languages"
    );
    None
}

/// Checks that database and objects belong together, and writes the store id where a pair is new: for whoever is
/// about to write objects.
pub(super) async fn settle(config: &Config, resources: &Resources) -> anyhow::Result<()> {
    let Resources {
        store,
        objects,
        entropy,
        ..
    } = resources;
    let settled = settle_identity(store, objects, &**entropy).await;
    match settled {
        Ok(Settled::Known(_)) => Ok(()),
        Ok(Settled::Completed(id)) => {
            tracing::info!(%id, "database and objects are store {id} from now on");
            Ok(())
        }
        Err(IdentityError::Stranger(stranger)) => {
            anyhow::bail!("{}", refusal(config, stranger))
        }
        Err(error) => Err(error).context("cannot compare the database with the object store"),
    }
}

/// Why the two are not used together, what is safe, what to do.
pub(super) fn refusal(config: &Config, stranger: Stranger) -> String {
    let way_out = match stranger {
        Stranger::EmptyDatabase | Stranger::TakenObjects(_) => {
            "Start with the database that these objects belong to (--database, or aside.sqlite in the data folder), or begin with an empty folder (--data) or an empty bucket or prefix (--objects)"
        }
        Stranger::OtherStore { .. } => {
            "Start with the database and the objects that belong together (--database, --objects, --data)"
        }
        Stranger::ObjectsMissing(_) => {
            "Is the disk mounted, is --objects right? If the objects are lost for good, recorders that still have their takes send them again once the server runs"
        }
    };
    format!(
        "the database {} and the objects in {} do not belong together: {stranger}. Nothing was changed or deleted. {way_out}. `aside-server doctor` compares them. If you are sure that they belong together, say so once: aside-server pair --yes",
        config.database_name(),
        objects_name(config),
    )
}

/// Where the objects lie, without the secrets in the address.
pub(super) fn objects_name(config: &Config) -> String {
    config.objects.as_deref().map_or_else(
        || config.data.join("objects").display().to_string(),
        |o| o.split('?').next().unwrap_or(o).to_owned(),
    )
}

pub(super) fn folder(path: &Path) -> anyhow::Result<()> {
    aside_server::durable_dir::create(path, Some(0o700))
        .with_context(|| format!("cannot make the data folder {}", path.display()))
}

/// One server a data folder: the second would not hear what the first takes in. Held until it is dropped.
pub(super) fn lock(data: &Path) -> anyhow::Result<File> {
    folder(data)?;
    let path = data.join("server.lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another aside-server uses {} already; stop it, or choose another folder with --data",
                data.display()
            )
        }
        Err(std::fs::TryLockError::Error(cause)) => {
            Err(cause).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Cancelled by SIGTERM and SIGINT.
pub(super) fn leaving() -> anyhow::Result<tokio_util::sync::CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = tokio_util::sync::CancellationToken::new();
    let (mut term, mut int) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let leaving = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        leaving.cancel();
    });
    Ok(token)
}
