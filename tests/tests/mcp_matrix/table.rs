//! The matrix: clients at revisions, and servers.

use std::fmt;

use crate::clients::Faults;

#[derive(Debug)]
pub(crate) struct Table {
    servers: Vec<&'static str>,
    rows: Vec<Row>,
}

/// A client at a revision: by server, the step that failed, or why none was taken.
#[derive(Debug)]
pub(crate) struct Row {
    client: &'static str,
    revision: &'static str,
    cells: Result<Faults, String>,
}

// === impl Row ===

impl Row {
    pub(crate) const fn new(
        client: &'static str,
        revision: &'static str,
        cells: Result<Faults, String>,
    ) -> Self {
        Self {
            client,
            revision,
            cells,
        }
    }
}

// === impl Table ===

impl Table {
    pub(crate) const fn new(servers: Vec<&'static str>, rows: Vec<Row>) -> Self {
        Self { servers, rows }
    }

    /// What failed, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut all = Vec::new();
        for Row {
            client,
            revision,
            cells,
        } in &self.rows
        {
            let at = format!("{client} at {revision}");
            match cells {
                Ok(faults) => {
                    all.extend(
                        faults
                            .iter()
                            .map(|(server, fault)| format!("{at}, {server}: {fault}")),
                    );
                }
                Err(error) => all.push(format!("{at}: {error}")),
            }
        }
        all
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:16} {:10}", "client", "revision")?;
        for server in &self.servers {
            write!(f, " {server:10}")?;
        }
        for row in &self.rows {
            write!(f, "\n{:16} {:10}", row.client, row.revision)?;
            for server in &self.servers {
                let cell = match &row.cells {
                    Ok(faults) if !faults.contains_key(*server) => "ok",
                    Ok(_) => "FAILS",
                    Err(_) => "-",
                };
                write!(f, " {cell:10}")?;
            }
        }
        Ok(())
    }
}
