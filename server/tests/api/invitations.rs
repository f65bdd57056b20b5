//! Invitations: given, looked at, accepted, revoked, renewed.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::smtp::SmtpServer;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::people::{id_of, person, recorded, roster};

const PASSWORD: &str = "correct horse battery";
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn invite(who: &Client, wanted: &Value) -> Value {
    let made = who.post("/api/server/invitations", wanted).await;
    made.expect(201).json()
}

fn secret(invited: &Value) -> String {
    let link = invited["link"].as_str().unwrap();
    let (page, secret) = link.split_once('#').unwrap();
    assert_eq!(page, "http://aside.test/invitation");
    secret.to_owned()
}

fn accepting(secret: &str) -> Value {
    json!({ "secret": secret, "name": "Ana", "email": "ana@example.org", "password": PASSWORD })
}

async fn look(app: &TestApp, secret: &str) -> Value {
    let asked = json!({ "secret": secret });
    let told = app.anonymous().post("/api/invitation", &asked).await;
    told.expect(200).json()
}

#[both]
async fn who_is_invited_gets_an_account_with_that_role_and_those_groups(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let group = json!({ "name": "Design" });
    let group: Value = olga
        .post("/api/server/groups", &group)
        .await
        .expect(201)
        .json();
    let wanted = json!({ "email": "Ana@Example.org", "role": "viewer", "groups": [group["id"]] });
    let invited = invite(&olga, &wanted).await;
    assert_eq!(invited["mailed"], false, "there is no mail server");
    assert_eq!(invited["invitation"]["email"], "ana@example.org");
    let secret = secret(&invited);
    let told = look(&app, &secret).await;
    assert_eq!(
        (
            &told["state"],
            &told["role"],
            &told["email"],
            &told["invited_by"]
        ),
        (
            &json!("open"),
            &json!("viewer"),
            &json!("ana@example.org"),
            &json!("olga")
        )
    );
    let mut typed = accepting(&secret);
    typed["email"] = json!("somebody-else@example.org");
    let accepted = app.anonymous().post("/api/invitation/accept", &typed).await;
    let ana = app.anonymous().keep_cookies(&accepted.expect(201));
    let me: Value = ana.get("/api/me").await.expect(200).json();
    assert_eq!(
        (&me["user"]["email"], &me["user"]["role"]),
        (&json!("ana@example.org"), &json!("viewer")),
        "the invitation says the address"
    );
    let now = roster(&olga).await;
    assert_eq!(now["groups"][0]["members"], json!([me["user"]["id"]]));
    assert_eq!(now["invitations"], json!([]));
}

#[both]
async fn an_invitation_for_an_address_goes_there_by_mail_and_is_shown_all_the_same(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let olga = app.person("olga", Role::Owner).await;
    // The address of the link is the server's own, whatever the request calls it.
    let forged = olga.clone().with("x-forwarded-host", "evil.example");
    let wanted = json!({ "role": "member", "email": "ana@example.org" });
    let invited = invite(&forged, &wanted).await;
    assert_eq!(invited["mailed"], true);
    let mail = smtp.sent(&app, 0).await;
    assert_eq!(mail.to, "ana@example.org");
    let sent = mail.link().to_owned();
    let (page, by_mail) = sent.split_once('#').unwrap();
    assert_eq!(page, "https://aside.test/invitation");
    let shown = invited["link"].as_str().unwrap();
    assert_eq!(shown.split_once('#').unwrap().1, by_mail);
    app.anonymous()
        .post("/api/invitation/accept", &accepting(by_mail))
        .await
        .expect(201);
    let nowhere = invite(&olga, &json!({ "role": "member" })).await;
    assert_eq!(nowhere["mailed"], false, "nobody is named");
}

#[both]
async fn an_invitation_is_used_once_even_by_two_at_once(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let secret = secret(&invite(&olga, &json!({ "role": "member" })).await);
    let tries = (0..5).map(|n| {
        let mut typed = accepting(&secret);
        typed["email"] = json!(format!("ana{n}@example.org"));
        let client = app.anonymous();
        async move { client.post("/api/invitation/accept", &typed).await }
    });
    let answers = join_all(tries).await;
    let made = answers.iter().filter(|it| it.status == 201).count();
    let gone = answers.iter().filter(|it| it.status == 410).count();
    assert_eq!((made, gone), (1, 4), "{answers:?}");
    assert_eq!(look(&app, &secret).await["state"], "used");
    assert_eq!(roster(&olga).await["people"].as_array().unwrap().len(), 2);
}

