//! The recorder's engine as a whole: the real program against a server that breaks down on demand.

mod account;
mod aside;
mod disk;
mod leftovers;
mod line;
mod server;
mod take;
