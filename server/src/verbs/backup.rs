//! `aside-server backup` and `aside-server restore`: a whole server as one file or as a point in a bucket, or its rows alone.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use aside_server::archive::{self, Done};
use aside_server::clock::{Clock as _, SystemClock};
use aside_server::config::Config;
use aside_server::jobs::priority;
use aside_server::objects::Objects;
use aside_server::objects::copy::Copied;
use aside_server::store::Store;
use aside_server::store::dump::Counts;
use rustix::fs::OFlags;
use rustix::process::geteuid;
use time::OffsetDateTime;
use time::macros::format_description;

use super::{open, say};

/// Writes database and media of a server, which may be running, to a new file; or the rows alone.
pub(crate) fn backup(config: &Config, path: &Path, rows_only: bool) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        bail!(
            "{} exists already; nothing was written. Choose another name",
            path.display()
        );
    }
    priority::lower(priority::Nice::Backup);
    open::runtime()?.block_on(async {
        let store = existing(config).await?;
        // Under another name until it is whole; it holds the hashes of passwords and tokens.
        let part = beside(path);
        let file = begin(&part)?;
        let written = if rows_only {
            write_rows(&store, &file).await
        } else {
            write_whole(config, &store, &file).await
        };
        store.close().await;
        let said = match written {
            Ok(said) => said,
            Err(error) => {
                // What is left of it is of no use to anybody.
                _ = std::fs::remove_file(&part);
                return Err(error);
            }
        };
        name(&part, path)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        say::line(&format!("{}: {said}", path.display()));
        if rows_only {
            say::line(&format!(
                "The media is not in it. Copy {} now as well, after this file: aside-server copy-objects --to …",
                open::objects_name(config)
            ));
        }
        Ok(())
    })
}

/// Loads such a file into a database that was never used.
pub(crate) fn restore(config: &Config, path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let _lock = open::lock(&config.data)?;
    if archive::is_whole(&file)? {
        return restore_whole(config, path, file);
    }
    open::runtime()?.block_on(async {
        let store = Store::open(&config.database)
            .await
            .with_context(|| format!("cannot open the database {}", config.database_name()))?;
        let mut input = archive::rows_of(file);
        let counts = store
            .load(&mut input)
            .await
            .with_context(|| format!("{} was not restored", path.display()))?;
        store
            .migrate()
            .await
            .context("cannot bring the database up to date")?;
        store.close().await;
        say::line(&format!("restored: {}", told(&counts)));
        say::line("`aside-server doctor` compares it with the media");
        Ok(())
    })
}

fn restore_whole(config: &Config, path: &Path, file: File) -> anyhow::Result<()> {
    open::runtime()?.block_on(async {
        let store = Store::open(&config.database)
            .await
            .with_context(|| format!("cannot open the database {}", config.database_name()))?;
        let objects = open::objects(config)?;
        let done = archive::restore_file(file, &store, &objects, progress)
            .await
            .with_context(|| {
                format!(
                    "{} was not restored; objects that were copied stay, and the same command goes on from there",
                    path.display()
                )
            })?;
        store.close().await;
        say::line(&format!("restored: {}", told_whole(&done.rows, done.copied, done.lacking)));
        say::line("`aside-server doctor` compares database and media");
        Ok(())
    })
}

/// Whether a backup goes to or comes from a bucket.
pub(crate) fn is_bucket(place: &str) -> bool {
    place.starts_with("s3://")
}

fn bucket(address: &str) -> anyhow::Result<Objects> {
    Objects::bucket(address, open::aws_settings())
        .with_context(|| format!("cannot open {}", shown(address)))
}

/// Without the secrets in it.
fn shown(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}

/// How many objects between two lines of progress.
const TOLD_EVERY: u64 = 1000;

fn progress(done: Copied) {
    let seen = done.objects + done.present;
    if seen.is_multiple_of(TOLD_EVERY) {
        say::line(&format!(
            "{seen} objects, {:.1} MB copied",
            done.bytes as f64 / 1e6
        ));
    }
}

/// Writes database and media of a server, which may be running, to a bucket.
pub(crate) fn backup_point(config: &Config, address: &str) -> anyhow::Result<()> {
    priority::lower(priority::Nice::Backup);
    let name = point_name()?;
    open::runtime()?.block_on(async {
        let store = existing(config).await?;
        let (objects, to) = (open::objects(config)?, bucket(address)?);
        let work = (&*name, &*config.data);
        let done = archive::backup(&store, &objects, &to, work, progress)
            .await
            .context("no point was made; objects that were copied stay, and the same command goes on from there")?;
        store.close().await;
        say::line(&format!("{} in {}: {}", done.point, shown(address), told_point(&done)));
        Ok(())
    })
}

