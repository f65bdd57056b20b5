//! The requests of an upload (docs/PROTOCOL.md). Repeats nothing by itself.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{FIRST_INIT, Sha256, TrackName};
use aside_protocol::upload::{
    CreateRecording, FinishReceipt, FinishRecording, Heartbeat, HeartbeatReceipt, INIT_VERSION,
    InitReceipt, PartReceipt, PutInit, RecorderState, RecordingCreated, UploadStatus,
    content_digest,
};
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::plan::Key;
use crate::http::{Http, HttpError};
use crate::link::at_least_as_good;

/// The slowest line worth waiting for, in bytes a second: sets how long a part may take.
const MIN_BYTES_PER_SECOND: u64 = 8 * 1024;
/// On top of the time the bytes need.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// A finish proves thousands of parts.
const FINISH_TIMEOUT: Duration = Duration::from_secs(120);

/// Speaks for one recording.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    id: RecordingId,
}

impl Client {
    pub const fn new(http: Http, id: RecordingId) -> Self {
        Self { http, id }
    }

    pub async fn create(&self, recording: &CreateRecording) -> Result<RecordingCreated, HttpError> {
        let request = self
            .http
            .request(Method::PUT, &self.path(""))?
            .json(recording);
        let created: RecordingCreated = self.http.ask(request).await?;
        Ok(RecordingCreated {
            url: at_least_as_good(self.http.address(), created.url),
            ..created
        })
    }

    /// Version `version` of a track's init.
    pub async fn put_init(
        &self,
        track: TrackName,
        version: u32,
        init: Vec<u8>,
    ) -> Result<InitReceipt, HttpError> {
        let path = self.path(&format!("/tracks/{track}/inits/{version}"));
        let request = self.http.request(Method::PUT, &path)?;
        self.http.ask(request.json(&PutInit { init })).await
    }

    /// A part, and the version of the init that it is decoded with.
    pub async fn put_part(
        &self,
        key: Key,
        init: u32,
        sha256: Sha256,
        bytes: Bytes,
    ) -> Result<PartReceipt, HttpError> {
        let size = bytes.len();
        let timeout =
            RESPONSE_TIMEOUT + Duration::from_secs(bytes.len() as u64 / MIN_BYTES_PER_SECOND);
        let path = self.path(&format!("/tracks/{}/parts/{}", key.track, key.number));
        let mut request = self
            .http
            .request(Method::PUT, &path)?
            .timeout(timeout)
            .header("Content-Digest", content_digest(&sha256))
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(bytes);
        if init != FIRST_INIT {
            request = request.header(INIT_VERSION, init);
        }
        self.http.ask(request).await.map_err(|error| match error {
            HttpError::NotAside {
                host,
                status: Some(413),
                ..
            } => HttpError::ProxyLimit { host, size },
            other => other,
        })
    }

    pub async fn status(&self) -> Result<UploadStatus, HttpError> {
        self.http
            .ask(self.http.request(Method::GET, &self.path("/upload"))?)
            .await
    }

    pub async fn finish(&self, parts: &FinishRecording) -> Result<FinishReceipt, HttpError> {
        let request = self
            .http
            .request(Method::POST, &self.path("/finish"))?
            .timeout(FINISH_TIMEOUT)
            .json(parts);
        let receipt: FinishReceipt = self.http.ask(request).await?;
        Ok(FinishReceipt {
            url: at_least_as_good(self.http.address(), receipt.url),
            ..receipt
        })
    }

    /// Says that the recorder is alive and what it does. Worth no second try: another one follows.
    pub async fn heartbeat(&self, state: RecorderState) -> Result<HeartbeatReceipt, HttpError> {
        let request = self
            .http
            .request(Method::POST, &self.path("/heartbeat"))?
            .json(&Heartbeat { state });
        self.http.ask(request).await
    }

    /// Takes back a recording that came to nothing.
    pub async fn delete(&self) -> Result<(), HttpError> {
        let request = self.http.request(Method::DELETE, &self.path(""))?;
        self.http.send(request).await.map(|_| ())
    }

    /// Removes an unfinished recording for good.
    pub(super) async fn cancel(&self) -> Result<(), HttpError> {
        let request = self.http.request(Method::POST, &self.path("/cancel"))?;
        self.http.send(request).await.map(|_| ())
    }

    fn path(&self, below: &str) -> String {
        format!("api/recordings/{}{below}", self.id)
    }
}
