use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use agentgateway_tests::{free_port, raw::eventually};

/// A `redis-server` that wants a password and keeps nothing on disk. It ends with this value.
pub(super) struct RedisServer {
    child: Child,
    port: u16,
}

impl RedisServer {
    pub(super) const PASSWORD: &str = "k3pt-f0r-0urselves";

    /// `None` where none is installed, and says so.
    pub(super) async fn start() -> Option<Self> {
        let port = free_port();
        let Ok(child) = spawn(port) else {
            eprintln!("skipped: no redis-server");
            return None;
        };
        let server = Self { child, port };
        server.answers().await;
        Some(server)
    }

    /// Everything that it knew is gone.
    pub(super) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(super) async fn restart(&mut self) {
        self.stop();
        self.child = spawn(self.port).unwrap();
        self.answers().await;
    }

    pub(super) fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", Self::PASSWORD, self.port)
    }

    async fn answers(&self) {
        let at = ("127.0.0.1", self.port);
        eventually("redis-server answers", || TcpStream::connect(at).is_ok()).await;
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(port: u16) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--requirepass", RedisServer::PASSWORD, "--save", ""])
        .args(["--appendonly", "no", "--loglevel", "warning"])
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
