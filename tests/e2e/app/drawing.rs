//! Drawing with the tools of the bar: seen on the desktop and in the recording.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::program::{TIMEOUT, eventually, output};
use harness::{Desktop, TestSetup};
use serde_json::Value;
use tokio::process::Command;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, WindowClass};
use x11rb::rust_connection::RustConnection;

use super::finished;
use super::reader::{Bus, left_out, seated, tree};
use super::seat::Seat;

/// From where to where lines are drawn, and where it is looked for them.
const LINE: [&str; 2] = ["200", "500"];
const PROBE_X: i16 = 350;

/// Somebody at the desktop, with the pointer and their eyes.
struct Person {
    x: RustConnection,
    root: u32,
    seat: Seat,
    bus: Bus,
}

impl Person {
    fn at(seat: Seat, bus: Bus) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(&seat.desktop.display))?;
        let root = x.setup().roots.get(number).context("no screen")?.root;
        Ok(Self { x, root, seat, bus })
    }

    async fn pointer(&self, args: &[&str]) -> Result<()> {
        output(&mut self.seat.xdotool(args)).await?;
        Ok(())
    }

    /// The window under the pointer.
    fn pointed_at(&self) -> Result<u32> {
        Ok(self.x.query_pointer(self.root)?.reply()?.child)
    }

    /// What is clicked there draws.
    fn pointer_draws(&self) -> Result<bool> {
        let child = self.pointed_at()?;
        let class = || self.x.get_window_attributes(child)?.reply();
        Ok(child != x11rb::NONE && class().is_ok_and(|a| a.class == WindowClass::INPUT_ONLY))
    }

    /// Clicks on a control of the bar, as soon as a click gets there.
    async fn click(&self, name: &str) -> Result<()> {
        let nodes = tree(&self.seat, &self.bus, &[name]).await?;
        let node = nodes.iter().find(|node| node["name"] == name);
        let node = node.context("it was there")?;
        let place: [i16; 4] = serde_json::from_value(node["place"].clone())?;
        let bar = self.seat.window("Aside: recording").await?.parse()?;
        let corner = self
            .x
            .translate_coordinates(bar, self.root, 0, 0)?
            .reply()?;
        let x = corner.dst_x + place[0] + place[2] / 2;
        let y = corner.dst_y + place[1] + place[3] / 2;
        self.pointer(&["mousemove", "--sync", &x.to_string(), &y.to_string()])
            .await?;
        eventually(name, TIMEOUT, || async {
            Ok((self.pointed_at()? == bar).then_some(()))
        })
        .await?;
        self.pointer(&["click", "1"]).await
    }

    /// A line from left to right.
    async fn draw(&self, y: i16) -> Result<()> {
        let y = y.to_string();
        self.pointer(&["mousemove", "--sync", LINE[0], &y]).await?;
        ensure!(self.pointer_draws()?, "the pointer does not draw");
        self.pointer(&["mousedown", "1"]).await?;
        self.pointer(&["mousemove", "--sync", LINE[1], &y]).await?;
        self.pointer(&["mouseup", "1"]).await
    }

    /// Waits until the line is seen on the desktop, or is seen no more, and is recorded so.
    async fn sees(&self, y: i16, line: bool) -> Result<()> {
        eventually("the line as it should be", TIMEOUT, || async {
            let (kind, all) = (ImageFormat::Z_PIXMAP, u32::MAX);
            let image = self.x.get_image(kind, self.root, PROBE_X, y, 1, 1, all)?;
            let bgr = image.reply()?.data;
            let [blue, green, red, ..] = bgr[..] else {
                return Ok(None);
            };
            Ok((is_ink([red, green, blue]) == line).then_some(()))
        })
        .await?;
        // What is encoded now may go into the part after the one that is being written.
        let now = self.last_part()?;
        eventually("two more parts", TIMEOUT, || async {
            Ok((self.last_part()? >= now + 2).then_some(()))
        })
        .await
    }

    /// The number of the last part of the picture on this computer.
    fn last_part(&self) -> Result<u32> {
        let parts = self.seat.home.spooled_parts()?;
        let number = |path: &std::path::PathBuf| {
            let name = path.file_name()?.to_str()?.to_owned();
            let number = name.strip_prefix("video-")?.strip_suffix(".m4s")?;
            number.parse().ok()
        };
        Ok(parts.iter().filter_map(number).max().unwrap_or(0))
    }
}

fn is_ink([red, green, blue]: [u8; 3]) -> bool {
    red > 120 && green < 100 && blue < 100
}

/// Whether the line is in each of the pictures.
async fn recorded(movie: &Path, y: i16) -> Result<Vec<bool>> {
    let filter = format!("crop=2:2:{PROBE_X}:{y},scale=1:1:flags=area,format=rgb24");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(movie);
    command.args(["-vf", &filter, "-fps_mode", "passthrough"]);
    command.args(["-f", "rawvideo", "-"]);
    let pixels = output(&mut command).await?;
    let pictures = pixels.chunks_exact(3);
    Ok(pictures.map(|p| is_ink([p[0], p[1], p[2]])).collect())
}

fn is_checked(nodes: &[Value], name: &str) -> bool {
    let mut named = nodes.iter().filter(|node| node["name"] == name);
    named.any(|node| node["checked"] == true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bars_tools_draw_into_the_take_and_take_back_and_are_clicked_while_the_pointer_draws()
-> Result<()> {
    if left_out().await? {
        return Ok(());
    }
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1280, 720).await?;
    // Of the whole desktop, so the bar lies in the middle of what is drawn on.
    let settings = "bar = \"shown\"\n[choice]\ncountdown = 0\n";
    let (seat, bus) = seated(&setup, desktop, settings).await?;
    seat.recorder("ready").await?;
    seat.key("ctrl+shift+l").await?;
    seat.recorder("recording").await?;
    let person = Person::at(seat, bus)?;

    person.click("Draw on the screen").await?;
    person.click("Keep").await?;
    eventually("what is drawn is kept", TIMEOUT, || async {
        let nodes = tree(&person.seat, &person.bus, &["Keep"]).await?;
        Ok(is_checked(&nodes, "Keep").then_some(()))
    })
    .await?;
    person.draw(200).await?;
    person.sees(200, true).await?;
    person.click("Undo").await?;
    person.sees(200, false).await?;
    person.draw(300).await?;
    person.sees(300, true).await?;

    person.click("Done").await?;
    person
        .pointer(&["mousemove", "--sync", LINE[1], "400"])
        .await?;
    eventually("the pointer does what it always does", TIMEOUT, || async {
        Ok((!person.pointer_draws()?).then_some(()))
    })
    .await?;
    person.seat.key("ctrl+shift+l").await?;

    let viewer = finished(&setup).await?;
    let movie = viewer.load("video").await?;
    for (y, first, last) in [(200, false, false), (300, false, true)] {
        let seen = recorded(&movie.path, y).await?;
        ensure!(seen.contains(&true), "nobody saw the line at {y}");
        assert_eq!(
            (seen.first(), seen.last()),
            (Some(&first), Some(&last)),
            "{y}"
        );
    }
    Ok(())
}
