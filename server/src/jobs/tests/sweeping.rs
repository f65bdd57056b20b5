use std::time::{Duration, SystemTime};

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;
use bytes::Bytes;

use super::material::{Encoded, sound_init, sound_parts};
use super::take::Take;
use crate::both;
use crate::jobs::worker::Worker;
use crate::jobs::{Ears, Job, Tools};
use crate::objects::ObjectKey;
use crate::store::{Tx, jobs};
use crate::testing::TestApp;

const HOUR: Duration = Duration::from_secs(3600);

/// Makes the object seem to have been written at `at`.
fn age(app: &TestApp, key: &ObjectKey, at: Timestamp) {
    let path = app.folder().join("objects").join(key.path().as_ref());
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let since = Duration::from_micros(u64::try_from(at.micros()).unwrap());
    file.set_modified(SystemTime::UNIX_EPOCH + since).unwrap();
}

async fn sweep(app: &TestApp) {
    let (now, id) = (
        app.app.now(),
        aside_protocol::id::JobId::new(app.app.now(), app.app.id_entropy()),
    );
    app.app
        .store
        .write(async |tx: &mut Tx| jobs::enqueue(tx, &Job::SweepOrphans, now, now, id).await)
        .await
        .unwrap();
    Worker::new(app.app.clone(), Tools::with(Ears::None))
        .run_until_idle()
        .await
        .unwrap();
}

both! {
    async fn only_what_belongs_to_nothing_and_is_old_is_removed(app) {
        let frames = vec![Bytes::from_static(b"\x01\x02\x03"); 4];
        let track = Encoded { init: sound_init(), parts: sound_parts(&frames, 2, 0) };
        let mut take = Take::new(&app.app, vec![(TrackName::Audio, track.clone())]).await;
        take.land().await;
        let begun = app.app.now();
        let key = |number: u32, bytes: &Bytes| ObjectKey::Part { recording: take.id, track: TrackName::Audio, number, sha256: Sha256::of(bytes) };
        let held = key(0, &track.parts[0]);
        let cut_off = key(1, &track.parts[1]);
        let young = key(2, &track.parts[1]);
        let poster = ObjectKey::Poster { recording: take.id, sha256: Sha256::of(b"old") };
        for (k, bytes) in [(&cut_off, &track.parts[1]), (&young, &track.parts[1]), (&poster, &track.parts[1])] {
            app.app.objects.put(k, bytes.clone()).await.unwrap();
        }
        let is_there = async |k: &ObjectKey| app.app.objects.size(k).await.is_ok();

        // Written long ago, but its take still goes on.
        for k in [&held, &cut_off, &poster] {
            age(&app, k, begun.minus(HOUR * 24 * 30));
        }
        sweep(&app).await;
        assert!(is_there(&held).await && is_there(&cut_off).await && is_there(&young).await);
        assert!(!is_there(&poster).await, "no recording names it");

        app.clock.advance(HOUR * 25);
        age(&app, &young, app.app.now().minus(HOUR * 23));
        sweep(&app).await;
        assert!(is_there(&held).await, "it has a row");
        assert!(is_there(&young).await, "it is younger than a day");
        assert!(!is_there(&cut_off).await);
    }
}
