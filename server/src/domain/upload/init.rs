//! A later version of a track's init: what may change in the middle of a take, and what may not.

use aside_protocol::cmaf::{self, Media, ReadError};
use aside_protocol::recording::{FIRST_INIT, Kind, MAX_INITS, TrackName};
use aside_protocol::upload::CreateTrack;

use super::create::{CreateError, read_track};
use crate::domain::recording::{LaterInit, Track};

/// Why a version is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InitRefusal {
    #[error("Versions count from {FIRST_INIT}, which came with the recording, to {MAX_INITS}.")]
    Version,
    #[error("The track {0} has one init.")]
    NoMedia(TrackName),
    #[error(transparent)]
    Unreadable(#[from] CreateError),
    #[error("The init of {track} has a timescale of {found}; the track has {expected}.")]
    Timescale {
        track: TrackName,
        found: u32,
        expected: u32,
    },
    #[error("The init of {0} has another track id than the first one.")]
    TrackId(TrackName),
    #[error("Sound keeps its sample rate and its channels.")]
    Sound,
}

/// Reads version `version` of the init of `track`. The timeline goes on, and so does what a mixer has been set to: a picture may
/// change all but its timescale, sound nothing that is heard.
pub fn read_later(track: &Track, version: u32, init: Vec<u8>) -> Result<LaterInit, InitRefusal> {
    let name = track.name;
    if name.kind() == Kind::Data {
        return Err(InitRefusal::NoMedia(name));
    }
    if !(FIRST_INIT + 1..=MAX_INITS).contains(&version) {
        return Err(InitRefusal::Version);
    }
    let (before, now) = (parsed(name, &track.init)?, parsed(name, &init)?);
    let read = read_track(CreateTrack { name, init })?;
    if read.timescale != track.timescale {
        return Err(InitRefusal::Timescale {
            track: name,
            found: read.timescale,
            expected: track.timescale,
        });
    }
    if before.track_id != now.track_id {
        return Err(InitRefusal::TrackId(name));
    }
    if let (Media::Audio(before), Media::Audio(now)) = (before.media, now.media)
        && (before.sample_rate, before.channels) != (now.sample_rate, now.channels)
    {
        return Err(InitRefusal::Sound);
    }
    Ok(LaterInit {
        version,
        codec: read.codec,
        width: read.width,
        height: read.height,
        init: read.init,
    })
}

fn parsed(track: TrackName, init: &[u8]) -> Result<cmaf::Init, CreateError> {
    cmaf::read_init(init).map_err(|source: ReadError| CreateError::Init { track, source })
}

#[cfg(test)]
mod tests {
    use aside_protocol::cmaf::{AudioConfig, VideoConfig, write_audio_init, write_video_init};

    use super::*;
    use crate::domain::upload::read_tracks;

    fn video_init() -> Vec<u8> {
        let mut avcc = vec![1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f];
        avcc.extend([1, 0, 2, 0x68, 0xeb, 0xfd, 0xf8, 0xf8, 0]);
        let config = VideoConfig {
            width: 1280,
            height: 720,
            timescale: 90_000,
            avcc,
        };
        write_video_init(&config).unwrap()
    }

    fn sound(sample_rate: u32, channels: u16) -> Vec<u8> {
        let config = AudioConfig {
            sample_rate,
            channels,
            asc: vec![0x11, 0x90],
        };
        write_audio_init(&config).unwrap()
    }

    fn track(name: TrackName) -> Track {
        let create = |name, init| CreateTrack { name, init };
        let tracks = read_tracks(vec![
            create(TrackName::Video, video_init()),
            create(TrackName::Audio, sound(48_000, 2)),
        ]);
        tracks
            .unwrap()
            .into_iter()
            .find(|t| t.name == name)
            .unwrap()
    }

    #[test]
    fn a_version_is_an_init_of_the_same_timeline_and_the_same_sound() {
        let (video, audio) = (track(TrackName::Video), track(TrackName::Audio));
        let read = read_later(&video, 2, video_init()).unwrap();
        assert_eq!((read.version, &read.codec), (2, &video.codec));
        for version in [0, 1, MAX_INITS + 1] {
            let refused = read_later(&video, version, video_init());
            assert_eq!(refused, Err(InitRefusal::Version), "{version}");
        }
        assert!(matches!(
            read_later(&video, 2, sound(48_000, 2)),
            Err(InitRefusal::Unreadable(CreateError::Kind(_)))
        ));
        assert!(read_later(&audio, 2, sound(48_000, 2)).is_ok());
        let mono = read_later(&audio, 2, sound(48_000, 1));
        assert_eq!(mono, Err(InitRefusal::Sound));
        assert!(matches!(
            read_later(&audio, 2, sound(44_100, 2)),
            Err(InitRefusal::Timescale { .. })
        ));
    }
}
