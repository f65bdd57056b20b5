//! Answers and keys that do not count.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::passkey::{
    CEREMONY_TIMEOUT, Ceremony, ClientData, PasskeyRefusal, PublicKey, Site, registered,
};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::device::{Device, base64url, bytes, int, map, text};
use super::{PASSWORD, added, asked, begin, confirm, jo, proof, remove, sign_in_by, standing};
use crate::account::ana;

/// A key of 2048 bits, and its signature of `aside`; made by OpenSSL, the private half thrown away.
const RSA_N: &str = "aa1fdefe12d4661e521b7c02755b6a839bb2945ef75fc4ea6960e8329af3d1e32fc42509f7edd1f24ebe09af3289c672fc9f23d9d58ff93943d2fc9e9553778621a57a6cc02bd800c6b12741c4284a0f86cfe9ea89dedfc1325aa74211fd01e01f6e34ab2b893fe4de60b9f6e8442957e18b5cca90880b793d10b9ab40ec69dd37ebb10cba64e6b165d366f7f42e43a7c8f0fb5454df79183d373463f1274c4b17813ee21d365ea2f9b0eb8673ef4ab837e23f0391c7de7b9e84d7866f70db52fa7480fc8572070d980118f306d8fe1d76e2abac1df47888cce874ac088b951468cc728b614e1bb375bdf10bedf80ca81c5ef58c319faf8919111d3d887e7bb7";
const RSA_SIGNATURE: &str = "a4ff2095093cc28337e0b3139d95a099fc2e6782db2053edd7a9c84284cbf3c545600b0f0cf86fa5428ce4563349a9709b99ed9c9a885988af21e031208aa722eeea6818a8d60030576b065debbcfb1acaa6ce1a6fe9f01e4d58954b43799c37ceadc1147f854426b907d172ae176fbfaff995f936498c23cce1cf773fd1fcf2561784995c507e94f8b5a8148acbdd9f6e6ba23bf8e41417102f898d52f7e982bcab9b1573ee5809bef29d6b3bb095643aa1bea93171c27b4fc061702d83289be7562cfdb27180fdaf9f5c7060799a04b9e4444cd62c7142211c8fc9035cac6486f7ed4990ae057f10650f07bfd9f61087c57e2a65c1a1b9d46e078197b292ac";

type Bend = fn(&mut Device);

