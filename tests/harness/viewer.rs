//! Somebody with the link and no account: asks the watch page's API, follows the playlists, loads
//! the media, and lets FFmpeg judge what was loaded.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;
use tokio::process::Command;

use crate::api::Api;
use crate::playlist::{Master, Playlist, read_master, read_media};
use crate::program::{TIMEOUT, complaints, eventually, output};

/// One viewer of one link.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub api: Api,
    pub slug: String,
}

impl Viewer {
    pub fn new(api: Api, slug: &str) -> Self {
        Self {
            api,
            slug: slug.to_owned(),
        }
    }

    /// The watch view.
    ///
    /// # Errors
    /// When the page is not shown.
    pub async fn watch(&self) -> Result<Value> {
        self.api.get(&format!("/api/watch/{}", self.slug)).await
    }

    /// Waits until the watch view pleases.
    ///
    /// # Errors
    /// When it never does: the last view is in the message.
    pub async fn watch_until(&self, what: &str, pleases: impl Fn(&Value) -> bool) -> Result<Value> {
        self.watch_within(what, TIMEOUT, pleases).await
    }

    /// The same with another patience, for things that take a minute by design.
    ///
    /// # Errors
    /// When it never does: the last view is in the message.
    pub async fn watch_within(
        &self,
        what: &str,
        patience: Duration,
        pleases: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let pleases = &pleases;
        eventually(what, patience, || async move {
            let view = self.watch().await?;
            ensure!(pleases(&view), "{view:#}");
            Ok(Some(view))
        })
        .await
    }

    /// Address of the multivariant playlist; each call is a fresh capability.
    ///
    /// # Errors
    /// When there is no picture yet.
    pub async fn master_url(&self) -> Result<String> {
        let view = self.watch().await?;
        let path = view["playback"]["url"]
            .as_str()
            .with_context(|| format!("nothing to play yet: {view:#}"))?;
        Ok(absolute(&self.api.url, path))
    }

    /// Waits for the first picture.
    ///
    /// # Errors
    /// When none comes.
    pub async fn first_picture(&self) -> Result<String> {
        let view = self
            .watch_until("something to play", |v| v["playback"]["url"].is_string())
            .await?;
        Ok(absolute(
            &self.api.url,
            view["playback"]["url"].as_str().unwrap_or_default(),
        ))
    }

    /// # Errors
    /// When it cannot be loaded or breaks a rule.
    pub async fn master(&self) -> Result<(String, Master)> {
        let url = self.master_url().await?;
        Ok((url.clone(), read_master(&self.text(&url).await?)?))
    }

    /// The media playlist of a track, with its address. The camera's is beside the multivariant one, which does not name it.
    ///
    /// # Errors
    /// When it cannot be loaded or breaks a rule.
    pub async fn playlist(&self, track: &str) -> Result<(String, Playlist)> {
        let (url, master) = self.master().await?;
        let uri = match track {
            "video" => master.video,
            "audio" => master.audio.context("the take has no sound")?,
            beside => format!("{beside}.m3u8"),
        };
        let url = absolute(&url, &uri);
        let list = read_media(&self.text(&url).await?).with_context(|| url.clone())?;
        Ok((url, list))
    }

    /// A blocking reload: the playlist that contains this part.
    ///
    /// # Errors
    /// When it cannot be loaded or breaks a rule.
    pub async fn reload(&self, playlist: &str, (msn, part): (u64, usize)) -> Result<Playlist> {
        read_media(
            &self
                .text(&format!("{playlist}?_HLS_msn={msn}&_HLS_part={part}"))
                .await?,
        )
    }

    /// # Errors
    /// When the answer is no success.
    pub async fn bytes(&self, url: &str) -> Result<Bytes> {
        let response = self.api.http.get(url).timeout(TIMEOUT).send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        ensure!(
            status.is_success(),
            "{url} answered {status}: {}",
            String::from_utf8_lossy(&bytes)
        );
        Ok(bytes)
    }

    async fn text(&self, url: &str) -> Result<String> {
        Ok(String::from_utf8(self.bytes(url).await?.to_vec())?)
    }

