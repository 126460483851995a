//! The matrix: clients and agents.

use std::fmt;

/// A client with an agent, and what was not as it should be.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Row and column.
    pub(crate) place: (usize, usize),
    client: &'static str,
    agent: &'static str,
    faults: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Table(Vec<Cell>);

impl Cell {
    pub(crate) const fn new(
        place: (usize, usize),
        client: &'static str,
        agent: &'static str,
        faults: Vec<String>,
    ) -> Self {
        Self {
            place,
            client,
            agent,
            faults,
        }
    }
}

impl Table {
    /// Of cells in the order of their places.
    pub(crate) const fn new(cells: Vec<Cell>) -> Self {
        Self(cells)
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// What failed, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let told = |cell: &Cell| {
            let at = format!("{} with {}", cell.client, cell.agent);
            let tell = |fault: &String| format!("{at}: {fault}");
            cell.faults.iter().map(tell).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(told).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:12}", "client")?;
        for cell in self.0.iter().filter(|cell| cell.place.0 == 0) {
            write!(f, " {:10}", cell.agent)?;
        }
        let mut row = None;
        for cell in &self.0 {
            if row != Some(cell.place.0) {
                row = Some(cell.place.0);
                write!(f, "\n{:12}", cell.client)?;
            }
            match cell.faults.len() {
                0 => write!(f, " {:10}", "ok")?,
                count => write!(f, " {:10}", format!("FAILS {count}"))?,
            }
        }
        Ok(())
    }
}
