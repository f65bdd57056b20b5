//! Draws the counter of the end-to-end tests on `$DISPLAY` until it is killed:
//! `paint [STEPS_A_SECOND]`. `make test-wayland` runs it inside the session that it records.

use anyhow::{Context as _, Result};
use harness::painter::Painter;

fn main() -> Result<()> {
    let display = std::env::var("DISPLAY").context("DISPLAY is not set")?;
    let rate = std::env::args().nth(1).map_or(Ok(10), |n| n.parse())?;
    let _painter = Painter::start(&display, rate, 20)?;
    loop {
        std::thread::park();
    }
}
