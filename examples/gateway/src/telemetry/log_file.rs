use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::PathBuf,
    time::Duration,
};

use tokio::time::Instant;

/// How often its place is looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

/// What it is created with: others than its owner and group read no logs.
const MODE: u32 = 0o640;

/// A file that lines are appended to. When it was moved away or deleted, another one is opened in its
/// place; as long as that cannot be had, each write fails.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: Option<File>,
    looked: Instant,
}

impl LogFile {
    /// Opens it, and creates it where it is not there.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let file = open(&path)?;
        Ok(Self {
            path,
            file: Some(file),
            looked: Instant::now(),
        })
    }

    fn look(&mut self) -> io::Result<()> {
        if self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        if !self.is_in_place() {
            self.file = None;
            self.file = Some(open(&self.path)?);
        }
        Ok(())
    }

    fn is_in_place(&self) -> bool {
        let Some(Ok(own)) = self.file.as_ref().map(File::metadata) else {
            return false;
        };
        let there = fs::metadata(&self.path);
        there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()))
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.look()?;
        let file = self.file.as_mut().ok_or(ErrorKind::NotFound)?;
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    // To open one would wait for whoever reads it.
    if fs::metadata(path).is_ok_and(|there| there.file_type().is_fifo()) {
        return Err(io::Error::other("it is a pipe, and no file"));
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(MODE).open(path)
}
