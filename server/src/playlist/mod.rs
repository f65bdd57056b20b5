//! HLS playlists as pure functions of rows.