/// Brings such a point back into a database and objects that were never used.
pub(crate) fn restore_point(
    config: &Config,
    address: &str,
    point: Option<&str>,
) -> anyhow::Result<()> {
    let _lock = open::lock(&config.data)?;
    open::runtime()?.block_on(async {
        let store = Store::open(&config.database)
            .await
            .with_context(|| format!("cannot open the database {}", config.database_name()))?;
        let (objects, from) = (open::objects(config)?, bucket(address)?);
        let work = (point, &*config.data);
        let done = archive::restore(&from, &store, &objects, work, progress)
            .await
            .context("nothing was restored; objects that were copied stay, and the same command goes on from there")?;
        store.close().await;
        say::line(&format!("restored {}: {}", done.point, told_point(&done)));
        say::line("`aside-server doctor` compares database and media");
        Ok(())
    })
}

/// Says which points a bucket holds, the oldest first.
pub(crate) fn list(address: &str) -> anyhow::Result<()> {
    open::runtime()?.block_on(async {
        for point in bucket(address)?.points().await? {
            say::line(&format!(
                "{} ({:.1} MB of rows)",
                point.name,
                point.size as f64 / 1e6
            ));
        }
        Ok(())
    })
}

/// The moment it is made, in UTC, such as `2026-01-31T090512Z`.
fn point_name() -> anyhow::Result<String> {
    let now = i128::from(SystemClock.now().micros()) * 1000;
    let form = format_description!("[year]-[month]-[day]T[hour][minute][second]Z");
    Ok(OffsetDateTime::from_unix_timestamp_nanos(now)?.format(form)?)
}

fn told_point(done: &Done) -> String {
    told_whole(&done.rows, done.copied, done.lacking)
}

fn told_whole(rows: &Counts, copied: Copied, lacking: usize) -> String {
    let mut text = format!(
        "{}; {} objects copied ({:.1} MB), {} were there already",
        told(rows),
        copied.objects,
        copied.bytes as f64 / 1e6,
        copied.present
    );
    if lacking > 0 {
        text += &format!(
            ". NOTE: {lacking} objects that the rows name are not there; doctor lists such gaps"
        );
    }
    text
}

/// A backup of a database that is not there would be an empty one.
async fn existing(config: &Config) -> anyhow::Result<Store> {
    if let Some(file) = config.database.strip_prefix("sqlite://")
        && !Path::new(file).exists()
    {
        bail!("there is no database {file}: is --data right?");
    }
    let store = Store::open(&config.database)
        .await
        .with_context(|| format!("cannot open the database {}", config.database_name()))?;
    let pending = store.pending_migrations().await?;
    if !pending.is_empty() {
        bail!(
            "the database was made by an older program; run `aside-server migrate`, or make the backup with that program"
        );
    }
    Ok(store)
}

/// Gives what is whole its name, and nobody else's file.
fn name(part: &Path, path: &Path) -> anyhow::Result<()> {
    let told = || format!("cannot name the file {}", path.display());
    match std::fs::hard_link(part, path) {
        Ok(()) => std::fs::remove_file(part)
            .with_context(|| format!("cannot remove {}, the other name of it", part.display())),
        // Not every file system knows a second name.
        Err(_) if path.symlink_metadata().is_err() => {
            std::fs::rename(part, path).with_context(told)
        }
        Err(error) => Err(error)
            .with_context(told)
            .with_context(|| format!("the backup is whole, and is called {}", part.display())),
    }
}

/// An empty file that this run alone writes. What a run that was killed left of it is written over.
fn begin(path: &Path) -> anyhow::Result<File> {
    let told = || format!("cannot write {}", path.display());
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    let (file, is_new) = match options.clone().create_new(true).open(path) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // In a folder of several people it may be a way to another file.
            let flags = i32::try_from(OFlags::NOFOLLOW.bits())?;
            let file = options.custom_flags(flags).open(path).with_context(told)?;
            (file, false)
        }
        Err(error) => return Err(error).with_context(told),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("another run writes {} at the moment", path.display())
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    let found = file.metadata()?;
    let named = path.symlink_metadata().with_context(told)?;
    // Since it was opened, the run that wrote it may have given it its name.
    if (found.dev(), found.ino()) != (named.dev(), named.ino()) {
        bail!("another run has written {} meanwhile", path.display());
    }
    let is_own = found.is_file() && found.nlink() == 1 && found.uid() == geteuid().as_raw();
    if !is_new && !is_own {
        bail!(
            "{} is there and was not left by a backup of this user; nothing was written. Remove it, or choose another name",
            path.display()
        );
    }
    // Another program may have made it, with other rights.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.set_len(0)?;
    Ok(file)
}

async fn write_rows(store: &Store, file: &File) -> anyhow::Result<String> {
    let (counts, _) = archive::write_rows(store, file.try_clone()?).await?;
    Ok(told(&counts))
}

async fn write_whole(config: &Config, store: &Store, file: &File) -> anyhow::Result<String> {
    let objects = open::objects(config)?;
    let done = archive::backup_file(store, &objects, file.try_clone()?, progress).await?;
    Ok(told_whole(&done.rows, done.copied, done.lacking))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn told(counts: &Counts) -> String {
    let of = |table: &str| counts.of(table);
    format!(
        "{} accounts, {} recordings with {} parts, {} comments, {} words",
        of("users"),
        of("recordings"),
        of("parts"),
        of("comments"),
        of("words")
    )
}
