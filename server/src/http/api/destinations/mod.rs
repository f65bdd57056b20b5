//! Where events are sent, and the log of what was. One's own; an admin looks after the server's too.

mod log;
mod manage;

pub use log::{
    __path_delivery_attempts, __path_list_deliveries, __path_replay_deliveries, delivery_attempts,
    list_deliveries, replay_deliveries,
};
pub use manage::{
    __path_change_destination, __path_delete_destination, __path_list_destinations,
    __path_make_destination, __path_restore_destination, __path_rotate_secret,
    __path_test_destination, change_destination, delete_destination, list_destinations,
    make_destination, restore_destination, rotate_secret, test_destination,
};
