//! A desktop nobody sees: a real X server and a real sound server, whose microphone hears what
//! the test plays. Both end with their guard and share nothing with the desktop of the person
//! who runs the tests.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Pid;
use tokio::process::Command;

use crate::program::{Program, TIMEOUT, eventually, output};
use crate::pulse::SoundServer;

/// What speaks into the microphone plays here.
const MOUTH: &str = "mouth";

/// The guard of one desktop.
#[derive(Debug)]
pub struct Desktop {
    /// Such as `:7`.
    pub display: String,
    pulse: Option<SoundServer>,
    _x: Program,
    _folder: tempfile::TempDir,
}

impl Desktop {
    /// A screen of this size, in pixels, and a microphone.
    ///
    /// # Errors
    /// When the X server or the sound server does not come up.
    pub async fn new(width: u32, height: u32) -> Result<Self> {
        let mut desktop = Self::without_microphone(width, height).await?;
        desktop.pulse = Some(sound_server(desktop._folder.path()).await?);
        Ok(desktop)
    }

    /// A screen and no sound server at all.
    ///
    /// # Errors
    /// When the X server does not come up.
    pub async fn without_microphone(width: u32, height: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("Xvfb");
        // The server picks a free number itself and says so once it is ready.
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            &format!("{width}x{height}x24"),
            "-nolisten",
            "tcp",
            "-noreset",
            "-dpi",
            "96",
        ]);
        let mut x = Program::start("Xvfb", command)?.tidies_up();
        let number = x
            .line()
            .await?
            .with_context(|| format!("Xvfb did not start:\n{}", x.said()))?;
        Ok(Self {
            display: format!(":{}", number.trim()),
            pulse: None,
            _x: x,
            _folder: folder,
        })
    }

    /// What a program needs to find this desktop and no other.
    pub fn env(&self) -> Vec<(String, String)> {
        let pulse = self.pulse.as_ref().map_or_else(
            || "unix:/nonexistent/pulse".to_owned(),
            SoundServer::address,
        );
        [
            ("DISPLAY", self.display.clone()),
            ("PULSE_SERVER", pulse),
            ("XDG_SESSION_TYPE", "x11".to_owned()),
            // No session bus may be started for us, or outlive us.
            (
                "DBUS_SESSION_BUS_ADDRESS",
                "unix:path=/nonexistent/bus".to_owned(),
            ),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into()
    }

    /// The X server's process and the sound server's, whose work a recording makes.
    pub fn servers(&self) -> Vec<Pid> {
        let sound = self.pulse.as_ref().and_then(SoundServer::pid);
        std::iter::once(self._x.pid()).chain(sound).collect()
    }

    /// Speaks a WAV file into the microphone, to its end.
    ///
    /// # Errors
    /// When it cannot be played.
    pub async fn speak(&self, wav: &Path) -> Result<()> {
        let pulse = self
            .pulse
            .as_ref()
            .context("this desktop has no microphone")?;
        output(pulse.client("paplay").args(["--device", MOUTH]).arg(wav)).await?;
        Ok(())
    }
}

impl Desktop {
    /// Whether somebody records from the microphone at this moment.
    ///
    /// # Errors
    /// When the sound server does not answer.
    pub async fn is_listened_to(&self) -> Result<bool> {
        let pulse = self
            .pulse
            .as_ref()
            .context("this desktop has no microphone")?;
        let listeners = output(
            pulse
                .client("pactl")
                .args(["list", "short", "source-outputs"]),
        )
        .await?;
        Ok(!String::from_utf8_lossy(&listeners).trim().is_empty())
    }
}

impl Desktop {
    /// Whether somebody plays sound at this moment.
    ///
    /// # Errors
    /// When the sound server does not answer.
    pub async fn is_played_to(&self) -> Result<bool> {
        let pulse = self.pulse.as_ref().context("this desktop has no sound")?;
        let players = output(pulse.client("pactl").args(["list", "short", "sink-inputs"])).await?;
        Ok(!String::from_utf8_lossy(&players).trim().is_empty())
    }
}

async fn sound_server(folder: &Path) -> Result<SoundServer> {
    let script = format!(
        "load-module module-null-sink sink_name={MOUTH} rate=48000 channels=2 format=s16le\n\
         load-module module-remap-source source_name=mic master={MOUTH}.monitor\n\
         set-default-sink {MOUTH}\nset-default-source mic"
    );
    let sound = SoundServer::start(&folder.join("sound"), &script).await?;
    eventually("a microphone", TIMEOUT, || async {
        let sources = sound.pactl(&["list", "short", "sources"]).await?;
        ensure!(sources.contains("\tmic\t"), "{}", sound.said());
        Ok(Some(()))
    })
    .await?;
    Ok(sound)
}
