//! `GET /api/watch/{slug}/events`: server-sent events (WHATWG HTML §9.2), resumed without a gap.
//!
//! A row names what changed; what the page gets is read when it is sent, with the rights its reader has then. So what
//! was deleted or edited since is not told, however old the row.
//!
//! A listener subscribes first and reads the rows it lacks second, so that nothing falls between;
//! what comes twice is passed over by its number.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::comments::{CommentView, DeletedMoment, MomentNews, MomentView};
use super::marks::MarkNews;
use crate::app::App;
use crate::domain::access::{Allowed, Reader, Watch};
use crate::domain::event::{
    DownloadNews, Event as Row, EventKind, LayoutNews, PosterNews, RecordingNews, SharingNews,
    TranscriptNews, TurnsNews, WordsNews,
};
use crate::events::{Message, Subscription};
use crate::http::ApiResult;
use crate::http::extract::{NewestEvent, Query};
use crate::service::StoreError;
use crate::service::read_change::{self, Answer, Shown, can_resume, may_still_watch, read};
use crate::service::shared_read::Told;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const STILL_HERE: Duration = Duration::from_secs(15);
/// How soon a browser comes back after the connection broke.
const RETRY: Duration = Duration::from_secs(1);
/// Name of the event that says so.
const RELOAD: &str = "reload";

/// The data of each event, by the name of the event. Only a description: an event carries one of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the stream is made of")]
pub struct Events {
    comment: CommentView,
    words: WordsNews,
    transcript: TranscriptNews,
    turns: TurnsNews,
    recording: RecordingNews,
    poster: PosterNews,
    layout: LayoutNews,
    mark: MarkNews,
    download: DownloadNews,
    sharing: SharingNews,
    reaction: MomentNews,
    reload: ReloadNews,
}

/// More was missed than the stream tells: read everything anew.
#[derive(Serialize, ToSchema)]
struct ReloadNews {}

#[derive(Debug, Deserialize)]
pub struct From {
    after: Option<String>,
}

