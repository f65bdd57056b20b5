//! What `#[both]` calls: every answer is held against the description of the API.

use aside_server::testing::{self, TestApp};

use crate::schema::check_answers;

pub(crate) async fn on_sqlite(test: impl AsyncFnOnce(TestApp)) {
    check_answers();
    testing::on_sqlite(test).await;
}

pub(crate) async fn on_postgres(test: impl AsyncFnOnce(TestApp)) {
    check_answers();
    testing::on_postgres(test).await;
}
