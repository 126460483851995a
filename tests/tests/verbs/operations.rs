//! The commands of `docs/operations.md` print what stands there.
//!
//! A block of `console` is run in `docs/operations`. A comment `<!-- gateway: FOLDER ARGUMENT... -->`
//! before it has a gateway serve that folder meanwhile, on ports of its own that are shown as those of
//! the manifests. With `UPDATE=1` the document is rewritten with what is printed.

use std::{collections::BTreeMap, fs, path::Path};

use agentgateway_tests::{Process, free_port, here};

/// Ports of the document: those of listeners, the admin listener and a collector.
const PORTS: [&str; 5] = ["8080", "9090", "9080", "15000", "4317"];

/// A gateway that serves a folder, with what stands for the ports of the document.
struct Scene {
    folder: tempfile::TempDir,
    ports: BTreeMap<&'static str, String>,
    process: Option<Process>,
}

impl Scene {
    async fn new(directive: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ports = BTreeMap::new();
        let all = here().join("../docs/operations");
        copy(&all, folder.path(), &|text| text.to_owned());
        let mut process = None;
        if let Some(directive) = directive {
            ports = PORTS.map(|port| (port, free_port().to_string())).into();
            let mut words = directive.split_whitespace();
            let served = folder.path().join("served");
            let own = |text: &str| replaced(text, &ports);
            copy(&all.join(words.next().unwrap()), &served, &own);
            let admin = own("127.0.0.1:15000");
            let base = [
                "run",
                "--config",
                served.to_str().unwrap(),
                "--bind",
                "127.0.0.1",
                "--admin",
                &admin,
            ];
            let more: Vec<String> = words.map(own).collect();
            let arguments = base.into_iter().chain(more.iter().map(String::as_str));
            process = Some(Process::start(&arguments.collect::<Vec<_>>(), &[]).await);
        }
        Self {
            folder,
            ports,
            process,
        }
    }

    /// What a command prints, and its status.
    async fn run(&self, command: &str) -> (i32, String) {
        let mut arguments = words(command);
        assert_eq!(arguments.remove(0), "agentgateway");
        if self.process.is_some() {
            let asks = !arguments
                .iter()
                .any(|word| word == "--config" || word == "otlp");
            arguments = arguments
                .iter()
                .map(|word| replaced(word, &self.ports))
                .collect();
            if asks {
                arguments.push("--admin".to_owned());
                arguments.push(replaced("127.0.0.1:15000", &self.ports));
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (status, out, err) = Process::output(self.folder.path(), &arguments).await;
        let back = self
            .ports
            .iter()
            .map(|(shown, own)| (own.as_str(), (*shown).to_owned()));
        let said = replaced(&(out + &err), &back.collect());
        (status.unwrap_or(-1), timeless(&said))
    }
}

/// The files of a folder, changed.
fn copy(from: &Path, to: &Path, change: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to, change);
        } else {
            fs::write(to, change(&fs::read_to_string(&path).unwrap())).unwrap();
        }
    }
}

fn replaced(text: &str, pairs: &BTreeMap<&str, String>) -> String {
    let mut text = text.to_owned();
    for (number, (from, _)) in pairs.iter().enumerate() {
        text = text.replace(from, &format!("\u{1}{number}\u{1}"));
    }
    for (number, (_, to)) in pairs.iter().enumerate() {
        text = text.replace(&format!("\u{1}{number}\u{1}"), to);
    }
    text
}

/// Milliseconds, and blanks before them, as the document has them.
fn timeless(said: &str) -> String {
    let mut lines = Vec::new();
    for line in said.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let at = words.iter().position(|word| *word == "ms" || *word == "s:");
        let number = at
            .and_then(|at| at.checked_sub(1))
            .filter(|at| words[*at].parse::<f64>().is_ok());
        match number {
            Some(at) => {
                let before = words[..at].join(" ");
                let behind = words[at + 1..].join(" ");
                lines.push(format!("{} 0.1 {behind}", before.trim_end()));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// The words of a command; quotes hold one together.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in command.replace("\\\n", " ").chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' | '\n' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// A block with its commands run again.
async fn again(block: &str, scene: &Scene) -> String {
    let (mut out, mut status) = (String::new(), 0);
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        let mut command = command.to_owned();
        while command.ends_with('\\') {
            command = format!("{command}\n{}", lines.next().unwrap());
        }
        out.push_str(&format!("$ {command}\n"));
        if command == "echo $?" {
            out.push_str(&format!("{status}\n"));
        } else {
            let (code, said) = scene.run(&command).await;
            status = code;
            out.push_str(said.trim_start_matches('\n'));
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_document_print_what_stands_there() {
    let path = here().join("../docs/operations.md");
    let text = fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    let mut rest = text.as_str();
    let mut blocks = 0;
    while let Some((before, after)) = rest.split_once("```console\n") {
        let (block, after) = after.split_once("```").unwrap();
        let last = before.trim_end().rsplit('\n').next().unwrap_or_default();
        let directive = last
            .strip_prefix("<!-- gateway: ")
            .and_then(|it| it.strip_suffix(" -->"));
        let scene = Scene::new(directive).await;
        written.push_str(&format!(
            "{before}```console\n{}```",
            again(block, &scene).await
        ));
        blocks += 1;
        rest = after;
    }
    written.push_str(rest);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert!(blocks >= 5);
    assert_eq!(text, written, "UPDATE=1 writes what is printed");
}
