//! What is noted in the events track: marks, the place of the face, and at the end how the take went.

use std::time::Duration;

use aside_protocol::layout::LayoutMoment;
use aside_protocol::recording::TrackName;
use aside_protocol::text::{self, MAX_TITLE};
use aside_protocol::timed_event::{SoundSource, TimedEvent};

use crossbeam_channel::bounded;

use super::{TakeRunner, millis};
use crate::pipeline::{Click, DesktopEvent};
use crate::session::command::FaceChange;
use crate::session::notice::Notice;
use crate::spool::NewPart;

/// Events that wait to be noted; nobody clicks faster.
const EVENTS_QUEUED: usize = 256;

impl TakeRunner<'_> {
    /// From the start of the take on.
    pub(super) fn watch_desktop(&mut self) {
        let (told, events) = bounded(EVENTS_QUEUED);
        let titles = self.context.plan.window_titles;
        let pipeline = self.pipeline.as_ref();
        match pipeline.and_then(|p| p.watch_desktop(titles, told)) {
            Some(Ok(watcher)) => (self.desktop_watcher, self.desktop) = (Some(watcher), events),
            Some(Err(error)) => self.alarm(
                "clicks_unknown",
                format!("clicks are not noted ({error}); picture and sound are recorded as always"),
            ),
            None if titles => self.alarm(
                "titles_unknown",
                "the titles of windows are known on an X11 desktop only; none are noted. Picture and sound are recorded as always"
                    .to_owned(),
            ),
            None => {}
        }
    }

    pub(super) fn desktop_event(&mut self, event: DesktopEvent) {
        if matches!(event, DesktopEvent::Click(_)) && self.pointer_draws() {
            return;
        }
        let at = match &event {
            DesktopEvent::Click(click) => click.at,
            DesktopEvent::Window { at, .. } => *at,
        };
        let place = self.pipeline.as_ref().map(|p| p.place(at));
        let at_ms = match place {
            Some(Some(place)) => u64::try_from(place.millis()).unwrap_or(0),
            // A window that comes to the front in a pause is what is seen when the take goes on.
            Some(None) if matches!(event, DesktopEvent::Window { .. }) => self.position_ms(),
            _ => return,
        };
        self.note(match event {
            DesktopEvent::Click(Click { x, y, button, .. }) => TimedEvent::Click {
                at_ms,
                x,
                y,
                button,
            },
            DesktopEvent::Window { title, .. } => TimedEvent::Window {
                at_ms,
                title: title_line(&title),
            },
        });
    }

    pub(super) fn mark(&mut self, title: &str) {
        let at_ms = self.position_ms();
        self.note(TimedEvent::Mark {
            at_ms,
            title: title.to_owned(),
        });
        self.observer.notice(&Notice::Marked {
            media_ms: at_ms,
            title: title.to_owned(),
        });
    }

    pub(super) fn show_face(&mut self, change: FaceChange) {
        let moment = change.of(self.face, self.position_ms());
        self.face = moment;
        self.note(TimedEvent::layout(moment));
        let LayoutMoment {
            at_ms,
            face,
            corner,
            size,
        } = moment;
        self.observer.notice(&Notice::Face {
            media_ms: at_ms,
            face,
            corner,
            size,
        });
    }

    /// The microphone or the machine has its turn.
    pub(super) fn heard(&mut self, at: Duration, source: SoundSource) {
        self.note(TimedEvent::Heard {
            at_ms: millis(at),
            source,
        });
    }

    /// Length of the take at this moment; zero before the first picture.
    fn position_ms(&self) -> u64 {
        self.length().map_or(0, millis)
    }

    fn note(&mut self, event: TimedEvent) {
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }

    /// Puts what was noted on disk, once that is due.
    pub(super) fn seal_events_if_due(&mut self) {
        let Some(length) = self.length() else { return };
        if self
            .events
            .as_ref()
            .is_some_and(|e| e.is_due(millis(length)))
        {
            self.seal_events();
        }
    }

    pub(super) fn seal_events(&mut self) {
        if let Some(length) = self.length() {
            self.append_events(millis(length));
        }
    }

    /// Ends the track of a take that is `length_ms` long, when every other is on disk.
    pub(super) fn end_events(&mut self, length_ms: u64) {
        if let Some(report) = self.report.clone() {
            self.note(TimedEvent::Report {
                at_ms: length_ms,
                report,
            });
        }
        self.append_events(length_ms);
    }

    fn append_events(&mut self, length_ms: u64) {
        // Events alone are no recording: they follow the first part of picture or sound.
        if self.recording.ledger().is_empty() {
            return;
        }
        while let Some(part) = self.events.as_mut().and_then(|e| e.seal(length_ms)) {
            self.append(NewPart {
                track: TrackName::Events,
                number: part.number,
                start: part.start_ms,
                duration: part.duration_ms,
                independent: true,
                bytes: &part.bytes,
            });
        }
    }
}

/// As much of a title as the track takes, and nothing that cannot be seen.
fn title_line(title: &str) -> String {
    let line: String = text::line(title).chars().take(MAX_TITLE).collect();
    line.trim().to_owned()
}
