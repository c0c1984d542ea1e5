//! A disk in memory: each of its operations can fail, and the power can be cut.
//!
//! It knows what POSIX promises and no more. What a file holds lasts once the file is synced, and
//! names last once the folder is; before that a power cut may lose them, or not. The latest names
//! go first. A failed operation has done its work, or nothing, or has written half.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::device::Place;
use super::disk::{Disk, cannot_sync, cannot_sync_folder, unless};

/// One kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Open,
    Read,
    Write,
    Sync,
    Rename,
    Remove,
    SyncFolder,
}

impl Step {
    pub(super) const ALL: [Self; 8] = [
        Self::Create,
        Self::Open,
        Self::Read,
        Self::Write,
        Self::Sync,
        Self::Rename,
        Self::Remove,
        Self::SyncFolder,
    ];
}

/// What a failing operation has done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Nothing,
    Half,
    All,
}

/// An operation that fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) step: Step,
    /// Which one of its kind, from 0.
    pub(super) number: usize,
    /// Whether all later ones of its kind fail too.
    pub(super) lasts: bool,
    pub(super) done: Done,
    pub(super) errno: i32,
}

#[derive(Debug, Clone, Default)]
struct Inode {
    content: Vec<u8>,
    synced: Vec<u8>,
    born: u64,
}

#[derive(Clone)]
enum Naming {
    Link(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Clone, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    unsynced: Vec<Naming>,
    faults: Vec<Fault>,
    counts: BTreeMap<String, usize>,
    fired: Vec<bool>,
    /// What a rename onto a name that is taken says, where it may not be.
    no_replacing: Option<i32>,
    births: u64,
}

/// The disk; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct ModelDisk(Arc<Mutex<State>>);

impl ModelDisk {
    /// The same content on a disk of its own, and with it these faults.
    pub(super) fn failing(&self, faults: &[Fault]) -> Self {
        let mut state = self.lock().clone();
        state.faults = faults.to_vec();
        state.fired = vec![false; faults.len()];
        state.counts.clear();
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn without_replacing(&self, errno: i32) -> Self {
        let copy = self.failing(&[]);
        copy.lock().no_replacing = Some(errno);
        copy
    }

    /// Whether each fault has come to pass.
    pub(super) fn all_fired(&self) -> bool {
        self.lock().fired.iter().all(|fired| *fired)
    }

    /// Every disk that may be there after a power cut now: one for each number of names that were
    /// not lost, with what the files held when they were synced last or held at the end.
    pub(super) fn after_power_cuts(&self) -> Vec<Self> {
        let state = self.lock();
        let mut ends = Vec::new();
        for kept in 0..=state.unsynced.len() {
            for keeps_content in [true, false] {
                let mut end = state.clone();
                end.names = state.synced_names.clone();
                for naming in &state.unsynced[..kept] {
                    naming.apply(&mut end.names);
                }
                if !keeps_content {
                    for inode in &mut end.inodes {
                        inode.content = inode.synced.clone();
                    }
                }
                end.faults.clear();
                ends.push(Self(Arc::new(Mutex::new(end))));
            }
        }
        ends
    }

    /// Every file in a folder of its own, as a backup brings it back.
    pub(super) fn copied(&self) -> Self {
        let state = self.lock();
        let mut copy = State {
            births: state.births + 1000,
            ..State::default()
        };
        for (name, inode) in &state.names {
            let content = state.inodes[*inode].content.clone();
            copy.births += 1;
            copy.names.insert(name.clone(), copy.inodes.len());
            copy.inodes.push(Inode {
                synced: content.clone(),
                content,
                born: copy.births,
            });
        }
        copy.synced_names = copy.names.clone();
        Self(Arc::new(Mutex::new(copy)))
    }

    /// Puts a file there, as somebody else would.
    pub(super) fn plant(&self, name: &str, content: &[u8]) {
        let mut state = self.lock();
        let inode = state.make(name);
        state.inodes[inode].content = content.to_vec();
        state.inodes[inode].synced = content.to_vec();
    }

    pub(super) fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        let inode = state.names.get(name)?;
        Some(state.inodes[*inode].content.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries an operation out, or has it fail. `work` is told how much of it to do.
    fn attempt<T>(
        &self,
        step: Step,
        work: impl FnOnce(&mut State, Done) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut state = self.lock();
        let count = state.counts.entry(format!("{step:?}")).or_default();
        let number = *count;
        *count += 1;
        let failing = |fault: &Fault| {
            fault.step == step && (fault.number == number || fault.lasts && fault.number < number)
        };
        let Some(index) = state.faults.iter().position(failing) else {
            return work(&mut state, Done::All);
        };
        state.fired[index] = true;
        let fault = state.faults[index];
        if fault.done != Done::Nothing {
            // What it would have said does not matter any more.
            let _ = work(&mut state, fault.done);
        }
        Err(io::Error::from_raw_os_error(fault.errno))
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Link(name, inode) => drop(names.insert(name.clone(), *inode)),
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => drop(names.remove(name)),
        }
    }
}

impl State {
    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.unsynced.push(naming);
    }

