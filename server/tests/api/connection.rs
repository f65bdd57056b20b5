//! The accept loop over real sockets: slow, lying and vanishing clients.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{UploadStatus, content_digest};
use aside_server::domain::address::TrustedProxies;
use aside_server::http::router;
use aside_server::http::serve::{Limits, serve};
use aside_server::http::slow::Pace;
use aside_server::testing::{Client, Take, TestApp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Served {
    app: TestApp,
    sam: Client,
    token: String,
    take: Take,
    address: std::net::SocketAddr,
    leaving: CancellationToken,
    loop_: JoinHandle<()>,
}

/// Far beyond what any of these tests takes, so that only the limit under test can bite.
const NEVER: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);
const PATIENT: Limits = Limits {
    head: NEVER,
    body: ANY_PACE,
    write: ANY_PACE,
    shutdown_grace: NEVER,
    connections: 100,
    connections_per_address: 100,
    trusted: TrustedProxies::none(),
};
const ANY_PACE: Pace = Pace {
    patience: NEVER,
    bytes_per_second: 1,
};
const QUICK: Pace = Pace {
    patience: SHORT,
    bytes_per_second: 1_000_000,
};

async fn served(limits: Limits) -> Served {
    let app = TestApp::sqlite().await;
    let sam = app.sam().await;
    let take = Take::new(1, 2);
    sam.create(&take).await.expect(201);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let leaving = CancellationToken::new();
    let loop_ = tokio::spawn(serve(
        listener,
        router::service(app.app.clone()),
        limits,
        leaving.clone(),
    ));
    Served {
        token: sam.authorization(),
        app,
        sam,
        take,
        address,
        leaving,
        loop_,
    }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The head of a request that sends video part 0, and its body.
    fn part(&self, length: impl std::fmt::Display) -> (String, Vec<u8>) {
        let body = self.take.parts(TrackName::Video)[0].to_vec();
        let head = format!(
            "PUT {}/tracks/video/parts/0 HTTP/1.1\r\nHost: aside.test\r\nAuthorization: {}\r\nContent-Digest: {}\r\n{length}\r\n",
            self.take.path(),
            self.token,
            content_digest(&Sha256::of(&body)),
        );
        (head, body)
    }

    async fn holds_nothing(&self) {
        let status: UploadStatus = self
            .sam
            .get(&format!("{}/upload", self.take.path()))
            .await
            .json();
        assert!(status.received.iter().all(|t| t.ranges.is_empty()));
    }
}

/// All the server says until it closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut out = Vec::new();
    let _ = stream.read_to_end(&mut out).await;
    String::from_utf8_lossy(&out).into_owned()
}

/// What the server says until `end` was said.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut out = String::new();
    let mut piece = [0; 4096];
    while !out.contains(end) {
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "closed after {out}");
        out.push_str(&String::from_utf8_lossy(&piece[..n]));
    }
    out
}

fn assert_problem(answer: &str, code: ProblemCode) {
    let status = format!("HTTP/1.1 {} ", code.status());
    let named = format!("\"code\":\"{}\"", code.as_str());
    assert!(
        answer.starts_with(&status) && answer.contains(&named),
        "{answer}"
    );
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let served = served(Limits {
        head: SHORT,
        ..PATIENT
    })
    .await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: aside")
        .await
        .unwrap();
    let answer = rest(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_answered_and_keeps_nothing() {
    let served = served(Limits {
        body: QUICK,
        ..PATIENT
    })
    .await;
    let (head, body) = served.part(format_args!(
        "Content-Length: {}\r\n",
        served.take.video[0].len()
    ));
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() / 2]).await.unwrap();
    assert_problem(&rest(&mut stream).await, ProblemCode::RequestTimeout);
    served.holds_nothing().await;
}

#[tokio::test]
async fn a_json_body_that_stops_half_way_is_answered_too() {
    let served = served(Limits {
        body: QUICK,
        ..PATIENT
    })
    .await;
    let mut stream = served.connect().await;
    stream.write_all(b"POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"email\":").await.unwrap();
    assert_problem(&rest(&mut stream).await, ProblemCode::RequestTimeout);
}

