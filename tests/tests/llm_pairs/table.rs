//! The matrix: clients and providers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A client with a provider, and what was not as it should be.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) client: &'static str,
    pub(crate) provider: &'static str,
    /// How many scenes were compared.
    pub(crate) scenes: usize,
    pub(crate) faults: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Table(pub(crate) Vec<Cell>);

impl Table {
    /// What failed, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let told = |cell: &Cell| {
            let at = format!("{} with {}", cell.client, cell.provider);
            let tell = |fault: &String| format!("{at}: {fault}");
            cell.faults.iter().map(tell).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(told).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:12}", "client")?;
        let first = self.0.first().map(|cell| cell.client);
        for cell in self.0.iter().filter(|cell| Some(cell.client) == first) {
            write!(f, " {:12}", cell.provider)?;
        }
        let mut row = None;
        for cell in &self.0 {
            if row != Some(cell.client) {
                row = Some(cell.client);
                write!(f, "\n{:12}", cell.client)?;
            }
            let told = match cell.faults.len() {
                0 => format!("ok {}", cell.scenes),
                count => format!("FAILS {count}"),
            };
            write!(f, " {told:12}")?;
        }
        Ok(())
    }
}

/// What is lost between two dialects, by scene: as `docs/reference/llm-losses.md` has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses(BTreeMap<(String, String, String), BTreeSet<String>>);

impl Losses {
    /// The rows of the document's table: client, provider, scene and what is lost.
    pub(crate) fn of_document(text: &str) -> Self {
        let mut losses = Self::default();
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [client, provider, scene, lost] = cells[..] else {
                continue;
            };
            if client != "Client" && !client.starts_with("---") {
                for one in lost.split(", ") {
                    losses.add(client, provider, scene, one.trim_matches('`'));
                }
            }
        }
        losses
    }

    pub(crate) fn add(&mut self, client: &str, provider: &str, scene: &str, lost: &str) {
        let place = (client.to_owned(), provider.to_owned(), scene.to_owned());
        self.0.entry(place).or_default().insert(lost.to_owned());
    }

    /// What is lost there.
    pub(crate) fn at(&self, client: &str, provider: &str, scene: &str) -> BTreeSet<String> {
        let place = (client.to_owned(), provider.to_owned(), scene.to_owned());
        self.0.get(&place).cloned().unwrap_or_default()
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((client, provider, scene), lost) in &self.0 {
            let lost: Vec<_> = lost.iter().map(|one| format!("`{one}`")).collect();
            writeln!(
                f,
                "| {client} | {provider} | {scene} | {} |",
                lost.join(", ")
            )?;
        }
        Ok(())
    }
}
