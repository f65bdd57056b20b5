//! `GET /api/watch/{slug}/events`: server-sent events (WHATWG HTML §9.2), resumed without a gap.
//!
//! A listener subscribes first and reads the rows it lacks second, so that nothing falls between;
//! what comes twice is passed over by its number.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use aside_protocol::id::{RecordingId, Slug};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::comments::CommentView;
use super::watch::visible;
use crate::app::App;
use crate::domain::access::{Action, Viewer, decide};
use crate::domain::event::{EventKind, PosterNews, RecordingNews, TranscriptNews, WordsNews};
use crate::events::{Message, Subscription};
use crate::http::ApiResult;
use crate::http::extract::{Actor, Path, Query};
use crate::hub::Waiter;
use crate::store;
use crate::store::events::Event as Row;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const STILL_HERE: Duration = Duration::from_secs(15);
/// How soon a browser comes back after the connection broke.
const RETRY: Duration = Duration::from_secs(1);
/// Rows read at once when resuming.
const PAGE: u32 = 200;

/// The data of each event, by the name of the event. Only a description: an event carries one of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the stream is made of")]
pub struct Events {
    comment: CommentView,
    words: WordsNews,
    transcript: TranscriptNews,
    recording: RecordingNews,
    poster: PosterNews,
}

#[derive(Debug, Deserialize)]
pub struct From {
    after: Option<String>,
}

/// What happens to a recording, as it happens
///
/// The data of an event called `x` is the field `x` of `Events`.
/// Resumes after the event numbered `Last-Event-ID`, or at first `after`; without either it begins with what happens next.
#[utoipa::path(get, path = "/api/watch/{slug}/events", tag = "watch",
    params(("slug" = String, Path), ("after" = Option<i64>, Query, description = "`last_event` of the watch page"), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 403, description = "members_only"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_events(
    State(app): State<App>,
    Path(slug): Path<Slug>,
    Query(from): Query<From>,
    actor: Actor,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let newest = app.store.newest_event().await?;
    let recording = visible(&app, &slug, &actor, Action::Watch).await?;
    let id = headers
        .get(LAST_EVENT_ID)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned)
        .or(from.after);
    // A number that was never given comes from another database: what it missed cannot be known.
    let seen = id
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|n| (0..=newest).contains(n));
    let feed = Feed {
        subscription: app
            .watching
            .events
            .subscribe(recording.id, actor.viewer(), newest),
        news: app.hub.waiter(recording.id),
        recording: recording.id,
        viewer: actor.viewer(),
        last: seen.unwrap_or(newest),
        greeted: false,
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
    viewer: Viewer,
    subscription: Subscription,
    news: Waiter,
    /// Number of the last row that was sent, or need not be.
    last: i64,
    greeted: bool,
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
        if !self.greeted {
            self.greeted = true;
            return Some(
                Event::default()
                    .comment("hello")
                    .retry(RETRY)
                    .id(self.last.to_string()),
            );
        }
        while let Some(missed) = &mut self.missed {
            if let Some(row) = missed.pop_front() {
                self.last = row.seq;
                return Some(stored(&row));
            }
            // A failure ends the stream; the browser comes back with the number of the last row.
            let rows = self.read_missed().await;
            let rows = rows
                .inspect_err(|cause| tracing::error!(%cause, "events: cannot catch up: {cause}"))
                .ok()??;
            self.missed = (!rows.is_empty()).then(|| rows.into());
        }
        loop {
            tokio::select! {
                () = self.news.changed() => self.app.watching.events.wake(),
                message = self.subscription.next() => match message? {
                    Message::Stored(row) if row.seq <= self.last => {}
                    Message::Stored(row) => {
                        self.last = row.seq;
                        return Some(stored(&row));
                    }
                    Message::Passing(kind, data) => return Some(passing(kind, &data)),
                },
            }
        }
    }

    /// Rows this page lacks; `None` when it may not hear them any more. Rights are read after the rows.
    async fn read_missed(&self) -> store::Result<Option<Vec<Row>>> {
        let rows = self
            .app
            .store
            .recording_events_after(self.recording, self.last, PAGE)
            .await?;
        let recording = self.app.store.recording(self.recording).await?;
        let may =
            recording.is_some_and(|r| decide(&self.viewer, Action::Watch, &r.facts()).is_ok());
        Ok(may.then_some(rows))
    }
}

fn stored(row: &Row) -> Event {
    passing(row.kind, &row.data).id(row.seq.to_string())
}

fn passing(kind: EventKind, data: &Value) -> Event {
    // JSON escapes line ends, so it is one line.
    Event::default().event(kind.as_str()).data(data.to_string())
}
