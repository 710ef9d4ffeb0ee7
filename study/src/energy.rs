//! Energy by counting operations: how many each decoder takes for a decision, and what they cost by two tables.
//!
//! An estimate at 45 nm from operation counts, not the energy of any FPGA. A ratio means little without the rules by which both
//! sides were counted, so every count carries its [`Rule`].
//!
//! All energies are from M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, pages 10 to 14,
//! doi 10.1109/ISSCC.2014.6757323, whose table (45 nm, 0.9 V) gives additions, products and reads of a cache. It has no 16-bit
//! integers, and its reads are of 64 bits; each approximation is noted where it is made.

use serde::{Deserialize, Serialize};
use train::baseline::recurrent::{Cell, RecurrentSizes};

/// Operations, of a tick or of a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Operations {
    /// Accumulates of a weight: an addition, no product.
    pub ac: f64,
    /// Multiply-accumulates of a weight and an activation.
    pub mac: f64,
    /// Multiply-accumulates of the update of neurons or hidden units, on 16 bits or more.
    pub update_mac: f64,
    /// 32-bit words read from memory.
    pub reads: f64,
}

impl Operations {
    fn scaled(self, factor: f64) -> Self {
        Self {
            ac: self.ac * factor,
            mac: self.mac * factor,
            update_mac: self.update_mac * factor,
            reads: self.reads * factor,
        }
    }
}

/// How the operations of a decoder are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Network of adaptive leaky integrate-and-fire neurons.
    Spiking,
    /// GRU, with every product.
    Gru,
    /// GRU that adds rows of its input weights for the channels that spike, instead of multiplying by zeros and ones.
    GruOnSpikes,
    /// LSTM, with every product.
    Lstm,
    /// LSTM that adds rows of its input weights for the channels that spike.
    LstmOnSpikes,
    /// A decoder that is linear in spike counts: LDA, Poisson naive Bayes.
    LinearOnCounts,
}

impl Rule {
    /// The rule in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Spiking => {
                "1 AC and 1 read for each existing synapse at which a spike arrives (input and readout synapses \
                 included), 3 MAC (three decays) and 5 reads (nine 16-bit numbers) for each neuron and readout neuron in \
                 every tick, whether it fires or not"
            }
            Self::Gru => {
                "in every tick 3(mn + nn) MAC for the gates, 3n for the products of the units, nc for the readout; \
                 activation functions free; 1/4 read for each weight (8 bits)"
            }
            Self::GruOnSpikes => "as GRU, but 3n AC for each input spike in place of 3mn MAC in every tick",
            Self::Lstm => {
                "in every tick 4(mn + nn) MAC for the gates, 17n for the units, nc for the readout; 1/4 read for each \
                 weight (8 bits)"
            }
            Self::LstmOnSpikes => "as LSTM, but 4n AC for each input spike in place of 4mn MAC in every tick",
            Self::LinearOnCounts => {
                "1 AC for each class and input spike, 1 for each class and decision (the constant); 1 read for each"
            }
        }
    }
}

/// Operations of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationCount {
    /// How they were counted.
    #[serde(rename = "method")]
    pub rule: Rule,
    /// Ticks of a decision.
    pub n_ticks: usize,
    /// Operations of a decision.
    pub per_decision: Operations,
    /// Mean operations of a tick.
    pub per_tick: Operations,
}

/// Decays of a spiking neuron: current, potential, adaptation.
const UPDATE_MACS: f64 = 3.0;
/// Current, potential, adaptation, their decays, threshold, increment and bias: nine numbers of 16 bits, two in a word.
const UPDATE_READS: f64 = 5.0;
/// Weights of 8 bits in a word.
const WEIGHTS_IN_WORD: f64 = 4.0;

impl OperationCount {
    /// A spiking network of `n_neurons`, readout neurons included. `events` is the mean number of synaptic events in a decision
    /// of `n_ticks` ticks: existing synapses at which a spike arrived.
    #[must_use]
    pub fn spiking(events: f64, n_neurons: usize, n_ticks: usize) -> Self {
        let updates = (n_neurons * n_ticks) as f64;
        let operations = Operations {
            ac: events,
            mac: 0.0,
            update_mac: UPDATE_MACS * updates,
            reads: events + UPDATE_READS * updates,
        };
        Self::new(Rule::Spiking, n_ticks, operations)
    }

    /// A GRU or LSTM that multiplies by every input, spike or none.
    #[must_use]
    pub fn recurrent(cell: Cell, sizes: RecurrentSizes, n_ticks: usize) -> Self {
        let (gates, units, rule) = of_cell(cell);
        let [m, n, c] = [sizes.n_channels, sizes.n_hidden, sizes.n_classes].map(|size| size as f64);
        let mac = gates * (m * n + n * n) + n * c;
        let tick = Operations { ac: 0.0, mac, update_mac: units * n, reads: mac / WEIGHTS_IN_WORD };
        Self::new(rule, n_ticks, tick.scaled(n_ticks as f64))
    }

