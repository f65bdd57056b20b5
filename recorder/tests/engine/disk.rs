//! A disk that fills up while a take runs, with everything else as it is in life.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::MAX_PARTS;
use aside_recorder::clock::{Clock as _, SystemClock};
use aside_recorder::entropy::SystemEntropy;
use aside_recorder::http::{Http, Token};
use aside_recorder::pipeline::{MicChoice, ScreenChoice};
use aside_recorder::session::{
    Cause, Chosen, Ending, Notice, Observer, Outcome, Plan, Snapshot, Uplink, World, record,
};
use aside_recorder::spool::probe::SmallDisk;
use aside_recorder::spool::{Spool, SystemDisk};
use aside_recorder::wall_clock::SystemWallClock;

use crate::server::{Fault, Server};

#[derive(Default)]
struct Listener(Vec<Notice>);

impl Observer for Listener {
    fn notice(&mut self, notice: &Notice) {
        self.0.push(notice.clone());
    }
    fn snapshot(&mut self, _: &Snapshot) {}
}

/// Records the test picture for longer than anybody waits: something else has to end it.
fn record_until_it_ends(server: &Server, spool: &Spool, max_parts: u32) -> (Outcome, Vec<Notice>) {
    let world = World {
        clock: Arc::new(SystemClock),
        wall: Arc::new(SystemWallClock),
        entropy: Arc::new(SystemEntropy),
        began: SystemClock.now(),
    };
    let plan = Plan {
        system: BTreeMap::new(),
        chosen: Chosen::new(ScreenChoice::Synthetic, 30, MicChoice::Synthetic),
        duration: Some(Duration::from_secs(600)),
        previews: None,
        waits: false,
        window_titles: false,
        patience: Duration::from_secs(60),
        clipboard: false,
        max_parts,
    };
    let uplink =
        Uplink::Ready(Http::new(&server.url.parse().unwrap(), Token::new("goodtoken")).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut notices = Listener::default();
    let outcome = record(
        &world,
        spool,
        &plan,
        &uplink,
        runtime.handle(),
        &crossbeam_channel::never(),
        &mut notices,
    );
    (outcome.unwrap(), notices.0)
}

/// What was said when recording stopped.
fn stop_message(notices: &[Notice]) -> String {
    let message = notices.iter().find_map(|n| match n {
        Notice::Stopping { message, .. } => message.clone(),
        _ => None,
    });
    message.unwrap_or_default()
}

#[test]
fn a_full_disk_stops_the_take_which_is_uploaded_up_to_there() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::with_faults(|_, _| Fault::None);
    let home = tempfile::tempdir().unwrap();
    // Room for some parts of the test picture, which are some 6 kB each.
    let spool = Spool::open(home.path(), Arc::new(SmallDisk::new(60_000))).unwrap();
    let (outcome, notices) = record_until_it_ends(&server, &spool, MAX_PARTS);
    assert_eq!(
        (outcome.cause, outcome.ending),
        (Some(Cause::DiskFull), Ending::Uploaded)
    );
    let told = stop_message(&notices);
    assert!(
        told.contains("no space left") && told.contains("safe"),
        "{told}"
    );
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished && recording.parts.len() == outcome.parts && outcome.parts > 2);
    assert!(spool.list().unwrap().is_empty());
}

#[test]
fn a_take_ends_before_it_has_more_parts_than_a_server_takes() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::with_faults(|_, _| Fault::None);
    let home = tempfile::tempdir().unwrap();
    let spool = Spool::open(home.path(), Arc::new(SystemDisk)).unwrap();
    // As if all but a few of the parts had been made; some are kept for what is on its way when it stops.
    let (outcome, notices) = record_until_it_ends(&server, &spool, 260);
    assert_eq!(
        (outcome.cause, outcome.ending),
        (Some(Cause::TooLong), Ending::Uploaded)
    );
    let told = stop_message(&notices);
    assert!(
        told.contains("no more parts") && told.contains("all of it is safe"),
        "{told}"
    );
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished && recording.parts.len() == outcome.parts);
    assert!((8..260).contains(&outcome.parts), "{}", outcome.parts);
}

#[test]
fn a_part_that_changed_on_the_disk_is_not_passed_off_as_what_was_recorded() {
    use aside_protocol::cmaf::{Sample, write_part};
    use aside_protocol::id::{RecordingId, Slug};
    use aside_protocol::recording::TrackName;
    use aside_protocol::time::Timestamp;
    use aside_protocol::upload::{CreateTrack, RecorderState};
    use aside_recorder::spool::{NewPart, Take};
    use aside_recorder::upload::{Client, Events, Job, Policy, UploadError, upload};

    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::with_faults(|_, _| Fault::None);
    let home = tempfile::tempdir().unwrap();
    let id = RecordingId::new(Timestamp::from_micros(1), [1; 10]);
    let tracks = vec![CreateTrack {
        name: TrackName::Audio,
        init: Vec::new(),
    }];
    let slug = Slug::from_entropy(&[1; 32]).unwrap();
    let take = Take::new(
        id,
        slug,
        String::new(),
        None,
        Timestamp::from_micros(1),
        tracks,
    );
    let mut recording = Spool::open(home.path(), Arc::new(SystemDisk))
        .unwrap()
        .create(take)
        .unwrap();
    let sample = Sample {
        duration: 1024,
        sync: true,
        data: "sound".into(),
    };
    let bytes = write_part(0, 0, TrackName::Audio.kind(), &[sample]).unwrap();
    let part = NewPart {
        track: TrackName::Audio,
        number: 0,
        start: 0,
        duration: 1024,
        independent: true,
        bytes: &bytes,
    };
    recording.append(part).unwrap();
    std::fs::write(
        recording.held().folder.part(TrackName::Audio, 0),
        "something else",
    )
    .unwrap();
    recording.end(Timestamp::from_micros(2)).unwrap();

    let (events, _told) = Events::queue();
    let job = Job {
        client: Client::new(
            Http::new(&server.url.parse().unwrap(), Token::new("goodtoken")).unwrap(),
            id,
        ),
        server: server.url.clone(),
        take: Arc::new(recording.take().clone()),
        state: tokio::sync::watch::channel(RecorderState::Recording).1,
        folder: recording.held().folder.clone(),
        ledger: tokio::sync::watch::channel(recording.ledger().clone()).1,
        received: Arc::new(recording.held().received().unwrap()),
        events,
        entropy: Arc::new(SystemEntropy),
        policy: Policy::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(upload(job)).unwrap_err();
    assert!(matches!(error, UploadError::Damaged { lost: 1 }), "{error}");
    assert!(server.state().only().1.parts.is_empty());
}
