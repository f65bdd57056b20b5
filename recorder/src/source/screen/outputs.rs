//! How the compositor's outputs are turned.
//!
//! Compositors of the wlroots family (sway, Hyprland, …) hand out the frame as it goes to the monitor: one that stands on
//! its side gives a picture that lies on its side. Others turn it themselves. The portal says neither, but the compositor tells
//! every client what its outputs are (`wl_output`), and of what family it is by what it offers.

use std::collections::BTreeMap;

use wayland_client::protocol::wl_output::{self, Transform, WlOutput};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum};

use super::turn::Turn;

/// What only compositors offer that hand out untransformed frames.
const UNTURNED: &str = "zwlr_screencopy_manager_v1";
/// From this version on the end of an output's description is told; nothing newer is used.
const OUTPUT_VERSION: u32 = 2;

/// A connection to the compositor, for as long as a take runs.
pub(super) struct Outputs {
    connection: Connection,
    queue: EventQueue<Known>,
    known: Known,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    unturned: bool,
    /// By the number that the compositor gave each.
    outputs: BTreeMap<u32, Output>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Output {
    /// Pixels of its mode, before it is turned.
    mode: (u32, u32),
    turn: Turn,
}

impl Outputs {
    /// `None`: there is no compositor to ask.
    pub(super) fn open() -> Option<Self> {
        let connection = Connection::connect_to_env().ok()?;
        let mut queue = connection.new_event_queue();
        let mut known = Known::default();
        let _registry = connection.display().get_registry(&queue.handle(), ());
        // Once for the list of what there is, once for the description of each output.
        for _ in 0..2 {
            queue.roundtrip(&mut known).ok()?;
        }
        Some(Self {
            connection,
            queue,
            known,
        })
    }

    /// How a frame of this size is turned. Takes in what the compositor has said, without waiting.
    pub(super) fn turn_of(&mut self, width: u32, height: u32) -> Turn {
        let _ = self.connection.flush();
        if let Some(read) = self.queue.prepare_read() {
            // Nothing to read is an error as well.
            let _ = read.read();
        }
        // A compositor that is gone ends the portal's session too; until then its last word holds.
        let _ = self.queue.dispatch_pending(&mut self.known);
        self.known.turn_of((width, height))
    }
}

impl Known {
    /// A frame does not say from which output it comes; those of its size must agree.
    fn turn_of(&self, frame: (u32, u32)) -> Turn {
        if !self.unturned {
            return Turn::None;
        }
        let mut turns = self
            .outputs
            .values()
            .filter(|output| output.mode == frame)
            .map(|output| output.turn);
        match turns.next() {
            Some(first) if turns.all(|turn| turn == first) => first,
            _ => Turn::None,
        }
    }
}

impl Dispatch<WlRegistry, ()> for Known {
    fn event(
        known: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global {
                name,
                interface,
                version,
            } => {
                known.unturned |= interface == UNTURNED;
                if interface == "wl_output" {
                    let version = version.min(OUTPUT_VERSION);
                    registry.bind::<WlOutput, u32, Self>(name, version, queue, name);
                    known.outputs.entry(name).or_default();
                }
            }
            wl_registry::Event::GlobalRemove { name } => {
                known.outputs.remove(&name);
            }
            _ => {}
        }
    }
}

impl Dispatch<WlOutput, u32> for Known {
    fn event(
        known: &mut Self,
        _: &WlOutput,
        event: wl_output::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(output) = known.outputs.get_mut(name) else {
            return;
        };
        match event {
            wl_output::Event::Geometry {
                transform: WEnum::Value(transform),
                ..
            } => output.turn = turn(transform),
            wl_output::Event::Mode {
                flags: WEnum::Value(flags),
                width,
                height,
                ..
            } if flags.contains(wl_output::Mode::Current) => {
                let side = |n: i32| u32::try_from(n).unwrap_or(0);
                output.mode = (side(width), side(height));
            }
            _ => {}
        }
    }
}

fn turn(transform: Transform) -> Turn {
    match transform {
        Transform::_90 => Turn::Quarter,
        Transform::_180 => Turn::Half,
        Transform::_270 => Turn::ThreeQuarters,
        Transform::Flipped => Turn::Flipped,
        Transform::Flipped90 => Turn::FlippedQuarter,
        Transform::Flipped180 => Turn::FlippedHalf,
        Transform::Flipped270 => Turn::FlippedThreeQuarters,
        _ => Turn::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_turned_as_the_outputs_of_its_size_are_if_they_agree() {
        let output = |mode, turn| Output { mode, turn };
        let (wide, other) = ((1280, 720), (1920, 1080));
        let outputs = [
            output(wide, Turn::Quarter),
            output(other, Turn::None),
            output(wide, Turn::Quarter),
        ];
        let mut known = Known {
            unturned: true,
            outputs: (0..).zip(outputs).collect(),
        };
        assert_eq!(known.turn_of(wide), Turn::Quarter);
        assert_eq!(known.turn_of(other), Turn::None);
        assert_eq!(known.turn_of((640, 480)), Turn::None, "a window");
        known.outputs.insert(7, output(wide, Turn::Half));
        assert_eq!(known.turn_of(wide), Turn::None);
        known.outputs.remove(&7);
        known.unturned = false;
        assert_eq!(known.turn_of(wide), Turn::None, "it is upright already");
    }
}
