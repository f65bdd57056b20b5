//! A display that is unplugged while the bar is on it.

use anyhow::{Context as _, Result, ensure};
use harness::program::{TIMEOUT, eventually};
use harness::{Desktop, RecorderHome, TestSetup};
use serde_json::Value;
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::plays;
use super::seat::Seat;

/// Pixels along each side of both displays, which stand side by side.
const WIDTH: u16 = 1280;
const HEIGHT: u16 = 720;

/// Two displays on a desktop that is twice as wide.
struct Displays {
    x: RustConnection,
    root: u32,
    output: u32,
}

impl Displays {
    fn plug(display: &str) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let root = x.setup().roots.get(number).context("no screen")?.root;
        let resources = x.randr_get_screen_resources_current(root)?.reply()?;
        let output = *resources.outputs.first().context("no output")?;
        let displays = Self { x, root, output };
        // The one output is the left one's, or the whole desktop would be a display as well.
        displays.add("left", 0, vec![output])?;
        displays.add("right", i16::try_from(WIDTH)?, Vec::new())?;
        Ok(displays)
    }

    fn add(&self, name: &str, x: i16, outputs: Vec<u32>) -> Result<()> {
        let monitor = randr::MonitorInfo {
            name: self.atom(name)?,
            primary: false,
            automatic: false,
            x,
            y: 0,
            width: WIDTH,
            height: HEIGHT,
            width_in_millimeters: 300,
            height_in_millimeters: 170,
            outputs,
        };
        Ok(self.x.randr_set_monitor(self.root, monitor)?.check()?)
    }

    fn atom(&self, name: &str) -> Result<u32> {
        let asked = self.x.intern_atom(false, name.as_bytes())?;
        Ok(asked.reply()?.atom)
    }

    fn unplug_right(&self) -> Result<()> {
        let name = self.atom("right")?;
        self.x.randr_delete_monitor(self.root, name)?.check()?;
        // The server tells of what is plugged in and out, but not of a display that a program has made: this it tells.
        let told = self.x.randr_set_output_primary(self.root, self.output)?;
        Ok(told.check()?)
    }

    /// Where the left edge of this window is.
    fn left_of(&self, window: u32) -> Result<i16> {
        let corner = self.x.translate_coordinates(window, self.root, 0, 0)?;
        Ok(corner.reply()?.dst_x)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bar_whose_display_is_unplugged_comes_to_the_one_that_is_left_and_the_take_goes_on()
-> Result<()> {
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(u32::from(WIDTH) * 2, HEIGHT.into()).await?;
    let displays = Displays::plug(&desktop.display)?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let sources: Value = serde_json::from_str(&home.run(&["sources", "--json"]).await?)?;
    let screens = sources["screens"].as_array().context("screens")?;
    ensure!(screens.len() == 2, "{sources}");
    let recorded = screens.iter().find(|screen| screen["x"] == 0);
    let index = &recorded.context("the left one")?["index"];
    let settings =
        format!("bar = \"shown\"\n[choice]\ncountdown = 0\npicture = {{ display = {index} }}\n");
    let seat = Seat::settled(desktop, home, &settings).await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    seat.recorder("recording").await?;
    let window: u32 = seat.window("Aside: recording").await?.parse()?;
    let edge = i16::try_from(WIDTH)?;
    let bar_comes = |right: bool| {
        let displays = &displays;
        eventually("the bar where it is seen", TIMEOUT, move || async move {
            Ok(((displays.left_of(window)? >= edge) == right).then_some(()))
        })
    };
    // It is not in the take as long as there is another display.
    bar_comes(true).await.with_context(|| seat.app.said())?;
    displays.unplug_right()?;
    bar_comes(false).await.with_context(|| seat.app.said())?;
    seat.recorder("recording").await?;
    seat.key("ctrl+shift+l").await?;
    plays(&setup).await
}
