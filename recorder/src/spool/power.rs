//! A disk that forgets what was not synced, for tests: its power is cut at any call.
//!
//! Every call is done in a real folder, which is what a living process sees, and noted beside it as POSIX promises it:
//! bytes last after `sync`, names after `sync_folder`. [`PowerDisk::after_the_cut`] writes down what a disk may hold
//! then: everything that was synced, and of the rest whatever chance leaves of it, in any order.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, SystemDisk};

/// Names a file or folder whatever it is called.
type Node = usize;

#[derive(Debug, Clone)]
enum Content {
    File {
        /// What survives for sure, and what is written.
        durable: Vec<u8>,
        written: Vec<u8>,
    },
    Folder {
        durable: BTreeMap<OsString, Node>,
        /// Changes since the last `sync_folder`: each a whole, as a file system keeps it.
        changes: Vec<Vec<(OsString, Option<Node>)>>,
    },
}

#[derive(Debug)]
struct State {
    root: PathBuf,
    nodes: Vec<Content>,
    /// A sync of a file or folder (`true`) that is not done, as if the spool had forgotten it.
    forgets: fn(&Path, bool) -> bool,
    /// Calls until the power goes.
    left: usize,
    done: usize,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct PowerDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct PowerFile {
    disk: PowerDisk,
    node: Node,
    path: PathBuf,
}

fn folder() -> Content {
    Content::Folder {
        durable: BTreeMap::new(),
        changes: Vec::new(),
    }
}

fn cut() -> io::Error {
    io::Error::other("the power is gone")
}

impl PowerDisk {
    /// A disk below `root`, which is empty, that works for so many calls.
    pub(super) fn new(root: &Path, calls: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            root: root.to_owned(),
            nodes: vec![folder()],
            forgets: |_, _| false,
            left: calls,
            done: 0,
        })))
    }

    /// Does not do these syncs.
    pub(super) fn forgetting(self, forgets: fn(&Path, bool) -> bool) -> Self {
        self.lock().forgets = forgets;
        self
    }

    /// Calls that were done.
    pub(super) fn calls(&self) -> usize {
        self.lock().done
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what the disk holds when the power is back into `to`, an empty folder.
    pub(super) fn after_the_cut(&self, to: &Path, chance: &mut Chance) {
        self.lock().restore(0, to, chance);
    }
}

/// Xorshift (Marsaglia 2003): the same seed, the same cut.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit.max(1)
    }

    fn happens(&mut self) -> bool {
        self.below(2) == 0
    }
}

impl State {
    fn spend(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(cut)?;
        self.done += 1;
        Ok(())
    }

    /// The folder of a path, and its name there.
    fn place(&self, path: &Path) -> io::Result<(Node, OsString)> {
        let name = path.file_name().ok_or(io::ErrorKind::NotFound)?;
        let above = path.parent().ok_or(io::ErrorKind::NotFound)?;
        Ok((self.node(above)?, name.to_owned()))
    }

    fn node(&self, path: &Path) -> io::Result<Node> {
        let inside = path
            .strip_prefix(&self.root)
            .map_err(|_| io::ErrorKind::NotFound)?;
        inside.iter().try_fold(0, |node, name| {
            let names = self.names(node);
            names
                .get(name)
                .copied()
                .ok_or(io::ErrorKind::NotFound.into())
        })
    }

    /// The names in a folder as a living process sees them.
    fn names(&self, node: Node) -> BTreeMap<OsString, Node> {
        let Content::Folder { durable, changes } = &self.nodes[node] else {
            return BTreeMap::new();
        };
        let mut names = durable.clone();
        changes.iter().for_each(|change| apply(&mut names, change));
        names
    }

    fn change(&mut self, folder: Node, change: Vec<(OsString, Option<Node>)>) {
        if let Content::Folder { changes, .. } = &mut self.nodes[folder] {
            changes.push(change);
        }
    }

    fn add(&mut self, path: &Path, content: Content) -> io::Result<Node> {
        let (above, name) = self.place(path)?;
        self.nodes.push(content);
        let node = self.nodes.len() - 1;
        self.change(above, vec![(name, Some(node))]);
        Ok(node)
    }

