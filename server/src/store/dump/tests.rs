use std::collections::BTreeSet;
use std::io::BufReader;

use aside_test_macros::both;

use super::format::{DERIVED, TABLES};
use super::recording::{LEFT_OUT, OF_RECORDING, REFERENCES};
use super::*;
use crate::store::{Store, Tx};
use crate::testing::TestApp;

async fn dumped(store: &Store) -> String {
    let mut out = Vec::new();
    store.dump(&mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn loaded(store: &Store, text: &str) -> Result<Counts, LoadError> {
    store.load(&mut BufReader::new(text.as_bytes())).await
}

/// A row in every table, with NULL, the largest numbers, zero bytes and text that JSON has to escape.
async fn fill(store: &Store) {
    let id = |n: u8| format!("{n:02x}").repeat(16);
    let (user, recording, comment, answer) = (id(1), id(2), id(4), id(3));
    let rows = [
        format!("users (id, email, name, role, password_hash, created_at) VALUES (X{user}, 'ana@example.org', 'A\"n\\a\n\u{1f600}', 'owner', NULL, 9007199254740993)"),
        format!("user_groups (id, name, folded_name, created_at, version) VALUES (X{}, 'N', 'n', 1, 1)", id(10)),
        format!("user_group_members (group_id, user_id) VALUES (X{}, X{user})", id(10)),
        format!("invitations (id, hash, email, role, created_at, expires_at) VALUES (X{}, B{}, NULL, 'member', 1, 2)", id(11), "00ff01"),
        format!("invitation_groups (invitation_id, group_id) VALUES (X{}, X{})", id(11), id(10)),
        format!("tokens (id, kind, hash, user_id, name, created_at) VALUES (X{}, 'api', B{}, X{user}, '', 1)", id(5), "00ff00"),
        format!("idempotency_keys (token_id, name, request, body, created_at) VALUES (X{}, 'k', B00ff, B0001, 1)", id(5)),
        "device_codes (device_hash, user_code, client_name, state, created_at, expires_at) VALUES (B00, 'BCDFGHJK', '', 'pending', 1, 2)".to_owned(),
        "settings (name, value) VALUES ('n', 'v')".to_owned(),
        format!("folders (id, owner_id, name, created_at) VALUES (X{}, X{user}, 'n', 1)", id(8)),
        format!("folder_grants (id, folder_id, user_id, created_at) VALUES (X{}, X{}, X{user}, 1)", id(17), id(8)),
        format!("recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, folder_id) VALUES (X{recording}, 's', X{user}, 't', 'link', -1, 2, 3, X{})", id(8)),
        format!("tracks (recording_id, name, codec, timescale, init) VALUES (X{recording}, 'video', 'avc1', 90000, B0001)"),
        format!("inits (recording_id, track, version, codec, init) VALUES (X{recording}, 'video', 2, 'avc1', B0002)"),
        format!("parts (recording_id, track, number, start, duration, independent, size, sha256, created_at) VALUES (X{recording}, 'video', 0, 0, 1, TRUE, 5, B00ff, 1)"),
        format!("grants (id, recording_id, user_id, email, created_at) VALUES (X{}, X{recording}, NULL, 'x@example.org', 1)", id(8)),
        format!("handovers (recording_id, from_id, to_id, folder_id, named, until) VALUES (X{recording}, X{user}, X{user}, NULL, TRUE, 1)"),
        format!("removed_folders (id, owner_id, name, created_at, said, until) VALUES (X{}, X{user}, 'n', 1, '{{}}', 2)", id(18)),
        format!("removed_folder_recordings (folder_id, recording_id, audience, narrowed) VALUES (X{}, X{recording}, 'link', FALSE)", id(18)),
        format!("access_requests (id, recording_id, user_id, message, created_at) VALUES (X{}, X{recording}, X{user}, 'please', 1)", id(9)),
        format!("audit (at, actor_id, actor_name, action, recording_id, detail) VALUES (1, X{user}, 'A', 'link_replaced', X{recording}, '{{}}')"),
        // The answer has the smaller id: it must come behind its comment all the same.
        format!("comments (id, recording_id, author_name, at_ms, body, created_at) VALUES (X{comment}, X{recording}, 'a', 1, 'b', 1)"),
        format!("comments (id, recording_id, parent_id, author_name, at_ms, body, created_at) VALUES (X{answer}, X{recording}, X{comment}, 'a', 1, 'b', 1)"),
        format!("attachments (id, recording_id, comment_id, key, name, size, content_type, width, created_at) VALUES (X{}, X{recording}, X{comment}, 'k', 'n', 9007199254740993, 'image/png', 1, 1)", id(13)),
        format!("attachment_thumbnails (attachment_id, jpeg) VALUES (X{}, B00ffd8)", id(13)),
        format!("comment_removed_files (comment_id, n, name, removed_at) VALUES (X{comment}, 1, 'n', 1)"),
        format!("comment_mentions (comment_id, n, user_id) VALUES (X{comment}, 0, X{user})"),
        format!("comment_versions (comment_id, n, body, written_at) VALUES (X{comment}, 1, 'c', 1)"),
        format!("comment_reactions (comment_id, emoji, user_id, created_at) VALUES (X{comment}, '\u{1f600}', X{user}, 1)"),
        format!("moment_reactions (id, recording_id, at_ms, kind, user_id, created_at) VALUES (X{}, X{recording}, 1, 'like', X{user}, 1)", id(12)),
        format!("layouts (recording_id, version, moments) VALUES (X{recording}, 1, '[]')"),
        format!("marks (id, recording_id, at_ms, title, created_at, version) VALUES (X{}, X{recording}, 1, 't', 1, 1)", id(7)),
        format!("recording_tags (recording_id, tag) VALUES (X{recording}, 'bug')"),
        format!("take_reports (recording_id, report) VALUES (X{recording}, '{{}}')"),
        format!("downloads (recording_id, state, percent, asked_at) VALUES (X{recording}, 'waiting', 0, 1)"),
        format!("transcripts (recording_id, state, next_part, done_ms, words, cursor, updated_at) VALUES (X{recording}, 'done', 1, 2, 3, '{{\"a\": [1, null]}}', 4)"),
        format!("words (recording_id, n, start_ms, end_ms, text, gap) VALUES (X{recording}, 0, 1, 2, 'hello', FALSE)"),
        format!("transcript_versions (recording_id, version, user_id, kind, first, removed, added, created_at) VALUES (X{recording}, 1, X{user}, 'edit', 0, '[]', NULL, 1)"),
        format!("suggestions (id, recording_id, kind, at_ms, end_ms, text, state, found, version) VALUES (X{}, X{recording}, 'action', 1, 2, 't', 'open', 't', 1)", id(16)),
        format!("assistant_runs (recording_id, state, model, why, fingerprint, asked, parts, changed_at) VALUES (X{recording}, 'done', 'm', NULL, 'f', 1, 1, 1)"),
        format!("translations (recording_id, language, state, model, why, fingerprint, asked_by, changed_at, lines) VALUES (X{recording}, 'de', 'done', 'm', 'w', 'f', X{user}, 1, '[]')"),
        format!("sprites (recording_id, key, tile_width, tile_height, count, every_ms, changes) VALUES (X{recording}, 'k', 160, 90, 1, 1000, '[0]')"),
        format!("sound_turns (recording_id, at_ms, source) VALUES (X{recording}, 9007199254740993, 'both')"),
        format!("screen_texts (recording_id, state, until_ms, lines) VALUES (X{recording}, 'done', 9007199254740993, '[]')"),
        format!("previews (recording_id, key, size, start_ms, width, height) VALUES (X{recording}, 'k', 1000, 0, 640, 360)"),
        format!("views (recording_id, viewer, user_id, seconds, position_ms, first_at, last_at) VALUES (X{recording}, 'm', X{user}, B00ff, 1, 2, 3)"),
        format!("agent_views (recording_id, user_id, reads, last_at) VALUES (X{recording}, X{user}, 9007199254740993, 1)"),
        format!("notices (id, user_id, cause, kind, recording_id, comment_id, actor_id, created_at, shown_at) VALUES (X{}, X{user}, 'c', 'answer', X{recording}, X{answer}, X{user}, 1, 1)", id(12)),
        format!("subscriptions (user_id, target, follows, thread_id, created_at) VALUES (X{user}, X{comment}, FALSE, X{comment}, 1)"),
        format!("push_subscriptions (id, user_id, token_id, endpoint, public_key, auth, created_at) VALUES (X{}, X{user}, X{}, 'https://push.example.net/x', B0400ff, B00, 1)", id(16), id(5)),
        format!("push_shown (subscription_id, tag, notice_id, shown_at) VALUES (X{}, 't', X{}, 1)", id(16), id(12)),
        format!("outbox (notice_id, channel, user_id, due_at, together) VALUES (X{}, 'mail', X{user}, 1, TRUE)", id(12)),
        format!("viewings (recording_id, user_id, required, due_at, created_at) VALUES (X{recording}, X{user}, TRUE, 5, 1)"),
        format!("notice_settings (user_id, settings) VALUES (X{user}, '{{}}')"),
        format!("destinations (id, user_id, made_by, name, target, events, places, created_at, failures, held_until) VALUES (X{}, X{user}, X{user}, 'n', '{{}}', ' test ', 'chosen', 1, 0, 0)", id(13)),
        format!("destination_places (destination_id, place, recording_id) VALUES (X{}, X{recording}, X{recording})", id(13)),
        format!("outbound_events (id, kind, recording_id, comment_id, actor_id, at) VALUES (X{}, 'test', X{recording}, X{comment}, X{user}, 1)", id(14)),
        format!("deliveries (id, destination_id, event_id, state, created_at, since, due_at, tries, attempts) VALUES (X{}, X{}, X{}, 'waiting', 1, 1, 1, 0, 1)", id(15), id(13), id(14)),
        format!("delivery_attempts (delivery_id, number, at, status, reason, took_ms, excerpt) VALUES (X{}, 1, 1, NULL, 'no', 5, '')", id(15)),
        format!("issues (id, destination_id, recording_id, comment_id, event_id, asked_by, subject, at_ms, created_at, name, url, state, closed, changed_at, checked_at) VALUES (X{}, X{}, X{recording}, X{comment}, X{}, X{user}, 's', 1, 1, 'n', 'u', 'open', 0, 1, 1)", id(16), id(13), id(14)),
        format!("shared_links (event_id, message, links) VALUES (X{}, '{{}}', '[]')", id(14)),
        format!("hooks_seen (destination_id, digest, at) VALUES (X{}, B00ff, 1)", id(13)),
        format!("calendars (user_id, number) VALUES (X{user}, 1)"),
        format!("events (recording_id, kind, data, created_at) VALUES (X{recording}, 'k', '{{}}', 1)"),
        format!("events (recording_id, kind, data, created_at) VALUES (X{recording}, 'k', '{{}}', 2)"),
        format!("jobs (id, kind, payload, asked, run_at, attempt, failures, max_failures, created_at) VALUES (X{}, 'k', '{{}}', 1, 1, 0, 0, 1, 1)", id(6)),
        "tombstones (key, deleted_at) VALUES ('k', 1)".to_owned(),
        format!("pictures (user_id, sha256, png) VALUES (X{user}, B00ff, B89504e47)"),
        format!("account_links (hash, purpose, user_id, created_at, expires_at) VALUES (B00ff, 'reset', X{user}, 1, 2)"),
        format!("identities (issuer, subject, user_id, created_at) VALUES ('i', 's', X{user}, 1)"),
        "oidc_logins (state_hash, browser_hash, nonce, verifier, next, expires_at) VALUES (B00, B01, 'n', 'v', '/', 1)".to_owned(),
        format!("two_factors (user_id, secret, last_step) VALUES (X{user}, B00ff, 1)"),
        format!("recovery_codes (user_id, hash) VALUES (X{user}, B00ff)"),
        format!("passkeys (credential_id, user_id, public_key, counter, backup_eligible, rp_id, transports, name, created_at) VALUES (B01ff, X{user}, B02ff, 4294967295, TRUE, 'r', 'usb', 'n', 1)"),
        "passkey_challenges (hash, purpose, user_id, expires_at) VALUES (B03ff, 'sign_in', NULL, 1)".to_owned(),
        "reply_keys (id, key, created_at) VALUES (255, 'k', 1)".to_owned(),
        format!("mail_replies (message, sender, user_id, outcome, created_at) VALUES ('m', 's', X{user}, 'posted', 1)"),
        format!("mails (id, letter, created_at) VALUES (X{}, '{{}}', 1)", id(10)),
        "speech_model (id, state, name, updated_at) VALUES (1, 'ready', 'n', 1) ON CONFLICT (id) DO NOTHING".to_owned(),
    ];
    // The newest event is gone: its number must not come again.
    let rows = rows.map(|row| format!("INSERT INTO {row}"));
    let all = rows
        .into_iter()
        .chain(["DELETE FROM events WHERE created_at = 2".to_owned()]);
    store
        .write(async |tx: &mut Tx| {
            for sql in all {
                let sql = literals(&sql, matches!(tx, Tx::Postgres(_)));
                match tx {
                    Tx::Sqlite(tx) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                        .execute(&mut **tx)
                        .await
                        .map(|_| ())?,
                    Tx::Postgres(tx) => sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                        .execute(&mut **tx)
                        .await
                        .map(|_| ())?,
                }
            }
            Ok::<(), crate::store::StoreError>(())
        })
        .await
        .unwrap();
}

/// `Xhex` is a UUID, `Bhex` are bytes.
fn literals(sql: &str, postgres: bool) -> String {
    sql.split_inclusive([' ', ',', '(', ')'])
        .map(|word| {
            let text = word.trim_end_matches([' ', ',', '(', ')']);
            let rest = &word[text.len()..];
            let hex = text
                .get(1..)
                .filter(|h| !h.is_empty() && h.bytes().all(|b| b.is_ascii_hexdigit()));
            match (text.chars().next(), hex, postgres) {
                (Some('X'), Some(hex), true) => format!("'{hex}'{rest}"),
                (Some('B'), Some(hex), true) => format!("'\\x{hex}'{rest}"),
                (Some('X' | 'B'), Some(hex), false) => format!("X'{hex}'{rest}"),
                _ => word.to_owned(),
            }
        })
        .collect()
}

async fn tables(store: &Store) -> BTreeSet<String> {
    let names: Vec<String> = match store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%_tokens%'",
        )
        .fetch_all(read)
        .await
        .unwrap(),
        Store::Postgres(pool) => sqlx::query_scalar(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
        )
        .fetch_all(pool)
        .await
        .unwrap(),
    };
    names.into_iter().collect()
}

