//! What stands in a directory, without the texts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Role;
use crate::config::Problem;

/// A file to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) role: Role,
}

/// What tells one state of an entry from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stamp {
    path: PathBuf,
    target: Option<PathBuf>,
    state: Option<(u64, Option<SystemTime>, u64)>,
}

/// The files of a directory with all that shows a change: two equal listings, one before and one
/// after the files are read, mean that what was read belongs together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) files: Vec<Found>,
    pub(super) stamps: Vec<Stamp>,
    pub(super) problems: Vec<Problem>,
}

impl Listing {
    /// Walks the tree without recursion; a file is a listing of itself.
    ///
    /// Names that begin with a dot are passed over, so that the files of a mounted ConfigMap, which
    /// link into `..data`, are there once; that link is looked at, because its change is the change
    /// of all.
    pub(super) fn of(root: &Path, max_files: usize) -> Self {
        let mut listing = Self {
            files: Vec::new(),
            stamps: vec![Stamp::of(root)],
            problems: Vec::new(),
        };
        if root.is_file() {
            listing.files.push(Found {
                path: root.to_path_buf(),
                name: root.display().to_string(),
                role: Role::Manifest,
            });
            return listing;
        }
        let walk = Walk {
            root,
            real_root: fs::canonicalize(root).ok(),
        };
        let (mut waiting, mut entered) = (vec![root.to_path_buf()], 0);
        while let Some(directory) = waiting.pop() {
            entered += 1;
            if entered > max_files || listing.files.len() > max_files {
                break;
            }
            match entries(&directory) {
                Ok(entries) => {
                    for entry in entries {
                        walk.sort(entry, &mut listing, &mut waiting);
                    }
                }
                Err(error) => {
                    let message = format!("the directory cannot be read: {error}");
                    listing.problem(walk.shown(&directory), message);
                }
            }
        }
        if entered > max_files || listing.files.len() > max_files {
            let message = format!("more than {max_files} files or directories");
            listing.problem(root.display().to_string(), message);
            listing.files.truncate(max_files);
        }
        listing.files.sort_by(|a, b| a.name.cmp(&b.name));
        listing
    }

    /// Adds a file that was named by itself.
    pub(super) fn add(&mut self, path: &Path, role: Role) {
        self.stamps.push(Stamp::of(path));
        self.files.push(Found {
            path: path.to_path_buf(),
            name: path.display().to_string(),
            role,
        });
    }

    fn problem(&mut self, file: String, message: impl Into<String>) {
        self.problems.push(Problem::of_file(file, message));
    }
}

/// The paths in a directory, sorted.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

impl Stamp {
    fn of(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            target: fs::read_link(path).ok(),
            state: fs::metadata(path)
                .ok()
                .map(|data| (data.len(), data.modified().ok(), inode(&data))),
        }
    }
}

#[cfg(unix)]
fn inode(data: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

struct Walk<'a> {
    root: &'a Path,
    real_root: Option<PathBuf>,
}

impl Walk<'_> {
    /// Decides what one directory entry is: a manifest, a directory to enter, or neither.
    fn sort(&self, path: PathBuf, listing: &mut Listing, waiting: &mut Vec<PathBuf>) {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default().into_owned();
        if name == "..data" {
            listing.stamps.push(Stamp::of(&path));
        }
        if name.starts_with('.') {
            return;
        }
        let stamp = Stamp::of(&path);
        let link = stamp.target.clone();
        listing.stamps.push(stamp);
        match fs::metadata(&path) {
            Ok(kind) if kind.is_dir() => match link {
                None => waiting.push(path),
                Some(target) if mounted(&target) && self.within(&path) => waiting.push(path),
                Some(_) => listing.problem(
                    self.shown(&path),
                    "is a link to a directory, and these are not followed",
                ),
            },
            Ok(kind) if kind.is_file() && is_manifest(&name) => {
                if link.is_some() && !self.within(&path) {
                    let message = "is a link to a file outside of the directory";
                    listing.problem(self.shown(&path), message);
                } else {
                    listing.files.push(Found {
                        name: self.shown(&path),
                        path,
                        role: Role::Manifest,
                    });
                }
            }
            Ok(_) => {}
            Err(_) if !is_manifest(&name) => {}
            Err(error) => listing.problem(self.shown(&path), format!("cannot be read: {error}")),
        }
    }

    /// Whether what a link leads to stands in the directory.
    fn within(&self, path: &Path) -> bool {
        match (&self.real_root, fs::canonicalize(path)) {
            (Some(root), Ok(target)) => target.starts_with(root),
            _ => false,
        }
    }

    /// The path relative to the root; the root itself as it was given.
    fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(self.root).unwrap_or(path);
        if relative.as_os_str().is_empty() {
            return path.display().to_string();
        }
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }
}

/// Whether a link is one that the kubelet makes for a folder of a ConfigMap.
fn mounted(target: &Path) -> bool {
    target.starts_with("..data")
}

/// Whether a file of this name is read.
pub(crate) fn is_manifest(name: &str) -> bool {
    let extension = Path::new(name)
        .extension()
        .map(|part| part.to_string_lossy());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json")) || name == "Kustomization"
}
