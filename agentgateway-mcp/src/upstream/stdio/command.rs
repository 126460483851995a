use std::{
    error::Error as StdError,
    ffi::{OsStr, OsString},
    fmt,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

/// What is started, and with what.
#[derive(Clone)]
pub(super) struct CommandLine {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) dir: Option<PathBuf>,
}

/// A command that is not started, for a reason that says which part of it is wrong, and never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCommand(Fault);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Program,
    Argument(usize),
    Variable,
    Value(String),
    Directory,
}

impl CommandLine {
    pub(super) fn judge(&self) -> Result<(), InvalidCommand> {
        let fails = |fault| Err(InvalidCommand(fault));
        if !is_absolute(&self.program) {
            return fails(Fault::Program);
        }
        if let Some(at) = self.args.iter().position(|arg| has_nul(arg)) {
            return fails(Fault::Argument(at + 1));
        }
        for (name, value) in &self.env {
            if name.is_empty() || has_nul(name) || name.as_bytes().contains(&b'=') {
                return fails(Fault::Variable);
            }
            if has_nul(value) {
                return fails(Fault::Value(name.to_string_lossy().into_owned()));
            }
        }
        if self.dir.as_ref().is_some_and(|dir| !is_absolute(dir)) {
            return fails(Fault::Directory);
        }
        Ok(())
    }

    /// The process to be: of a group of its own, with the three pipes and the declared environment.
    pub(super) fn to_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    /// Its name in logs.
    pub(super) fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

fn is_absolute(path: &Path) -> bool {
    path.is_absolute() && !has_nul(path.as_os_str())
}

fn has_nul(text: &OsStr) -> bool {
    text.as_bytes().contains(&0)
}

/// Shows neither arguments nor values: they may be secrets.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("CommandLine")
            .field("program", &self.program)
            .field("args", &self.args.len())
            .field("env", &names)
            .field("dir", &self.dir)
            .finish()
    }
}

impl fmt::Display for InvalidCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Program => f.write_str("the program must be an absolute path"),
            Fault::Argument(at) => write!(f, "argument {at} holds a NUL"),
            Fault::Variable => {
                f.write_str("a name of the environment is empty, or holds a NUL or an equals sign")
            }
            Fault::Value(name) => write!(f, "the value of {name:?} holds a NUL"),
            Fault::Directory => f.write_str("the working directory must be an absolute path"),
        }
    }
}

impl StdError for InvalidCommand {}
