//! Cycles of the core with the decoder that open-source spiking cores are compared on.

use cosim::model::CoreEcp525f;

use crate::peer;

#[test]
fn the_benchmark_decoder_takes_less_than_a_hundred_cycles_and_keeps_the_lanes_busy() {
    let means = peer::run::<CoreEcp525f>(2_000);
    println!("{means:?}");
    assert!((5.5..7.0).contains(&means.active_rows), "{means:?}");
    assert!(means.operations_per_cycle_and_lane >= 0.6, "{means:?}");
    assert!(means.period_cycles <= 100.0, "{means:?}");
}