#[both]
async fn an_invitation_ends_and_says_why(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let refused = async |secret: &str, state: &str, word: &str| {
        assert_eq!(look(&app, secret).await["state"], state);
        let problem = app
            .anonymous()
            .post("/api/invitation/accept", &accepting(secret))
            .await
            .expect_problem(ProblemCode::Gone);
        let detail = problem.detail.unwrap();
        assert!(detail.contains(word), "{detail}");
    };
    let short = invite(
        &olga,
        &json!({ "role": "member", "days": 1, "email": "a@example.org" }),
    )
    .await;
    let invited = invite(&olga, &json!({ "role": "member" })).await;
    let open = secret(&invited);
    app.clock.advance(DAY);
    refused(&secret(&short), "expired", "expired").await;
    assert_eq!(
        look(&app, &secret(&short)).await["email"],
        Value::Null,
        "who finds an old link learns no address"
    );
    let path = format!(
        "/api/server/invitations/{}",
        invited["invitation"]["id"].as_str().unwrap()
    );
    let revoked = json!({ "revoked": true });
    olga.patch(&path, &revoked).await.expect(200);
    refused(&open, "revoked", "taken back").await;
    let list = roster(&olga).await;
    assert_eq!(list["invitations"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["invitations"][0]["state"], "expired");
    // Undone: the same link works again.
    olga.patch(&path, &json!({ "revoked": false }))
        .await
        .expect(200);
    app.anonymous()
        .post("/api/invitation/accept", &accepting(&open))
        .await
        .expect(201);
    refused(&open, "used", "works once").await;
    olga.patch(&path, &revoked)
        .await
        .expect_problem(ProblemCode::Gone);
    olga.post(&format!("{path}/renew"), &json!({}))
        .await
        .expect_problem(ProblemCode::Gone);
    for nothing in ["", "aside_x", &"x".repeat(10_000)] {
        app.anonymous()
            .post("/api/invitation", &json!({ "secret": nothing }))
            .await
            .expect_problem(ProblemCode::NotFound);
        app.anonymous()
            .post("/api/invitation/accept", &accepting(nothing))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
}

#[both]
async fn a_renewed_invitation_has_another_link_and_the_old_one_opens_nothing(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let invited = invite(&olga, &json!({ "role": "member", "days": 1 })).await;
    let path = format!(
        "/api/server/invitations/{}/renew",
        invited["invitation"]["id"].as_str().unwrap()
    );
    app.clock.advance(DAY);
    let renewed: Value = olga.post(&path, &json!({})).await.expect(200).json();
    assert_eq!(renewed["invitation"]["state"], "open");
    let asked = json!({ "secret": secret(&invited) });
    app.anonymous()
        .post("/api/invitation", &asked)
        .await
        .expect_problem(ProblemCode::NotFound);
    app.anonymous()
        .post("/api/invitation/accept", &accepting(&secret(&renewed)))
        .await
        .expect(201);
}

#[both]
async fn an_address_has_one_invitation_and_one_account(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let wanted = |email: &str| json!({ "role": "member", "email": email });
    let first = invite(&olga, &wanted("Zoe\u{308}@example.org")).await;
    let second = invite(&olga, &wanted(" ZOË@EXAMPLE.ORG ")).await;
    assert_eq!(look(&app, &secret(&first)).await["state"], "revoked");
    app.anonymous()
        .post("/api/invitation/accept", &accepting(&secret(&second)))
        .await
        .expect(201);
    let problem = olga
        .post("/api/server/invitations", &wanted("zoë@example.org"))
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("email"));
    // Without an address, one that somebody has makes no second account, and the link is not used up.
    let open = secret(&invite(&olga, &json!({ "role": "member", "email": "" })).await);
    let mut typed = accepting(&open);
    typed["email"] = json!("OLGA@example.org");
    let problem = app
        .anonymous()
        .post("/api/invitation/accept", &typed)
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("email"));
    assert_eq!(look(&app, &open).await["state"], "open");
}

