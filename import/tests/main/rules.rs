//! The rules of the mapping: in real numbers, with the decays of the core, it fires exactly the spikes of the float twin.

use import::conventions::{Conventions, Gain, Integrator, PerNode, Producer, ResetKind, SpikesPerTick};
use import::mapping::Mapping;
use import::nir::Graph;
use import::twin::Twin;
use proptest::prelude::*;
use recording::Tree;

use crate::support::{Ideal, file, input, network, node, numbers, output, snntorch, tiny};

const N_CHANNELS: usize = 4;
const N_TICKS: usize = 300;
const DT_S: f64 = 1e-4;

/// Random numbers from -1 to 1, one after the other, again from the start at the end.
pub struct Numbers<'a> {
    pub values: &'a [f64],
    pub next: usize,
}

impl Numbers<'_> {
    fn one(&mut self) -> f64 {
        self.next += 1;
        self.values[self.next % self.values.len()]
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.one() + 1.0) / 2.0
    }

    fn several(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| self.between(low, high)).collect()
    }

    fn affine(&mut self, rows: usize, columns: usize) -> Tree {
        let weights = self.several(rows * columns, -0.7, 1.0);
        let bias = self.several(rows, -0.05, 0.1);
        node(
            "Affine",
            &[("weight", numbers(&[rows as u64, columns as u64], &weights)), ("bias", numbers(&[rows as u64], &bias))],
        )
    }

    /// Neurons of a type, with thresholds around 1 and time constants of some ticks.
    fn neurons(&mut self, n: usize, kind: &str, row: &Row) -> Tree {
        let shape = [n as u64];
        let tau_mem = self.several(n, 3.0 * DT_S, 30.0 * DT_S);
        let tau_syn = self.several(n, 1.5 * DT_S, 8.0 * DT_S);
        let r: Vec<f64> = tau_mem.iter().map(|tau| if row.is_scaled { tau / DT_S } else { 3.0 }).collect();
        let w_in: Vec<f64> = tau_syn.iter().map(|tau| if row.is_scaled { tau / DT_S } else { 1.0 }).collect();
        let v_reset = if row.has_reset { self.several(n, -0.2, 0.2) } else { vec![0.0; n] };
        let v_leak = if row.has_reset { self.several(n, -0.1, 0.3) } else { vec![0.0; n] };
        let tau = if kind.starts_with("Cuba") { "tau_mem" } else { "tau" };
        let mut parameters =
            vec![(tau, numbers(&shape, &tau_mem)), ("r", numbers(&shape, &r)), ("v_leak", numbers(&shape, &v_leak))];
        if kind.starts_with("Cuba") {
            parameters.extend([("tau_syn", numbers(&shape, &tau_syn)), ("w_in", numbers(&shape, &w_in))]);
        }
        if kind.ends_with("LIF") {
            let v_threshold = self.several(n, 0.8, 1.4);
            parameters.extend([("v_threshold", numbers(&shape, &v_threshold)), ("v_reset", numbers(&shape, &v_reset))]);
        }
        node(kind, &parameters)
    }
}

/// A producer's neuron that is imported exactly.
pub struct Row {
    pub conventions: Conventions,
    kind: &'static str,
    /// Whether r and w_in undo the gains of the equation.
    is_scaled: bool,
    /// Whether v_reset and v_leak are not 0.
    has_reset: bool,
}

