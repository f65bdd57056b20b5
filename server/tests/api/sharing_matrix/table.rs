//! What a request of each route needs, and its body: a route that is not here fails the test.

use serde_json::{Value, json};

/// What a request needs to succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// About no recording: other tests say who may.
    Nothing,
    /// To see the recording, which is not in the trash.
    Watch,
    /// The same, with an account.
    WatchAsMember,
    /// As to watch; the owner sees it in the trash too.
    Poster,
    /// The page of the link: there for whoever may see it, ask for its password or hear that it was deleted.
    Page,
    /// To have it as a file.
    File,
    /// To write a comment.
    Comment,
    /// The same, with an account.
    Assign,
    /// To change a comment of the owner.
    EditOwners,
    /// To be the owner of what is not in the trash.
    Owner,
    /// To be the owner.
    OwnerAlways,
    /// To be the owner of what is in the trash; hidden from everybody else.
    OwnTrash,
    /// Begins the recording where there is none: the id cannot be hidden from who wants to use it.
    Create,
    /// Answers the same to every member.
    Ask,
    /// Takes a wrong password.
    Unlock,
    /// A media link that was given before the state began.
    OldLink,
    /// To be whose folder it is, whatever the state of the recording in it.
    OwnFolder,
}

/// What a request of a route needs, and its body, in which `{id}` and `{folder}` are those of the recording.
pub(super) fn row(method: &str, path: &str) -> Option<(Need, Value)> {
    let none = json!({});
    Some(match (method, path) {
        ("PUT", "/api/recordings/{id}") => (Need::Create, Value::Null),
        ("PUT", "/api/recordings/{id}/tracks/{track}/parts/{number}")
        | ("PUT", "/api/recordings/{id}/tracks/{track}/inits/{version}")
        | ("GET", "/api/recordings/{id}/upload")
        | ("POST", "/api/recordings/{id}/heartbeat")
        | ("POST", "/api/recordings/{id}/transcript/retry")
        | ("POST", "/api/recordings/{id}/assistant")
        | ("DELETE", "/api/recordings/{id}/translations/{language}")
        | ("PUT", "/api/recordings/{id}/transcript/file")
        | ("GET", "/api/recordings/{id}/transcript/versions")
        | ("GET" | "DELETE", "/api/recordings/{id}/recorded-events")
        | ("GET", "/api/recordings/{id}/retention")
        | ("GET", "/api/recordings/{id}/screen-text")
        | ("GET", "/api/recordings/{id}/sharing") => (Need::Owner, none),
        ("POST", "/api/recordings/{id}/finish") => (Need::Owner, json!({ "tracks": [] })),
        ("PATCH", "/api/recordings/{id}") => (Need::Owner, json!({ "title": "Named" })),
        ("PATCH", "/api/recordings/{id}/sharing") => (Need::Owner, none),
        ("PATCH", "/api/recordings/{id}/transcript") => (
            Need::Owner,
            json!({ "first": 0, "count": 1, "text": "word" }),
        ),
        ("POST", "/api/recordings/{id}/transcript/restore") => (Need::Owner, json!({ "to": 0 })),
        ("PUT", "/api/recordings/{id}/screen-text") => (Need::Owner, json!({ "on": true })),
        ("PUT", "/api/recordings/{id}/layout") => (Need::Owner, json!({ "moments": [] })),
        ("POST", "/api/recordings/{id}/link") => (Need::Owner, none),
        ("POST", "/api/recordings/{id}/people") => {
            (Need::Owner, json!({ "mail": "x@example.org" }))
        }
        // None was found: not found by the owner either.
        ("POST", "/api/recordings/{id}/suggestions/{suggestion}/assignment") => {
            (Need::OwnTrash, json!({ "user_id": "{owner}" }))
        }
        ("PATCH", "/api/recordings/{id}/suggestions/{suggestion}") => {
            (Need::OwnTrash, json!({ "state": "accepted" }))
        }
        // Of nobody and of no question: not found by the owner either.
        ("DELETE", "/api/recordings/{id}/people/{grant}") => (Need::OwnTrash, none),
        ("POST", "/api/recordings/{id}/requests/{request}/undo") => (Need::OwnTrash, none),
        ("POST", "/api/recordings/{id}/requests/{request}") => {
            (Need::OwnTrash, json!({ "allow": true }))
        }
        ("POST", "/api/recordings/{id}/cancel") => (Need::OwnerAlways, none),
        ("DELETE", "/api/recordings/{id}") | ("POST", "/api/recordings/{id}/restore") => {
            (Need::OwnerAlways, none)
        }
        ("GET", "/api/trash/{slug}") => (Need::OwnTrash, none),
        ("GET", "/api/watch/{slug}")
        | ("GET", "/api/watch/{slug}/transcript")
        | ("GET", "/api/watch/{slug}/search")
        | ("GET", "/api/watch/{slug}/transcript/{format}")
        | ("GET", "/api/watch/{slug}/captions.vtt")
        | ("GET", "/api/watch/{slug}/frames")
        | ("GET", "/api/watch/{slug}/frames/{moment}")
        | ("GET", "/api/watch/{slug}/suggestions")
        | ("GET", "/api/watch/{slug}/translations")
        | ("GET", "/api/watch/{slug}/translations/{language}/{format}")
        | ("GET", "/api/watch/{slug}/preview.mp4")
        | ("GET", "/api/watch/{slug}/steps.md" | "/api/watch/{slug}/steps.html")
        | ("GET", "/api/watch/{slug}/steps.pdf")
        | ("GET", "/api/watch/{slug}/thumbnails.vtt" | "/api/watch/{slug}/thumbnails.jpg")
        | ("GET", "/api/watch/{slug}/comments")
        | ("GET", "/api/watch/{slug}/comments/{comment}/drawing")
        | ("GET", "/api/watch/{slug}/comments/{comment}/attachments/{attachment}")
        | ("GET", "/api/watch/{slug}/events")
        | ("GET", "/w/{slug}/master.m3u8") => (Need::Watch, none),
        ("GET", "/api/watch/{slug}/poster") => (Need::Poster, none),
        ("GET", "/w/{slug}" | "/e/{slug}") => (Need::Page, none),
        ("POST", "/api/watch/{slug}/download")
        | ("GET", "/api/watch/{slug}/clip.mp4" | "/api/watch/{slug}/clip.gif") => {
            (Need::File, none)
        }
        ("POST", "/api/watch/{slug}/comments") => (
            Need::Comment,
            json!({ "at_ms": 0, "body": "words", "guest_name": "Bo" }),
        ),
        ("POST", "/api/watch/{slug}/attachments") => (Need::Comment, none),
        ("GET", "/api/watch/{slug}/comments/export") => (Need::Watch, none),
        ("GET", "/api/watch/{slug}/comments/{comment}/history") => (Need::Watch, none),
        ("POST", "/api/watch/{slug}/comments/{comment}/reactions") => (
            Need::Comment,
            json!({ "emoji": "👍", "on": true, "guest_name": "Bo" }),
        ),
        ("PUT", "/api/watch/{slug}/comments/{comment}/assignment") => {
            (Need::Assign, json!({ "user_id": "{owner}" }))
        }
        ("DELETE", "/api/watch/{slug}/comments/{comment}/assignment") => (Need::Assign, none),
        ("POST", "/api/watch/{slug}/reactions") => (
            Need::Comment,
            json!({ "at_ms": 0, "kind": "like", "guest_name": "Bo" }),
        ),
        ("DELETE", "/api/watch/{slug}/reactions/{reaction}") => (Need::Owner, none),
        ("PATCH", "/api/comments/{id}") => (Need::EditOwners, json!({ "body": "words" })),
        ("DELETE", "/api/comments/{id}/attachments/{attachment}") => (Need::EditOwners, none),
        ("DELETE", "/api/comments/{id}") | ("POST", "/api/comments/{id}/restore") => {
            (Need::Owner, none)
        }
        ("POST", "/api/watch/{slug}/marks") => (Need::Owner, json!({ "at_ms": 0, "title": "it" })),
        ("PATCH", "/api/marks/{id}") => (Need::Owner, json!({ "title": "it" })),
        ("DELETE", "/api/marks/{id}") | ("POST", "/api/marks/{id}/restore") => (Need::Owner, none),
        ("POST", "/api/watch/{slug}/watched") => (
            Need::Watch,
            json!({ "stretches": [{ "from_ms": 0, "to_ms": 1000 }], "position_ms": 1000 }),
        ),
        ("GET", "/api/recordings/{id}/views") | ("GET", "/api/recordings/{id}/viewers") => {
            (Need::Owner, none)
        }
        ("PUT", "/api/recordings/{id}/viewers") => (Need::Owner, json!({ "people": [] })),
        ("GET", "/api/watch/{slug}/issues") => (Need::Watch, none),
        ("POST", "/api/watch/{slug}/issues") => (
            Need::Assign,
            json!({ "tracker": "01890000-0000-7000-8000-000000000000" }),
        ),
        ("POST", "/api/recordings/{id}/issue-link") => (
            Need::Owner,
            json!({ "kind": "github", "project": "acme/shop", "issue": "7" }),
        ),
        ("POST", "/api/watch/{slug}/translations/{language}") => (Need::WatchAsMember, none),
        ("POST", "/api/watch/{slug}/ask") => (Need::Ask, none),
        ("POST", "/api/watch/{slug}/mail-link") => {
            (Need::Ask, json!({ "email": "mailguest@example.org" }))
        }
        ("POST", "/api/watch/{slug}/unlock") => {
            (Need::Unlock, json!({ "password": "not this one" }))
        }
        ("GET", "/attachments/{cap}/{name}")
        | ("GET", "/media/{cap}/{file}")
        | ("GET", "/media/{cap}/{track}/{file}") => (Need::OldLink, none),
        ("POST", "/api/library/change") => (
            Need::OwnerAlways,
            json!({ "ids": ["{id}"], "add_tags": ["tag"] }),
        ),
        ("POST", "/api/folders") => (
            Need::OwnFolder,
            json!({ "name": "Inside", "parent_id": "{folder}" }),
        ),
        ("POST", "/api/library/share") => (
            Need::Owner,
            json!({ "ids": ["{id}"], "mail": "y@example.org" }),
        ),
        // Nobody gave it: not found by the owner either.
        ("POST", "/api/library/take-back") => (Need::OwnTrash, json!({ "ids": ["{id}"] })),
        ("GET", "/api/folders/{id}/sharing") => (Need::OwnFolder, none),
        ("PATCH", "/api/folders/{id}/sharing") => {
            (Need::OwnFolder, json!({ "audience": "members" }))
        }
        ("POST", "/api/folders/{id}/people") => (Need::OwnFolder, json!({ "user_id": "{named}" })),
        // Of nobody: not found by the owner either.
        ("DELETE", "/api/folders/{id}/people/{grant}") => (Need::OwnTrash, none),
        ("PATCH", "/api/folders/{id}") => (Need::OwnFolder, json!({ "name": "Named" })),
        ("DELETE", "/api/folders/{id}") => (Need::OwnFolder, none),
        // The request before this one removed it.
        ("POST", "/api/folders/{id}/restore") => (Need::OwnFolder, none),
        (_, path) if is_about_no_recording(path) => (Need::Nothing, none),
        _ => return None,
    })
}