#[both]
async fn every_table_of_the_database_is_in_the_dump(app: TestApp) {
    let mut known: BTreeSet<String> = TABLES.iter().map(|t| (*t).to_owned()).collect();
    known.insert("schema_migrations".to_owned());
    known.extend(DERIVED.iter().map(|t| (*t).to_owned()));
    assert_eq!(tables(&app.app.store).await, known);
}

#[both]
async fn a_dump_that_was_loaded_dumps_the_same_again(app: TestApp) {
    fill(&app.app.store).await;
    let text = dumped(&app.app.store).await;
    for table in TABLES {
        let head = format!("{{\"table\":\"{table}\"");
        let mut lines = text.lines().skip_while(|l| !l.starts_with(&head)).skip(1);
        assert!(
            lines.next().is_some_and(|l| l.starts_with('[')),
            "a row of {table}"
        );
    }
    let fresh = TestApp::seeded(2).await;
    loaded(&fresh.app.store, &text).await.unwrap();
    let again = dumped(&fresh.app.store).await;
    if matches!(app.app.store, Store::Sqlite { .. }) {
        assert_eq!(again, text);
    }
    // And back into the database it came from, emptied by its own test.
    if let Some(postgres) = TestApp::postgres().await {
        loaded(&postgres.app.store, &again).await.unwrap();
        let round = dumped(&postgres.app.store).await;
        let next = TestApp::seeded(3).await;
        loaded(&next.app.store, &round).await.unwrap();
        // PostgreSQL writes JSON its own way; everything else is the same.
        assert_eq!(
            dumped(&next.app.store)
                .await
                .replace("{\\\"a\\\": [1, null]}", ""),
            again.replace("{\\\"a\\\": [1, null]}", "")
        );
    }
}

