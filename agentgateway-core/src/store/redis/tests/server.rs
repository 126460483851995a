use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use redis::{Cmd, FromRedisValue};

/// A `redis-server` that keeps nothing on disk. It ends with this value.
pub(super) struct Server {
    child: Option<Child>,
    port: u16,
    arguments: Vec<String>,
}

/// Whether there is one to start. Otherwise it says so.
pub(super) fn is_installed() -> bool {
    let found = Command::new("redis-server")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if found.is_err() {
        println!("skipped: no redis-server");
    }
    found.is_ok()
}

impl Server {
    /// One on a port of its own; `None` where none is installed.
    pub(super) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub(super) fn start_with(arguments: &[&str]) -> Option<Self> {
        let mut server = Self::stopped(arguments)?;
        server.restart();
        Some(server)
    }

    /// One that does not run yet.
    pub(super) fn stopped(arguments: &[&str]) -> Option<Self> {
        is_installed().then(|| Self {
            child: None,
            port: free_port(),
            arguments: arguments
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect(),
        })
    }

    pub(super) fn restart(&mut self) {
        self.stop();
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--loglevel", "warning"])
            .args(&self.arguments)
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        for _ in 0..1000 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not answer");
    }

    /// Everything that it knew is gone.
    pub(super) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// From here on it answers nobody, and closes nothing.
    pub(super) fn suspend(&self) {
        self.signal("-STOP");
    }

    pub(super) fn resume(&self) {
        self.signal("-CONT");
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Asks it what the stores do not.
    pub(super) fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let mut cmd = Cmd::new();
        cmd.arg(command);
        cmd.query(&mut connection).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
