//! Takes of which the disk lost something: nothing that is left is deleted, here or on the server, and what is said
//! about it is so.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use aside_protocol::cmaf::{Sample, read_part, write_part};
use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use aside_protocol::upload::CreateTrack;
use aside_recorder::spool::{Folder, NewPart, Spool, SystemDisk, Take};
use serde_json::Value;

use crate::aside::{Done, RecorderHome, one};
use crate::server::{Fault, Recording, Server};

const TRACKS: [TrackName; 2] = [TrackName::Video, TrackName::Audio];

/// A take of so many parts a track whose recorder died, and a server for it.
struct Scene {
    server: Server,
    home: RecorderHome,
    take: Take,
    parts: u32,
}

fn part(track: TrackName, number: u32) -> Vec<u8> {
    let ticks: u32 = match track {
        TrackName::Video => 45_000,
        _ => 24_000,
    };
    let data = match track {
        // One IDR slice behind its length.
        TrackName::Video => [&[0, 0, 0, 6, 0x65][..], &number.to_be_bytes(), &[1]].concat(),
        _ => format!("sound {number}").into_bytes(),
    };
    let sample = Sample {
        duration: ticks,
        sync: true,
        data: data.into(),
    };
    let start = u64::from(number) * u64::from(ticks);
    write_part(number, start, track.kind(), &[sample])
        .unwrap()
        .to_vec()
}

impl Scene {
    fn new(parts: u32) -> Self {
        let server = Server::with_faults(|_, _| Fault::None);
        let home = RecorderHome::at(&server.url);
        let track = |name| CreateTrack {
            name,
            init: vec![1, 2, 3],
        };
        let take = Take::new(
            RecordingId::new(Timestamp::from_micros(1), [1; 10]),
            Slug::from_entropy(&[1; 32]).unwrap(),
            "A title".to_owned(),
            Some(server.url.clone()),
            Timestamp::from_micros(1),
            TRACKS.map(track).to_vec(),
        );
        let spool = Spool::open(&home.path().join("data"), Arc::new(SystemDisk)).unwrap();
        let mut recording = spool.create(take.clone()).unwrap();
        for number in 0..parts {
            for track in TRACKS {
                let bytes = part(track, number);
                let found = read_part(&bytes, track.kind()).unwrap().info;
                recording
                    .append(NewPart {
                        track,
                        number,
                        start: found.start,
                        duration: found.duration,
                        independent: found.independent,
                        bytes: &bytes,
                    })
                    .unwrap();
            }
        }
        Self {
            server,
            home,
            take,
            parts,
        }
    }

    /// The server has confirmed every part already.
    fn all_received(self) -> Self {
        let all = TRACKS.iter().flat_map(|track| {
            (0..self.parts).map(|number| ((*track, number), part(*track, number)))
        });
        let recording = Recording {
            create: Some(self.take.create_request()),
            parts: all.collect(),
            ..Recording::default()
        };
        let id = self.take.id.to_string();
        self.server.state().recordings.insert(id, recording);
        self
    }

    fn folder(&self) -> Folder {
        let spool = Spool::open(&self.home.path().join("data"), Arc::new(SystemDisk)).unwrap();
        spool.folder(self.take.id)
    }

    fn file(&self, track: TrackName, number: u32) -> PathBuf {
        self.folder().part(track, number)
    }

    fn damage(&self, track: TrackName, number: u32) {
        let path = self.file(track, number);
        let mut bytes = fs::read(&path).unwrap();
        bytes[4..12].fill(0xff);
        fs::write(path, bytes).unwrap();
    }

    fn lose(&self, track: TrackName, number: u32) {
        fs::remove_file(self.file(track, number)).unwrap();
    }

    /// The numbers of the parts that the server holds.
    fn held(&self, track: TrackName) -> Vec<u32> {
        let state = self.server.state();
        let (_, recording) = state.only();
        let mine = recording.parts.keys().filter(|(t, _)| *t == track);
        mine.map(|(_, n)| *n).collect()
    }

    fn resume(&self) -> Done {
        let done = self.home.run(&["takes", "resume", "--json"]);
        assert!(
            !self
                .server
                .state()
                .seen
                .iter()
                .any(|s| s.method == "DELETE"),
            "a recorder that lost something deletes nothing on the server"
        );
        done
    }

