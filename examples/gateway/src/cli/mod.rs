//! The command line: one file per verb.
//!
//! Every verb prints words, or with `-o json` one JSON document. Exit statuses are those of
//! [`Exit`].

mod admin;
mod args;
mod check;
mod completions;
mod excerpt;
mod exit;
mod explain;
mod finding;
mod init;
mod loaded;
mod manifests;
mod output;
mod paint;
mod probe;
mod redis;
mod render;
mod report;
mod run;
mod schema;
mod seal;
mod status;
mod wait;

pub use self::{
    admin::Admin,
    args::{Cli, Command},
    check::Check,
    completions::Completions,
    exit::Exit,
    explain::{Explain, ExplainRef, ExplainRequest, ExplainTracing, ObjectPath},
    finding::{Finding, Severity},
    init::Init,
    manifests::{Given, Resolution, Served},
    output::{Format, complain, harmless, remark, words},
    probe::{Probe, ProbeOtlp, Protocol},
    redis::RedisUrl,
    render::Render,
    run::Run,
    schema::Schema,
    status::{ObjectName, Status},
    wait::Wait,
};
