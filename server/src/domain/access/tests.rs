use aside_protocol::id::RecordingId;

use super::*;
use crate::domain::sharing::Sharing;

const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_micros(0), [n; 10])
}

fn guest(n: u8) -> TokenId {
    TokenId::new(Timestamp::from_micros(0), [n; 10])
}

fn member(n: u8, role: Role) -> Viewer {
    Viewer::Member { id: user(n), role }
}

/// Of member 1, with share epoch 3.
fn recording(sharing: Sharing, deleted: bool) -> Recording {
    let at = Timestamp::from_micros(0);
    Recording {
        id: RecordingId::new(at, [9; 10]),
        slug: Slug::from_entropy(&[7; 64]).unwrap(),
        owner: user(1),
        title: String::new(),
        sharing,
        share_epoch: 3,
        started_at: at,
        created_at: at,
        last_part_at: at,
        last_seen_at: None,
        paused_at: None,
        finished_at: Some(at),
        deleted_at: deleted.then_some(at),
        poster_key: None,
        thumbnail_key: None,
        version: 1,
    }
}

fn with(audience: Audience) -> Sharing {
    Sharing::with(audience)
}

fn ask(viewer: Viewer, action: Action, recording: &Recording) -> Result<(), Refusal> {
    let facts = Facts {
        recording,
        named: false,
        password: None,
        now: NOW,
    };
    decide(&viewer, action, &facts)
}

/// Viewer × audience × deleted → answer, in the order link, members, link deleted, members deleted.
#[test]
fn the_table_of_who_may_do_what() {
    use Refusal::{Forbidden, Gone, Hidden, LinkEnded, SignIn};
    let owner = member(1, Role::Member);
    let other = member(2, Role::Member);
    let admin = member(3, Role::Owner);
    let ana = Viewer::Guest(guest(1));
    let anyone = Viewer::Anonymous;
    let bearer = |epoch| Viewer::Bearer {
        epoch,
        download: true,
    };
    let (link, old_link) = (bearer(3), bearer(2));
    let by_ana = Author::Guest(guest(1));
    let by_ben = Author::Guest(guest(2));
    let by_other = Author::Member(user(2));

    let ok = Ok(());
    type Row = (Viewer, Action, [Result<(), Refusal>; 4]);
    let hidden = [ok, Err(Hidden), Err(Gone), Err(Hidden)];
    let member = [ok, ok, Err(Gone), Err(Gone)];
    let sign_in = [Err(SignIn), Err(Hidden), Err(Gone), Err(Hidden)];
    let guest_no = [Err(Forbidden), Err(Hidden), Err(Gone), Err(Hidden)];
    let member_no = [Err(Forbidden), Err(Forbidden), Err(Gone), Err(Gone)];
    // What only the owner may do is refused as such, deleted or not.
    let sign_in_first = [Err(SignIn), Err(Hidden), Err(SignIn), Err(Hidden)];
    let guest_first = [Err(Forbidden), Err(Hidden), Err(Forbidden), Err(Hidden)];
    let table: Vec<Row> = vec![
        (anyone, Action::Watch, hidden),
        (ana, Action::Watch, hidden),
        (other, Action::Watch, member),
        (owner, Action::Watch, member),
        (anyone, Action::Poster, hidden),
        (ana, Action::Poster, hidden),
        (other, Action::Poster, member),
        (admin, Action::Poster, member),
        (owner, Action::Poster, [ok; 4]),
        (anyone, Action::Download, hidden),
        (owner, Action::Download, member),
        (anyone, Action::Comment, hidden),
        (ana, Action::Comment, hidden),
        (other, Action::Comment, member),
        (ana, Action::EditComment(by_ana), hidden),
        (ana, Action::EditComment(by_ben), guest_no),
        (owner, Action::EditComment(by_ana), member_no),
        (owner, Action::EditComment(Author::Nobody), member_no),
        (other, Action::EditComment(by_other), member),
        (anyone, Action::DeleteComment(by_ana), sign_in),
        (ana, Action::DeleteComment(by_ana), hidden),
        (ana, Action::DeleteComment(by_other), guest_no),
        (owner, Action::DeleteComment(by_ana), member),
        (admin, Action::DeleteComment(by_ana), member_no),
        (
            ana,
            Action::RestoreComment(by_ana, Some(Deleter::Author)),
            hidden,
        ),
        (
            ana,
            Action::RestoreComment(by_ana, Some(Deleter::Owner)),
            guest_no,
        ),
        (ana, Action::RestoreComment(by_ana, None), guest_no),
        (
            owner,
            Action::RestoreComment(by_ana, Some(Deleter::Owner)),
            member,
        ),
        (owner, Action::RestoreComment(by_ana, None), member),
        (
            owner,
            Action::RestoreComment(by_ana, Some(Deleter::Author)),
            member_no,
        ),
        (owner, Action::ResolveThread(by_other), member),
        (other, Action::ResolveThread(by_other), member),
        (other, Action::ResolveThread(by_ana), member_no),
        (anyone, Action::Mark, sign_in),
        (ana, Action::Mark, guest_no),
        (admin, Action::Mark, member_no),
        (owner, Action::Mark, member),
        (link, Action::Mark, [Err(Forbidden); 4]),
        (anyone, Action::Upload, sign_in_first),
        (ana, Action::Upload, guest_first),
        (other, Action::Upload, [Err(Forbidden); 4]),
        (admin, Action::Upload, [Err(Forbidden); 4]),
        (owner, Action::Upload, member),
        (owner, Action::Change, member),
        (other, Action::Change, [Err(Forbidden); 4]),
        (owner, Action::Delete, [ok; 4]),
        (other, Action::Delete, [Err(Forbidden); 4]),
        (anyone, Action::Delete, sign_in_first),
        (link, Action::Watch, [ok, ok, Err(Gone), Err(Gone)]),
        (link, Action::Download, [ok, ok, Err(Gone), Err(Gone)]),
        (
            old_link,
            Action::Watch,
            [Err(LinkEnded), Err(LinkEnded), Err(Gone), Err(Gone)],
        ),
        (link, Action::Poster, [Err(Forbidden); 4]),
        (link, Action::Comment, [Err(Forbidden); 4]),
        (
            link,
            Action::DeleteComment(Author::Nobody),
            [Err(Forbidden); 4],
        ),
        (link, Action::Upload, [Err(Forbidden); 4]),
        (link, Action::Delete, [Err(Forbidden); 4]),
    ];
    for (viewer, action, answers) in table {
        let cases = [
            (Audience::Link, false),
            (Audience::Members, false),
            (Audience::Link, true),
            (Audience::Members, true),
        ];
        for ((audience, deleted), expected) in cases.into_iter().zip(answers) {
            let recording = recording(with(audience), deleted);
            assert_eq!(
                ask(viewer, action, &recording),
                expected,
                "{viewer:?} {action:?} {audience:?} deleted: {deleted}"
            );
        }
    }
}