/// The rows of docs/import.md that are exact.
pub fn rows() -> Vec<Row> {
    let row = |conventions: Conventions, kind| Row { conventions, kind, is_scaled: true, has_reset: false };
    let unscaled = |conventions: Conventions, kind| Row { is_scaled: false, ..row(conventions, kind) };
    let one_spike = |producer| Conventions {
        dt_s: Some(DT_S),
        spikes_per_tick: Some(SpikesPerTick::One),
        gain: Some(Gain::One),
        ..Conventions::of(producer)
    };
    let norse = Conventions { dt_s: Some(DT_S), ..Conventions::of(Producer::Norse) };
    let spyx = Conventions { dt_s: Some(DT_S), ..Conventions::of(Producer::Spyx) };
    let stork = Conventions { dt_s: Some(DT_S), ..Conventions::of(Producer::Stork) };
    let subtract = Conventions { reset: PerNode::all(ResetKind::Subtract), reset_delay: PerNode::all(false), ..tiny() };
    vec![
        row(snntorch(ResetKind::Zero, false), "LIF"),
        row(snntorch(ResetKind::Zero, true), "LIF"),
        row(snntorch(ResetKind::Zero, true), "CubaLIF"),
        row(snntorch(ResetKind::Zero, false), "CubaLIF"),
        row(snntorch(ResetKind::Subtract, true), "LIF"),
        row(snntorch(ResetKind::Subtract, true), "CubaLIF"),
        Row { has_reset: true, ..unscaled(norse.clone(), "LIF") },
        Row { has_reset: true, ..unscaled(norse, "CubaLIF") },
        unscaled(one_spike(Producer::Rockpool), "CubaLIF"),
        unscaled(one_spike(Producer::Sinabs), "LIF"),
        unscaled(spyx.clone(), "LIF"),
        unscaled(spyx, "CubaLIF"),
        unscaled(stork, "CubaLIF"),
        unscaled(Conventions { dt_s: Some(DT_S), ..subtract }, "LIF"),
    ]
}

/// A graph of one of several structures.
pub fn graph(structure: usize, row: &Row, random: &mut Numbers<'_>) -> Tree {
    let readout = if row.kind == "LIF" { "LI" } else { "CubaLI" };
    let delay = |n: usize, ticks: f64| node("Delay", &[("delay", numbers(&[n as u64], &vec![ticks * DT_S; n]))]);
    let mut nodes = vec![
        ("in", input(N_CHANNELS as f64)),
        ("fc1", random.affine(5, N_CHANNELS)),
        ("a", random.neurons(5, row.kind, row)),
        ("w_out", random.affine(2, 3)),
        ("out", output(2.0)),
    ];
    let mut edges = vec![("in", "fc1"), ("fc1", "a"), ("w_out", "read"), ("read", "out")];
    nodes.push((
        "read",
        random.neurons(2, readout, &Row { has_reset: false, conventions: row.conventions.clone(), ..*row }),
    ));
    nodes.extend([("fc2", random.affine(3, 5)), ("b", random.neurons(3, row.kind, row))]);
    edges.extend([("a", "fc2"), ("fc2", "b"), ("b", "w_out")]);
    match structure {
        // A chain.
        0 => {}
        // Recurrence in the first population.
        1 => {
            nodes.push(("w_rec", random.affine(5, 5)));
            edges.extend([("a", "w_rec"), ("w_rec", "a")]);
        }
        // Skips from the input and from the first population to the readout.
        2 => {
            nodes.extend([("skip_in", random.affine(3, N_CHANNELS)), ("skip_out", random.affine(2, 5))]);
            edges.extend([("in", "skip_in"), ("skip_in", "b"), ("a", "skip_out"), ("skip_out", "read")]);
        }
        // Delays of spikes and of weighted sums, and recurrence with a delay.
        3 => {
            nodes.extend([("d_in", delay(N_CHANNELS, 2.0)), ("d_rec", delay(5, 3.0)), ("w_rec", random.affine(5, 5))]);
            edges.retain(|edge| *edge != ("in", "fc1"));
            edges.extend([("in", "d_in"), ("d_in", "fc1"), ("a", "w_rec"), ("w_rec", "d_rec"), ("d_rec", "a")]);
        }
        // A loop of two populations.
        _ => {
            nodes.extend([("back", random.affine(5, 3)), ("d_back", delay(5, 1.0))]);
            edges.extend([("b", "back"), ("back", "d_back"), ("d_back", "a")]);
        }
    }
    file(&nodes, &edges)
}

