//! Keys of the whole desktop: whose they are, and when.

use anyhow::{Context as _, Result, ensure};
use harness::TestSetup;
use harness::program::{TIMEOUT, eventually};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, ModMask};
use x11rb::rust_connection::RustConnection;

use super::plays;
use super::seat::Seat;

/// Another program on the desktop.
pub(super) struct Other {
    x: RustConnection,
    root: u32,
}

impl Other {
    pub(super) fn new(display: &str) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let root = x.setup().roots.get(number).context("no screen")?.root;
        Ok(Self { x, root })
    }

    /// The key that writes this letter.
    fn code(&self, letter: char) -> Result<u8> {
        let (first, last) = (self.x.setup().min_keycode, self.x.setup().max_keycode);
        let keys = self
            .x
            .get_keyboard_mapping(first, last - first + 1)?
            .reply()?;
        let each = usize::from(keys.keysyms_per_keycode);
        let at = keys
            .keysyms
            .chunks(each)
            .position(|symbols| symbols.first() == Some(&u32::from(letter)));
        Ok(first + u8::try_from(at.context("no such key")?)?)
    }

    /// Takes Ctrl+Shift and the letter; `false`: another program has them.
    pub(super) fn takes(&self, letter: char) -> Result<bool> {
        let held = ModMask::CONTROL | ModMask::SHIFT;
        let code = self.code(letter)?;
        let mode = GrabMode::ASYNC;
        let taken = self.x.grab_key(false, self.root, held, code, mode, mode)?;
        Ok(taken.check().is_ok())
    }

    /// Whether nobody has Ctrl+Shift and the letter. The server serves nobody else meanwhile, so that nobody who asks for the key just
    /// then finds it taken.
    fn is_free(&self, letter: char) -> Result<bool> {
        self.x.grab_server()?.check()?;
        let free = self.takes(letter);
        if let Ok(true) = free {
            self.leaves(letter)?;
        }
        self.x.ungrab_server()?.check()?;
        free
    }

    fn leaves(&self, letter: char) -> Result<()> {
        let held = ModMask::CONTROL | ModMask::SHIFT;
        let code = self.code(letter)?;
        Ok(self.x.ungrab_key(code, self.root, held)?.check()?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_take_are_left_to_other_programs_until_one_runs() -> Result<()> {
    let setup = TestSetup::new().await?;
    let seat = Seat::new(&setup, "[choice]\ncountdown = 0\n").await?;
    seat.recorder("ready").await?;
    let other = Other::new(&seat.desktop.display)?;
    ensure!(other.is_free('p')?, "an editor's own key was taken from it");
    ensure!(!other.is_free('l')?, "the key that starts is not bound");
    seat.key("ctrl+shift+l").await?;
    seat.recorder("recording").await?;
    eventually("the keys of a take", TIMEOUT, || async {
        Ok((!other.is_free('p')?).then_some(()))
    })
    .await?;
    seat.key("ctrl+shift+p").await?;
    seat.recorder("paused").await?;
    seat.key("ctrl+shift+l").await?;
    plays(&setup).await
}