#[tokio::test]
async fn a_client_that_vanishes_half_way_keeps_nothing_and_may_send_again() {
    let served = served(PATIENT).await;
    let (head, body) = served.part(format_args!(
        "Content-Length: {}\r\n",
        served.take.video[0].len()
    ));
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() / 2]).await.unwrap();
    drop(stream);
    served.holds_nothing().await;
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let answer = until(&mut stream, "\"independent\"").await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn a_length_that_promises_too_little_is_refused() {
    let served = served(PATIENT).await;
    let (head, body) = served.part(format_args!(
        "Content-Length: {}\r\n",
        served.take.video[0].len() - 10
    ));
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    assert_problem(&until(&mut stream, "}").await, ProblemCode::DigestMismatch);
    served.holds_nothing().await;
}

#[tokio::test]
async fn a_body_without_a_length_is_refused() {
    let served = served(PATIENT).await;
    let (head, body) = served.part("Transfer-Encoding: chunked\r\n");
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
        .write_all(format!("{:x}\r\n", body.len()).as_bytes())
        .await
        .unwrap();
    stream.write_all(&body).await.unwrap();
    stream.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    assert_problem(&until(&mut stream, "}").await, ProblemCode::LengthRequired);
    served.holds_nothing().await;
}

#[tokio::test]
async fn a_client_that_sends_a_hundred_megabytes_gets_to_read_the_answer() {
    let served = served(PATIENT).await;
    let (head, _) = served.part(format_args!("Content-Length: {}\r\n", 100 * 1024 * 1024));
    let mut stream = served.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let megabyte = vec![0; 1024 * 1024];
    for _ in 0..100 {
        stream.write_all(&megabyte).await.unwrap();
    }
    assert_problem(&until(&mut stream, "}").await, ProblemCode::TooLarge);
    served.holds_nothing().await;
}

#[tokio::test]
async fn past_the_cap_a_connection_waits_for_its_turn() {
    let served = served(Limits {
        connections: 1,
        ..PATIENT
    })
    .await;
    let mut first = served.connect().await;
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    until(&mut first, "ok\n").await;
    let mut second = served.connect().await;
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    drop(first);
    assert!(rest(&mut second).await.ends_with("ok\n"));
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up_although_something_always_arrives() {
    let pace = Pace {
        patience: Duration::from_millis(300),
        bytes_per_second: 1_000_000,
    };
    let served = served(Limits {
        body: pace,
        ..PATIENT
    })
    .await;
    let (head, body) = served.part(format_args!(
        "Content-Length: {}\r\n",
        served.take.video[0].len()
    ));
    let (mut from, mut to) = served.connect().await.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        // Ends when the server hangs up.
        for byte in body {
            if to.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = from.read_to_end(&mut answer).await;
    assert_problem(
        &String::from_utf8_lossy(&answer),
        ProblemCode::RequestTimeout,
    );
    trickle.abort();
    served.holds_nothing().await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_of_a_long_answer_is_hung_up_on() {
    let served = served(Limits {
        write: QUICK,
        ..PATIENT
    })
    .await;
    let mut stream = served.connect().await;
    // Answers until both ends' buffers are full; the connection then stands still.
    let request = "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200);
    let mut asked = 0;
    while stream.write_all(request.as_bytes()).await.is_ok() {
        asked += 200;
        assert!(asked < 1_000_000, "the server takes it all");
    }
}

#[tokio::test]
async fn an_address_that_holds_its_share_of_connections_is_told_so() {
    let served = served(Limits {
        connections_per_address: 1,
        ..PATIENT
    })
    .await;
    let mut first = served.connect().await;
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    until(&mut first, "ok\n").await;
    let mut second = served.connect().await;
    assert_problem(&rest(&mut second).await, ProblemCode::Unavailable);
}

#[tokio::test]
async fn a_trusted_proxy_may_hold_all_connections() {
    let served = served(Limits {
        connections_per_address: 1,
        trusted: "127.0.0.0/8".parse().unwrap(),
        ..PATIENT
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut stream = served.connect().await;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        until(&mut stream, "ok\n").await;
        held.push(stream);
    }
}

#[tokio::test]
async fn at_the_end_event_streams_close_and_the_loop_returns() {
    let served = served(PATIENT).await;
    let mut stream = served.connect().await;
    let request = format!(
        "GET /api/watch/{}/events HTTP/1.1\r\nHost: a\r\n\r\n",
        served.take.slug
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    until(&mut stream, ": hello").await;
    served.leaving.cancel();
    let end = rest(&mut stream).await;
    assert!(
        end.ends_with("0\r\n\r\n"),
        "the stream ends in good order: {end}"
    );
    served.loop_.await.unwrap();
    assert!(
        TcpStream::connect(served.address).await.is_err(),
        "nobody listens any more"
    );
    drop(served.app);
}
