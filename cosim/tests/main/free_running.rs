//! The shipped network that runs free, in lockstep with the reference model: it is never restarted.

use cosim::core_pins::CoreTop;
use cosim::lockstep::Lockstep;
use cosim::model::{CoreEcp525f, CoreUp5k};
use model::network::Network;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::image::NetworkImage;

const IMAGE: &[u8] = include_bytes!("../../../examples/reach.img");

/// Every state, spike and score of so many ticks. Channels spike at random at about the rate of the shipped session.
fn free_running<T: CoreTop>(n_ticks: usize) {
    const SPIKES_A_TICK: f64 = 0.03;
    let image = Network::of(&NetworkImage::decode(IMAGE).unwrap()).lay_out(T::CONFIGURATION.lanes);
    let mut cores = Lockstep::<T>::new(&image.encode().unwrap()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut n_events = 0;
    for tick in 0..n_ticks {
        let channels: Vec<u16> = (0..image.n_channels).filter(|_| random.random_bool(SPIKES_A_TICK)).collect();
        let report = cores.tick(&channels).unwrap_or_else(|divergence| panic!("tick {tick}: {divergence}"));
        n_events += u64::from(report.synaptic_events);
    }
    assert!(n_events > 10 * n_ticks as u64, "{n_events}");
}

#[test]
fn the_hardware_gives_every_state_of_the_model_over_20_000_ticks_without_a_restart() {
    free_running::<CoreUp5k>(20_000);
}

mod verify {
    use super::*;

    #[test]
    fn the_hardware_gives_every_state_of_the_model_over_200_000_ticks_without_a_restart() {
        free_running::<CoreUp5k>(200_000);
        free_running::<CoreEcp525f>(200_000);
    }
}