    fn restore(&self, node: Node, to: &Path, chance: &mut Chance) {
        match &self.nodes[node] {
            Content::Folder { durable, changes } => {
                let mut names = durable.clone();
                // None, all, or any: a file system is free to write them in the order it likes.
                let (all, any) = (chance.happens(), chance.happens());
                for change in changes {
                    if if any { chance.happens() } else { all } {
                        apply(&mut names, change);
                    }
                }
                fs::create_dir_all(to).unwrap();
                for (name, node) in names {
                    self.restore(node, &to.join(name), chance);
                }
            }
            Content::File { durable, written } => {
                let mut bytes = durable.clone();
                let new = written.len().saturating_sub(durable.len());
                match chance.below(4) {
                    0 => {}
                    1 => bytes.clone_from(written),
                    // Some of it; or its length and not its bytes.
                    2 => bytes.extend_from_slice(&written[durable.len()..][..chance.below(new)]),
                    _ => bytes.resize(written.len(), 0),
                }
                fs::write(to, bytes).unwrap();
            }
        }
    }
}

fn apply(names: &mut BTreeMap<OsString, Node>, change: &[(OsString, Option<Node>)]) {
    for (name, node) in change {
        match node {
            Some(node) => names.insert(name.clone(), *node),
            None => names.remove(name),
        };
    }
}

impl Disk for PowerDisk {
    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        let mut state = self.lock();
        state.spend()?;
        let made = SystemDisk.make_folder(path)?;
        if made {
            state.add(path, folder())?;
        }
        Ok(made)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.lock().spend()?;
        fs::write(path, b"")?;
        let empty = Content::File {
            durable: Vec::new(),
            written: Vec::new(),
        };
        let node = self.lock().add(path, empty)?;
        Ok(Box::new(PowerFile {
            disk: self.clone(),
            node,
            path: path.to_owned(),
        }))
    }

    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        if !path.exists() {
            return self.create(path);
        }
        let mut state = self.lock();
        state.spend()?;
        let node = state.node(path)?;
        Ok(Box::new(PowerFile {
            disk: self.clone(),
            node,
            path: path.to_owned(),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.spend()?;
        fs::rename(from, to)?;
        let node = state.node(from)?;
        let ((old, from), (new, to)) = (state.place(from)?, state.place(to)?);
        assert_eq!(old, new, "the spool renames within one folder");
        state.change(old, vec![(from, None), (to, Some(node))]);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.spend()?;
        fs::remove_file(path)?;
        let (above, name) = state.place(path)?;
        state.change(above, vec![(name, None)]);
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        // As `std::fs::remove_dir_all`: file by file, and the folder last.
        for item in fs::read_dir(path)? {
            let item = item?;
            if item.file_type()?.is_dir() {
                self.remove_folder(&item.path())?;
            } else if self.lock().node(&item.path()).is_ok() {
                self.remove_file(&item.path())?;
            } else {
                // A lock: made past the disk, and worth nothing after a cut.
                fs::remove_file(item.path())?;
            }
        }
        let mut state = self.lock();
        state.spend()?;
        fs::remove_dir(path)?;
        let (above, name) = state.place(path)?;
        state.change(above, vec![(name, None)]);
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.spend()?;
        let node = state.node(path)?;
        if (state.forgets)(path, true) {
            return Ok(());
        }
        let names = state.names(node);
        state.nodes[node] = Content::Folder {
            durable: names,
            changes: Vec::new(),
        };
        Ok(())
    }
}

impl DiskFile for PowerFile {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.spend()?;
        if let Content::File { written, .. } = &mut state.nodes[self.node] {
            written.extend_from_slice(bytes);
            // A file that was renamed meanwhile is not written to by the spool.
            fs::write(&self.path, written)?;
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.spend()?;
        if (state.forgets)(&self.path, false) {
            return Ok(());
        }
        if let Content::File { durable, written } = &mut state.nodes[self.node] {
            durable.clone_from(written);
        }
        Ok(())
    }
}