#[both]
async fn a_dump_that_was_cut_off_changed_or_comes_twice_leaves_the_database_as_it_was(
    app: TestApp,
) {
    let source = TestApp::seeded(4).await;
    fill(&source.app.store).await;
    let text = dumped(&source.app.store).await;
    let before = dumped(&app.app.store).await;
    let lines: Vec<&str> = text.lines().collect();
    let cuts = (1..lines.len()).map(|n| lines[..n].join("\n"));
    let missing = lines.iter().rposition(|l| l.starts_with('[')).unwrap();
    let mut fewer = lines.clone();
    fewer.remove(missing);
    let wrong = [
        fewer.join("\n"),
        text.replace("\"ana@example.org\"", "7"),
        text.replace("\"email\"", "\"e-mail\""),
        text.replace("[\"role\",\"text\"]", "[\"role\",\"int\"]"),
        text.replace("{\"table\":\"users\"", "{\"table\":\"user\""),
    ];
    for bad in cuts.chain(wrong) {
        let refused = loaded(&app.app.store, &bad).await.unwrap_err();
        assert!(matches!(refused, LoadError::Damaged(_)), "{refused}: {bad}");
        assert_eq!(dumped(&app.app.store).await, before);
    }
    for (bad, wanted) in [
        ("", "not a backup"),
        ("hello\n", "not a backup"),
        ("{\"aside_backup\":2,\"schema\":1}\n", "newer program"),
        ("{\"aside_backup\":1,\"schema\":9999}\n", "newer program"),
        ("{\"aside_backup\":1,\"schema\":1}\n", "newer schema"),
    ] {
        let refused = loaded(&app.app.store, bad).await.unwrap_err().to_string();
        assert!(refused.contains(wanted), "{refused}");
    }
    loaded(&app.app.store, &text).await.unwrap();
    assert!(matches!(
        loaded(&app.app.store, &text).await,
        Err(LoadError::NotEmpty)
    ));
}

