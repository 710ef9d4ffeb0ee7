//! What a forward pass leaves for the backward pass: states, spikes, slopes, and which spikes arrived where.

use ndarray::NdFloat;

use crate::network::Layout;

/// A chunk of samples run through a network, in real units. Arrays are `[n_ticks][n_samples][n_post]`, row-major.
///
/// The integer network fills one with spikes of 0 and 1 and a surrogate's slopes; a smooth network with its own spike
/// function and its exact derivative. The backward pass is the same.
#[derive(Clone, Debug)]
pub struct Trace<T> {
    /// Sizes and numbering of the network.
    pub layout: Layout,
    /// Samples in the chunk.
    pub n_samples: usize,
    /// Ticks of every sample.
    pub n_ticks: usize,
    /// Potentials before the first tick, `[n_samples][n_post]`: 0 after a restart.
    pub initial_potential: Vec<T>,
    /// Synaptic currents before the first tick, likewise.
    pub initial_current: Vec<T>,
    /// Adaptations before the first tick, likewise.
    pub initial_adaptation: Vec<T>,
    /// Potential after the tick, reset included.
    pub potential: Vec<T>,
    /// Synaptic current of the tick.
    pub current: Vec<T>,
    /// Adaptation after the tick, the spike's increment included.
    pub adaptation: Vec<T>,
    /// The spike of the tick.
    pub spike: Vec<T>,
    /// Derivative of the spike by the potential before the reset; 0 for readout neurons and while refractory.
    pub slope: Vec<T>,
    /// Whether the potential was held because the neuron was refractory; empty where no neuron ever is.
    pub held: Vec<bool>,
    /// For each tick, sample and neuron of every spike that noise forced on the neuron: its targets receive it,
    /// the neuron's state does not change, and no gradient reaches the neuron through it. Empty without such noise.
    pub forced: Vec<Vec<(usize, usize)>>,
    /// Every spike that arrived at the synapses of a presynaptic index, in any order.
    pub arrivals: Vec<Arrival<T>>,
}

/// A spike that reached the synapses of a presynaptic index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival<T> {
    /// Presynaptic index of [`Layout`].
    pub pre: u32,
    /// `tick * n_samples + sample`, of the tick in which its synapses add to the current.
    pub row: u32,
    /// The spike, 1 in a network of integers.
    pub value: T,
}

impl<T: NdFloat> Trace<T> {
    /// An all-zero trace; `holds` says whether any neuron has a refractory period.
    #[must_use]
    pub fn new(layout: Layout, n_samples: usize, n_ticks: usize, holds: bool) -> Self {
        let mut trace = Self {
            layout,
            n_samples: 0,
            n_ticks: 0,
            initial_potential: Vec::new(),
            initial_current: Vec::new(),
            initial_adaptation: Vec::new(),
            potential: Vec::new(),
            current: Vec::new(),
            adaptation: Vec::new(),
            spike: Vec::new(),
            slope: Vec::new(),
            held: Vec::new(),
            forced: Vec::new(),
            arrivals: Vec::new(),
        };
        trace.resize(n_samples, n_ticks, holds);
        trace
    }

    /// Resizes, keeping the memory; the content is then unspecified except for the state before the first tick, which is
    /// 0, and `arrivals` and `forced`, which are empty.
    pub fn resize(&mut self, n_samples: usize, n_ticks: usize, holds: bool) {
        self.n_samples = n_samples;
        self.n_ticks = n_ticks;
        let size = n_samples * n_ticks * self.layout.n_post();
        for array in [&mut self.initial_potential, &mut self.initial_current, &mut self.initial_adaptation] {
            array.clear();
            array.resize(n_samples * self.layout.n_post(), T::zero());
        }
        for array in [&mut self.potential, &mut self.current, &mut self.adaptation, &mut self.spike, &mut self.slope] {
            array.resize(size, T::zero());
        }
        self.held.resize(if holds { size } else { 0 }, false);
        self.arrivals.clear();
        self.forced.clear();
    }

    /// Where the row of a tick and sample lies in the arrays.
    #[must_use]
    pub fn row(&self, tick: usize, sample: usize) -> std::ops::Range<usize> {
        let n_post = self.layout.n_post();
        let start = (tick * self.n_samples + sample) * n_post;
        start..start + n_post
    }
}
