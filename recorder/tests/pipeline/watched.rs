//! Whole takes in this process, with a screen, a disk and a server of the test's own: what the devices do, and what a person is told.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use aside_protocol::recording::{MAX_PARTS, TrackName};
use aside_recorder::clock::{Clock, Mono, SystemClock};
use aside_recorder::entropy::SystemEntropy;
use aside_recorder::http::{Http, Token};
use aside_recorder::pipeline::{CameraChoice, FailedTrack, MicChoice, Pipeline, ScreenChoice};
use aside_recorder::session::{
    Asked, Chosen, Command, KeptWhy, Notice, Observer, OpenDevices, Outcome, Plan, Snapshot,
    Uplink, World, record_with,
};
use aside_recorder::source::{Paint, Painted, Screen, ScreenEvent, ScreenLost, Size, Wake, Waker};
use aside_recorder::spool::{Disk, DiskFile, Spool, SystemDisk};
use aside_recorder::wall_clock::SystemWallClock;
use crossbeam_channel::{Receiver, Sender, bounded, never};

use super::decode;

const SIZE: Size = Size {
    width: 128,
    height: 128,
};

/// What the screen shows.
struct Script {
    mode: AtomicU8,
    over: AtomicBool,
    /// Is told of white pictures.
    white: (Sender<()>, Receiver<()>),
}

const FINE: u8 = 0;
const BLACK: u8 = 1;
/// It changes, and gives no picture.
const FROZEN: u8 = 2;
/// Pictures are replaced before anybody takes them.
const REPLACED: u8 = 3;
/// Another window lies over all.
const WHITE: u8 = 4;

impl Script {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mode: AtomicU8::new(FINE),
            over: AtomicBool::new(false),
            white: bounded(1),
        })
    }

    fn show(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn mode(&self) -> u8 {
        self.mode.load(Ordering::SeqCst)
    }
}

struct Scripted {
    script: Arc<Script>,
    clock: Arc<dyn Clock>,
    grey: u8,
    replaced: bool,
}

impl Screen for Scripted {
    fn size(&self) -> Size {
        SIZE
    }

    fn next_event(&mut self) -> Option<ScreenEvent> {
        let replaced = std::mem::take(&mut self.replaced) && self.script.mode() == REPLACED;
        replaced.then_some(ScreenEvent::Replaced(1))
    }

    fn wait(&mut self, waker: &Waker, _until: Option<Mono>) -> Result<Wake, ScreenLost> {
        waker.wait(None, Some(Duration::from_millis(20)));
        Ok(Wake::Changed)
    }

    fn paint(&mut self, canvas: &mut dyn Paint, _whole: bool) -> Result<Painted, ScreenLost> {
        while self.script.mode() == FROZEN && !self.script.over.load(Ordering::SeqCst) {
            let _ = never::<()>().recv_timeout(Duration::from_millis(5));
        }
        if !canvas.begin(&[SIZE.rect()]) {
            return Ok(Painted::NoRoom);
        }
        self.grey = (self.grey + 1) % 40;
        let grey = match self.script.mode() {
            BLACK => 0,
            WHITE => 255,
            _ => 60 + self.grey,
        };
        let side = SIZE.width as usize * 4;
        canvas.patch(SIZE.rect(), &vec![grey; side * SIZE.height as usize], side);
        self.replaced = true;
        if grey == 255 {
            let _ = self.script.white.0.try_send(());
        }
        Ok(Painted::At(self.clock.now()))
    }
}

/// A disk that is as full as the test says.
#[derive(Debug, Default)]
struct Fillable(AtomicBool);

impl Disk for Fillable {
    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        SystemDisk.make_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        SystemDisk.create(path)
    }
    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        SystemDisk.open_to_append(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_file(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.sync_folder(path)
    }
    fn free(&self, _path: &Path) -> io::Result<u64> {
        Ok(if self.0.load(Ordering::SeqCst) {
            50 << 20
        } else {
            100 << 30
        })
    }
}

/// Three seconds in one: what lasts for seconds is not waited for so long.
struct Quick(Mono);

impl Clock for Quick {
    fn now(&self) -> Mono {
        self.0 + SystemClock.now().since(self.0) * 3
    }
}

