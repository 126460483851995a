//! Manifests in a directory.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::listing::{Found, Listing};
use super::{Contents, File, Fingerprint, Role, Source};
use crate::config::{Problem, Report};

/// How often a directory is read again because it changed meanwhile.
const MAX_ATTEMPTS: usize = 16;

/// Reads every `*.yaml`, `*.yml` and `*.json` of a directory and of the directories in it, and
/// every `Kustomization`.
///
/// Names that begin with a dot are passed over, so that a mounted ConfigMap (whose files link into
/// `..data`) is read once. No link leads out of the directory; those to directories are followed
/// only as the kubelet makes them, into `..data`.
///
/// What is read belongs together: names, links, lengths, times and file numbers are the same before
/// and after, or all is read again.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
    extra: Vec<(PathBuf, Role)>,
    max_file_bytes: u64,
    max_total_bytes: u64,
    max_files: usize,
}

impl Directory {
    /// The directory at this path, or one file, whatever its name; nothing is read yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            extra: Vec::new(),
            max_file_bytes: 4 << 20,
            max_total_bytes: 64 << 20,
            max_files: 1_000,
        }
    }

    /// Reads one more file, wherever it is, for what the role says; its name is the path as given.
    ///
    /// Variables of a file that was added later beat those of one added before.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>, role: Role) -> Self {
        self.extra.push((path.into(), role));
        self
    }

    /// The largest file that is read, in bytes; default 4 MiB. A larger one is a problem.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// How much all files may hold together, in bytes; default 64 MiB. More is a problem.
    #[must_use]
    pub fn max_total_bytes(mut self, bytes: u64) -> Self {
        self.max_total_bytes = bytes;
        self
    }

    /// How many files, and how many directories, are read; default 1000. More are a problem.
    #[must_use]
    pub fn max_files(mut self, count: usize) -> Self {
        self.max_files = count;
        self
    }

    /// The directory and the files that were named by themselves: what a watcher has to watch.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let extra = self.extra.iter().map(|(path, _)| path.as_path());
        std::iter::once(self.root.as_path()).chain(extra)
    }

    /// What shows a change without a read of the files: names, links, lengths, times and file
    /// numbers. A change that leaves all of these alone shows in [`Source::fingerprint`].
    #[must_use]
    pub fn stamp(&self) -> Fingerprint {
        Fingerprint::of_hash(&self.listing().stamps)
    }

    fn listing(&self) -> Listing {
        let mut listing = Listing::of(&self.root, self.max_files);
        for (path, role) in &self.extra {
            listing.add(path, *role);
        }
        listing
    }

    /// All that can be read, in one state, and what cannot.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.read_while(|_| {})
    }

    /// Reads until nothing changed meanwhile. `meanwhile` is called when the files have been read
    /// and the directory has not been looked at again: a test changes it there.
    fn read_while(&self, mut meanwhile: impl FnMut(usize)) -> Contents {
        for attempt in 0..MAX_ATTEMPTS {
            let before = self.listing();
            let result = self.texts(&before);
            meanwhile(attempt);
            if self.listing() == before {
                return result;
            }
        }
        let root = self.root.display().to_string();
        let message = format!("changed {MAX_ATTEMPTS} times while it was read");
        Contents {
            problems: vec![Problem::of_file(root, message)],
            ..Contents::default()
        }
    }

    /// The texts of a listing, and all that is wrong with it.
    fn texts(&self, listing: &Listing) -> Contents {
        let mut problems = listing.problems.clone();
        let (mut files, mut parts, mut total) = (Vec::new(), Vec::new(), 0_u64);
        for found in &listing.files {
            match self.text(found) {
                Ok(file) => {
                    total = total.saturating_add(file.text().len() as u64);
                    files.push(file);
                }
                Err((problem, part)) => {
                    problems.push(*problem);
                    parts.extend(part.map(|part| (found.name.clone(), part)));
                    files.push(File::new(&found.name, "").with_role(found.role));
                }
            }
            if total > self.max_total_bytes {
                let message = format!(
                    "the files hold over {} together, which is the limit",
                    size(self.max_total_bytes)
                );
                problems.push(Problem::of_file(self.root.display().to_string(), message));
                break;
            }
        }
        let manifests = listing.files.len() - self.extra.len();
        if manifests == 0 && problems.is_empty() {
            let message = "holds no *.yaml, *.yml or *.json file";
            problems.push(Problem::of_file(self.root.display().to_string(), message));
        }
        Contents {
            files,
            problems,
            parts,
        }
    }

    /// Reads one file, no more than the limit; or says why not, and what is there of it.
    fn text(&self, found: &Found) -> Result<File, (Box<Problem>, Option<String>)> {
        let told = |message: String| Box::new(Problem::of_file(found.name.clone(), message));
        let unreadable = |error: std::io::Error| (told(format!("cannot be read: {error}")), None);
        let file = fs::File::open(&found.path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut bytes = Vec::new();
        file.take(self.max_file_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > self.max_file_bytes {
            let (found, most) = (size(length), size(self.max_file_bytes));
            let part = String::from_utf8_lossy(&bytes).into_owned();
            let problem = told(format!("is {found} large; at most {most} are read"));
            return Err((problem, Some(part)));
        }
        match String::from_utf8(bytes) {
            // What is left of a file whose writing was cut off says that all objects are gone.
            Ok(text) if text.trim().is_empty() => Err((told("is empty".to_owned()), Some(text))),
            Ok(text) => Ok(File::new(&found.name, text).with_role(found.role)),
            Err(error) => {
                let part = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Err((told("is not UTF-8 text".to_owned()), Some(part)))
            }
        }
    }
}

impl Source for Directory {
    fn read(&self) -> Result<Vec<File>, Report> {
        self.contents().whole()
    }
}

/// A number of bytes, in MiB where that is no fraction of one.
fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        whole => format!("{whole} MiB"),
    }
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

    /// Fault C01: an empty file is told, not taken for one that takes all its objects away.
    #[test]
    fn refuses_an_empty_file() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("cut.yaml"), " \n").unwrap();
        fs::write(root.path().join("note.yaml"), "# nothing yet\n").unwrap();
        let report = Directory::new(root.path()).read().unwrap_err();
        assert_eq!(texts(&report), ["cut.yaml: is empty"]);
    }

    /// Fault C01: files that are too large, too many or no text are told together, each by its name.
    #[test]
    fn refuses_what_is_too_large_too_many_or_no_text_and_tells_all() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("large.yaml"), "a: 12345").unwrap();
        fs::write(root.path().join("bytes.yaml"), b"a: \xff").unwrap();
        let directory = Directory::new(root.path());
        let report = directory.clone().max_file_bytes(6).read().unwrap_err();
        assert_eq!(
            texts(&report),
            [
                "bytes.yaml: is not UTF-8 text",
                "large.yaml: is 8 bytes large; at most 6 bytes are read"
            ]
        );
        let report = directory.clone().max_files(1).read().unwrap_err();
        let told = texts(&report);
        assert!(told.iter().any(|text| text.contains("more than 1 files")));
        let report = directory.max_total_bytes(3).read().unwrap_err();
        assert!(texts(&report)[0].contains("over 3 bytes together"));
    }

    /// Fault C01: a file of 50 MB is refused by its size, and not read to its end.
    #[test]
    fn a_huge_file_is_refused_by_its_size() {
        let root = tempfile::tempdir().unwrap();
        let huge = fs::File::create(root.path().join("huge.yaml")).unwrap();
        huge.set_len(50 << 20).unwrap();
        let report = Directory::new(root.path()).read().unwrap_err();
        assert_eq!(
            texts(&report),
            ["huge.yaml: is 50 MiB large; at most 4 MiB are read"]
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
    fn reads_files_that_are_named_by_themselves() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(root.path().join("a.yaml"), "a: 1").unwrap();
        let vars = other.path().join("vars");
        fs::write(&vars, "b: 1").unwrap();
        let directory = Directory::new(root.path()).with_file(&vars, Role::Variables);
        let files = directory.read().unwrap();
        let roles: Vec<_> = files.iter().map(File::role).collect();
        assert_eq!(roles, [Role::Manifest, Role::Variables]);
        let paths: Vec<_> = directory.paths().collect();
        assert_eq!(paths, [root.path(), &vars]);
        let alone = Directory::new(&vars).read().unwrap();
        assert_eq!(alone, [File::new(vars.display().to_string(), "b: 1")]);
        let before = directory.fingerprint().unwrap();
        fs::write(&vars, "b: 2").unwrap();
        assert_ne!(directory.fingerprint().unwrap(), before);
        fs::remove_file(&vars).unwrap();
        let report = directory.read().unwrap_err();
        assert!(texts(&report)[0].contains("vars: cannot be read"));
    }

    #[cfg(unix)]
    mod links {
        use super::*;
        use std::os::unix::fs::symlink;

        /// A ConfigMap as the kubelet mounts it, with one folder, in the state `version`.
        fn mount(root: &Path, version: &str) {
            let state = format!("..{version}");
            fs::create_dir_all(root.join(&state).join("sub")).unwrap();
            for name in ["a.yaml", "b.yaml", "sub/c.yaml"] {
                fs::write(root.join(&state).join(name), format!("v: {version}")).unwrap();
            }
            symlink(&state, root.join("..data_tmp")).unwrap();
            fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
            for name in ["a.yaml", "b.yaml", "sub"] {
                let _ = symlink(Path::new("..data").join(name), root.join(name));
            }
        }

        /// Fault C04: a ConfigMap swapped while it is read is read again, never half of the old and half of the new.
        #[test]
        fn reads_again_when_a_mounted_config_map_is_swapped_midway() {
            let root = tempfile::tempdir().unwrap();
            mount(root.path(), "one");
            let directory = Directory::new(root.path());
            let old = directory.stamp();
            let mut attempts = 0;
            let files = directory.read_while(|attempt| {
                attempts = attempt + 1;
                if attempt == 0 {
                    mount(root.path(), "two");
                }
            });
            let files = files.whole().unwrap();
            let texts: Vec<_> = files.iter().map(File::text).collect();
            assert_eq!(texts, ["v: two"; 3]);
            assert_eq!(attempts, 2);
            assert_ne!(directory.stamp(), old);
        }

        #[test]
        fn follows_no_link_out_of_the_directory_or_to_another() {
            let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            fs::write(other.path().join("x.yaml"), "a: 1").unwrap();
            symlink(root.path(), root.path().join("loop")).unwrap();
            symlink(other.path().join("x.yaml"), root.path().join("x.yaml")).unwrap();
            let report = Directory::new(root.path()).read().unwrap_err();
            assert_eq!(
                texts(&report),
                [
                    "loop: is a link to a directory, and these are not followed",
                    "x.yaml: is a link to a file outside of the directory"
                ]
            );
        }
    }

    /// Fault C04: a file that is being written, replaced or removed while it is read is read again when it is whole.
    #[test]
    fn reads_again_when_a_file_grows_vanishes_or_comes_midway() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.yaml");
        fs::write(&path, "a: ").unwrap();
        let files = Directory::new(root.path()).read_while(|attempt| match attempt {
            0 => fs::write(&path, "a: whole").unwrap(),
            1 => fs::write(root.path().join("b.yaml"), "b: 1").unwrap(),
            2 => fs::remove_file(root.path().join("b.yaml")).unwrap(),
            _ => {}
        });
        let files = files.whole().unwrap();
        assert_eq!(files, [File::new("a.yaml", "a: whole")]);
        let mut length = 0;
        let endless = Directory::new(root.path()).read_while(|_| {
            length += 1;
            fs::write(&path, "x".repeat(length)).unwrap();
        });
        let report = endless.whole().unwrap_err();
        assert!(texts(&report)[0].contains("changed 16 times"));
    }
}