#[test]
fn what_is_the_owners_alone_is_hidden_from_everybody_else_but_for_who_is_named() {
    let other = member(2, Role::Admin);
    for deleted in [false, true] {
        let recording = recording(with(Audience::Owner), deleted);
        for viewer in [Viewer::Anonymous, Viewer::Guest(guest(1)), other] {
            for action in [
                Action::Watch,
                Action::Comment,
                Action::Change,
                Action::Delete,
            ] {
                assert_eq!(ask(viewer, action, &recording), Err(Refusal::Hidden));
            }
        }
    }
    let recording = recording(with(Audience::Owner), false);
    let named = Facts {
        recording: &recording,
        named: true,
        password: None,
        now: NOW,
    };
    assert_eq!(decide(&other, Action::Watch, &named), Ok(()));
    assert_eq!(decide(&other, Action::Comment, &named), Ok(()));
    assert_eq!(
        decide(&other, Action::Change, &named),
        Err(Refusal::Forbidden)
    );
    assert_eq!(
        ask(member(1, Role::Member), Action::Watch, &recording),
        Ok(())
    );
}

#[test]
fn from_its_end_on_a_recording_is_hidden_from_all_but_its_owner_even_from_who_is_named() {
    let mut sharing = with(Audience::Link);
    sharing.ends_at = Some(NOW);
    let recording = recording(sharing, false);
    let at = |now, named, viewer: Viewer| {
        let facts = Facts {
            recording: &recording,
            named,
            password: None,
            now,
        };
        decide(&viewer, Action::Watch, &facts)
    };
    let before = Timestamp::from_micros(NOW.micros() - 1);
    let other = member(2, Role::Member);
    assert_eq!(at(before, false, Viewer::Anonymous), Ok(()));
    assert_eq!(at(NOW, false, Viewer::Anonymous), Err(Refusal::Hidden));
    assert_eq!(at(NOW, true, other), Err(Refusal::Hidden));
    assert_eq!(at(NOW, false, member(1, Role::Member)), Ok(()));
}

