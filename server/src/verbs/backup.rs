//! `aside-server backup` and `aside-server restore`: the rows of the database as one file.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use aside_server::config::Config;
use aside_server::store::Store;
use aside_server::store::dump::Counts;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{open, say};

/// Writes the database of a server, which may be running, to a new file.
pub(crate) fn backup(config: &Config, path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "{} exists already; nothing was written. Choose another name",
            path.display()
        );
    }
    open::runtime()?.block_on(async {
        let store = existing(config).await?;
        // Under another name until it is whole; it holds the hashes of passwords and tokens.
        let part = beside(path);
        let written = write(&store, &part).await;
        store.close().await;
        let counts = match written {
            Ok(counts) => counts,
            Err(error) => {
                // What is left of it is of no use to anybody.
                _ = std::fs::remove_file(&part);
                return Err(error);
            }
        };
        std::fs::rename(&part, path)
            .with_context(|| format!("cannot name the file {}", path.display()))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        say::line(&format!("{}: {}", path.display(), told(&counts)));
        say::line(&format!(
            "The media is not in it. Copy {} now as well, after this file: aside-server copy-objects --to …",
            open::objects_name(config)
        ));
        Ok(())
    })
}

/// Loads such a file into a database that was never used.
pub(crate) fn restore(config: &Config, path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let _lock = open::lock(&config.data)?;
    open::runtime()?.block_on(async {
        let store = Store::open(&config.database)
            .await
            .with_context(|| format!("cannot open the database {}", config.database_name()))?;
        let mut input = BufReader::new(GzDecoder::new(BufReader::new(file)));
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

async fn write(store: &Store, path: &Path) -> anyhow::Result<Counts> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = GzEncoder::new(BufWriter::new(file), Compression::default());
    let counts = store.dump(&mut out).await?;
    let mut buffer = out.finish()?;
    buffer.flush()?;
    buffer.get_ref().sync_all()?;
    Ok(counts)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
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
