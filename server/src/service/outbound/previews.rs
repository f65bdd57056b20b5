//! Previews of links that were shared in a chat: of what everybody with the link may see, and of nothing else.

use aside_protocol::id::Slug;
use url::Url;

use crate::domain::access::{Viewer, Watch, allow};
use crate::domain::link::slug_in;
use crate::domain::outbound::outgoing::{Outgoing, to_slack};
use crate::domain::outbound::slack_app::{self, Preview, Shared, SlackApp};
use crate::domain::outbound::{DeliveryId, Destination, Event, EventId, EventKind};
use crate::resources::Resources;
use crate::service::outbound::work::ask;
use crate::store::outbound::{deliveries, shared_links};
use crate::store::{Result, Tx};

/// Queues the answer to a question for previews.
pub(super) async fn queue(
    tx: &mut Tx,
    resources: &Resources,
    to: &Destination,
    shared: &Shared,
) -> Result<()> {
    let now = resources.now();
    let event = Event {
        id: EventId::new(now, resources.id_entropy()),
        kind: EventKind::LinkShared,
        recording: None,
        comment: None,
        actor: None,
        at: now,
    };
    ask(tx, resources, to.id, to.failures, to.held_until).await?;
    deliveries::insert_event(tx, &event).await?;
    shared_links::insert(tx, event.id, shared).await?;
    let delivery = DeliveryId::new(now, resources.id_entropy());
    deliveries::insert(tx, delivery, to.id, event.id, now).await
}

/// The answer; none where nothing of it is for everybody.
pub(super) async fn answer(
    resources: &Resources,
    public: &Url,
    app: &SlackApp,
    event: &Event,
) -> Result<Option<Outgoing>> {
    if event.kind == EventKind::Test {
        let whose = slack_app::whose(app);
        return Ok(Some(to_slack(app, whose, &serde_json::Value::Null)));
    }
    let store = &resources.store;
    let Some(shared) = store.shared_links(event.id).await? else {
        return Ok(None);
    };
    let server = public.origin().ascii_serialization();
    let mut previews = Vec::new();
    for link in shared.links {
        let slug = slug_in(&link, &server).and_then(|it| Slug::try_from(it).ok());
        let Some(slug) = slug else { continue };
        let Some(seen) = store.recording_seen_by_slug(&slug, None).await? else {
            continue;
        };
        let Ok(recording) = allow::<Watch>(&Viewer::Anonymous, seen, resources.now()) else {
            continue;
        };
        let owner = store.user(recording.owner).await?.map(|it| it.name);
        let owner = owner.unwrap_or_default();
        previews.push(Preview {
            link,
            title: match recording.title.as_str() {
                "" => format!("A recording by {owner}"),
                title => title.to_owned(),
            },
            owner,
            length_ms: store.length_of(recording.id).await?,
            picture: recording
                .poster_key
                .as_ref()
                .map(|_| format!("{server}/api/watch/{slug}/poster")),
        });
    }
    if previews.is_empty() {
        return Ok(None);
    }
    let (url, body) = slack_app::unfurl(app, &shared.message, &previews);
    Ok(Some(to_slack(app, url, &body)))
}
