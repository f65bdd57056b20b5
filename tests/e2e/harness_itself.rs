//! The tools of these tests, held against things that are not ours: an instrument that is wrong
//! would make every claim below worthless.

use std::time::Duration;

use anyhow::Result;
use harness::painter::{self, Painter};
use harness::program::Program;
use harness::sound::Sound;
use harness::{BadNetwork, Desktop, NetworkFault, picture};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// A recording by FFmpeg of what the painter draws is read back without a gap, and its flashes
/// lie where the counter says.
#[tokio::test]
async fn what_is_painted_is_read_back_from_a_recording_of_another_recorder() -> Result<()> {
    let desktop = Desktop::without_microphone(640, 360).await?;
    let _painter = Painter::start(&desktop.display, 10, 20)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("peer.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args([
        "-v",
        "error",
        "-nostdin",
        "-f",
        "x11grab",
        "-framerate",
        "25",
        "-video_size",
        "640x360",
        "-i",
        &desktop.display,
    ]);
    ffmpeg
        .args([
            "-t",
            "5",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
        ])
        .arg(&file);
    harness::program::output(&mut ffmpeg).await?;
    let frames = picture::decode(&file, painter::LAYOUT).await?;
    let counters: Vec<u16> = frames.iter().filter_map(|f| f.counter).collect();
    assert!(
        counters.len() * 100 >= frames.len() * 99,
        "{} of {} readable",
        counters.len(),
        frames.len()
    );
    assert!(
        counters
            .windows(2)
            .all(|w| w[1] == w[0] || w[1] == w[0] + 1),
        "a hole in {counters:?}"
    );
    assert!(counters.last() > counters.first());
    for frame in &frames {
        if let Some(counter) = frame.counter {
            assert_eq!(frame.flash, counter % 20 < 3 && counter > 0, "{frame:?}");
        }
    }
    Ok(())
}

/// What is spoken into the virtual microphone comes out of it.
#[tokio::test]
async fn the_virtual_microphone_hears_what_is_played() -> Result<()> {
    let desktop = Desktop::new(320, 240).await?;
    let folder = tempfile::tempdir()?;
    let (beep, heard) = (
        folder.path().join("beep.wav"),
        folder.path().join("heard.wav"),
    );
    // Half a second of silence, then two beeps half a second apart.
    let tone = ["-n", "-r", "48000", "-c", "1"];
    harness::program::output(Command::new("sox").args(tone).arg(&beep).args([
        "synth", "0.1", "sine", "1000", "pad", "0.4", "0", "repeat", "1",
    ]))
    .await?;
    let mut listen = Command::new("parec");
    listen.args([
        "--device",
        "mic",
        "--latency-msec",
        "20",
        "--file-format=wav",
    ]);
    listen.arg(&heard).envs(desktop.env());
    let mut listener = Program::start("parec", listen)?;
    // The listener is known to listen when the sound server lists it.
    harness::eventually("somebody listening", harness::TIMEOUT, || async {
        Ok(desktop.is_listened_to().await?.then_some(()))
    })
    .await?;
    desktop.speak(&beep).await?;
    listener.signal(rustix::process::Signal::INT)?;
    listener.ended().await?;
    let sound = Sound::decode(&heard).await?;
    let onsets = sound.onsets_ms();
    assert_eq!(onsets.len(), 2, "{onsets:?}");
    assert!((onsets[1] - onsets[0] - 500.0).abs() < 20.0, "{onsets:?}");
    Ok(())
}

/// Each kind of fault does to a connection what its name says.
#[tokio::test]
async fn the_bad_network_is_bad_in_the_way_it_was_asked() -> Result<()> {
    let echo = TcpListener::bind("127.0.0.1:0").await?;
    let address = echo.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = echo.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    let network = BadNetwork::before(&address).await?;
    let door = network.url.trim_start_matches("http://").to_owned();
    let talk = |text: &'static str| {
        let door = door.clone();
        async move {
            let mut stream = TcpStream::connect(door).await?;
            stream.write_all(text.as_bytes()).await?;
            let mut heard = vec![0; text.len()];
            stream.read_exact(&mut heard).await?;
            anyhow::Ok(String::from_utf8(heard)?)
        }
    };
    assert_eq!(
        talk("PUT /x HTTP/1.1\r\n\r\n").await?,
        "PUT /x HTTP/1.1\r\n\r\n"
    );
    assert_eq!(network.requests(), ["PUT /x"]);

    network.set(NetworkFault::Cut);
    assert!(talk("hello").await.is_err());

    network.set(NetworkFault::LosesAnswers);
    assert!(talk("hello").await.is_err());

    network.set(NetworkFault::ResetAfter(3));
    assert!(talk("hello").await.is_err());
    assert_eq!(talk("hel").await?, "hel");

    network.set(NetworkFault::Answers500);
    assert_eq!(
        talk("GET / HTTP/1.1\r\n\r\n").await?,
        "HTTP/1.1 500 Intern"[..18]
    );

    network.set(NetworkFault::HalfOpen);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), talk("hello"))
            .await
            .is_err(),
        "half-open is silence"
    );

    network.set(NetworkFault::None);
    assert_eq!(talk("hello").await?, "hello");
    Ok(())
}

/// The small disk is full when it should be, and larger when it has grown.
#[tokio::test]
async fn the_small_disk_is_full_and_can_grow() -> Result<()> {
    let disk = harness::disk::SmallDisk::new(512).await?;
    let file = disk.path().join("file").display().to_string();
    let write = |kib: &'static str| {
        let wrapper = disk.wrapper();
        let (file, kib) = (format!("of={file}"), format!("count={kib}"));
        async move {
            let mut command = Command::new(&wrapper[0]);
            command
                .args(&wrapper[1..])
                .args(["dd", "if=/dev/zero", "bs=1k", &kib, &file]);
            harness::program::output(&mut command).await
        }
    };
    assert!(write("300").await.is_ok());
    let full = write("900")
        .await
        .expect_err("900 KiB do not fit into 512")
        .to_string();
    assert!(full.contains("No space left"), "{full}");
    assert!(disk.from_outside()?.join("file").is_file());
    disk.grow(2048).await?;
    assert!(write("900").await.is_ok());
    Ok(())
}
