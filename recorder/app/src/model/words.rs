//! What the app says: what happened, what is safe, what to do.

use super::choice::Share;
use super::line::Upload;
use super::take::{End, Take};

pub use aside_protocol::time::clock;

/// 12.3 MB, and 45 kB of what is smaller than a tenth of one.
pub fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    if tenths == 0 {
        return format!("{} kB", bytes / 1000);
    }
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Where the upload is.
pub fn upload(take: &Take) -> String {
    if take.upload_closed.is_some() {
        return "upload stopped, safe here".to_owned();
    }
    match (take.upload, take.local.as_deref()) {
        (_, Some("no_server" | "signed_out")) => "not signed in, safe here".to_owned(),
        (Upload::Off, _) => "safe on this computer".to_owned(),
        (Upload::InStep, _) => "in step".to_owned(),
        (Upload::Behind, _) => format!("{} s behind", take.behind_ms.max(0) / 1000),
        (Upload::Offline, _) => "offline, safe here".to_owned(),
    }
}

/// Under the title of the card, once recording has ended.
pub fn ended(take: &Take) -> String {
    match &take.end {
        None if !take.on_disk => "Finishing the recording…".to_owned(),
        None => match take.upload {
            Upload::Offline => "The server does not answer. Your recording is safe on this computer and goes on uploading when it does."
                .to_owned(),
            _ => "Everything is on this computer; the last parts are on their way.".to_owned(),
        },
        Some(End::Uploaded) => "Watchable now, every part is on the server.".to_owned(),
        Some(End::Kept(message) | End::Failed(message)) => in_window(message),
        Some(End::Cancelled { told_later: false }) => "Nothing is left of it.".to_owned(),
        Some(End::Cancelled { told_later: true }) => {
            "It is deleted here. The server does not answer; it is told as soon as it does.".to_owned()
        }
        Some(End::Nothing) => "It was stopped before the first picture; nothing was recorded.".to_owned(),
        Some(End::Vanished) => VANISHED.to_owned(),
    }
}

/// The engine is gone and did not say why.
pub const VANISHED: &str = "The recorder ended unexpectedly. What was recorded until then is safe on this computer, under “Takes”, \
     and is uploaded from there.";

/// There is no engine.
pub fn no_engine(program: &str) -> String {
    format!(
        "The recorder, {program}, was not found, so nothing can be recorded. Install the package aside, or put aside beside \
         aside-app."
    )
}

/// What to read where the desktop has no OpenGL.
pub fn no_opengl(detail: &str) -> String {
    format!(
        "aside-app cannot open its window: this desktop has no OpenGL 2.1 or newer ({detail}). Mesa's software renderer is \
         enough (Debian: libgl1-mesa-dri, libegl1). The command line goes on working: aside record."
    )
}

/// Why it cannot be resumed, deleted, renamed …
pub fn failed_verb(message: &str) -> String {
    match message.trim().trim_start_matches("aside: ") {
        "" => {
            "That did not work, and the recorder did not say why. Nothing was changed.".to_owned()
        }
        message => sentence(message),
    }
}

/// What the recorder says, without the sentences that name commands: the window has buttons for these.
pub fn in_window(message: &str) -> String {
    let whole = sentence(message);
    let plain: Vec<&str> = whole
        .split_inclusive(". ")
        .map(str::trim)
        .filter(|sentence| !sentence.contains('`'))
        .collect();
    if plain.is_empty() {
        whole
    } else {
        plain.join(" ")
    }
}

/// With a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

/// Who may watch a new recording.
pub const fn share(share: Share) -> &'static str {
    match share {
        Share::Default => "As set on the server",
        Share::Me => "Only me",
        Share::Members => "Everyone here",
        Share::Link => "Anyone with the link",
    }
}

/// Who may open the link.
pub fn audience(word: &str) -> &'static str {
    match word {
        "owner" => "Only me",
        "members" => "Everyone here",
        _ => "Anyone with the link",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_read_them() {
        assert_eq!(clock(42_900), "0:42");
        assert_eq!(clock(12 * 60_000 + 3_000), "12:03");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(megabytes(12_345_678), "12.3 MB");
        assert_eq!(megabytes(45_678), "45 kB");
    }

    #[test]
    fn the_card_calls_a_take_watchable_only_when_every_part_is_on_the_server() {
        let mut take = Take {
            on_disk: true,
            ..Take::default()
        };
        assert!(!ended(&take).contains("atchable"));
        take.end = Some(End::Kept(
            "The recording is safe on this computer".to_owned(),
        ));
        assert_eq!(ended(&take), "The recording is safe on this computer.");
        take.end = Some(End::Uploaded);
        assert!(ended(&take).starts_with("Watchable now"));
    }

    #[test]
    fn commands_for_a_terminal_are_not_said_in_the_window() {
        let said = "there is no microphone. Plug one in, see `aside sources` for what is there, or record without sound: \
             `--mic none`. Nothing was recorded";
        assert_eq!(
            in_window(said),
            "There is no microphone. Nothing was recorded."
        );
        assert_eq!(in_window("run `aside login`"), "Run `aside login`.");
    }

    #[test]
    fn the_upload_says_how_far_behind_it_is() {
        let mut take = Take {
            upload: Upload::Behind,
            behind_ms: 12_400,
            ..Take::default()
        };
        assert_eq!(upload(&take), "12 s behind");
        take.upload = Upload::Offline;
        assert_eq!(upload(&take), "offline, safe here");
        take.upload_closed = Some("the server refuses it".to_owned());
        assert_eq!(upload(&take), "upload stopped, safe here");
    }
}
