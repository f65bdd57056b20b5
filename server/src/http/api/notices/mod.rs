//! What concerns one: the inbox, what one follows, how one is told.

mod change;
mod events;
mod list;
mod push;
mod settings;
mod subscriptions;
mod unsubscribe;

pub use change::{__path_change_notices, __path_read_notices, change_notices, read_notices};
pub use events::{__path_get_notice_events, get_notice_events};
pub use list::{__path_count_notices, __path_list_notices, count_notices, list_notices};
pub use push::{__path_end_push, __path_get_push, __path_set_push, end_push, get_push, set_push};
pub use settings::{
    __path_get_notice_settings, __path_set_notice_settings, get_notice_settings,
    set_notice_settings,
};
pub use subscriptions::{
    __path_get_subscription, __path_set_subscription, get_subscription, set_subscription,
};
pub use unsubscribe::{
    __path_get_unsubscribe, __path_post_unsubscribe, get_unsubscribe, one_click, post_unsubscribe,
};
