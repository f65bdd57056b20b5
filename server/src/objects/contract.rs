//! What every object store must do: each claim is a function over [`Objects`] and runs on a
//! folder and on a bucket (s3s-fs in this process, over real HTTP).

use std::path::Path;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

use super::{Found, ObjectError, ObjectKey, Objects};

fn part(number: u32, bytes: &[u8]) -> ObjectKey {
    let recording = RecordingId::new(Timestamp::from_micros(7), [7; 10]);
    ObjectKey::Part {
        recording,
        track: TrackName::Video,
        number,
        sha256: Sha256::of(bytes),
    }
}

async fn what_was_put_is_got(objects: Objects) {
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| n.to_be_bytes()[2]).collect();
    let bytes = Bytes::from(bytes);
    let key = part(0, &bytes);
    objects.put(&key, bytes.clone()).await.unwrap();
    assert_eq!(objects.get(&key).await.unwrap(), bytes);
    assert_eq!(objects.size(&key).await.unwrap(), 300_000);
    for range in [0..300_000, 10..14, 65_530..200_001] {
        let asked = range.start as u64..range.end as u64;
        let stream = objects.stream(&key, 300_000, asked).await.unwrap();
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.concat() == bytes[range.clone()], "{range:?}");
    }
    let other = objects.stream(&key, 299_999, 0..10).await;
    assert!(matches!(other.err(), Some(ObjectError::NotFound(_))));
}

async fn putting_the_same_again_is_harmless(objects: Objects) {
    let key = part(1, b"again");
    for _ in 0..2 {
        objects
            .put(&key, Bytes::from_static(b"again"))
            .await
            .unwrap();
    }
    assert_eq!(objects.get(&key).await.unwrap(), "again");
}

async fn what_was_never_put_is_not_found(objects: Objects) {
    let key = part(9, b"never");
    assert!(matches!(
        objects.get(&key).await,
        Err(ObjectError::NotFound(_))
    ));
    assert!(matches!(
        objects.size(&key).await,
        Err(ObjectError::NotFound(_))
    ));
}

async fn deleting_twice_is_harmless(objects: Objects) {
    let key = part(2, b"gone");
    objects
        .put(&key, Bytes::from_static(b"gone"))
        .await
        .unwrap();
    objects.delete(&key).await.unwrap();
    objects.delete(&key).await.unwrap();
    assert!(matches!(
        objects.get(&key).await,
        Err(ObjectError::NotFound(_))
    ));
}

async fn fifty_puts_at_once_into_new_folders_all_arrive(objects: Objects) {
    let keys: Vec<_> = (0..50_u32)
        .map(|n| part(n * 500, &n.to_be_bytes()))
        .collect();
    let puts = keys
        .iter()
        .zip(0_u32..)
        .map(|(k, n)| objects.put(k, Bytes::copy_from_slice(&n.to_be_bytes())));
    futures_util::future::try_join_all(puts).await.unwrap();
    for (key, n) in keys.iter().zip(0_u32..) {
        assert_eq!(objects.get(key).await.unwrap(), &n.to_be_bytes()[..]);
    }
}

async fn the_first_store_id_stays_until_it_is_replaced(objects: Objects) {
    assert_eq!(objects.store_id().await.unwrap(), None);
    objects.create_store_id("a").await.unwrap();
    objects.create_store_id("b").await.unwrap();
    assert_eq!(objects.store_id().await.unwrap().as_deref(), Some("a"));
    objects.replace_store_id("b").await.unwrap();
    assert_eq!(objects.store_id().await.unwrap().as_deref(), Some("b"));
    assert!(!objects.holds_recordings().await.unwrap());
}

