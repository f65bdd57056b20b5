//! Comments, recordings and moments as issues of trackers: asked for by people, made by a worker with the rights that they have
//! then; how an issue stands comes back by webhooks, or is asked (decision 80).

pub mod ask;
pub mod hook;
pub mod list;
mod material;
pub mod read;
mod tell;
pub mod work;
