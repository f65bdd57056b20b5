//! FFmpeg: decoding and pictures, in worker processes only.
