//! The gateway under test: sockets and statuses that follow the manifests.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use agentgateway::{
    assemble::{self, Parts, Plan},
    config::{
        compile::{Compiled, Options, compile},
        deployment::{Asked, deployment},
        object::{Generations, Store},
        resource::Reference,
        status::{Bound, StatusSet, status},
    },
    gateway::{Place, Settings, Sockets},
    observe::Observer,
    telemetry::ExportStats,
};
use serde_json::Value;
use tokio::net::TcpListener;

use super::world::{UNUSABLE, World};

/// All that a controller and its gateway hold.
pub(crate) struct Serving {
    parts: Parts,
    sockets: Sockets,
    generations: Generations,
    last: Option<StatusSet>,
    /// Where Gateways are said to be, one address each.
    assigned: BTreeMap<Reference, Vec<IpAddr>>,
    /// Where their ports really are.
    bound: BTreeMap<(Reference, u16), SocketAddr>,
    /// The generation of each object.
    pub(crate) observed: BTreeMap<Reference, i64>,
    /// As `/status` writes it.
    pub(crate) statuses: Value,
    /// What would run the Gateways in a cluster.
    pub(crate) deployed: Vec<Value>,
}

impl Serving {
    pub(crate) fn new() -> Self {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut settings = Settings::new(local, SocketAddr::new(local, 0));
        // The planned port is the listener's; the socket's is of the system's choice.
        settings.place = Some(Place::new(move |_| SocketAddr::new(local, 0)));
        Self {
            parts: Parts::new(Observer::new(&ExportStats::default())),
            sockets: Sockets::new(settings),
            generations: Generations::default(),
            last: None,
            assigned: BTreeMap::new(),
            bound: BTreeMap::new(),
            observed: BTreeMap::new(),
            statuses: Value::Null,
            deployed: Vec::new(),
        }
    }

    /// Serves these manifests from now on.
    pub(crate) async fn apply(
        &mut self,
        world: &World,
        resolve: BTreeMap<(String, u16), Vec<SocketAddr>>,
    ) -> Result<(), String> {
        let (store, problems) = Store::new(world.objects.clone(), &self.generations);
        assert_eq!(problems, []);
        self.generations = store.generations().clone();
        let all = store.iter().map(|it| (it.reference.clone(), it.generation));
        self.observed = all.collect();
        world.addresses(&mut self.assigned);
        let mut options = Options::default();
        options.assigned.clone_from(&self.assigned);
        options.resolve = resolve;
        let compiled = compile(&store, &options);
        let asked = Asked {
            config: "",
            secrets: None,
            arguments: &[],
        };
        self.deployed = deployment(&store, &options, asked).objects;
        let mut plan = assemble::plan(&compiled.snapshot, &self.parts);
        let failed = unusable(&mut plan).await;
        let applied = self.sockets.apply(plan, Duration::ZERO).await;
        applied.map_err(|error| error.to_string())?;
        let bound = self.take_down(&compiled, failed);
        let now = SystemTime::now().into();
        let set = status(&compiled.facts, &bound, self.last.as_ref(), &now);
        self.statuses = serde_json::to_value(&set).unwrap();
        self.last = Some(set);
        Ok(())
    }

    fn take_down(&mut self, compiled: &Compiled, failed: Bound) -> Bound {
        let mut bound = failed;
        self.bound.clear();
        for served in self.sockets.served() {
            let Some(own) = &served.gateway else { continue };
            let gateways = &compiled.snapshot.gateways;
            let gateway = gateways.iter().find(|it| it.reference == *own).unwrap();
            let mut listeners = gateway.listeners.iter();
            let listener = listeners.find(|it| it.name == served.name).unwrap();
            self.bound.insert((own.clone(), listener.port), served.addr);
            let key = (own.clone(), served.name.clone());
            let said = SocketAddr::new(gateway.addresses[0], listener.port);
            bound.listeners.entry(key).or_insert(Ok(vec![said]));
        }
        bound
    }

    /// Where a port of a Gateway is said to be, and where it is.
    pub(crate) fn place(&self, gateway: &Reference, port: u16) -> Option<(SocketAddr, SocketAddr)> {
        let said = self.assigned.get(gateway)?.first()?;
        let at = self.bound.get(&(gateway.clone(), port))?;
        Some((SocketAddr::new(*said, port), *at))
    }

    /// The status of an object.
    pub(crate) fn status(&self, reference: &Reference) -> Option<&Value> {
        let mut all = self.statuses.as_array()?.iter();
        let found = all.find(|it| {
            it["kind"] == *reference.kind
                && it["namespace"] == *reference.namespace
                && it["name"] == *reference.name
        });
        found.map(|it| &it["status"])
    }
}

/// Takes the sockets out that the machine has no address for, and tells what it says of them.
async fn unusable(plan: &mut Plan) -> Bound {
    let mut failed = Bound::default();
    for socket in &plan.sockets {
        if socket.address == Some(UNUSABLE) {
            let error = TcpListener::bind((UNUSABLE, 0)).await.unwrap_err();
            for listener in &socket.listeners {
                let gateway = socket.gateway.as_ref().unwrap();
                failed.insert(gateway, &listener.name, Err(error.to_string()));
            }
        }
    }
    plan.sockets
        .retain(|socket| socket.address != Some(UNUSABLE));
    failed
}
