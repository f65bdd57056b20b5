//! The program itself: what the verbs do, how a server starts and ends, what it costs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::content_digest;
use aside_server::testing::smtp::{Fault, SmtpServer};
use aside_server::testing::{Take, video_part};
use bytes::Bytes;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn aside(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aside-server"));
    command
        .args(args)
        .arg("--data")
        .arg(data)
        .env("RUST_LOG", "warn")
        .env_remove("ASIDE_CONFIG");
    command
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Makes the account sam@example.org and answers an API token of it.
fn token(data: &Path) -> String {
    let mut add = aside(
        data,
        &[
            "user",
            "add",
            "Sam@example.org",
            "--password-stdin",
            "--role",
            "owner",
        ],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::null())
    .spawn()
    .unwrap();
    add.stdin
        .take()
        .unwrap()
        .write_all(b"correct horse battery\n")
        .unwrap();
    assert!(add.wait().unwrap().success());
    let made = aside(
        data,
        &[
            "token",
            "create",
            "--user",
            "sam@example.org",
            "--name",
            "test",
        ],
    )
    .output()
    .unwrap();
    assert!(made.status.success());
    said(&made)
}

/// A running server; ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    http: reqwest::Client,
    token: String,
}

impl Server {
    /// Makes an account and starts.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, token(data))
    }

    pub(crate) fn start_with(data: &Path, token: String) -> Self {
        let mut child = aside(data, &["serve", "--listen", "127.0.0.1:0", "--no-worker"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let url = first
            .trim()
            .strip_prefix("listening on ")
            .expect("the promised line")
            .to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            child,
            url,
            http: reqwest::Client::new(),
            token,
        }
    }

    pub(crate) async fn create(&self, take: &Take) {
        let request = self
            .http
            .put(format!("{}{}", self.url, take.path()))
            .bearer_auth(&self.token)
            .json(&take.create());
        assert_eq!(request.send().await.unwrap().status(), 201);
    }

    pub(crate) async fn put(&self, take: &Take, number: usize, bytes: &Bytes) {
        let request = self
            .http
            .put(format!(
                "{}{}/tracks/{}/parts/{number}",
                self.url,
                take.path(),
                TrackName::Video
            ))
            .bearer_auth(&self.token)
            .header("content-digest", content_digest(&Sha256::of(bytes)))
            .body(bytes.clone());
        let answer = request.send().await.unwrap();
        assert_eq!(
            answer.status(),
            201,
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// A line of `/proc/…/status`, in KiB.
    #[cfg(target_os = "linux")]
    fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let text = status.lines().find_map(|l| l.strip_prefix(line)).unwrap();
        text.trim_start_matches(':')
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.url));
        request.bearer_auth(&self.token).send().await.unwrap()
    }

    pub(crate) fn terminate(&mut self) -> std::process::ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_server_without_settings_serves_and_ends_in_good_order() {
    let data = folder();
    let mut server = Server::start(data.path());
    let me: Value = server
        .http
        .get(format!("{}/api/me", server.url))
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me["user"]["email"], "sam@example.org");
    assert!(server.terminate().success());
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let data = folder();
    let take = Take::new(1, 3);
    let mut server = Server::start(data.path());
    server.create(&take).await;
    for n in 0..3 {
        server.put(&take, n, &take.video[n]).await;
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let server = Server::start_with(data.path(), server.token.clone());
    let status: Value = server
        .http
        .get(format!("{}{}/upload", server.url, take.path()))
        .bearer_auth(&server.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        status["received"][0]["ranges"],
        serde_json::json!([{ "first": 0, "last": 2 }])
    );
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_with_what_to_do() {
    let data = folder();
    let _first = Server::start(data.path());
    let second = aside(
        data.path(),
        &["serve", "--listen", "127.0.0.1:0", "--no-worker"],
    )
    .output()
    .unwrap();
    assert!(!second.status.success());
    let why = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(why.contains("--data") && second.stdout.is_empty(), "{why}");
}

#[test]
fn a_password_never_comes_from_the_command_line_and_an_account_is_made_once() {
    let data = folder();
    token(data.path());
    let without = aside(data.path(), &["user", "add", "ana@example.org"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!without.status.success());
    assert!(String::from_utf8_lossy(&without.stderr).contains("--password-stdin"));
    let mut twice = aside(
        data.path(),
        &["user", "add", "sam@example.org", "--password-stdin"],
    )
    .stdin(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    twice
        .stdin
        .take()
        .unwrap()
        .write_all(b"correct horse battery")
        .unwrap();
    let twice = twice.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&twice.stderr).contains("has an account already"));
    let nobody = aside(
        data.path(),
        &[
            "token",
            "create",
            "--user",
            "ben@example.org",
            "--name",
            "x",
        ],
    )
    .output()
    .unwrap();
    assert!(!nobody.status.success() && nobody.stdout.is_empty());
}

#[test]
fn the_doctor_says_what_is_broken_and_fails() {
    let data = folder();
    let well = aside(data.path(), &["doctor"]).output().unwrap();
    assert!(well.status.success(), "{}", said(&well));
    assert!(said(&well).contains("written, read, deleted"));
    let ill = aside(
        data.path(),
        &[
            "doctor",
            "--database",
            "postgres://nobody:secret@127.0.0.1:1/none",
        ],
    )
    .output()
    .unwrap();
    assert_eq!(ill.status.code(), Some(1));
    assert!(
        said(&ill).contains("BROKEN") && !said(&ill).contains("secret"),
        "{}",
        said(&ill)
    );
}

#[test]
fn the_verbs_that_need_nothing_print_what_they_promise() {
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_aside-server"))
            .args(args)
            .output()
            .unwrap()
    };
    assert_eq!(
        String::from_utf8(run(&["config", "sample"]).stdout).unwrap(),
        aside_server::config::SAMPLE
    );
    assert_eq!(
        String::from_utf8(run(&["openapi"]).stdout).unwrap(),
        aside_server::http::openapi::document(aside_server::http::router::routes())
    );
    let data = folder();
    assert!(
        said(&aside(data.path(), &["migrate"]).output().unwrap()).contains("applied 0001_accounts")
    );
    assert_eq!(
        said(&aside(data.path(), &["migrate"]).output().unwrap()),
        "up to date"
    );
}