/// What happens to a recording, as it happens
///
/// The data of an event called `x` is the field `x` of `Events`.
/// Resumes after the event numbered `Last-Event-ID`, or at first `after`; without either it begins with what happens next.
/// Where that is too long ago, an event `reload` says that the page has to read everything anew.
#[utoipa::path(get, path = "/api/watch/{slug}/events", tag = "watch",
    params(("slug" = String, Path), ("after" = Option<i64>, Query, description = "`last_event` of the watch page"), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_events(
    State(app): State<App>,
    recording: Allowed<Watch>,
    NewestEvent(newest): NewestEvent,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let reader = Reader::of(&recording);
    let id = headers
        .get(LAST_EVENT_ID)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned)
        .or(from.after);
    let asked = id.map(|text| text.parse::<i64>().ok());
    let seen = match asked.flatten() {
        Some(n) => can_resume(&app, recording.id, n, newest)
            .await?
            .then_some(n),
        None => None,
    };
    let feed = Feed {
        subscription: app.events.subscribe(recording.id, reader.clone(), newest),
        recording: recording.id,
        reader,
        ended: false,
        last: seen.unwrap_or(newest),
        greeted: false,
        reload: asked.is_some() && seen.is_none(),
        missed: Some(VecDeque::new()),
        app,
    };
    let sse = Sse::new(feed.stream())
        .keep_alive(KeepAlive::new().interval(STILL_HERE).text("still here"));
    let unbuffered = [
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((unbuffered, sse))
}

/// One open page.
struct Feed {
    app: App,
    recording: RecordingId,
    reader: Reader,
    /// It was told that it is over.
    ended: bool,
    subscription: Subscription,
    /// Number of the last row that was sent, or need not be.
    last: i64,
    greeted: bool,
    /// Whether the page is to be told to read everything anew.
    reload: bool,
    /// Rows read while catching up; none once that is done.
    missed: Option<VecDeque<Row>>,
}

impl Feed {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut feed| async move {
            feed.next().await.map(|event| (Ok(event), feed))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        if let Some(event) = self.next_change().await {
            return Some(event);
        }
        // Who may not watch any more is told to look again, and finds out; others come back where they were.
        self.ended = true;
        let may = Box::pin(may_still_watch(&self.app, &self.reader, self.recording)).await;
        matches!(may, Ok(false)).then(reload)
    }

    async fn next_change(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(
                Event::default()
                    .comment("hello")
                    .retry(RETRY)
                    .id(self.last.to_string()),
            );
        }
        if std::mem::take(&mut self.reload) {
            return Some(reload().id(self.last.to_string()));
        }
        // A failure ends the stream; the browser comes back with the number of the last row.
        let failed = |cause: &StoreError| tracing::error!(%cause, "events: cannot read what changed: {cause}");
        while let Some(missed) = &mut self.missed {
            if let Some(row) = missed.pop_front() {
                match self.render(&row, false).await.inspect_err(failed).ok()? {
                    Rendered::Event(event) => {
                        self.last = row.seq;
                        return Some(event);
                    }
                    Rendered::Nothing => {
                        self.last = row.seq;
                        continue;
                    }
                    Rendered::Refused => return None,
                }
            }
            let rows = Box::pin(read_change::missed(&self.app, self.recording, self.last))
                .await
                .inspect_err(failed)
                .ok()?;
            self.missed = (!rows.is_empty()).then(|| rows.into());
        }
        loop {
            match self.subscription.next().await? {
                Message::Stored(row) if row.seq <= self.last => {}
                Message::Stored(row) => {
                    match self.render(&row, true).await.inspect_err(failed).ok()? {
                        Rendered::Event(event) => {
                            self.last = row.seq;
                            return Some(event);
                        }
                        Rendered::Nothing => self.last = row.seq,
                        Rendered::Refused => return None,
                    }
                }
                Message::Passing(kind, data) => return Some(passing(kind, &data.to_string())),
            }
        }
    }

    /// What the row shows to this reader now; read along with others where all are told at the same moment.
    async fn render(&self, row: &Row, with_others: bool) -> Result<Rendered, StoreError> {
        let Some(change) = row.change else {
            return Ok(Rendered::Event(reload().id(row.seq.to_string())));
        };
        let app = &self.app;
        let (reader, recording) = (&self.reader, self.recording);
        // Boxed: a page that waits holds room for none of it.
        let told = if with_others {
            let read = app.shared_reads.read(reader, recording, row.seq, change);
            Box::pin(read).await?
        } else {
            let read = read(app, &app.tracks, reader, recording, change);
            Told::Answer {
                answer: Box::pin(read).await?,
                text: None,
            }
        };
        let event =
            |data: &str| Rendered::Event(passing(change.kind(), data).id(row.seq.to_string()));
        let (answer, text) = match told {
            Told::Ready(text) => return Ok(event(&text)),
            Told::Answer { answer, text } => (answer, text),
        };
        let shown = match answer {
            Answer::Shown(shown) => shown,
            Answer::Nothing => return Ok(Rendered::Nothing),
            Answer::Refused => return Ok(Rendered::Refused),
        };
        let data = match *shown {
            Shown::Comment(read) => to_json(&CommentView::of(read, &self.reader.viewer)),
            Shown::Reaction(reaction) => to_json(&MomentNews::Reaction(MomentView::of(
                reaction,
                &self.reader.viewer,
            ))),
            Shown::NoReaction(id) => {
                to_json(&MomentNews::Deleted(DeletedMoment { id, deleted: true }))
            }
            Shown::Words {
                from,
                words,
                settled,
                done_ms,
            } => to_json(&WordsNews {
                from,
                words,
                settled,
                done_ms,
            }),
            Shown::Transcript {
                state,
                done_ms,
                language,
                version,
            } => to_json(&TranscriptNews {
                state,
                done_ms,
                language,
                version,
            }),
            Shown::Turns { from_ms, turns } => to_json(&TurnsNews { from_ms, turns }),
            Shown::Recording {
                recording,
                length_ms,
            } => to_json(&RecordingNews {
                state: recording.state(app.now()),
                duration_ms: length_ms,
                title: recording.title,
            }),
            Shown::Poster => to_json(&PosterNews {}),
            Shown::Sharing => to_json(&SharingNews {}),
            Shown::Layout { version, layout } => to_json(&LayoutNews {
                version,
                moments: layout,
            }),
            Shown::Mark(mark) => to_json(&MarkNews::of(mark)),
            Shown::Download(download) => to_json(&DownloadNews {
                state: download.state,
                percent: download.percent,
            }),
        };
        let data = data.to_string();
        if let Some(text) = text {
            // Another page may have been quicker: with the same words.
            let _ = text.set(data.as_str().into());
        }
        Ok(event(&data))
    }
}

/// What a row is to the reader.
enum Rendered {
    Event(Event),
    Nothing,
    Refused,
}

fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The page lacks more than it can be told.
fn reload() -> Event {
    let data = to_json(&ReloadNews {});
    Event::default().event(RELOAD).data(data.to_string())
}

fn passing(kind: EventKind, data: &str) -> Event {
    // JSON escapes line ends, so it is one line.
    Event::default().event(kind.as_str()).data(data)
}
