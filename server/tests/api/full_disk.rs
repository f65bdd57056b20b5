//! No space left: 507, nothing is lost that was acknowledged, and the server keeps serving.

use aside_test_macros::both;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_protocol::upload::{PartRange, UploadStatus};
use aside_server::objects::Objects;
use aside_server::store::Store;
use aside_server::testing::{Take, TestApp};
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// A folder on a disk that is full while the switch is on: what a write says then is what the
/// kernel says, and everything else works.
#[derive(Debug)]
struct Disk {
    folder: LocalFileSystem,
    full: Arc<AtomicBool>,
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.folder.fmt(f)
    }
}

impl Disk {
    fn room(&self) -> Result<()> {
        if self.full.load(Ordering::SeqCst) {
            let source = Box::new(io::Error::from(io::ErrorKind::StorageFull));
            return Err(object_store::Error::Generic {
                store: "LocalFileSystem",
                source,
            });
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ObjectStore for Disk {
    async fn put_opts(
        &self,
        at: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.room()?;
        self.folder.put_opts(at, payload, options).await
    }
    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.room()?;
        self.folder.put_multipart_opts(at, options).await
    }
    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.folder.get_opts(at, options).await
    }
    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.folder.delete_stream(at)
    }
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.folder.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.folder.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.room()?;
        self.folder.copy_opts(from, to, options).await
    }
}

async fn holds(app: &TestApp, take: &Take, sam: &aside_server::testing::Client) -> Vec<PartRange> {
    app.anonymous().get("/healthz").await.expect(200);
    let status: UploadStatus = sam
        .get(&format!("{}/upload", take.path()))
        .await
        .expect(200)
        .json();
    status.received[0].ranges.clone()
}

#[both]
async fn a_part_that_finds_no_space_for_its_bytes_is_refused_and_arrives_later(app: TestApp) {
    let mut app = app;
    let full = Arc::new(AtomicBool::new(false));
    let folder = LocalFileSystem::new_with_prefix(app.folder()).unwrap();
    app.app.resources.objects = Objects::over(Arc::new(Disk {
        folder,
        full: full.clone(),
    }));
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    sam.put_part(&take, TrackName::Video, 0).await.expect(201);
    full.store(true, Ordering::SeqCst);
    let problem = sam
        .put_part(&take, TrackName::Video, 1)
        .await
        .expect_problem(ProblemCode::StorageFull);
    assert!(problem.detail.is_some_and(|d| d.contains("safe")));
    assert_eq!(
        holds(&app, &take, &sam).await,
        [PartRange { first: 0, last: 0 }]
    );
    full.store(false, Ordering::SeqCst);
    sam.put_part(&take, TrackName::Video, 1).await.expect(201);
    assert_eq!(
        holds(&app, &take, &sam).await,
        [PartRange { first: 0, last: 1 }]
    );
}

/// SQLite itself says that it is full, because it may not grow by a page more.
#[tokio::test]
async fn a_part_that_finds_no_space_for_its_row_is_refused_and_arrives_later() {
    let app = TestApp::sqlite().await;
    let (sam, take) = (app.sam().await, Take::new(1, 300));
    sam.create(&take).await.expect(201);
    let Store::Sqlite { write, .. } = &app.app.store else {
        unreachable!()
    };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(write)
        .await
        .unwrap();
    let most = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(most).execute(write).await.unwrap();

    let mut arrived = 0;
    let refused = loop {
        let answer = sam.put_part(&take, TrackName::Video, arrived).await;
        if answer.status != 201 {
            break answer;
        }
        arrived += 1;
    };
    refused.expect_problem(ProblemCode::StorageFull);
    assert!(arrived > 0);
    let last = u32::try_from(arrived).unwrap() - 1;
    assert_eq!(
        holds(&app, &take, &sam).await,
        [PartRange { first: 0, last }]
    );
    sam.put_part(&take, TrackName::Video, 0).await.expect(200);

    sqlx::raw_sql("PRAGMA max_page_count = 1000000")
        .execute(write)
        .await
        .unwrap();
    sam.put_part(&take, TrackName::Video, arrived)
        .await
        .expect(201);
}