#[both]
async fn an_answer_that_was_bent_signs_nobody_in(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"key");
    added(&ana, &mut key).await;
    let bends: [(&str, Bend, Bend); 9] = [
        (
            "another page",
            |d| d.origin = "https://aside.test".to_owned(),
            |d| d.origin = "http://aside.test".to_owned(),
        ),
        (
            "another site",
            |d| d.rp_id = "evil.test".to_owned(),
            |d| d.rp_id = "aside.test".to_owned(),
        ),
        (
            "in a frame of another site",
            |d| d.cross_origin = true,
            |d| d.cross_origin = false,
        ),
        (
            "for the making of a key",
            |d| d.kind = Some("webauthn.create"),
            |d| d.kind = None,
        ),
        ("nobody verified", Device::unverified, |d| d.flags = 5),
        ("nobody there", |d| d.flags = 4, |d| d.flags = 5),
        (
            "a key that was never backed up is",
            |d| d.flags = 5 | 16,
            |d| d.flags = 5,
        ),
        (
            "a key that cannot be backed up can",
            |d| d.flags = 5 | 8,
            |d| d.flags = 5,
        ),
        ("somebody else's", |d| d.handle = Some(vec![7; 16]), |_| ()),
    ];
    let mine = key.handle.clone();
    for (what, bend, back) in bends {
        let question = asked(&app).await;
        bend(&mut key);
        let answer = key.answer(&question);
        back(&mut key);
        let refused = sign_in_by(&app, &answer).await;
        assert_eq!(refused.status, 401, "{what}: {}", refused.text());
        refused.expect_problem(ProblemCode::BadCredentials);
    }
    key.handle = None;
    let question = asked(&app).await;
    sign_in_by(&app, &key.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    key.handle = mine;
    // Another key that says it is this one.
    let mut thief = Device::p256(b"key");
    thief.handle = key.handle.clone();
    thief.counter = 1000;
    let question = asked(&app).await;
    sign_in_by(&app, &thief.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let question = asked(&app).await;
    let mut answer = key.answer(&question);
    answer["response"]["signature"] = json!(base64url(&[0; 70]));
    sign_in_by(&app, &answer)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let question = asked(&app).await;
    sign_in_by(&app, &key.answer(&question)).await.expect(200);
}

#[both]
async fn a_challenge_counts_once_for_what_it_was_asked_for_and_five_minutes(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"key");
    added(&ana, &mut key).await;
    let question = asked(&app).await;
    let answer = key.answer(&question);
    sign_in_by(&app, &answer).await.expect(200);
    sign_in_by(&app, &answer)
        .await
        .expect_problem(ProblemCode::BadCredentials);

    let late = asked(&app).await;
    app.clock.advance(CEREMONY_TIMEOUT);
    sign_in_by(&app, &key.answer(&late))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let in_time = asked(&app).await;
    app.clock
        .advance(CEREMONY_TIMEOUT.saturating_sub(Duration::from_secs(1)));
    sign_in_by(&app, &key.answer(&in_time)).await.expect(200);

    for made_up in [
        json!(base64url(&[7; 32])),
        json!(""),
        json!("x".repeat(10_000)),
    ] {
        let question = json!({ "challenge": made_up });
        sign_in_by(&app, &key.answer(&question))
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    // What was asked as a proof signs nobody in, and the other way round.
    let proofs: Value = ana
        .post("/api/me/passkeys/question", &json!({}))
        .await
        .json();
    sign_in_by(&app, &key.answer(&proofs))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let question = asked(&app).await;
    let shown = json!({ "passkey": key.answer(&question) });
    remove(&ana, &key, &shown, true)
        .await
        .expect_problem(ProblemCode::Invalid);
    // A failed answer ends its question as well.
    let question = asked(&app).await;
    let mut broken = key.answer(&question);
    broken["response"]["signature"] = json!("AAAA");
    sign_in_by(&app, &broken)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    sign_in_by(&app, &key.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn of_two_at_once_with_one_answer_one_gets_in(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"key");
    added(&ana, &mut key).await;
    let question = asked(&app).await;
    let answer = key.answer(&question);
    let both =
        futures_util::future::join(sign_in_by(&app, &answer), sign_in_by(&app, &answer)).await;
    let mut answers = [both.0.status.as_u16(), both.1.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 401]);
}

#[both]
async fn a_counter_that_goes_back_is_refused_and_written_down(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"key");
    key.counter = 40;
    added(&ana, &mut key).await;
    for counter in [39, 10, u32::MAX] {
        // The next use counts one more, and the last of these begins anew at zero.
        key.counter = counter;
        let question = asked(&app).await;
        let refused = sign_in_by(&app, &key.answer(&question)).await;
        let problem = refused.expect_problem(ProblemCode::BadCredentials);
        assert!(problem.detail.unwrap().contains("a copy"), "{counter}");
    }
    key.counter = 40;
    let question = asked(&app).await;
    sign_in_by(&app, &key.answer(&question)).await.expect(200);
    let audit = ana.get("/api/audit").await.expect(200).text();
    assert!(audit.contains("passkey_refused"), "{audit}");
}

#[both]
async fn a_device_that_does_not_count_is_fine(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::ed25519(b"shared");
    key.step = 0;
    key.flags = 5 | 8 | 16;
    added(&ana, &mut key).await;
    for _ in 0..2 {
        let question = asked(&app).await;
        sign_in_by(&app, &key.answer(&question)).await.expect(200);
    }
    assert_eq!(standing(&ana).await["passkeys"][0]["shared"], true);
}

