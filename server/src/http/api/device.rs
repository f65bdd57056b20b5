//! Routes: device.
