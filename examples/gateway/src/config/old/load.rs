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
    if decoding
        .problems
        .iter()
        .any(|problem| problem.object.is_empty())
    {
        // Some document does not even say what it is. Whatever refers to it would be told that it
        // is missing, so nothing is looked up before all documents can be told apart.
        return Err(Report::merge([decoding, storing]));
    }
    let (snapshot, compiling) = compile(&store);
    let report = Report::merge([decoding, storing, compiling]);
    if report.is_empty() {
        Ok(snapshot)
    } else {
        Err(report)
    }
}
