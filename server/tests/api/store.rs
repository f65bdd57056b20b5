//! Below HTTP: what the store promises on both databases.

use aside_test_macros::both;
use std::collections::{BTreeMap, BTreeSet};

use aside_protocol::id::{RecordingId, TokenId, UserId};
use aside_server::domain::account::{Role, User};
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::{BEGINNING, TestApp};

fn user(n: u8) -> User {
    User {
        id: UserId::new(BEGINNING, [n; 10]),
        email: format!("u{n}@example.org").parse().unwrap(),
        name: "U".to_owned(),
        role: Role::Member,
        created_at: BEGINNING,
    }
}

#[both]
async fn what_fails_half_way_leaves_nothing(app: TestApp) {
    let store = &app.app.store;
    let failed = store.write(async |tx: &mut Tx| -> Result<(), StoreError> {
        tx.insert_user(&user(1), None).await?;
        Err(StoreError::NotOneRow(0))
    });
    assert!(failed.await.is_err());
    assert!(store.is_empty().await.unwrap());
    store
        .write(async |tx: &mut Tx| tx.insert_user(&user(1), None).await)
        .await
        .unwrap();
    assert!(!store.is_empty().await.unwrap());
}

#[both]
async fn a_writer_that_goes_away_half_way_leaves_nothing_and_blocks_nobody(app: TestApp) {
    let store = app.app.store.clone();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(async |tx: &mut Tx| -> Result<(), StoreError> {
                    tx.insert_user(&user(1), None).await?;
                    let _ = begun.send(());
                    std::future::pending().await
                })
                .await
        }
    });
    has_begun.await.unwrap();
    writer.abort();
    assert!(writer.await.is_err());
    store
        .write(async |tx: &mut Tx| tx.insert_user(&user(1), None).await)
        .await
        .unwrap();
}

#[both]
async fn the_same_e_mail_twice_is_a_duplicate_and_a_token_of_nobody_dangles(app: TestApp) {
    let store = &app.app.store;
    store
        .write(async |tx: &mut Tx| tx.insert_user(&user(1), None).await)
        .await
        .unwrap();
    let twin = User {
        id: UserId::new(BEGINNING, [9; 10]),
        ..user(1)
    };
    let twice = store
        .write(async |tx: &mut Tx| tx.insert_user(&twin, None).await)
        .await
        .unwrap_err();
    assert!(twice.is_duplicate());
    let token = aside_server::domain::token::Token {
        id: TokenId::new(BEGINNING, [1; 10]),
        kind: aside_server::domain::token::Kind::Api,
        user: Some(user(7).id),
        name: "x".to_owned(),
        created_at: BEGINNING,
        expires_at: None,
        last_used_at: None,
        scopes: aside_server::domain::token::Scopes::EVERYTHING,
    };
    let dangling = store
        .write(async |tx: &mut Tx| tx.insert_token(&token, &[0; 32]).await)
        .await
        .unwrap_err();
    assert!(!dangling.is_duplicate());
}

#[both]
async fn a_write_that_must_hit_one_row_says_when_it_hits_none(app: TestApp) {
    let missed = app
        .app
        .store
        .write(async |tx: &mut Tx| {
            tx.set_trashed(RecordingId::new(BEGINNING, [1; 10]), false, BEGINNING)
                .await
        })
        .await;
    assert!(matches!(missed, Err(StoreError::NotOneRow(0))));
}

#[both]
async fn sixteen_writers_at_once_all_succeed(app: TestApp) {
    let store = &app.app.store;
    let writers = (1..=16).map(|n| async move {
        store
            .write(async |tx: &mut Tx| {
                // Read, then write: the order in which a deferred transaction would fail.
                tx.any_user().await?;
                tx.insert_user(&user(n), None).await
            })
            .await
    });
    for written in futures_util::future::join_all(writers).await {
        written.unwrap();
    }
}

#[both]
async fn of_two_that_make_the_same_secret_both_get_the_first_one(app: TestApp) {
    let store = &app.app.store;
    let made = futures_util::future::join_all(
        (0..8).map(|n| store.setting_or_insert("key", format!("secret {n}"))),
    )
    .await;
    let made: BTreeSet<String> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.len(), 1);
}