/// The mapping fires as the float twin does, and its scores are its outputs.
fn check(tree: &Tree, conventions: &Conventions, events: &[Vec<u16>]) -> Result<u64, TestCaseError> {
    let network = network(&Graph::from_tree(tree).unwrap(), conventions).with_rounded_decays();
    let mapping = Mapping::of(&network).unwrap();
    let mut twin = Twin::new(&network);
    let mut fired = Vec::new();
    let mut outputs = Vec::new();
    for channels in events {
        twin.tick(channels);
        fired.push((0..network.populations.len()).map(|index| twin.spikes(index).to_vec()).collect::<Vec<_>>());
        outputs.push(twin.outputs());
    }

    let mut ideal = Ideal::new(&mapping);
    let mut n_spikes = 0;
    let lead_in = mapping.lead_in_ticks as usize;
    let n_core_ticks = events.len() + mapping.lag_ticks.iter().max().map_or(0, |lag| *lag as usize);
    for tick in 0..n_core_ticks {
        let empty = Vec::new();
        let channels = tick.checked_sub(lead_in).and_then(|tick| events.get(tick)).unwrap_or(&empty);
        ideal.tick(channels);
        let at = |lag: i64| usize::try_from(tick as i64 - lag).ok().filter(|tick| *tick < events.len());
        for (index, population) in network.populations.iter().enumerate() {
            let Some(network_tick) = at(mapping.lag_ticks[index]) else { continue };
            let first = mapping.first_of[index];
            let found: Vec<u16> =
                (0..population.size()).filter(|&i| ideal.fired[first + i]).map(|i| i as u16).collect();
            n_spikes += found.len() as u64;
            prop_assert_eq!(&found, &fired[network_tick][index], "{} in tick {}", population.name, network_tick);
        }
        let scores = ideal.scores();
        for (index, output) in mapping.outputs.iter().enumerate().filter(|(_, output)| !output.is_count) {
            let Some(network_tick) = at(output.lag_ticks) else { continue };
            let (found, expected) = (output.factor * scores[output.readout], outputs[network_tick][index]);
            prop_assert!((found - expected).abs() < 1e-9, "{}: {} and {}", output.name, found, expected);
        }
    }
    Ok(n_spikes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_mapping_of_every_exact_row_fires_the_spikes_of_the_twin(
        values in prop::collection::vec(-1.0..1.0_f64, 499),
        events in prop::collection::vec(prop::collection::vec(any::<bool>(), N_CHANNELS), N_TICKS),
        structure in 0..5_usize,
    ) {
        let active = |tick: &Vec<bool>| (0..N_CHANNELS).filter(|&channel| tick[channel]).map(|channel| channel as u16).collect();
        let events: Vec<Vec<u16>> = events.iter().map(active).collect();
        for row in rows() {
            let tree = graph(structure, &row, &mut Numbers { values: &values, next: 0 });
            check(&tree, &row.conventions, &events)?;
        }
    }
}

#[test]
fn the_networks_of_every_exact_row_fire() {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1_u64 << 30) as f64 - 1.0
    };
    let values: Vec<f64> = (0..499).map(|_| next()).collect();
    let active = |_| (0..N_CHANNELS as u16).filter(|_| next() > 0.0).collect();
    let events: Vec<Vec<u16>> = (0..N_TICKS).map(active).collect();
    for row in rows() {
        let tree = |structure| graph(structure, &row, &mut Numbers { values: &values, next: structure });
        let n_spikes: u64 = (0..5).map(|structure| check(&tree(structure), &row.conventions, &events).unwrap()).sum();
        assert!(n_spikes > 100, "{:?} {}: {n_spikes}", row.conventions.producer, row.kind);
    }
}

