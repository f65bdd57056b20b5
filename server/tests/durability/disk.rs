//! A disk that forgets. It takes the calls of a log, knows of every file and directory what was synced and what was
//! not, and writes down what could be left of it after a power cut.
//!
//! What it grants is what POSIX promises and no more: a synced file keeps its contents, a synced directory its
//! entries; a file that was made or renamed is found again only when its directory was synced after that. A rename
//! happens or does not.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::strace::{Call, Moment};

type Inode = usize;

/// What is left of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing.
    Synced,
    /// All: the program was killed and the machine was not.
    All,
    /// Names, and no contents: directories reached the disk before the files.
    Names,
    /// Contents, and no names.
    Contents,
    /// Any of it, chosen by this number: some writes, some only to half, some names.
    Some(u64),
}

#[derive(Debug, Clone)]
enum FileChange {
    Write { at: usize, data: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Clone)]
enum DirChange {
    Set(String, Inode),
    Remove(String),
    Rename(String, String, Inode),
}

#[derive(Debug, Clone)]
enum Node {
    File(Log<Vec<u8>, FileChange>),
    Dir(Log<BTreeMap<String, Inode>, DirChange>),
}

/// What is durable, and the changes since, in order.
#[derive(Debug, Clone)]
struct Log<State, Change> {
    durable: State,
    pending: Vec<Change>,
    /// How many changes became durable so far.
    before: usize,
}

trait Apply {
    type State: Clone;
    fn apply(&self, state: &mut Self::State);
    /// What may be left of it when the power is cut while it is written.
    fn torn(&self) -> Option<Self>
    where
        Self: Sized;
}

impl Apply for FileChange {
    type State = Vec<u8>;
    fn apply(&self, state: &mut Vec<u8>) {
        match self {
            Self::Write { at, data } => {
                let end = at + data.len();
                if state.len() < end {
                    state.resize(end, 0);
                }
                state[*at..end].copy_from_slice(data);
            }
            Self::Truncate(length) => state.resize(*length, 0),
        }
    }
    fn torn(&self) -> Option<Self> {
        match self {
            Self::Write { at, data } => Some(Self::Write {
                at: *at,
                data: data[..data.len() / 2 / 512 * 512].to_vec(),
            }),
            Self::Truncate(_) => None,
        }
    }
}

impl Apply for DirChange {
    type State = BTreeMap<String, Inode>;
    fn apply(&self, state: &mut Self::State) {
        match self {
            Self::Set(name, inode) => {
                state.insert(name.clone(), *inode);
            }
            Self::Remove(name) => {
                state.remove(name);
            }
            Self::Rename(from, to, inode) => {
                state.remove(from);
                state.insert(to.clone(), *inode);
            }
        }
    }
    fn torn(&self) -> Option<Self> {
        None
    }
}

impl<State: Clone, Change: Apply<State = State>> Log<State, Change> {
    fn new(state: State) -> Self {
        Self {
            durable: state,
            pending: Vec::new(),
            before: 0,
        }
    }

    /// Number of the next change.
    fn position(&self) -> usize {
        self.before + self.pending.len()
    }

    /// Everything before `position` is durable.
    fn commit(&mut self, position: usize) {
        let count = position.saturating_sub(self.before).min(self.pending.len());
        for change in self.pending.drain(..count) {
            change.apply(&mut self.durable);
        }
        self.before += count;
    }

    fn current(&self) -> State {
        self.left(|_| Part::Whole)
    }

    fn left(&self, mut choose: impl FnMut(usize) -> Part) -> State {
        let mut state = self.durable.clone();
        for (n, change) in self.pending.iter().enumerate() {
            match choose(self.before + n) {
                Part::Whole => change.apply(&mut state),
                Part::Torn => {
                    if let Some(torn) = change.torn() {
                        torn.apply(&mut state);
                    }
                }
                Part::Nothing => {}
            }
        }
        state
    }
}

enum Part {
    Whole,
    Torn,
    Nothing,
}