#[test]
fn a_password_is_asked_from_all_but_the_owner_who_is_named_and_who_proved_it() {
    let mut sharing = with(Audience::Link);
    sharing.password = Some(2);
    let recording = recording(sharing, false);
    let at = |password, named, viewer: Viewer, action| {
        let facts = Facts {
            recording: &recording,
            named,
            password,
            now: NOW,
        };
        decide(&viewer, action, &facts)
    };
    let other = member(2, Role::Member);
    for viewer in [Viewer::Anonymous, other] {
        assert_eq!(
            at(None, false, viewer, Action::Watch),
            Err(Refusal::Password)
        );
        assert_eq!(
            at(Some(1), false, viewer, Action::Watch),
            Err(Refusal::Password)
        );
        assert_eq!(at(Some(2), false, viewer, Action::Watch), Ok(()));
    }
    assert_eq!(at(None, true, other, Action::Watch), Ok(()));
    assert_eq!(
        at(None, false, member(1, Role::Member), Action::Watch),
        Ok(())
    );
    // Whoever wrote a comment knew the password then.
    let (ana, own) = (Viewer::Guest(guest(1)), Author::Guest(guest(1)));
    assert_eq!(at(None, false, ana, Action::EditComment(own)), Ok(()));
    assert_eq!(
        at(
            None,
            false,
            ana,
            Action::EditComment(Author::Guest(guest(2)))
        ),
        Err(Refusal::Password)
    );
}

#[test]
fn comments_and_the_file_are_refused_to_who_may_watch() {
    let mut sharing = with(Audience::Link);
    sharing.download = false;
    sharing.comments = Commenters::Members;
    let mut recording = recording(sharing, false);
    let owner = member(1, Role::Member);
    let other = member(2, Role::Viewer);
    assert_eq!(
        ask(Viewer::Anonymous, Action::Comment, &recording),
        Err(Refusal::SignIn)
    );
    assert_eq!(ask(other, Action::Comment, &recording), Ok(()));
    assert_eq!(
        ask(other, Action::Download, &recording),
        Err(Refusal::NoDownload)
    );
    assert_eq!(ask(owner, Action::Download, &recording), Ok(()));
    recording.sharing.comments = Commenters::Off;
    for viewer in [Viewer::Anonymous, other, owner] {
        assert_eq!(
            ask(viewer, Action::Comment, &recording),
            Err(Refusal::CommentsOff)
        );
    }
    let bearer = Viewer::Bearer {
        epoch: 3,
        download: false,
    };
    assert_eq!(ask(bearer, Action::Watch, &recording), Ok(()));
    assert_eq!(
        ask(bearer, Action::Download, &recording),
        Err(Refusal::Forbidden)
    );
}

#[test]
fn who_came_by_a_link_that_was_replaced_reads_nothing_more() {
    let recording = recording(with(Audience::Link), false);
    let reader = Reader {
        viewer: Viewer::Anonymous,
        password: None,
        slug: recording.slug.clone(),
    };
    let stranger = Standing {
        named: false,
        present: true,
    };
    assert!(reader.may_watch(&recording, stranger, NOW));
    let other = Slug::from_entropy(&[8; 64]).unwrap();
    assert!(!reader.may_watch(
        &Recording {
            slug: other,
            ..recording
        },
        stranger,
        NOW
    ));
}

#[test]
fn who_has_no_account_any_more_is_a_stranger() {
    let viewer = Viewer::Member {
        id: UserId::new(NOW, [9; 10]),
        role: Role::Member,
    };
    let may = |audience, present| {
        let recording = recording(with(audience), false);
        let reader = Reader {
            viewer,
            password: None,
            slug: recording.slug.clone(),
        };
        let standing = Standing {
            named: false,
            present,
        };
        let seen = Seen {
            recording: recording.clone(),
            named: false,
            present,
            password: None,
        };
        let allowed = allow::<Watch>(&viewer, seen, NOW);
        let may = reader.may_watch(&recording, standing, NOW);
        assert_eq!(allowed.is_ok(), may);
        may
    };
    assert!(may(Audience::Members, true) && !may(Audience::Members, false));
    assert!(may(Audience::Link, false), "as everybody who has the link");
}