    fn make(&mut self, name: &str) -> usize {
        self.births += 1;
        let inode = self.inodes.len();
        self.inodes.push(Inode {
            born: self.births,
            ..Inode::default()
        });
        self.name(Naming::Link(name.to_owned(), inode));
        inode
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for ModelDisk {
    type File = usize;

    fn create(&self, name: &str) -> io::Result<usize> {
        self.attempt(Step::Create, |state, _| {
            if state.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Ok(state.make(name))
        })
    }

    fn open(&self, name: &str) -> io::Result<usize> {
        self.attempt(Step::Open, |state, _| state.find(name))
    }

    fn open_to_write(&self, name: &str) -> io::Result<usize> {
        self.open(name)
    }

    fn read(&self, file: &usize) -> io::Result<Vec<u8>> {
        self.attempt(Step::Read, |state, _| {
            Ok(state.inodes[*file].content.clone())
        })
    }

    fn overwrite(&self, file: &usize, bytes: &[u8]) -> io::Result<()> {
        self.attempt(Step::Write, |state, done| {
            let content = &mut state.inodes[*file].content;
            if done == Done::Half {
                let half = bytes.len() / 2;
                content.resize(content.len().max(half), 0);
                content[..half].copy_from_slice(&bytes[..half]);
            } else {
                *content = bytes.to_vec();
            }
            Ok(())
        })
    }

    fn sync(&self, file: &usize) -> io::Result<()> {
        let synced = self.attempt(Step::Sync, |state, _| {
            let inode = &mut state.inodes[*file];
            inode.synced.clone_from(&inode.content);
            Ok(())
        });
        unless(cannot_sync, synced)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.attempt(Step::Rename, |state, _| {
            state.find(from)?;
            if let (Some(errno), true) = (state.no_replacing, state.names.contains_key(to)) {
                return Err(io::Error::from_raw_os_error(errno));
            }
            state.name(Naming::Rename(from.to_owned(), to.to_owned()));
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.attempt(Step::Remove, |state, _| {
            state.find(name)?;
            state.name(Naming::Remove(name.to_owned()));
            Ok(())
        })
    }

    fn sync_folder(&self) -> io::Result<()> {
        let synced = self.attempt(Step::SyncFolder, |state, _| {
            state.synced_names = state.names.clone();
            state.unsynced.clear();
            Ok(())
        });
        unless(cannot_sync_folder, synced)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.lock().names.keys().cloned().collect())
    }

    fn place(&self, file: &usize, device_id: Option<&str>) -> io::Result<Place> {
        let born = self.lock().inodes[*file].born;
        Ok(Place::known(*file as u64, born, device_id))
    }

    fn path_of(&self, name: &str) -> PathBuf {
        PathBuf::from(name)
    }
}
