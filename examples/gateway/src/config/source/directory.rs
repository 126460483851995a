//! Manifests in a directory.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::source::{File, Source};
use crate::config::{Problem, Report};

/// Reads every `*.yaml`, `*.yml` and `*.json` of a directory and of the directories in it.
///
/// Names that begin with a dot are passed over, so that a mounted ConfigMap (whose files link into
/// `..data`) is read once. Links to files are followed, links to directories are refused.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
    max_file_bytes: u64,
    max_files: usize,
}

impl Directory {
    /// The directory at this path; nothing is read yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            max_file_bytes: 1 << 20,
            max_files: 1_000,
        }
    }

    /// The largest file that is read, in bytes; default 1 MiB. A larger one is a problem.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// How many files, and how many directories, are read; default 1000. More are a problem.
    #[must_use]
    pub fn max_files(mut self, count: usize) -> Self {
        self.max_files = count;
        self
    }

    /// Walks the tree without recursion and returns the manifests in it.
    fn walk(&self, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
        let (mut found, mut waiting, mut entered) = (Vec::new(), vec![self.root.clone()], 0);
        while let Some(directory) = waiting.pop() {
            entered += 1;
            if entered > self.max_files || found.len() > self.max_files {
                break;
            }
            let entries = fs::read_dir(&directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            match entries {
                Ok(entries) => {
                    for entry in entries {
                        self.sort_entry(&entry.path(), &mut found, &mut waiting, problems);
                    }
                }
                Err(error) => {
                    let message = format!("the directory cannot be read: {error}");
                    problems.push(Problem::of_file(self.shown(&directory), message));
                }
            }
        }
        if entered > self.max_files || found.len() > self.max_files {
            let message = format!("more than {} files or directories", self.max_files);
            problems.push(Problem::of_file(self.root.display().to_string(), message));
        }
        found.sort();
        found
    }

    /// Decides what one directory entry is: a manifest, a directory to enter, or neither.
    fn sort_entry(
        &self,
        path: &Path,
        found: &mut Vec<PathBuf>,
        waiting: &mut Vec<PathBuf>,
        problems: &mut Vec<Problem>,
    ) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        if name.starts_with('.') {
            return;
        }
        let linked = path.is_symlink();
        match fs::metadata(path) {
            Ok(kind) if kind.is_dir() && linked => problems.push(Problem::of_file(
                self.shown(path),
                "is a link to a directory, and these are not followed",
            )),
            Ok(kind) if kind.is_dir() => waiting.push(path.to_path_buf()),
            Ok(kind) if kind.is_file() && is_manifest(&name) => found.push(path.to_path_buf()),
            Ok(_) => {}
            Err(_) if !is_manifest(&name) => {}
            Err(error) => problems.push(self.unreadable(path, &error)),
        }
    }

    /// Reads one file, no more than the limit.
    fn text(&self, path: &Path) -> Result<File, Box<Problem>> {
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(self.max_file_bytes + 1).read_to_end(&mut bytes))
            .map_err(|error| Box::new(self.unreadable(path, &error)))?;
        let name = self.shown(path);
        if bytes.len() as u64 > self.max_file_bytes {
            let message = format!("is larger than {} bytes", self.max_file_bytes);
            return Err(Box::new(Problem::of_file(name, message)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(File::new(name, text)),
            Err(_) => Err(Box::new(Problem::of_file(name, "is not UTF-8 text"))),
        }
    }

    fn unreadable(&self, path: &Path, error: &std::io::Error) -> Problem {
        Problem::of_file(self.shown(path), format!("cannot be read: {error}"))
    }

    /// The path relative to the root; the root itself as it was given.
    fn shown(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        if relative.as_os_str().is_empty() {
            return path.display().to_string();
        }
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }
}

impl Source for Directory {
    fn read(&self) -> Result<Vec<File>, Report> {
        let mut problems = Vec::new();
        let paths = self.walk(&mut problems);
        let mut files = Vec::new();
        for path in paths.iter().take(self.max_files) {
            match self.text(path) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(*problem),
            }
        }
        if files.is_empty() && problems.is_empty() {
            let root = self.root.display().to_string();
            problems.push(Problem::of_file(
                root,
                "holds no *.yaml, *.yml or *.json file",
            ));
        }
        files.sort_by(|a, b| a.name().cmp(b.name()));
        if problems.is_empty() {
            Ok(files)
        } else {
            Err(Report::new(problems))
        }
    }
}

/// Whether a file of this name is read. A `Kustomization` is, so that it can be refused by name.
fn is_manifest(name: &str) -> bool {
    let extension = Path::new(name)
        .extension()
        .map(|extension| extension.to_string_lossy());
    matches!(extension.as_deref(), Some("yaml" | "yml" | "json")) || name == "Kustomization"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(report: &Report) -> Vec<String> {
        report.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_manifests_of_all_folders_in_order_of_name() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        fs::create_dir(root.path().join("..data")).unwrap();
        for name in [
            "z.yaml",
            "b/a.yml",
            "a.json",
            "readme.md",
            ".hidden.yaml",
            "..data/z.yaml",
        ] {
            fs::write(root.path().join(name), "{}").unwrap();
        }
        let files = Directory::new(root.path()).read().unwrap();
        let names: Vec<_> = files.iter().map(File::name).collect();
        assert_eq!(names, ["a.json", "b/a.yml", "z.yaml"]);
    }

    /// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
    #[test]
    fn refuses_what_is_too_large_too_many_or_no_text_and_tells_all() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("large.yaml"), "a: 12345").unwrap();
        fs::write(root.path().join("bytes.yaml"), b"a: \xff").unwrap();
        let report = Directory::new(root.path())
            .max_file_bytes(6)
            .read()
            .unwrap_err();
        assert_eq!(
            texts(&report),
            [
                "bytes.yaml: is not UTF-8 text",
                "large.yaml: is larger than 6 bytes"
            ]
        );
        let report = Directory::new(root.path()).max_files(1).read().unwrap_err();
        assert!(
            texts(&report)
                .iter()
                .any(|text| text.contains("more than 1 files"))
        );
    }

    #[test]
    fn names_a_directory_that_is_missing_or_empty() {
        let root = tempfile::tempdir().unwrap();
        let report = Directory::new(root.path()).read().unwrap_err();
        assert!(texts(&report)[0].ends_with("holds no *.yaml, *.yml or *.json file"));
        let report = Directory::new(root.path().join("no")).read().unwrap_err();
        assert!(texts(&report)[0].contains("the directory cannot be read"));
    }

    #[test]
    #[cfg(unix)]
    fn follows_no_link_to_a_directory() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
        let report = Directory::new(root.path()).read().unwrap_err();
        assert_eq!(
            texts(&report),
            ["loop: is a link to a directory, and these are not followed"]
        );
    }

    /// Fault C11: keys in messages and `Debug` outputs: never.
    #[test]
    fn debug_of_a_file_shows_no_text() {
        let shown = format!("{:?}", File::new("a.yaml", "token: abc"));
        assert_eq!(shown, r#"File { name: "a.yaml", text_bytes: 10 }"#);
    }
}
