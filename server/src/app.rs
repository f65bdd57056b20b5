//! The parts of the server, built once and handed to whoever answers requests. Cheap to clone.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aside_protocol::time::Timestamp;

use crate::auth::password::Passwords;
use crate::config::Config;
use crate::events::Events;
use crate::intake::Intake;
use crate::limits::Limits;
use crate::objects::ObjectKey;
use crate::oidc::Provider;
use crate::part_cache::PartCache;
use crate::proxy_notice::ProxyNotice;
use crate::resources::Resources;
use crate::service::download_index::DownloadIndexes;
use crate::service::excerpts::Excerpts;
use crate::service::frames::Frames;
use crate::service::lost_objects::LossWatch;
use crate::service::mail::Mailer;
use crate::service::media_link::MediaKeys;
use crate::service::push::VapidKeys;
use crate::service::server_look::SeenLook;
use crate::service::shared_read::SharedReads;
use crate::service::steps_pdf::StepsPdfs;
use crate::service::upload::writer::PartWriter;
use crate::store::reachable::Reachable;
use crate::track_cache::TrackCache;

/// Its [`Resources`] are reached through it: `app.store`.
#[derive(Debug, Clone)]
pub struct App {
    pub resources: Resources,
    pub config: Arc<Config>,
    /// Whether the database answers.
    pub reachable: Reachable,
    pub passwords: Passwords,
    /// None: no mails are sent, links are shown instead.
    pub mailer: Option<Mailer>,
    /// By which people may sign in.
    pub oidc: Option<Arc<Provider>>,
    /// How often strangers may do what costs something.
    pub limits: Limits,
    pub proxy_notice: ProxyNotice,
    /// Takes the bodies of parts in.
    pub intake: Intake,
    /// Takes files of comments in. Not the one of parts: a photograph that is rewritten has all of the memory to itself.
    pub attachment_intake: Intake,
    /// Commits parts in groups.
    pub parts: PartWriter,
    /// When the object store was last seen to belong to the database, and whether it did.
    pub objects_seen: Arc<Mutex<Option<(Timestamp, bool)>>>,
    /// What open pages listen to.
    pub events: Events,
    /// What they are told, read once for all of them.
    pub shared_reads: SharedReads,
    /// What players ask for.
    pub tracks: TrackCache,
    pub part_cache: PartCache,
    /// Of files that are put together while they are sent.
    pub download_indexes: DownloadIndexes,
    /// Single pictures, decoded elsewhere.
    pub frames: Frames,
    /// Ranges as files, made elsewhere.
    pub excerpts: Excerpts,
    /// Steps as files to print.
    pub steps_pdfs: StepsPdfs,
    pub media_keys: MediaKeys,
    pub vapid: VapidKeys,
    /// Lengths of objects that were seen a moment ago, in bytes.
    pub present: moka::future::Cache<ObjectKey, u64>,
    /// The name and the colour of the server.
    pub look: SeenLook,
    /// Told when somebody sees that a part is missing.
    pub losses: LossWatch,
}

/// Memory for parts that are on their way from the line to the object store, in bytes.
const UPLOAD_MEMORY: u32 = 4 * 1024 * 1024;

/// Memory for files of comments that are rewritten, in bytes; a larger one is rewritten alone.
const REWRITING_MEMORY: u32 = 4 * 1024 * 1024;

/// How long an object that was seen is believed to be there, and how many are.
const PRESENT_FOR: Duration = Duration::from_secs(10);
const MAX_PRESENT: u64 = 10_000;

impl App {
    /// Puts the parts together; call it on the runtime that will serve.
    pub fn new(config: Config, resources: Resources, passwords: Passwords) -> Self {
        let resources = resources.mailing(config.mail.is_some());
        let Resources {
            store,
            clock,
            notify,
            ..
        } = &resources;
        let tracks = TrackCache::new(store.clone(), notify.clone(), clock.clone());
        Self {
            events: Events::new(store.clone(), clock.clone(), tracks.clone(), notify.clone()),
            shared_reads: SharedReads::new(resources.clone(), tracks.clone()),
            tracks,
            part_cache: PartCache::default(),
            frames: Frames::by_this_program(),
            excerpts: Excerpts::by_this_program(),
            steps_pdfs: StepsPdfs::with_fonts_of_this_machine(),
            download_indexes: DownloadIndexes::default(),
            media_keys: MediaKeys::default(),
            vapid: VapidKeys::default(),
            present: moka::future::Cache::builder()
                .max_capacity(MAX_PRESENT)
                .time_to_live(PRESENT_FOR)
                .build(),
            look: SeenLook::default(),
            losses: LossWatch::new(resources.clone()),
            parts: PartWriter::start(resources.clone()),
            proxy_notice: ProxyNotice::new(store.clone()),
            limits: Limits::new(clock.clone()),
            intake: Intake::new(config.data.clone(), UPLOAD_MEMORY),
            attachment_intake: Intake::new(config.data.clone(), REWRITING_MEMORY),
            mailer: mailer(&config),
            oidc: provider(&config),
            config: Arc::new(config),
            reachable: store.watch(),
            passwords,
            objects_seen: Arc::default(),
            resources,
        }
    }
}

/// Takes mails in, where the settings name a mail server.
pub fn mailer(config: &Config) -> Option<Mailer> {
    let mail = config.mail.as_ref()?;
    let answers = config.replies.as_ref().map(|it| it.address.clone());
    Some(Mailer::new(mail.public_url.clone()).answered_by(answers))
}

/// The provider that the settings name. One that cannot be used was refused before the server began to answer.
pub(crate) fn provider(config: &Config) -> Option<Arc<Provider>> {
    let opened = Provider::open(config.oidc.as_ref()?);
    let opened = opened.inspect_err(
        |cause| tracing::error!(%cause, "nobody can sign in by the provider: {cause}"),
    );
    opened.ok().map(Arc::new)
}

impl Deref for App {
    type Target = Resources;
    fn deref(&self) -> &Resources {
        &self.resources
    }
}