async fn a_list_of_a_recording_tells_its_objects_and_their_sizes(objects: Objects) {
    let (a, b) = (part(0, b"a"), part(1000, b"bcd"));
    let other = RecordingId::new(Timestamp::from_micros(7), [8; 10]);
    let poster = ObjectKey::Poster {
        recording: other,
        sha256: Sha256::of(b"jpeg"),
    };
    for (key, bytes) in [(a, &b"a"[..]), (b, b"bcd"), (poster, b"jpeg")] {
        objects
            .put(&key, Bytes::copy_from_slice(bytes))
            .await
            .unwrap();
    }
    let mut found: Vec<_> = objects
        .of_recording(a.recording())
        .try_collect()
        .await
        .unwrap();
    found.sort_by_key(|f| f.size);
    assert_eq!(
        found,
        [Found { key: a, size: 1 }, Found { key: b, size: 3 }]
    );
    let all: Vec<_> = objects.of_recordings().try_collect().await.unwrap();
    assert_eq!(all.len(), 3);
    assert!(objects.holds_recordings().await.unwrap());
}

/// An S3 server over `root`, with a bucket `takes`; lives as long as the test's runtime.
pub(crate) async fn s3(root: &Path) -> String {
    std::fs::create_dir_all(root.join("takes")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single("key", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await
            });
        }
    });
    format!(
        "s3://takes?endpoint=http://{address}&region=us-east-1&access_key_id=key&secret_access_key=secret"
    )
}

macro_rules! contract {
    ($($claim:ident),* $(,)?) => {
        mod in_a_folder {
            $(#[tokio::test] async fn $claim() {
                let root = tempfile::tempdir().unwrap();
                super::$claim(super::Objects::folder(&root.path().join("new/objects")).unwrap()).await;
            })*
        }
        mod in_a_bucket {
            $(#[tokio::test] async fn $claim() {
                let root = tempfile::tempdir().unwrap();
                let address = super::s3(root.path()).await;
                super::$claim(super::Objects::bucket(&address, []).unwrap()).await;
            })*
        }
    };
}

contract![
    what_was_put_is_got,
    putting_the_same_again_is_harmless,
    what_was_never_put_is_not_found,
    deleting_twice_is_harmless,
    fifty_puts_at_once_into_new_folders_all_arrive,
    the_first_store_id_stays_until_it_is_replaced,
    a_list_of_a_recording_tells_its_objects_and_their_sizes,
];

#[tokio::test]
async fn two_prefixes_of_one_bucket_are_two_stores() {
    let root = tempfile::tempdir().unwrap();
    let address = s3(root.path()).await;
    let at = |prefix: &str| {
        let address = address.replace("s3://takes", &format!("s3://takes{prefix}"));
        Objects::bucket(&address, []).unwrap()
    };
    let (one, other, whole) = (at("/team/one"), at("/team/other/"), at(""));
    let key = part(0, b"mine");
    one.put(&key, Bytes::from_static(b"mine")).await.unwrap();
    one.create_store_id("one").await.unwrap();
    other.create_store_id("other").await.unwrap();
    assert_eq!(one.store_id().await.unwrap().as_deref(), Some("one"));
    assert_eq!(other.store_id().await.unwrap().as_deref(), Some("other"));
    assert!(!other.holds_recordings().await.unwrap() && !whole.holds_recordings().await.unwrap());
    assert!(whole.store_id().await.unwrap().is_none());
    let found: Vec<Found> = one.of_recordings().try_collect().await.unwrap();
    assert_eq!(found, [Found { key, size: 4 }]);
    assert!(
        root.path()
            .join("takes/team/one")
            .join(key.path().as_ref())
            .is_file()
    );
    other.delete(&key).await.unwrap();
    assert_eq!(one.get(&key).await.unwrap(), "mine");
}

#[test]
fn an_address_with_an_unknown_setting_is_refused_by_name() {
    let error = Objects::bucket("s3://takes?endpiont=http://x", []).unwrap_err();
    assert!(error.to_string().contains("endpiont"), "{error}");
    assert!(Objects::bucket("http://takes", []).is_err());
}

#[test]
fn a_full_disk_is_told_apart_from_every_other_error() {
    let full = object_store::Error::Generic {
        store: "test",
        source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
    };
    assert!(matches!(ObjectError::from(full), ObjectError::Full));
    let other = object_store::Error::Generic {
        store: "test",
        source: Box::new(std::io::Error::other("cable")),
    };
    assert!(matches!(ObjectError::from(other), ObjectError::Other(_)));
}
