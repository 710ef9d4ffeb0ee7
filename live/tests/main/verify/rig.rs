//! A Redis server of its own, with a supervisor and an acquisition node of BRAND in Python.

use std::path::Path;

use tempfile::TempDir;
use tools::AcquisitionLibraries;

use super::peer::Peer;

const GRAPH: &str = include_str!("brand.py");

/// A server in a folder, and who talks to it.
pub struct Rig {
    folder: TempDir,
    pub supervisor: Peer,
    _server: Peer,
}

impl Rig {
    /// A server that answers, with nothing in it.
    pub fn start(libraries: &AcquisitionLibraries) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = socket(folder.path());
        let mut server = libraries.redis_server();
        server.args(["--port", "0", "--save", "", "--unixsocket", &socket]).current_dir(folder.path());
        let server = Peer::of(server);
        let mut supervisor = Peer::start(libraries, GRAPH, &[&socket], folder.path());
        supervisor.expect("ready");
        Self { folder, supervisor, _server: server }
    }

    pub fn socket(&self) -> String {
        socket(self.folder.path())
    }

    /// The flags that the node `decoder` is started with, and some that it does not know.
    pub fn flags(&self) -> Vec<String> {
        let line = format!("--future flag -n decoder -i 127.0.0.1 -p 1 -x 3 -s {}", self.socket());
        line.split(' ').map(str::to_owned).collect()
    }

    /// Publishes a graph in which the node has these parameters.
    pub fn publish(&mut self, parameters: &str) {
        self.supervisor.tell(&format!("graph {parameters}"));
        self.supervisor.expect("done");
    }

    /// The states that the node has said, oldest first.
    pub fn states(&mut self) -> String {
        self.supervisor.tell("states");
        self.supervisor.line()
    }
}

fn socket(folder: &Path) -> String {
    folder.join("redis.sock").display().to_string()
}
