//! How far the kernel keeps a process that decodes from files and from the network.

/// How much of what a decoder gives up the kernel took from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// All of it.
    Enforced,
    /// Some: the kernel knows less of it than newer ones.
    Partly,
    /// None.
    Not,
}

impl Posture {
    /// What a process says first, before it reads anything.
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Enforced => b'e',
            Self::Partly => b'p',
            Self::Not => b'n',
        }
    }

    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            b'e' => Some(Self::Enforced),
            b'p' => Some(Self::Partly),
            b'n' => Some(Self::Not),
            _ => None,
        }
    }
}

/// What came of a decoder's try to do what it gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tried {
    pub posture: Posture,
    /// A file was opened.
    pub opened: bool,
    /// Somebody was reached by TCP.
    pub connected: bool,
}

/// What that means to whoever runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confined {
    Yes,
    /// The kernel is too old for the network.
    FilesOnly,
    /// The kernel has no Landlock, or it may not be used.
    No,
    /// It was said to be confined, and is not.
    Leaks,
}

impl Tried {
    pub const fn confined(self) -> Confined {
        match (self.posture, self.opened, self.connected) {
            (Posture::Not, _, _) => Confined::No,
            (_, false, false) => Confined::Yes,
            (Posture::Partly, false, true) => Confined::FilesOnly,
            _ => Confined::Leaks,
        }
    }
}
