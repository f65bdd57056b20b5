//! Where nothing is sent, and receivers that mean no good.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aside_server::checked_http::{
    Ask, CheckedError, CheckedHttp, Found, Limits, Lookup, SystemLookup,
};
use aside_server::domain::dial::DialRule;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::receiver::Receiver;
use super::{add, http, limits, log, new, say, set_up, work, worker_with};
use crate::people::recorded;

/// A resolver that answers what it is told to, and counts.
#[derive(Debug)]
struct Told(Mutex<VecDeque<Vec<IpAddr>>>);

impl Told {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |it: &&[&str]| it.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(parsed).collect())))
    }
}

impl Lookup for Told {
    fn lookup(&self, _: &str) -> Found {
        let next = self.0.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move { Ok(next) })
    }
}

fn ask(url: &str) -> Ask {
    Ask {
        method: Method::POST,
        url: url.parse().unwrap(),
        headers: reqwest::header::HeaderMap::new(),
        body: b"{}".to_vec(),
    }
}

async fn refused(http: &CheckedHttp, url: &str) -> CheckedError {
    http.send(ask(url)).await.map(|it| it.status).unwrap_err()
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_in_every_spelling() {
    let http = http("", limits(), Arc::new(SystemLookup));
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00:ec2::254]/",
        "https://localhost/",
        "http://93.184.216.34/",
    ] {
        let error = refused(&http, url).await;
        assert!(
            matches!(
                error,
                CheckedError::Forbidden(_) | CheckedError::Metadata(_)
            ),
            "{url}: {error}"
        );
    }
    let error = refused(&http, "ftp://example.org/").await;
    assert_eq!(error, CheckedError::NoHttp);
}

#[tokio::test]
async fn addresses_of_metadata_are_refused_whatever_networks_are_named() {
    const EVERYTHING: &str = "0.0.0.0/0, ::/0, 169.254.0.0/16, 100.100.100.200, fd00:ec2::254";
    let metadata = [
        // Clouds, and containers in them.
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.0.23",
        "169.254.42.42",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd00:a9fe:a9fe::1",
        "fd00:100::100:200",
        "fe80::a9fe:a9fe",
        // IPv4-mapped, -compatible and -translated.
        "::ffff:169.254.169.254",
        "::ffff:100.100.100.200",
        "::169.254.169.254",
        "::ffff:0:a9fe:a9fe",
        // NAT64, and that of a network's own with prefixes of 96, 48, 56 and 64 bits.
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::6464:64c8",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:a9:fe:a9fe::",
        "64:ff9b:1:0:a9:fea9:fe00:0",
        // 6to4.
        "2002:a9fe:a9fe::1",
        "2002:6464:64c8::1",
        // Teredo.
        "2001:0:1:2:3:4:5601:5601",
    ];
    let meant: Vec<[&str; 1]> = metadata.iter().flat_map(|it| [[*it], [*it]]).collect();
    let meant: Vec<&[&str]> = meant.iter().map(|it| &it[..]).collect();
    let http = http(EVERYTHING, limits(), Told::new(&meant));
    for text in metadata {
        let address: IpAddr = text.parse().unwrap();
        let expected = CheckedError::Metadata(address);
        let host = match address {
            IpAddr::V4(_) => text.to_owned(),
            IpAddr::V6(_) => format!("[{text}]"),
        };
        for scheme in ["http", "https"] {
            // Written in figures, and as what a name means.
            let figures = refused(&http, &format!("{scheme}://{host}/")).await;
            assert_eq!(figures, expected, "{scheme}://{host}/");
            let name = refused(&http, &format!("{scheme}://inner.test/")).await;
            assert_eq!(name, expected, "{scheme}, a name for {text}");
        }
    }
    let everything = DialRule::new(EVERYTHING.parse().unwrap());
    for text in [
        "169.253.255.255",
        "169.255.0.1",
        "100.100.100.201",
        "168.63.129.17",
        "192.0.0.193",
        "fd00:ec1::254",
        "fd00:c1::1",
        "fec0::a9fe:a9fe",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:a00:1::1",
        "2001:0:1:2:3:4:f5ff:fffe",
        "2606:4700:4700::a9fe:a9fe",
    ] {
        let address = text.parse().unwrap();
        assert!(everything.permits(address, false), "{text}");
    }
}

