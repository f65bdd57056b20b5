//! Which speech model: a file, or a name that is downloaded once and checked.
//!
//! The names are those of whisper.cpp's own models, pinned to a revision of its model repository and to the
//! SHA-256 of each file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

/// Where whisper.cpp publishes its models.
pub const REPOSITORY: &str =
    "https://huggingface.co/ggerganov/whisper.cpp/resolve/5359861c739e955e79d9a303bcbc70fb988958b1";

const CONNECT: Duration = Duration::from_secs(20);
/// No byte for so long means that the line is dead.
const STALLED: Duration = Duration::from_secs(60);

/// A model that can be had by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    pub name: &'static str,
    /// 64 hex digits.
    pub sha256: &'static str,
    /// Bytes.
    pub size: u64,
}

/// Smallest first. `….en` hears English only, and better than its sibling.
pub const KNOWN: &[Known] = &[
    Known {
        name: "tiny",
        sha256: "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21",
        size: 77_691_713,
    },
    Known {
        name: "tiny.en",
        sha256: "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f",
        size: 77_704_715,
    },
    Known {
        name: "base",
        sha256: "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
        size: 147_951_465,
    },
    Known {
        name: "base.en",
        sha256: "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002",
        size: 147_964_211,
    },
    Known {
        name: "small",
        sha256: "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b",
        size: 487_601_967,
    },
    Known {
        name: "small.en",
        sha256: "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d",
        size: 487_614_201,
    },
    Known {
        name: "medium",
        sha256: "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208",
        size: 1_533_763_059,
    },
    Known {
        name: "medium.en",
        sha256: "cc37e93478338ec7700281a7ac30a10128929eb8f427dda2e865faa8f6da4356",
        size: 1_533_774_781,
    },
    Known {
        name: "large-v3-turbo",
        sha256: "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69",
        size: 1_624_555_275,
    },
];

/// What the setting `whisper_model` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    None,
    File(PathBuf),
    Named(&'static Known),
    /// Neither a known name nor a file.
    Unknown(String),
}

/// What to tell somebody who named a model that is none.
pub fn unknown_model(name: &str) -> String {
    let names: Vec<&str> = KNOWN.iter().map(|k| k.name).collect();
    format!(
        "there is no speech model called {name:?} and no such file. Known names: {}",
        names.join(", ")
    )
}

/// Why a model is not there.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("downloading {url}: {source}")]
    Download { url: String, source: reqwest::Error },
    #[error("{url} answered {status}")]
    Refused { url: String, status: u16 },
    #[error(
        "what came from {url} is not the model it should be (SHA-256 {found}, expected {expected}); it was thrown away"
    )]
    Wrong {
        url: String,
        found: String,
        expected: &'static str,
    },
    #[error("writing {path}: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl Choice {
    /// A known name means that model; everything else that looks like a path or is a file is a path.
    pub fn of(setting: Option<&str>) -> Self {
        let text = match setting.map(str::trim) {
            None | Some("") => return Self::None,
            Some(text) => text,
        };
        if let Some(known) = KNOWN.iter().find(|k| k.name == text) {
            return Self::Named(known);
        }
        let path = PathBuf::from(text);
        let extension = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("bin"));
        if extension || path.components().count() > 1 || path.is_file() {
            Self::File(path)
        } else {
            Self::Unknown(text.to_owned())
        }
    }

    /// Where the file is or will be; `data` is the data folder.
    pub fn path(&self, data: &Path) -> Option<PathBuf> {
        match self {
            Self::None | Self::Unknown(_) => None,
            Self::File(path) => Some(path.clone()),
            Self::Named(known) => {
                Some(data.join("models").join(format!("ggml-{}.bin", known.name)))
            }
        }
    }
}

/// What a download that was cut off leaves behind is removed after this.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Downloads the model into `path`, unless it is there. Its bytes are checked before the file gets its name; several
/// processes that download at once do not disturb each other. `progress` is told percents.
pub async fn fetch(
    known: &Known,
    path: &Path,
    repository: &str,
    progress: impl AsyncFn(u8),
) -> Result<(), ModelError> {
    if tokio::fs::try_exists(path).await.unwrap_or(false) {
        return Ok(());
    }
    let url = format!("{repository}/ggml-{}.bin", known.name);
    let write = |source| ModelError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    tokio::fs::create_dir_all(folder).await.map_err(write)?;
    remove_abandoned(folder);
    // A name of its own; removed when dropped.
    let partial = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempfile_in(folder)
        .map_err(write)?;
    let file = tokio::fs::File::from_std(partial.reopen().map_err(write)?);
    download(known, &url, file, path, progress).await?;
    partial.persist(path).map_err(|e| write(e.error))?;
    tracing::info!(model = known.name, path = %path.display(), "speech model {} is downloaded", known.name);
    Ok(())
}

/// How the name of a download begins.
const PARTIAL: &str = "partial-";

