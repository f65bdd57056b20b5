//! What a recorder and the process of its encoder say to each other: a length in four bytes (little-endian), so many bytes of JSON,
//! and, behind an answer, the bytes of the pictures that it names. Pure.

use std::io::{self, Read, Write};

use aside_protocol::cmaf::VideoConfig;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::encode::{Budget, EncodeError, Encoded, VideoFormat};

/// No message is longer, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// No encoded picture is longer, in bytes.
const MAX_PICTURE: usize = 64 << 20;

/// What the encoder is to do; the first is `Open`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Request {
    Open(VideoFormat),
    /// The picture lies in the memory that both share.
    Encode {
        pts: u64,
        idr: bool,
    },
    Repeat {
        pts: u64,
        idr: bool,
    },
    Flush,
    Budget(Budget),
}

/// What came of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Answer {
    /// To `Open`.
    config: Option<Config>,
    failed: Option<Failed>,
    made: Vec<Made>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Config {
    width: u16,
    height: u16,
    timescale: u32,
    avcc: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Made {
    pts: u64,
    idr: bool,
    size: usize,
}

#[derive(Debug, Serialize, Deserialize)]
enum Failed {
    Open(String),
    Other(String),
}

impl From<EncodeError> for Failed {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Open(why) => Self::Open(why),
            EncodeError::Failed(why) => Self::Other(why),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<Failed> for EncodeError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Open(why) => Self::Open(why),
            Failed::Other(why) => Self::Failed(why),
        }
    }
}

/// What an answer says.
pub(super) struct Answered {
    pub(super) config: Option<VideoConfig>,
    pub(super) done: Result<(), EncodeError>,
    pub(super) made: Vec<Encoded>,
}

pub(super) fn ask(to: &mut impl Write, request: Request) -> io::Result<()> {
    send(to, &request)
}

/// `None`: nobody asks any more.
pub(super) fn asked(from: &mut impl Read) -> io::Result<Option<Request>> {
    match receive(from) {
        Ok(request) => Ok(Some(request)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) fn answer(to: &mut impl Write, what: Answered) -> io::Result<()> {
    let config = what.config.map(|config| Config {
        width: config.width,
        height: config.height,
        timescale: config.timescale,
        avcc: config.avcc,
    });
    let made = |encoded: &Encoded| Made {
        pts: encoded.pts,
        idr: encoded.idr,
        size: encoded.data.len(),
    };
    let answer = Answer {
        config,
        failed: what.done.err().map(Failed::from),
        made: what.made.iter().map(made).collect(),
    };
    send(to, &answer)?;
    what.made.iter().try_for_each(|e| to.write_all(&e.data))
}

pub(super) fn answered(from: &mut impl Read) -> io::Result<Answered> {
    let answer: Answer = receive(from)?;
    let mut made = Vec::new();
    for Made { pts, idr, size } in answer.made {
        let mut data = vec![0; checked(size, MAX_PICTURE)?];
        from.read_exact(&mut data)?;
        let data = Bytes::from(data);
        made.push(Encoded { pts, idr, data });
    }
    let config = answer.config.map(|config| VideoConfig {
        width: config.width,
        height: config.height,
        timescale: config.timescale,
        avcc: config.avcc,
    });
    Ok(Answered {
        config,
        done: answer.failed.map_or(Ok(()), |failed| Err(failed.into())),
        made,
    })
}

fn send<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).map_err(|_| too_long())?;
    to.write_all(&[&length.to_le_bytes()[..], &body].concat())
}

fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| too_long())?;
    let mut body = vec![0; checked(length, MAX_MESSAGE)?];
    from.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

fn checked(size: usize, most: usize) -> io::Result<usize> {
    match size <= most {
        true => Ok(size),
        false => Err(too_long()),
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a message that is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_arrives_as_it_was_given() {
        let encoded = |pts, idr, data: &'static [u8]| Encoded {
            pts,
            idr,
            data: Bytes::from_static(data),
        };
        let made = vec![encoded(3000, true, b"one"), encoded(6000, false, b"")];
        let given = Answered {
            config: Some(VideoConfig {
                width: 640,
                height: 360,
                timescale: 90_000,
                avcc: vec![1, 100],
            }),
            done: Err(EncodeError::Open("no card".to_owned())),
            made: made.clone(),
        };
        let mut line = Vec::new();
        answer(&mut line, given).unwrap();
        let heard = answered(&mut &line[..]).unwrap();
        assert_eq!(heard.made, made);
        assert_eq!(heard.done, Err(EncodeError::Open("no card".to_owned())));
        assert_eq!(heard.config.unwrap().avcc, [1, 100]);
        assert!(asked(&mut &b""[..]).unwrap().is_none());
    }

    #[test]
    fn nonsense_is_an_error_and_takes_no_memory() {
        for line in [&b"libva info: VA-API version 1.17.0\n"[..], &[255; 64]] {
            assert!(answered(&mut &line[..]).is_err());
        }
        let body =
            br#"{"config":null,"failed":null,"made":[{"pts":0,"idr":true,"size":99999999999}]}"#;
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        assert!(answered(&mut &[&length[..], body].concat()[..]).is_err());
    }
}
