//! A graph as it is stored: groups and arrays of HDF5 become nodes and edges.
//!
//! A file has the group `node`, which is a graph; a graph has the group `nodes`, whose members have their `type` and their
//! parameters, and the array `edges` with the names of both ends.

use ndarray::Array2;
use recording::{Array, Tree, Values};

use super::node::{Neuron, NeuronKind, Node, NodeKind};
use crate::{ImportError, NodeError};

/// The most neurons of any node: those of the largest core.
pub(super) const NEURONS_MAX: usize = spec::core::MAX_LANES as usize * spec::core::MAX_NEURONS_PER_LANE as usize;
/// The most values of any input or output.
const SIZE_MAX: usize = u16::MAX as usize;

/// The metadata of an exported graph in which the connections are that close a loop: pairs of names, as JSON.
pub(crate) const NEXT_TICK: &str = "next_tick";

/// A graph with the graphs nested in it.
pub(super) struct Stored {
    pub members: Vec<(String, Member)>,
    pub edges: Vec<(String, String)>,
}

/// A member of a graph.
pub(super) enum Member {
    Node(Box<Node>),
    Graph(Stored),
}

/// The graph of a file.
pub(super) fn file(file: &Tree) -> Result<Stored, ImportError> {
    let Some(node) = file.member("node") else {
        return Err(ImportError::NotNir("it has no group /node".into()));
    };
    if let Tree::Unreadable(cause) = node {
        return Err(ImportError::NotNir(format!("its /node cannot be read: {cause}")));
    }
    match text(node, "type").as_deref() {
        Some("NIRGraph") => graph(node, ""),
        Some(other) => Err(ImportError::NotNir(format!("its /node is a {other}, not a NIRGraph"))),
        None => Err(ImportError::NotNir("its /node has no type".into())),
    }
}

/// The connections that close a loop, of an exported graph.
pub(super) fn next_tick(file: &Tree) -> Vec<(String, String)> {
    let metadata = file.member("node").and_then(|node| node.member("metadata"));
    let pairs = metadata.and_then(|metadata| text(metadata, NEXT_TICK));
    pairs.and_then(|pairs| serde_json::from_str(&pairs).ok()).unwrap_or_default()
}

fn graph(stored: &Tree, prefix: &str) -> Result<Stored, ImportError> {
    let whose = if prefix.is_empty() { "its graph" } else { prefix.trim_end_matches('/') };
    let Some(Tree::Group(nodes)) = stored.member("nodes") else {
        return Err(ImportError::NotNir(format!("{whose} has no group of nodes")));
    };
    let edges = match stored.member("edges") {
        Some(Tree::Array(Array { shape, values: Values::Text(names) }))
            if names.is_empty() || shape.last() == Some(&2) =>
        {
            names.chunks_exact(2).map(|ends| (ends[0].clone(), ends[1].clone())).collect()
        }
        // An array without elements has any type.
        Some(Tree::Array(Array { shape, .. })) if shape.contains(&0) => Vec::new(),
        Some(Tree::Unreadable(cause)) => {
            return Err(ImportError::NotNir(format!("the edges of {whose} cannot be read: {cause}")));
        }
        _ => return Err(ImportError::NotNir(format!("{whose} has no edges, pairs of names"))),
    };
    let mut members = Vec::new();
    for (name, stored) in nodes {
        let path = format!("{prefix}{name}");
        if let Tree::Unreadable(cause) = stored {
            return Err(ImportError::NotNir(format!("node {path} cannot be read: {cause}")));
        }
        let member = match text(stored, "type") {
            Some(kind) if kind == "NIRGraph" => Member::Graph(graph(stored, &format!("{path}/"))?),
            Some(kind) => Member::Node(Box::new(Fields { stored, node: path, kind }.node()?)),
            None => return Err(ImportError::NotNir(format!("node {path} has no type"))),
        };
        members.push((name.clone(), member));
    }
    Ok(Stored { members, edges })
}

/// A text, stored as one value.
fn text(group: &Tree, name: &str) -> Option<String> {
    match group.member(name)? {
        // A text of fixed length may be filled up with spaces.
        Tree::Array(Array { values: Values::Text(texts), .. }) if texts.len() == 1 => {
            texts.first().map(|text| text.trim_end().to_owned())
        }
        _ => None,
    }
}

/// The stored parameters of a node.
struct Fields<'a> {
    stored: &'a Tree,
    node: String,
    kind: String,
}

