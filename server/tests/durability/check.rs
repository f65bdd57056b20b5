//! What the recorders were promised, and whether a folder keeps it.

use std::collections::BTreeSet;
use std::path::Path;

use aside_protocol::recording::Sha256;
use aside_server::entropy::SeededEntropy;
use aside_server::objects::Objects;
use aside_server::service::key_of;
use aside_server::service::store_identity::settle;
use aside_server::store::Store;
use serde_json::Value;
use sqlx::Row as _;

use crate::strace::Call;

/// Everything that was answered with a success.
#[derive(Debug, Clone, Default)]
pub(crate) struct Promises {
    /// Hashes of parts; each part of the run has a hash of its own.
    parts: BTreeSet<[u8; 32]>,
    /// Recordings that were finished.
    finished: BTreeSet<String>,
}

impl Promises {
    pub(crate) fn len(&self) -> usize {
        self.parts.len() + self.finished.len()
    }

    /// Looks for an answer in what is sent. It counts from the moment at which the sending begins.
    pub(crate) fn take(&mut self, call: &Call) -> bool {
        let Call::Write { data, .. } = call else {
            return false;
        };
        if !(data.starts_with(b"HTTP/1.1 200") || data.starts_with(b"HTTP/1.1 201")) {
            return false;
        }
        let text = String::from_utf8_lossy(data);
        let body = text
            .split_once("\r\n\r\n")
            .and_then(|(_, body)| serde_json::from_str::<Value>(body).ok());
        let Some(body) = body else { return false };
        if let (Some(_), Ok(sha256)) = (
            body.get("track"),
            serde_json::from_value::<Sha256>(body["sha256"].clone()),
        ) {
            self.parts.insert(sha256.0);
            return true;
        }
        if let (Some(_), Some(id)) = (body.get("finished_at"), body["id"].as_str()) {
            self.finished.insert(id.to_owned());
            return true;
        }
        false
    }
}

/// What is wrong with a data folder after a power cut; empty when all is well.
pub(crate) async fn whole(data: &Path, promises: &Promises) -> Vec<String> {
    let file = data.join("aside.sqlite");
    if promises.len() > 0 && !file.exists() {
        return vec![format!("{} promises, and no database", promises.len())];
    }
    match open(data, &file, promises).await {
        Ok(wrong) => wrong,
        Err(error) => vec![error],
    }
}

async fn open(data: &Path, file: &Path, promises: &Promises) -> Result<Vec<String>, String> {
    let say = |what: &str, e: &dyn std::fmt::Display| format!("{what}: {e}");
    std::fs::create_dir_all(data).map_err(|e| say("folder", &e))?;
    let store = Store::open_sqlite(file)
        .await
        .map_err(|e| say("the database does not open", &e))?;
    store.migrate().await.map_err(|e| say("migrations", &e))?;
    let objects =
        Objects::folder(&data.join("objects")).map_err(|e| say("the objects do not open", &e))?;
    settle(&store, &objects, &SeededEntropy::new(1))
        .await
        .map_err(|e| say("database and objects are strangers", &e))?;
    let Store::Sqlite { write, .. } = &store else {
        return Err("not SQLite".to_owned());
    };
    let mut wrong = Vec::new();
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(write)
        .await
        .map_err(|e| say("integrity_check", &e))?;
    if sound != "ok" {
        wrong.push(format!("the database is damaged: {sound}"));
    }
    let recordings = sqlx::query("SELECT id, finished_at IS NOT NULL AS finished FROM recordings")
        .fetch_all(write)
        .await
        .map_err(|e| say("recordings", &e))?;
    let mut found = BTreeSet::new();
    let mut finished = BTreeSet::new();
    for row in recordings {
        let id = aside_protocol::id::RecordingId(row.get("id"));
        if row.get::<bool, _>("finished") {
            finished.insert(id.to_string());
        }
        for stored in store
            .stored_objects(id)
            .await
            .map_err(|e| say("parts", &e))?
        {
            let sha256 = stored.part.sha256;
            match objects.get(&key_of(&stored.part)).await {
                Ok(bytes) if Sha256::of(&bytes) == sha256 => {
                    found.insert(sha256.0);
                }
                Ok(bytes) => wrong.push(format!(
                    "a row whose object holds {} other bytes",
                    bytes.len()
                )),
                Err(error) => wrong.push(format!("a row without its object: {error}")),
            }
        }
    }
    let lost = promises.parts.difference(&found).count();
    if lost > 0 {
        wrong.push(format!(
            "{lost} of {} acknowledged parts are lost",
            promises.parts.len()
        ));
    }
    for id in promises.finished.difference(&finished) {
        wrong.push(format!("{id} was finished and is not"));
    }
    store.close().await;
    Ok(wrong)
}
