//! Who may do what on a server: the one table, printed in `docs/PEOPLE.md`. What a recording gives to whom is [`super::access`]. Pure.

use super::account::Role;

/// What somebody with an account may do beside what each recording gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// What is shared with them.
    WatchAndComment,
    /// Names of people and groups, to share with them.
    ListNames,
    /// Begin recordings, send them, share them.
    Record,
    /// Invite, give roles, deactivate, delete, hand recordings over; owners aside.
    ManagePeople,
    ManageGroups,
    SetServerDefaults,
    ReadAudit,
    /// The same as `ManagePeople`, of owners and to owner.
    ManageOwners,
}

impl Act {
    pub const ALL: [Self; 8] = [
        Self::WatchAndComment,
        Self::ListNames,
        Self::Record,
        Self::ManagePeople,
        Self::ManageGroups,
        Self::SetServerDefaults,
        Self::ReadAudit,
        Self::ManageOwners,
    ];

    /// The least role that may.
    const fn least(self) -> Role {
        match self {
            Self::WatchAndComment | Self::ListNames => Role::Viewer,
            Self::Record => Role::Member,
            Self::ManagePeople | Self::ManageGroups | Self::SetServerDefaults | Self::ReadAudit => {
                Role::Admin
            }
            Self::ManageOwners => Role::Owner,
        }
    }

    /// For the table.
    const fn told(self) -> &'static str {
        match self {
            Self::WatchAndComment => "Watch what is shared with them, and comment",
            Self::ListNames => "See the names of people and groups, to share with them",
            Self::Record => "Record, upload, and share what they recorded",
            Self::ManagePeople => {
                "Invite people, give them roles, deactivate or delete them, hand their recordings over"
            }
            Self::ManageGroups => "Make groups, and say who is in them",
            Self::SetServerDefaults => {
                "Say for whom new recordings of the server are, and how long recordings stay"
            }
            Self::ReadAudit => "Read who changed what",
            Self::ManageOwners => {
                "Invite, change, deactivate or delete owners, and make somebody an owner"
            }
        }
    }
}

/// The one decision.
pub fn may(role: Role, act: Act) -> bool {
    role >= act.least()
}

/// Whether `actor` may invite to, give, take or end a role.
pub fn may_manage(actor: Role, other: Role) -> bool {
    let act = if other == Role::Owner {
        Act::ManageOwners
    } else {
        Act::ManagePeople
    };
    may(actor, act)
}

const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Member, Role::Viewer];

/// The table as Markdown.
pub fn table() -> String {
    let mut text = String::from("| | Owner | Admin | Member | Viewer |\n|---|---|---|---|---|\n");
    for act in Act::ALL {
        let cells = ROLES.map(|role| if may(role, act) { "yes" } else { "no" });
        text += &format!("| {} | {} |\n", act.told(), cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_watches_and_nothing_more() {
        let may_viewer = Act::ALL.map(|act| may(Role::Viewer, act));
        assert_eq!(
            may_viewer,
            [true, true, false, false, false, false, false, false]
        );
    }

    #[test]
    fn an_admin_may_do_everything_but_what_concerns_owners() {
        for act in Act::ALL {
            assert!(may(Role::Owner, act), "{act:?}");
            assert_eq!(may(Role::Admin, act), act != Act::ManageOwners, "{act:?}");
        }
        for role in [Role::Admin, Role::Member, Role::Viewer] {
            assert!(may_manage(Role::Admin, role) && may_manage(Role::Owner, role));
            assert!(!may_manage(Role::Member, role) && !may_manage(Role::Viewer, role));
        }
        assert!(may_manage(Role::Owner, Role::Owner) && !may_manage(Role::Admin, Role::Owner));
    }

    /// Renewed by `UPDATE_DOCS=1`.
    #[test]
    fn the_table_in_the_documents_is_the_policy() {
        const BEGIN: &str = "<!-- generated from server/src/domain/roles.rs -->\n";
        const END: &str = "<!-- end -->";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PEOPLE.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = text.split_once(BEGIN).unwrap();
        let (printed, tail) = rest.split_once(END).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, format!("{head}{BEGIN}{}{END}{tail}", table())).unwrap();
        } else {
            assert_eq!(
                printed,
                table(),
                "docs/PEOPLE.md is stale; run the test once with UPDATE_DOCS=1"
            );
        }
    }
}