/// Downloads of processes that were killed. What cannot be removed stays: the next start tries again.
fn remove_abandoned(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PARTIAL);
        let age = entry.metadata().and_then(|m| m.modified()).ok();
        let old = age
            .and_then(|t| t.elapsed().ok())
            .is_some_and(|a| a > ABANDONED);
        if ours && old {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

async fn download(
    known: &Known,
    url: &str,
    mut file: tokio::fs::File,
    path: &Path,
    progress: impl AsyncFn(u8),
) -> Result<(), ModelError> {
    let failed = |source| ModelError::Download {
        url: url.to_owned(),
        source,
    };
    let write = |source| ModelError::Write {
        path: path.to_owned(),
        source,
    };
    tracing::info!(
        model = known.name,
        size_bytes = known.size,
        "downloading speech model {} ({} MB), once",
        known.name,
        known.size / 1_000_000
    );
    // The HTTP client takes the process's default; when there is one already, that one is meant.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(STALLED)
        .build()
        .map_err(failed)?;
    let response = client.get(url).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(ModelError::Refused {
            url: url.to_owned(),
            status: response.status().as_u16(),
        });
    }
    let (mut digest, mut received, mut told) = (Sha256::new(), 0_u64, 0_u8);
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(failed)?;
        digest.update(&chunk);
        received += chunk.len() as u64;
        if received > known.size {
            break;
        }
        file.write_all(&chunk).await.map_err(write)?;
        let percent = u8::try_from(received * 100 / known.size.max(1)).unwrap_or(100);
        if percent >= told + 2 {
            told = percent;
            progress(percent).await;
        }
    }
    let found = hex::encode(digest.finalize());
    if found != known.sha256 {
        return Err(ModelError::Wrong {
            url: url.to_owned(),
            found,
            expected: known.sha256,
        });
    }
    file.sync_all().await.map_err(write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;

    const HELLO: &[u8] = b"lmgg hello";
    const FAKE: Known = Known {
        name: "fake",
        sha256: "46f8a5dc0fa1adb2d5f1eba0b5ab2ab8b0ea2bcd1ce7b3a0bf0db5d2f0ae0a3b",
        size: HELLO.len() as u64,
    };

    async fn serve(body: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/ggml-fake.bin", get(move || async move { body }));
        let service = hyper_util::service::TowerToHyperService::new(router);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let io = hyper_util::rt::TokioIo::new(stream);
                let service = service.clone();
                tokio::spawn(async move {
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(io, service)
                        .await
                });
            }
        });
        format!("http://{address}")
    }

    fn hash(bytes: &[u8]) -> &'static str {
        Box::leak(hex::encode(Sha256::digest(bytes)).into_boxed_str())
    }

    #[test]
    fn a_known_name_is_downloaded_a_path_is_a_file_and_a_misspelt_name_is_told() {
        assert_eq!(Choice::of(None), Choice::None);
        assert_eq!(Choice::of(Some(" ")), Choice::None);
        assert_eq!(Choice::of(Some("base.en")), Choice::Named(&KNOWN[3]));
        assert_eq!(
            Choice::of(Some("models/x.bin")),
            Choice::File("models/x.bin".into())
        );
        assert_eq!(
            Choice::of(Some("base-en")),
            Choice::Unknown("base-en".to_owned())
        );
        assert!(unknown_model("base-en").ends_with("medium.en, large-v3-turbo"));
        assert!(
            KNOWN
                .iter()
                .all(|k| k.sha256.len() == 64 && k.sha256.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }

    #[tokio::test]
    async fn a_model_is_kept_only_if_its_bytes_are_the_right_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models/ggml-fake.bin");
        let wrong = fetch(&FAKE, &path, &serve(HELLO).await, async |_| {})
            .await
            .unwrap_err();
        assert!(matches!(wrong, ModelError::Wrong { .. }), "{wrong}");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            0,
            "nothing is left behind"
        );

        let right = Known {
            sha256: hash(HELLO),
            ..FAKE
        };
        fetch(&right, &path, &serve(HELLO).await, async |_| {})
            .await
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), HELLO);
        fetch(&right, &path, "http://127.0.0.1:1", async |_| {})
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn two_that_download_into_one_folder_both_end_with_a_whole_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ggml-fake.bin");
        let right = Known {
            sha256: hash(HELLO),
            ..FAKE
        };
        let url = serve(HELLO).await;
        // Each waits in its download until the other is in its own.
        let both = tokio::sync::Barrier::new(2);
        let wait = async |_| {
            both.wait().await;
        };
        let (one, two) = tokio::join!(
            fetch(&right, &path, &url, wait),
            fetch(&right, &path, &url, wait)
        );
        one.unwrap();
        two.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), HELLO);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }

    #[tokio::test]
    async fn a_repository_that_says_no_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let other = Known {
            name: "other",
            ..FAKE
        };
        let error = fetch(
            &other,
            &folder.path().join("x.bin"),
            &serve(HELLO).await,
            async |_| {},
        )
        .await
        .unwrap_err();
        assert!(
            matches!(error, ModelError::Refused { status: 404, .. }),
            "{error}"
        );
    }
}