#[tokio::test]
async fn a_name_that_means_another_address_when_it_is_dialled_again_is_refused_then() {
    let receiver = Receiver::start().await;
    let answers = Told::new(&[
        &["127.0.0.1"],
        &["127.0.0.2"],
        &["10.0.0.1", "127.0.0.1"],
        &[],
    ]);
    let http = http("127.0.0.1", limits(), answers.clone());
    let url = format!("http://rebind.test:{}/", receiver.port);
    assert_eq!(http.send(ask(&url)).await.unwrap().status, 200);
    // What was looked up for the first message counts for no other.
    let forbidden = CheckedError::Forbidden("127.0.0.2".parse().unwrap());
    assert_eq!(refused(&http, &url).await, forbidden);
    // Of several addresses only those are dialled that may be.
    assert_eq!(http.send(ask(&url)).await.unwrap().status, 200);
    let none = CheckedError::NoAddress("rebind.test".to_owned());
    assert_eq!(refused(&http, &url).await, none);
    assert_eq!(receiver.got().len(), 2);
    assert!(answers.0.lock().unwrap().is_empty(), "one look-up a dial");
}

#[both]
async fn a_redirect_to_the_metadata_address_is_not_followed(app: TestApp) {
    let app = set_up(app);
    let (receiver, inner) = (Receiver::start().await, Receiver::start().await);
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    for to in ["http://169.254.169.254/latest/meta-data/", &inner.url()] {
        receiver.then(307, Some(("location", to)), "");
        say(&take.owner, &take, "one").await;
        work(&app).await;
        app.clock.advance(Duration::from_secs(6));
        work(&app).await;
    }
    assert_eq!(inner.got().len(), 0);
    let lines = log(&take.owner, &id).await;
    let attempts = lines.iter().map(|it| it["attempts"].as_u64().unwrap());
    assert_eq!(attempts.collect::<Vec<_>>(), [2, 2]);
}

/// A server that says `head` to each, then goes on as `and_then` says.
async fn raw(head: String, forever: Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = head.clone();
            tokio::spawn(async move {
                let mut read = [0; 4096];
                let _ = stream.read(&mut read).await;
                let _ = stream.write_all(head.as_bytes()).await;
                match forever {
                    Some(bytes) => while stream.write_all(bytes).await.is_ok() {},
                    None => {
                        // Until the other side has had enough.
                        while matches!(stream.read(&mut read).await, Ok(1..)) {}
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_receiver_that_never_answers_or_stops_in_the_middle_costs_a_limited_time() {
    let short = Limits {
        total: Duration::from_millis(300),
        ..limits()
    };
    let http = http("127.0.0.1", short, Arc::new(SystemLookup));
    let silent = raw(String::new(), None).await;
    let halfway = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let halfway = raw(halfway, None).await;
    for port in [silent, halfway] {
        let error = refused(&http, &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(error, CheckedError::TooSlow(short.total));
    }
}

#[tokio::test]
async fn of_an_answer_without_end_only_the_beginning_is_read() {
    const MORE: &[u8] = &[b'x'; 8192];
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        u64::MAX / 4
    );
    let port = raw(head, Some(MORE)).await;
    let http = http("127.0.0.1", limits(), Arc::new(SystemLookup));
    let told = http
        .send(ask(&format!("http://127.0.0.1:{port}/")))
        .await
        .unwrap();
    assert_eq!(
        (told.status, told.body.len(), told.cut),
        (200, 16 * 1024, true)
    );
}

#[both]
async fn a_private_address_is_in_the_log_with_the_reason(app: TestApp) {
    let app = set_up(app);
    let receiver = Receiver::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (id, _) = add(&take.owner, &new("webhook", &receiver.url())).await;
    say(&take.owner, &take, "one").await;
    let none = http("", limits(), Arc::new(SystemLookup));
    worker_with(&app, none).run_until_idle().await.unwrap();
    let line = &log(&take.owner, &id).await[0];
    let why = line["last"]["reason"].as_str().unwrap();
    assert!(why.starts_with("127.0.0.1 is no public address"), "{why}");
    assert_eq!(
        (line["state"].as_str(), receiver.got().len()),
        (Some("waiting"), 0)
    );
}
