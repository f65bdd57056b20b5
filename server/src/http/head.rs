//! What a link preview shows of a recording: OpenGraph (ogp.me), X's cards, and where its oEmbed is (oembed.com, "Discovery"). Only of
//! what everybody who has the link may see.

use aside_protocol::time::clock;

use super::base_url::BaseUrl;
use super::dress::Dress;
use crate::domain::outbound::message::cut;
use crate::domain::server_look::BETWEEN;
use crate::service::watch::Preview;

/// What the built page has in its head for us to replace.
const PLACE: &str = "<!--shell:head-->";
const PLAIN_TITLE: &str = "<title>Aside</title>";
/// Characters of the first words that are told.
const WORDS: usize = 200;
/// Width of an embedded recording in CSS pixels, where nobody asks for another one.
const WIDTH: u32 = 640;
/// Of a picture that is not known (yet).
const USUAL: (u32, u32) = (16, 9);

/// What a page has in its head: what a link preview shows (nothing of it for a page that is not for everybody), and what is loaded at once.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) author: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) image: Option<String>,
    /// The page that other sites may show; none: its owner allows none.
    pub(super) embed: Option<String>,
    /// Some lively seconds of it, as MP4.
    pub(super) preview: Option<String>,
    /// Its playlist, once it has ended.
    pub(super) playlist: Option<String>,
    /// Where its oEmbed is.
    pub(super) oembed: String,
    /// Of the picture; nothing where it is not known.
    pub(super) size: Option<(u32, u32)>,
    /// Tags that name what the page loads at once.
    pub(super) scripts: &'static str,
}

impl Head {
    pub(super) fn of(preview: Preview, base: &BaseUrl) -> Self {
        let Preview {
            recording,
            owner_name: owner,
            length_ms,
            opening,
            moving,
            size,
        } = preview;
        let (base, slug) = (base.as_str(), &recording.slug);
        let url = format!("{base}/w/{slug}");
        let image = recording
            .poster_key
            .as_ref()
            .map(|_| format!("{base}/api/watch/{slug}/poster"));
        let title = if recording.title.is_empty() {
            format!("A recording by {owner}")
        } else {
            recording.title
        };
        let words = match opening.as_str() {
            "" => String::new(),
            words => format!(" · “{}”", cut(words, WORDS)),
        };
        let mut oembed = format!("{base}/oembed?url=");
        oembed.extend(url::form_urlencoded::byte_serialize(url.as_bytes()));
        Self {
            title,
            description: format!("{owner} · {}{words}", clock(length_ms)),
            author: owner,
            image,
            embed: (!recording.sharing.embed.is_empty()).then(|| format!("{base}/e/{slug}")),
            preview: moving.then(|| format!("{base}/api/watch/{slug}/preview.mp4")),
            playlist: recording
                .finished_at
                .map(|_| format!("{base}/w/{slug}/master.m3u8")),
            oembed,
            size,
            url,
            scripts: "",
        }
    }
}

/// Width and height of an embedded recording in CSS pixels, in the shape of its picture.
pub(super) fn size_within(
    picture: Option<(u32, u32)>,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
) -> (u32, u32) {
    let (w, h) = picture.filter(|it| it.0 > 0 && it.1 > 0).unwrap_or(USUAL);
    let wide = |height: u32| u64::from(height) * u64::from(w) / u64::from(h);
    let width = u64::from(maxwidth.unwrap_or(WIDTH).clamp(160, 1920));
    let width = maxheight.map_or(width, |most| width.min(wide(most.clamp(90, 1080)).max(1)));
    let height = (width * u64::from(h) / u64::from(w)).max(1);
    let small = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    (small(width), small(height))
}

