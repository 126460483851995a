//! nginx as Debian packages it, with a configuration of our own.

use std::{
    fs, io,
    net::TcpStream,
    path::Path,
    process::{Command, Stdio, exit},
    thread,
    time::Duration,
};

use agentgateway_tests::free_port;
use anyhow::{Context, Result, bail, ensure};
use tokio::time::Instant;

use crate::process;

/// Where the command may be: administrators alone have the second in their path.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];
/// How long it may take until it listens.
const START: Duration = Duration::from_secs(10);

/// The command and its version, where it is installed.
pub(crate) fn find() -> Option<(&'static str, String)> {
    PLACES.into_iter().find_map(|place| {
        let said = Command::new(place).arg("-v").output().ok()?;
        let version = String::from_utf8(said.stderr).ok()?;
        let (_, version) = version.trim().rsplit_once('/')?;
        Some((place, version.to_owned()))
    })
}

/// Runs it as a child until the input closes: `<port of the mock>`.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [upstream] = args else {
        bail!("the port of the mock");
    };
    let upstream = upstream.parse()?;
    let (command, _) = find().context("nginx is not installed")?;
    let folder = tempfile::tempdir()?;
    let port = free_port();
    let file = folder.path().join("nginx.conf");
    fs::write(&file, configuration(folder.path(), port, upstream))?;
    let mut nginx = Command::new(command)
        .args(["-e", "stderr", "-c"])
        .arg(&file)
        .stdin(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    while TcpStream::connect((*process::LOOPBACK.ip(), port)).is_err() {
        if let Some(status) = nginx.try_wait()? {
            bail!("nginx ended with {status}");
        }
        ensure!(begun.elapsed() < START, "nginx does not listen");
        thread::sleep(Duration::from_millis(10));
    }
    process::ready(nginx.id(), &[port; 3])?;
    let closed = io::copy(&mut io::stdin(), &mut io::sink());
    nginx.kill()?;
    nginx.wait()?;
    closed?;
    folder.close()?;
    exit(0)
}

/// One process, which is the worker: no master that could be killed and leave it behind.
fn configuration(folder: &Path, port: u16, upstream: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
master_process off;
pid {folder}/pid;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  upstream mock {{
    server 127.0.0.1:{upstream};
    keepalive 512;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 1h;
    }}
  }}
}}
"
    )
}
