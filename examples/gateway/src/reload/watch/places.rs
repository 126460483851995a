use std::{
    collections::{BTreeSet, VecDeque},
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::config::is_manifest;

/// How many folders are watched, and how many links are followed to one.
const MAX_FOLDERS: usize = 1_000;
const MAX_LINKS: usize = 40;

/// Where changes matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Folders in which every entry matters.
    folders: BTreeSet<PathBuf>,
    /// Single entries of other folders, such as a link that leads here.
    entries: BTreeSet<PathBuf>,
}

impl Places {
    /// The places of these files and folders, all links to them and in them, and folders in them.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut places = Self::default();
        let mut waiting = VecDeque::new();
        for path in paths {
            if let Some(found) = places.follow(path).filter(|found| found.is_dir()) {
                waiting.push_back(found);
            }
        }
        while let Some(folder) = waiting.pop_front() {
            if places.folders.len() >= MAX_FOLDERS || !places.folders.insert(folder.clone()) {
                continue;
            }
            let entries = fs::read_dir(&folder).into_iter().flatten();
            for entry in entries.filter_map(Result::ok) {
                places.enter(&entry, &mut waiting);
            }
        }
        places
    }

    /// The folders to be watched.
    pub(super) fn watched(&self) -> BTreeSet<PathBuf> {
        let parents = self.entries.iter().filter_map(|entry| entry.parent());
        let parents = parents.map(Path::to_path_buf);
        self.folders.iter().cloned().chain(parents).collect()
    }

    /// Whether a change here matters. Names that begin with one point are passed over, as the
    /// reader does; two points are what a mounted ConfigMap is swapped by.
    pub(super) fn matter(&self, path: &Path) -> bool {
        if self.entries.contains(path) || self.folders.contains(path) {
            return true;
        }
        let name = path.file_name().map(|name| name.to_string_lossy());
        let hidden = name.is_some_and(|name| name.starts_with('.') && !name.starts_with(".."));
        let parent = path.parent();
        !hidden && parent.is_some_and(|parent| self.folders.contains(parent))
    }

    /// Whether a file here is read, so that a half of it must not be.
    pub(super) fn are_read(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy());
        self.entries.contains(path) || name.is_some_and(|name| is_manifest(&name))
    }

    fn enter(&mut self, entry: &fs::DirEntry, waiting: &mut VecDeque<PathBuf>) {
        if entry.file_name().to_string_lossy().starts_with('.') {
            return;
        }
        let Ok(kind) = entry.file_type() else {
            return;
        };
        if kind.is_dir() {
            waiting.push_back(entry.path());
        } else if kind.is_symlink() {
            let found = self.follow(&entry.path());
            waiting.extend(found.filter(|found| found.is_dir()));
        }
    }

    /// Where a path leads in the end; every link on the way is an entry that matters, and so is
    /// the end, which may be taken away and made anew.
    fn follow(&mut self, path: &Path) -> Option<PathBuf> {
        let mut path = normal(&std::path::absolute(path).ok()?);
        for _ in 0..MAX_LINKS {
            self.entries.insert(path.clone());
            let Some((link, target)) = first_link(&path) else {
                return Some(path);
            };
            let behind = path.strip_prefix(&link).ok()?;
            let target = normal(&link.parent()?.join(target).join(behind));
            self.entries.insert(link);
            path = target;
        }
        None
    }
}

/// The first of the path's folders, or its end, that is a link, and where to.
fn first_link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut prefixes: Vec<_> = path.ancestors().collect();
    prefixes.reverse();
    let target = |prefix: &&Path| -> io::Result<PathBuf> { fs::read_link(prefix) };
    let found = prefixes
        .into_iter()
        .find_map(|prefix| Some((prefix, target(&prefix).ok()?)))?;
    Some((found.0.to_path_buf(), found.1))
}

/// Without `.` and `..`; what stands before a `..` here is no link.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
