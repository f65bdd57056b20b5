//! oEmbed (oembed.com): what a page of another site shows for a link to a recording. Only of what everybody who has the link may see: what
//! is hidden and what is not there get the same answer, after the same work.

use aside_protocol::id::Slug;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::base_url::BaseUrl;
use super::extract::{Json, Query};
use super::head::{Head, escape, size_within};
use super::{ApiError, ApiResult};
use crate::app::App;
use crate::domain::link::slug_in;
use crate::service::watch::preview_for_all;

/// The widest picture of a recording.
const POSTER: u32 = 1280;

/// What is asked for; what else consumers send is not read.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskedOembed {
    /// The link.
    url: String,
    /// In CSS pixels.
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
    /// `json`, which is what there is.
    format: Option<String>,
}

/// A recording as oEmbed tells it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Oembed {
    version: &'static str,
    /// `video` where its owner allows other sites to show it, else `link`.
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    author_name: String,
    provider_name: String,
    provider_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// What a page of another site shows for a link to a recording (oembed.com)
#[utoipa::path(get, path = "/oembed", tag = "watch", params(AskedOembed),
    responses((status = 200, body = Oembed), (status = 404, description = "nothing that everybody may see"), (status = 422, description = "another format than JSON")))]
pub async fn get_oembed(
    State(app): State<App>,
    base: BaseUrl,
    Query(asked): Query<AskedOembed>,
) -> ApiResult<Json<Oembed>> {
    if asked.format.as_deref().is_some_and(|it| it != "json") {
        return Err(ApiError::invalid("format", "There is JSON only."));
    }
    let slug = slug_in(&asked.url, base.as_str()).and_then(|it| Slug::try_from(it).ok());
    let slug = slug.ok_or_else(ApiError::not_found)?;
    let found = preview_for_all(&app, &app.tracks, &slug).await?;
    let head = Head::of(found.ok_or_else(ApiError::not_found)?, &base);
    let (width, height) = size_within(head.size, asked.maxwidth, asked.maxheight);
    // As `jobs/make_poster` makes it.
    let picture = head.size.filter(|_| head.image.is_some());
    let picture = picture.map(|(w, h)| (w.min(POSTER), h.saturating_mul(w.min(POSTER)) / w.max(1)));
    let html = head.embed.as_ref().map(|embed| {
        format!(
            "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" allow=\"fullscreen; picture-in-picture\" \
             allowfullscreen style=\"border:0\"></iframe>",
            escape(embed),
            escape(&head.title)
        )
    });
    let embeds = html.is_some();
    Ok(Json(Oembed {
        version: "1.0",
        kind: if embeds { "video" } else { "link" },
        title: head.title,
        author_name: head.author,
        provider_name: app.look.get(&app).await.name().to_owned(),
        provider_url: base.as_str().to_owned(),
        thumbnail_url: head.image.filter(|_| picture.is_some()),
        thumbnail_width: picture.map(|it| it.0),
        thumbnail_height: picture.map(|it| it.1),
        width: embeds.then_some(width),
        height: embeds.then_some(height),
        html,
    }))
}