#[both]
async fn migrating_again_changes_nothing_and_a_newer_database_is_refused(app: TestApp) {
    let store = &app.app.store;
    assert!(store.migrate().await.unwrap().is_empty());
    assert!(store.pending_migrations().await.unwrap().is_empty());
    const FUTURE: &str = "INSERT INTO schema_migrations (version, name) VALUES (9999, 'future')";
    match store {
        Store::Sqlite { write, .. } => sqlx::query(FUTURE)
            .execute(write)
            .await
            .map(|_| ())
            .unwrap(),
        Store::Postgres(pool) => sqlx::query(FUTURE).execute(pool).await.map(|_| ()).unwrap(),
    }
    assert!(matches!(
        store.migrate().await,
        Err(StoreError::FromTheFuture(9999))
    ));
}

/// What a catalogue says, in words both databases share.
#[derive(Debug, Default, PartialEq, Eq)]
struct Catalogue {
    /// `table.column` → kind of value, and whether it may be NULL.
    columns: BTreeMap<String, (&'static str, bool)>,
    /// `table(column, …)` for every key that is unique.
    unique: BTreeSet<String>,
}

impl Catalogue {
    fn new(
        columns: Vec<(String, String, String, bool)>,
        keys: Vec<(String, String, String)>,
    ) -> Self {
        let mut catalogue = Self::default();
        for (table, column, kind, nullable) in columns {
            catalogue
                .columns
                .insert(format!("{table}.{column}"), (neutral(&kind), nullable));
        }
        let mut unique: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for (table, index, column) in keys {
            unique.entry((table, index)).or_default().insert(column);
        }
        for ((table, _), columns) in unique {
            catalogue.unique.insert(format!(
                "{table}({})",
                columns.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        catalogue
    }
}

fn neutral(kind: &str) -> &'static str {
    match kind.to_ascii_uppercase().as_str() {
        "BLOB" | "UUID" | "BYTEA" => "bytes",
        "TEXT" | "JSONB" => "text",
        "BIGINT" | "INTEGER" => "integer",
        "BOOLEAN" => "boolean",
        other => panic!("a type nobody agreed on: {other}"),
    }
}

async fn of_sqlite(app: &TestApp) -> Catalogue {
    let Store::Sqlite { read, .. } = &app.app.store else {
        panic!("not SQLite")
    };
    const COLUMNS: &str = "SELECT m.name, c.name, c.type, c.\"notnull\" = 0 FROM sqlite_master m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'search_%_tokens%'";
    // The key of a rowid table is an index nowhere but in the table's definition.
    const KEYS: &str = "SELECT m.name, i.name, c.name FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c \
        WHERE m.type = 'table' AND i.\"unique\" = 1 AND m.name NOT LIKE 'search_%_tokens%' \
        UNION ALL SELECT m.name, 'rowid', c.name FROM sqlite_master m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER' AND m.name NOT LIKE 'search_%_tokens%'";
    let columns: Vec<(String, String, String, i64)> =
        sqlx::query_as(COLUMNS).fetch_all(read).await.unwrap();
    let keys = sqlx::query_as(KEYS).fetch_all(read).await.unwrap();
    // SQLite lets a rowid key be declared without NOT NULL and keeps it from being NULL all the same.
    let columns = columns.into_iter().map(|(t, c, kind, null)| {
        let rowid = kind == "INTEGER";
        (t, c, kind, null == 1 && !rowid)
    });
    Catalogue::new(columns.collect(), keys)
}

async fn of_postgres(app: &TestApp) -> Catalogue {
    let Store::Postgres(pool) = &app.app.store else {
        panic!("not PostgreSQL")
    };
    const COLUMNS: &str = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
        FROM information_schema.columns WHERE table_schema = current_schema() AND data_type <> 'tsvector'";
    const KEYS: &str = "SELECT t.relname::text, i.relname::text, a.attname::text FROM pg_index x \
        JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey) \
        WHERE x.indisunique AND t.relnamespace = current_schema()::regnamespace";
    let columns = sqlx::query_as(COLUMNS).fetch_all(pool).await.unwrap();
    let keys = sqlx::query_as(KEYS).fetch_all(pool).await.unwrap();
    Catalogue::new(columns, keys)
}

/// Tokens of search are tables of FTS5 on SQLite, and columns on PostgreSQL.
#[tokio::test]
async fn the_twin_migrations_make_the_same_tables() {
    let sqlite = of_sqlite(&TestApp::sqlite().await).await;
    assert!(
        sqlite.columns.len() > 60 && sqlite.unique.contains("parts(number, recording_id, track)"),
        "{sqlite:#?}"
    );
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let postgres = of_postgres(&app).await;
    assert_eq!(sqlite.columns, postgres.columns);
    assert_eq!(sqlite.unique, postgres.unique);
}

#[test]
fn every_migration_has_its_twin() {
    let names = |folder: &str| -> BTreeSet<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../migrations")
            .join(folder);
        std::fs::read_dir(path)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