pub(super) fn is_about_no_recording(path: &str) -> bool {
    let others = [
        "/api/device/",
        "/api/me",
        "/api/mail-verification",
        "/api/mailbox",
        "/api/oidc/",
        "/api/password-reset",
        "/api/users/",
        "/api/session",
        "/api/setup",
        "/api/tokens",
        // By a signature: `notice_mails.rs` says so.
        "/api/unsubscribe/",
        "/unsubscribe/",
        // Each person's own: `outbound/` says so.
        "/api/destinations",
        // By a signature: `trackers/` says so.
        "/hooks/",
        // By a signature: `calendar.rs` says so.
        "/calendar/",
        "/api/people",
        // Of who runs the server or is invited: `people.rs`, `groups.rs`, `invitations.rs` say so.
        "/api/invitation",
        "/api/server/",
        "/api/audit",
        // With the rights of the API, which it asks: `mcp.rs` says so.
        "/mcp",
        "/api/docs",
        // To everybody the same: `unfurl.rs` says so.
        "/oembed",
        "/healthz",
        "/robots.txt",
        "/look.css",
        "/language/",
    ];
    // Lists of many: `lists.rs` says what is in them.
    [
        "/api/recordings",
        "/api/search",
        "/api/trash",
        "/api/library",
        "/api/library/unfinished",
    ]
    .contains(&path)
        || others.iter().any(|other| path.starts_with(other))
}
