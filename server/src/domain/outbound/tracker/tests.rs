use serde_json::json;

use super::draft::{Draft, title_of};
use super::hook::{Hook, HookError, read as read_hook};
use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn tracker(kind: TrackerKind, project: &str) -> Tracker {
    Tracker {
        kind,
        url: "https://tracker.example.org/base/".parse().unwrap(),
        project: project.to_owned(),
        account: String::new(),
        token: "secret".to_owned(),
        hook: "hush".to_owned(),
    }
}

fn github() -> Tracker {
    tracker(TrackerKind::Github, "acme/shop")
}

fn answer(status: u16, body: &[u8]) -> Answer<'_> {
    Answer {
        status,
        retry_after: None,
        reset: None,
        remaining: None,
        body,
    }
}

#[test]
fn a_project_is_named_as_its_tracker_names_it() {
    let named = [
        (TrackerKind::Github, "acme/shop.js"),
        (TrackerKind::Gitlab, "group/sub/project"),
        (TrackerKind::Gitlab, "4711"),
        (TrackerKind::Jira, "ABC"),
        (TrackerKind::Jira, "ABC/Bug report"),
        (TrackerKind::Linear, "ENG"),
    ];
    for (kind, project) in named {
        assert!(tracker(kind, project).checked().is_ok(), "{project}");
    }
    let others = [
        (TrackerKind::Github, "shop"),
        (TrackerKind::Github, "acme/../shop"),
        (TrackerKind::Github, "acme/shop/issues"),
        (TrackerKind::Gitlab, "group//project"),
        (TrackerKind::Gitlab, "group/pro ject"),
        (TrackerKind::Gitlab, ""),
        (TrackerKind::Jira, "abc"),
        (TrackerKind::Jira, "ABC\" OR 1"),
        (TrackerKind::Linear, ""),
    ];
    for (kind, project) in others {
        assert_eq!(
            tracker(kind, project).checked(),
            Err(Lacking::Project),
            "{project}"
        );
    }
    let mut jira = tracker(TrackerKind::Jira, "ABC");
    jira.account = "a:b@example.org".to_owned();
    assert_eq!(jira.checked(), Err(Lacking::Account));
}

#[test]
fn another_project_or_another_address_has_other_issues_by_the_same_names() {
    let jira = tracker(TrackerKind::Jira, "ABC");
    assert!(jira.shares_issues_with(&tracker(TrackerKind::Jira, "ABC/Bug")));
    assert!(!jira.shares_issues_with(&tracker(TrackerKind::Jira, "ABD")));
    assert!(github().shares_issues_with(&tracker(TrackerKind::Github, "Acme/Shop")));
    assert!(!github().shares_issues_with(&tracker(TrackerKind::Github, "acme/other")));
    let mut moved = github();
    moved.token = "another".to_owned();
    moved.url = "https://tracker.example.org/base".parse().unwrap();
    assert!(github().shares_issues_with(&moved));
    moved.url = "https://other.example.org/base".parse().unwrap();
    assert!(!github().shares_issues_with(&moved));
}

#[test]
fn a_request_stays_under_the_address_that_was_given_and_a_path_is_one_piece() {
    let call = Call::Read {
        remote: "12".to_owned(),
    };
    let gitlab = tracker(TrackerKind::Gitlab, "group/sub/project");
    assert_eq!(
        ask::request(&gitlab, &call).url.as_str(),
        "https://tracker.example.org/base/api/v4/projects/group%2Fsub%2Fproject/issues/12"
    );
    assert_eq!(
        ask::request(&github(), &call).url.as_str(),
        "https://tracker.example.org/base/repos/acme/shop/issues/12"
    );
}

