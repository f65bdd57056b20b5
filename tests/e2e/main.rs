//! End to end, from outside: real programs, real files, a real network. One file a claim.

mod arrows;
mod bad_input;
mod bad_network;
mod camera;
mod camera_device;
mod cluster;
mod comments;
mod harness_itself;
mod interrupted;
mod killed_recorder;
mod killed_server;
mod lost_objects;
mod microphone;
mod microphone_lost;
mod moved;
mod no_space;
mod offline;
mod refusals;
mod sign_in;
mod strangers;
mod system_sound;
mod transcript;
mod two_servers;
mod upload_contract;
mod watch;
mod x11;