    /// The same network if each of `input_spikes` (mean of a decision) adds a row of input weights.
    #[must_use]
    pub fn recurrent_on_spikes(cell: Cell, sizes: RecurrentSizes, n_ticks: usize, input_spikes: f64) -> Self {
        let (gates, units, rule) = of_cell(cell);
        let [n, c] = [sizes.n_hidden, sizes.n_classes].map(|size| size as f64);
        let rule = if rule == Rule::Gru { Rule::GruOnSpikes } else { Rule::LstmOnSpikes };
        let ticks = n_ticks as f64;
        let (ac, mac) = (gates * n * input_spikes, (gates * n * n + n * c) * ticks);
        let operations = Operations { ac, mac, update_mac: units * n * ticks, reads: (ac + mac) / WEIGHTS_IN_WORD };
        Self::new(rule, n_ticks, operations)
    }

    /// LDA or Poisson naive Bayes on the counts of `input_spikes` (mean of a decision).
    #[must_use]
    pub fn linear_on_counts(n_classes: usize, n_ticks: usize, input_spikes: f64) -> Self {
        let ac = n_classes as f64 * (input_spikes + 1.0);
        Self::new(Rule::LinearOnCounts, n_ticks, Operations { ac, reads: ac, ..Operations::default() })
    }

    fn new(rule: Rule, n_ticks: usize, per_decision: Operations) -> Self {
        Self { rule, n_ticks, per_decision, per_tick: per_decision.scaled(1.0 / n_ticks.max(1) as f64) }
    }
}

/// Blocks of gate weights, update products of a unit, and the rule.
fn of_cell(cell: Cell) -> (f64, f64, Rule) {
    match cell {
        Cell::Gru => (3.0, 3.0, Rule::Gru),
        Cell::Lstm => (4.0, 17.0, Rule::Lstm),
    }
}

/// Picojoules of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergyTable {
    /// Short name.
    pub name: &'static str,
    /// Where the figures are from, and what they leave out.
    pub source: &'static str,
    /// Of an accumulate.
    pub ac_pj: f64,
    /// Of a multiply-accumulate of a weight.
    pub mac_pj: f64,
    /// Of a multiply-accumulate of an update.
    pub update_mac_pj: f64,
    /// Of a read of a 32-bit word.
    pub read_pj: f64,
}

const ADD_INT32_PJ: f64 = 0.1;
const MULTIPLY_INT8_PJ: f64 = 0.2;
const MULTIPLY_INT32_PJ: f64 = 3.1;
const ADD_FLOAT32_PJ: f64 = 0.9;
const MULTIPLY_FLOAT32_PJ: f64 = 3.7;
/// A read of 64 bits, from a cache of 8 kB.
const READ_64_BITS_PJ: f64 = 10.0;

/// The table that papers on spiking networks use: 32-bit floats, memory free.
pub const FLOAT_32: EnergyTable = EnergyTable {
    name: "45 nm, fp32, no memory",
    source: "Horowitz 2014 (ISSCC), 45 nm: fp32 addition 0.9 pJ, product 3.7 pJ; memory is left out",
    ac_pj: ADD_FLOAT32_PJ,
    mac_pj: ADD_FLOAT32_PJ + MULTIPLY_FLOAT32_PJ,
    update_mac_pj: ADD_FLOAT32_PJ + MULTIPLY_FLOAT32_PJ,
    read_pj: 0.0,
};

/// The table of an integer core, every memory operand included, with 8-bit weights on both sides. Sums have 32 bits; a 16-bit
/// product of an update costs as much as one of 32 bits; a read of 32 bits costs half of one of 64.
pub const INTEGER_WITH_READS: EnergyTable = EnergyTable {
    name: "45 nm, integer, with reads",
    source: "Horowitz 2014 (ISSCC), 45 nm: int32 addition 0.1 pJ, int8 product 0.2 pJ (weights), int32 product 3.1 pJ \
             (updates, an upper bound for 16 bits), 32-bit read 5 pJ (half of 64 bits from 8 kB of SRAM); writes are left \
             out",
    ac_pj: ADD_INT32_PJ,
    mac_pj: ADD_INT32_PJ + MULTIPLY_INT8_PJ,
    update_mac_pj: ADD_INT32_PJ + MULTIPLY_INT32_PJ,
    read_pj: READ_64_BITS_PJ / 2.0,
};

impl EnergyTable {
    /// Energy of these operations, in picojoules.
    #[must_use]
    pub fn picojoules(&self, operations: &Operations) -> f64 {
        operations.ac * self.ac_pj
            + operations.mac * self.mac_pj
            + operations.update_mac * self.update_mac_pj
            + operations.reads * self.read_pj
    }
}