#[test]
fn spikes_of_an_output_are_counted() {
    let tree = file(
        &[("in", input(1.0)), ("lif", crate::support::lif(&[1e-4])), ("out", output(1.0))],
        &[("in", "lif"), ("lif", "out")],
    );
    let network = network(&Graph::from_tree(&tree).unwrap(), &snntorch(ResetKind::Zero, false));
    let mapping = Mapping::of(&network).unwrap();
    assert!(mapping.outputs[0].is_count && mapping.outputs[0].lag_ticks == 1);
    // The threshold is 1, and so is the input: snnTorch fires above it only.
    let mut ideal = Ideal::new(&mapping);
    for _ in 0..3 {
        ideal.tick(&[0]);
    }
    assert_eq!(ideal.scores(), [0.0]);
}

#[test]
fn a_population_runs_later_where_that_saves_relays() {
    // The spikes of the wide population would wait for those of the narrow one; so it runs later itself.
    let mut random = Numbers { values: &[0.3, -0.2, 0.9], next: 0 };
    let row = &rows()[0];
    let tree = file(
        &[
            ("in", input(N_CHANNELS as f64)),
            ("fc", random.affine(40, N_CHANNELS)),
            ("wide", random.neurons(40, "LIF", row)),
            ("w_wide", random.affine(3, 40)),
            ("fc_narrow", random.affine(2, N_CHANNELS)),
            ("narrow", random.neurons(2, "LIF", row)),
            ("w_narrow", random.affine(3, 2)),
            ("middle", random.neurons(3, "LIF", row)),
            ("w_middle", random.affine(3, 3)),
            ("last", random.neurons(3, "LIF", row)),
            ("out", output(3.0)),
        ],
        &[
            ("in", "fc"),
            ("fc", "wide"),
            ("wide", "w_wide"),
            ("w_wide", "last"),
            ("in", "fc_narrow"),
            ("fc_narrow", "narrow"),
            ("narrow", "w_narrow"),
            ("w_narrow", "middle"),
            ("middle", "w_middle"),
            ("w_middle", "last"),
            ("last", "out"),
        ],
    );
    let network = network(&Graph::from_tree(&tree).unwrap(), &row.conventions);
    let mapping = Mapping::of(&network).unwrap();
    let n_relays = mapping
        .n_with(|role| matches!(role, import::mapping::Role::Relay { of: import::mapping::Row::Channel(_), .. }));
    assert_eq!(n_relays, N_CHANNELS);
    assert!(!mapping.neurons.iter().any(|neuron| matches!(
        neuron.role,
        import::mapping::Role::Relay { of: import::mapping::Row::Neuron(of), .. } if of < 48
    )));
}

#[test]
fn the_spikes_of_stork_take_two_relays_to_come_back() {
    let Some(graph) = crate::support::graph("indy01_tinyRSNN_1") else { return };
    let conventions = Conventions { integrator: Some(Integrator::Exponential), ..tiny() };
    let mapping = Mapping::of(&network(&graph, &conventions)).unwrap();
    // A neuron without outgoing weights needs none.
    assert!(mapping.neurons.len() <= 194, "{}", mapping.neurons.len());
    assert_eq!((mapping.lead_in_ticks, mapping.lag_ticks.as_slice()), (0, &[0, 1][..]));
}

#[test]
fn several_events_of_a_channel_count_as_often_where_it_has_copies() {
    let neuron = crate::support::lif(&[1e-3, 1e-3]);
    let weight = crate::support::linear(2, 2, &[0.25, 0.0, 0.0, -0.5]);
    let nodes = [("in", input(2.0)), ("fc", weight), ("li", neuron), ("out", output(2.0))];
    let tree = file(&nodes, &[("in", "fc"), ("fc", "li"), ("li", "out")]);
    let network = network(&Graph::from_tree(&tree).unwrap(), &snntorch(ResetKind::Zero, false));
    let copies = network.clone().with_channel_copies(3);
    assert_eq!(copies.n_channels, 6);
    let (mut once, mut thrice) = (Twin::new(&network), Twin::new(&copies));
    once.tick(&[0, 1]);
    thrice.tick(&[0, 1, 3]);
    assert_eq!(thrice.potentials(0), [2.0 * once.potentials(0)[0], once.potentials(0)[1]]);
}