/// One take of this screen.
fn take(
    script: &Arc<Script>,
    clock: Arc<dyn Clock>,
    spool: &Spool,
    chosen: Chosen,
    uplink: &Uplink,
    commands: &Receiver<Asked>,
    observer: &mut dyn Observer,
) -> Outcome {
    let began = clock.now();
    let world = World {
        clock,
        wall: Arc::new(SystemWallClock),
        entropy: Arc::new(SystemEntropy),
        began,
    };
    let plan = Plan {
        system: BTreeMap::new(),
        chosen,
        // Longer than anybody waits.
        duration: Some(Duration::from_secs(3_600)),
        previews: None,
        waits: false,
        window_titles: false,
        patience: Duration::ZERO,
        clipboard: false,
        max_parts: MAX_PARTS,
    };
    let script = Arc::clone(script);
    let open: OpenDevices = Arc::new(move |scene, clock, out| {
        let screen = Scripted {
            script: Arc::clone(&script),
            clock: Arc::clone(&clock),
            grey: 0,
            replaced: false,
        };
        let screen = Box::new(move || Ok(Box::new(screen) as Box<dyn Screen>));
        let opened = Pipeline::open_with(screen, scene, clock, out);
        opened.map_err(|error| FailedTrack {
            track: TrackName::Video,
            error,
        })
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let handle = runtime.handle();
    record_with(
        &open, &world, spool, &plan, uplink, handle, commands, observer,
    )
    .unwrap()
}

fn nowhere() -> Uplink {
    Uplink::Local {
        why: KeptWhy::Offline,
        server: None,
    }
}

/// One alarm: what brings it about, and what takes it back.
struct Watched {
    raised: &'static str,
    /// `None`: it is not taken back here.
    taken_back: Option<&'static str>,
    begin: Box<dyn Fn()>,
    mend: Box<dyn Fn()>,
}

/// Brings about one alarm after the other; those in `meanwhile` come by themselves.
struct Director {
    in_turn: Vec<Watched>,
    at: usize,
    was_raised: bool,
    meanwhile: Vec<&'static str>,
    commands: Sender<Asked>,
    script: Arc<Script>,
    heard: Vec<&'static str>,
}

impl Director {
    fn next(&mut self) {
        self.was_raised = false;
        // Pictures were dropped at an edge before: while that alarm stands, it is not given again.
        if self.in_turn.get(self.at).map(|it| it.raised) == Some("frames_dropped")
            && self.drops_stand()
        {
            self.at += 1;
        }
        match self.in_turn.get(self.at) {
            Some(watched) => (watched.begin)(),
            None => self.end_if_all_is_heard(),
        }
    }

    fn drops_stand(&self) -> bool {
        let of_drops = |code: &&&str| matches!(**code, "frames_dropped" | "frames_complete");
        self.heard.iter().rev().find(of_drops) == Some(&"frames_dropped")
    }

    fn end_if_all_is_heard(&mut self) {
        let all = self.meanwhile.iter().all(|code| self.heard.contains(code));
        if all && self.at >= self.in_turn.len() {
            self.script.over.store(true, Ordering::SeqCst);
            // The second time: the server, which does not answer, is not waited for.
            for _ in 0..2 {
                let _ = self.commands.send(Asked::unheard(Command::Stop));
            }
        }
    }

    fn alarm(&mut self, code: &'static str) {
        self.heard.push(code);
        if let Some(watched) = self.in_turn.get(self.at) {
            if code == watched.raised && !self.was_raised {
                (watched.mend)();
                self.was_raised = true;
                if watched.taken_back.is_none() {
                    self.at += 1;
                    return self.next();
                }
            } else if self.was_raised && watched.taken_back == Some(code) {
                self.at += 1;
                return self.next();
            }
        }
        self.end_if_all_is_heard();
    }
}

impl Observer for Director {
    fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Started { .. } => self.next(),
            Notice::Alarm { code, .. } => self.alarm(code),
            _ => {}
        }
    }

    fn snapshot(&mut self, _: &Snapshot) {}
}