#[both]
async fn what_nobody_can_be_called_or_sign_in_with_is_refused_by_field(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let open = secret(&invite(&olga, &json!({ "role": "member" })).await);
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("\u{200b}\u{202e}")),
        ("name", json!("x".repeat(10_000))),
        ("email", json!("")),
        ("email", json!("ana")),
        ("email", json!("an\u{200b}a@example.org")),
        (
            "email",
            json!(format!("{}@example.org", "x".repeat(10_000))),
        ),
        ("email", Value::Null),
        ("password", json!("short")),
        ("password", json!("x".repeat(10_000))),
    ] {
        let mut typed = accepting(&open);
        typed[field] = value.clone();
        let problem = app
            .anonymous()
            .post("/api/invitation/accept", &typed)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field), "{value}");
    }
    for (field, bad) in [
        ("email", json!({ "role": "member", "email": "ana" })),
        ("days", json!({ "role": "member", "days": 0 })),
        ("days", json!({ "role": "member", "days": 31 })),
        (
            "groups",
            json!({ "role": "member", "groups": ["01890000-0000-7000-8000-000000000000"] }),
        ),
    ] {
        let problem = olga
            .post("/api/server/invitations", &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    let mut turned = accepting(&open);
    turned["name"] = json!("\u{202e}Ana\u{200b}");
    let made = app
        .anonymous()
        .post("/api/invitation/accept", &turned)
        .await;
    let made: Value = made.expect(201).json();
    assert_eq!(made["name"], "Ana");
}

#[both]
async fn who_may_not_invite_any_more_takes_their_invitations_along(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    for (name, change) in [
        ("adam", json!({ "role": "member" })),
        ("anna", json!({ "active": false })),
    ] {
        let admin = app.person(name, Role::Admin).await;
        let open = secret(&invite(&admin, &json!({ "role": "admin" })).await);
        let path = format!("/api/server/people/{}", id_of(&olga, name).await);
        olga.patch(&path, &change).await.expect(200);
        assert_eq!(look(&app, &open).await["state"], "revoked", "{name}");
    }
}

#[both]
async fn an_address_that_somebody_only_said_lets_them_see_nothing(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let take = recorded(&app, app.sam().await, "owner").await;
    let people = format!("/api/recordings/{}/people", take.id);
    for mail in ["boss@example.org", "chief@example.org"] {
        let named = json!({ "mail": mail });
        take.owner.post(&people, &named).await.expect(200);
    }
    let accepted = async |invitation: Value, email: &str| {
        let mut typed = accepting(&secret(&invite(&olga, &invitation).await));
        typed["email"] = json!(email);
        let made = app.anonymous().post("/api/invitation/accept", &typed).await;
        app.anonymous().keep_cookies(&made.expect(201))
    };
    let said = accepted(json!({ "role": "member" }), "boss@example.org").await;
    said.get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    let bound = json!({ "role": "member", "email": "chief@example.org" });
    let invited = accepted(bound, "").await;
    invited.get(&take.api("")).await.expect(200);
    let shared: Value = take
        .owner
        .get(&format!("/api/recordings/{}/sharing", take.id))
        .await
        .expect(200)
        .json();
    let name_of = |mail: &str| {
        let people = shared["people"].as_array().unwrap();
        let found = people.iter().find(|it| it["mail"] == mail);
        found.unwrap()["name"].clone()
    };
    assert_eq!(name_of("boss@example.org"), Value::Null);
    assert_eq!(name_of("chief@example.org"), "Ana");
    assert_eq!(person(&olga, "Ana").await["role"], "member");
}

#[both]
async fn another_site_accepts_no_invitation(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let open = secret(&invite(&olga, &json!({ "role": "member" })).await);
    app.anonymous()
        .with("origin", "https://evil.example")
        .post("/api/invitation/accept", &accepting(&open))
        .await
        .expect_problem(ProblemCode::CrossSite);
    let log: Value = olga.get("/api/audit").await.expect(200).json();
    assert_eq!(log["entries"][0]["action"], "person_invited");
    assert!(
        !log.to_string().contains(&open),
        "no secret is written down"
    );
}
