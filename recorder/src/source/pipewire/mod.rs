//! Pictures of PipeWire: screens and cameras that a portal has opened the way to.
//!
//! A stream has a thread of its own, because PipeWire's loop is one; it calls a [`Sink`] there with every frame. Frames lie in
//! shared memory: buffers of the graphics card are never offered, so a producer that has only those says so.

mod buffer;
mod format;
mod nodes;
mod stream;

#[cfg(test)]
pub(in crate::source) use buffer::Plane;
pub(in crate::source) use buffer::{Area, StreamFrame};
pub(in crate::source) use format::{CAMERA_FORMATS, PixelFormat, SCREEN_FORMATS, Shape};
pub(in crate::source) use nodes::{CameraNode, cameras};
pub(in crate::source) use stream::{Role, Sink, Stream, StreamWish};
