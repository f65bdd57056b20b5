//! What concerns people: written in the transaction of its cause, read and sent with the rights that the reader has then.

mod inbox;
mod push;
mod send;
mod settings;
mod subscribe;
mod tell;

pub use inbox::{
    MAX_COUNTED, Page, Shown, Wish, change, count, list, mark_all_read, next_change, seen,
    seen_behind,
};
pub use push::{NextPush, next_push};
pub use send::{NextMail, next_mail, turn, turned_off};
pub use settings::{ChangeError, change as change_settings, read as settings};
pub use subscribe::{SubscribeError, read as subscription, set as subscribe};
pub use tell::{Cause, Told, settle, tell};
