//! nginx as Debian packages it, with a configuration of our own.

use std::{
    fs, io,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio, exit},
    thread,
    time::Duration,
};

use agentgateway_tests::free_port;
use anyhow::{Context, Result, bail};
use tokio::time::Instant;

use crate::{process, work};

/// Where the command may be: administrators alone have the second in their path.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];
/// How long it may take until it listens.
const START: Duration = Duration::from_secs(20);
/// How many ports are tried.
const ATTEMPTS: usize = 3;

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
    let (mut nginx, port) = start(command, folder.path(), upstream)?;
    process::ready(nginx.id(), &[port; work::PLACES])?;
    let closed = io::copy(&mut io::stdin(), &mut io::sink());
    nginx.kill()?;
    nginx.wait()?;
    closed?;
    folder.close()?;
    exit(0)
}

/// Starts it on a port that was free a moment ago; on another one, should it be taken by then.
fn start(command: &str, folder: &Path, upstream: u16) -> Result<(Child, u16)> {
    for _ in 0..ATTEMPTS {
        let port = free_port();
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(folder, port, upstream))?;
        let mut nginx = Command::new(command)
            .args(["-e", "stderr", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        if listens(&mut nginx, port)? {
            return Ok((nginx, port));
        }
    }
    bail!("nginx does not start; what it says stands above")
}

/// Whether it listens; `false` when it has ended.
fn listens(nginx: &mut Child, port: u16) -> Result<bool> {
    let begun = Instant::now();
    while TcpStream::connect((*process::LOOPBACK.ip(), port)).is_err() {
        if nginx.try_wait()?.is_some() {
            return Ok(false);
        }
        if begun.elapsed() > START {
            nginx.kill()?;
            bail!("nginx does not listen");
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(true)
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
