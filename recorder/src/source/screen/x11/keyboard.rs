//! The keyboard's layout, and which of its modifiers are held.
//!
//! Held is what raw events say, in their order: the server, asked for the state after a press, may know of the release already.

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, KeyButMask};
use x11rb::rust_connection::RustConnection;

use super::keys;

/// In the order of the protocol's modifier map.
const MODIFIERS: [KeyButMask; 8] = [
    KeyButMask::SHIFT,
    KeyButMask::LOCK,
    KeyButMask::CONTROL,
    KeyButMask::MOD1,
    KeyButMask::MOD2,
    KeyButMask::MOD3,
    KeyButMask::MOD4,
    KeyButMask::MOD5,
];

#[derive(Default)]
pub(super) struct Keyboard {
    /// Key code of the first keysyms, and how many each key has.
    first: u8,
    each: usize,
    keysyms: Vec<u32>,
    modifiers: Vec<(u32, KeyButMask)>,
    /// Key codes of modifiers.
    held: Vec<u32>,
}

impl Keyboard {
    pub(super) fn read(x: &RustConnection) -> Result<Self, ReplyError> {
        let (first, last) = (x.setup().min_keycode, x.setup().max_keycode);
        let count = (last - first).saturating_add(1);
        let map = x.get_keyboard_mapping(first, count)?;
        let modifiers = x.get_modifier_mapping()?;
        let pressed = x.query_keymap()?;
        let map = map.reply()?;
        let modifiers = modifiers.reply()?;
        let each = usize::from(modifiers.keycodes_per_modifier()).max(1);
        let modifiers: Vec<(u32, KeyButMask)> = modifiers
            .keycodes
            .chunks(each)
            .zip(MODIFIERS)
            .flat_map(|(codes, mask)| codes.iter().map(move |code| (u32::from(*code), mask)))
            .filter(|(code, _)| *code > 0)
            .collect();
        let pressed = pressed.reply()?.keys;
        let down = |code: u32| {
            let byte = usize::try_from(code / 8).ok().and_then(|n| pressed.get(n));
            byte.is_some_and(|byte| byte >> (code % 8) & 1 == 1)
        };
        let held = modifiers.iter().map(|(code, _)| *code);
        Ok(Self {
            first,
            each: usize::from(map.keysyms_per_keycode.max(1)),
            keysyms: map.keysyms,
            held: held.filter(|code| down(*code)).collect(),
            modifiers,
        })
    }

    /// The name of a press that is shown.
    pub(super) fn pressed(&mut self, code: u32) -> Option<String> {
        if self.modifiers.iter().any(|(modifier, _)| *modifier == code) {
            if !self.held.contains(&code) {
                self.held.push(code);
            }
            return None;
        }
        let place = usize::try_from(code.checked_sub(self.first.into())?).ok()?;
        let keysym = self.keysyms.get(place.checked_mul(self.each)?)?;
        keys::name(*keysym, self.state())
    }

    pub(super) fn released(&mut self, code: u32) {
        self.held.retain(|held| *held != code);
    }

    fn state(&self) -> KeyButMask {
        let held = |code: &u32| self.held.contains(code);
        let masks = self.modifiers.iter().filter(|(code, _)| held(code));
        masks.fold(KeyButMask::from(0_u16), |all, (_, mask)| all | *mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modifier_counts_from_its_press_to_its_release() {
        let mut keyboard = Keyboard {
            first: 8,
            each: 2,
            keysyms: vec![0xffe3, 0, u32::from('s'), u32::from('S'), 0xff0d, 0],
            modifiers: vec![(8, KeyButMask::CONTROL)],
            held: Vec::new(),
        };
        assert_eq!(keyboard.pressed(9), None, "it writes a letter");
        assert_eq!(keyboard.pressed(8), None);
        assert_eq!(keyboard.pressed(9).as_deref(), Some("Ctrl+S"));
        keyboard.released(9);
        keyboard.released(8);
        assert_eq!(keyboard.pressed(9), None);
        assert_eq!(keyboard.pressed(10).as_deref(), Some("Enter"));
        assert_eq!(keyboard.pressed(200), None, "a key of no layout");
    }
}
