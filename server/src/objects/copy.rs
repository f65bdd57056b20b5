//! All objects of one store into another.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::{Stream, TryStreamExt as _, stream};

use super::{Found, ObjectError, ObjectKey, Objects, Result};

/// So many objects are on their way at once; a part has 16 MiB at most.
const CONCURRENCY: usize = 8;
/// Larger objects are copied piece by piece; in bytes.
const IN_MEMORY: u64 = 16 * 1024 * 1024;

/// What a copy has come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    pub objects: u64,
    pub bytes: u64,
    /// Objects that were there with the same size already.
    pub present: u64,
    /// Objects that were removed from the source while it was read.
    pub vanished: u64,
}

/// Why a copy ended early. What was copied stays; the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("the source has no store id: it holds no objects of a server")]
    NoSource,
    #[error("the target belongs to another store ({0})")]
    TakenTarget(String),
}

enum Outcome {
    Copied(u64),
    Present,
    Vanished,
}

/// Copies every object of `from` that `to` lacks, and at the end the store id, so that half a copy is not taken for a store.
/// `progress` is told now and then. Nothing is ever deleted.
pub async fn copy_all(
    from: &Objects,
    to: &Objects,
    mut progress: impl FnMut(Copied),
) -> std::result::Result<Copied, CopyError> {
    copy_found(from, to, (from.of_recordings(), None), &mut progress).await
}

/// The same where what `to` holds was listed before (sizes in bytes): it is not asked about each object.
pub async fn copy_lacking(
    from: &Objects,
    to: &Objects,
    there: &HashMap<ObjectKey, u64>,
    mut progress: impl FnMut(Copied),
) -> std::result::Result<Copied, CopyError> {
    copy_found(from, to, (from.of_recordings(), Some(there)), &mut progress).await
}

/// The same for some objects, each with its size in bytes.
pub async fn copy_some(
    from: &Objects,
    to: &Objects,
    some: Vec<(ObjectKey, u64)>,
    mut progress: impl FnMut(Copied),
) -> std::result::Result<Copied, CopyError> {
    let found = some.into_iter().map(|(key, size)| Ok(Found { key, size }));
    copy_found(from, to, (stream::iter(found), None), &mut progress).await
}

async fn copy_found(
    from: &Objects,
    to: &Objects,
    (found, there): (
        impl Stream<Item = Result<Found>>,
        Option<&HashMap<ObjectKey, u64>>,
    ),
    progress: &mut impl FnMut(Copied),
) -> std::result::Result<Copied, CopyError> {
    let id = from.store_id().await?.ok_or(CopyError::NoSource)?;
    if let Some(other) = to.store_id().await?.filter(|other| *other != id) {
        return Err(CopyError::TakenTarget(other));
    }
    let mut done = Copied::default();
    let copies = found
        .map_ok(|found| copy(from, to, found, there))
        .try_buffer_unordered(CONCURRENCY);
    let mut copies = pin!(copies);
    while let Some(outcome) = copies.try_next().await? {
        match outcome {
            Outcome::Copied(bytes) => {
                done.objects += 1;
                done.bytes += bytes;
            }
            Outcome::Present => done.present += 1,
            Outcome::Vanished => done.vanished += 1,
        }
        progress(done);
    }
    to.replace_store_id(&id).await?;
    Ok(done)
}

async fn copy(
    from: &Objects,
    to: &Objects,
    found: Found,
    there: Option<&HashMap<ObjectKey, u64>>,
) -> Result<Outcome> {
    let size = match there {
        Some(there) => there.get(&found.key).copied(),
        None => to.find_size(found.key).await?,
    };
    if size == Some(found.size) {
        return Ok(Outcome::Present);
    }
    let copied = if found.size > IN_MEMORY {
        match from.stream(&found.key, found.size, 0..found.size).await {
            Ok(bytes) => to.put_stream(&found.key, bytes).await,
            Err(error) => Err(error),
        }
    } else {
        match from.get(&found.key).await {
            Ok(bytes) => to.put(&found.key, bytes).await,
            Err(error) => Err(error),
        }
    };
    match copied {
        Ok(()) => Ok(Outcome::Copied(found.size)),
        Err(ObjectError::NotFound(_)) => Ok(Outcome::Vanished),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aside_protocol::id::RecordingId;
    use aside_protocol::recording::{Sha256, TrackName};
    use aside_protocol::time::Timestamp;
    use bytes::Bytes;
    use object_store::memory::InMemory;

    use super::*;

    fn store() -> Objects {
        Objects::over(Arc::new(InMemory::new()))
    }

    fn key(number: u32) -> ObjectKey {
        ObjectKey::Part {
            recording: RecordingId::new(Timestamp::from_micros(1), [1; 10]),
            track: TrackName::Video,
            number,
            sha256: Sha256([7; 32]),
        }
    }

    #[tokio::test]
    async fn a_copy_that_was_broken_off_goes_on_with_what_is_missing_and_ends_with_the_store_id() {
        let (from, to) = (store(), store());
        from.create_store_id("one").await.unwrap();
        for n in 0..20 {
            from.put(&key(n), Bytes::from(vec![1; 100])).await.unwrap();
        }
        // One is whole, one was cut off.
        to.put(&key(3), Bytes::from(vec![1; 100])).await.unwrap();
        to.put(&key(4), Bytes::from(vec![1; 10])).await.unwrap();
        let mut seen = Copied::default();
        let done = copy_all(&from, &to, |now| seen = now).await.unwrap();
        assert_eq!((done.objects, done.bytes, done.present), (19, 1900, 1));
        assert_eq!(seen, done);
        assert_eq!(to.get(&key(4)).await.unwrap().len(), 100);
        assert_eq!(to.store_id().await.unwrap().as_deref(), Some("one"));
        let again = copy_all(&from, &to, |_| {}).await.unwrap();
        assert_eq!((again.objects, again.present), (0, 20));
    }

    #[tokio::test]
    async fn what_was_listed_before_is_passed_over_and_what_was_cut_off_is_copied_again() {
        let (from, to) = (store(), store());
        from.create_store_id("one").await.unwrap();
        for n in 0..3 {
            from.put(&key(n), Bytes::from(vec![1; 100])).await.unwrap();
        }
        let there = HashMap::from([(key(1), 100), (key(2), 10)]);
        let done = copy_lacking(&from, &to, &there, |_| {}).await.unwrap();
        assert_eq!((done.objects, done.present), (2, 1));
        assert_eq!(to.find_size(key(1)).await.unwrap(), None);
        assert_eq!(to.find_size(key(2)).await.unwrap(), Some(100));
    }

    #[tokio::test]
    async fn the_objects_of_another_store_are_never_mixed_with_ours() {
        let (from, to) = (store(), store());
        assert!(matches!(
            copy_all(&from, &to, |_| {}).await,
            Err(CopyError::NoSource)
        ));
        from.create_store_id("one").await.unwrap();
        to.create_store_id("two").await.unwrap();
        from.put(&key(0), Bytes::from_static(b"x")).await.unwrap();
        let refused = copy_all(&from, &to, |_| {}).await;
        assert!(matches!(refused, Err(CopyError::TakenTarget(id)) if id == "two"));
        assert_eq!(to.find_size(key(0)).await.unwrap(), None);
    }
}