/// Fifty takes of a busy screen (0.4 MB a second) at once: what they cost a take, beyond what the
/// server needs anyway.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn fifty_takes_at_once_cost_less_than_half_a_megabyte_each() {
    const TAKES: u8 = 50;
    let data = folder();
    let server = Server::start(data.path());
    let round = async |take: &Take, n: u32| {
        let bytes = video_part(7, n, 100_000);
        server.put(take, n as usize, &bytes).await;
    };
    let first = Take::new(60, 1);
    server.create(&first).await;
    for n in 0..8 {
        round(&first, n).await;
    }
    let before = server.memory("VmRSS");
    let takes: Vec<Take> = (0..TAKES).map(|n| Take::new(n, 1)).collect();
    let uploads = takes.iter().map(|take| async {
        server.create(take).await;
        for n in 0..10 {
            round(take, n).await;
        }
    });
    futures_util::future::join_all(uploads).await;
    let growth = server.memory("VmHWM").saturating_sub(before) / u64::from(TAKES);
    assert!(growth <= 512, "{growth} KiB a take");
    println!("{growth} KiB a take");
}

/// Whoever reads slowly costs the pieces that are under way, not the part.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn forty_slow_readers_of_a_large_part_do_not_keep_it_in_memory_forty_times() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    const READERS: u64 = 40;
    let data = folder();
    let server = Server::start(data.path());
    let take = Take::new(61, 1);
    server.create(&take).await;
    for n in 0..4 {
        let bytes = video_part(61, n, 1000);
        server.put(&take, n as usize, &bytes).await;
    }
    // Four pictures.
    let large = video_part(61, 4, 15 * 1024 * 1024 / 4);
    server.put(&take, 4, &large).await;
    let watch = format!("{}/api/watch/{}", server.url, take.slug);
    let watch: Value = server
        .http
        .get(watch)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let master = watch["playback"]["url"]
        .as_str()
        .expect("something to play");
    let path = master.replace("master.m3u8", "video/4-4.m4s");
    let address = server.url.strip_prefix("http://").unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");

    let before = server.memory("VmRSS");
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut begun = vec![0; 128 * 1024];
        stream.read_exact(&mut begun).await.unwrap();
        assert!(begun.starts_with(b"HTTP/1.1 200"));
        readers.push((stream, begun));
    }
    let growth = server.memory("VmRSS").saturating_sub(before) / READERS;
    assert!(growth <= 1024, "{growth} KiB a reader");
    println!("{growth} KiB a reader");
    let (mut stream, mut all) = readers.pop().unwrap();
    stream.read_to_end(&mut all).await.unwrap();
    assert!(all.ends_with(&large), "and the rest still comes");
}

/// Every file below the folder with its bytes, but for the lock and SQLite's own.
fn files(folder: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    found
}