/// Tables and columns that name another table, with that table; `recording_id` is also found where it is no foreign key.
async fn references(app: &TestApp) -> Vec<(String, String, String)> {
    const SQL: &str = "SELECT m.name, f.\"from\", f.\"table\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' \
         UNION SELECT m.name, c.name, 'recordings' FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'recording_id'";
    let Store::Sqlite { read, .. } = &app.app.store else {
        panic!("asked of SQLite only: both have the same keys");
    };
    sqlx::query_as(SQL).fetch_all(read).await.unwrap()
}

#[tokio::test]
async fn every_table_with_rows_of_a_recording_is_exported_or_named_as_left_out() {
    let app = TestApp::sqlite().await;
    let exported = |table: &str| OF_RECORDING.iter().any(|(name, _)| *name == table);
    let found = references(&app).await;
    assert!(found.len() > 15, "{found:?}");
    for (table, column, of) in found {
        if column == "recording_id" {
            assert!(
                exported(&table) || LEFT_OUT.contains(&&*table),
                "rows of {table} belong to a recording: add it to OF_RECORDING or to LEFT_OUT"
            );
        }
        if exported(&table) && !exported(&of) {
            assert!(
                REFERENCES
                    .iter()
                    .any(|(t, c, _)| *t == table && *c == column),
                "{table}.{column} names a row of {of}, which another server does not have: say in REFERENCES what becomes of it"
            );
        }
    }
}
