//! The whole pipeline in one call.

use super::{Report, Snapshot, Source, Store, compile, decode};

/// Reads a source and compiles what it holds.
///
/// # Errors
/// Every problem that was found, in the order of files, documents and fields. There is no partial
/// snapshot: with one problem, nothing is served.
pub fn load(source: &(impl Source + ?Sized)) -> Result<Snapshot, Report> {
    let files = source.read()?;
    let (objects, decoding) = decode(&files);
    let (store, storing) = Store::new(objects);
    let (snapshot, compiling) = compile(&store);
    let report = Report::merge([decoding, storing, compiling]);
    if report.is_empty() {
        Ok(snapshot)
    } else {
        Err(report)
    }
}
