//! Who sends the bytes of single parts.

use std::str::FromStr;

use serde::Deserialize;

/// Playlists, inits and runs of several parts are always sent by the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum MediaDelivery {
    #[default]
    Server,
    /// The bucket, by signed links.
    Presigned,
    /// nginx, from this internal location: begins and ends with a slash.
    AccelRedirect(String),
}

/// A text that names no way.
#[derive(Debug, thiserror::Error)]
#[error("expected server, presigned, or x-accel-redirect=/LOCATION/")]
pub struct NoSuchWay;

impl FromStr for MediaDelivery {
    type Err = NoSuchWay;
    fn from_str(text: &str) -> Result<Self, NoSuchWay> {
        match text {
            "server" => Ok(Self::Server),
            "presigned" => Ok(Self::Presigned),
            _ => text
                .strip_prefix("x-accel-redirect=")
                .filter(|place| place.len() > 1 && place.starts_with('/') && place.ends_with('/'))
                .filter(|place| {
                    place
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b))
                })
                .map(|place| Self::AccelRedirect(place.to_owned()))
                .ok_or(NoSuchWay),
        }
    }
}

impl TryFrom<String> for MediaDelivery {
    type Error = NoSuchWay;
    fn try_from(text: String) -> Result<Self, NoSuchWay> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_read_and_others_refused() {
        let read = |text: &str| text.parse::<MediaDelivery>().ok();
        assert_eq!(read("server"), Some(MediaDelivery::Server));
        assert_eq!(read("presigned"), Some(MediaDelivery::Presigned));
        let nginx = MediaDelivery::AccelRedirect("/objects/".to_owned());
        assert_eq!(read("x-accel-redirect=/objects/"), Some(nginx));
        for bad in [
            "",
            "bucket",
            "x-accel-redirect=",
            "x-accel-redirect=/",
            "x-accel-redirect=objects/",
            "x-accel-redirect=/a",
            "x-accel-redirect=/a\n/",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
