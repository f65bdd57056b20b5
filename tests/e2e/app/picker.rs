//! Areas and windows, chosen on the dimmed desktop by keys and by the pointer.

use anyhow::{Context as _, Result, ensure};
use harness::TestSetup;
use harness::program::{TIMEOUT, eventually, output};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, WindowClass};
use x11rb::rust_connection::RustConnection;

use super::seat::Seat;

const PICKER: &str = "Aside: choose on the desktop";

/// What the app remembers holds these words.
async fn chosen(seat: &Seat, words: &[&str]) -> Result<()> {
    let file = seat.home.path().join("config/aside/app.toml");
    eventually("the choice", TIMEOUT, || async {
        let text = std::fs::read_to_string(&file)?;
        Ok(words.iter().all(|word| text.contains(word)).then_some(()))
    })
    .await
    .with_context(|| format!("{:?}", std::fs::read_to_string(&file)))
}

/// Opens the dimmed desktop; it has the keyboard.
async fn picker(seat: &Seat, key: &str) -> Result<()> {
    // What there is to choose from may not be known yet: then the key does nothing.
    let window = eventually("the dimmed desktop", TIMEOUT, || async {
        seat.key(key).await?;
        seat.shown(PICKER).await
    })
    .await
    .with_context(|| seat.app.said())?;
    eventually("the keyboard", TIMEOUT, || async {
        let focus = seat.xdotool(&["getwindowfocus", "-f"]).output().await?;
        Ok((String::from_utf8(focus.stdout)?.trim() == window).then_some(()))
    })
    .await
}

/// A window of another program, as long as this lives.
struct Other {
    _x: RustConnection,
    id: u32,
}

impl Other {
    fn open(display: &str, [left, top, width, height]: [i16; 4]) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let screen = x.setup().roots.get(number).context("no screen")?;
        let id = x.generate_id()?;
        let look = CreateWindowAux::new().background_pixel(0x0030_4050);
        let (width, height) = (width.cast_unsigned(), height.cast_unsigned());
        let class = WindowClass::INPUT_OUTPUT;
        let (depth, visual) = (screen.root_depth, screen.root_visual);
        x.create_window(
            depth,
            id,
            screen.root,
            left,
            top,
            width,
            height,
            0,
            class,
            visual,
            &look,
        )?;
        x.map_window(id)?.check()?;
        Ok(Self { _x: x, id })
    }
}

async fn pointer(seat: &Seat, steps: &[&str]) -> Result<()> {
    for step in steps {
        let words: Vec<&str> = step.split(' ').collect();
        output(&mut seat.xdotool(&words)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_area_is_dragged_on_the_dimmed_desktop_moved_by_keys_and_left_by_escape() -> Result<()> {
    let setup = TestSetup::new().await?;
    let seat = Seat::new(&setup, "").await?;
    seat.recorder("ready").await?;
    picker(&seat, "a").await?;
    let drag = [
        "mousemove 200 150",
        "mousedown 1",
        "mousemove 500 400",
        "mousemove 840 510",
        "mouseup 1",
    ];
    pointer(&seat, &drag).await?;
    seat.key("Right").await?;
    seat.key("shift+Down").await?;
    seat.key("Return").await?;
    chosen(
        &seat,
        &["x = 216", "y = 150", "width = 640", "height = 376"],
    )
    .await?;

    seat.window("Aside").await?;
    seat.focus().await?;
    picker(&seat, "a").await?;
    seat.key("Left").await?;
    seat.key("Escape").await?;
    seat.window("Aside").await?;
    chosen(&seat, &["x = 216"]).await?;
    let row = seat.recorder("ready").await?;
    ensure!(row["id"].is_null(), "nothing was recorded: {row}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_pointed_at_and_clicked_and_this_app_is_not_on_the_picture() -> Result<()> {
    let setup = TestSetup::new().await?;
    let seat = Seat::new(&setup, "").await?;
    let other = Other::open(&seat.desktop.display, [700, 100, 400, 300])?;
    seat.recorder("ready").await?;
    picker(&seat, "w").await?;
    pointer(&seat, &["mousemove 720 120", "mousemove 800 200"]).await?;
    pointer(&seat, &["click 1"]).await?;
    let id = format!("window = \"0x{:x}\"", other.id);
    chosen(&seat, &[&id]).await
}
