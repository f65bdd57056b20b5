//! `GET /api/me/notices/events`: server-sent events (WHATWG HTML §9.2) with the number of unread notices, whenever it changes.
//!
//! Pages of one person are woken by what concerns that person and by nothing else.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};

use super::list::NoticeCount;
use crate::app::App;
use crate::http::ApiResult;
use crate::http::extract::Member;
use crate::notify::Subscriber;
use crate::service::{StoreError, notices as service, sessions};

/// How soon a browser comes back after the connection broke.
const RETRY: Duration = Duration::from_secs(5);
const STILL_HERE: Duration = Duration::from_secs(15);
/// So often it is looked whether something was missed, and whether the person is still signed in.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// How much of the inbox is unread, as it changes
///
/// Each event is called `inbox`; its data is a `NoticeCount`.
#[utoipa::path(get, path = "/api/me/notices/events", tag = "inbox",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn get_notice_events(
    State(app): State<App>,
    member: Member,
) -> ApiResult<impl IntoResponse> {
    let feed = Feed {
        // Before the first look, so that nothing falls between.
        news: app.notify.subscribe_person(member.user.id),
        app,
        member,
        greeted: false,
        told: None,
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
    member: Member,
    news: Subscriber,
    greeted: bool,
    told: Option<NoticeCount>,
}

impl Feed {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut feed| async move {
            feed.next().await.map(|event| (Ok(event), feed))
        })
    }

    /// None when it ends: the browser comes back, and finds out why.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(Event::default().comment("hello").retry(RETRY));
        }
        loop {
            let count = match self.look().await {
                Ok(found) => found?,
                Err(cause) => {
                    tracing::error!(%cause, "the inbox: cannot read what changed: {cause}");
                    return None;
                }
            };
            if self.told != Some(count) {
                self.told = Some(count);
                // Numbers and a truth value always have a JSON form.
                let data = serde_json::to_string(&count).unwrap_or_default();
                return Some(Event::default().event("inbox").data(data));
            }
            let pause = self.pause().await.ok()?;
            tokio::select! {
                () = self.news.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// None where the person is not signed in any more.
    async fn look(&self) -> Result<Option<NoticeCount>, StoreError> {
        if !sessions::counts(&self.app, &self.member).await? {
            return Ok(None);
        }
        let viewer = self.member.viewer();
        let counted = service::count(&self.app, &viewer, self.member.user.id).await?;
        Ok(Some(NoticeCount::of(counted)))
    }

    /// Until something comes back that was put off, or it is time to look.
    async fn pause(&self) -> Result<Duration, StoreError> {
        let next = service::next_change(&self.app, self.member.user.id).await?;
        let now = self.app.now();
        let left = next.map(|at| u64::try_from(at.micros() - now.micros()).unwrap_or(0));
        Ok(left.map_or(CHECK_INTERVAL, |left| {
            Duration::from_micros(left).min(CHECK_INTERVAL)
        }))
    }
}