pub(super) fn fill(shell: &str, head: &Head, dress: &Dress) -> String {
    // Links are secrets: no page of ours belongs into a search engine.
    let mut tags = "<meta name=\"robots\" content=\"noindex\">".to_owned();
    tags.push_str(&dress.style());
    tags.push_str(head.scripts);
    let server = dress.look.name();
    if head.title.is_empty() {
        let title = format!("<title>{}</title>", escape(server));
        return shell
            .replacen(PLAIN_TITLE, &title, 1)
            .replacen(PLACE, &tags, 1);
    }
    let mut tag = |attribute: &str, name: &str, content: &str| {
        tags.push_str(&format!(
            "<meta {attribute}=\"{name}\" content=\"{}\">",
            escape(content)
        ));
    };
    let (width, height) = size_within(head.size, None, None);
    let (width, height) = (width.to_string(), height.to_string());
    tag("property", "og:site_name", server);
    tag("property", "og:type", "video.other");
    tag("property", "og:title", &head.title);
    tag("property", "og:description", &head.description);
    tag("property", "og:url", &head.url);
    tag("name", "description", &head.description);
    tag("name", "author", &head.author);
    tag("name", "twitter:title", &head.title);
    tag("name", "twitter:description", &head.description);
    if let Some(image) = &head.image {
        tag("property", "og:image", image);
        tag("property", "og:image:alt", &head.title);
        tag("name", "twitter:image", image);
        tag("name", "twitter:image:alt", &head.title);
    }
    if let Some(embed) = &head.embed {
        tag("property", "og:video", embed);
        if embed.starts_with("https:") {
            tag("property", "og:video:secure_url", embed);
        }
        tag("property", "og:video:type", "text/html");
        tag("property", "og:video:width", &width);
        tag("property", "og:video:height", &height);
        tag("name", "twitter:player", embed);
        tag("name", "twitter:player:width", &width);
        tag("name", "twitter:player:height", &height);
    }
    if let Some(preview) = &head.preview {
        tag("property", "og:video", preview);
        if preview.starts_with("https:") {
            tag("property", "og:video:secure_url", preview);
        }
        tag("property", "og:video:type", "video/mp4");
    }
    if let Some(playlist) = &head.playlist {
        tag("property", "og:video", playlist);
        tag("property", "og:video:type", "application/vnd.apple.mpegurl");
    }
    let card = match (&head.embed, &head.image) {
        (Some(_), Some(_)) => "player",
        (None, Some(_)) => "summary_large_image",
        (_, None) => "summary",
    };
    tag("name", "twitter:card", card);
    tags.push_str(&format!(
        "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"{}\" title=\"{}\">",
        escape(&head.oembed),
        escape(&head.title)
    ));
    let title = format!(
        "<title>{}{BETWEEN}{}</title>",
        escape(&head.title),
        escape(server)
    );
    shell
        .replacen(PLAIN_TITLE, &title, 1)
        .replacen(PLACE, &tags, 1)
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::page_language::PageLanguage;

    fn fill(shell: &str, head: &Head) -> String {
        let dress = Dress {
            language: PageLanguage::English,
            look: Arc::default(),
        };
        super::fill(shell, head, &dress)
    }

    const SHELL: &str = "<head><title>Aside</title><!--shell:head--></head>";

    #[test]
    fn an_embedded_recording_is_no_larger_than_was_asked_for_and_has_its_shape() {
        assert_eq!(size_within(None, None, None), (640, 360));
        assert_eq!(size_within(None, Some(320), None), (320, 180));
        assert_eq!(size_within(Some((1080, 1920)), None, Some(480)), (270, 480));
        assert_eq!(size_within(Some((640, 480)), Some(0), Some(0)), (120, 90));
        assert_eq!(
            size_within(None, Some(u32::MAX), Some(u32::MAX)),
            (1920, 1080)
        );
    }

    #[test]
    fn a_title_cannot_leave_its_attribute() {
        let head = Head {
            title: "</title><script>alert(1)</script>\" onload='x'".to_owned(),
            ..Head::default()
        };
        let html = fill(SHELL, &head);
        assert!(
            !html.contains("<script>") && !html.contains("onload='"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_title_with_our_own_placeholder_is_only_a_title() {
        let head = Head {
            title: PLACE.to_owned(),
            description: PLAIN_TITLE.to_owned(),
            ..Head::default()
        };
        assert!(!fill(SHELL, &head).contains(PLACE));
    }

    #[test]
    fn lengths_read_as_on_a_clock() {
        assert_eq!(
            [clock(0), clock(190_999), clock(3_723_000)],
            ["0:00", "3:10", "1:02:03"]
        );
    }
}