#[test]
fn each_refusal_says_what_to_do_and_only_what_may_change_is_tried_again() {
    let create = Call::Create {
        mark: "m".to_owned(),
        team: String::new(),
        draft: Box::default(),
    };
    let said = |status: u16, body: &[u8]| {
        ask::read(&github(), &create, &answer(status, body), NOW).unwrap_err()
    };
    for (status, words) in [
        (301, "may have been renamed"),
        (
            401,
            "does not take the token (401): Bad credentials. Make a new one",
        ),
        (403, "It needs “Issues: Read and write”"),
        (404, "knows no acme/shop"),
        (410, "Turn issues on"),
        (422, "“Copy as issue”"),
    ] {
        let outcome = said(status, br#"{"message":"Bad credentials"}"#);
        let Outcome::Never { why } = &outcome else {
            panic!("{status}: {outcome:?}")
        };
        assert!(why.contains(words), "{status}: {why}");
    }
    let down = said(502, b"<html>");
    assert!(
        matches!(&down, Outcome::NotNow { paced: false, why, .. } if why.contains("does not work at the moment (502)"))
    );
    let odd = said(201, br#"{"ok":true}"#);
    assert!(
        matches!(&odd, Outcome::Never { why } if why.contains("The issue may be there")),
        "{odd:?}"
    );
}

#[test]
fn githubs_ways_to_ask_for_a_pace_are_understood() {
    let look = |answer: Answer<'_>| match ask::read(&github(), &Call::Look, &answer, NOW) {
        Err(Outcome::NotNow {
            wait, paced: true, ..
        }) => wait.map(|it| it.as_secs()),
        other => panic!("{other:?}"),
    };
    let reset = (NOW.micros() / 1_000_000 + 90).to_string();
    let secondary = br#"{"message":"You have exceeded a secondary rate limit."}"#;
    assert_eq!(look(answer(403, secondary)), Some(60));
    assert_eq!(
        look(Answer {
            retry_after: Some("30"),
            ..answer(403, secondary)
        }),
        Some(30)
    );
    let spent = Answer {
        remaining: Some("0"),
        reset: Some(&reset),
        ..answer(403, b"{}")
    };
    assert_eq!(look(spent), Some(90));
    assert_eq!(look(answer(429, b"")), Some(60));
}

#[test]
fn linear_says_what_is_wrong_with_any_status() {
    let linear = tracker(TrackerKind::Linear, "ENG");
    let said = |status, code: &str| {
        let body =
            json!({ "errors": [{ "message": "no", "extensions": { "code": code } }] }).to_string();
        ask::read(&linear, &Call::Team, &answer(status, body.as_bytes()), NOW).unwrap_err()
    };
    assert!(matches!(
        said(400, "RATELIMITED"),
        Outcome::NotNow { paced: true, .. }
    ));
    assert!(
        matches!(said(401, "AUTHENTICATION_ERROR"), Outcome::Never { why } if why.contains("token"))
    );
    assert!(matches!(said(200, "FORBIDDEN"), Outcome::Never { why } if why.contains("ENG")));
    assert!(matches!(
        said(200, "INTERNAL_SERVER_ERROR"),
        Outcome::NotNow { paced: false, .. }
    ));
}

/// What people wrote so that a tracker makes something of it.
fn hostile() -> Draft {
    Draft {
        title: title_of(Some("@everyone: see #8, !9 and ENG-7\nsecond"), "Rec", 0),
        url: "https://aside.test/w/abc?t=83".to_owned(),
        page: "https://aside.test/w/abc".to_owned(),
        recording: "[x](https://evil.example) #7".to_owned(),
        owner: "@boss".to_owned(),
        at_ms: 83_000,
        comment: Some((
            "<!-- a -->".to_owned(),
            "/close\n@team !12 GH-31 A_1-4 2026-01-02 ~bug <script>\n1. one\n- two {color} [~admin]".to_owned(),
        )),
        said: vec![(
            80_000,
            "he said #9 *loud* https://a.example/to-5/b-6".to_owned(),
        )],
        steps: vec![(1_000, "open | it".to_owned())],
        picture: None,
        system: vec![("os".to_owned(), "Debian".to_owned())],
    }
}

#[test]
fn words_of_people_mention_nobody_and_hide_no_link() {
    let text = hostile().markdown();
    assert!(
        text.contains("> /close"),
        "no line begins with a command: {text}"
    );
    assert!(!text.lines().any(|line| line.starts_with('/')));
    for made in [
        "@team",
        "!12",
        "GH-31",
        "1-4",
        "~bug",
        "<script>",
        "[x](https://evil",
        " #7",
        " #9",
        "*loud*",
        "— <!--",
        "> 1. ",
        "> - ",
    ] {
        assert!(!text.contains(made), "{made}: {text}");
    }
    assert!(text.contains("[1:20](https://aside.test/w/abc?t=80) he said"));
    assert!(text.contains("1. [0:01](https://aside.test/w/abc?t=1) open \\| it"));
    for made in ["@everyone", "#8", "!9", "ENG-7"] {
        assert!(!hostile().title.contains(made), "{made}");
    }
    for stays in ["2026-01-02", "https://a.example/to-5/b-6"] {
        assert!(text.contains(stays), "{stays}: {text}");
    }
    let wiki = hostile().wiki();
    for made in ["{color}", "[~admin]", "@team", "*loud*", "-31", "-4"] {
        assert!(!wiki.contains(made), "{made}: {wiki}");
    }
    assert!(wiki.contains("[1:20|https://aside.test/w/abc?t=80]"));
}

#[test]
fn a_webhook_is_taken_from_nobody_else_and_not_much_later() {
    let signed = |body: &[u8]| {
        use hmac::Mac as _;
        let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(b"hush").unwrap();
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    };
    let body = json!({ "action": "closed", "repository": { "full_name": "Acme/Shop" }, "issue": {
        "number": 12, "state": "closed", "state_reason": "completed", "html_url": "https://github.com/acme/shop/issues/12",
        "updated_at": "2026-01-01T00:00:07Z" } })
    .to_string();
    let right = format!("sha256={}", signed(body.as_bytes()));
    let hook = |signature: Option<&'static str>| Hook {
        signature,
        event: Some("issues"),
        body: body.as_bytes(),
    };
    let leaked: &'static str = Box::leak(right.into_boxed_str());
    let told = read_hook(&github(), &hook(Some(leaked)), NOW)
        .unwrap()
        .unwrap();
    assert_eq!(
        (told.id.as_str(), told.state.as_str(), told.closed),
        ("12", "closed", true)
    );
    for wrong in [
        None,
        Some("sha256="),
        Some("sha256=00"),
        Some("sha1=00"),
        leaked.strip_prefix("sha256="),
    ] {
        assert_eq!(
            read_hook(&github(), &hook(wrong), NOW),
            Err(HookError::Forged),
            "{wrong:?}"
        );
    }
    let mut unset = github();
    unset.hook = String::new();
    assert_eq!(
        read_hook(&unset, &hook(Some(leaked)), NOW),
        Err(HookError::Forged)
    );
    let mut elsewhere = github();
    elsewhere.project = "acme/other".to_owned();
    assert_eq!(read_hook(&elsewhere, &hook(Some(leaked)), NOW), Ok(None));
    // Linear says when it was sent.
    let linear = tracker(TrackerKind::Linear, "ENG");
    let at = |ms: i64| {
        let body = json!({ "type": "Issue", "action": "update", "webhookTimestamp": ms, "data": { "id": "u", "identifier": "ENG-3",
            "url": "https://linear.app/x/issue/ENG-3", "updatedAt": "2026-01-01T00:00:07.000Z", "state": { "name": "Done", "type": "completed" } } })
        .to_string();
        let signature = signed(body.as_bytes());
        let hook = Hook {
            signature: Some(&signature),
            event: None,
            body: body.as_bytes(),
        };
        read_hook(&linear, &hook, NOW).map(|it| it.map(|it| it.state))
    };
    let now = NOW.micros() / 1000;
    assert_eq!(at(now - 1000), Ok(Some("Done".to_owned())));
    assert_eq!(at(now - 301_000), Err(HookError::Stale));
    assert_eq!(at(now + 301_000), Err(HookError::Stale));
}

#[test]
fn instants_are_read_as_each_tracker_writes_them() {
    let read = |text: &str| instant(&json!(text)).map(Timestamp::micros);
    let seven = Some(1_767_225_607_000_000);
    assert_eq!(read("2026-01-01T00:00:07Z"), seven);
    assert_eq!(read("2026-01-01T01:00:07.000+0100"), seven);
    assert_eq!(read("2026-01-01T00:00:07.000Z"), seven);
    assert_eq!(read("2026-01-01 00:00:07 UTC"), seven);
    assert_eq!(read("yesterday"), None);
}
