//! The address of a bucket, or of a prefix in it: `s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=us-east-1`.
//! Keys come from the address (`access_key_id`, `secret_access_key`) or, better, from the usual
//! `AWS_…` variables.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::Signer;
use url::Url;

use super::error::{ObjectError, Result};

/// A bucket, or a prefix in it.
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) signing: Signing,
}

/// What signs links to objects.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) signer: Arc<dyn Signer>,
    pub(super) prefix: Path,
    /// Where signed links lead, as a source of a content security policy.
    pub(super) origin: String,
}

/// Reads an address. `env` is the environment, as `AWS_…` pairs.
pub(super) fn parse(
    address: &str,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Bucket> {
    let url = Url::parse(address).map_err(|e| ObjectError::Address(e.to_string()))?;
    let bucket = url
        .host_str()
        .filter(|_| url.scheme() == "s3")
        .ok_or_else(|| {
            ObjectError::Address("expected s3://bucket or s3://bucket/prefix".to_owned())
        })?;
    let mut builder = AmazonS3Builder::new();
    let mut origin = "https://*.amazonaws.com".to_owned();
    for (name, value) in env {
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder = builder.with_bucket_name(bucket);
    for (name, value) in url.query_pairs() {
        builder = match name.as_ref() {
            "endpoint" => {
                origin = value.trim_end_matches('/').to_owned();
                builder
                    .with_allow_http(value.starts_with("http://"))
                    .with_endpoint(value)
            }
            "region" => builder.with_region(value),
            "access_key_id" => builder.with_access_key_id(value),
            "secret_access_key" => builder.with_secret_access_key(value),
            other => {
                return Err(ObjectError::Address(format!(
                    "does not know {other}; expected endpoint, region, access_key_id or secret_access_key"
                )));
            }
        };
    }
    let prefix = Path::from_url_path(url.path().trim_matches('/'))
        .map_err(|e| ObjectError::Address(format!("the prefix {}: {e}", url.path())))?;
    let store = builder.build()?;
    let signer = Arc::new(store.clone());
    Ok(Bucket {
        store: if prefix.as_ref().is_empty() {
            Arc::new(store)
        } else {
            Arc::new(PrefixStore::new(store, prefix.clone()))
        },
        signing: Signing {
            signer,
            prefix,
            origin,
        },
    })
}
