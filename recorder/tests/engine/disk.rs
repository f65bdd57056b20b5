//! A disk that fills up while a take runs, with everything else as it is in life.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aside_recorder::clock::{Clock as _, SystemClock};
use aside_recorder::entropy::SystemEntropy;
use aside_recorder::http::{Http, Token};
use aside_recorder::pipeline::{Config, MicChoice, ScreenChoice};
use aside_recorder::session::{Audience, Cause, Ending, Notice, Plan, Snapshot, Uplink, World, record};
use aside_recorder::spool::{Disk, Spool, SystemDisk};
use aside_recorder::wall_clock::SystemWallClock;

use crate::server::{Fault, Server};

/// A disk with so many bytes left.
#[derive(Debug)]
struct SmallDisk(AtomicI64);

impl SmallDisk {
    fn spend(&self, bytes: &[u8]) -> io::Result<()> {
        let size = i64::try_from(bytes.len()).unwrap();
        if self.0.fetch_sub(size, Ordering::SeqCst) < size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl Disk for SmallDisk {
    fn place(&self, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.spend(bytes)?;
        SystemDisk.place(folder, name, bytes)
    }
    fn append(&self, file: &File, line: &[u8], durable: bool) -> io::Result<()> {
        self.spend(line)?;
        SystemDisk.append(file, line, durable)
    }
}

#[derive(Default)]
struct Listener(Vec<Notice>);

impl Audience for Listener {
    fn hear(&mut self, notice: &Notice) {
        self.0.push(notice.clone());
    }
    fn see(&mut self, _: &Snapshot) {}
}

#[test]
fn a_full_disk_stops_the_take_which_is_uploaded_up_to_there() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::with_faults(|_, _| Fault::None);
    let home = tempfile::tempdir().unwrap();
    // Room for some parts of the test picture, which are some 6 kB each.
    let disk = Arc::new(SmallDisk(AtomicI64::new(60_000)));
    let spool = Spool::open(home.path(), disk).unwrap();
    let world = World {
        clock: Arc::new(SystemClock),
        wall: Arc::new(SystemWallClock),
        entropy: Arc::new(SystemEntropy),
        began: SystemClock.now(),
    };
    let plan = Plan {
        capture: Config { screen: ScreenChoice::Synthetic, fps: 30, mic: MicChoice::Synthetic },
        title: String::new(),
        // Longer than anybody waits: the disk ends it.
        duration: Some(Duration::from_secs(600)),
        countdown: Duration::ZERO,
        patience: Duration::from_secs(60),
        clipboard: false,
    };
    let uplink = Uplink::Ready(Http::new(&server.url.parse().unwrap(), Token::new("goodtoken")).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut heard = Listener::default();
    let outcome =
        record(&world, &spool, &plan, &uplink, runtime.handle(), &crossbeam_channel::never(), &mut heard).unwrap();

    assert_eq!((outcome.cause, outcome.ending), (Some(Cause::DiskFull), Ending::Uploaded));
    let told = heard.0.iter().find_map(|n| match n {
        Notice::Stopping { message, .. } => message.clone(),
        _ => None,
    });
    assert!(told.as_deref().is_some_and(|m| m.contains("no space left") && m.contains("safe")), "{told:?}");
    let state = server.state();
    let (_, recording) = state.only();
    assert!(recording.finished && recording.parts.len() == outcome.parts && outcome.parts > 2);
    assert!(spool.list().unwrap().is_empty());
}
