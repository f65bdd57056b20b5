use aside_protocol::id::{TokenId, UserId};

use super::*;
use crate::domain::account::Role;

const ANYONE: Viewer = Viewer::Anonymous;

fn member(n: u8) -> Viewer {
    Viewer::Member {
        id: UserId::new(Timestamp::from_micros(0), [n; 10]),
        role: Role::Member,
    }
}

fn id(n: u8) -> CommentId {
    CommentId::new(Timestamp::from_micros(i64::from(n) * 1000), [n; 10])
}

fn comment(n: u8, parent: Option<u8>, deleted: bool) -> Comment {
    let at = Timestamp::from_micros(i64::from(n));
    let (name, words) = ("Ana".to_owned(), "words".to_owned());
    Comment {
        parent: parent.map(id),
        at_ms: 1000,
        deleted_at: deleted.then_some(at),
        ..Comment::new(
            id(n),
            RecordingId::new(at, [0; 10]),
            Author::Nobody,
            name,
            words,
            at,
        )
    }
}

#[test]
fn a_body_keeps_its_lines_and_loses_what_cannot_be_seen() {
    assert_eq!(
        clean_body("\n\n    code\r\nmore\u{0}\u{7}\u{85}  \n").unwrap(),
        "    code\nmore"
    );
    assert_eq!(clean_body(" \n\t "), Err(CommentError::Empty));
    assert_eq!(
        clean_body(&"é".repeat(MAX_BODY)).unwrap().chars().count(),
        MAX_BODY
    );
    assert_eq!(
        clean_body(&"x".repeat(MAX_BODY + 1)),
        Err(CommentError::TooLong)
    );
}

#[test]
fn a_comment_stands_inside_the_recording() {
    assert_eq!(check_moment(10_000, None, Some(10_000)), Ok(()));
    assert_eq!(
        check_moment(15_001, None, Some(10_000)),
        Err(CommentError::TooLate)
    );
    assert_eq!(
        check_moment(0, Some(15_001), Some(10_000)),
        Err(CommentError::TooLate)
    );
    assert_eq!(
        check_moment(2_000, Some(1_999), None),
        Err(CommentError::Backwards)
    );
    assert_eq!(
        check_moment(u64::MAX, None, None),
        Err(CommentError::TooLate)
    );
}

#[test]
fn a_reply_joins_a_living_thread_of_the_same_recording() {
    let root = comment(1, None, false);
    let here = root.recording;
    let elsewhere = RecordingId::new(Timestamp::from_micros(0), [9; 10]);
    assert_eq!(reply_to(&root, here, &ANYONE), Ok((id(1), 1000, None)));
    assert_eq!(
        reply_to(&root, elsewhere, &ANYONE),
        Err(CommentError::NoSuchThread)
    );
    assert_eq!(
        reply_to(
            &comment(1, None, true),
            comment(1, None, true).recording,
            &ANYONE
        ),
        Err(CommentError::ThreadDeleted)
    );
    assert_eq!(comment(3, Some(1), false).thread(), id(1));
}

#[test]
fn what_the_owner_deleted_is_not_the_authors_to_bring_back() {
    let later = Timestamp::from_micros(9);
    let mut it = comment(1, None, false);
    it.delete(Deleter::Author, later);
    it.delete(Deleter::Owner, later);
    it.delete(Deleter::Author, later);
    assert_eq!(it.deleted_by, Some(Deleter::Owner));
    it.restore();
    assert_eq!((it.deleted_at, it.deleted_by), (None, None));
}

#[test]
fn a_deleted_comment_is_shown_only_while_it_holds_a_thread() {
    let all = vec![
        comment(3, Some(1), false),
        comment(1, None, true),
        comment(2, None, true),
        comment(4, Some(2), true),
    ];
    let ids: Vec<CommentId> = shown(all, &ANYONE).into_iter().map(|c| c.id).collect();
    assert_eq!(ids, [id(1), id(3)]);
}

#[test]
fn a_note_is_read_by_whom_it_is_for_and_nobody_else_can_answer_it() {
    let (me, other) = (member(1), member(2));
    let guest = Viewer::Guest(TokenId::new(Timestamp::from_micros(0), [1; 10]));
    let mut note = comment(1, None, false);
    note.author = me.member().map_or(Author::Nobody, Author::Member);
    for (visibility, readers) in [
        (Visibility::Everyone, [true, true, true, true]),
        (Visibility::Members, [true, true, false, false]),
        (Visibility::Author, [true, false, false, false]),
    ] {
        note.visibility = visibility;
        for (viewer, reads) in [me, other, guest, ANYONE].iter().zip(readers) {
            assert_eq!(note.read_by(viewer), reads, "{visibility:?} {viewer:?}");
            let answered = reply_to(&note, note.recording, viewer);
            assert_eq!(answered.is_ok(), reads, "{visibility:?} {viewer:?}");
            assert_eq!(shown(vec![note.clone()], viewer).len(), usize::from(reads));
        }
    }
}

#[test]
fn who_has_no_account_reads_the_names_of_those_in_the_thread_only() {
    let who = |n| Mentioned::User(UserId::new(Timestamp::from_micros(0), [n; 10]));
    let mention = |n, name: Option<&str>, in_thread| Mention {
        who: who(n),
        name: name.map(str::to_owned),
        in_thread,
        named: false,
    };
    let mut it = comment(1, None, false);
    it.body = format!("{} {} {}", who(1), who(2), who(3));
    it.mentions = vec![
        mention(1, Some("Jo"), true),
        mention(2, Some("Mara"), false),
    ];
    assert_eq!(it.words(&member(9)), "@Jo @Mara @somebody");
    assert_eq!(it.words(&ANYONE), "@Jo @somebody @somebody");
}

#[test]
fn ten_thousand_mentions_are_refused_as_such() {
    let one = Mentioned::User(UserId::new(Timestamp::from_micros(0), [1; 10])).to_string();
    assert!(clean_body(&one.repeat(MAX_MENTIONS)).is_ok());
    for many in [MAX_MENTIONS + 1, 10_000] {
        assert_eq!(
            clean_body(&one.repeat(many)),
            Err(CommentError::TooManyMentions)
        );
    }
}
