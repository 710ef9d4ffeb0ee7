//! Nested graphs are dissolved: their nodes become nodes of the whole, and edges to and from them end at their input and output.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, NodeKind};
use super::read::{Member, Stored};
use crate::{GraphError, ImportError};

/// A graph without nested graphs, whose edges all lead from node to node.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// All nodes, sorted by name.
    pub nodes: Vec<Node>,
    /// For each node the nodes that lead to it, ascending.
    pub inputs: Vec<Vec<usize>>,
    /// Inputs of the whole network, sorted by name.
    pub network_inputs: Vec<usize>,
    /// Outputs of the whole network, sorted by name.
    pub network_outputs: Vec<usize>,
    /// Connections between populations that close a loop, as the names of both, if an export says which do.
    pub next_tick: Vec<(String, String)>,
}

/// Nodes and edges by name.
#[derive(Default)]
struct Flat {
    nodes: BTreeMap<String, Node>,
    edges: BTreeSet<(String, String)>,
}

pub(super) fn flatten(stored: Stored, next_tick: Vec<(String, String)>) -> Result<Graph, ImportError> {
    let outermost: BTreeSet<String> = stored
        .members
        .iter()
        .filter(|(_, member)| matches!(member, Member::Node(_)))
        .map(|(name, _)| name.clone())
        .collect();
    let mut flat = Flat::default();
    dissolve(stored, "", &mut flat)?;

    let nodes: Vec<Node> = flat.nodes.into_values().collect();
    // Both ends of every edge exist: `dissolve` has checked that.
    let index = |name: &str| nodes.binary_search_by(|node| node.name.as_str().cmp(name));
    let mut inputs = vec![Vec::new(); nodes.len()];
    for (from, to) in &flat.edges {
        if let (Ok(from), Ok(to)) = (index(from), index(to)) {
            inputs[to].push(from);
        }
    }
    inputs.iter_mut().for_each(|inputs| inputs.sort_unstable());
    let of_network = |is_kind: fn(&NodeKind) -> bool| {
        let is_it = |node: &Node| outermost.contains(&node.name) && is_kind(&node.kind);
        (0..nodes.len()).filter(|&index| is_it(&nodes[index])).collect::<Vec<_>>()
    };
    let network_inputs = of_network(|kind| matches!(kind, NodeKind::Input { .. }));
    let network_outputs = of_network(|kind| matches!(kind, NodeKind::Output { .. }));
    let mut graph = Graph { nodes, inputs, network_inputs, network_outputs, next_tick };
    graph.check()?;
    graph.broadcast()?;
    Ok(graph)
}

/// Adds the nodes and edges of a graph, their names with the prefix.
fn dissolve(stored: Stored, prefix: &str, flat: &mut Flat) -> Result<(), GraphError> {
    // Where edges to and from a nested graph end.
    let mut ports: BTreeMap<String, [Vec<String>; 2]> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (name, member) in stored.members {
        let path = format!("{prefix}{name}");
        match member {
            Member::Node(node) => {
                flat.nodes.insert(path, *node);
            }
            Member::Graph(inner) => {
                ports.insert(name.clone(), inner.ports(&path));
                dissolve(inner, &format!("{path}/"), flat)?;
            }
        }
        names.insert(name);
    }
    let end = |name: &str, side: usize| match ports.get(name) {
        None => Ok(format!("{prefix}{name}")),
        Some(ports) => match &ports[side][..] {
            [only] => Ok(only.clone()),
            several => {
                let what = ["output", "input"][side];
                let cause = format!("the nested graph {prefix}{name} has {} nodes of {what}", several.len());
                Err(GraphError::new(cause, "give it exactly one Input and one Output"))
            }
        },
    };
    for (from, to) in &stored.edges {
        for name in [from, to] {
            if !names.contains(name) {
                let cause =
                    format!("an edge leads from {prefix}{from} to {prefix}{to}, but there is no node {prefix}{name}");
                return Err(GraphError::new(cause, "remove the edge, or add the node"));
            }
        }
        flat.edges.insert((end(from, 0)?, end(to, 1)?));
    }
    Ok(())
}

impl Stored {
    /// The names of its outputs and of its inputs.
    fn ports(&self, path: &str) -> [Vec<String>; 2] {
        let of_kind = |is_kind: fn(&NodeKind) -> bool| {
            let is_it = |member: &Member| matches!(member, Member::Node(node) if is_kind(&node.kind));
            let found = self.members.iter().filter(|(_, member)| is_it(member));
            found.map(|(name, _)| format!("{path}/{name}")).collect()
        };
        [
            of_kind(|kind| matches!(kind, NodeKind::Output { .. })),
            of_kind(|kind| matches!(kind, NodeKind::Input { .. })),
        ]
    }
}

impl Graph {
    /// Input channels of the network.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.network_inputs.iter().filter_map(|&input| self.nodes[input].kind.size_in()).sum()
    }

    /// Outputs of the network.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.network_outputs.iter().filter_map(|&output| self.nodes[output].kind.size_in()).sum()
    }

    fn check(&self) -> Result<(), ImportError> {
        for (what, found) in [("Input", &self.network_inputs), ("Output", &self.network_outputs)] {
            if found.is_empty() {
                return Err(GraphError::new(format!("the graph has no {what}"), "add one, and an edge").into());
            }
        }
        for (node, inputs) in self.nodes.iter().zip(&self.inputs) {
            let is_network_input = self.network_inputs.iter().any(|&input| self.nodes[input].name == node.name);
            if is_network_input && !inputs.is_empty() {
                return Err(node.refuse("an edge leads to it", "remove the edge").into());
            }
            if !is_network_input && inputs.is_empty() {
                return Err(node.refuse("no edge leads to it", "remove it, or add an edge").into());
            }
        }
        Ok(())
    }
}
