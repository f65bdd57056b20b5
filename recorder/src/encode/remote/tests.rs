use std::process::Command;
use std::time::Duration;

use super::super::Content;
use super::*;

const FORMAT: VideoFormat = VideoFormat {
    width: 64,
    height: 64,
    fps: 30,
    content: Content::Screen,
};
const HOUR: Duration = Duration::from_secs(3600);

/// Why an encoder whose process is this script cannot be opened.
fn refused(script: &str, limit: Duration) -> EncodeError {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Remote::start(&mut command, FORMAT, limit, limit)
        .err()
        .unwrap()
}

#[test]
fn a_process_that_breaks_down_ends_or_says_nonsense_is_an_error_that_says_so() {
    let broke_down = |why: &str| EncodeError::BrokeDown(why.to_owned());
    for (script, why) in [
        ("kill -SEGV $$", "signal 11"),
        ("kill -ABRT $$", "signal 6"),
        ("exit 3", "exit code 3"),
        ("echo libva info: va_openDriver returns 0", "exit code 0"),
    ] {
        assert_eq!(refused(script, HOUR), broke_down(why), "{script}");
    }
    let absent = Remote::start(&mut Command::new("/no/program"), FORMAT, HOUR, HOUR);
    let why = absent.err().unwrap().to_string();
    assert!(why.contains("its process could not be started"), "{why}");
}

#[test]
fn a_process_that_does_not_answer_is_given_up_and_ended() {
    let limit = Duration::from_millis(50);
    let mut command = Command::new("sh");
    command.args(["-c", "exec sleep 3600"]);
    let (socket, memory, process) = begin(&mut command, limit, limit).unwrap();
    let mut remote = Remote {
        socket,
        memory,
        process,
        config: VideoConfig {
            width: 64,
            height: 64,
            timescale: 90_000,
            avcc: Vec::new(),
        },
        over: None,
    };
    let picture = Arc::new(Picture::black(crate::compose::Size::even(64, 64)));
    let mut out = Vec::new();
    let first = remote.encode(&picture, 0, true, &mut out);
    assert_eq!(first, Err(EncodeError::Stalled));
    assert_eq!(remote.flush(&mut out), Err(EncodeError::Stalled));
    assert_eq!(remote.process.end().unwrap().signal(), Some(9));
}
