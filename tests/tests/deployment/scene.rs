//! A gateway in this process that follows a directory.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use agentgateway::{
    assemble::Parts,
    config::{Directory, LoadOptions},
    gateway::{Place, Settings},
    observe::Observer,
    reload::{Manifests, Reloader, Standing, View, Watch},
    telemetry::Tracing,
};
use agentgateway_tests::raw::eventually;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Manifests in a folder of the test's own, and what stands at the addresses that they name.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    options: LoadOptions,
}

impl Scene {
    /// A folder with this one file.
    pub(crate) fn of(text: &str) -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            options: LoadOptions::default(),
        };
        scene.write("all.yaml", text);
        scene
    }

    /// A copy of this folder.
    pub(crate) fn copy(from: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(from, folder.path());
        Self {
            folder,
            options: LoadOptions::default(),
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Changes a file of it.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.folder.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "no {from:?} in {text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Has a port of a Service found here, as `run --resolve` does.
    pub(crate) fn resolve(mut self, service: &str, port: u16, at: SocketAddr) -> Self {
        let key = (service.to_owned(), port);
        self.options.compile.resolve.insert(key, vec![at]);
        self
    }

    /// Serves it, each listener on a port of the system's choice.
    pub(crate) async fn serve(self) -> Served {
        let tracing = Tracing::detached();
        self.serve_with(tracing, |_| ()).await
    }

    pub(crate) async fn serve_with(
        self,
        tracing: Tracing,
        change: impl FnOnce(&mut Parts),
    ) -> Served {
        let observer = Observer::new(tracing.stats());
        let mut parts = Parts::new(observer.clone());
        change(&mut parts);
        let directory = Directory::new(self.folder.path());
        let load = Manifests::new(directory, parts).options(self.options.clone());
        let watch = Watch::new().quiet(Duration::from_millis(50));
        let mut reloader = Reloader::new(load, watch, observer);
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(free.ip(), free);
        settings.place = Some(Place::new(move |_| free));
        settings.tracing = tracing;
        let gateway = reloader.begin(settings).await;
        let gateway = gateway.unwrap_or_else(|error| panic!("{error}"));
        Served {
            admin: gateway.admin_addr(),
            standing: gateway.standing(),
            running: tokio::spawn(gateway.run_reloading(reloader)),
            scene: self,
        }
    }
}

/// A gateway that follows its folder. It ends when this is dropped.
pub(crate) struct Served {
    pub(crate) scene: Scene,
    admin: SocketAddr,
    standing: Standing,
    running: JoinHandle<usize>,
}

impl Served {
    /// `http://host:port` of the listener of this name.
    pub(crate) fn url(&self, listener: &str) -> String {
        let served = self.standing.served();
        let found = served.iter().find(|served| served.name == listener);
        format!("http://{}", found.unwrap().addr)
    }

    /// `http://host:port` of the admin listener.
    pub(crate) fn admin(&self) -> String {
        format!("http://{}", self.admin)
    }

    pub(crate) fn view(&self) -> View {
        self.standing.view()
    }

    /// Changes the folder and waits until what it holds is served.
    pub(crate) async fn change(&self, change: impl FnOnce(&Scene)) {
        let before = self.view().running.generation;
        change(&self.scene);
        eventually("the change is served", || {
            let view = self.view();
            view.running.generation > before && view.on_disk.applied
        })
        .await;
    }

    /// Changes the folder to what is refused, and gives the reasons.
    pub(crate) async fn refused(&self, change: impl FnOnce(&Scene)) -> Vec<String> {
        let before = self.view();
        change(&self.scene);
        eventually("the change is refused", || {
            let on_disk = self.view().on_disk;
            on_disk.fingerprint != before.on_disk.fingerprint && !on_disk.problems.is_empty()
        })
        .await;
        let after = self.view();
        // But for a grant that went with it.
        let objects = |view: &View| view.running.objects.clone();
        assert_eq!(objects(&after), objects(&before), "what runs serves on");
        after.on_disk.problems
    }

    /// The conditions of every object; see [`conditions`].
    pub(crate) fn conditions(&self) -> BTreeMap<String, String> {
        conditions(&self.view().status)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Each condition of a status of all objects, such as `Gateway infra/edge [http] Accepted`, as
/// `True/Accepted: ` and its message. Within brackets stands the listener, the section of the parent
/// or the ancestor.
pub(crate) fn conditions(status: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for object in status.as_array().unwrap() {
        let text = |name: &str| object[name].as_str().unwrap_or_default();
        let name = match text("namespace") {
            "" => format!("{} {}", text("kind"), text("name")),
            namespace => format!("{} {namespace}/{}", text("kind"), text("name")),
        };
        let status = &object["status"];
        gather(status, &name, &mut found);
        for (parts, place) in [
            ("listeners", "/name"),
            ("parents", "/parentRef/sectionName"),
            ("ancestors", "/ancestorRef/name"),
        ] {
            for part in status[parts].as_array().into_iter().flatten() {
                let place = part.pointer(place).and_then(Value::as_str);
                let name = format!("{name} [{}]", place.unwrap_or_default());
                gather(part, &name, &mut found);
            }
        }
    }
    found
}

fn gather(of: &Value, name: &str, found: &mut BTreeMap<String, String>) {
    for condition in of["conditions"].as_array().into_iter().flatten() {
        let text = |field: &str| condition[field].as_str().unwrap();
        let said = format!("{}/{}: {}", text("status"), text("reason"), text("message"));
        found.insert(format!("{name} {}", text("type")), said);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