impl Fields<'_> {
    fn refuse(&self, cause: impl Into<String>, remedy: impl Into<String>) -> NodeError {
        NodeError { node: self.node.clone(), kind: self.kind.clone(), cause: cause.into(), remedy: remedy.into() }
    }

    fn node(self) -> Result<Node, NodeError> {
        let kind = match self.kind.as_str() {
            "Input" => NodeKind::Input { size: self.size()? },
            "Output" => NodeKind::Output { size: self.size()? },
            "Linear" => NodeKind::Linear { weight: self.weight()?, bias: Vec::new() },
            "Affine" => self.affine()?,
            "Scale" => NodeKind::Scale { factors: self.numbers("scale")?.1 },
            "Flatten" => NodeKind::Flatten,
            "Delay" => NodeKind::Delay { delays: self.delays()? },
            kind => match NeuronKind::named(kind) {
                Some(kind) => NodeKind::Neuron(self.neuron(kind)?),
                None => return Err(self.unknown()),
            },
        };
        Ok(Node { name: self.node, kind })
    }

    fn unknown(&self) -> NodeError {
        let remedy = match self.kind.as_str() {
            "Conv1d" | "Conv2d" | "SumPool2d" | "AvgPool2d" => {
                "write it as a Linear with one row for each output, if that is small enough"
            }
            "Threshold" => "put a LIF or IF neuron in its place",
            _ => {
                "what is imported: Input, Output, Linear, Affine, Scale, Flatten, Delay, LIF, LI, CubaLIF, CubaLI, IF, I, nested \
                 graphs"
            }
        };
        self.refuse("no core holds a node of this type", remedy)
    }

    /// The shape and the values of a parameter, which are finite.
    fn numbers(&self, name: &str) -> Result<(Vec<usize>, Vec<f64>), NodeError> {
        let write_again = "write the file again";
        let array = match self.stored.member(name) {
            Some(Tree::Array(array)) => array,
            Some(Tree::Unreadable(cause)) => {
                return Err(self.refuse(format!("its {name} cannot be read: {cause}"), write_again));
            }
            _ => return Err(self.refuse(format!("it has no {name}"), write_again)),
        };
        let values: Vec<f64> = match &array.values {
            Values::Real(values) => values.clone(),
            Values::Integer(values) => values.iter().map(|value| *value as f64).collect(),
            _ => return Err(self.refuse(format!("its {name} holds no numbers"), write_again)),
        };
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            let remedy = if name.starts_with("tau") && *value == f64::INFINITY {
                "a decay of 1 never forgets: write an IF or I neuron, or a decay just below 1"
            } else {
                "train it again: the training diverged"
            };
            return Err(self.refuse(format!("its {name} has the value {value}"), remedy));
        }
        if values.is_empty() {
            return Err(self.refuse(format!("its {name} is empty"), write_again));
        }
        let shape = array.shape.iter().map(|length| usize::try_from(*length).unwrap_or(usize::MAX)).collect();
        Ok((shape, values))
    }

    fn has(&self, name: &str) -> bool {
        self.stored.member(name).is_some()
    }

    /// The product of the lengths in the shape.
    fn size(&self) -> Result<usize, NodeError> {
        let shape = self.numbers("shape")?.1;
        let size: f64 = shape.iter().product();
        let is_size = shape.iter().all(|length| *length >= 1.0 && length.fract() == 0.0);
        if !is_size {
            let lengths: Vec<String> = shape.iter().map(f64::to_string).collect();
            return Err(self.refuse(format!("its shape is [{}]", lengths.join(", ")), "write lengths of 1 and more"));
        }
        if size > SIZE_MAX as f64 {
            return Err(self.refuse(
                format!("it has {size} values, and no core has more than {SIZE_MAX}"),
                "train a network with fewer inputs",
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, at least 1, at most 16 bits"
        )]
        Ok(size as usize)
    }

    fn weight(&self) -> Result<Array2<f64>, NodeError> {
        let (shape, values) = self.numbers("weight")?;
        let leading = shape.len().saturating_sub(2);
        if shape.len() < 2 || shape[..leading].iter().any(|length| *length != 1) {
            return Err(self.refuse(
                format!("its weight has the shape {shape:?}, not outputs by inputs"),
                "flatten its input, and write a matrix",
            ));
        }
        let (rows, columns) = (shape[leading], shape[leading + 1]);
        if rows > NEURONS_MAX {
            return Err(self.refuse(
                format!("it has {rows} outputs, and no core has more than {NEURONS_MAX} neurons"),
                "train a smaller network",
            ));
        }
        Array2::from_shape_vec((rows, columns), values)
            .map_err(|error| self.refuse(format!("its weight makes no sense: {error}"), "write the file again"))
    }

    fn affine(&self) -> Result<NodeKind, NodeError> {
        let weight = self.weight()?;
        let mut bias = self.numbers("bias")?.1;
        if bias.len() == 1 {
            bias.resize(weight.nrows(), bias[0]);
        }
        if bias.len() != weight.nrows() {
            let cause = format!("it has {} values of bias for {} outputs", bias.len(), weight.nrows());
            return Err(self.refuse(cause, "write one for each output"));
        }
        Ok(NodeKind::Linear { weight, bias })
    }

    fn delays(&self) -> Result<Vec<f64>, NodeError> {
        let delays = self.numbers("delay")?.1;
        match delays.iter().find(|delay| **delay < 0.0) {
            Some(delay) => Err(self.refuse(format!("its delay is {delay}"), "write delays of 0 and more")),
            None => Ok(delays),
        }
    }

    fn neuron(&self, kind: NeuronKind) -> Result<Neuron, NodeError> {
        let optional = |name: &str| if self.has(name) { self.numbers(name).map(|it| it.1) } else { Ok(Vec::new()) };
        let needed =
            |name: &str, is_needed: bool| if is_needed { self.numbers(name).map(|it| it.1) } else { Ok(Vec::new()) };
        let tau = if kind.has_filter() { "tau_mem" } else { "tau" };
        let mut neuron = Neuron {
            kind,
            tau_mem: needed(tau, kind.has_time_constant())?,
            tau_syn: needed("tau_syn", kind.has_filter())?,
            r: self.numbers("r")?.1,
            w_in: if kind.has_filter() { optional("w_in")? } else { Vec::new() },
            v_leak: if kind.has_time_constant() { optional("v_leak")? } else { Vec::new() },
            v_threshold: needed("v_threshold", kind.fires())?,
            v_reset: if kind.fires() { optional("v_reset")? } else { Vec::new() },
        };
        let parameters = [
            (tau, &mut neuron.tau_mem, None),
            ("tau_syn", &mut neuron.tau_syn, None),
            ("r", &mut neuron.r, None),
            ("w_in", &mut neuron.w_in, Some(1.0)),
            ("v_leak", &mut neuron.v_leak, Some(0.0)),
            ("v_threshold", &mut neuron.v_threshold, None),
            ("v_reset", &mut neuron.v_reset, Some(0.0)),
        ];
        let n_neurons = parameters.iter().map(|(_, values, _)| values.len()).max().unwrap_or(0);
        if n_neurons > NEURONS_MAX {
            return Err(self.refuse(
                format!("it has {n_neurons} neurons, and no core has more than {NEURONS_MAX}"),
                "train a smaller network",
            ));
        }
        for (name, values, default) in parameters {
            match (values.len(), default) {
                (0, Some(default)) => values.resize(n_neurons, default),
                (0, None) => {}
                (1, _) => values.resize(n_neurons, values[0]),
                (length, _) if length == n_neurons => {}
                (length, _) => {
                    let cause = format!("its {name} has {length} values for {n_neurons} neurons");
                    return Err(self.refuse(cause, "write one value, or one for each neuron"));
                }
            }
        }
        self.check(&neuron, tau)?;
        Ok(neuron)
    }

    fn check(&self, neuron: &Neuron, tau: &str) -> Result<(), NodeError> {
        for (name, values) in [(tau, &neuron.tau_mem), ("tau_syn", &neuron.tau_syn)] {
            if let Some(value) = values.iter().find(|value| **value <= 0.0) {
                let remedy = if *value < 0.0 && name == "tau" {
                    "a decay above 1 was trained; clamp decays to below 1 in training"
                } else {
                    "write time constants above 0"
                };
                return Err(self.refuse(format!("its {name} is {value}"), remedy));
            }
        }
        for (threshold, reset) in neuron.v_threshold.iter().zip(&neuron.v_reset) {
            if threshold <= reset {
                let cause =
                    format!("its threshold {threshold} is not above its reset {reset}, so it would fire for ever");
                return Err(self.refuse(cause, "write a threshold above v_reset"));
            }
        }
        Ok(())
    }
}
