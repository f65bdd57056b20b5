//! The run that is replayed: the built program under `strace`, four recorders at once.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::content_digest;
use aside_server::testing::Take;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The data folder, below the root of the replayed disk. Nothing of it is there at first.
pub(crate) const DATA: &str = "var/lib/aside";
/// Calls that change a disk or answer a client. What is missing here would be missing in the replay.
const TRACED: &str = "trace=open,openat,close,write,pwrite64,writev,sendto,sendmsg,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,\
    creat,pwritev,pwritev2,truncate,fallocate,sync_file_range,copy_file_range,sendfile,openat2,rmdir";
const SECONDS: u32 = 20;

/// A folder in memory where there is one: thousands of them are written.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// `strace` and, below it, the server: both end with the guard.
struct Traced(Child);

impl Traced {
    /// The server is the only child of strace.
    fn kill_server(&self) {
        let children = format!("/proc/{0}/task/{0}/children", self.0.id());
        let children = std::fs::read_to_string(children).unwrap_or_default();
        for pid in children.split_whitespace().filter_map(|p| p.parse().ok()) {
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.kill_server();
        let _ = self.0.wait();
    }
}

/// Uploads and finishes takes; answers the log and the root of the disk it speaks of.
pub(crate) async fn upload_under_strace() -> (String, PathBuf) {
    let root = scratch();
    let log = scratch();
    let log = log.path().join("log");
    let disk = root.path().canonicalize().unwrap();
    let mut traced = Traced(
        Command::new("strace")
            .args([
                "-f", "-qq", "-y", "-xx", "-s", "33554432", "-e", TRACED, "-o",
            ])
            .arg(&log)
            .arg(env!("CARGO_BIN_EXE_aside-server"))
            .args(["serve", "--listen", "127.0.0.1:0", "--no-worker", "--data"])
            .arg(disk.join(DATA))
            .env("RUST_LOG", "warn")
            .env_remove("ASIDE_CONFIG")
            .stdout(Stdio::piped())
            .spawn()
            .expect("strace runs: it is in the package strace, and needs ptrace"),
    );
    let mut first = String::new();
    BufReader::new(traced.0.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let url = first
        .trim()
        .strip_prefix("listening on ")
        .expect("the promised line")
        .to_owned();
    let token = token(&url).await;
    let takes: Vec<Take> = (1..=4).map(|seed| Take::new(seed, SECONDS)).collect();
    futures_util::future::join_all(takes.iter().map(|take| upload(&url, &token, take))).await;
    traced.kill_server();
    traced.0.wait().unwrap();
    (std::fs::read_to_string(log).unwrap(), disk)
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn token(url: &str) -> String {
    let http = client();
    let owner =
        json!({ "email": "sam@example.org", "name": "Sam", "password": "correct horse battery" });
    let made = http
        .post(format!("{url}/api/setup"))
        .json(&owner)
        .send()
        .await
        .unwrap();
    let cookie = made.headers()["set-cookie"].to_str().unwrap().to_owned();
    let pair = cookie.split(';').next().unwrap();
    let token: Value = http
        .post(format!("{url}/api/tokens"))
        .header("cookie", pair)
        .header("origin", url)
        .json(&json!({ "name": "test" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    token["token"].as_str().expect("a token").to_owned()
}

/// Sends parts of both tracks, one after the other, and finishes; every answer is a success.
async fn upload(url: &str, token: &str, take: &Take) {
    let http = client();
    let sent = async |request: reqwest::RequestBuilder| {
        let answer = request.bearer_auth(token).send().await.unwrap();
        let status = answer.status();
        assert!(
            status.is_success(),
            "{status}: {}",
            answer.text().await.unwrap_or_default()
        );
    };
    sent(
        http.put(format!("{url}{}", take.path()))
            .json(&take.create()),
    )
    .await;
    for number in 0..take.video.len() {
        for track in [TrackName::Video, TrackName::Audio] {
            let bytes = take.parts(track)[number].clone();
            let part = http
                .put(format!(
                    "{url}{}/tracks/{track}/parts/{number}",
                    take.path()
                ))
                .header("content-digest", content_digest(&Sha256::of(&bytes)))
                .body(bytes);
            sent(part).await;
        }
    }
    let finish = http
        .post(format!("{url}{}/finish", take.path()))
        .json(&take.finish());
    sent(finish).await;
}
