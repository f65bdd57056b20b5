//! A bucket: an S3 server over a temporary folder, in this process, over real HTTP.

use std::path::Path;

use anyhow::{Context as _, Result};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const NAME: &str = "takes";
const KEY: &str = "key";
const SECRET: &str = "secret";

/// The guard of one S3 server with one bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    folder: tempfile::TempDir,
    task: JoinHandle<()>,
}

impl Bucket {
    /// # Errors
    /// When no port or no folder can be had.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_in(tempfile::tempdir()?).await
    }

    /// With its objects in this folder.
    ///
    /// # Errors
    /// When no port can be had.
    pub(crate) async fn start_in(folder: tempfile::TempDir) -> Result<Self> {
        std::fs::create_dir(folder.path().join(NAME))?;
        let files = s3s_fs::FileSystem::new(folder.path())
            .map_err(|e| anyhow::anyhow!("{e:?}"))
            .context("the S3 server")?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    // A client that went away is no error of the bucket's.
                    _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self {
            address,
            folder,
            task,
        })
    }

    /// For `--objects`; every server of a cluster uses the same prefix.
    pub(crate) fn url(&self) -> String {
        format!(
            "s3://{NAME}/team?endpoint=http://{}&region=us-east-1&access_key_id={KEY}&secret_access_key={SECRET}",
            self.address
        )
    }

    /// The folder that holds the objects.
    pub(crate) fn objects(&self) -> std::path::PathBuf {
        let root: &Path = self.folder.path();
        root.join(NAME).join("team")
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.task.abort();
    }
}