#[tokio::test]
async fn a_fresh_database_on_an_old_folder_is_refused_and_costs_not_one_object() {
    let data = folder();
    let take = Take::new(1, 4);
    let mut server = Server::start(data.path());
    server.create(&take).await;
    for n in 0..4 {
        server.put(&take, n, &take.video[n]).await;
    }
    assert!(server.terminate().success());
    let before = files(&data.path().join("objects"));
    assert_eq!(before.len(), 5, "four parts and the store id");

    let elsewhere = folder();
    let database = format!("sqlite://{}", elsewhere.path().join("new.sqlite").display());
    let run = |args: &[&str]| {
        let args: Vec<&str> = args
            .iter()
            .copied()
            .chain(["--database", &database])
            .collect();
        aside(data.path(), &args).output().unwrap()
    };
    for verb in [
        &["serve", "--listen", "127.0.0.1:0", "--no-worker"][..],
        &["worker"],
    ] {
        let refused = run(verb);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && refused.stdout.is_empty(),
            "{why}"
        );
        assert!(
            why.contains("do not belong together")
                && why.contains("aside-server pair --yes")
                && why.contains("Nothing was changed or deleted"),
            "{why}"
        );
    }
    let doctor = run(&["doctor"]);
    assert!(
        said(&doctor).contains("4 (")
            && said(&doctor).contains("belong to nothing this database knows"),
        "{}",
        said(&doctor)
    );
    assert_eq!(doctor.status.code(), Some(1));
    assert!(!run(&["pair"]).status.success());
    assert_eq!(
        files(&data.path().join("objects")),
        before,
        "nothing was touched"
    );

    // Against all advice: even then nothing is deleted, and the old database still fits.
    let paired = run(&["pair", "--yes"]);
    assert!(paired.status.success(), "{}", said(&paired));
    assert_eq!(files(&data.path().join("objects")), before);
    let _again = Server::start_with(data.path(), server.token.clone());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_the_server_gives_a_link_for_a_forgotten_password() {
    let data = folder();
    let server = Server::start(data.path());
    let verb = |args: &[&str]| aside(data.path(), args).output().unwrap();
    let printed = verb(&[
        "user",
        "reset",
        "SAM@example.org",
        "--public-url",
        &server.url,
    ]);
    assert!(printed.status.success());
    let link = said(&printed);
    let token = link
        .strip_prefix(&format!("{}/reset#", server.url))
        .unwrap();
    let post = async |path: &str, body: Value| {
        let request = server
            .http
            .post(format!("{}{path}", server.url))
            .json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let confirm = serde_json::json!({ "token": token, "password": "another horse" });
    assert_eq!(
        post("/api/password-reset/confirm", confirm.clone()).await,
        204
    );
    assert_eq!(post("/api/password-reset/confirm", confirm).await, 410);
    let moved = verb(&["user", "set-mail", "sam@example.org", "Sam@Example.net"]);
    assert!(moved.status.success());
    let sign_in = serde_json::json!({ "email": "sam@example.net", "password": "another horse" });
    assert_eq!(post("/api/session", sign_in).await, 200);
    let nobody = verb(&["user", "reset", "sam@example.org"]);
    assert!(!nobody.status.success() && nobody.stdout.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_sends_a_test_mail_and_says_when_none_can_be_sent() {
    let (data, smtp) = (folder(), SmtpServer::start().await);
    let url = smtp.url();
    let doctor = |more: &[&str]| {
        let args = [&["doctor"], more].concat();
        let output = aside(data.path(), &args).output().unwrap();
        let lines = said(&output);
        let line = lines.lines().find(|line| line.contains(" mail "));
        line.unwrap_or_else(|| panic!("{lines}")).to_owned()
    };
    let settings = [
        "--smtp",
        &url,
        "--mail-from",
        "a@example.org",
        "--public-url",
        "https://aside.test",
    ];
    let with = |more: &[&str]| doctor(&[&settings[..], more].concat());
    assert!(with(&[]).starts_with("ok"), "{}", with(&[]));
    assert_eq!(smtp.mails().len(), 0, "to say hello is no mail");
    let sent = with(&["--mail", "Ops@example.org"]);
    assert!(
        sent.starts_with("ok") && sent.contains("ops@example.org"),
        "{sent}"
    );
    assert_eq!(smtp.mails()[0].to, "ops@example.org");
    smtp.fail_next(Fault::Refuse(550));
    let refused = with(&["--mail", "ops@example.org"]);
    assert!(
        refused.starts_with("BROKEN") && refused.contains("550"),
        "{refused}"
    );
    assert!(doctor(&[]).starts_with("lacking"));
    assert!(doctor(&["--mail", "ops@example.org"]).starts_with("BROKEN"));
}

#[test]
fn a_mail_server_without_an_address_for_links_is_refused_at_the_start() {
    let data = folder();
    let args = [
        "serve",
        "--smtp",
        "smtps://mail.example.org",
        "--mail-from",
        "a@example.org",
    ];
    let refused = aside(data.path(), &args).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && why.contains("public_url"),
        "{why}"
    );
}