/// A voice that is far too loud for twenty seconds, which no stall of the machine passes over, and low for a minute.
fn loud_and_low(path: &Path) {
    const RATE: u32 = 8_000;
    let sample = |n: u32| match (n < 20 * RATE, (n / 20).is_multiple_of(2)) {
        (true, true) => i16::MAX,
        (true, false) => i16::MIN,
        (false, true) => 3_000,
        (false, false) => -3_000,
    };
    let data: Vec<u8> = (0..84 * RATE)
        .flat_map(|n| sample(n).to_le_bytes())
        .collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        wav.extend(word.to_le_bytes());
    }
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    for word in [2_u16, 16] {
        wav.extend(word.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(size.to_le_bytes());
    wav.extend(data);
    std::fs::write(path, wav).unwrap();
}

#[test]
fn what_is_wrong_with_screen_sound_camera_disk_and_upload_is_told_while_it_is_recorded() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let home = tempfile::tempdir().unwrap();
    let voice = home.path().join("voice.wav");
    loud_and_low(&voice);
    let disk = Arc::new(Fillable::default());
    let on: Arc<dyn Disk> = disk.clone();
    let spool = Spool::open(home.path(), on).unwrap();
    // Takes connections in and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let http = Http::new(&url.parse().unwrap(), Token::new("goodtoken")).unwrap();

    let script = Script::new();
    let shows = |mode: u8| -> Box<dyn Fn()> {
        let script = Arc::clone(&script);
        Box::new(move || script.show(mode))
    };
    let fills = |full: bool| -> Box<dyn Fn()> {
        let disk = Arc::clone(&disk);
        Box::new(move || disk.0.store(full, Ordering::SeqCst))
    };
    let watched = |raised, taken_back, begin, mend| Watched {
        raised,
        taken_back: Some(taken_back),
        begin,
        mend,
    };
    let (commands, asked) = bounded(4);
    let mut director = Director {
        in_turn: vec![
            watched("disk_low", "disk_enough", fills(true), fills(false)),
            watched("picture_black", "picture_seen", shows(BLACK), shows(FINE)),
            watched("picture_frozen", "picture_back", shows(FROZEN), shows(FINE)),
            Watched {
                taken_back: None,
                ..watched("frames_dropped", "", shows(REPLACED), shows(FINE))
            },
        ],
        at: 0,
        was_raised: false,
        // The voice is loud and the camera dark at first; the server never answers.
        meanwhile: vec![
            "microphone_clipped",
            "microphone_clean",
            "camera_dark",
            "camera_bright",
            "upload_behind",
        ],
        commands,
        script: Arc::clone(&script),
        heard: Vec::new(),
    };
    let mut chosen = Chosen::new(ScreenChoice::Synthetic, 10, MicChoice::File(voice));
    let covered = "testsrc2=size=160x120:rate=10,fade=t=in:st=20:d=0.2";
    chosen.camera = Some(CameraChoice::Graph(covered.to_owned()));
    let clock: Arc<dyn Clock> = Arc::new(Quick(SystemClock.now()));
    take(
        &script,
        clock,
        &spool,
        chosen,
        &Uplink::Ready(http),
        &asked,
        &mut director,
    );
    assert_eq!(director.at, director.in_turn.len(), "{:?}", director.heard);
    drop(silent);
}

/// Shows a window over everything as soon as it is told of the end, as the app does.
struct WindowAtTheEnd {
    commands: Sender<Asked>,
    script: Arc<Script>,
    was_recorded: bool,
    parts: usize,
}

impl Observer for WindowAtTheEnd {
    fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Part { track, .. } if *track == TrackName::Video => {
                self.parts += 1;
                if self.parts == 2 {
                    let _ = self.commands.send(Asked::unheard(Command::Stop));
                }
            }
            Notice::Stopping { .. } => {
                self.script.show(WHITE);
                // Time for some pictures, if any were still taken.
                let white = &self.script.white.1;
                self.was_recorded = white.recv_timeout(Duration::from_millis(300)).is_ok();
            }
            _ => {}
        }
    }

    fn snapshot(&mut self, _: &Snapshot) {}
}

#[test]
fn a_window_that_is_opened_when_the_end_is_told_is_not_in_the_take() {
    let home = tempfile::tempdir().unwrap();
    let spool = Spool::open(home.path(), Arc::new(SystemDisk)).unwrap();
    let script = Script::new();
    let (commands, asked) = bounded(4);
    let mut observer = WindowAtTheEnd {
        commands,
        script: Arc::clone(&script),
        was_recorded: false,
        parts: 0,
    };
    let chosen = Chosen::new(ScreenChoice::Synthetic, 30, MicChoice::None);
    let outcome = take(
        &script,
        Arc::new(SystemClock),
        &spool,
        chosen,
        &nowhere(),
        &asked,
        &mut observer,
    );
    assert!(!observer.was_recorded, "pictures were taken after the end");
    let (take, found) = spool.read(outcome.id).unwrap();
    let init = take.tracks.iter().find(|t| t.name == TrackName::Video);
    let mut file = init.unwrap().init.clone();
    let folder = spool.folder(outcome.id);
    for entry in found.ledger.parts(TrackName::Video) {
        file.extend(std::fs::read(folder.part(TrackName::Video, entry.number)).unwrap());
    }
    let pictures = decode::pictures(&file);
    assert!(pictures.len() > 2);
    for picture in &pictures {
        let middle = picture.luma[picture.luma.len() / 2];
        assert!(middle < 150, "a window at {} s", picture.at);
    }
}