    /// The take went up whole; whatever is damaged here, the server has it.
    #[track_caller]
    fn assert_uploaded(&self, done: &Done, lost_here: u32) {
        assert_eq!(done.code, Some(0), "{done:?}");
        let events = done.events();
        assert_eq!(one(&events, "recovered")["lost"], lost_here);
        let uploaded = one(&events, "uploaded");
        let made = self.parts * 2;
        assert_eq!(
            (&uploaded["parts"], &uploaded["missing"]),
            (&made.into(), &0.into())
        );
        assert!(self.server.state().only().1.finished);
        for track in TRACKS {
            assert_eq!(self.held(track), (0..self.parts).collect::<Vec<_>>());
        }
        assert_eq!(self.home.takes(), [] as [&str; 0]);
    }

    /// The take stays here, named as damaged, and is not finished there.
    #[track_caller]
    fn assert_damaged(&self, done: &Done, missing: u32) {
        assert_eq!(done.code, Some(5), "{done:?}");
        let events = done.events();
        let kept = one(&events, "kept");
        assert_eq!(kept["why"], "damaged", "{kept}");
        assert_eq!(kept["missing"], missing, "{kept}");
        assert_eq!(one(&events, "upload_closed")["code"], "damaged_on_disk");
        assert!(
            events
                .iter()
                .all(|e| e["event"] != "uploaded" && e["event"] != "nothing")
        );
        assert!(!self.server.state().only().1.finished);
        let listed = self.home.run(&["takes", "--json"]);
        let rows: Value = serde_json::from_str(&listed.out).unwrap();
        assert_eq!(
            (&rows[0]["state"], &rows[0]["lost"], &rows[0]["parts"]),
            (&"damaged".into(), &missing.into(), &(self.parts * 2).into()),
            "{rows}"
        );
        assert!(
            !listed.err.contains("background"),
            "there is nothing left to send: {listed:?}"
        );
        let listed = self.home.run(&["takes"]);
        let made = self.parts * 2;
        assert!(
            listed
                .out
                .contains(&format!("damaged, {missing} of {made} parts")),
            "{listed:?}"
        );
    }
}

#[test]
fn a_take_whose_first_parts_are_damaged_here_and_safe_there_is_finished_whole() {
    let scene = Scene::new(19).all_received();
    for track in TRACKS {
        scene.damage(track, 0);
    }
    let done = scene.resume();
    scene.assert_uploaded(&done, 2);
}

#[test]
fn a_take_whose_first_parts_are_gone_here_and_safe_there_is_finished_whole() {
    let scene = Scene::new(19).all_received();
    for track in TRACKS {
        scene.lose(track, 0);
    }
    let done = scene.resume();
    scene.assert_uploaded(&done, 2);
}

#[test]
fn holes_in_both_tracks_of_a_take_that_was_wholly_received_cost_nothing() {
    let scene = Scene::new(13).all_received();
    scene.damage(TrackName::Video, 5);
    scene.lose(TrackName::Audio, 7);
    let done = scene.resume();
    scene.assert_uploaded(&done, 2);
}

#[test]
fn an_offline_take_whose_first_part_is_damaged_keeps_and_uploads_all_others() {
    let scene = Scene::new(18);
    let before = fs::read_dir(scene.folder().path().join("parts"))
        .unwrap()
        .count();
    scene.damage(TrackName::Video, 0);
    let done = scene.resume();
    scene.assert_damaged(&done, 1);
    assert_eq!(scene.held(TrackName::Video), (1..18).collect::<Vec<_>>());
    assert_eq!(scene.held(TrackName::Audio), (0..18).collect::<Vec<_>>());
    let after = fs::read_dir(scene.folder().path().join("parts"))
        .unwrap()
        .count();
    assert_eq!(
        before, after,
        "not one file is deleted, the damaged one neither"
    );
}

#[test]
fn the_good_parts_behind_a_hole_reach_the_server_and_the_take_stays() {
    let scene = Scene::new(12);
    scene.damage(TrackName::Video, 8);
    let done = scene.resume();
    assert_eq!(
        one(&done.events(), "recovered")["lost"],
        1,
        "one was damaged, not four"
    );
    scene.assert_damaged(&done, 1);
    assert_eq!(
        scene.held(TrackName::Video),
        [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11]
    );
    assert!(done.events().iter().any(|e| {
        e["event"] == "kept"
            && e["message"]
                .as_str()
                .unwrap()
                .contains("aside takes export")
    }));
}