#[both]
async fn a_key_that_cannot_be_read_or_is_known_is_not_kept(app: TestApp) {
    let (ana, jo) = (ana(&app).await, jo(&app).await);
    let password = json!({ "password": PASSWORD });
    let mut key = Device::p256(b"key");
    let key_of = |pairs: &[(i16, Vec<u8>)]| {
        let pairs = pairs
            .iter()
            .cloned()
            .map(|(label, value)| (int(label), value));
        map(&pairs.collect::<Vec<_>>())
    };
    let x = || bytes(&[1; 32]);
    let keys = [
        Vec::new(),
        vec![0xff; 100],
        b"[]".to_vec(),
        key_of(&[]),
        // ES384; ES256 on another curve; a short point; the algorithm twice; Ed25519 that says it is for P-256.
        key_of(&[
            (1, int(2)),
            (3, int(-35)),
            (-1, int(2)),
            (-2, x()),
            (-3, x()),
        ]),
        key_of(&[
            (1, int(2)),
            (3, int(-7)),
            (-1, int(8)),
            (-2, x()),
            (-3, x()),
        ]),
        key_of(&[
            (1, int(2)),
            (3, int(-7)),
            (-1, int(1)),
            (-2, x()),
            (-3, bytes(&[1; 31])),
        ]),
        key_of(&[
            (1, int(2)),
            (3, int(-7)),
            (3, int(-8)),
            (-1, int(1)),
            (-2, x()),
            (-3, x()),
        ]),
        key_of(&[(1, int(1)), (3, int(-7)), (-1, int(6)), (-2, x())]),
    ];
    for cose in keys {
        let options = begin(&ana, &password).await;
        let made = key.make_with(&options, &cose);
        let answer = confirm(&ana, "Key", &made).await;
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("passkey"), "{cose:?}");
    }
    for (bend, back) in [
        (
            (|d| d.origin = "http://aside.test:8080".to_owned()) as Bend,
            (|d| d.origin = "http://aside.test".to_owned()) as Bend,
        ),
        (
            |d| d.rp_id = "test".to_owned(),
            |d| d.rp_id = "aside.test".to_owned(),
        ),
        (|d| d.kind = Some("webauthn.get"), |d| d.kind = None),
        (Device::unverified, |d| d.flags = 5),
        (|d| d.id = vec![1; 1024], |d| d.id = b"key".to_vec()),
        (|d| d.id = Vec::new(), |d| d.id = b"key".to_vec()),
    ] {
        let options = begin(&ana, &password).await;
        bend(&mut key);
        let made = key.make(&options);
        back(&mut key);
        confirm(&ana, "Key", &made)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let long = "A".repeat(10_000);
    for (client, attestation) in [
        ("", ""),
        (&*long, &*long),
        ("!", "="),
        ("\u{202e}", "\u{200b}"),
    ] {
        let made =
            json!({ "response": { "clientDataJSON": client, "attestationObject": attestation } });
        confirm(&ana, "Key", &made)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    // Another person's question, and one that was answered.
    let options = begin(&jo, &password).await;
    confirm(&ana, "Key", &key.make(&options))
        .await
        .expect_problem(ProblemCode::Invalid);
    let options = begin(&ana, &password).await;
    for name in ["", "\u{2060}", &"x".repeat(81)] {
        let answer = confirm(&ana, name, &key.make(&options)).await;
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("name"), "nothing is used up");
    }
    let made = key.make(&options);
    confirm(&ana, "Key", &made).await.expect(200);
    confirm(&ana, "Key", &made)
        .await
        .expect_problem(ProblemCode::Invalid);
    let options = begin(&jo, &password).await;
    let known = confirm(&jo, "Key", &key.make(&options)).await;
    let problem = known.expect_problem(ProblemCode::Invalid);
    assert!(problem.detail.unwrap().contains("known here"));
    assert_eq!(standing(&jo).await["passkeys"], json!([]));
}

#[both]
async fn nobody_keeps_more_than_twenty(app: TestApp) {
    let ana = ana(&app).await;
    let mut first = Device::p256(&[0]);
    added(&ana, &mut first).await;
    for n in 1..20 {
        let shown = proof(&ana, &mut first).await;
        let options = begin(&ana, &shown).await;
        confirm(&ana, "Key", &Device::ed25519(&[n]).make(&options))
            .await
            .expect(200);
    }
    let shown = proof(&ana, &mut first).await;
    let full = ana.post("/api/me/passkeys", &shown).await;
    let problem = full.expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("passkey"));
}

#[both]
async fn a_server_that_is_reached_by_a_number_says_that_it_needs_a_name(app: TestApp) {
    let ana = ana(&app).await;
    for host in ["127.0.0.1:4646", "[::1]:4646"] {
        let by_number = |client: aside_server::testing::Client| {
            client
                .with("host", host)
                .with("origin", &format!("http://{host}"))
        };
        for answer in [
            by_number(ana.clone())
                .post("/api/me/passkeys", &json!({ "password": PASSWORD }))
                .await,
            by_number(app.anonymous())
                .post("/api/session/passkey", &json!({}))
                .await,
        ] {
            let problem = answer.expect_problem(ProblemCode::Invalid);
            assert!(problem.detail.unwrap().contains("by its name"));
        }
    }
}

#[test]
fn a_signature_by_rsa_is_read_as_well() {
    let n = hex::decode(RSA_N).unwrap();
    let e = bytes(&[1, 0, 1]);
    let pairs = [
        (int(1), int(3)),
        (int(3), int(-257)),
        (int(-1), bytes(&n)),
        (int(-2), e),
    ];
    let mut cose = map(&pairs);
    cose.push(0xa0);
    let (key, taken) = PublicKey::read(&cose).unwrap();
    assert_eq!(taken, cose.len() - 1, "what follows is not the key's");
    let signature = hex::decode(RSA_SIGNATURE).unwrap();
    assert!(key.signed(b"aside", &signature));
    assert!(!key.signed(b"asidE", &signature));
}

proptest! {
    #[test]
    fn whatever_bytes_come_nothing_is_believed(random in proptest::collection::vec(any::<u8>(), 0..600)) {
        let site = Site::of("https://aside.test").unwrap();
        prop_assert!(registered(&site, &random).is_err());
        prop_assert!(ClientData::read(&random, Ceremony::Register, &site).is_err());
        let object = map(&[(text("authData"), bytes(&random))]);
        prop_assert!(registered(&site, &object).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed(depth in 1usize..20_000) {
        let site = Site::of("https://aside.test").unwrap();
        prop_assert_eq!(registered(&site, &vec![0x81; depth]), Err(PasskeyRefusal::Malformed));
    }
}
