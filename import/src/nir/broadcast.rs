//! Neurons that have one value of each parameter for all of them, as sinabs and Norse write them: there are as many as values
//! come in.

use super::node::{Neuron, NodeKind};
use super::read::NEURONS_MAX;
use super::{Graph, Node};
use crate::NodeError;

impl Graph {
    /// Gives neurons of one value as many as come in.
    pub(super) fn broadcast(&mut self) -> Result<(), NodeError> {
        let sizes = self.sizes();
        for (node, size) in self.nodes.iter_mut().zip(sizes) {
            let Some(size) = size.filter(|_| has_one_neuron(node)) else { continue };
            if size > NEURONS_MAX {
                let cause = format!("it is given {size} values, and no core has more than {NEURONS_MAX} neurons");
                return Err(node.refuse(cause, "train a smaller network"));
            }
            if let NodeKind::Neuron(neuron) = &mut node.kind {
                neuron.resize(size);
            }
        }
        Ok(())
    }

    /// How many values leave each node; none where nothing says it.
    fn sizes(&self) -> Vec<Option<usize>> {
        let own = |node: &Node| match &node.kind {
            NodeKind::Linear { weight, .. } => Some(weight.nrows()),
            _ if has_one_neuron(node) => None,
            kind => kind.size_in(),
        };
        let mut sizes: Vec<Option<usize>> = self.nodes.iter().map(own).collect();
        loop {
            let found = |index: &usize| {
                let of_input = || self.inputs[*index].iter().find_map(|&from| sizes[from]);
                if sizes[*index].is_none() { of_input().map(|size| (*index, size)) } else { None }
            };
            let found: Vec<(usize, usize)> = (0..sizes.len()).filter_map(|index| found(&index)).collect();
            if found.is_empty() {
                return sizes;
            }
            found.into_iter().for_each(|(index, size)| sizes[index] = Some(size));
        }
    }
}

fn has_one_neuron(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Neuron(neuron) if neuron.n_neurons() == 1)
}

impl Neuron {
    /// The same parameters for so many neurons.
    fn resize(&mut self, size: usize) {
        let Self { kind: _, tau_mem, tau_syn, r, w_in, v_leak, v_threshold, v_reset } = self;
        for values in [tau_mem, tau_syn, r, w_in, v_leak, v_threshold, v_reset] {
            if let [value] = values[..] {
                values.resize(size, value);
            }
        }
    }
}
