//! Operation counts and energies, compared with numbers computed by hand.

use study::energy::{FLOAT_32, INTEGER_WITH_READS, OperationCount, Operations, Rule};
use train::baseline::recurrent::{Cell, RecurrentSizes};

const SIZES: RecurrentSizes = RecurrentSizes { n_channels: 10, n_hidden: 20, n_classes: 4 };

#[test]
fn a_spiking_network_costs_its_arriving_spikes_and_every_update() {
    let counted = OperationCount::spiking(1000.0, 30, 50);
    let expected = Operations { ac: 1000.0, mac: 0.0, update_mac: 4500.0, reads: 8500.0 };
    assert_eq!(counted.per_decision, expected);
    assert_eq!((counted.per_tick.ac, counted.per_tick.update_mac, counted.per_tick.reads), (20.0, 90.0, 170.0));
    assert!((FLOAT_32.picojoules(&counted.per_decision) - (900.0 + 4500.0 * 4.6)).abs() < 1e-9);
    let integer = 100.0 + 4500.0 * 3.2 + 8500.0 * 5.0;
    assert!((INTEGER_WITH_READS.picojoules(&counted.per_decision) - integer).abs() < 1e-9);
}

#[test]
fn gru_and_lstm_cost_every_product_in_every_tick() {
    let gru = OperationCount::recurrent(Cell::Gru, SIZES, 2).per_tick;
    assert_eq!((gru.ac, gru.mac, gru.update_mac), (0.0, 3.0 * 600.0 + 80.0, 60.0));
    let lstm = OperationCount::recurrent(Cell::Lstm, SIZES, 2);
    assert_eq!((lstm.per_tick.mac, lstm.per_tick.update_mac), (4.0 * 600.0 + 80.0, 340.0));
    assert_eq!(lstm.per_decision.mac, 2.0 * lstm.per_tick.mac);
    assert_eq!(lstm.per_tick.reads, lstm.per_tick.mac / 4.0);
}

#[test]
fn on_spikes_each_input_spike_costs_a_row_of_additions_instead_of_products() {
    for (cell, gates, rule) in [(Cell::Gru, 3.0, Rule::GruOnSpikes), (Cell::Lstm, 4.0, Rule::LstmOnSpikes)] {
        let dense = OperationCount::recurrent(cell, SIZES, 5).per_decision;
        let sparse = OperationCount::recurrent_on_spikes(cell, SIZES, 5, 7.0);
        assert_eq!(sparse.rule, rule);
        assert_eq!(sparse.per_decision.ac, gates * 20.0 * 7.0);
        assert_eq!(sparse.per_decision.mac, dense.mac - gates * 200.0 * 5.0);
        assert_eq!(sparse.per_decision.update_mac, dense.update_mac);
    }
}

#[test]
fn a_linear_decoder_costs_each_spike_and_a_constant_per_class() {
    let counted = OperationCount::linear_on_counts(4, 50, 60.0);
    assert_eq!(counted.per_decision, Operations { ac: 244.0, reads: 244.0, ..Operations::default() });
}

/// 96 channels at 0.05 spikes a tick, 256 neurons at 0.05, against an LSTM of as many weights; expected values computed
/// independently of this program.
#[test]
fn a_sparse_network_saves_less_than_a_dense_one_because_its_neurons_are_still_updated() {
    let ratio = |density: f64, n_hidden: usize, expected: f64| {
        let events = (96.0 * 0.05 + 256.0 * 0.05) * 256.0 * density;
        let [lstm, spiking] = [without_readout(n_hidden), OperationCount::spiking(events, 256, 1).per_decision]
            .map(|operations| FLOAT_32.picojoules(&operations));
        let found = lstm / spiking;
        assert!((found - expected).abs() < 0.01, "density {density}: {found}");
    };
    ratio(1.0, 110, 56.08);
    ratio(0.3, 47, 26.81);
}

/// An LSTM of 96 channels without readout, as the expected values have it.
fn without_readout(n_hidden: usize) -> Operations {
    let sizes = RecurrentSizes { n_channels: 96, n_hidden, n_classes: 0 };
    OperationCount::recurrent(Cell::Lstm, sizes, 1).per_decision
}