/// The disk below one directory, which is empty and durable when it begins.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    /// Open files: the inode, and where the next `write` goes.
    open: HashMap<i32, (Inode, usize)>,
    /// What each sync that runs will have made durable.
    syncing: HashMap<usize, (Inode, usize)>,
}

impl Disk {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            nodes: vec![Node::Dir(Log::new(BTreeMap::new()))],
            open: HashMap::new(),
            syncing: HashMap::new(),
        }
    }

    /// Takes one end of a call; says whether it meant something for this disk.
    pub(crate) fn take(&mut self, moment: Moment, id: usize, call: &Call) -> bool {
        match (moment, call) {
            // The number is free for others from here on.
            (Moment::Begins, Call::Close { fd }) => self.open.remove(fd).is_some(),
            // Another thread may have found the folder there and used it before the log says that this one made it.
            (Moment::Begins, Call::MakeDir { .. }) => self.change(call).is_some(),
            (Moment::Ends, Call::MakeDir { .. }) => false,
            (Moment::Begins, Call::Sync { fd }) => {
                let Some((inode, _)) = self.open.get(fd) else {
                    return false;
                };
                let position = match &self.nodes[*inode] {
                    Node::File(log) => log.position(),
                    Node::Dir(log) => log.position(),
                };
                self.syncing.insert(id, (*inode, position));
                true
            }
            (Moment::Ends, Call::Sync { .. }) => {
                let Some((inode, position)) = self.syncing.remove(&id) else {
                    return false;
                };
                match &mut self.nodes[inode] {
                    Node::File(log) => log.commit(position),
                    Node::Dir(log) => log.commit(position),
                }
                true
            }
            (Moment::Ends, call) => self.change(call).is_some(),
            _ => false,
        }
    }

    /// Where an open file or directory lies, relative to the root; for whoever wants to know what was synced.
    pub(crate) fn path_of(&self, fd: i32) -> Option<PathBuf> {
        let (inode, _) = self.open.get(&fd)?;
        self.find(0, *inode)
    }

    fn find(&self, directory: Inode, wanted: Inode) -> Option<PathBuf> {
        if directory == wanted {
            return Some(PathBuf::new());
        }
        let Node::Dir(log) = &self.nodes[directory] else {
            return None;
        };
        let entries = log.current();
        entries.iter().find_map(|(name, inode)| {
            if *inode == wanted {
                return Some(PathBuf::from(name));
            }
            Some(Path::new(name).join(self.find(*inode, wanted)?))
        })
    }

    fn change(&mut self, call: &Call) -> Option<()> {
        match call {
            Call::Open {
                fd,
                path,
                create,
                truncate,
            } => {
                let inode = match self.lookup(path) {
                    Some(inode) => inode,
                    None if *create => {
                        let inode = self.add(Node::File(Log::new(Vec::new())));
                        let (directory, name) = self.place(path)?;
                        self.entry(directory, DirChange::Set(name, inode));
                        inode
                    }
                    None => return None,
                };
                self.open.insert(*fd, (inode, 0));
                if *truncate {
                    self.write(inode, FileChange::Truncate(0));
                }
            }
            Call::Write { fd, at, data } => {
                let (inode, position) = self.open.get_mut(fd)?;
                let at = match at {
                    Some(at) => usize::try_from(*at).ok()?,
                    None => {
                        let at = *position;
                        *position += data.len();
                        at
                    }
                };
                let (inode, data) = (*inode, data.clone());
                self.write(inode, FileChange::Write { at, data });
            }
            Call::Truncate { fd, length } => {
                let (inode, _) = *self.open.get(fd)?;
                self.write(inode, FileChange::Truncate(usize::try_from(*length).ok()?));
            }
            Call::Rename { from, to } => {
                let inode = self.lookup(from)?;
                let ((a, from), (b, to)) = (self.place(from)?, self.place(to)?);
                assert_eq!(
                    a, b,
                    "a rename from one directory to another is two changes"
                );
                self.entry(a, DirChange::Rename(from, to, inode));
            }
            Call::Link { from, to } => {
                let inode = self.lookup(from)?;
                let (directory, name) = self.place(to)?;
                self.entry(directory, DirChange::Set(name, inode));
            }
            Call::Unlink { path } => {
                self.lookup(path)?;
                let (directory, name) = self.place(path)?;
                self.entry(directory, DirChange::Remove(name));
            }
            Call::MakeDir { path } => {
                let (directory, name) = self.place(path)?;
                let inode = self.add(Node::Dir(Log::new(BTreeMap::new())));
                self.entry(directory, DirChange::Set(name, inode));
            }
            Call::Close { .. } | Call::Sync { .. } => return None,
        }
        Some(())
    }

    fn add(&mut self, node: Node) -> Inode {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn write(&mut self, inode: Inode, change: FileChange) {
        if let Node::File(log) = &mut self.nodes[inode] {
            log.pending.push(change);
        }
    }

    fn entry(&mut self, directory: Inode, change: DirChange) {
        if let Node::Dir(log) = &mut self.nodes[directory] {
            log.pending.push(change);
        }
    }

    /// The directory a path lies in, and its name there; none for what lies elsewhere.
    fn place(&self, path: &str) -> Option<(Inode, String)> {
        let path = Path::new(path);
        let directory = self.lookup(path.parent()?.to_str()?)?;
        Some((directory, path.file_name()?.to_str()?.to_owned()))
    }

    fn lookup(&self, path: &str) -> Option<Inode> {
        let below = Path::new(path).strip_prefix(&self.root).ok()?;
        let mut inode = 0;
        for name in below {
            let Node::Dir(log) = &self.nodes[inode] else {
                return None;
            };
            inode = *log.current().get(name.to_str()?)?;
        }
        Some(inode)
    }

    /// Writes down what is left after a power cut now.
    pub(crate) fn cut(&self, kept: Kept, target: &Path) -> std::io::Result<()> {
        self.leave(0, kept, target)
    }

    fn leave(&self, inode: Inode, kept: Kept, target: &Path) -> std::io::Result<()> {
        match &self.nodes[inode] {
            Node::File(log) => {
                let whole = matches!(kept, Kept::All | Kept::Contents);
                std::fs::write(target, log.left(|n| choice(kept, whole, inode, n)))
            }
            Node::Dir(log) => {
                std::fs::create_dir_all(target)?;
                let whole = matches!(kept, Kept::All | Kept::Names);
                let entries = log.left(|n| choice(kept, whole, inode, n));
                for (name, inode) in entries {
                    self.leave(inode, kept, &target.join(name))?;
                }
                Ok(())
            }
        }
    }
}

fn choice(kept: Kept, whole: bool, inode: Inode, change: usize) -> Part {
    let Kept::Some(seed) = kept else {
        return if whole { Part::Whole } else { Part::Nothing };
    };
    // splitmix64: well spread, and the same for the same cut.
    let mut z = seed
        ^ (inode as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (change as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    match (z ^ (z >> 31)) % 8 {
        0..4 => Part::Whole,
        4 => Part::Torn,
        _ => Part::Nothing,
    }
}

#[test]
fn a_folder_is_there_when_another_thread_uses_it_before_the_log_says_that_it_was_made() {
    let log = "\
1 mkdir(\"\\x2f\\x64\", 0777 <unfinished ...>
2 mkdir(\"\\x2f\\x64\", 0777) = -1 EEXIST (File exists)
2 mkdir(\"\\x2f\\x64\\x2f\\x65\", 0777) = 0
1 <... mkdir resumed>) = 0
";
    let mut disk = Disk::new(Path::new("/"));
    for (moment, id, call) in super::strace::read(log) {
        disk.take(moment, id, &call);
    }
    let left = super::run::scratch();
    disk.cut(Kept::All, &left.path().join("left")).unwrap();
    assert!(left.path().join("left/d/e").is_dir());
}
