//! Reads HLS playlists as strictly as a player may: what the specification demands and ours
//! promises is checked while reading, so that every test that watches also checks the playlist.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};

/// A multivariant playlist with one picture and at most one sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    pub video: String,
    pub audio: Option<String>,
    /// RFC 6381, as a browser asks for it.
    pub codecs: String,
}

/// A media playlist.
#[derive(Debug, Clone, PartialEq)]
pub struct Playlist {
    /// Seconds.
    pub target_duration: u32,
    /// Seconds, while it is live.
    pub part_target: Option<f64>,
    pub can_block_reload: bool,
    pub media_sequence: u64,
    /// The init of the first segment.
    pub map: String,
    pub segments: Vec<Segment>,
    /// Parts of the segment that is not whole yet.
    pub open_parts: Vec<Part>,
    pub ended: bool,
}

/// A whole segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub uri: String,
    /// Seconds.
    pub duration: f64,
    /// The init that it is decoded with.
    pub map: String,
    pub parts: Vec<Part>,
}

/// A partial segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub uri: String,
    /// Seconds.
    pub duration: f64,
    pub independent: bool,
}

impl Playlist {
    /// Everything that can be watched, in seconds.
    pub fn duration(&self) -> f64 {
        let whole: f64 = self.segments.iter().map(|s| s.duration).sum();
        whole + self.open_parts.iter().map(|p| p.duration).sum::<f64>()
    }

    /// Addresses of all media, in order, the init first. Where the init changes, the media carry what a decoder needs of it.
    pub fn uris(&self) -> Vec<&str> {
        let whole = self.segments.iter().map(|s| s.uri.as_str());
        std::iter::once(self.map.as_str())
            .chain(whole)
            .chain(self.open_parts.iter().map(|p| p.uri.as_str()))
            .collect()
    }

    /// The next thing a live player waits for: media sequence number and part index.
    pub fn next(&self) -> (u64, usize) {
        (
            self.media_sequence + self.segments.len() as u64,
            self.open_parts.len(),
        )
    }
}

/// # Errors
/// When the text is no multivariant playlist.
pub fn read_master(text: &str) -> Result<Master> {
    ensure!(
        text.starts_with("#EXTM3U\n"),
        "a playlist begins with #EXTM3U: {text}"
    );
    let (mut video, mut audio, mut codecs) = (None, None, None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(list) = line.strip_prefix("#EXT-X-MEDIA:") {
            let a = attributes(list)?;
            if a.get("TYPE").map(String::as_str) == Some("AUDIO") {
                audio = Some(a.get("URI").context("a rendition has a URI")?.clone());
            }
        } else if let Some(list) = line.strip_prefix("#EXT-X-STREAM-INF:") {
            let a = attributes(list)?;
            ensure!(
                a.contains_key("BANDWIDTH"),
                "BANDWIDTH is required (RFC 8216 §4.3.4.2)"
            );
            codecs = Some(
                a.get("CODECS")
                    .context("CODECS let a player decide before it loads")?
                    .clone(),
            );
            ensure!(video.is_none(), "one variant is promised");
            video = lines.next().map(str::to_owned);
        }
    }
    Ok(Master {
        video: video.context("no variant")?,
        audio,
        codecs: codecs.context("no variant")?,
    })
}