#[test]
fn a_part_with_flipped_bits_that_still_parses_is_not_passed_off_as_what_was_recorded() {
    let scene = Scene::new(4);
    let path = scene.file(TrackName::Audio, 2);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(path, bytes).unwrap();
    let done = scene.resume();
    scene.assert_damaged(&done, 1);
    assert_eq!(scene.held(TrackName::Audio), [0, 1, 3]);
}

#[test]
fn a_damaged_part_that_the_journal_forgot_too_is_left_to_what_the_server_holds() {
    let scene = Scene::new(6).all_received();
    scene.damage(TrackName::Video, 2);
    fs::remove_file(scene.folder().path().join("journal")).unwrap();
    let done = scene.resume();
    scene.assert_uploaded(&done, 1);

    let scene = Scene::new(6);
    scene.damage(TrackName::Video, 2);
    fs::remove_file(scene.folder().path().join("journal")).unwrap();
    let done = scene.resume();
    scene.assert_damaged(&done, 1);
}

#[test]
fn a_take_of_which_nothing_is_left_here_is_not_deleted_where_it_is() {
    let scene = Scene::new(5).all_received();
    for track in TRACKS {
        (0..5).for_each(|number| scene.lose(track, number));
    }
    fs::remove_file(scene.folder().path().join("journal")).unwrap();
    let done = scene.resume();
    assert_eq!(done.code, Some(5), "{done:?}");
    let events = done.events();
    assert_eq!(one(&events, "upload_closed")["code"], "nothing_left_here");
    assert!(
        one(&events, "upload_closed")["message"]
            .as_str()
            .unwrap()
            .contains("10 parts are on the server"),
        "{events:#?}"
    );
    assert_eq!(scene.held(TrackName::Video).len(), 5);
    assert_eq!(scene.home.takes().len(), 1);
}

#[test]
fn a_journalled_take_without_a_file_is_damaged_and_not_empty() {
    let scene = Scene::new(2);
    for track in TRACKS {
        (0..2).for_each(|number| scene.lose(track, number));
    }
    let done = scene.resume();
    scene.assert_damaged(&done, 4);
}

#[test]
fn only_a_take_of_which_nothing_was_ever_made_takes_its_link_back() {
    let scene = Scene::new(0).all_received();
    let done = scene.home.run(&["takes", "resume", "--json"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    one(&done.events(), "nothing");
    assert!(scene.server.state().recordings.is_empty());
    assert_eq!(scene.home.takes(), [] as [&str; 0]);
}

#[test]
fn a_file_is_made_of_what_can_be_read_on_both_sides_of_a_hole() {
    let home = RecorderHome::new();
    // Long enough for a second IDR, which comes at most ten seconds after the first.
    let (code, events) = home.record(&["--duration", "12", "--fps", "10"]).end();
    assert_eq!(code, Some(0), "{events:#?}");
    let id = home.takes()[0].clone();
    let parts = home.path().join(format!("data/takes/{id}/parts"));
    let length = one(&events, "stopped")["duration_ms"].as_i64().unwrap();
    fs::remove_file(parts.join("video-000003.m4s")).unwrap();
    fs::write(parts.join("audio-000005.m4s"), b"no part").unwrap();

    let file = home.path().join("take.mp4");
    let saved = home.run(&["takes", "export", &id, file.to_str().unwrap()]);
    assert_eq!(saved.code, Some(0), "{saved:?}");
    assert!(saved.out.contains("2 of "), "{saved:?}");
    let mut input = ffmpeg_next::format::input(&file).unwrap();
    assert!(
        (input.duration() / 1000 - length).abs() < 150,
        "{} µs for {length} ms",
        input.duration()
    );
    let video = input
        .streams()
        .best(ffmpeg_next::media::Type::Video)
        .unwrap();
    let (index, base) = (video.index(), video.time_base());
    let mut at: Vec<i64> = input
        .packets()
        .map(|(stream, packet)| (stream.index(), packet.pts().unwrap()))
        .filter(|(stream, _)| *stream == index)
        .map(|(_, pts)| pts * 1000 * i64::from(base.numerator()) / i64::from(base.denominator()))
        .collect();
    at.sort_unstable();
    let (before, behind): (Vec<i64>, Vec<i64>) = at.iter().partition(|ms| **ms < 3_000);
    assert!(before.len() > 10 && behind.len() > 10, "{at:?}");
    assert!(
        behind[0] >= 5_500,
        "the picture goes on with the next IDR: {at:?}"
    );
}
