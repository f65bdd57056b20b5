//! Which keys are shown, and what they are called. Pure.
//!
//! What is typed as text is never shown: no program can tell whether the field it goes into is one for a password. Shown are keys
//! that write nothing (Enter, Escape, arrows …) and those that are pressed together with Ctrl, Alt or Super.

use x11rb::protocol::xproto::KeyButMask;

/// Names of keys that write nothing, by their keysym (X11 keysymdef.h).
const NAMED: [(u32, &str); 26] = [
    (0xff08, "Backspace"),
    (0xff09, "Tab"),
    (0xfe20, "Tab"),
    (0xff0d, "Enter"),
    (0xff8d, "Enter"),
    (0xff1b, "Esc"),
    (0xffff, "Delete"),
    (0xff50, "Home"),
    (0xff51, "Left"),
    (0xff52, "Up"),
    (0xff53, "Right"),
    (0xff54, "Down"),
    (0xff55, "Page Up"),
    (0xff56, "Page Down"),
    (0xff57, "End"),
    (0xff95, "Home"),
    (0xff96, "Left"),
    (0xff97, "Up"),
    (0xff98, "Right"),
    (0xff99, "Down"),
    (0xff9a, "Page Up"),
    (0xff9b, "Page Down"),
    (0xff9c, "End"),
    (0xff63, "Insert"),
    (0xff61, "Print"),
    (0xff67, "Menu"),
];
const F1: u32 = 0xffbe;
const F24: u32 = 0xffd5;
const SPACE: u32 = 0x20;

/// The name of a press, such as `Ctrl+S`; `None`: it is not shown. `keysym`: of the key without modifiers.
pub(super) fn name(keysym: u32, state: KeyButMask) -> Option<String> {
    let held = |mask: KeyButMask| state.contains(mask);
    let shortcut = held(KeyButMask::CONTROL) || held(KeyButMask::MOD1) || held(KeyButMask::MOD4);
    let key = match keysym {
        F1..=F24 => format!("F{}", keysym - F1 + 1),
        SPACE if shortcut => "Space".to_owned(),
        0x21..=0x7e if shortcut => char::from_u32(keysym)?.to_ascii_uppercase().to_string(),
        named => NAMED.iter().find(|(sym, _)| *sym == named)?.1.to_owned(),
    };
    let mut name = String::new();
    for (mask, modifier) in [
        (KeyButMask::MOD4, "Super+"),
        (KeyButMask::CONTROL, "Ctrl+"),
        (KeyButMask::MOD1, "Alt+"),
        (KeyButMask::SHIFT, "Shift+"),
    ] {
        if held(mask) {
            name.push_str(modifier);
        }
    }
    Some(name + &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_shown_and_shortcuts_and_named_keys_are() {
        let none = KeyButMask::from(0_u16);
        let shift = KeyButMask::SHIFT;
        let level3 = KeyButMask::MOD5;
        for text in [
            0x20,
            u32::from('a'),
            u32::from('7'),
            u32::from('~'),
            0xe4,
            0x6c1,
        ] {
            for state in [none, shift, KeyButMask::LOCK, level3, shift | level3] {
                assert_eq!(name(text, state), None, "{text:x}");
            }
        }
        for modifier in [0xffe1, 0xffe3, 0xffe9, 0xffeb, 0xfe03] {
            assert_eq!(name(modifier, KeyButMask::CONTROL), None);
        }
        let (control, alt) = (KeyButMask::CONTROL, KeyButMask::MOD1);
        for (keysym, state, wanted) in [
            (u32::from('s'), control, "Ctrl+S"),
            (u32::from('z'), control | shift, "Ctrl+Shift+Z"),
            (0x20, KeyButMask::MOD4, "Super+Space"),
            (0xff0d, none, "Enter"),
            (0xff09, alt | shift, "Alt+Shift+Tab"),
            (0xffbe, none, "F1"),
            (0xffc9, control | alt, "Ctrl+Alt+F12"),
            (0xff53, KeyButMask::LOCK, "Right"),
        ] {
            assert_eq!(name(keysym, state).as_deref(), Some(wanted));
        }
    }
}