/// # Errors
/// When the text is no media playlist, or breaks a rule.
pub fn read_media(text: &str) -> Result<Playlist> {
    ensure!(
        text.starts_with("#EXTM3U\n"),
        "a playlist begins with #EXTM3U: {text}"
    );
    let mut list = Playlist {
        target_duration: 0,
        part_target: None,
        can_block_reload: false,
        media_sequence: 0,
        map: String::new(),
        segments: Vec::new(),
        open_parts: Vec::new(),
        ended: false,
    };
    let (mut duration, mut map) = (None, String::new());
    for line in text.lines().skip(1) {
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        match tag {
            "#EXT-X-TARGETDURATION" => list.target_duration = value.parse()?,
            "#EXT-X-MEDIA-SEQUENCE" => list.media_sequence = value.parse()?,
            "#EXT-X-MAP" => {
                ensure!(
                    list.open_parts.is_empty() && duration.is_none(),
                    "the init changes inside of a segment"
                );
                map = attributes(value)?
                    .remove("URI")
                    .context("a map has a URI")?;
                if list.map.is_empty() {
                    list.map.clone_from(&map);
                }
            }
            "#EXT-X-PART-INF" => {
                list.part_target = Some(
                    attributes(value)?
                        .get("PART-TARGET")
                        .context("PART-TARGET")?
                        .parse()?,
                );
            }
            "#EXT-X-SERVER-CONTROL" => {
                list.can_block_reload = attributes(value)?
                    .get("CAN-BLOCK-RELOAD")
                    .is_some_and(|v| v == "YES");
            }
            "#EXT-X-PART" => {
                let a = attributes(value)?;
                list.open_parts.push(Part {
                    uri: a.get("URI").context("a part has a URI")?.clone(),
                    duration: a
                        .get("DURATION")
                        .context("a part has a DURATION")?
                        .parse()?,
                    independent: a.get("INDEPENDENT").is_some_and(|v| v == "YES"),
                });
            }
            "#EXTINF" => duration = Some(value.split(',').next().unwrap_or("").parse::<f64>()?),
            "#EXT-X-ENDLIST" => list.ended = true,
            _ if !line.starts_with('#') && !line.is_empty() => {
                let duration = duration
                    .take()
                    .with_context(|| format!("{line} has no EXTINF"))?;
                let parts = std::mem::take(&mut list.open_parts);
                list.segments.push(Segment {
                    uri: line.to_owned(),
                    duration,
                    map: map.clone(),
                    parts,
                });
            }
            _ => {}
        }
    }
    check(&list)?;
    Ok(list)
}

fn check(list: &Playlist) -> Result<()> {
    ensure!(list.target_duration > 0, "EXT-X-TARGETDURATION is required");
    ensure!(!list.map.is_empty(), "fragmented MP4 needs EXT-X-MAP");
    for s in &list.segments {
        ensure!(
            s.duration.round() <= f64::from(list.target_duration),
            "{} is longer than the target duration",
            s.uri
        );
        let parts: f64 = s.parts.iter().map(|p| p.duration).sum();
        ensure!(
            s.parts.is_empty() || (parts - s.duration).abs() < 0.01,
            "{}: its parts last {parts} s, itself {} s",
            s.uri,
            s.duration
        );
    }
    let parts = list
        .segments
        .iter()
        .flat_map(|s| &s.parts)
        .chain(&list.open_parts);
    for p in parts {
        let target = list.part_target.context("parts without EXT-X-PART-INF")?;
        ensure!(
            p.duration <= target + 0.000_5,
            "{} is longer than the part target",
            p.uri
        );
    }
    if list.ended && !list.open_parts.is_empty() {
        bail!("the playlist has ended, but its last segment is not whole");
    }
    Ok(())
}

/// An attribute list (RFC 8216 §4.2).
fn attributes(list: &str) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once('=')
            .with_context(|| format!("no attribute list: {list}"))?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted
                .split_once('"')
                .with_context(|| format!("an open quote: {list}"))?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        out.insert(name.to_owned(), value.to_owned());
        rest = next.strip_prefix(',').unwrap_or(next);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_playlist_is_read_to_its_open_part() {
        let text = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:10\n#EXT-X-PART-INF:PART-TARGET=1.0\n\
            #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0\n#EXT-X-MAP:URI=\"video/init.mp4\"\n\
            #EXT-X-PART:DURATION=0.5,URI=\"video/0-0.m4s\",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.5,URI=\"video/1-1.m4s\"\n\
            #EXTINF:1.0,\nvideo/0-1.m4s\n#EXT-X-PART:DURATION=0.25,URI=\"video/2-2.m4s\",INDEPENDENT=YES\n";
        let list = read_media(text).unwrap();
        assert_eq!(
            list.uris(),
            ["video/init.mp4", "video/0-1.m4s", "video/2-2.m4s"]
        );
        assert_eq!(list.next(), (1, 1));
        assert!((list.duration() - 1.25).abs() < 1e-9 && list.can_block_reload && !list.ended);
    }

    #[test]
    fn a_segment_over_the_target_duration_is_refused() {
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"i\"\n#EXTINF:3.0,\na\n#EXT-X-ENDLIST\n";
        assert!(read_media(text).is_err());
    }
}
