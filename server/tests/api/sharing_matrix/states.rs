//! Kinds of viewers, states of sharing, and what is expected where they meet.

use aside_protocol::problem::ProblemCode;
use aside_server::http::policy::{Policy, Registered};

use super::table::Need;

/// How a recording is shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// Of its folder, where that is shared.
    pub(super) audience: &'static str,
    pub(super) condition: Condition,
    pub(super) place: Place,
}

/// Where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a folder that says nothing.
    Own,
    /// In a folder of a shared one, as that is shared; people are named for the folder alone.
    Shared,
    /// In the same for everyone here, and for its owner alone.
    Narrowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    None,
    Password,
    Ended,
    Trashed,
    /// Neither comments nor the file.
    OnlyWatch,
    /// Comments for members only.
    MembersComment,
}

pub(super) fn states() -> Vec<State> {
    use Condition::{Ended, MembersComment, None, OnlyWatch, Password, Trashed};
    let state = |audience, condition| State {
        audience,
        condition,
        place: Place::Own,
    };
    let mut states = Vec::new();
    for audience in ["owner", "members", "link"] {
        states.extend([None, Password, Ended, Trashed].map(|it| state(audience, it)));
    }
    states.extend([OnlyWatch, MembersComment].map(|it| state("link", it)));
    let lies = |place, audience, condition| State {
        place,
        ..state(audience, condition)
    };
    states.extend([None, Ended].map(|it| lies(Place::Shared, "owner", it)));
    states.extend([None, Password].map(|it| lies(Place::Shared, "members", it)));
    states.push(lies(Place::Narrowed, "owner", None));
    states
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Anonymous,
    Guest,
    /// Anonymous, and proved to know the password before.
    Knowing,
    Stranger,
    /// May watch and comment on this server, but not record.
    OnlyViewer,
    Admin,
    Named,
    /// By mail address.
    NamedByMail,
    NamedByGroup,
    /// The same, and may not record.
    ViewerByGroup,
    /// Without an account, by a mail address whose mailbox they proved to have.
    MailGuest,
    /// The same, by an address that is not named.
    StrayMailGuest,
    Owner,
}

impl Who {
    pub(super) const ALL: [Self; 13] = [
        Self::Anonymous,
        Self::Guest,
        Self::Knowing,
        Self::Stranger,
        Self::OnlyViewer,
        Self::Admin,
        Self::Named,
        Self::NamedByMail,
        Self::NamedByGroup,
        Self::ViewerByGroup,
        Self::MailGuest,
        Self::StrayMailGuest,
        Self::Owner,
    ];

    pub(super) const fn has_account(self) -> bool {
        !matches!(
            self,
            Self::Anonymous | Self::Guest | Self::Knowing | Self::MailGuest | Self::StrayMailGuest
        )
    }
}

/// What is expected of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Success,
    /// Exactly what is answered where there is nothing.
    Hidden,
    Problem(ProblemCode),
    /// One of the ways to say no.
    Refused,
}

/// Whether they are named for the recording, or for its folder.
pub(super) fn is_named(who: Who, state: State) -> bool {
    let for_folder = matches!(who, Who::Named | Who::NamedByGroup | Who::ViewerByGroup);
    match state.place {
        Place::Own => for_folder || matches!(who, Who::NamedByMail | Who::MailGuest),
        Place::Shared => for_folder,
        Place::Narrowed => false,
    }
}

/// Whether somebody may know of the recording.
pub(super) fn sees(who: Who, state: State) -> Expected {
    let named = is_named(who, state);
    let in_audience = match state.audience {
        "link" => true,
        "members" => who.has_account(),
        _ => false,
    };
    match state.condition {
        _ if who == Who::Owner => Expected::Success,
        Condition::Ended => Expected::Hidden,
        _ if named => Expected::Success,
        _ if !in_audience => Expected::Hidden,
        Condition::Password if who != Who::Knowing => {
            Expected::Problem(ProblemCode::PasswordNeeded)
        }
        _ => Expected::Success,
    }
}

pub(super) fn expected(need: Need, route: &Registered, who: Who, state: State) -> Expected {
    use Expected::{Hidden, Problem, Refused, Success};
    if matches!(route.policy, Policy::SignedIn | Policy::Recorder) && !who.has_account() {
        return Problem(ProblemCode::Unauthenticated);
    }
    if route.policy == Policy::Recorder && matches!(who, Who::OnlyViewer | Who::ViewerByGroup) {
        return Problem(ProblemCode::MayNotRecord);
    }
    let seen = sees(who, state);
    let trashed = state.condition == Condition::Trashed;
    let owner = who == Who::Owner;
    match need {
        Need::Nothing => Success,
        Need::Ask => Success,
        Need::Create => {
            if owner && !trashed {
                Success
            } else {
                Refused
            }
        }
        Need::OldLink => {
            // Nothing has changed for who may watch.
            let same = state.audience == "link"
                && matches!(state.condition, Condition::None | Condition::MembersComment);
            if same { Success } else { Refused }
        }
        Need::OwnTrash => {
            if owner && trashed && route.path == "/api/trash/{slug}" {
                Success
            } else {
                Refused
            }
        }
        Need::OwnFolder => {
            if owner {
                Success
            } else {
                Refused
            }
        }
        Need::Page => match seen {
            Hidden => Hidden,
            _ => Success,
        },
        _ if seen != Success => match (need, seen) {
            (Need::Unlock, Problem(_)) if !trashed => Problem(ProblemCode::BadCredentials),
            _ => seen,
        },
        Need::Poster if owner => Success,
        Need::OwnerAlways => {
            // A finished recording cannot be cancelled.
            if owner && !route.path.ends_with("/cancel") {
                Success
            } else {
                Refused
            }
        }
        _ if trashed && (owner || !matches!(need, Need::Owner)) => Problem(ProblemCode::Gone),
        Need::Watch | Need::Poster | Need::Unlock => Success,
        Need::File => {
            if owner || state.condition != Condition::OnlyWatch {
                Success
            } else {
                Refused
            }
        }
        Need::Comment => match state.condition {
            Condition::OnlyWatch => Refused,
            Condition::MembersComment if !who.has_account() => Refused,
            _ => Success,
        },
        Need::Assign => {
            if who.has_account() && state.condition != Condition::OnlyWatch {
                Success
            } else {
                Refused
            }
        }
        Need::WatchAsMember => {
            if who.has_account() {
                Success
            } else {
                Refused
            }
        }
        Need::EditOwners => {
            if owner && state.condition != Condition::OnlyWatch {
                Success
            } else {
                Refused
            }
        }
        Need::Owner => {
            if owner {
                Success
            } else {
                Refused
            }
        }
    }
}