    /// Loads a whole track as a player would, one address after the other, into one file.
    ///
    /// # Errors
    /// When anything of it cannot be loaded.
    pub async fn load(&self, track: &str) -> Result<Loaded> {
        let (url, playlist) = self.playlist(track).await?;
        let mut all = Vec::new();
        for uri in playlist.uris() {
            all.extend_from_slice(&self.bytes(&absolute(&url, uri)).await?);
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(format!("{track}.mp4"));
        tokio::fs::write(&path, &all).await?;
        Ok(Loaded {
            path,
            bytes: all.into(),
            playlist,
            _folder: folder,
        })
    }

    /// Plays picture and sound from the link to the end with FFmpeg's own HLS player; hands back its length in milliseconds.
    ///
    /// # Errors
    /// When FFmpeg has anything to complain of.
    pub async fn play_with_ffmpeg(&self) -> Result<u64> {
        let url = self.master_url().await?;
        let mut command = Command::new("ffmpeg");
        command.args([
            "-hide_banner",
            "-v",
            "warning",
            "-nostdin",
            "-i",
            &url,
            "-map",
            "0",
            // Times as they are: at a guessed picture rate two pictures that are close together get one time stamp.
            "-fps_mode:v",
            "passthrough",
            "-enc_time_base:v",
            "1:90000",
            "-f",
            "null",
            "-",
        ]);
        command.kill_on_drop(true);
        let done = tokio::time::timeout(TIMEOUT * 2, command.output())
            .await
            .context("ffmpeg did not come to the end")??;
        let complaints = complaints(&done.stderr);
        ensure!(
            done.status.success() && complaints.trim().is_empty(),
            "ffmpeg complains of {url}:\n{complaints}"
        );
        let probe = output(Command::new("ffprobe").args([
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
            &url,
        ]))
        .await?;
        let seconds: f64 = String::from_utf8(probe)?.trim().parse()?;
        Ok(Duration::from_secs_f64(seconds).as_millis().try_into()?)
    }

    /// The words so far, joined by spaces.
    ///
    /// # Errors
    /// When the transcript is not shown.
    pub async fn words(&self) -> Result<String> {
        let transcript = self.transcript().await?;
        let words = transcript["words"]
            .as_array()
            .context("a transcript has words")?;
        Ok(words
            .iter()
            .filter_map(|w| w["text"].as_str())
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" "))
    }

    /// # Errors
    /// When the transcript is not shown.
    pub async fn transcript(&self) -> Result<Value> {
        self.api
            .get(&format!("/api/watch/{}/transcript", self.slug))
            .await
    }

    /// Writes a comment as a guest.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn comment(&self, at_ms: u64, name: &str, body: &str) -> Result<Value> {
        let comment = serde_json::json!({ "at_ms": at_ms, "body": body, "guest_name": name });
        self.api
            .post(&format!("/api/watch/{}/comments", self.slug), &comment)
            .await
    }

    /// # Errors
    /// When they are not shown.
    pub async fn comments(&self) -> Result<Vec<Value>> {
        let list = self
            .api
            .get(&format!("/api/watch/{}/comments", self.slug))
            .await?;
        Ok(list["comments"]
            .as_array()
            .context("comments are a list")?
            .clone())
    }

    /// A plain GET, for looking at status and headers.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn raw(&self, path: &str) -> Result<reqwest::Response> {
        Ok(self.api.request(Method::GET, path).send().await?)
    }
}

/// A track that was loaded whole.
#[derive(Debug)]
pub struct Loaded {
    pub path: PathBuf,
    pub bytes: Bytes,
    pub playlist: Playlist,
    _folder: tempfile::TempDir,
}

/// `uri` as seen from `base`: absolute, absolute path, or beside it.
pub fn absolute(base: &str, uri: &str) -> String {
    if uri.contains("://") {
        return uri.to_owned();
    }
    let origin_end = base.find("://").map_or(0, |at| {
        base[at + 3..]
            .find('/')
            .map_or(base.len(), |slash| at + 3 + slash)
    });
    if uri.starts_with('/') {
        return format!("{}{uri}", &base[..origin_end]);
    }
    let base = base.split('?').next().unwrap_or(base);
    let folder = base
        .rfind('/')
        .filter(|at| *at >= origin_end)
        .map_or(base.len(), |at| at);
    format!("{}/{uri}", &base[..folder])
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn addresses_are_joined_as_a_browser_joins_them() {
        let base = "http://h:1/media/cap/video.m3u8?_HLS_msn=3";
        assert_eq!(
            absolute(base, "video/0-3.m4s"),
            "http://h:1/media/cap/video/0-3.m4s"
        );
        assert_eq!(absolute(base, "/media/x"), "http://h:1/media/x");
        assert_eq!(absolute("http://h:1", "/w/x"), "http://h:1/w/x");
        assert_eq!(absolute(base, "http://other/x"), "http://other/x");
    }
}
