//! The desktop app: a window over the recorder, which it starts and steers as a program (docs/RECORDER.md). `model` knows and
//! decides, `engine` speaks to `aside`, `view` draws, `shell` joins them.

pub mod engine;
pub mod hotkeys;
pub mod instance;
pub mod model;
pub mod notify;
pub mod paths;
pub mod shell;
pub mod theme;
pub mod tray;
pub mod view;
pub mod x11;
